//! What a check is to a site: it sends the cookies and header lines that it was given, keeps the cookies that
//! the site sets, and hides all of their values in whatever is printed. It belongs to one origin and never
//! sends anything to another.

mod cookie_file;
pub mod cookie_jar;
mod credentials;
mod secrets;

use std::io;

use url::Url;

use self::cookie_jar::{CookieJar, StoredCookie};
pub use self::credentials::{CredentialProblem, Credentials};
use self::secrets::Secrets;
use super::response::Response;
use super::set_cookie::SetCookie;
use super::wire::{Request, Wire, without_quote};
use crate::domain::Origin;

/// A session with one site.
pub struct Session {
    wire: Wire,
    /// Without credentials, cookies are not kept either: each request is a stranger's.
    signed: bool,
    headers: Vec<(String, String)>,
    jar: CookieJar,
    secrets: Secrets,
    /// Cookies were given, and none of them belongs to this site and is still valid.
    lacks_cookies: bool,
}

impl Session {
    pub(super) fn new(wire: Wire, credentials: &Credentials) -> Self {
        let mut session = Self {
            jar: CookieJar::new(wire.origin()),
            wire,
            signed: !credentials.is_empty(),
            headers: credentials.headers.clone(),
            secrets: Secrets::default(),
            lacks_cookies: false,
        };
        if let Some(value) = session.wire.proxy_authorization() {
            session.secrets.add_header(value);
        }
        for (_, value) in &credentials.headers {
            session.secrets.add_header(value);
        }
        for cookie in &credentials.cookies {
            // A cookie of another site is never sent, so nothing repeats it.
            if session.jar.store(cookie.clone()) {
                session.secrets.add(&cookie.value);
            }
        }
        session.lacks_cookies = session.jar.is_empty() && !credentials.cookies.is_empty();
        session
    }

    /// The site.
    #[must_use]
    pub fn origin(&self) -> &Origin {
        self.wire.origin()
    }

    pub(super) fn wire(&self) -> &Wire {
        &self.wire
    }

    /// Whether there is anything that another origin must not see.
    #[must_use]
    pub fn is_signed(&self) -> bool {
        self.signed
    }

    pub(super) fn has_cookies(&self) -> bool {
        !self.jar.is_empty()
    }

    /// Whether cookies were given, of which none belongs to this site and is still valid.
    pub(super) fn lacks_cookies(&self) -> bool {
        self.lacks_cookies
    }

    pub(super) fn add_secret(&mut self, secret: &str) {
        self.secrets.add(secret);
    }

    /// The cookies that the site gets, for a browser that frames it.
    #[must_use]
    pub fn cookies(&self) -> Vec<StoredCookie> {
        self.jar.sent()
    }

    /// Whether there are header lines, which a browser does not send.
    #[must_use]
    pub fn has_headers(&self) -> bool {
        !self.headers.is_empty()
    }

    /// The field lines that the session adds to a request for a URL of its site, cookies included. They are
    /// secrets: do not print them, and do not send them to another origin.
    #[must_use]
    pub fn fields(&self, url: &Url) -> Vec<(String, String)> {
        if url.origin().ascii_serialization() != self.origin().as_str() {
            return Vec::new();
        }
        let cookies = self.jar.header(url).map(|value| ("cookie".to_owned(), value));
        self.headers.iter().cloned().chain(cookies).collect()
    }

    /// A text without the values of cookies, headers and secrets.
    #[must_use]
    pub fn hide(&self, text: &str) -> String {
        self.secrets.hide(text)
    }

    /// Sends a request for a URL of the site. The cookies that the response sets are not kept.
    pub(super) async fn ask(&self, url: &Url, mut request: Request) -> io::Result<Response> {
        // The check of an oversized cookie sends that one alone.
        let own_cookie = request.fields.iter().any(|(name, _)| name == "cookie");
        let mut fields = self.fields(url);
        fields.retain(|(name, _)| !(own_cookie && name == "cookie"));
        request.fields.retain(|(name, _)| !fields.iter().any(|(given, _)| given == name));
        request.fields.extend(fields);
        self.wire.ask(&request).await.map_err(|error| self.safe(error))
    }

    /// Sends a request and keeps the cookies of the response, as a browser does.
    pub(super) async fn visit(&mut self, url: &Url, request: Request) -> io::Result<Response> {
        let response = self.ask(url, request).await?;
        if self.signed {
            for line in response.lines("set-cookie") {
                let cookie = SetCookie::parse(line);
                if self.jar.learn(url, &cookie) {
                    self.secrets.learn(cookie.value);
                }
            }
        }
        Ok(response)
    }

    /// An error whose text repeats no secret: a server can send one back in place of an answer.
    fn safe(&self, error: io::Error) -> io::Error {
        let secret = self.signed || self.wire.proxy_authorization().is_some();
        if secret { without_quote(error) } else { error }
    }
}
