//! The header `Idempotency-Key` (draft-ietf-httpapi-idempotency-key-header): with it, a request can be sent again without
//! being carried out again.

use std::future::{Ready, ready};

use actix_web::dev::Payload;
use actix_web::http::header::{HeaderMap, HeaderName};
use actix_web::{FromRequest, HttpRequest};
use sha2::{Digest as _, Sha256};
use uuid::Uuid;

use crate::domain::TokenDigest;
use crate::error::AppError;
use crate::error::problem::{INVALID_HEADER, text};
use crate::models::idempotency_key::IdempotencyKey;

/// The name of the header.
pub const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");
/// The most characters of a key.
pub const IDEMPOTENCY_KEY_CHARS: usize = 255;

/// The digest of the key of a request, if it has one.
#[derive(Clone, Copy, Debug)]
pub struct Idempotency(Option<TokenDigest>);

impl Idempotency {
    /// The key of a caller for a request with this body. The path is part of the request.
    #[must_use]
    pub fn key(self, caller_id: Uuid, path: &str, body: TokenDigest) -> Option<IdempotencyKey> {
        let mut request = Sha256::new();
        request.update(path.as_bytes());
        request.update([0]);
        request.update(body.as_bytes());
        let request = TokenDigest::from_bytes(request.finalize().into());
        self.0.map(|key| IdempotencyKey { caller_id, key, request })
    }

    fn of(headers: &HeaderMap) -> Result<Self, AppError> {
        let mut lines = headers.get_all(IDEMPOTENCY_KEY);
        let line = match (lines.next(), lines.next()) {
            (None, _) => return Ok(Self(None)),
            (Some(line), None) => line.to_str().ok(),
            (Some(_), Some(_)) => None,
        };
        // A string of RFC 9651. Many clients send it without quotation marks, which is the same key.
        let key =
            line.map(|line| line.strip_prefix('"').and_then(|line| line.strip_suffix('"')).unwrap_or(line));
        let key = key.filter(|key| {
            (1..=IDEMPOTENCY_KEY_CHARS).contains(&key.len())
                && key.bytes().all(|byte| byte.is_ascii_graphic() && !b"\"\\,".contains(&byte))
        });
        let Some(key) = key else { return Err(INVALID_HEADER.because(text::IDEMPOTENCY_KEY).into()) };
        Ok(Self(Some(TokenDigest::from_bytes(Sha256::digest(key.as_bytes()).into()))))
    }
}

impl FromRequest for Idempotency {
    type Error = AppError;
    type Future = Ready<Result<Self, AppError>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(Self::of(request.headers()))
    }
}

#[cfg(test)]
mod tests {
    use actix_web::http::header::HeaderValue;

    use super::*;

    fn read(lines: &[&str]) -> Option<Option<TokenDigest>> {
        let mut headers = HeaderMap::new();
        for line in lines {
            headers.append(IDEMPOTENCY_KEY, HeaderValue::from_bytes(line.as_bytes()).unwrap());
        }
        Idempotency::of(&headers).ok().map(|Idempotency(key)| key)
    }

    #[test]
    fn one_key_is_read_with_or_without_quotation_marks() {
        assert_eq!(read(&[]), Some(None));
        let key = read(&["\"8e03978e-40d5-43e8-bc93-6894a57f9324\""]);
        assert!(key.is_some_and(|key| key.is_some()));
        assert_eq!(read(&["8e03978e-40d5-43e8-bc93-6894a57f9324"]), key);
        assert!(read(&[&"x".repeat(255)]).is_some());
        for malformed in ["", "\"\"", "\"", "a b", "a,b", "a\\b", "a\"b", "é", &"x".repeat(256)] {
            assert_eq!(read(&[malformed]), None, "{malformed}");
        }
        assert_eq!(read(&["a", "a"]), None);
    }

    #[test]
    fn a_key_belongs_to_a_caller_a_path_and_a_body() {
        let digest = |byte| TokenDigest::from_bytes([byte; 32]);
        let (ada, bob) = (Uuid::from_u128(1), Uuid::from_u128(2));
        let key = Idempotency(Some(digest(0)));
        let one = key.key(ada, "/a", digest(1)).unwrap();
        assert_eq!(key.key(ada, "/a", digest(1)), Some(one.clone()));
        assert_ne!(key.key(bob, "/a", digest(1)).unwrap().caller_id, one.caller_id);
        assert_ne!(key.key(ada, "/b", digest(1)).unwrap().request, one.request);
        assert_ne!(key.key(ada, "/a", digest(2)).unwrap().request, one.request);
        assert_eq!(Idempotency(None).key(ada, "/a", digest(1)), None);
    }
}
