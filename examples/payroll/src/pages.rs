//! The handlers.

use actix_web::cookie::{Cookie, SameSite};
use actix_web::http::header;
use actix_web::{HttpRequest, HttpResponse, web};
use serde::Deserialize;
use uuid::Uuid;

use crate::ledger::{Asked, State};
use crate::problem::Problem;
use crate::{Payroll, html};

/// The cookie of a session. On localhost, all ports share their cookies.
const SESSION: &str = "payroll_session";
/// The most sessions, because strangers can begin them.
const MOST_SESSIONS: usize = 1000;
/// The most bytes of an email address (RFC 5321).
const LONGEST_ADDRESS: usize = 254;

impl Payroll {
    /// The email address of the user of this browser.
    fn user(&self, request: &HttpRequest) -> Result<String, Problem> {
        let cookie = request.cookie(SESSION).ok_or(Problem::NotSignedIn)?;
        let id: Uuid = cookie.value().parse().map_err(|_malformed| Problem::NotSignedIn)?;
        self.sessions().get(&id).cloned().ok_or(Problem::NotSignedIn)
    }

    /// Makes sure that a form was on a page of ours: no other site may press our buttons (CSRF). Browsers name the origin of
    /// the page with each POST.
    fn require_own_form(&self, request: &HttpRequest) -> Result<(), Problem> {
        let origin = request.headers().get(header::ORIGIN);
        let is_ours = origin.is_some_and(|origin| origin.as_bytes() == self.settings.origin.as_bytes());
        if is_ours { Ok(()) } else { Err(Problem::ForeignForm) }
    }
}

fn see_other(url: &str) -> HttpResponse {
    HttpResponse::SeeOther().insert_header((header::LOCATION, url)).finish()
}

/// Shows the payments.
pub(crate) async fn list(payroll: web::Data<Payroll>, request: HttpRequest) -> HttpResponse {
    match payroll.user(&request) {
        Ok(user) => html::list(&user, &payroll.ledger()),
        Err(_stranger) => html::sign_in(),
    }
}

#[derive(Deserialize)]
pub(crate) struct SignIn {
    email: String,
}

/// Stands for the application's own sign-in.
pub(crate) async fn sign_in(
    payroll: web::Data<Payroll>,
    request: HttpRequest,
    form: web::Form<SignIn>,
) -> Result<HttpResponse, Problem> {
    payroll.require_own_form(&request)?;
    let email = form.into_inner().email.trim().to_owned();
    if !email.contains('@') || email.len() > LONGEST_ADDRESS {
        return Err(Problem::NoAddress);
    }
    let id = Uuid::new_v4();
    {
        let mut sessions = payroll.sessions();
        if sessions.len() >= MOST_SESSIONS {
            return Err(Problem::TooManySessions);
        }
        sessions.insert(id, email);
    }
    let cookie = Cookie::build(SESSION, id.to_string())
        .path("/")
        .http_only(true)
        .secure(payroll.settings.origin.starts_with("https:"))
        // The user comes back from unframed by a link or a redirect, which brings a Lax cookie, and no Strict one.
        .same_site(SameSite::Lax)
        .finish();
    Ok(HttpResponse::SeeOther().insert_header((header::LOCATION, "/")).cookie(cookie).finish())
}

/// Ends the session.
pub(crate) async fn sign_out(
    payroll: web::Data<Payroll>,
    request: HttpRequest,
) -> Result<HttpResponse, Problem> {
    payroll.require_own_form(&request)?;
    if let Some(id) = request.cookie(SESSION).and_then(|cookie| cookie.value().parse::<Uuid>().ok()) {
        payroll.sessions().remove(&id);
    }
    Ok(see_other("/"))
}

/// Shows a payment.
pub(crate) async fn show(
    payroll: web::Data<Payroll>,
    request: HttpRequest,
    id: web::Path<u32>,
) -> Result<HttpResponse, Problem> {
    payroll.user(&request)?;
    Ok(html::show(payroll.ledger().find(*id)?))
}

#[derive(Deserialize)]
pub(crate) struct Press {
    /// Which rendering of the button was pressed.
    press: Uuid,
}

/// The dangerous button: it pays nothing, but asks the user at unframed.
pub(crate) async fn pay(
    payroll: web::Data<Payroll>,
    request: HttpRequest,
    id: web::Path<u32>,
    form: web::Form<Press>,
) -> Result<HttpResponse, Problem> {
    payroll.require_own_form(&request)?;
    let (id, email) = (*id, payroll.user(&request)?);
    payroll.refresh(id).await?;
    let payment = payroll.ledger().find(id)?.clone();
    match payment.state {
        State::Waiting(asked) if asked.email == email => return Ok(see_other(&asked.url)),
        State::Waiting(_) => return Err(Problem::WaitsForAnother),
        State::Paid(_) => return Ok(see_other(&format!("/payments/{id}"))),
        State::Due | State::Declined | State::Expired => {}
    }
    let shown = payment.shown(&payroll.settings.origin);
    let key = format!("payment-{id}-{}", form.press);
    let confirmation = payroll.api.ask(&email, &shown, &key).await?;
    let displayed = shown.digest();
    if confirmation.displayed != displayed {
        return Err(Problem::ShownOtherwise);
    }
    payroll.ledger().wait(Asked {
        payment: id,
        confirmation: confirmation.id,
        user: confirmation.user,
        email,
        displayed,
        url: confirmation.url,
    });
    let waiting = payroll.ledger().waiting(id)?;
    Ok(see_other(&waiting.map_or_else(|| format!("/payments/{id}"), |asked| asked.url)))
}

#[derive(Deserialize)]
pub(crate) struct Returned {
    confirmation: Option<Uuid>,
    receipt: Option<String>,
}

/// The return URL: verifies the receipt that the browser brings, and pays. Then it leads to a URL without the receipt.
pub(crate) async fn come_back(
    payroll: web::Data<Payroll>,
    id: web::Path<u32>,
    returned: web::Query<Returned>,
) -> Result<HttpResponse, Problem> {
    match (returned.confirmation, &returned.receipt) {
        (Some(confirmation), Some(receipt)) => payroll.settle(receipt, Some((*id, confirmation))).await?,
        // The request has expired or was withdrawn, so there is no receipt.
        _ => payroll.refresh(*id).await?,
    }
    Ok(see_other(&format!("/payments/{id}")))
}

#[derive(Deserialize)]
pub(crate) struct Hook {
    receipt: String,
}

/// The webhook: the same receipt, also if the user has closed the window.
pub(crate) async fn hook(
    payroll: web::Data<Payroll>,
    message: web::Json<Hook>,
) -> Result<HttpResponse, Problem> {
    match payroll.settle(&message.receipt, None).await {
        // unframed would send it again for a day: of a confirmation that we forgot in a restart, that would change nothing.
        Ok(()) | Err(Problem::AboutSomethingElse) => Ok(HttpResponse::NoContent().finish()),
        Err(problem) => Err(problem),
    }
}

/// The stylesheet.
pub(crate) async fn style() -> HttpResponse {
    HttpResponse::Ok().content_type("text/css; charset=utf-8").body(include_str!("style.css"))
}
