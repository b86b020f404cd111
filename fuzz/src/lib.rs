//! What several targets share. Each target stands in `fuzz_targets/`, and its seeds in `corpus/`.

use actix_web::http::header::{HeaderMap, HeaderName, HeaderValue};
use unframed::config::SecretKeys;
use unframed::domain::{Origin, TokenDigest};

/// The origin of the site.
pub fn own() -> Origin {
    Origin::parse("https://account.example").expect("an origin")
}

/// The keys of the site.
pub fn keys() -> SecretKeys {
    let lookup = |name: &str| match name {
        "DATABASE_URL" => Some("postgresql://root@localhost:26257/unframed".to_owned()),
        "SECRET_KEY" => Some("q83vEjRWeJCrze8SNFZ4kKvN7xI0VniQq83vEjRWeJA=".to_owned()),
        "MAIL_URL" => Some("folder:/tmp/unframed-fuzz".to_owned()),
        "ASSETS_DIR" => Some(concat!(env!("CARGO_MANIFEST_DIR"), "/..").to_owned()),
        _ => None,
    };
    unframed::config::Config::read(lookup, "fuzz").expect("a configuration").secret_keys
}

/// A digest, of a session for example.
pub fn digest(byte: u8) -> TokenDigest {
    TokenDigest::from_bytes([byte; 32])
}

/// The headers in lines such as `name: value`; lines that HTTP does not allow are left out.
pub fn headers(lines: &[u8]) -> HeaderMap {
    let mut headers = HeaderMap::new();
    for line in lines.split(|byte| *byte == b'\n') {
        let Some(colon) = line.iter().position(|byte| *byte == b':') else { continue };
        let name = HeaderName::from_bytes(&line[..colon]);
        let value = HeaderValue::from_bytes(line[colon + 1..].trim_ascii());
        if let (Ok(name), Ok(value)) = (name, value) {
            headers.append(name, value);
        }
    }
    headers
}
