//! Password hashes that other systems made. With them, users keep their passwords when an operator imports their
//! accounts.

mod derived;
mod keycloak;
#[cfg(test)]
mod tests;

use std::fmt;
use std::str::FromStr as _;

use argon2::password_hash::phc::PasswordHash;
use argon2::{Algorithm, Argon2, Params, PasswordVerifier as _, Version};
use bcrypt::HashParts;
use sha2::{Digest as _, Sha256};

use ImportedHashProblem::{Malformed, ShortDigest, Unknown};
use derived::{Pbkdf2, Prf, Scrypt};

/// A password hash of another system, in one text form for each scheme.
///
/// The cost of a comparison is bounded: [`ImportedHash::parse`] refuses a hash that takes more than 256 MiB of
/// memory or too many iterations. It also refuses a hash that is cut off or trivial to guess.
#[derive(Clone)]
pub struct ImportedHash {
    stored: String,
    form: Form,
}

#[derive(Clone)]
enum Form {
    Argon2(Box<PasswordHash>),
    Bcrypt,
    /// bcrypt of the SHA-256 of the password in hexadecimal digits (Django).
    BcryptSha256,
    Pbkdf2(Pbkdf2),
    Scrypt(Scrypt),
}

/// Why a text is not an [`ImportedHash`]. No message shows the hash.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ImportedHashProblem {
    /// It has none of the known formats.
    #[error("the password hash has no supported format (argon2, bcrypt, PBKDF2 and scrypt are supported)")]
    Unknown,
    /// It has the prefix of a known format, but does not follow it.
    #[error("the {0} hash is malformed or cut off")]
    Malformed(&'static str),
    /// Keycloak's JSON is incomplete or unreadable.
    #[error("Keycloak's secretData or credentialData is incomplete or not valid JSON")]
    Keycloak,
    /// It has no salt, so precomputed tables reverse it.
    #[error("the {0} hash has no salt")]
    NoSalt(&'static str),
    /// Its digest has fewer than [`ImportedHash::MIN_DIGEST_BYTES`].
    #[error("the digest of the {0} hash is shorter than 16 bytes")]
    ShortDigest(&'static str),
    /// One comparison would take too much memory or time.
    #[error("the {scheme} hash is too expensive to check: its {parameter} is over {most}")]
    TooExpensive {
        /// The name of the scheme.
        scheme: &'static str,
        /// The parameter that is too high.
        parameter: &'static str,
        /// The maximum.
        most: u32,
    },
    /// A guess costs next to nothing.
    #[error("the {scheme} hash is too weak: its {parameter} is under {least}")]
    TooWeak {
        /// The name of the scheme.
        scheme: &'static str,
        /// The parameter that is too low.
        parameter: &'static str,
        /// The minimum.
        least: u32,
    },
}

const BCRYPT_SHA256: &str = "bcrypt_sha256$";

impl ImportedHash {
    /// The minimum length of a digest in bytes.
    pub const MIN_DIGEST_BYTES: usize = 16;
    /// The maximum length of a hash as text. The longest supported one has about 250 bytes.
    pub const MAX_BYTES: usize = 512;

    /// Reads a hash in PHC string format, in the format of bcrypt (also Devise), of passlib or of Django.
    ///
    /// # Errors
    /// The hash has another format, is too expensive to compare or too weak.
    pub fn parse(text: &str) -> Result<Self, ImportedHashProblem> {
        let text = text.trim();
        if text.len() > Self::MAX_BYTES {
            return Err(Unknown);
        }
        let (scheme, rest) = match text.strip_prefix('$') {
            Some(phc) => phc.split_once('$').ok_or(Unknown)?,
            None => return Self::parse_django(text),
        };
        match scheme {
            "argon2id" | "argon2i" | "argon2d" => Self::argon2(text),
            "2a" | "2b" | "2y" => Self::bcrypt(text),
            "scrypt" => Scrypt::from_phc(rest).map(Self::from),
            // passlib gives SHA-1 no suffix.
            "pbkdf2" | "pbkdf2-sha1" => Pbkdf2::from_phc(Prf::Sha1, rest).map(Self::from),
            "pbkdf2-sha256" => Pbkdf2::from_phc(Prf::Sha256, rest).map(Self::from),
            "pbkdf2-sha512" => Pbkdf2::from_phc(Prf::Sha512, rest).map(Self::from),
            _ => Err(Unknown),
        }
    }

    fn parse_django(text: &str) -> Result<Self, ImportedHashProblem> {
        let (scheme, rest) = text.split_once('$').ok_or(Unknown)?;
        match scheme {
            "argon2" => Self::argon2(&format!("${rest}")),
            "bcrypt" => Self::bcrypt(rest),
            "bcrypt_sha256" => {
                let Self { stored, .. } = Self::bcrypt(rest)?;
                Ok(Self { stored: format!("{BCRYPT_SHA256}{stored}"), form: Form::BcryptSha256 })
            }
            "pbkdf2_sha1" => Pbkdf2::from_django(Prf::Sha1, rest).map(Self::from),
            "pbkdf2_sha256" => Pbkdf2::from_django(Prf::Sha256, rest).map(Self::from),
            "scrypt" => Scrypt::from_django(rest).map(Self::from),
            _ => Err(Unknown),
        }
    }

    /// Reads a hash of a Keycloak export: two JSON texts of a credential whose type is `password`.
    ///
    /// # Errors
    /// As [`ImportedHash::parse`], or the JSON is incomplete.
    pub fn from_keycloak(secret_data: &str, credential_data: &str) -> Result<Self, ImportedHashProblem> {
        keycloak::read(secret_data, credential_data)
    }

    /// Whether a password has this hash. `typed` is in NFC. Takes up to a few seconds: call it from a work queue.
    ///
    /// bcrypt ignores what follows the 72nd byte, as Devise and Django do.
    #[must_use]
    pub fn verify(&self, typed: &str) -> bool {
        match &self.form {
            Form::Argon2(hash) => Argon2::default().verify_password(typed.as_bytes(), &**hash).is_ok(),
            Form::Bcrypt => bcrypt::verify(typed, &self.stored).unwrap_or(false),
            Form::BcryptSha256 => {
                let digest = Sha256::digest(typed);
                let digits: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
                self.stored
                    .strip_prefix(BCRYPT_SHA256)
                    .is_some_and(|hash| bcrypt::verify(digits, hash).unwrap_or(false))
            }
            Form::Pbkdf2(hash) => hash.verify(typed.as_bytes()),
            Form::Scrypt(hash) => hash.verify(typed.as_bytes()),
        }
    }

    /// The form to store. [`ImportedHash::parse`] reads it back.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.stored
    }

    /// The name of the scheme, for a summary of an import.
    #[must_use]
    pub fn scheme(&self) -> &'static str {
        match &self.form {
            Form::Argon2(_) => ARGON2,
            Form::Bcrypt => BCRYPT,
            Form::BcryptSha256 => "bcrypt-sha256",
            Form::Pbkdf2(_) => derived::PBKDF2,
            Form::Scrypt(_) => derived::SCRYPT,
        }
    }

    fn argon2(text: &str) -> Result<Self, ImportedHashProblem> {
        let malformed = Malformed(ARGON2);
        let mut hash = PasswordHash::new(text).map_err(|_invalid| malformed)?;
        Algorithm::new(hash.algorithm.as_str()).map_err(|_invalid| malformed)?;
        // The reference implementation reads a hash without a version as one of the first version.
        let version = *hash.version.get_or_insert(Version::V0x10.into());
        Version::try_from(version).map_err(|_invalid| malformed)?;
        // A key or associated data would need a secret that we do not have.
        if hash.params.iter().count() != 3 {
            return Err(malformed);
        }
        let parameter = |name: &str| hash.params.get_decimal(name).ok_or(malformed);
        within(ARGON2, "memory in KiB", parameter("m")?, 1024, 256 * 1024)?;
        within(ARGON2, "number of passes", parameter("t")?, 1, 16)?;
        within(ARGON2, "parallelism", parameter("p")?, 1, 16)?;
        Params::try_from(&hash).map_err(|_invalid| malformed)?;
        let digest = hash.hash.ok_or(malformed)?;
        if digest.len() < Self::MIN_DIGEST_BYTES {
            return Err(ShortDigest(ARGON2));
        }
        Ok(Self { stored: hash.to_string(), form: Form::Argon2(Box::new(hash)) })
    }

    fn bcrypt(text: &str) -> Result<Self, ImportedHashProblem> {
        // 2x marks hashes of a broken implementation, which the crate would compare as if they were right.
        if !["$2a$", "$2b$", "$2y$"].iter().any(|version| text.starts_with(version)) {
            return Err(Malformed(BCRYPT));
        }
        let parts = HashParts::from_str(text).map_err(|_invalid| Malformed(BCRYPT))?;
        within(BCRYPT, "cost", parts.get_cost(), 4, 15)?;
        Ok(Self { stored: parts.to_string(), form: Form::Bcrypt })
    }
}

const ARGON2: &str = "argon2";
const BCRYPT: &str = "bcrypt";

/// Checks a parameter that decides what a comparison and a guess cost.
fn within(
    scheme: &'static str,
    parameter: &'static str,
    value: u32,
    least: u32,
    most: u32,
) -> Result<(), ImportedHashProblem> {
    if value < least {
        return Err(ImportedHashProblem::TooWeak { scheme, parameter, least });
    }
    if value > most {
        return Err(ImportedHashProblem::TooExpensive { scheme, parameter, most });
    }
    Ok(())
}

impl From<Pbkdf2> for ImportedHash {
    fn from(hash: Pbkdf2) -> Self {
        Self { stored: hash.to_string(), form: Form::Pbkdf2(hash) }
    }
}

impl From<Scrypt> for ImportedHash {
    fn from(hash: Scrypt) -> Self {
        Self { stored: hash.to_string(), form: Form::Scrypt(hash) }
    }
}

impl PartialEq for ImportedHash {
    fn eq(&self, other: &Self) -> bool {
        self.stored == other.stored
    }
}

impl Eq for ImportedHash {}

/// Masked: a hash must not reach the logs.
impl fmt::Debug for ImportedHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ImportedHash({}, ..)", self.scheme())
    }
}
