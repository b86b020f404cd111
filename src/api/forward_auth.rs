//! `/api/v1/forward-auth`: tells a proxy in front of the team's own pages who is signed in. It is for pages on the account's
//! own host: no other host gets the session cookie (`__Host-`). The proxy asks with the headers of the request that it has
//! got, so the frame gate lets it in by a rule of its own.

use actix_web::http::header::{self, HeaderName};
use actix_web::{HttpRequest, HttpResponse, web};

use crate::domain::LocalPath;
use crate::error::AppError;
use crate::error::problem::ProblemType;
use crate::extract::Visitor;
use crate::state::AppState;

const USER_ID: HeaderName = HeaderName::from_static("x-unframed-user-id");
const EMAIL: HeaderName = HeaderName::from_static("x-unframed-email");
const DISPLAY_NAME: HeaderName = HeaderName::from_static("x-unframed-display-name");
const SIGN_IN: HeaderName = HeaderName::from_static("x-unframed-sign-in");
/// The path and query of the request that the proxy asks about, as Caddy and Traefik name it.
const FORWARDED_URI: HeaderName = HeaderName::from_static("x-forwarded-uri");

/// The browser has no session.
const NOT_SIGNED_IN: ProblemType = ProblemType::new(
    "not-signed-in",
    "The browser is not signed in.",
    actix_web::http::StatusCode::UNAUTHORIZED,
);
/// The detail of that problem.
const GO_ON: &str = "Send the browser to the URL in X-Unframed-Sign-In.";
/// The challenge that a 401 must have (RFC 9110, section 11.6.1). Browsers know no such scheme, and ask for nothing.
const CHALLENGE: &str = "Cookie";

/// A text as a header can hold it: percent-encoded UTF-8 (RFC 3986), but for characters that `keep` names.
fn encoded(text: &str, keep: fn(u8) -> bool) -> String {
    let unreserved = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        if unreserved(byte) || (keep(byte) && byte.is_ascii_graphic() && byte != b'%') {
            encoded.push(char::from(byte));
        } else {
            encoded.push_str(&format!("%{byte:02X}"));
        }
    }
    encoded
}

/// The page to return to after the sign-in.
fn next(request: &HttpRequest) -> Option<LocalPath> {
    let mut lines = request.headers().get_all(FORWARDED_URI);
    let (Some(line), None) = (lines.next(), lines.next()) else { return None };
    LocalPath::parse(line.to_str().ok()?)
}

/// Tells a proxy who is signed in.
///
/// For nginx `auth_request`, Caddy `forward_auth` and Traefik ForwardAuth, on the account's own host. The answer has no body.
#[utoipa::path(
    get,
    path = "/api/v1/forward-auth",
    operation_id = "forwardAuth",
    responses(
        (status = 200, description = "The browser is signed in.", headers(
            ("X-Unframed-User-Id" = String, description = "The account. It never changes."),
            ("X-Unframed-Email" = String, description = "The verified email address; a percent sign, and what is not ASCII, percent-encoded."),
            ("X-Unframed-Display-Name" = String, description = "The name, as percent-encoded UTF-8."),
        )),
        (status = 401, description = "The browser is not signed in.", headers(
            ("X-Unframed-Sign-In" = String, description = "The page where the user signs in."),
            ("Location" = String, description = "The same."),
        )),
    ),
)]
pub async fn show(
    request: HttpRequest,
    state: web::Data<AppState>,
    visitor: Visitor,
) -> Result<HttpResponse, AppError> {
    let path = match visitor {
        Visitor::Member(member) if !member.lacks_required_factor(&state) => {
            let user = &member.user;
            return Ok(HttpResponse::Ok()
                .insert_header((USER_ID, user.id.to_string()))
                .insert_header((EMAIL, encoded(&user.email, |_| true)))
                .insert_header((DISPLAY_NAME, encoded(&user.display_name, |_| false)))
                .finish());
        }
        // The team requires a second factor, which this page adds.
        Visitor::Member(_) => "/settings/two-factor".to_owned(),
        Visitor::Guest => {
            format!("/sign-in{}", next(&request).map_or_else(String::new, |next| next.query()))
        }
    };
    let url = format!("{}{path}", state.config.public_url);
    Err(NOT_SIGNED_IN
        .because(GO_ON)
        .with_header(SIGN_IN, url.clone())
        .with_header(header::LOCATION, url)
        .with_header(header::WWW_AUTHENTICATE, CHALLENGE)
        .into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_in_a_header_is_percent_encoded_utf_8() {
        assert_eq!(encoded("Zoë \"Z\" 100%\r\nX: y", |_| false), "Zo%C3%AB%20%22Z%22%20100%25%0D%0AX%3A%20y");
        assert_eq!(encoded("ada+x%@example.com", |_| true), "ada+x%25@example.com");
        assert_eq!(encoded("ä@bücher.example ", |_| true), "%C3%A4@b%C3%BCcher.example%20");
    }
}
