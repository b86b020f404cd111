//! `/settings/email`: begins a change of the email address. The change takes effect after the confirm
//! page, when the new address is confirmed from its own mailbox. While the account waits for its
//! deletion there is no form: the page says how to keep the account.

pub mod waiting;

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::actions::{self, ActionKind, ChangeEmail, page};
use crate::db;
use crate::domain::{EmailAddress, Locale, Moment};
use crate::error::AppError;
use crate::extract::{Arrival, Client, Done, Form, JustDone, SignedIn, StaleSubmission, VerifiedForm};
use crate::locales::Message;
use crate::models::email_change;
use crate::state::AppState;
use crate::view::{Field, Page, see_other};

/// The fields that were typed.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct EmailForm {
    email: String,
}

impl Form for EmailForm {
    async fn show_again(
        self,
        StaleSubmission { state, member, .. }: StaleSubmission<'_>,
    ) -> Result<HttpResponse, AppError> {
        let field = Field::typed(&self.email);
        form(state, StatusCode::FORBIDDEN, member, field, Some(Message::FormStale), None).await
    }
}

#[derive(Serialize)]
struct EmailPage<'a> {
    csrf_token: &'a str,
    email: &'a str,
    waiting: Option<Waiting>,
    done: Option<Done>,
    notice: Option<Message>,
    form: Fields,
}

/// A requested change that waits for the link mailed to the new address.
#[derive(Serialize)]
pub struct Waiting {
    email: String,
    until: Moment,
}

impl Waiting {
    /// A change and the end of its link, as this reader reads it.
    #[must_use]
    pub fn new((email, until): (String, DateTime<Utc>), locale: Locale) -> Self {
        Self { email, until: Moment::new(until, locale) }
    }
}

#[derive(Serialize)]
struct Fields {
    email: Field,
}

impl Page for EmailPage<'_> {
    const TEMPLATE: &'static str = "pages/settings/email.html";
}

/// The page in place of the form while the account waits for its deletion.
#[derive(Serialize)]
struct AwaitsDeletionPage {
    due: Moment,
}

impl Page for AwaitsDeletionPage {
    const TEMPLATE: &'static str = "pages/settings/email/awaits_deletion.html";
}

/// Shows the form; a browser that comes from elsewhere gets the arrival page.
pub async fn show(
    state: web::Data<AppState>,
    arrival: Arrival,
    member: SignedIn,
    JustDone(done): JustDone,
) -> Result<HttpResponse, AppError> {
    let has_form = member.user.delete_after.is_none();
    if let Some(link) = arrival.detour().filter(|_| has_form) {
        let page = page::arrival(ActionKind::of::<ChangeEmail>(), link);
        return state.view.page(StatusCode::OK, member.audience(), &page);
    }
    form(&state, StatusCode::OK, &member, Field::default(), None, done).await
}

/// Begins the change.
pub async fn submit(
    state: web::Data<AppState>,
    client: Client,
    VerifiedForm { member, fields }: VerifiedForm<EmailForm>,
) -> Result<HttpResponse, AppError> {
    if member.user.delete_after.is_some() {
        return form(&state, StatusCode::CONFLICT, &member, Field::default(), None, None).await;
    }
    let from = member.email()?;
    let problem = match EmailAddress::parse(&fields.email) {
        Ok(to) if to != from => {
            let action = ChangeEmail { from, to };
            return Ok(see_other(&actions::begin(&state, &client, &member, action).await?));
        }
        Ok(_) => Message::EmailUnchanged,
        Err(problem) => problem.into(),
    };
    let field = Field::typed(&fields.email).with_error(Some(problem));
    form(&state, StatusCode::UNPROCESSABLE_ENTITY, &member, field, None, None).await
}

/// The change that waits, and the end of its link.
async fn find_waiting(
    state: &AppState,
    member: &SignedIn,
) -> Result<Option<(String, DateTime<Utc>)>, AppError> {
    let (id, now) = (member.user.id, state.clock.now());
    let found = db::statement(&state.pool, "email_change_find_waiting", async |conn| {
        email_change::find_waiting(conn, id, now).await
    });
    Ok(found.await?)
}

async fn form(
    state: &AppState,
    status: StatusCode,
    member: &SignedIn,
    email: Field,
    notice: Option<Message>,
    done: Option<Done>,
) -> Result<HttpResponse, AppError> {
    if let Some(due) = member.user.delete_after {
        return state.view.page(
            status,
            member.audience(),
            &AwaitsDeletionPage { due: Moment::new(due, member.locale()) },
        );
    }
    let waiting = find_waiting(state, member).await?;
    let page = EmailPage {
        csrf_token: &member.viewer.csrf_token,
        email: &member.user.email,
        done,
        waiting: waiting.map(|waiting| Waiting::new(waiting, member.locale())),
        notice,
        form: Fields { email },
    };
    state.view.page(status, member.audience(), &page)
}
