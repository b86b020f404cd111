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
pub mod tokens;
pub mod two_factor;

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};
use serde::Serialize;

use crate::domain::{Language, Locale, Moment};
use crate::error::AppError;
use crate::extract::{Done, JustDone, SignedInWithOverview};
use crate::models::session::Overview;
use crate::models::user::User;
use crate::state::AppState;
use crate::view::Page;

/// The account on one page.
#[derive(Serialize)]
pub struct OverviewPage<'a> {
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

impl<'a> OverviewPage<'a> {
    /// The page of an account for a reader; `done` says what its owner has just done.
    #[must_use]
    pub fn new(user: &'a User, overview: Overview, locale: Locale, done: Option<Done>) -> Self {
        Self {
            email: &user.email,
            done,
            delete_after: user.delete_after.map(|at| Moment::new(at, locale)),
            waiting: overview.waiting.map(|waiting| email::Waiting::new(waiting, locale)),
            card_enabled: user.card_enabled,
            second_factor: user.second_factor_since.is_some(),
            language_name: user.language.as_deref().and_then(Language::of_tag).map(Language::name),
            time_zone: language::zone_name(locale.time_zone),
            sessions: overview.sessions,
        }
    }
}

/// Shows the account.
pub async fn show(
    state: web::Data<AppState>,
    SignedInWithOverview(member, overview): SignedInWithOverview,
    JustDone(done): JustDone,
) -> Result<HttpResponse, AppError> {
    let page = OverviewPage::new(&member.user, overview, member.locale(), done);
    state.view.page(StatusCode::OK, member.audience(), &page)
}
