//! `/settings/tokens/new`: begins to make an access token. It is made after the confirm page.

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};
use serde::{Deserialize, Serialize};

use crate::actions::create_access_token::LIFETIMES;
use crate::actions::{self, ActionKind, CreateAccessToken, page};
use crate::domain::{Scope, Scopes, TokenName};
use crate::error::AppError;
use crate::extract::{Arrival, Client, Form, SignedIn, StaleSubmission, VerifiedForm};
use crate::locales::Message;
use crate::state::AppState;
use crate::view::{Field, Page, see_other};

/// The fields that were typed and ticked.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct TokenForm {
    name: String,
    settings_read: String,
    settings_write: String,
    activity_read: String,
    days: String,
}

impl TokenForm {
    fn is_ticked(&self, scope: Scope) -> bool {
        let value = match scope {
            Scope::SettingsRead => &self.settings_read,
            Scope::SettingsWrite => &self.settings_write,
            Scope::ActivityRead => &self.activity_read,
        };
        value == "yes"
    }

    fn days(&self) -> Option<u16> {
        LIFETIMES.into_iter().find(|days| days.to_string() == self.days)
    }

    fn fields(&self) -> Fields {
        Fields {
            name: Field::typed(&self.name),
            settings_read: self.is_ticked(Scope::SettingsRead),
            settings_write: self.is_ticked(Scope::SettingsWrite),
            activity_read: self.is_ticked(Scope::ActivityRead),
            scopes: Field::default(),
            days: Field::default(),
            lifetimes: lifetimes(self.days().unwrap_or(DEFAULT_DAYS)),
        }
    }
}

/// The lifetime that is chosen at first, in days.
const DEFAULT_DAYS: u16 = 30;

impl Form for TokenForm {
    async fn show_again(
        self,
        StaleSubmission { state, member, .. }: StaleSubmission<'_>,
    ) -> Result<HttpResponse, AppError> {
        show_form(state, StatusCode::FORBIDDEN, member, self.fields(), Some(Message::FormStale))
    }
}

#[derive(Serialize)]
struct NewTokenPage<'a> {
    csrf_token: &'a str,
    notice: Option<Message>,
    form: Fields,
}

#[derive(Serialize)]
struct Fields {
    name: Field,
    settings_read: bool,
    settings_write: bool,
    activity_read: bool,
    scopes: Field,
    days: Field,
    lifetimes: Vec<Lifetime>,
}

#[derive(Serialize)]
struct Lifetime {
    days: u16,
    selected: bool,
}

impl Page for NewTokenPage<'_> {
    const TEMPLATE: &'static str = "pages/settings/tokens/new.html";
}

fn lifetimes(chosen: u16) -> Vec<Lifetime> {
    LIFETIMES.into_iter().map(|days| Lifetime { days, selected: days == chosen }).collect()
}

/// Shows the form; a browser that comes from elsewhere gets the arrival page.
pub async fn show(
    state: web::Data<AppState>,
    arrival: Arrival,
    member: SignedIn,
) -> Result<HttpResponse, AppError> {
    if let Some(link) = arrival.detour() {
        let page = page::arrival(ActionKind::of::<CreateAccessToken>(), link);
        return state.view.page(StatusCode::OK, member.audience(), &page);
    }
    // The least that a token can be for.
    let form = Fields { settings_read: true, ..TokenForm::default().fields() };
    show_form(&state, StatusCode::OK, &member, form, None)
}

/// Begins to make the token.
pub async fn submit(
    state: web::Data<AppState>,
    client: Client,
    VerifiedForm { member, fields }: VerifiedForm<TokenForm>,
) -> Result<HttpResponse, AppError> {
    let refuse = |form, notice| show_form(&state, StatusCode::UNPROCESSABLE_ENTITY, &member, form, notice);
    // One problem at a time: two would push the button down to where the confirm page has its final one.
    let name = match TokenName::parse(&fields.name).map_err(Message::of_token_name) {
        Ok(name) => name,
        Err(problem) => {
            let name = Field::typed(&fields.name).with_error(Some(problem));
            return refuse(Fields { name, ..fields.fields() }, None);
        }
    };
    let Some(scopes) = Scopes::new(|scope| fields.is_ticked(scope)) else {
        return refuse(Fields { scopes: Field::refused(Message::TokenScopesNone), ..fields.fields() }, None);
    };
    let Some(days) = fields.days() else {
        return refuse(Fields { days: Field::refused(Message::TokenDaysUnknown), ..fields.fields() }, None);
    };
    if !super::has_room(&super::find(&state, &member).await?) {
        return refuse(fields.fields(), Some(Message::TokensTooMany));
    }
    let action = CreateAccessToken { name: name.as_str().to_owned(), scopes: scopes.text(), days };
    Ok(see_other(&actions::begin(&state, &client, &member, action).await?))
}

fn show_form(
    state: &AppState,
    status: StatusCode,
    member: &SignedIn,
    form: Fields,
    notice: Option<Message>,
) -> Result<HttpResponse, AppError> {
    let csrf_token = member.viewer.csrf_token.as_str();
    state.view.page(status, member.audience(), &NewTokenPage { csrf_token, notice, form })
}
