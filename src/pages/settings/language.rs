//! `/settings/language`: the language and the time zone in which the account reads pages and emails.

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};
use chrono_tz::Tz;
use serde::{Deserialize, Serialize};

use crate::db;
use crate::domain::{Language, Moment, time_zone};
use crate::error::AppError;
use crate::extract::{Done, Form, JustDone, SignedIn, StaleSubmission, VerifiedForm};
use crate::locales::Message;
use crate::models::user::{self, UserUpdate};
use crate::state::AppState;
use crate::view::{Field, Page, see_other};

/// The choices that were sent: a language tag or nothing, and the name of a time zone.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct LanguageForm {
    language: String,
    time_zone: String,
}

impl Form for LanguageForm {
    async fn show_again(
        self,
        StaleSubmission { state, member, .. }: StaleSubmission<'_>,
    ) -> Result<HttpResponse, AppError> {
        let fields = Fields::chosen(&self.language, &self.time_zone);
        page(state, StatusCode::FORBIDDEN, member, fields, Some(Message::FormStale), None)
    }
}

#[derive(Serialize)]
struct LanguagePage<'a> {
    csrf_token: &'a str,
    done: Option<Done>,
    notice: Option<Message>,
    languages: Vec<LanguageChoice>,
    /// Whether the chosen time zone is UTC.
    utc: bool,
    zones: Vec<Region>,
    now: Moment,
    form: Fields,
}

#[derive(Serialize)]
struct LanguageChoice {
    tag: &'static str,
    name: &'static str,
    selected: bool,
}

/// The time zones of one part of the world.
#[derive(Serialize)]
struct Region {
    name: Message,
    zones: Vec<ZoneChoice>,
}

#[derive(Serialize)]
struct ZoneChoice {
    id: &'static str,
    name: String,
    selected: bool,
}

#[derive(Serialize)]
struct Fields {
    language: Field,
    time_zone: Field,
}

impl Fields {
    fn chosen(language: &str, time_zone: &str) -> Self {
        Self { language: Field::typed(language), time_zone: Field::typed(time_zone) }
    }
}

impl Page for LanguagePage<'_> {
    const TEMPLATE: &'static str = "pages/settings/language.html";
}

/// Shows the choices.
pub async fn show(
    state: web::Data<AppState>,
    member: SignedIn,
    JustDone(done): JustDone,
) -> Result<HttpResponse, AppError> {
    let fields = Fields::chosen(
        member.user.language.as_deref().unwrap_or_default(),
        member.user.time_zone.as_deref().unwrap_or(Tz::UTC.name()),
    );
    page(&state, StatusCode::OK, &member, fields, None, done)
}

/// Stores the choices.
pub async fn submit(
    state: web::Data<AppState>,
    VerifiedForm { member, fields }: VerifiedForm<LanguageForm>,
) -> Result<HttpResponse, AppError> {
    let LanguageForm { language, time_zone } = fields;
    let chosen = Language::ALL.iter().find(|known| known.tag() == language);
    let zone = time_zone::find(&time_zone);
    let language_problem = (chosen.is_none() && !language.is_empty()).then_some(Message::LanguageUnknown);
    let (Some(zone), None) = (zone, language_problem) else {
        let mut fields = Fields::chosen(&language, &time_zone);
        fields.language.error = language_problem;
        fields.time_zone.error = zone.is_none().then_some(Message::TimeZoneUnknown);
        return page(&state, StatusCode::UNPROCESSABLE_ENTITY, &member, fields, None, None);
    };
    let (id, now) = (member.user.id, state.clock.now());
    let (language, zone) =
        (chosen.map(|language| language.tag()), Some(zone).filter(|zone| *zone != Tz::UTC));
    let change = db::idempotent_transaction(&state.pool, "user_set_locale", async |conn| {
        user::set_locale(conn, id, language, zone.map(|zone| zone.name()), now).await
    });
    match change.await? {
        UserUpdate::Stored => Ok(see_other(&Done::new(Message::DoneLanguage).at("/settings/language"))),
        UserUpdate::Gone => Err(AppError::AccountGone),
    }
}

/// The parts of the world in the names of the IANA database.
const REGIONS: [(&str, Message); 10] = [
    ("Africa", Message::RegionAfrica),
    ("America", Message::RegionAmerica),
    ("Antarctica", Message::RegionAntarctica),
    ("Arctic", Message::RegionArctic),
    ("Asia", Message::RegionAsia),
    ("Atlantic", Message::RegionAtlantic),
    ("Australia", Message::RegionAustralia),
    ("Europe", Message::RegionEurope),
    ("Indian", Message::RegionIndian),
    ("Pacific", Message::RegionPacific),
];

/// The name of a part of the world.
fn region_name(region: &str) -> Option<Message> {
    REGIONS.iter().find(|(known, _)| *known == region).map(|(_, message)| *message)
}

/// The name of a time zone for people: `Buenos Aires` for `America/Argentina/Buenos_Aires`.
#[must_use]
pub fn zone_name(zone: Tz) -> String {
    let name = zone.name();
    name.split_once('/').map_or(name, |(_, place)| place).replace('_', " ").replace('/', ", ")
}

fn regions(chosen: &str) -> Vec<Region> {
    let mut regions: Vec<Region> = Vec::new();
    for (zone, region) in time_zone::offered() {
        let Some(name) = region.and_then(region_name) else { continue };
        let choice = ZoneChoice { id: zone.name(), name: zone_name(zone), selected: zone.name() == chosen };
        match regions.iter_mut().find(|known| known.name == name) {
            Some(known) => known.zones.push(choice),
            None => regions.push(Region { name, zones: vec![choice] }),
        }
    }
    regions
}

fn page(
    state: &AppState,
    status: StatusCode,
    member: &SignedIn,
    form: Fields,
    notice: Option<Message>,
    done: Option<Done>,
) -> Result<HttpResponse, AppError> {
    let choice = |language: &Language| LanguageChoice {
        tag: language.tag(),
        name: language.name(),
        selected: language.tag() == form.language.value,
    };
    let page = LanguagePage {
        csrf_token: &member.viewer.csrf_token,
        done,
        notice,
        languages: Language::ALL.iter().map(choice).collect(),
        utc: form.time_zone.value == Tz::UTC.name(),
        zones: regions(&form.time_zone.value),
        now: Moment::new(state.clock.now(), member.locale()),
        form,
    };
    state.view.page(status, member.audience(), &page)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_zone_but_utc_stands_below_its_part_of_the_world() {
        let names: Vec<&str> = time_zone::offered().map(|(zone, _)| zone.name()).collect();
        assert_eq!(regions("").len(), REGIONS.len(), "each region has a time zone");
        let listed: usize = regions("").iter().map(|region| region.zones.len()).sum();
        assert_eq!(listed + 1, names.len(), "all but UTC stand below a region");
        assert_eq!(zone_name(Tz::America__Argentina__Buenos_Aires), "Argentina, Buenos Aires");
    }
}
