//! `/settings/profile`: the name of the account, and its public card.

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};
use serde::{Deserialize, Serialize};

use crate::actions;
use crate::db;
use crate::domain::{DisplayName, EventKind};
use crate::error::AppError;
use crate::extract::{Client, Done, Form, JustDone, SignedIn, StaleSubmission, VerifiedForm};
use crate::locales::Message;
use crate::models::security_event;
use crate::models::user::{self, UserUpdate};
use crate::security::limits::Attempt;
use crate::state::AppState;
use crate::view::{Field, Page, see_other};

/// The fields that were typed.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct ProfileForm {
    display_name: String,
}

impl Form for ProfileForm {
    async fn show_again(
        self,
        StaleSubmission { state, member, .. }: StaleSubmission<'_>,
    ) -> Result<HttpResponse, AppError> {
        let name = Field::typed(&self.display_name);
        page(state, StatusCode::FORBIDDEN, member, name, Some(Message::FormStale), None)
    }
}

#[derive(Serialize)]
struct ProfilePage<'a> {
    csrf_token: &'a str,
    done: Option<Done>,
    deletion_waits: bool,
    notice: Option<Message>,
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

impl Page for ProfilePage<'_> {
    const TEMPLATE: &'static str = "pages/settings/profile.html";
}

/// Shows the profile.
pub async fn show(
    state: web::Data<AppState>,
    member: SignedIn,
    JustDone(done): JustDone,
) -> Result<HttpResponse, AppError> {
    let name = Field::typed(&member.user.display_name);
    page(&state, StatusCode::OK, &member, name, None, done)
}

/// Changes the name.
pub async fn submit(
    state: web::Data<AppState>,
    client: Client,
    VerifiedForm { member, fields }: VerifiedForm<ProfileForm>,
) -> Result<HttpResponse, AppError> {
    let name = match DisplayName::parse(&fields.display_name) {
        Ok(name) => name,
        Err(problem) => {
            let field = Field::typed(&fields.display_name).with_error(Some(problem));
            return page(&state, StatusCode::UNPROCESSABLE_ENTITY, &member, field, None, None);
        }
    };
    if name.as_str() == member.user.display_name {
        return Ok(see_other(&Done::new(Message::DoneSaved).at("/settings/profile")));
    }
    actions::admit(&state, &client, &member, Attempt::ProfileChange).await?;
    let (id, now) = (member.user.id, state.clock.now());
    let event = client.event(id, EventKind::NameChanged, now);
    let change = db::idempotent_transaction(&state.pool, "user_set_display_name", async |conn| {
        let updated = user::set_display_name(conn, id, &name, now).await?;
        if updated == UserUpdate::Stored {
            security_event::create(conn, &event).await?;
        }
        Ok(updated)
    });
    match change.await? {
        UserUpdate::Stored => Ok(see_other(&Done::new(Message::DoneSaved).at("/settings/profile"))),
        UserUpdate::Gone => Err(AppError::AccountGone),
    }
}

fn page(
    state: &AppState,
    status: StatusCode,
    member: &SignedIn,
    display_name: Field,
    notice: Option<Message>,
    done: Option<Done>,
) -> Result<HttpResponse, AppError> {
    let page = ProfilePage {
        csrf_token: &member.viewer.csrf_token,
        done,
        deletion_waits: member.user.delete_after.is_some(),
        notice,
        card: CardSection {
            enabled: member.user.card_enabled,
            url: format!("{}/card/{}", state.config.public_url, member.user.id),
            embedders: state.config.embed_origins.iter().map(|embedder| embedder.origin().as_str()).collect(),
        },
        form: Fields { display_name },
    };
    state.view.page(status, member.audience(), &page)
}
