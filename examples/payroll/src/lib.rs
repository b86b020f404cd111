//! Payroll: a small application that pays salaries. It has a dangerous button and no safe page to put it on, so it borrows
//! one: before it pays, the user confirms the payment on unframed, and Payroll verifies the signed receipt.
//!
//! `pages` holds the handlers, `ledger` decides what is paid, `api` asks unframed, `receipts` verifies its receipts. All state
//! is in memory and ends with the process.

mod api;
mod html;
mod ledger;
mod pages;
mod problem;
pub mod receipts;

use std::collections::HashMap;
use std::fmt;
use std::io;
use std::net::TcpListener;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use actix_web::body::MessageBody;
use actix_web::dev::{Server, ServiceRequest, ServiceResponse};
use actix_web::http::header::{self, HeaderName, HeaderValue};
use actix_web::middleware::{Next, from_fn};
use actix_web::{App, Error, HttpServer, web};
use serde::Deserialize;
use uuid::Uuid;

use self::api::Api;
use self::ledger::Ledger;
use self::problem::Problem;
use self::receipts::Verifier;

/// The name under which the application is registered. unframed shows it, so it is part of the digest of what is shown.
const NAME: &str = "Payroll";
/// The time that unframed has for a response.
const PATIENCE: Duration = Duration::from_secs(10);
/// The most bytes of a form. Ours hold an email address or an id.
const FORM_LIMIT: usize = 1024;
/// The most bytes of a message to the webhook. A receipt has fewer than 1,000.
const HOOK_LIMIT: usize = 8 * 1024;

/// What `unframed admin apps create --json` prints: who the application is.
#[derive(Clone, Deserialize)]
pub struct Credentials {
    /// The id of the application.
    pub id: Uuid,
    /// Its secret.
    pub secret: String,
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Credentials").field("id", &self.id).finish_non_exhaustive()
    }
}

/// What Payroll needs to know.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The origin of Payroll, which is registered as its return origin, such as `http://localhost:8090`.
    pub origin: String,
    /// `PUBLIC_URL` of unframed, such as `http://localhost:8080`.
    pub unframed: String,
    /// Who Payroll is at unframed.
    pub application: Credentials,
}

/// The running application.
struct Payroll {
    settings: Settings,
    api: Api,
    verifier: Verifier,
    ledger: Mutex<Ledger>,
    /// The email address of the user of each session.
    sessions: Mutex<HashMap<Uuid, String>>,
    /// The headers of every response.
    headers: Vec<(HeaderName, HeaderValue)>,
}

impl Payroll {
    fn ledger(&self) -> MutexGuard<'_, Ledger> {
        self.ledger.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn sessions(&self) -> MutexGuard<'_, HashMap<Uuid, String>> {
        self.sessions.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Verifies a receipt and does what it says, unless that was done before. `expected` is the payment and the confirmation
    /// that the browser names beside the receipt.
    async fn settle(&self, receipt: &str, expected: Option<(u32, Uuid)>) -> Result<(), Problem> {
        let claims = self.verifier.verify(receipt).await?;
        self.ledger().settle(&claims, expected)
    }

    /// Asks unframed for the outcome of the confirmation that a payment waits for.
    async fn refresh(&self, payment: u32) -> Result<(), Problem> {
        let Some(waiting) = self.ledger().waiting(payment)? else { return Ok(()) };
        let Some(found) = self.api.read(waiting.confirmation).await? else {
            self.ledger().end(waiting.confirmation);
            return Ok(());
        };
        match (found.state.as_str(), found.receipt) {
            ("open", _) => {}
            (_, Some(receipt)) => self.settle(&receipt, Some((payment, waiting.confirmation))).await?,
            (_, None) => self.ledger().end(waiting.confirmation),
        }
        Ok(())
    }
}

/// Serves Payroll on a socket until the returned server is stopped or dropped.
///
/// # Errors
/// The settings are malformed, or the socket cannot be used.
pub fn serve(listener: TcpListener, settings: Settings) -> io::Result<Server> {
    let client = reqwest::Client::builder()
        .timeout(PATIENCE)
        .redirect(reqwest::redirect::Policy::none())
        .build()
        .map_err(io::Error::other)?;
    let payroll = web::Data::new(Payroll {
        api: Api::new(client.clone(), &settings),
        verifier: Verifier::new(client, &settings.unframed, settings.application.id),
        ledger: Mutex::new(Ledger::new()),
        sessions: Mutex::default(),
        headers: headers(&settings)?,
        settings,
    });
    let server = HttpServer::new(move || {
        App::new()
            .app_data(payroll.clone())
            .app_data(web::FormConfig::default().limit(FORM_LIMIT))
            .app_data(web::JsonConfig::default().limit(HOOK_LIMIT))
            .wrap(from_fn(deny_framing))
            .route("/", web::get().to(pages::list))
            .route("/sign-in", web::post().to(pages::sign_in))
            .route("/sign-out", web::post().to(pages::sign_out))
            .route("/payments/{id}", web::get().to(pages::show))
            .route("/payments/{id}/pay", web::post().to(pages::pay))
            .route("/payments/{id}/return", web::get().to(pages::come_back))
            .route("/hook", web::post().to(pages::hook))
            .route("/style.css", web::get().to(pages::style))
    });
    // Ctrl-C ends the process: everything is in memory.
    Ok(server.workers(2).disable_signals().listen(listener)?.run())
}

/// The headers of every response.
fn headers(settings: &Settings) -> io::Result<Vec<(HeaderName, HeaderValue)>> {
    // The button's form is answered with a redirect to unframed, so `form-action` names it.
    let policy = format!(
        "default-src 'none'; style-src 'self'; form-action 'self' {}; base-uri 'none'; frame-ancestors 'none'",
        settings.unframed
    );
    Ok(vec![
        (header::CONTENT_SECURITY_POLICY, HeaderValue::try_from(policy).map_err(io::Error::other)?),
        (header::X_FRAME_OPTIONS, HeaderValue::from_static("DENY")),
        (header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
        // With `no-referrer`, browsers would send `Origin: null` with our forms.
        (header::REFERRER_POLICY, HeaderValue::from_static("same-origin")),
        (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
    ])
}

/// Sets the headers on every response, errors included: an error page has links, too.
async fn deny_framing(
    payroll: web::Data<Payroll>,
    request: ServiceRequest,
    next: Next<impl MessageBody>,
) -> Result<ServiceResponse<impl MessageBody>, Error> {
    let mut response = next.call(request).await?;
    for (name, value) in &payroll.headers {
        response.headers_mut().insert(name.clone(), value.clone());
    }
    Ok(response)
}
