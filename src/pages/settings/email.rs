//! `/settings/email`: begins a change of the e-mail address. It takes effect once the confirm page
//! has been answered and the new address proven from its own mailbox. While the account waits for its
//! deletion there is no form: this page then says how to keep it.

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};
use serde::{Deserialize, Serialize};

use crate::confirmation;
use crate::db;
use crate::domain::EmailAddress;
use crate::error::AppError;
use crate::extract::verified_form::STALE_NOTICE;
use crate::extract::{Arrival, Client, Done, JustDone, RefusedForm, SignedIn, VerifiedForm};
use crate::models::email_change;
use crate::models::pending_action::Action;
use crate::state::AppState;
use crate::view::{Field, Moment, Page};

/// What was typed.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct EmailForm {
    email: String,
}

#[derive(Serialize)]
struct EmailPage<'a> {
    csrf_token: &'a str,
    email: &'a str,
    waiting: Option<Waiting>,
    sent: bool,
    notice: Option<&'static str>,
    form: Fields,
}

#[derive(Serialize)]
struct Waiting {
    email: String,
    until: Moment,
}

#[derive(Serialize)]
struct Fields {
    email: Field,
}

impl Page for EmailPage<'_> {
    const TEMPLATE: &'static str = "pages/settings/email.html";
}

/// Stands in the place of the form while the account waits for its deletion.
#[derive(Serialize)]
struct AwaitsDeletionPage {
    due: Moment,
}

impl Page for AwaitsDeletionPage {
    const TEMPLATE: &'static str = "pages/settings/email/awaits_deletion.html";
}

const UNCHANGED: &str = "This is your address already. Enter the one that you want instead.";

/// Shows the form, to whoever comes from a page of ours.
///
/// # Errors
/// [`AppError`].
pub async fn show(
    state: web::Data<AppState>,
    arrival: Arrival,
    member: SignedIn,
    just_done: JustDone,
) -> Result<HttpResponse, AppError> {
    let (title, text) =
        ("Change your e\u{2011}mail address", "The next page changes the address that you sign in with.");
    let has_form = member.user.delete_after.is_none();
    if has_form && let Some(page) = arrival.instead(&state, &member, title, text)? {
        return Ok(page);
    }
    page(&state, StatusCode::OK, &member, Field::default(), None, just_done.0 == Some(Done::Sent)).await
}

/// Begins the change.
///
/// # Errors
/// [`AppError`].
pub async fn submit(
    state: web::Data<AppState>,
    client: Client,
    form: Result<VerifiedForm<EmailForm>, RefusedForm<EmailForm>>,
) -> Result<HttpResponse, AppError> {
    let (member, fields) = match form {
        Ok(VerifiedForm { member, .. }) if member.user.delete_after.is_some() => {
            return page(&state, StatusCode::CONFLICT, &member, Field::default(), None, false).await;
        }
        Ok(VerifiedForm { member, fields }) => (member, fields),
        Err(RefusedForm::Stale { member, fields }) => {
            let field = Field::typed(&fields.email);
            return page(&state, StatusCode::FORBIDDEN, &member, field, Some(STALE_NOTICE), false).await;
        }
        Err(refused) => return refused.answer(&state),
    };
    let from = member.email()?;
    let problem = match EmailAddress::parse(&fields.email) {
        Ok(to) if to != from => {
            let action = Action::ChangeEmail { from, to };
            return confirmation::begin(&state, &client, &member, &action).await;
        }
        Ok(_) => UNCHANGED.to_owned(),
        Err(problem) => problem.to_string(),
    };
    let field = Field::typed(&fields.email).with_error(Some(&problem));
    page(&state, StatusCode::UNPROCESSABLE_ENTITY, &member, field, None, false).await
}

async fn page(
    state: &AppState,
    status: StatusCode,
    member: &SignedIn,
    email: Field,
    notice: Option<&'static str>,
    sent: bool,
) -> Result<HttpResponse, AppError> {
    if let Some(due) = member.user.delete_after {
        return state.view.page(status, member.audience(), &AwaitsDeletionPage { due: due.into() });
    }
    let (id, now) = (member.user.id, crate::models::now());
    let waiting = db::statement(&state.pool, "email_change_find_waiting", async |conn| {
        email_change::find_waiting(conn, id, now).await
    })
    .await?;
    let page = EmailPage {
        csrf_token: &member.viewer.csrf_token,
        email: &member.user.email,
        sent: sent && waiting.is_some(),
        waiting: waiting.map(|(email, until)| Waiting { email, until: until.into() }),
        notice,
        form: Fields { email },
    };
    state.view.page(status, member.audience(), &page)
}
