//! A program that uses the API: it has an access token, no cookies, and none of a browser's headers.

use reqwest::Method;
use serde_json::Value;

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
