//! `/settings/two-factor`: the second factors of the account, and the pages that change them.

pub mod authenticator;
pub mod passkey;
pub mod recovery_codes;
pub mod remove;

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};
use chrono::{DateTime, Utc};
use serde::Serialize;
use uuid::Uuid;

use crate::db;
use crate::domain::Moment;
use crate::error::AppError;
use crate::extract::{Done, JustDone, SignedIn};
use crate::models::second_factor::{self, SecondFactors};
use crate::state::AppState;
use crate::view::Page;

#[derive(Serialize)]
struct TwoFactorPage {
    done: Option<Done>,
    /// Whether the team requires a second factor, and the account has none.
    required: bool,
    authenticators: Vec<Factor>,
    /// Whether another authenticator can be added.
    has_room: bool,
    passkeys: Vec<Factor>,
    /// Whether another passkey can be added.
    has_room_for_passkey: bool,
    /// Whether browsers offer passkeys here.
    offers_passkeys: bool,
    recovery_codes: i64,
}

#[derive(Serialize)]
struct Factor {
    id: Uuid,
    name: String,
    added: Moment,
    last_used: Option<Moment>,
}

impl Page for TwoFactorPage {
    const TEMPLATE: &'static str = "pages/settings/two_factor.html";
}

/// Lists the second factors.
pub async fn show(
    state: web::Data<AppState>,
    member: SignedIn,
    JustDone(done): JustDone,
) -> Result<HttpResponse, AppError> {
    let factors = find(&state, &member).await?;
    let moment = |at| Moment::new(at, member.locale());
    let factor = |id, name, added, last_used: Option<DateTime<Utc>>| Factor {
        id,
        name,
        added: moment(added),
        last_used: last_used.map(moment),
    };
    let has_room = factors.has_room_for_authenticator();
    let has_room_for_passkey = factors.has_room_for_passkey();
    let apps = factors.authenticators.into_iter();
    let apps = apps.map(|found| factor(found.id, found.name, found.created_at, found.last_used_at));
    let passkeys = factors.passkeys.into_iter();
    let passkeys = passkeys.map(|found| factor(found.id, found.name, found.created_at, found.last_used_at));
    let page = TwoFactorPage {
        done,
        required: member.lacks_required_factor(&state),
        authenticators: apps.collect(),
        has_room,
        passkeys: passkeys.collect(),
        has_room_for_passkey,
        offers_passkeys: state.passkeys.is_some(),
        recovery_codes: factors.recovery_codes,
    };
    state.view.page(StatusCode::OK, member.audience(), &page)
}

/// The second factors of a member.
async fn find(state: &AppState, member: &SignedIn) -> Result<SecondFactors, AppError> {
    let id = member.user.id;
    let found =
        db::statement(&state.pool, "second_factor_find", async |conn| second_factor::find(conn, id).await);
    Ok(found.await?)
}
