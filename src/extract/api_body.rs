//! The JSON body of a request to the API. It is bounded in size and depth, and whatever is wrong with it is told by field.
//! The type of a body refuses unknown fields: `#[serde(deny_unknown_fields)]`.

use std::fmt;
use std::future::{Ready, ready};
use std::marker::PhantomData;

use actix_web::dev::Payload;
use actix_web::error::PayloadError;
use actix_web::http::header;
use actix_web::{FromRequest, HttpMessage as _, HttpRequest};
use futures_util::StreamExt as _;
use serde::de::value::MapAccessDeserializer;
use serde::de::{DeserializeOwned, MapAccess, Visitor};
use serde::{Deserialize, Deserializer};
use sha2::{Digest as _, Sha256};

use crate::domain::TokenDigest;
use crate::error::AppError;
use crate::error::problem::{BODY_TOO_LARGE, INVALID_JSON, MEDIA_TYPE, Problem, text};

/// The most bytes of a body of the API.
pub const API_BODY_LIMIT: usize = 64 * 1024;
/// The most objects and lists inside each other in a body of the API.
pub const API_BODY_DEPTH: usize = 8;

/// A body that is still to be read. A handler reads it after its other extractors have admitted the caller, so that nobody
/// sends us a body for nothing.
pub struct ApiBody<T> {
    request: HttpRequest,
    payload: Payload,
    value: PhantomData<T>,
}

/// A body, read and parsed.
#[derive(Debug)]
pub struct ReadBody<T> {
    /// What it says.
    pub value: T,
    /// The SHA-256 digest of its bytes, by which `Idempotency-Key` recognizes a repeated request.
    pub digest: TokenDigest,
}

impl<T> FromRequest for ApiBody<T> {
    type Error = AppError;
    type Future = Ready<Result<Self, AppError>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        ready(Ok(Self { request: request.clone(), payload: payload.take(), value: PhantomData }))
    }
}

impl<T: DeserializeOwned> ApiBody<T> {
    /// Reads the body.
    ///
    /// # Errors
    /// 400 for what is no JSON, 413, 415, and 422 with the field that is wrong. 408 if it does not arrive in time.
    pub async fn read(mut self) -> Result<ReadBody<T>, AppError> {
        self.check_type()?;
        let too_large = || BODY_TOO_LARGE.because(text::BODY_TOO_LARGE);
        let mut bytes = Vec::new();
        while let Some(chunk) = self.payload.next().await {
            let chunk = chunk.map_err(|problem| match problem {
                PayloadError::Io(cause) if cause.kind() == std::io::ErrorKind::TimedOut => AppError::TooSlow,
                PayloadError::Overflow => too_large().into(),
                _ => INVALID_JSON.because(text::BODY_UNREADABLE).into(),
            })?;
            if bytes.len() + chunk.len() > API_BODY_LIMIT {
                return Err(too_large().into());
            }
            bytes.extend_from_slice(&chunk);
        }
        let digest = TokenDigest::from_bytes(Sha256::digest(&bytes).into());
        Ok(ReadBody { value: parse(&bytes)?, digest })
    }

    /// Only one media type is read. It is not one that a form of another site can send.
    fn check_type(&self) -> Result<(), Problem> {
        let headers = self.request.headers();
        let is_json = headers.get_all(header::CONTENT_TYPE).count() == 1
            && self.request.mime_type().is_ok_and(|kind| {
                kind.is_some_and(|kind| {
                    let charset = kind.get_param("charset");
                    kind.essence_str() == "application/json" && charset.is_none_or(|set| set == "utf-8")
                })
            });
        let encoded = headers.get_all(header::CONTENT_ENCODING).any(|encoding| encoding != "identity");
        if is_json && !encoded { Ok(()) } else { Err(MEDIA_TYPE.because(text::MEDIA_TYPE)) }
    }
}

/// Parses a body.
pub(crate) fn parse<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Problem> {
    if depth(bytes) > API_BODY_DEPTH {
        return Err(INVALID_JSON.because(text::BODY_TOO_DEEP));
    }
    let mut json = serde_json::Deserializer::from_slice(bytes);
    let Object(value) = serde_path_to_error::deserialize(&mut json).map_err(|error| {
        let path = error.path().to_string();
        problem(&path, error.inner())
    })?;
    json.end().map_err(|error| problem(".", &error))?;
    Ok(value)
}

/// The most objects and lists inside each other. Of what is no JSON it says something: the parser refuses it.
fn depth(bytes: &[u8]) -> usize {
    let (mut open, mut most, mut in_text, mut escaped) = (0_usize, 0, false, false);
    for byte in bytes {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if in_text => escaped = true,
            b'"' => in_text = !in_text,
            b'{' | b'[' if !in_text => {
                open += 1;
                most = most.max(open);
            }
            b'}' | b']' if !in_text => open = open.saturating_sub(1),
            _ => {}
        }
    }
    most
}

/// The problem of a fault that the parser found.
fn problem(path: &str, error: &serde_json::Error) -> Problem {
    let told = error.to_string();
    if !error.is_data() {
        return INVALID_JSON.because(told);
    }
    let place = format!(" at line {} column {}", error.line(), error.column());
    let told = told.strip_suffix(&place).unwrap_or(&told);
    let named = [
        ("missing field `", text::FIELD_MISSING),
        ("unknown field `", text::FIELD_UNKNOWN),
        ("duplicate field `", text::FIELD_REPEATED),
    ];
    let named = named.into_iter().find_map(|(start, detail)| {
        let rest = told.strip_prefix(start)?;
        // The name of an unknown field is the client's, and may hold this sign.
        let end = rest.rfind("`, expected").or_else(|| rest.rfind('`'))?;
        Some((rest.get(..end)?, detail))
    });
    match named {
        // The path of an unknown field ends with its name; that of others with the object.
        Some((name, detail)) if path == "." => Problem::of_field(name, detail),
        Some((name, detail)) if path.ends_with(name) => Problem::of_field(path, detail),
        Some((name, detail)) => Problem::of_field(&format!("{path}.{name}"), detail),
        None => Problem::of_field(path, told),
    }
}

/// A JSON object. Serde also makes a struct out of a list of its values; this type does not. A body is one; a type inside a
/// body is wrapped in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Object<T>(pub T);

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Object<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct OfObject<T>(PhantomData<T>);
        impl<'de, T: Deserialize<'de>> Visitor<'de> for OfObject<T> {
            type Value = Object<T>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Self::Value, A::Error> {
                T::deserialize(MapAccessDeserializer::new(map)).map(Object)
            }
        }
        deserializer.deserialize_map(OfObject(PhantomData))
    }
}

#[cfg(test)]
mod tests;
