//! `GET /`: the mails of the folder, newest first.

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};
use serde::Serialize;

use super::Inbox;
use super::mails_folder::{FileProblem, ListedFile};
use crate::domain::{Locale, Moment};
use crate::error::AppError;
use crate::view::{Audience, Page};

#[derive(Serialize)]
struct ListPage {
    app: String,
    folder: String,
    files: Vec<FileRow>,
    older: usize,
}

/// A file of the folder: either a mail or what is wrong with it.
#[derive(Serialize)]
struct FileRow {
    name: String,
    date: Moment,
    mail: Option<MailRow>,
    problem: Option<FileProblem>,
}

#[derive(Serialize)]
struct MailRow {
    id: String,
    to: Vec<String>,
    subject: String,
}

impl Page for ListPage {
    const TEMPLATE: &'static str = "inbox/list.html";
}

impl From<ListedFile> for FileRow {
    fn from(file: ListedFile) -> Self {
        let name = file.name;
        match file.mail {
            Ok((id, mail)) => {
                let row = MailRow { id: id.to_string(), to: mail.to, subject: mail.subject };
                Self { name, date: mail.date.into(), mail: Some(row), problem: None }
            }
            Err(problem) => Self { name, date: file.changed.into(), mail: None, problem: Some(problem) },
        }
    }
}

/// Shows the list. A file that is no mail has a row, too.
pub(super) async fn show(inbox: web::Data<Inbox>) -> Result<HttpResponse, AppError> {
    let folder = inbox.folder.clone();
    let listed = web::block(move || folder.list()).await;
    let listing = listed.map_err(|error| AppError::Internal(error.to_string()))?;
    let listing = listing.map_err(|error| AppError::Internal(format!("the mails folder: {error}")))?;
    let page = ListPage {
        app: inbox.app.to_string(),
        folder: inbox.folder.path().display().to_string(),
        files: listing.files.into_iter().map(FileRow::from).collect(),
        older: listing.older,
    };
    inbox.site.view.page(StatusCode::OK, Audience::Unknown(Locale::default()), &page)
}
