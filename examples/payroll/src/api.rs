//! The calls of unframed's API that Payroll needs.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use reqwest::{RequestBuilder, StatusCode};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use uuid::Uuid;

use crate::Settings;
use crate::problem::Problem;

/// The seconds in which the user can decide.
const LIFETIME: u32 = 600;

/// A line of what the user is shown.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Detail {
    pub(crate) label: &'static str,
    pub(crate) value: String,
}

/// What the user is to be shown. The fields stand in the order of their names, as the digest needs them.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Shown {
    pub(crate) application: &'static str,
    pub(crate) danger: &'static str,
    pub(crate) details: Vec<Detail>,
    pub(crate) return_url: String,
    pub(crate) title: String,
}

impl Shown {
    /// The digest that the receipt must repeat: SHA-256 of the canonical JSON (RFC 8785), in base64url.
    pub(crate) fn digest(&self) -> String {
        // Texts alone, so it always has a JSON form.
        let canonical = serde_json::to_vec(self).unwrap_or_default();
        URL_SAFE_NO_PAD.encode(Sha256::digest(canonical))
    }
}

/// The body of a request for a confirmation.
#[derive(Serialize)]
struct NewConfirmation<'a> {
    user: &'a str,
    title: &'a str,
    details: &'a [Detail],
    danger: &'a str,
    return_url: &'a str,
    expires_in: u32,
}

/// A confirmation as unframed describes it.
#[derive(Debug, Deserialize)]
pub(crate) struct Confirmation {
    pub(crate) id: Uuid,
    /// Where to send the user's browser.
    pub(crate) url: String,
    /// `open`, `approved`, `declined`, `withdrawn` or `expired`.
    pub(crate) state: String,
    /// The account that was asked.
    pub(crate) user: Uuid,
    pub(crate) displayed: String,
    pub(crate) receipt: Option<String>,
}

/// An error of the API (RFC 9457).
#[derive(Default, Deserialize)]
#[serde(default)]
struct ProblemDocument {
    title: String,
    detail: String,
    errors: Vec<FieldProblem>,
}

#[derive(Deserialize)]
struct FieldProblem {
    field: String,
    detail: String,
}

impl ProblemDocument {
    fn sentence(self) -> String {
        let fields: Vec<String> =
            self.errors.into_iter().map(|problem| format!("{} {}", problem.field, problem.detail)).collect();
        format!("{} {}", self.title, if fields.is_empty() { self.detail } else { fields.join("; ") })
    }
}

/// unframed's API.
pub(crate) struct Api {
    client: reqwest::Client,
    url: String,
    secret: String,
}

impl Api {
    pub(crate) fn new(client: reqwest::Client, settings: &Settings) -> Self {
        let url = format!("{}/api/v1/confirmations", settings.unframed);
        Self { client, url, secret: settings.application.secret.clone() }
    }

    /// Asks a user for a confirmation. Two requests with the same key ask once.
    pub(crate) async fn ask(&self, user: &str, shown: &Shown, key: &str) -> Result<Confirmation, Problem> {
        let body = NewConfirmation {
            user,
            title: &shown.title,
            details: &shown.details,
            danger: shown.danger,
            return_url: &shown.return_url,
            expires_in: LIFETIME,
        };
        let request = self.client.post(&self.url).header("Idempotency-Key", key).json(&body);
        self.send(request).await?.ok_or_else(|| Problem::Refused("There is no such user.".to_owned()))
    }

    /// Reads a confirmation. `None`: there is none any more, because the account was deleted.
    pub(crate) async fn read(&self, id: Uuid) -> Result<Option<Confirmation>, Problem> {
        self.send(self.client.get(format!("{}/{id}", self.url))).await
    }

    async fn send(&self, request: RequestBuilder) -> Result<Option<Confirmation>, Problem> {
        let response = request.bearer_auth(&self.secret).send().await?;
        let status = response.status();
        if status == StatusCode::NOT_FOUND {
            return Ok(None);
        }
        if !status.is_success() {
            let document: ProblemDocument = response.json().await.unwrap_or_default();
            return Err(Problem::Refused(format!("{status}: {}", document.sentence())));
        }
        Ok(Some(response.json().await?))
    }
}
