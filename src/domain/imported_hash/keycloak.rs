//! Hashes of a Keycloak export, in JSON.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use serde::Deserialize;

use super::derived::{self, Pbkdf2, Prf};
use super::{ARGON2, ImportedHash, ImportedHashProblem};

#[derive(Deserialize)]
struct Secret {
    value: String,
    salt: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Credential {
    hash_iterations: u32,
    algorithm: String,
    #[serde(default)]
    additional_parameters: BTreeMap<String, Vec<String>>,
}

impl Credential {
    fn parameter(&self, name: &str) -> Option<&str> {
        self.additional_parameters.get(name)?.first().map(String::as_str)
    }

    /// The PHC string of an argon2 hash. Its other parameters are checked when it is parsed.
    fn argon2(&self, salt: &[u8], digest: &[u8]) -> Option<String> {
        let kind = self.parameter("type").unwrap_or("id");
        let version = match self.parameter("version") {
            None | Some("1.3") => 0x13,
            Some("1.0") => 0x10,
            Some(_) => return None,
        };
        let memory = self.parameter("memory")?;
        let (passes, lanes) = (self.hash_iterations, self.parameter("parallelism")?);
        let (salt, digest) = (STANDARD_NO_PAD.encode(salt), STANDARD_NO_PAD.encode(digest));
        Some(format!("$argon2{kind}$v={version}$m={memory},t={passes},p={lanes}${salt}${digest}"))
    }
}

pub(super) fn read(secret: &str, credential: &str) -> Result<ImportedHash, ImportedHashProblem> {
    use ImportedHashProblem::{Keycloak, Unknown};
    let secret: Secret = serde_json::from_str(secret).map_err(|_invalid| Keycloak)?;
    let credential: Credential = serde_json::from_str(credential).map_err(|_invalid| Keycloak)?;
    let parts =
        |scheme| Ok((derived::decode(scheme, &secret.salt)?, derived::decode(scheme, &secret.value)?));
    let prf = match credential.algorithm.as_str() {
        "argon2" => {
            let (salt, digest) = parts(ARGON2)?;
            return ImportedHash::argon2(&credential.argon2(&salt, &digest).ok_or(Keycloak)?);
        }
        "pbkdf2" => Prf::Sha1,
        "pbkdf2-sha256" => Prf::Sha256,
        "pbkdf2-sha512" => Prf::Sha512,
        _ => return Err(Unknown),
    };
    let (salt, digest) = parts(derived::PBKDF2)?;
    Pbkdf2::new(prf, credential.hash_iterations, salt, digest).map(ImportedHash::from)
}
