//! `/api/v1/user/settings`: what the account has chosen. A change that an attacker would want is not made here: its answer
//! names the page where the user goes on.

use actix_web::{HttpResponse, web};
use chrono_tz::Tz;
use serde::{Deserialize, Deserializer, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::db;
use crate::domain::{DisplayName, EmailAddress, EventKind, Language, time_zone};
use crate::error::AppError;
use crate::error::problem::{FieldProblem, Problem};
use crate::extract::api_caller::{ReadSettings, WriteSettings};
use crate::extract::{ApiBody, ApiCaller, Client, EntityTag, IfMatch};
use crate::models::security_event;
use crate::models::user::{self, User};
use crate::security::limits::Attempt;
use crate::state::AppState;

/// The settings of an account.
#[derive(Serialize, ToSchema)]
pub struct Settings {
    /// The account. It never changes.
    id: Uuid,
    /// The name that pages show.
    #[schema(example = "Ada Lovelace", min_length = 1, max_length = 80)]
    display_name: String,
    /// The verified email address, with which the user signs in.
    #[schema(example = "ada@example.com")]
    email: String,
    /// The language of pages and emails. null: the one that the browser asks for.
    #[schema(required = true, example = "en")]
    language: Option<String>,
    /// The time zone of pages and emails (IANA).
    #[schema(example = "Europe/Berlin")]
    time_zone: String,
    /// Whether the public card is on.
    public_card: bool,
    /// Whether a sign-in needs a second factor.
    two_factor: bool,
}

impl From<&User> for Settings {
    fn from(user: &User) -> Self {
        Self {
            id: user.id,
            display_name: user.display_name.clone(),
            email: user.email.clone(),
            language: user.language.clone(),
            time_zone: user.time_zone.clone().unwrap_or_else(|| Tz::UTC.name().to_owned()),
            public_card: user.card_enabled,
            two_factor: user.second_factor_since.is_some(),
        }
    }
}

/// A change of settings: the fields to change, and no others. `email` and `password` each come alone.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SettingsChange {
    /// The name that pages show: 1 to 80 characters.
    #[serde(default, deserialize_with = "given")]
    #[schema(nullable = false, min_length = 1, max_length = 80)]
    display_name: Option<String>,
    /// The language of pages and emails. null: the one that the browser asks for.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<String>, example = "de")]
    language: Option<Option<String>>,
    /// The time zone of pages and emails (IANA).
    #[serde(default, deserialize_with = "given")]
    #[schema(nullable = false, example = "Europe/Berlin")]
    time_zone: Option<String>,
    /// Another email address. It is checked and forgotten: the answer names the page where the user enters it.
    #[serde(default, deserialize_with = "given")]
    #[schema(nullable = false)]
    email: Option<String>,
    /// Any text. It is forgotten unread: the answer names the page where the user chooses a password. Do not send one.
    #[serde(default, deserialize_with = "given")]
    #[schema(nullable = false)]
    password: Option<String>,
}

/// A field that is there: null is a value like any other, and only some types have it.
fn given<'de, D: Deserializer<'de>, T: Deserialize<'de>>(deserializer: D) -> Result<Option<T>, D::Error> {
    T::deserialize(deserializer).map(Some)
}

/// A change that the user makes on a page, with a proof.
#[derive(Serialize, ToSchema)]
pub struct Continue {
    /// The page where the user goes on. Nothing has changed, and nothing waits.
    #[schema(example = "https://account.example.com/settings/email")]
    confirm_url: String,
}

/// What a field may be.
mod text {
    pub(super) const DISPLAY_NAME: &str = "must be 1 to 80 characters on one line, none of them invisible";
    pub(super) const LANGUAGE: &str = "must be null or a language of the site";
    pub(super) const TIME_ZONE: &str =
        "must be UTC or the current IANA name of a time zone, such as Europe/Berlin";
    pub(super) const EMAIL: &str = "must be an email address such as name@example.com";
    pub(super) const EMAIL_SAME: &str = "must be another address than that of the account";
    pub(super) const ALONE: &str = "must come alone";
}

/// A change of settings that can be made at once.
#[derive(Debug, Default)]
struct PlainChange {
    display_name: Option<DisplayName>,
    language: Option<Option<&'static str>>,
    time_zone: Option<Tz>,
}

impl SettingsChange {
    /// The path of the page where the user makes a sensitive change; `None` for a change without one.
    fn sensitive(&self, user: &User) -> Result<Option<&'static str>, Problem> {
        let plain = self.display_name.is_some() || self.language.is_some() || self.time_zone.is_some();
        match (&self.email, &self.password) {
            (None, None) => Ok(None),
            (Some(_), other) if plain || other.is_some() => Err(Problem::of_field("email", text::ALONE)),
            (None, Some(_)) if plain => Err(Problem::of_field("password", text::ALONE)),
            (None, Some(_)) => Ok(Some("/settings/password")),
            (Some(email), _) => match EmailAddress::parse(email) {
                Ok(email) if email.as_str() != user.email => Ok(Some("/settings/email")),
                Ok(_) => Err(Problem::of_field("email", text::EMAIL_SAME)),
                Err(_) => Err(Problem::of_field("email", text::EMAIL)),
            },
        }
    }

    /// The values, or all faults together.
    fn plain(self) -> Result<PlainChange, Problem> {
        let mut faults = Vec::new();
        let mut refuse = |field, detail| faults.push(FieldProblem::new(field, detail));
        let mut change = PlainChange::default();
        if let Some(name) = self.display_name {
            match DisplayName::parse(&name) {
                Ok(name) => change.display_name = Some(name),
                Err(_) => refuse("display_name", text::DISPLAY_NAME),
            }
        }
        match self.language {
            None => {}
            Some(None) => change.language = Some(None),
            Some(Some(tag)) => match Language::ALL.iter().find(|known| known.tag() == tag) {
                Some(language) => change.language = Some(Some(language.tag())),
                None => refuse("language", text::LANGUAGE),
            },
        }
        if let Some(name) = self.time_zone {
            change.time_zone = time_zone::find(&name);
            if change.time_zone.is_none() {
                refuse("time_zone", text::TIME_ZONE);
            }
        }
        if faults.is_empty() { Ok(change) } else { Err(Problem::of_fields(faults)) }
    }
}

/// The result of a change.
enum Change {
    /// The settings are now these.
    Stored(Settings),
    /// They were changed since the client read them.
    Stale,
    /// The account is gone.
    Gone,
}

fn shown(settings: &Settings) -> HttpResponse {
    HttpResponse::Ok().insert_header(EntityTag::of(settings).header()).json(settings)
}

/// Reads the settings.
#[utoipa::path(
    get,
    path = "/api/v1/user/settings",
    operation_id = "readSettings",
    tag = "settings:read",
    responses((status = 200, description = "The settings.", body = Settings, headers(
        ("ETag" = String, description = "The version. Send it as If-Match with a change."),
    ))),
)]
pub async fn show(caller: ApiCaller<ReadSettings>) -> Result<HttpResponse, AppError> {
    Ok(shown(&Settings::from(&caller.user)))
}

/// Changes the settings.
///
/// Only the fields in the body change. A new email address or password is not set here: the answer is 202 with the page
/// where the user goes on.
#[utoipa::path(
    patch,
    path = "/api/v1/user/settings",
    operation_id = "changeSettings",
    tag = "settings:write",
    params(("If-Match" = String, Header, description = "The ETag of the settings that you read, or *.",
        pattern = r#"^(\*|"[^"]*")$"#)),
    request_body = SettingsChange,
    responses(
        (status = 200, description = "The settings as they are now.", body = Settings, headers(
            ("ETag" = String, description = "The new version."),
        )),
        (status = 202, description = "Nothing has changed. The user goes on on a page.", body = Continue),
        (status = 412, description = "The settings were changed since you read them."),
        (status = 428, description = "The request has no If-Match."),
    ),
)]
pub async fn change(
    state: web::Data<AppState>,
    client: Client,
    caller: ApiCaller<WriteSettings>,
    expected: IfMatch,
    body: ApiBody<SettingsChange>,
) -> Result<HttpResponse, AppError> {
    let change = body.read().await?.value;
    if !expected.admits(&EntityTag::of(&Settings::from(&caller.user))) {
        return Err(IfMatch::stale().into());
    }
    if let Some(path) = change.sensitive(&caller.user)? {
        let confirm_url = format!("{}{path}", state.config.public_url);
        return Ok(HttpResponse::Accepted().json(Continue { confirm_url }));
    }
    let change = change.plain()?;
    caller.admit(&state, &client, Attempt::ProfileChange).await?;
    let (id, now) = (caller.user.id, state.clock.now());
    let event = client.event(id, EventKind::NameChanged, now);
    let changed = db::transaction(&state.pool, "user_change_settings", async |conn| {
        let Some(user) = user::find(conn, id).await? else { return Ok(Change::Gone) };
        if !expected.admits(&EntityTag::of(&Settings::from(&user))) {
            return Ok(Change::Stale);
        }
        if let Some(name) = change.display_name.as_ref().filter(|name| name.as_str() != user.display_name) {
            user::set_display_name(conn, id, name, now).await?;
            security_event::create(conn, &event).await?;
        }
        if change.language.is_some() || change.time_zone.is_some() {
            let language = change.language.unwrap_or(user.language.as_deref());
            let zone = change.time_zone.map(|zone| Some(zone.name()).filter(|_| zone != Tz::UTC));
            let zone = zone.unwrap_or(user.time_zone.as_deref());
            user::set_locale(conn, id, language, zone, now).await?;
        }
        let user = user::find(conn, id).await?;
        Ok(user.map_or(Change::Gone, |user| Change::Stored(Settings::from(&user))))
    });
    match changed.await? {
        Change::Stored(settings) => Ok(shown(&settings)),
        Change::Stale => Err(IfMatch::stale().into()),
        Change::Gone => Err(AppError::AccountGone),
    }
}
