//! The cookies that carry the token of a session, or of a sign-in that waits for its second factor or passkey: their names
//! and attributes. The rows are in `models/session` and `models/pending_sign_in`.

use actix_web::HttpRequest;
use actix_web::cookie::{Cookie, SameSite, time};

use crate::domain::{Origin, SecretToken, SessionLifetime};

/// Makes and reads one of the cookies.
#[derive(Clone, Debug)]
pub struct SessionCookie {
    secure: bool,
    name: &'static str,
}

impl SessionCookie {
    /// The cookie of sessions. On https its name is `__Host-session`, which browsers accept only with Secure,
    /// Path=/ and no Domain (RFC 6265bis §4.1.3.2): no sibling host can plant it. On http://localhost it is
    /// `session`.
    #[must_use]
    pub fn new(public_url: &Origin) -> Self {
        let secure = public_url.is_https();
        Self { secure, name: if secure { "__Host-session" } else { "session" } }
    }

    /// The cookie of a sign-in that waits for its second factor, or of a passkey that is asked for: `__Host-sign-in`, or
    /// `sign-in`.
    #[must_use]
    pub fn of_pending_sign_in(public_url: &Origin) -> Self {
        let secure = public_url.is_https();
        Self { secure, name: if secure { "__Host-sign-in" } else { "sign-in" } }
    }

    /// The cookie that carries a token until the browser is closed.
    #[must_use]
    pub fn carry_until_closed(&self, token: &SecretToken) -> Cookie<'static> {
        self.build(token.encode()).finish()
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

    /// The cookie that removes this cookie from the browser.
    #[must_use]
    pub fn clear(&self) -> Cookie<'static> {
        self.build(String::new()).max_age(time::Duration::ZERO).finish()
    }

    /// The token that a request carries; `None` if its cookie is absent or malformed.
    #[must_use]
    pub fn read(&self, request: &HttpRequest) -> Option<SecretToken> {
        request.cookie(self.name).and_then(|cookie| SecretToken::decode(cookie.value()))
    }

    fn build(&self, value: String) -> actix_web::cookie::CookieBuilder<'static> {
        // Lax, not Strict: a member who follows a link from an email must be signed in. No defence rests
        // on SameSite.
        Cookie::build(self.name, value).path("/").http_only(true).secure(self.secure).same_site(SameSite::Lax)
    }
}
