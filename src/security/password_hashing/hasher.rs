//! One hash or comparison, on the current thread.

use std::sync::{Arc, Mutex, PoisonError};

use argon2::password_hash::phc::{Output, ParamsString, PasswordHash, Salt};
use argon2::{Algorithm, Argon2, Block, Params, Version};

use super::{Comparison, HashingProblem};
use crate::domain::ImportedHash;

/// Hashes with our parameters, and compares with hashes of any supported scheme.
#[derive(Clone)]
pub(super) struct Hasher {
    argon2: Argon2<'static>,
    /// The memory of hashes that have ended: 19 MiB for each that ran at the same time as others. An allocator would keep
    /// as much for each thread that has hashed, or ask the system for it at each hash.
    memory: Arc<Mutex<Vec<Vec<Block>>>>,
    /// Compared in vain, so that a comparison always takes the time of argon2id.
    dummy: String,
    /// How often argon2id has run with our parameters.
    #[cfg(test)]
    runs: Arc<std::sync::atomic::AtomicUsize>,
}

/// A hash of an account.
enum Stored {
    /// argon2id, at least as strong as ours.
    Current(PasswordHash),
    /// A hash of another system, or one of ours with weaker parameters.
    Former(ImportedHash),
}

impl Hasher {
    pub(super) fn new(params: Params) -> Result<Self, HashingProblem> {
        let mut hasher = Self {
            argon2: Argon2::new(Algorithm::Argon2id, Version::V0x13, params),
            memory: Arc::default(),
            dummy: String::new(),
            #[cfg(test)]
            runs: Arc::default(),
        };
        hasher.dummy = hasher.hash("no account has this password")?;
        Ok(hasher)
    }

    /// Hashes a password, in PHC string format.
    pub(super) fn hash(&self, password: &str) -> Result<String, HashingProblem> {
        let mut salt = [0; Salt::RECOMMENDED_LENGTH];
        rand::TryRng::try_fill_bytes(&mut rand::rngs::SysRng, &mut salt).map_err(failed)?;
        let salt = Salt::new(&salt).map_err(failed)?;
        let output = self.run(&self.argon2, password, &salt)?;
        let hash = PasswordHash {
            algorithm: Algorithm::Argon2id.ident(),
            version: Some(Version::V0x13.into()),
            params: ParamsString::try_from(self.argon2.params()).map_err(failed)?,
            salt: Some(salt),
            hash: Some(output),
        };
        Ok(hash.to_string())
    }

    /// Compares a password, in NFC, with a stored hash. `None` takes as long as a wrong password.
    ///
    /// A hash of another system costs its own scheme and, so that it never takes less time than `None`, argon2id as
    /// well. It can take more: a stranger who measures sign-ins may recognize an email address whose account was
    /// imported with an expensive hash, until the first sign-in renews the hash. To hide this, every comparison
    /// would have to take as long as the most expensive hash.
    pub(super) fn compare(&self, typed: &str, stored: Option<&str>) -> Result<Comparison, HashingProblem> {
        let right = match stored.map(|text| self.read(text)).transpose()? {
            Some(Stored::Current(hash)) => self.verify(typed, &hash)?,
            Some(Stored::Former(hash)) if hash.verify(typed) => {
                return Ok(Comparison::Right { renewed: Some(self.hash(typed)?) });
            }
            Some(Stored::Former(_)) | None => {
                self.verify(typed, &PasswordHash::new(&self.dummy).map_err(failed)?)?;
                false
            }
        };
        Ok(if right { Comparison::Right { renewed: None } } else { Comparison::Wrong })
    }

    fn read(&self, text: &str) -> Result<Stored, HashingProblem> {
        match PasswordHash::new(text) {
            Ok(hash) if self.is_current(&hash) => Ok(Stored::Current(hash)),
            _ => ImportedHash::parse(text).map(Stored::Former).map_err(failed),
        }
    }

    fn is_current(&self, hash: &PasswordHash) -> bool {
        let ours = self.argon2.params();
        let algorithm = Algorithm::new(hash.algorithm.as_str());
        algorithm.is_ok_and(|algorithm| algorithm == Algorithm::Argon2id)
            && hash.version == Some(Version::V0x13.into())
            && Params::try_from(hash).is_ok_and(|stored| {
                stored.m_cost() >= ours.m_cost()
                    && stored.t_cost() >= ours.t_cost()
                    && stored.p_cost() >= ours.p_cost()
            })
    }

    /// Whether a password has a hash of argon2id, in constant time.
    fn verify(&self, typed: &str, hash: &PasswordHash) -> Result<bool, HashingProblem> {
        let PasswordHash { salt: Some(salt), hash: Some(expected), .. } = hash else { return Ok(false) };
        let params = Params::try_from(hash).map_err(failed)?;
        let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
        Ok(self.run(&argon2, typed, salt)? == *expected)
    }

    /// Runs argon2id once, in memory that is used again.
    fn run(&self, argon2: &Argon2<'_>, password: &str, salt: &Salt) -> Result<Output, HashingProblem> {
        self.count();
        let ours = self.argon2.params().block_count();
        let mut memory = self.kept().pop().unwrap_or_default();
        memory.resize(argon2.params().block_count(), Block::default());
        let mut output = [0; Output::MAX_LENGTH];
        let length = argon2.params().output_len().unwrap_or(Params::DEFAULT_OUTPUT_LEN);
        let output = output.get_mut(..length).ok_or_else(|| failed("the output is too long"))?;
        argon2
            .hash_password_into_with_memory(password.as_bytes(), salt, output, &mut memory)
            .map_err(failed)?;
        // A stored hash may need more memory than ours: that is not kept.
        if memory.len() <= ours {
            self.kept().push(memory);
        }
        Output::new(output).map_err(failed)
    }

    fn kept(&self) -> std::sync::MutexGuard<'_, Vec<Vec<Block>>> {
        self.memory.lock().unwrap_or_else(PoisonError::into_inner)
    }

    #[cfg(test)]
    fn count(&self) {
        self.runs.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
    }

    #[cfg(not(test))]
    #[expect(clippy::unused_self, reason = "counts in tests only")]
    const fn count(&self) {}
}

fn failed(error: impl std::fmt::Display) -> HashingProblem {
    HashingProblem::Failed(error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// By Django, bcrypt, argon2-cffi and passlib, each with few iterations.
    const IMPORTED: [&str; 6] = [
        "$pbkdf2-sha256$i=20000,l=32$U0hFVDVaaE9kZ05MejZwWGJlNEtMRg$UC617op9XhcdfXBvWaZzogX9CI8i+QfLaEewAN9mhKE",
        "$2b$04$lEpg7iNSo4Q2Xcp/Wm2.1.kPU0JumiuanVSRTG4jlYXlhUCIDHtf.",
        "bcrypt_sha256$$2b$04$qsqzskZUCxtvxtLIItXUu.Y5Ubs7UIJCKRwJHgLEb4Ped9RAYpC2.",
        "$scrypt$ln=10,r=8,p=2$6J1T6j2ndI7R+p9zjjEmZA$ubJy7Oz6iRx/+7uFyikB3xgLPyDzh7gk/QkMug5Stqc",
        "$argon2id$v=19$m=1024,t=2,p=1$pCRtXiFq/ByW8M2sRekqJQ$LA8tSgXEJsXMSEu225WE2P/UasO0drKEoRNm1GKQmEs",
        "$argon2i$v=19$m=1024,t=2,p=1$ak1dX8oX3UYrHqezzcH4cA$O9rItB4gLF3tu8bflkbfN0ip6p852HMX5n3kLaG9odQ",
    ];
    const PASSWORD: &str = "lantern omelet drizzle \u{e9}";

    fn hasher() -> Hasher {
        Hasher::new(Params::default()).unwrap()
    }

    /// The result of a comparison, and how often argon2id ran with our parameters for it.
    fn compare(hasher: &Hasher, typed: &str, stored: Option<&str>) -> (Comparison, usize) {
        let runs = || hasher.runs.load(std::sync::atomic::Ordering::Relaxed);
        let before = runs();
        (hasher.compare(typed, stored).unwrap(), runs() - before)
    }

    #[test]
    fn every_comparison_runs_our_argon2id_exactly_once() {
        let hasher = hasher();
        let ours = hasher.hash(PASSWORD).unwrap();
        for stored in IMPORTED.into_iter().chain([ours.as_str()]).map(Some).chain([None]) {
            assert!(compare(&hasher, "lantern omelet", stored) == (Comparison::Wrong, 1), "{stored:?}");
            let (result, runs) = compare(&hasher, PASSWORD, stored);
            assert_eq!((result != Comparison::Wrong, runs), (stored.is_some(), 1), "{stored:?}");
        }
    }

    #[test]
    fn hashes_one_after_the_other_use_the_same_memory_and_a_larger_one_is_not_kept() {
        let hasher = hasher();
        let stored = hasher.hash(PASSWORD).unwrap();
        assert!(hasher.compare(PASSWORD, Some(&stored)).unwrap() != Comparison::Wrong);
        let kept = || hasher.kept().iter().map(Vec::len).collect::<Vec<_>>();
        assert_eq!(kept(), [19_456]);
        let larger = Hasher::new(Params::new(20_000, 2, 1, None).unwrap()).unwrap().hash(PASSWORD).unwrap();
        assert!(hasher.compare(PASSWORD, Some(&larger)).unwrap() == Comparison::Right { renewed: None });
        assert!(kept().iter().all(|blocks| *blocks == 19_456), "{:?}", kept());
    }

    #[test]
    fn a_right_password_renews_a_hash_of_another_system() {
        let hasher = hasher();
        for stored in IMPORTED {
            let Comparison::Right { renewed: Some(renewed) } =
                hasher.compare(PASSWORD, Some(stored)).unwrap()
            else {
                panic!("{stored} is not renewed");
            };
            assert!(renewed.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{renewed}");
            assert!(hasher.compare(PASSWORD, Some(&renewed)).unwrap() == Comparison::Right { renewed: None });
        }
    }

    #[test]
    fn argon2_of_another_kind_or_version_is_renewed_however_expensive() {
        let hasher = hasher();
        let id = "$argon2id$v=19$m=19456,t=2,p=1$pCRtXiFq/ByW8M2sRekqJQ$LA8tSgXEJsXMSEu225WE2P/UasO0drKEoRNm1GKQmEs";
        let is_current = |text: &str| matches!(hasher.read(text).unwrap(), Stored::Current(_));
        assert!(is_current(id) && is_current(&id.replace("t=2", "t=3")));
        for (ours, other) in [("$argon2id", "$argon2i"), ("$argon2id", "$argon2d"), ("v=19", "v=16")] {
            assert!(!is_current(&id.replace(ours, other)), "{other}");
        }
    }

    #[test]
    fn a_hash_of_an_unknown_scheme_is_an_error_that_does_not_show_it() {
        let error = hasher().compare(PASSWORD, Some("$unknown$secret")).err().unwrap().to_string();
        assert!(error.contains("no supported format") && !error.contains("secret"), "{error}");
    }
}
