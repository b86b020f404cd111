//! Hashes by functions that derive keys: PBKDF2 and scrypt.

use std::fmt;

use base64::Engine as _;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use pbkdf2::pbkdf2_hmac;
use sha1::Sha1;
use sha2::{Sha256, Sha512};
use subtle::ConstantTimeEq as _;

use super::ImportedHashProblem::{self, Malformed, NoSalt, ShortDigest, TooExpensive};
use super::{ImportedHash, within};

pub(super) const PBKDF2: &str = "PBKDF2";
pub(super) const SCRYPT: &str = "scrypt";

/// Writes base64 without padding, as PHC strings have it. Reads it with and without.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new()
        .with_encode_padding(false)
        .with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// The longest salt and digest in bytes. Longer ones are unusual and would only make comparisons slower.
const MAX_PART_BYTES: usize = 64;

/// A salt and the digest that the right password gives with it.
#[derive(Clone)]
struct Parts {
    salt: Vec<u8>,
    digest: Vec<u8>,
}

impl Parts {
    fn new(scheme: &'static str, salt: Vec<u8>, digest: Vec<u8>) -> Result<Self, ImportedHashProblem> {
        if salt.is_empty() {
            return Err(NoSalt(scheme));
        }
        if digest.len() < ImportedHash::MIN_DIGEST_BYTES {
            return Err(ShortDigest(scheme));
        }
        if salt.len() > MAX_PART_BYTES || digest.len() > MAX_PART_BYTES {
            return Err(Malformed(scheme));
        }
        Ok(Self { salt, digest })
    }

    /// From the two last fields of a PHC string.
    fn from_base64(scheme: &'static str, salt: &str, digest: &str) -> Result<Self, ImportedHashProblem> {
        Self::new(scheme, decode(scheme, salt)?, decode(scheme, digest)?)
    }

    /// From Django, which takes the characters of a salt as its bytes.
    fn from_django(scheme: &'static str, salt: &str, digest: &str) -> Result<Self, ImportedHashProblem> {
        Self::new(scheme, salt.as_bytes().to_vec(), decode(scheme, digest)?)
    }

    fn matches(&self, derived: &[u8]) -> bool {
        self.digest.ct_eq(derived).into()
    }
}

impl fmt::Display for Parts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}${}", BASE64.encode(&self.salt), BASE64.encode(&self.digest))
    }
}

/// Decodes base64, also with passlib's `.` for `+`.
pub(super) fn decode(scheme: &'static str, text: &str) -> Result<Vec<u8>, ImportedHashProblem> {
    BASE64.decode(text.replace('.', "+")).map_err(|_invalid| Malformed(scheme))
}

fn number<T: std::str::FromStr>(scheme: &'static str, text: &str) -> Result<T, ImportedHashProblem> {
    text.parse().map_err(|_invalid| Malformed(scheme))
}

/// Splits text at `$` into exactly so many fields.
fn fields<'a, const N: usize>(
    scheme: &'static str,
    text: &'a str,
) -> Result<[&'a str; N], ImportedHashProblem> {
    let fields: Vec<&str> = text.split('$').collect();
    fields.try_into().map_err(|_other_count| Malformed(scheme))
}

/// The hash function inside of PBKDF2.
#[derive(Clone, Copy)]
pub(super) enum Prf {
    Sha1,
    Sha256,
    Sha512,
}

/// A hash by PBKDF2 with HMAC (RFC 8018).
#[derive(Clone)]
pub(super) struct Pbkdf2 {
    prf: Prf,
    iterations: u32,
    parts: Parts,
}

impl Pbkdf2 {
    const MIN_ITERATIONS: u32 = 1_000;
    const MAX_ITERATIONS: u32 = 5_000_000;

    /// From salt and digest as bytes.
    pub(super) fn new(
        prf: Prf,
        iterations: u32,
        salt: Vec<u8>,
        digest: Vec<u8>,
    ) -> Result<Self, ImportedHashProblem> {
        Self::checked(prf, iterations, Parts::new(PBKDF2, salt, digest)?)
    }

    /// From `i=<iterations>[,l=<length>]$<salt>$<digest>`, or passlib's `<iterations>$<salt>$<digest>`.
    pub(super) fn from_phc(prf: Prf, text: &str) -> Result<Self, ImportedHashProblem> {
        let [parameters, salt, digest] = fields(PBKDF2, text)?;
        let parts = Parts::from_base64(PBKDF2, salt, digest)?;
        let mut iterations = None;
        for parameter in parameters.split(',') {
            match parameter.split_once('=').unwrap_or(("i", parameter)) {
                ("i", value) if iterations.is_none() => iterations = Some(number(PBKDF2, value)?),
                ("l", length) if number(PBKDF2, length) == Ok(parts.digest.len()) => {}
                _ => return Err(Malformed(PBKDF2)),
            }
        }
        Self::checked(prf, iterations.ok_or(Malformed(PBKDF2))?, parts)
    }

    /// From `<iterations>$<salt>$<digest>` of Django.
    pub(super) fn from_django(prf: Prf, text: &str) -> Result<Self, ImportedHashProblem> {
        let [iterations, salt, digest] = fields(PBKDF2, text)?;
        let parts = Parts::from_django(PBKDF2, salt, digest)?;
        Self::checked(prf, number(PBKDF2, iterations)?, parts)
    }

    fn checked(prf: Prf, iterations: u32, parts: Parts) -> Result<Self, ImportedHashProblem> {
        let (name, most) = ("number of iterations", Self::MAX_ITERATIONS);
        within(PBKDF2, name, iterations, Self::MIN_ITERATIONS, most)?;
        // A digest longer than the hash function's takes all iterations again for each further block.
        let block = match prf {
            Prf::Sha1 => 20,
            Prf::Sha256 => 32,
            Prf::Sha512 => 64,
        };
        let blocks = u32::try_from(parts.digest.len().div_ceil(block)).unwrap_or(u32::MAX);
        if iterations.saturating_mul(blocks) > most {
            let parameter = "number of iterations, times the blocks of its digest,";
            return Err(TooExpensive { scheme: PBKDF2, parameter, most });
        }
        Ok(Self { prf, iterations, parts })
    }

    pub(super) fn verify(&self, typed: &[u8]) -> bool {
        let Parts { salt, digest } = &self.parts;
        let mut derived = vec![0; digest.len()];
        match self.prf {
            Prf::Sha1 => pbkdf2_hmac::<Sha1>(typed, salt, self.iterations, &mut derived),
            Prf::Sha256 => pbkdf2_hmac::<Sha256>(typed, salt, self.iterations, &mut derived),
            Prf::Sha512 => pbkdf2_hmac::<Sha512>(typed, salt, self.iterations, &mut derived),
        }
        self.parts.matches(&derived)
    }
}

impl fmt::Display for Pbkdf2 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let prf = match self.prf {
            Prf::Sha1 => "sha1",
            Prf::Sha256 => "sha256",
            Prf::Sha512 => "sha512",
        };
        let length = self.parts.digest.len();
        write!(f, "$pbkdf2-{prf}$i={},l={length}${}", self.iterations, self.parts)
    }
}

/// A hash by scrypt (RFC 7914).
#[derive(Clone)]
pub(super) struct Scrypt {
    log_n: u8,
    r: u32,
    p: u32,
    parts: Parts,
}

impl Scrypt {
    /// The maximum of N * r * 128 bytes, in KiB.
    const MAX_MEMORY_KIB: u32 = 256 * 1024;

    /// From `ln=<log2 N>,r=<r>,p=<p>$<salt>$<digest>`.
    pub(super) fn from_phc(text: &str) -> Result<Self, ImportedHashProblem> {
        let [parameters, salt, digest] = fields(SCRYPT, text)?;
        let (mut log_n, mut r, mut p) = (None, None, None);
        for parameter in parameters.split(',') {
            match parameter.split_once('=') {
                Some(("ln", value)) if log_n.is_none() => log_n = Some(number(SCRYPT, value)?),
                Some(("r", value)) if r.is_none() => r = Some(number(SCRYPT, value)?),
                Some(("p", value)) if p.is_none() => p = Some(number(SCRYPT, value)?),
                _ => return Err(Malformed(SCRYPT)),
            }
        }
        let (Some(log_n), Some(r), Some(p)) = (log_n, r, p) else { return Err(Malformed(SCRYPT)) };
        Self::checked(log_n, r, p, Parts::from_base64(SCRYPT, salt, digest)?)
    }

    /// From `<N>$<salt>$<r>$<p>$<digest>` of Django.
    pub(super) fn from_django(text: &str) -> Result<Self, ImportedHashProblem> {
        let [n, salt, r, p, digest] = fields(SCRYPT, text)?;
        let n: u64 = number(SCRYPT, n)?;
        if !n.is_power_of_two() {
            return Err(Malformed(SCRYPT));
        }
        let log_n = u8::try_from(n.ilog2()).unwrap_or(u8::MAX);
        let parts = Parts::from_django(SCRYPT, salt, digest)?;
        Self::checked(log_n, number(SCRYPT, r)?, number(SCRYPT, p)?, parts)
    }

    fn checked(log_n: u8, r: u32, p: u32, parts: Parts) -> Result<Self, ImportedHashProblem> {
        within(SCRYPT, "N, as a power of two,", log_n.into(), 10, 21)?;
        // r and p take memory of their own, p * r * 128 bytes.
        within(SCRYPT, "block size r", r, 1, 64)?;
        within(SCRYPT, "parallelism p", p, 1, 16)?;
        let kib = (u64::from(r) << log_n) * 128 / 1024;
        let (parameter, most) = ("memory in KiB", Self::MAX_MEMORY_KIB);
        within(SCRYPT, parameter, u32::try_from(kib).unwrap_or(u32::MAX), 0, most)?;
        Ok(Self { log_n, r, p, parts })
    }

    pub(super) fn verify(&self, typed: &[u8]) -> bool {
        let Parts { salt, digest } = &self.parts;
        let mut derived = vec![0; digest.len()];
        scrypt::Params::new(self.log_n, self.r, self.p)
            .is_ok_and(|params| scrypt::scrypt(typed, salt, &params, &mut derived).is_ok())
            && self.parts.matches(&derived)
    }
}

impl fmt::Display for Scrypt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "$scrypt$ln={},r={},p={}${}", self.log_n, self.r, self.p, self.parts)
    }
}
