//! The pages as HTML.

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, ResponseError as _};
use uuid::Uuid;

use crate::ledger::{Ledger, Payment, State};
use crate::problem::Problem;

/// Escapes a text for an element or a quoted attribute.
fn escape(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
        .replace('\'', "&#39;")
}

fn page(status: StatusCode, title: &str, content: &str) -> HttpResponse {
    let title = escape(title);
    HttpResponse::build(status).content_type("text/html; charset=utf-8").body(format!(
        "<!doctype html>\n<html lang=\"en\">\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <title>{title} - Payroll</title>\n<link rel=\"stylesheet\" href=\"/style.css\">\n\
         <main>\n<h1>{title}</h1>\n{content}\n</main>\n</html>\n"
    ))
}

/// The page on which a user says who they are.
pub(crate) fn sign_in() -> HttpResponse {
    page(
        StatusCode::OK,
        "Who are you?",
        "<p>Your application has a sign-in of its own here. This example believes what you type, because it pays nothing \
         before unframed has asked that user.</p>\n\
         <form method=\"post\" action=\"/sign-in\">\n\
         <p><label>Your email address at unframed <input type=\"email\" name=\"email\" required></label></p>\n\
         <p><button>Continue</button></p>\n</form>",
    )
}

/// The list of payments, and of transfers.
pub(crate) fn list(user: &str, ledger: &Ledger) -> HttpResponse {
    let payments: String =
        ledger.payments().iter().map(|payment| format!("<li>{}</li>\n", entry(payment))).collect();
    let transfers: String =
        ledger.transfers().iter().map(|transfer| format!("<li>{}</li>\n", escape(transfer))).collect();
    let content = format!(
        "<form method=\"post\" action=\"/sign-out\">\n<p>You are {}. <button>Sign out</button></p>\n</form>\n<ul class=\"payments\">\n{payments}</ul>\n\
         <h2>Transfers made: {}</h2>\n<ol class=\"transfers\">\n{transfers}</ol>",
        escape(user),
        ledger.transfers().len()
    );
    page(StatusCode::OK, "Salaries of November", &content)
}

/// A payment on its own page.
pub(crate) fn show(payment: &Payment) -> HttpResponse {
    let content = format!("{}\n<p><a href=\"/\">All salaries</a></p>", entry(payment));
    page(StatusCode::OK, payment.payee, &content)
}

/// The state of a payment, and its button if it can be paid.
fn entry(payment: &Payment) -> String {
    let title = escape(&payment.title());
    match &payment.state {
        State::Due => button(payment),
        State::Declined => {
            format!("<p class=\"state\">Declined. Nothing was paid.</p>\n{}", button(payment))
        }
        State::Expired => {
            format!("<p class=\"state\">The request has ended. Nothing was paid.</p>\n{}", button(payment))
        }
        State::Waiting(asked) => format!(
            "<p class=\"state\">{title}: waiting for {} to confirm.</p>\n<p><a href=\"{}\">Confirm it on unframed</a></p>",
            escape(&asked.email),
            escape(&asked.url)
        ),
        State::Paid(receipt) => format!(
            "<p class=\"state\">{title}: paid once.</p>\n<p>Approved by the user {} with the proof {}. \
             Receipt {}.</p>",
            receipt.sub,
            escape(receipt.proof.as_deref().unwrap_or("none")),
            receipt.jti
        ),
    }
}

/// The dangerous button. The value of `press` makes a second click of the same rendering ask the user once.
fn button(payment: &Payment) -> String {
    format!(
        "<form method=\"post\" action=\"/payments/{}/pay\">\n<input type=\"hidden\" name=\"press\" value=\"{}\">\n\
         <button>{}</button>\n</form>",
        payment.id,
        Uuid::new_v4(),
        escape(&payment.title())
    )
}

/// The page of a problem.
pub(crate) fn problem(problem: &Problem) -> HttpResponse {
    let content = format!(
        "<p class=\"problem\">{}</p>\n<p><a href=\"/\">All salaries</a></p>",
        escape(problem.detail())
    );
    page(problem.status_code(), &problem.to_string(), &content)
}
