//! `GET /settings` and `POST /settings/profile`: who is signed in, and what the account is called.

pub mod card;
pub mod delete;
pub mod email;
pub mod sessions;

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};
use serde::{Deserialize, Serialize};

use crate::db;
use crate::domain::DisplayName;
use crate::error::AppError;
use crate::extract::verified_form::STALE_NOTICE;
use crate::extract::{Done, JustDone, RefusedForm, SignedIn, VerifiedForm};
use crate::models::user::{self, Change};
use crate::state::AppState;
use crate::view::{Field, Page, see_other};

/// What was typed.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct ProfileForm {
    display_name: String,
}

/// The words for what was just done here.
fn told(done: Done) -> Option<&'static str> {
    match done {
        Done::Saved => Some("Your changes are saved."),
        Done::Cancelled => Some("Cancelled. Nothing was changed."),
        Done::Kept => Some("Your account stays."),
        Done::Sent | Done::Ended(_) | Done::EndedBefore => None,
    }
}

#[derive(Serialize)]
struct SettingsPage<'a> {
    email: &'a str,
    csrf_token: &'a str,
    done: Option<&'static str>,
    delete_after: Option<String>,
    notice: Option<&'static str>,
    card: CardSection<'a>,
    form: Fields,
}

/// The public card: whether it is on, where it is, and which sites may show it.
#[derive(Serialize)]
struct CardSection<'a> {
    enabled: bool,
    url: String,
    embedders: Vec<&'a str>,
}

#[derive(Serialize)]
struct Fields {
    display_name: Field,
}

impl Page for SettingsPage<'_> {
    const TEMPLATE: &'static str = "pages/settings.html";
}

/// Shows the account.
///
/// # Errors
/// [`AppError`].
pub async fn show(
    state: web::Data<AppState>,
    member: SignedIn,
    JustDone(done): JustDone,
) -> Result<HttpResponse, AppError> {
    let name = Field::typed(&member.user.display_name);
    page(&state, StatusCode::OK, &member, name, None, done.and_then(told))
}

/// Changes the name.
///
/// # Errors
/// [`AppError`].
pub async fn submit(
    state: web::Data<AppState>,
    form: Result<VerifiedForm<ProfileForm>, RefusedForm<ProfileForm>>,
) -> Result<HttpResponse, AppError> {
    let (member, fields) = match form {
        Ok(VerifiedForm { member, fields }) => (member, fields),
        Err(RefusedForm::Stale { member, fields }) => {
            return page(
                &state,
                StatusCode::FORBIDDEN,
                &member,
                Field::typed(&fields.display_name),
                Some(STALE_NOTICE),
                None,
            );
        }
        Err(refused) => return refused.answer(&state),
    };
    let name = match DisplayName::parse(&fields.display_name) {
        Ok(name) => name,
        Err(problem) => {
            let field = Field::typed(&fields.display_name).with_error(Some(&problem));
            return page(&state, StatusCode::UNPROCESSABLE_ENTITY, &member, field, None, None);
        }
    };
    let (id, now) = (member.user.id, crate::models::now());
    let change = db::idempotent_transaction(&state.pool, "set_display_name", async |conn| {
        user::set_display_name(conn, id, &name, now).await
    });
    match change.await? {
        Change::Done => Ok(see_other(&Done::Saved.at("/settings"))),
        Change::Gone => Err(AppError::AccountGone),
    }
}

fn page(
    state: &AppState,
    status: StatusCode,
    member: &SignedIn,
    display_name: Field,
    notice: Option<&'static str>,
    done: Option<&'static str>,
) -> Result<HttpResponse, AppError> {
    let page = SettingsPage {
        email: &member.user.email,
        csrf_token: &member.viewer.csrf_token,
        done,
        delete_after: member.user.delete_after.map(|at| at.format("%-d %B %Y").to_string()),
        notice,
        card: CardSection {
            enabled: member.user.card_enabled,
            url: format!("{}/card/{}", state.config.public_url, member.user.id),
            embedders: state.config.embed_origins.iter().map(|one| one.origin().as_str()).collect(),
        },
        form: Fields { display_name },
    };
    state.view.page(status, member.audience(), &page)
}
