//! Password hashing with argon2id, off the async threads and a few hashes at a time. A flood of sign-ins
//! cannot take the memory and the processors that pages need.

use std::sync::Arc;
use std::time::Duration;

use argon2::password_hash::phc::PasswordHash;
use argon2::{Algorithm, Argon2, Params, PasswordHasher as _, PasswordVerifier as _, Version};
use tokio::sync::Semaphore;

use crate::domain::password;

/// The longest time that a request waits for its turn.
const LONGEST_WAIT: Duration = Duration::from_secs(5);
/// The most requests that hash or wait; further ones are refused.
const LONGEST_QUEUE: usize = 100;

/// Hashes and compares passwords.
#[derive(Clone)]
pub struct PasswordHashing {
    argon2: Argon2<'static>,
    turns: usize,
    at_once: Arc<Semaphore>,
    queue: Arc<Semaphore>,
    /// Compared when there is no account, so that both cases do the same work.
    dummy: String,
}

/// Why a password was not hashed.
#[derive(Debug, thiserror::Error)]
pub enum HashingProblem {
    /// Too many requests hash or wait.
    #[error("too many passwords to hash at once")]
    Busy,
    /// argon2 itself failed.
    #[error("hashing a password: {0}")]
    Failed(String),
}

/// The result of comparing a password.
#[derive(Clone, PartialEq, Eq)]
pub enum Comparison {
    /// It is right.
    Right {
        /// A new hash to store, if the parameters of the stored one are weaker than ours.
        renewed: Option<String>,
    },
    /// It is wrong, or there is no account.
    Wrong,
}

impl PasswordHashing {
    /// Hashes with the parameters of production: 19 MiB, two passes, one lane (OWASP Password Storage).
    ///
    /// # Errors
    /// When argon2 refuses its parameters.
    pub fn new() -> Result<Self, HashingProblem> {
        Self::with_params(Params::default())
    }

    /// With other parameters, for tests of the renewal.
    ///
    /// # Errors
    /// When argon2 refuses its parameters.
    pub fn with_params(params: Params) -> Result<Self, HashingProblem> {
        let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
        let dummy = hash_now(&argon2, "no account has this password")?;
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        // One core stays free for pages.
        let turns = (cores - 1).clamp(1, 8);
        Ok(Self {
            argon2,
            turns,
            at_once: Arc::new(Semaphore::new(turns)),
            queue: Arc::new(Semaphore::new(LONGEST_QUEUE)),
            dummy,
        })
    }

    /// The number of passwords that are hashed at the same time.
    #[must_use]
    pub fn turns(&self) -> usize {
        self.turns
    }

    /// The number of requests that hash now.
    #[must_use]
    pub fn running(&self) -> usize {
        self.turns - self.at_once.available_permits()
    }

    /// The number of requests that wait for their turn.
    #[must_use]
    pub fn waiting(&self) -> usize {
        (LONGEST_QUEUE - self.queue.available_permits()).saturating_sub(self.running())
    }

    /// Hashes a new password, in PHC string format.
    ///
    /// # Errors
    /// [`HashingProblem::Busy`] when too many wait.
    pub async fn hash(&self, password: &crate::domain::Password) -> Result<String, HashingProblem> {
        let (argon2, password) = (self.argon2.clone(), password.clone());
        self.in_turn(move || hash_now(&argon2, password.as_str())).await
    }

    /// Runs work that is as heavy as a hash, such as the check of a new password, in its turn.
    ///
    /// # Errors
    /// [`HashingProblem::Busy`] when too many wait.
    pub async fn in_turn<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> Result<T, HashingProblem> + Send + 'static,
    ) -> Result<T, HashingProblem> {
        let _place = self.queue.try_acquire().map_err(|_full| HashingProblem::Busy)?;
        let turn = tokio::time::timeout(LONGEST_WAIT, Arc::clone(&self.at_once).acquire_owned());
        let Ok(Ok(turn)) = turn.await else { return Err(HashingProblem::Busy) };
        tokio::task::spawn_blocking(move || {
            // Held by the work itself: a request that is given up does not free its turn early.
            let _turn = turn;
            work()
        })
        .await
        .map_err(|error| HashingProblem::Failed(error.to_string()))?
    }

    /// Compares a typed password with a stored hash. Without a hash it does the same work, so that the
    /// time does not tell whether an account exists.
    ///
    /// # Errors
    /// [`HashingProblem::Busy`] when too many wait.
    pub async fn compare(&self, typed: &str, stored: Option<String>) -> Result<Comparison, HashingProblem> {
        let argon2 = self.argon2.clone();
        let known = stored.is_some();
        let (typed, stored) = (password::normalize(typed), stored.unwrap_or_else(|| self.dummy.clone()));
        self.in_turn(move || {
            let hash =
                PasswordHash::new(&stored).map_err(|error| HashingProblem::Failed(error.to_string()))?;
            let right = argon2.verify_password(typed.as_bytes(), &hash).is_ok() && known;
            if !right {
                return Ok(Comparison::Wrong);
            }
            let renewed = is_weaker(&hash, argon2.params()).then(|| hash_now(&argon2, &typed)).transpose()?;
            Ok(Comparison::Right { renewed })
        })
        .await
    }
}

fn hash_now(argon2: &Argon2<'_>, password: &str) -> Result<String, HashingProblem> {
    let hash: PasswordHash = argon2
        .hash_password(password.as_bytes())
        .map_err(|error| HashingProblem::Failed(error.to_string()))?;
    Ok(hash.to_string())
}

fn is_weaker(stored: &PasswordHash, wanted: &Params) -> bool {
    Params::try_from(stored).map_or(true, |stored| {
        stored.m_cost() < wanted.m_cost()
            || stored.t_cost() < wanted.t_cost()
            || stored.p_cost() < wanted.p_cost()
    })
}

impl std::fmt::Debug for PasswordHashing {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("PasswordHashing(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn password(text: &str) -> crate::domain::Password {
        crate::domain::Password::parse(text, None, None).unwrap()
    }

    #[tokio::test]
    async fn only_the_right_password_of_an_account_matches() {
        let hashing = PasswordHashing::new().unwrap();
        let stored = hashing.hash(&password("lantern omelet drizzle")).await.unwrap();
        assert!(stored.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{stored}");
        let right = hashing.compare("lantern omelet drizzle", Some(stored.clone())).await.unwrap();
        assert!(right == Comparison::Right { renewed: None });
        assert!(hashing.compare("lantern omelet", Some(stored)).await.unwrap() == Comparison::Wrong);
        assert!(hashing.compare("no account has this password", None).await.unwrap() == Comparison::Wrong);
    }

    #[tokio::test]
    async fn a_weaker_hash_is_renewed_when_the_password_is_right() {
        let weak = PasswordHashing::with_params(Params::new(8192, 1, 1, None).unwrap()).unwrap();
        let stored = weak.hash(&password("lantern omelet drizzle")).await.unwrap();
        let strong = PasswordHashing::new().unwrap();
        match strong.compare("lantern omelet drizzle", Some(stored)).await.unwrap() {
            Comparison::Right { renewed: Some(hash) } => assert!(hash.contains("m=19456,t=2"), "{hash}"),
            _ => panic!("the hash was not renewed"),
        }
    }

    #[tokio::test]
    async fn requests_beyond_the_queue_are_refused() {
        let hashing = PasswordHashing::new().unwrap();
        let all = (0..LONGEST_QUEUE + 50).map(|_| {
            hashing.in_turn(|| {
                std::thread::sleep(Duration::from_millis(1));
                Ok(())
            })
        });
        let results = futures_util::future::join_all(all).await;
        assert_eq!(results.iter().filter(|result| result.is_ok()).count(), LONGEST_QUEUE);
        assert!(hashing.in_turn(|| Ok(())).await.is_ok(), "the queue is free again");
    }
}
