//! Another application of the team, which asks users for confirmations through the API.

use actix_web::web;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::TimeDelta;
use reqwest::{Method, StatusCode};
use ring::signature::{ED25519, UnparsedPublicKey};
use serde_json::{Value, json};
use unframed::actions::{ApproveConfirmation, SensitiveAction as _};
use unframed::commands::admin::apps::create::{self, AskedApplication};
use unframed::commands::admin::apps::disable;
use unframed::db;
use unframed::domain::{
    ApplicationName, ConfirmationRequest, ConfirmationTitle, Danger, Detail, DetailLabel, DetailValue,
    ReturnOrigin, ReturnUrl, WebhookUrl,
};
use unframed::models::confirmation::{self, NewConfirmation};
use unframed::state::AppState;
use uuid::Uuid;

use super::database::RUNTIME;
use super::{Browser, TestApp};

/// The origin to which users of the tests return.
pub const RETURN_ORIGIN: &str = "https://payroll.example";

/// A registered application.
pub struct Application {
    pub id: Uuid,
    pub secret: String,
    base: String,
    client: reqwest::Client,
}

/// The answer of the API.
#[derive(Debug)]
pub struct ApiAnswer {
    pub status: StatusCode,
    pub headers: reqwest::header::HeaderMap,
    pub body: Value,
}

impl ApiAnswer {
    /// A text of the body.
    pub fn text(&self, name: &str) -> &str {
        self.body[name].as_str().unwrap_or_else(|| panic!("{name}: {self:#?}"))
    }

    /// The fields that a problem names.
    pub fn fields(&self) -> Vec<&str> {
        let errors = self.body["errors"].as_array().into_iter().flatten();
        errors.filter_map(|error| error["field"].as_str()).collect()
    }
}

/// Registers an application, as an operator does.
async fn register(state: &web::Data<AppState>, origin: &str, webhook: Option<&str>) -> (Uuid, String) {
    let asked = AskedApplication {
        name: ApplicationName::parse("Payroll").unwrap(),
        return_origin: ReturnOrigin::parse(origin).unwrap(),
        webhook: webhook.map(|url| WebhookUrl::parse(url).unwrap()),
    };
    let state = state.clone();
    let run = async move { create::run(&state.pool, &asked, state.clock.now()).await };
    let report = RUNTIME.spawn(run).await.expect("no panic").expect("it is registered");
    (report.id, report.secret.expect("a secret"))
}

/// A confirmation of a new application for a user; returns the path of its page.
pub async fn ask(state: &web::Data<AppState>, user_id: Uuid, origin: &str) -> String {
    let (application_id, _) = register(state, origin, None).await;
    let detail = Detail {
        label: DetailLabel::parse("To").unwrap(),
        value: DetailValue::parse("Bob, DE02 1203 0000 0000 2020 51").unwrap(),
    };
    let origin = ReturnOrigin::parse(origin).unwrap();
    let request = ConfirmationRequest {
        application: "Payroll".to_owned(),
        title: ConfirmationTitle::parse("Pay 1,200 € to Bob").unwrap(),
        details: vec![detail],
        danger: Danger::Normal,
        return_url: ReturnUrl::parse(&format!("{origin}/runs/7"), &origin).unwrap(),
    };
    let (id, state) = (Uuid::new_v4(), state.clone());
    let store = async move {
        let now = state.clock.now();
        let expires_at = now + TimeDelta::hours(1);
        let new =
            NewConfirmation { id, application_id, user_id, request: &request, created_at: now, expires_at };
        db::transaction(&state.pool, "test", async |conn| confirmation::create_in_txn(conn, &new).await).await
    };
    RUNTIME.spawn(store).await.expect("no panic").expect("it is stored");
    format!("/confirmations/{id}")
}

impl Browser {
    /// The path of a page that begins an action. For a confirmation, an application asks for one.
    pub async fn path_of(&self, start: &str) -> String {
        if start == ApproveConfirmation::START {
            return ask(&self.state, self.user_id().await, RETURN_ORIGIN).await;
        }
        start.to_owned()
    }
}

impl TestApp {
    /// Registers an application.
    pub async fn application(&self) -> Application {
        self.application_with(RETURN_ORIGIN, None).await
    }

    /// Registers an application with another origin, and with a webhook.
    pub async fn application_with(&self, origin: &str, webhook: Option<&str>) -> Application {
        let (id, secret) = register(&self.state, origin, webhook).await;
        let client = reqwest::Client::builder()
            .pool_max_idle_per_host(0)
            .redirect(reqwest::redirect::Policy::none())
            .build()
            .expect("a client");
        Application { id, secret, base: format!("http://{}", self.address), client }
    }

    /// Disables an application, as an operator does.
    pub async fn disable(&self, application: &Application) {
        let (state, id) = (self.state.clone(), application.id);
        let run = async move { disable::run(&state.pool, id, state.clock.now()).await };
        RUNTIME.spawn(run).await.expect("no panic").expect("it is disabled");
    }

    /// The claims of a receipt, verified with the keys that the application publishes.
    pub async fn verified(&self, receipt: &str) -> Value {
        let parts: Vec<&str> = receipt.split('.').collect();
        let [header, payload, signature] = parts[..] else { panic!("{receipt}") };
        let bytes = |part: &str| URL_SAFE_NO_PAD.decode(part).expect("base64url");
        let read = |part: &str| serde_json::from_slice::<Value>(&bytes(part)).expect("JSON");
        let header_fields = read(header);
        assert_eq!(header_fields["alg"], "EdDSA");
        assert_eq!(header_fields["typ"], "unframed-receipt+jwt");
        let published: Value =
            serde_json::from_str(&self.guest().get("/.well-known/jwks.json").await.body).expect("JSON");
        let keys = published["keys"].as_array().expect("keys");
        let key = keys.iter().find(|key| key["kid"] == header_fields["kid"]).expect("a published key");
        let public = UnparsedPublicKey::new(&ED25519, bytes(key["x"].as_str().expect("a key")));
        let signed = format!("{header}.{payload}");
        public.verify(signed.as_bytes(), &bytes(signature)).expect("a signature of that key");
        read(payload)
    }
}

impl Application {
    /// A call of the API with the secret of the application.
    pub async fn call(&self, method: Method, path: &str, body: Option<&Value>) -> ApiAnswer {
        self.call_as(&self.secret, method, path, body).await
    }

    /// A call with another secret.
    pub async fn call_as(&self, secret: &str, method: Method, path: &str, body: Option<&Value>) -> ApiAnswer {
        self.send(secret, method, path, body, &[]).await
    }

    /// A call with further headers.
    pub async fn call_with(
        &self,
        method: Method,
        path: &str,
        body: Option<&Value>,
        headers: &[(&str, &str)],
    ) -> ApiAnswer {
        self.send(&self.secret, method, path, body, headers).await
    }

    async fn send(
        &self,
        secret: &str,
        method: Method,
        path: &str,
        body: Option<&Value>,
        headers: &[(&str, &str)],
    ) -> ApiAnswer {
        let mut request = self.client.request(method, format!("{}{path}", self.base)).bearer_auth(secret);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        if let Some(body) = body {
            request = request.json(body);
        }
        let answer = request.send().await.expect("an answer");
        let (status, headers) = (answer.status(), answer.headers().clone());
        let text = answer.text().await.expect("a body");
        let body = serde_json::from_str(&text).unwrap_or_else(|_| panic!("{status} without JSON: {text}"));
        ApiAnswer { status, headers, body }
    }

    /// The same application at another instance that shares the database.
    pub fn at(&self, instance: &TestApp) -> Self {
        let base = format!("http://{}", instance.address);
        Self { id: self.id, secret: self.secret.clone(), base, client: self.client.clone() }
    }

    /// What it asks a user for.
    pub fn request(user: &str) -> Value {
        json!({
            "user": user,
            "title": "Pay 1,200 € to Bob",
            "details": [{"label": "To", "value": "Bob"}, {"label": "Account", "value": "DE02 1203"}],
            "return_url": format!("{RETURN_ORIGIN}/runs/7?step=2"),
            "expires_in": 600,
        })
    }

    /// Asks a user for a confirmation, with some fields changed.
    pub async fn ask(&self, user: &str, changes: Value) -> ApiAnswer {
        let mut request = Self::request(user);
        for (name, value) in changes.as_object().expect("an object") {
            request[name] = value.clone();
        }
        self.call(Method::POST, "/api/v1/confirmations", Some(&request)).await
    }

    /// Asks a user for a confirmation; returns its id.
    pub async fn asked(&self, user: &Browser) -> Uuid {
        self.asked_with(user, json!({})).await
    }

    /// The same with some fields changed.
    pub async fn asked_with(&self, user: &Browser, changes: Value) -> Uuid {
        let asked = self.ask(&user.user_id().await.to_string(), changes).await;
        assert_eq!(asked.status, StatusCode::CREATED, "{asked:#?}");
        asked.text("id").parse().expect("an id")
    }

    /// Reads a confirmation.
    pub async fn read(&self, id: Uuid) -> ApiAnswer {
        self.call(Method::GET, &format!("/api/v1/confirmations/{id}"), None).await
    }

    /// Withdraws a confirmation.
    pub async fn withdraw(&self, id: Uuid) -> ApiAnswer {
        self.call(Method::DELETE, &format!("/api/v1/confirmations/{id}"), None).await
    }
}
