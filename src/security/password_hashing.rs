//! Password hashing with argon2id, off the async threads and a few hashes at a time. A flood of sign-ins
//! cannot take the memory and the processors that pages need, and a flood of one kind of work does not delay
//! another: each has a queue of its own. Hashes of other systems are compared, too, and replaced at the first sign-in.

mod hasher;

use std::net::IpAddr;

use argon2::Params;

use self::hasher::Hasher;
use super::work_queue::{WorkProblem, WorkQueue};
use crate::domain::password::{self, PasswordProblem};
use crate::domain::{DisplayName, EmailAddress, Password};

/// The most comparisons at sign-in that run at once, where there are as many processors.
const MOST_AT_ONCE: usize = 8;

/// Hashes, compares and checks passwords.
#[derive(Clone)]
pub struct PasswordHashing {
    hasher: Hasher,
    sign_ins: WorkQueue,
    known_sign_ins: WorkQueue,
    proofs: WorkQueue,
    new_hashes: WorkQueue,
    checks: WorkQueue,
}

/// A kind of work with passwords. Each has a queue of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Work {
    /// The comparison when a guest signs in.
    SignIn,
    /// The same from a device that the account knows. It goes first: a flood of strangers does not delay it.
    KnownDeviceSignIn,
    /// The comparison when a member proves that they are present.
    Proof,
    /// The check of a new password.
    Check,
    /// The hashing of a new password.
    NewHash,
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

impl From<WorkProblem> for HashingProblem {
    fn from(problem: WorkProblem) -> Self {
        match problem {
            WorkProblem::Busy => Self::Busy,
            WorkProblem::Failed(error) => Self::Failed(error.to_string()),
        }
    }
}

/// The result of comparing a password.
#[derive(Clone, PartialEq, Eq)]
pub enum Comparison {
    /// It is right.
    Right {
        /// A new hash to store, if another system made the stored one or its parameters are weaker than ours.
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
        let hasher = Hasher::new(params)?;
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        // One core stays free for pages during a flood of sign-ins.
        let turns = (cores - 1).clamp(1, MOST_AT_ONCE);
        let less = turns.div_ceil(4);
        let sign_ins = WorkQueue::new(turns);
        Ok(Self {
            hasher,
            known_sign_ins: sign_ins.preferred(),
            sign_ins,
            proofs: WorkQueue::new(less),
            new_hashes: WorkQueue::new(less),
            checks: WorkQueue::new(less),
        })
    }

    /// The queue of a kind of work.
    #[must_use]
    pub fn queue(&self, work: Work) -> &WorkQueue {
        match work {
            Work::SignIn => &self.sign_ins,
            Work::KnownDeviceSignIn => &self.known_sign_ins,
            Work::Proof => &self.proofs,
            Work::Check => &self.checks,
            Work::NewHash => &self.new_hashes,
        }
    }

    /// Checks a new password for an account that has a second factor or not. A stored name that is no longer a name is not
    /// looked for in it.
    ///
    /// # Errors
    /// [`HashingProblem::Busy`] when too many wait.
    pub async fn check(
        &self,
        client: IpAddr,
        second_factor: bool,
        typed: String,
        name: Option<DisplayName>,
        email: EmailAddress,
    ) -> Result<Result<Password, PasswordProblem>, HashingProblem> {
        let parse = move || Password::parse_beside(second_factor, &typed, name.as_ref(), Some(&email));
        Ok(self.checks.in_turn(client, parse).await?)
    }

    /// Hashes a new password, in PHC string format.
    ///
    /// # Errors
    /// [`HashingProblem::Busy`] when too many wait.
    pub async fn hash(&self, client: IpAddr, password: &Password) -> Result<String, HashingProblem> {
        let (hasher, password) = (self.hasher.clone(), password.clone());
        self.new_hashes.in_turn(client, move || hasher.hash(password.as_str())).await?
    }

    /// Compares a typed password with a stored hash, ours or an [`ImportedHash`](crate::domain::ImportedHash). Without a
    /// hash it does the same work, so that the time does not tell whether an account exists; the comment on
    /// `Hasher::compare` says what remains.
    ///
    /// # Errors
    /// [`HashingProblem::Busy`] when too many wait.
    pub async fn compare(
        &self,
        work: Work,
        client: IpAddr,
        typed: &str,
        stored: Option<String>,
    ) -> Result<Comparison, HashingProblem> {
        let (hasher, typed) = (self.hasher.clone(), password::normalize(typed));
        self.queue(work).in_turn(client, move || hasher.compare(&typed, stored.as_deref())).await?
    }
}

impl std::fmt::Debug for PasswordHashing {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("PasswordHashing(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CLIENT: IpAddr = IpAddr::V4(std::net::Ipv4Addr::LOCALHOST);

    fn password(text: &str) -> Password {
        Password::parse(text, None, None).unwrap()
    }

    #[tokio::test]
    async fn only_the_right_password_of_an_account_matches() {
        let hashing = PasswordHashing::new().unwrap();
        let stored = hashing.hash(CLIENT, &password("lantern omelet drizzle")).await.unwrap();
        assert!(stored.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{stored}");
        let right = hashing
            .compare(Work::SignIn, CLIENT, "lantern omelet drizzle", Some(stored.clone()))
            .await
            .unwrap();
        assert!(right == Comparison::Right { renewed: None });
        assert!(
            hashing.compare(Work::SignIn, CLIENT, "lantern omelet", Some(stored)).await.unwrap()
                == Comparison::Wrong
        );
        assert!(
            hashing.compare(Work::SignIn, CLIENT, "no account has this password", None).await.unwrap()
                == Comparison::Wrong
        );
    }

    #[tokio::test]
    async fn a_weaker_hash_is_renewed_when_the_password_is_right() {
        let weak = PasswordHashing::with_params(Params::new(8192, 1, 1, None).unwrap()).unwrap();
        let stored = weak.hash(CLIENT, &password("lantern omelet drizzle")).await.unwrap();
        let strong = PasswordHashing::new().unwrap();
        match strong.compare(Work::SignIn, CLIENT, "lantern omelet drizzle", Some(stored)).await.unwrap() {
            Comparison::Right { renewed: Some(hash) } => assert!(hash.contains("m=19456,t=2"), "{hash}"),
            _ => panic!("the hash was not renewed"),
        }
    }
}
