//! `GET /settings`: the account on one page. Each thing is changed on a page of its own.

pub mod activity;
pub mod card;
pub mod delete;
pub mod email;
pub mod export;
pub mod language;
pub mod password;
pub mod profile;
pub mod sessions;
pub mod two_factor;

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};
use serde::Serialize;

use crate::db;
use crate::domain::{Language, Moment};
use crate::error::AppError;
use crate::extract::{Done, JustDone, SignedIn};
use crate::models::user::{self, Overview};
use crate::state::AppState;
use crate::view::Page;

#[derive(Serialize)]
struct OverviewPage<'a> {
    email: &'a str,
    done: Option<Done>,
    delete_after: Option<Moment>,
    waiting: Option<email::Waiting>,
    card_enabled: bool,
    second_factor: bool,
    /// The chosen language in its own words; `None` for the one that the browser asks for.
    language_name: Option<&'static str>,
    time_zone: String,
    /// The places where the member is signed in, this one included.
    sessions: i64,
}

impl Page for OverviewPage<'_> {
    const TEMPLATE: &'static str = "pages/settings.html";
}

/// Shows the account.
pub async fn show(
    state: web::Data<AppState>,
    member: SignedIn,
    JustDone(done): JustDone,
) -> Result<HttpResponse, AppError> {
    let (id, now) = (member.user.id, state.clock.now());
    let found = db::statement(&state.pool, "user_find_overview", async |conn| {
        user::find_overview(conn, id, now).await
    });
    let Overview { sessions, waiting } = found.await?;
    let page = OverviewPage {
        email: &member.user.email,
        done,
        delete_after: member.user.delete_after.map(|at| Moment::new(at, member.locale())),
        waiting: waiting.map(|waiting| email::Waiting::new(waiting, member.locale())),
        card_enabled: member.user.card_enabled,
        second_factor: member.user.second_factor_since.is_some(),
        language_name: member.user.language.as_deref().and_then(Language::of_tag).map(Language::name),
        time_zone: language::zone_name(member.locale().time_zone),
        sessions,
    };
    state.view.page(StatusCode::OK, member.audience(), &page)
}
