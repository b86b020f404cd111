//! Entity tags, and the header `If-Match` of writes (RFC 9110, sections 8.8.3 and 13.1.1): a client changes only what it has
//! read, and two clients do not overwrite each other's changes.

use std::future::{Ready, ready};

use actix_web::dev::Payload;
use actix_web::http::header::{self, HeaderMap};
use actix_web::{FromRequest, HttpRequest};
use serde::Serialize;
use sha2::{Digest as _, Sha256};

use crate::error::AppError;
use crate::error::problem::{INVALID_HEADER, PRECONDITION_FAILED, PRECONDITION_REQUIRED, Problem, text};

/// A strong entity tag, with its quotation marks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EntityTag(String);

impl EntityTag {
    /// The tag of what a response shows: equal for equal JSON.
    #[must_use]
    pub fn of(shown: &impl Serialize) -> Self {
        // What the API shows always has a JSON form.
        let digest = Sha256::digest(serde_json::to_vec(shown).unwrap_or_default());
        let digits: String = digest.iter().take(16).map(|byte| format!("{byte:02x}")).collect();
        Self(format!("\"{digits}\""))
    }

    /// The header of a response with this tag.
    #[must_use]
    pub fn header(&self) -> (header::HeaderName, &str) {
        (header::ETAG, &self.0)
    }
}

/// The versions that a write may change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum IfMatch {
    /// Any version.
    Any,
    /// These versions.
    Tags(Vec<EntityTag>),
}

impl IfMatch {
    /// Whether the write may change the version with this tag.
    #[must_use]
    pub fn admits(&self, tag: &EntityTag) -> bool {
        match self {
            Self::Any => true,
            Self::Tags(tags) => tags.contains(tag),
        }
    }

    /// The problem of a write that may not.
    #[must_use]
    pub fn stale() -> Problem {
        PRECONDITION_FAILED.because(text::IF_MATCH_STALE)
    }

    fn of(headers: &HeaderMap) -> Result<Self, Problem> {
        let mut lines = headers.get_all(header::IF_MATCH);
        let line = match (lines.next(), lines.next()) {
            (None, _) => return Err(PRECONDITION_REQUIRED.because(text::IF_MATCH_MISSING)),
            (Some(line), None) => line.to_str().ok(),
            (Some(_), Some(_)) => None,
        };
        let malformed = || INVALID_HEADER.because(text::IF_MATCH_MALFORMED);
        let line = line.ok_or_else(malformed)?.trim();
        if line == "*" {
            return Ok(Self::Any);
        }
        // None of our tags has a comma. A weak tag never matches here, so it stays as it is.
        let tags = line.split(',').map(|tag| {
            let tag = tag.trim();
            let opaque = tag.strip_prefix("W/").unwrap_or(tag).strip_prefix('"')?.strip_suffix('"')?;
            (!opaque.contains('"')).then(|| EntityTag(tag.to_owned()))
        });
        tags.collect::<Option<_>>().map(Self::Tags).ok_or_else(malformed)
    }
}

impl FromRequest for IfMatch {
    type Error = AppError;
    type Future = Ready<Result<Self, AppError>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(Self::of(request.headers()).map_err(AppError::from))
    }
}

#[cfg(test)]
mod tests {
    use actix_web::http::header::HeaderValue;

    use super::*;

    fn read(lines: &[&str]) -> Result<IfMatch, u16> {
        let mut headers = HeaderMap::new();
        for line in lines {
            headers.append(header::IF_MATCH, HeaderValue::from_bytes(line.as_bytes()).unwrap());
        }
        IfMatch::of(&headers).map_err(|problem| problem.kind.status.as_u16())
    }

    #[test]
    fn a_write_names_the_versions_that_it_may_change() {
        let (one, other) = (EntityTag::of(&"one"), EntityTag::of(&"other"));
        assert_eq!(EntityTag::of(&"one"), one);
        assert_ne!(one, other);
        let (_, text) = one.header();
        for line in [text, &format!("\"x\", {text}"), &format!(" {text} ,\"\""), "*"] {
            assert!(read(&[line]).unwrap().admits(&one), "{line}");
        }
        for line in ["\"x\"", &format!("W/{text}"), other.header().1] {
            assert!(!read(&[line]).unwrap().admits(&one), "{line}");
        }
        assert_eq!(read(&[]), Err(428));
        for malformed in ["", "x", "\"", "\"a", "\"a\" \"b\"", "\"a\",", "*, \"a\"", "é"] {
            assert_eq!(read(&[malformed]), Err(400), "{malformed}");
        }
        assert_eq!(read(&[text, text]), Err(400));
    }
}
