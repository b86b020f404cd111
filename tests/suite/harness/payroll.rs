//! The example of `examples/payroll`, served beside an application under test, and what users and attackers send to it.

use std::net::TcpListener;

use actix_web::dev::ServerHandle;
use payroll::receipts::Verifier;
use payroll::{Credentials, Settings};
use reqwest::header::HeaderMap;
use reqwest::{Method, StatusCode};
use uuid::Uuid;

use super::app::launch;
use super::database::RUNTIME;
use super::{Answer, Application, Browser, TestApp};

/// A running Payroll, registered as an application.
pub struct Payroll {
    pub origin: String,
    /// The application that it is at unframed.
    pub application: Application,
    /// Verifies its receipts with an independent library.
    pub verifier: Verifier,
    address: String,
    client: reqwest::Client,
    server: ServerHandle,
}

/// A response of Payroll.
#[derive(Debug)]
pub struct PayrollAnswer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: String,
}

impl PayrollAnswer {
    /// The target of a redirect.
    pub fn location(&self) -> &str {
        let location = self.headers.get("location").unwrap_or_else(|| panic!("no redirect: {self:#?}"));
        location.to_str().expect("ASCII")
    }
}

impl Payroll {
    /// Starts it with a webhook.
    pub async fn start(app: &TestApp) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let port = listener.local_addr().expect("an address").port();
        let (origin, address) = (format!("http://localhost:{port}"), format!("http://127.0.0.1:{port}"));
        let application = app.application_with(&origin, Some(&format!("{address}/hook"))).await;
        let credentials = Credentials { id: application.id, secret: application.secret.clone() };
        let settings =
            Settings { origin: origin.clone(), unframed: app.origin.clone(), application: credentials };
        let server = launch(move || payroll::serve(listener, settings).expect("it starts")).await;
        let client = reqwest::Client::builder()
            .pool_max_idle_per_host(0)
            .redirect(reqwest::redirect::Policy::none())
            .build()
            .expect("a client");
        let verifier = Verifier::new(client.clone(), &app.origin, application.id);
        Self { origin, application, verifier, address, client, server }
    }

    /// An address of it.
    pub fn url(&self, path: &str) -> String {
        format!("{}{path}", self.origin)
    }

    /// Sends a request with these headers.
    pub async fn send(
        &self,
        method: Method,
        path: &str,
        headers: &[(&str, &str)],
        body: String,
    ) -> PayrollAnswer {
        let mut request = self.client.request(method, format!("{}{path}", self.address)).body(body);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let answer = request.send().await.expect("an answer");
        let (status, headers) = (answer.status(), answer.headers().clone());
        PayrollAnswer { status, headers, body: answer.text().await.expect("a body") }
    }

    /// Opens a page with a session.
    pub async fn get(&self, cookie: &str, path: &str) -> PayrollAnswer {
        self.send(Method::GET, path, &[("cookie", cookie)], String::new()).await
    }

    /// Sends a form of one field from a page of its own.
    pub async fn post(&self, cookie: &str, path: &str, name: &str, value: &str) -> PayrollAnswer {
        let body = url::form_urlencoded::Serializer::new(String::new()).append_pair(name, value).finish();
        let headers = [
            ("cookie", cookie),
            ("origin", self.origin.as_str()),
            ("content-type", "application/x-www-form-urlencoded"),
        ];
        self.send(Method::POST, path, &headers, body).await
    }

    /// Signs a user in, and returns the cookie.
    pub async fn sign_in(&self, email: &str) -> String {
        let answer = self.post("", "/sign-in", "email", email).await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER, "{answer:#?}");
        let cookie = answer.headers["set-cookie"].to_str().expect("ASCII");
        cookie.split(';').next().expect("a cookie").to_owned()
    }

    /// Presses the button of a payment, and returns the id of the confirmation that the browser is led to.
    pub async fn press(&self, cookie: &str, payment: u32) -> Uuid {
        let path = format!("/payments/{payment}/pay");
        let answer = self.post(cookie, &path, "press", &Uuid::new_v4().to_string()).await;
        let (_, id) =
            answer.location().rsplit_once("/confirmations/").unwrap_or_else(|| panic!("{answer:#?}"));
        id.parse().expect("an id")
    }

    /// The path to which a browser returns.
    pub fn way_back(payment: u32, confirmation: Uuid, receipt: &str) -> String {
        let receipt: String = url::form_urlencoded::byte_serialize(receipt.as_bytes()).collect();
        format!("/payments/{payment}/return?confirmation={confirmation}&receipt={receipt}")
    }

    /// Posts a receipt to the webhook.
    pub async fn hook(&self, receipt: &str) -> StatusCode {
        let body = serde_json::json!({ "receipt": receipt }).to_string();
        self.send(Method::POST, "/hook", &[("content-type", "application/json")], body).await.status
    }

    /// How many transfers were made.
    pub async fn transfers(&self, cookie: &str) -> usize {
        let page = self.get(cookie, "/").await.body;
        let (_, list) = page.split_once("<ol class=\"transfers\">").unwrap_or_else(|| panic!("{page}"));
        list.matches("<li>").count()
    }
}

impl Drop for Payroll {
    fn drop(&mut self) {
        RUNTIME.spawn(self.server.stop(false));
    }
}

impl Browser {
    /// Approves a confirmation, and returns the redirect to the application.
    pub async fn approve(&self, confirmation: Uuid) -> Answer {
        let begun = self.submit(&format!("/confirmations/{confirmation}"), &[]).await;
        let path = begun.location().to_owned();
        let page = self.confirming(&path, &self.get(&path).await);
        self.confirm(&page).await
    }

    /// Declines a confirmation, and returns the redirect to the application.
    pub async fn decline(&self, confirmation: Uuid) -> Answer {
        self.submit(&format!("/confirmations/{confirmation}/decline"), &[]).await
    }
}
