//! The problems that the API tells programs, as `application/problem+json` (RFC 9457). Programs read the API in English, so
//! the texts are constants: general ones here, those of one operation beside its code.

use actix_web::http::StatusCode;
use actix_web::http::header::{self, HeaderName};

/// A type of problem. Programs compare its name; people read the title.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ProblemType {
    /// The end of its URI, after `/developers/api#problem-`.
    pub name: &'static str,
    /// What is wrong, the same for each problem of this type.
    pub title: &'static str,
    /// The status of the response (RFC 9110).
    pub status: StatusCode,
}

impl ProblemType {
    /// A type of problem.
    #[must_use]
    pub const fn new(name: &'static str, title: &'static str, status: StatusCode) -> Self {
        Self { name, title, status }
    }

    /// A problem of this type.
    #[must_use]
    pub fn because(self, detail: impl Into<String>) -> Problem {
        Problem { kind: self, detail: detail.into(), fields: Vec::new(), headers: Vec::new() }
    }
}

/// The request has no access token and no session.
pub const NO_CREDENTIALS: ProblemType =
    ProblemType::new("no-credentials", "The request has no credentials.", StatusCode::UNAUTHORIZED);
/// The credentials are malformed, unknown, expired or revoked.
pub const INVALID_CREDENTIALS: ProblemType = ProblemType::new(
    "invalid-credentials",
    "The credentials of the request are not valid.",
    StatusCode::UNAUTHORIZED,
);
/// The credentials do not allow this.
pub const INSUFFICIENT_SCOPE: ProblemType = ProblemType::new(
    "insufficient-scope",
    "The credentials do not cover this operation.",
    StatusCode::FORBIDDEN,
);
/// A header line is repeated or malformed.
pub const INVALID_HEADER: ProblemType =
    ProblemType::new("invalid-header", "A header of the request is malformed.", StatusCode::BAD_REQUEST);
/// A parameter of the path or query is malformed.
pub const INVALID_PARAMETER: ProblemType =
    ProblemType::new("invalid-parameter", "A parameter of the URL is malformed.", StatusCode::BAD_REQUEST);
/// The body is not JSON.
pub const INVALID_JSON: ProblemType =
    ProblemType::new("invalid-json", "The body is not valid JSON.", StatusCode::BAD_REQUEST);
/// The body is larger than the API takes.
pub const BODY_TOO_LARGE: ProblemType =
    ProblemType::new("body-too-large", "The body is too large.", StatusCode::PAYLOAD_TOO_LARGE);
/// The media type or encoding of the body is not the one that the API takes.
pub const MEDIA_TYPE: ProblemType = ProblemType::new(
    "media-type",
    "The API reads application/json without compression.",
    StatusCode::UNSUPPORTED_MEDIA_TYPE,
);
/// Fields of the body are missing, unknown, repeated or not what they must be.
pub const INVALID_FIELDS: ProblemType =
    ProblemType::new("invalid-fields", "Fields of the body are not valid.", StatusCode::UNPROCESSABLE_ENTITY);
/// A write that does not say which version it changes (RFC 6585, section 3).
pub const PRECONDITION_REQUIRED: ProblemType = ProblemType::new(
    "precondition-required",
    "The request does not say which version it changes.",
    StatusCode::PRECONDITION_REQUIRED,
);
/// A write to another version than there is now (RFC 9110, section 13.1.1).
pub const PRECONDITION_FAILED: ProblemType = ProblemType::new(
    "precondition-failed",
    "It was changed since you read it.",
    StatusCode::PRECONDITION_FAILED,
);
/// An `Idempotency-Key` was used for another request (draft-ietf-httpapi-idempotency-key-header, section 2.7).
pub const KEY_REUSED: ProblemType = ProblemType::new(
    "idempotency-key-reused",
    "The Idempotency-Key stands for another request.",
    StatusCode::UNPROCESSABLE_ENTITY,
);
/// The thing does not exist, or the caller cannot see it.
pub const NOT_FOUND: ProblemType =
    ProblemType::new("not-found", "There is nothing at this URL.", StatusCode::NOT_FOUND);

/// The details of problems that the extractors find.
pub mod text {
    /// Two lines with credentials.
    pub const REPEATED_AUTHORIZATION: &str = "Send one Authorization header.";
    /// A key that is repeated, too long, or has characters that it must not have.
    pub const IDEMPOTENCY_KEY: &str =
        "Send one Idempotency-Key of 1 to 255 visible ASCII characters, without commas and backslashes.";
    /// A write without `If-Match`.
    pub const IF_MATCH_MISSING: &str = "Read it, and send the ETag of the answer as If-Match.";
    /// A malformed or repeated `If-Match`.
    pub const IF_MATCH_MALFORMED: &str = "Send one If-Match with one or more quoted tags, or with *.";
    /// A stale `If-Match`.
    pub const IF_MATCH_STALE: &str = "Read it again, and decide whether your change still fits.";
    /// Too many bytes.
    pub const BODY_TOO_LARGE: &str = "Send at most 64 KiB.";
    /// The connection failed while the body was read.
    pub const BODY_UNREADABLE: &str = "The body ended early.";
    /// Too many objects and lists inside each other.
    pub const BODY_TOO_DEEP: &str = "The body is nested deeper than 8 levels.";
    /// Another media type.
    pub const MEDIA_TYPE: &str =
        "Send one Content-Type: application/json, in UTF-8, and no Content-Encoding.";
    /// A field that must be there.
    pub const FIELD_MISSING: &str = "is required";
    /// A field that the operation does not know.
    pub const FIELD_UNKNOWN: &str = "is not a field of this request";
    /// A field that occurs twice.
    pub const FIELD_REPEATED: &str = "occurs more than once";
}

/// A problem of the API, with all that its response says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// Its type.
    pub kind: ProblemType,
    /// What is wrong this time, and how to mend it.
    pub detail: String,
    /// The fields that are wrong.
    pub fields: Vec<FieldProblem>,
    /// Headers of the response. One line each; a `WWW-Authenticate` goes with each 401.
    pub headers: Vec<(HeaderName, String)>,
}

/// What is wrong with a field of the body.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct FieldProblem {
    /// The field, such as `title` or `details[2].label`; `.` for the body itself.
    pub field: String,
    /// What is wrong with it.
    pub detail: String,
}

/// The most characters of a client's text that a problem repeats.
const QUOTED_CHARS: usize = 200;

impl FieldProblem {
    /// What is wrong with a field. Both texts may quote the client, so both are cut.
    #[must_use]
    pub fn new(field: &str, detail: &str) -> Self {
        let cut = |text: &str| text.chars().take(QUOTED_CHARS).collect();
        Self { field: cut(field), detail: cut(detail) }
    }
}

impl Problem {
    /// The problem of a body with these faults.
    #[must_use]
    pub fn of_fields(fields: Vec<FieldProblem>) -> Self {
        let names: Vec<&str> = fields.iter().map(|fault| fault.field.as_str()).collect();
        let detail = format!("Look at: {}", names.join(", "));
        Self { fields, ..INVALID_FIELDS.because(detail) }
    }

    /// The problem of a body with this fault.
    #[must_use]
    pub fn of_field(field: &str, detail: &str) -> Self {
        Self::of_fields(vec![FieldProblem::new(field, detail)])
    }

    /// Adds a header to the response.
    #[must_use]
    pub fn with_header(mut self, name: HeaderName, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    /// A request without credentials (RFC 6750, section 3.1: no error code).
    #[must_use]
    pub fn no_credentials() -> Self {
        NO_CREDENTIALS
            .because("Send an access token as Authorization: Bearer.")
            .with_header(header::WWW_AUTHENTICATE, "Bearer")
    }

    /// A request whose credentials are refused. It does not say why: the reason would help to guess.
    #[must_use]
    pub fn invalid_credentials() -> Self {
        INVALID_CREDENTIALS
            .because("The token is malformed, unknown, expired or revoked.")
            .with_header(header::WWW_AUTHENTICATE, r#"Bearer error="invalid_token""#)
    }

    /// A request whose credentials lack a scope (RFC 6750, section 3.1).
    #[must_use]
    pub fn insufficient_scope(scope: &str) -> Self {
        INSUFFICIENT_SCOPE.because(format!("The operation needs the scope {scope}.")).with_header(
            header::WWW_AUTHENTICATE,
            format!(r#"Bearer error="insufficient_scope", scope="{scope}""#),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_problem_of_fields_names_them_and_cuts_what_it_quotes() {
        let long = "x".repeat(10_000);
        let problem = Problem::of_fields(vec![
            FieldProblem::new("title", "is required"),
            FieldProblem::new(&long, &format!("unknown {long}")),
        ]);
        assert!(problem.detail.starts_with("Look at: title, xxx"));
        assert!(problem.fields.iter().all(|fault| fault.field.len() <= 200 && fault.detail.len() <= 200));
        assert_eq!(problem.kind.status, StatusCode::UNPROCESSABLE_ENTITY);
    }
}
