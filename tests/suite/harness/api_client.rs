//! A program that uses the API: it has an access token, no cookies, and none of a browser's headers.

use reqwest::{Method, StatusCode};
use serde_json::Value;
use unframed::domain::ApiSecret;

use super::{Answer, Browser, TestApp};

/// All scopes.
pub const ALL_SCOPES: [&str; 3] = ["settings_read", "settings_write", "activity_read"];

/// A program with a secret.
pub struct ApiClient {
    /// What sends the requests.
    browser: Browser,
    /// The secret; empty for none.
    pub secret: String,
}

impl TestApp {
    /// A program with a secret, at an IP address of its own.
    pub fn program(&self, secret: &str) -> ApiClient {
        ApiClient { browser: self.guest(), secret: secret.to_owned() }
    }
}

impl TestApp {
    /// Spends all requests that the token of a program, which has sent some, may send now.
    pub async fn spend_requests_of(&self, program: &ApiClient) {
        let digest = ApiSecret::parse(&program.secret).expect("a token").digest();
        let digest: String = digest.as_bytes().iter().map(|byte| format!("{byte:02x}")).collect();
        let (now, token) =
            (self.state.clock.now().to_rfc3339(), "SELECT 'access token ' || id FROM access_tokens");
        let sql = format!(
            "UPDATE throttles SET expires_at = '{now}'::TIMESTAMPTZ + capacity
             WHERE subject = ({token} WHERE token_digest = decode('{digest}', 'hex'))"
        );
        assert_eq!(self.execute(sql).await, 1, "the token was not used yet");
    }
}

impl Browser {
    /// Makes an access token with these scopes through the pages, and returns it.
    pub async fn make_token(&self, scopes: &[&str]) -> String {
        let unticked = ALL_SCOPES.into_iter().filter(|scope| !scopes.contains(scope));
        let typed: Vec<(&str, &str)> = unticked.map(|scope| (scope, "")).collect();
        let made = self.carry_out("/settings/tokens/new", &typed).await;
        let page = self.get(made.location()).await;
        page.find(r#"<code class="secret">([^<]+)</code>"#).unwrap_or_else(|| panic!("{}", page.body))
    }
}

impl ApiClient {
    /// Sends a request with these further headers. An empty value removes a header.
    pub async fn send(
        &self,
        method: Method,
        path: &str,
        body: Option<&str>,
        headers: &[(&str, &str)],
    ) -> Answer {
        let authorization = format!("Bearer {}", self.secret);
        let mut changes = vec![
            ("sec-fetch-dest", ""),
            ("sec-fetch-mode", ""),
            ("sec-fetch-site", ""),
            ("origin", ""),
            ("cookie", ""),
            ("user-agent", "curl/8.14.1"),
            ("authorization", if self.secret.is_empty() { "" } else { &authorization }),
            ("content-type", if body.is_some() { "application/json" } else { "" }),
        ];
        changes.extend_from_slice(headers);
        self.browser.send(method, path, body.map(str::to_owned), &changes).await
    }

    /// Sends a request until the limit refuses it: a spent bucket regains a request in less than a second.
    pub async fn send_beyond_limit(
        &self,
        method: Method,
        path: &str,
        body: Option<&str>,
        headers: &[(&str, &str)],
    ) -> Answer {
        for _ in 0..20 {
            let answer = self.send(method.clone(), path, body, headers).await;
            if answer.status == StatusCode::TOO_MANY_REQUESTS {
                return answer;
            }
        }
        panic!("{path}: the limit refuses nothing");
    }

    /// Reads.
    pub async fn get(&self, path: &str) -> Answer {
        self.send(Method::GET, path, None, &[]).await
    }

    /// Changes the settings, whatever their version is.
    pub async fn patch(&self, path: &str, body: &str) -> Answer {
        self.send(Method::PATCH, path, Some(body), &[("if-match", "*")]).await
    }
}

impl Answer {
    /// The body as JSON.
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("{error}: {}", self.body))
    }

    /// The name of the problem: the end of its type.
    pub fn problem(&self) -> String {
        assert_eq!(self.header("content-type"), Some("application/problem+json"), "{}", self.body);
        let problem = self.json();
        assert_eq!(problem["status"], self.status.as_u16(), "{problem}");
        assert!(problem["title"].is_string() && problem["detail"].is_string(), "{problem}");
        let kind = problem["type"].as_str().unwrap_or_else(|| panic!("{problem}"));
        kind.rsplit_once("#problem-").map_or(kind, |(_, name)| name).to_owned()
    }
}
