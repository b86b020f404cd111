//! A user's browser: it keeps cookies and sends the Fetch Metadata that real browsers send.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{LazyLock, Mutex};

use actix_web::web;
use chrono::TimeDelta;
use regex::Regex;
use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use reqwest::{Method, StatusCode};
use unframed::state::AppState;

use super::app::mailed_sign_up;
use super::second_factor::HeldFactors;

/// A password that every rule accepts.
pub const PASSWORD: &str = "lantern omelet drizzle 47";

/// Another one.
pub const NEW_PASSWORD: &str = "quiet marble sunrise 82";

/// A browser with its own cookies and its own IP address.
pub struct Browser {
    /// The email address of its user, set by signing up or in.
    pub email: Mutex<String>,
    /// The second factors of its user.
    pub(super) held: Mutex<HeldFactors>,
    client: reqwest::Client,
    base: String,
    origin: String,
    address: String,
    pub(super) state: web::Data<AppState>,
    cookies: Mutex<BTreeMap<String, String>>,
}

/// The answer to a request.
#[derive(Debug)]
pub struct Answer {
    /// The status.
    pub status: StatusCode,
    /// All field lines.
    pub headers: HeaderMap,
    /// The body as text.
    pub body: String,
}

impl Answer {
    /// The value of a field. Panics if the field occurs more than once.
    pub fn header(&self, name: &str) -> Option<&str> {
        let lines: Vec<&HeaderValue> = self.headers.get_all(name).iter().collect();
        assert!(lines.len() < 2, "{name} occurs {} times", lines.len());
        lines.first().map(|line| line.to_str().expect("ASCII"))
    }

    /// The cookie of this name that the response sets, with its attributes.
    pub fn set_cookie(&self, name: &str) -> Option<&str> {
        let lines = self.headers.get_all("set-cookie").iter().map(|line| line.to_str().expect("ASCII"));
        lines.into_iter().find(|line| line.split('=').next() == Some(name))
    }

    /// The target of a redirect.
    pub fn location(&self) -> &str {
        self.header("location").unwrap_or_else(|| panic!("{} without Location: {}", self.status, self.body))
    }

    /// The text of the first element that the pattern's first group matches.
    pub fn find(&self, pattern: &str) -> Option<String> {
        Regex::new(pattern).expect("a pattern").captures(&self.body).map(|found| found[1].to_owned())
    }

    /// The body with a placeholder for the id of the request, which is in each error page and differs in each.
    pub fn body_without_id(&self) -> String {
        self.body.replace(self.header("x-request-id").expect("an id"), "ID")
    }

    /// The form token on the page.
    pub fn csrf_token(&self) -> String {
        static TOKEN: LazyLock<Regex> =
            LazyLock::new(|| Regex::new(r#"name="csrf_token" value="([^"]+)""#).expect("a pattern"));
        let found = TOKEN.captures(&self.body).map(|found| found[1].to_owned());
        found.unwrap_or_else(|| panic!("no form token on the page: {}", self.body))
    }
}

impl Browser {
    pub(super) fn new(server: SocketAddr, origin: &str, state: web::Data<AppState>) -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(1);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        // Neighbours share rate limits, so each browser has a /24 of its own.
        let [_, _, high, low] = number.to_be_bytes();
        Self {
            email: Mutex::default(),
            held: Mutex::default(),
            client: reqwest::Client::builder()
                .redirect(reqwest::redirect::Policy::none())
                // Long before the server closes an idle connection: a form that meets the close is lost.
                .pool_idle_timeout(std::time::Duration::from_secs(1))
                .build()
                .expect("a client"),
            base: format!("http://{server}"),
            origin: origin.to_owned(),
            address: format!("10.{high}.{low}.7"),
            state,
            cookies: Mutex::default(),
        }
    }

    /// The same user with the same cookies, at another instance that shares the database.
    pub fn at(&self, instance: &super::TestApp) -> Self {
        let browser = instance.guest();
        browser.cookies.lock().unwrap().clone_from(&self.cookies.lock().unwrap());
        *browser.email.lock().unwrap() = self.email();
        self.share_factors_with(&browser);
        browser
    }

    /// Moves the application's clock by the time that a person needs at least on a confirm page.
    pub fn let_human_time_pass(&self) {
        self.state.clock.advance(TimeDelta::milliseconds(1600));
    }

    /// Asks for a sign-up link and returns its path.
    pub async fn ask_for_sign_up(&self, email: &str) -> String {
        let answer = self.post("/sign-up", &[("email", email)]).await;
        assert_eq!(
            (answer.status, answer.location()),
            (StatusCode::SEE_OTHER, "/sign-up/sent"),
            "{}",
            answer.body
        );
        mailed_sign_up(&self.state, email).await
    }

    /// Signs up with a fresh email address and [`PASSWORD`].
    pub async fn sign_up(&self, name: &str) {
        let email = format!("{}-{}@example.com", name.to_lowercase(), uuid::Uuid::new_v4());
        let link = self.ask_for_sign_up(&email).await;
        let answer = self.post(&link, &[("display_name", name), ("password", PASSWORD)]).await;
        assert_eq!(
            (answer.status, answer.location()),
            (StatusCode::SEE_OTHER, "/settings"),
            "{}",
            answer.body
        );
        *self.email.lock().unwrap() = email;
    }

    /// The email address of the user.
    pub fn email(&self) -> String {
        self.email.lock().unwrap().clone()
    }

    /// Signs in to an account that has [`PASSWORD`], with a code where it asks for one.
    pub async fn sign_in(&self, email: &str) {
        let mut answer = self.post("/sign-in", &[("email", email), ("password", PASSWORD)]).await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.body);
        if answer.location() == "/sign-in/second-factor" {
            answer = self.post("/sign-in/second-factor", &[("code", &self.code())]).await;
            assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.body);
        }
        assert_eq!(answer.location(), "/settings");
        email.clone_into(&mut self.email.lock().unwrap());
    }

    /// Signs in again where a page asks for a recent sign-in, and returns the page.
    pub async fn get_after_signing_in_again(&self, path: &str) -> Answer {
        let asked = self.get(path).await;
        assert_eq!(asked.status, StatusCode::SEE_OTHER, "{}", asked.body);
        let form = self.get(asked.location()).await;
        assert!(form.body.contains("You signed in some time ago."), "{}", form.body);
        let next = form.find(r#"name="next" value="([^"]+)""#).expect("the page to go on to");
        let fields = [("email", self.email()), ("password", PASSWORD.to_owned()), ("next", next)];
        let fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let mut again = self.post("/sign-in", &fields).await;
        if again.location() == "/sign-in/second-factor" {
            again = self.post("/sign-in/second-factor", &[("code", &self.code())]).await;
        }
        assert_eq!((again.status, again.location()), (StatusCode::SEE_OTHER, path), "{}", again.body);
        self.get(path).await
    }

    /// The origin of the application.
    pub fn origin(&self) -> &str {
        &self.origin
    }

    /// The IP address from which it sends requests.
    pub fn address(&self) -> &str {
        &self.address
    }

    /// Sends its requests from another IP address from now on.
    pub fn move_to(&mut self, address: &str) {
        address.clone_into(&mut self.address);
    }

    /// A navigation, as by a link on our own page.
    pub async fn get(&self, path: &str) -> Answer {
        self.send(Method::GET, path, None, &[]).await
    }

    /// A form, sent from our own page.
    pub async fn post(&self, path: &str, fields: &[(&str, &str)]) -> Answer {
        let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
        self.send(Method::POST, path, Some(body), &[]).await
    }

    /// A member's form, with the token from the settings page.
    pub async fn submit(&self, path: &str, fields: &[(&str, &str)]) -> Answer {
        let token = self.get("/settings").await.csrf_token();
        let mut all = vec![("csrf_token", token.as_str())];
        all.extend_from_slice(fields);
        self.post(path, &all).await
    }

    /// Any request. `changes` override the headers of a browser; an empty value removes a header.
    pub async fn send(
        &self,
        method: Method,
        path: &str,
        form: Option<String>,
        changes: &[(&str, &str)],
    ) -> Answer {
        let mut headers = HeaderMap::new();
        let mut set = |name: &str, value: &str| {
            let name: HeaderName = name.parse().expect("a header name");
            if value.is_empty() {
                headers.remove(name);
            } else {
                headers.insert(name, value.parse().expect("a header value"));
            }
        };
        set("sec-fetch-dest", "document");
        set("sec-fetch-mode", "navigate");
        set("sec-fetch-site", "same-origin");
        set("x-forwarded-for", &self.address);
        set("user-agent", "Mozilla/5.0 (X11; Linux x86_64; rv:153.0) Gecko/20100101 Firefox/153.0");
        set("cookie", &self.cookie_header());
        if !matches!(method, Method::GET | Method::HEAD) {
            set("origin", &self.origin);
        }
        if form.is_some() {
            set("content-type", "application/x-www-form-urlencoded");
        }
        for (name, value) in changes {
            set(name, value);
        }
        let mut request = self.client.request(method, format!("{}{path}", self.base)).headers(headers);
        if let Some(body) = form {
            request = request.body(body);
        }
        let response = request.send().await.unwrap_or_else(|error| panic!("{path}: no answer: {error:?}"));
        let (status, headers) = (response.status(), response.headers().clone());
        self.keep_cookies(&headers);
        // A <wbr> only says where a line may break.
        let body = response.text().await.expect("a body").replace("<wbr>", "");
        Answer { status, headers, body }
    }

    /// The value of a cookie.
    pub fn cookie(&self, name: &str) -> Option<String> {
        self.cookies.lock().unwrap().get(name).cloned()
    }

    /// Plants a cookie.
    pub fn set_cookie(&self, name: &str, value: &str) {
        self.cookies.lock().unwrap().insert(name.to_owned(), value.to_owned());
    }

    fn cookie_header(&self) -> String {
        let pairs: Vec<String> =
            self.cookies.lock().unwrap().iter().map(|(name, value)| format!("{name}={value}")).collect();
        pairs.join("; ")
    }

    fn keep_cookies(&self, headers: &HeaderMap) {
        let mut cookies = self.cookies.lock().unwrap();
        for line in headers.get_all("set-cookie") {
            let (pair, attributes) = line.to_str().expect("ASCII").split_once(';').expect("attributes");
            let (name, value) = pair.split_once('=').expect("a pair");
            if attributes.contains("Max-Age=0") {
                cookies.remove(name);
            } else {
                cookies.insert(name.to_owned(), value.to_owned());
            }
        }
    }
}
