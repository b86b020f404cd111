//! `GET /mails/{id}`: one mail, with links to pages of the application.

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};
use serde::Serialize;
use uuid::Uuid;

use super::Inbox;
use super::links::{Span, spans};
use super::mails_folder::FileProblem;
use crate::domain::Moment;
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
}

impl Page for MailPage {
    const TEMPLATE: &'static str = "inbox/mail.html";
}

/// Shows the mail.
pub(super) async fn show(inbox: web::Data<Inbox>, id: web::Path<Uuid>) -> Result<HttpResponse, AppError> {
    let (folder, id) = (inbox.folder.clone(), id.into_inner());
    let found = web::block(move || folder.find(id)).await;
    let found = found.map_err(|error| AppError::Internal(error.to_string()))?;
    let (mail, problem) = match found.ok_or(AppError::NotFound)? {
        Ok(mail) => {
            let text = spans(&mail.text, &inbox.app);
            let date = Moment::from(mail.date);
            (Some(ShownMail { from: mail.from, to: mail.to, subject: mail.subject, date, text }), None)
        }
        Err(problem) => (None, Some(problem)),
    };
    let page = MailPage { file: format!("{id}.eml"), mail, problem };
    inbox.site.view.page(StatusCode::OK, Audience::Unknown, &page)
}
