//! `GET /mails/{id}`: one mail, with links to pages of the application.

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};
use serde::Serialize;
use uuid::Uuid;

use super::Inbox;
use super::links::{Span, spans};
use super::mails_folder::{FileProblem, Mail};
use crate::domain::{Locale, Moment};
use crate::error::AppError;
use crate::view::{Audience, Page};

#[derive(Serialize)]
struct MailPage {
    file: String,
    mail: Option<ShownMail>,
    problem: Option<FileProblem>,
}

#[derive(Serialize)]
struct ShownMail {
    from: Vec<String>,
    to: Vec<String>,
    subject: String,
    date: Moment,
    text: Vec<Span>,
    /// The path of the HTML version, if the mail has one.
    html: Option<String>,
}

impl Page for MailPage {
    const TEMPLATE: &'static str = "inbox/mail.html";
}

/// Shows the plain text of the mail.
pub(super) async fn show(inbox: web::Data<Inbox>, id: web::Path<Uuid>) -> Result<HttpResponse, AppError> {
    let id = id.into_inner();
    let (mail, problem) = match find(&inbox, id).await? {
        Ok(mail) => {
            let shown = ShownMail {
                text: spans(&mail.text, &inbox.app),
                date: Moment::from(mail.date),
                html: mail.html.map(|_| format!("/mails/{id}/html")),
                from: mail.from,
                to: mail.to,
                subject: mail.subject,
            };
            (Some(shown), None)
        }
        Err(problem) => (None, Some(problem)),
    };
    let page = MailPage { file: format!("{id}.eml"), mail, problem };
    inbox.site.view.page(StatusCode::OK, Audience::Unknown(Locale::default()), &page)
}

/// Shows the HTML version, as mail programs do.
pub(super) async fn html(inbox: web::Data<Inbox>, id: web::Path<Uuid>) -> Result<HttpResponse, AppError> {
    let html = find(&inbox, id.into_inner()).await?.ok().and_then(|mail| mail.html);
    let html = html.ok_or(AppError::NotFound)?;
    Ok(HttpResponse::Ok().content_type("text/html; charset=utf-8").body(html))
}

async fn find(inbox: &Inbox, id: Uuid) -> Result<Result<Mail, FileProblem>, AppError> {
    let folder = inbox.folder.clone();
    let found = web::block(move || folder.find(id)).await;
    found.map_err(|error| AppError::Internal(error.to_string()))?.ok_or(AppError::NotFound)
}
