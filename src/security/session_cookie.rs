//! The session cookie: its name and attributes. Sessions themselves are in `models/session`.

use actix_web::HttpRequest;
use actix_web::cookie::{Cookie, SameSite, time};

use crate::domain::{Origin, SecretToken, SessionLifetime};

/// Makes and reads the cookie.
#[derive(Clone, Debug)]
pub struct SessionCookie {
    secure: bool,
}

impl SessionCookie {
    /// The cookie of a site. On https its name is `__Host-session`, which browsers accept only with Secure,
    /// Path=/ and no Domain (RFC 6265bis §4.1.3.2): no sibling host can plant it. On http://localhost it is
    /// `session`.
    #[must_use]
    pub fn new(public_url: &Origin) -> Self {
        Self { secure: public_url.is_https() }
    }

    fn name(&self) -> &'static str {
        if self.secure { "__Host-session" } else { "session" }
    }

    /// The cookie that carries a token until the browser is closed, or as long as a remembered session lives.
    #[must_use]
    pub fn carry(&self, token: &SecretToken, lifetime: SessionLifetime) -> Cookie<'static> {
        let cookie = self.build(token.encode());
        if lifetime.remembered {
            let seconds = i64::try_from(lifetime.absolute.as_secs()).unwrap_or(i64::MAX);
            return cookie.max_age(time::Duration::seconds(seconds)).finish();
        }
        cookie.finish()
    }

    /// The cookie that removes the session cookie from the browser.
    #[must_use]
    pub fn clear(&self) -> Cookie<'static> {
        self.build(String::new()).max_age(time::Duration::ZERO).finish()
    }

    /// The token that a request carries; `None` if its cookie is absent or malformed.
    #[must_use]
    pub fn read(&self, request: &HttpRequest) -> Option<SecretToken> {
        request.cookie(self.name()).and_then(|cookie| SecretToken::decode(cookie.value()))
    }

    fn build(&self, value: String) -> actix_web::cookie::CookieBuilder<'static> {
        // Lax, not Strict: a member who follows a link from an email must be signed in. No defence rests
        // on SameSite.
        Cookie::build(self.name(), value)
            .path("/")
            .http_only(true)
            .secure(self.secure)
            .same_site(SameSite::Lax)
    }
}
