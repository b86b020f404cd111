//! `/settings/two-factor/passkey`: begins to add a passkey, which the browser makes before the form is sent.

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};

use crate::actions::{self, ActionKind, AddPasskey, page};
use crate::domain::FactorName;
use crate::error::AppError;
use crate::extract::{Arrival, Client, Form, SignedIn, StaleSubmission, VerifiedForm};
use crate::locales::Message;
use crate::models::second_factor::SecondFactors;
use crate::security::passkeys::Owner;
use crate::state::AppState;
use crate::view::{Field, Page, see_other};

/// The name that was typed, the answer of the browser, and the sealed state.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct PasskeyForm {
    name: String,
    passkey: String,
    ceremony: String,
}

impl Form for PasskeyForm {
    async fn show_again(
        self,
        StaleSubmission { state, member, .. }: StaleSubmission<'_>,
    ) -> Result<HttpResponse, AppError> {
        let factors = super::find(state, member).await?;
        let name = Field::typed(&self.name);
        show_form(state, StatusCode::FORBIDDEN, member, &factors, name, Some(Message::FormStale))
    }
}

#[derive(Serialize)]
struct PasskeyPage<'a> {
    csrf_token: &'a str,
    notice: Option<Message>,
    /// The options for the browser; `None` where browsers offer no passkeys.
    options: Option<String>,
    ceremony: String,
    form: Fields,
}

#[derive(Serialize)]
struct Fields {
    name: Field,
}

impl Page for PasskeyPage<'_> {
    const TEMPLATE: &'static str = "pages/settings/two_factor/passkey.html";

    fn uses_script(&self) -> bool {
        self.options.is_some()
    }
}

/// Shows the form; a browser that comes from elsewhere gets the arrival page.
pub async fn show(
    state: web::Data<AppState>,
    arrival: Arrival,
    member: SignedIn,
) -> Result<HttpResponse, AppError> {
    if let Some(link) = arrival.detour() {
        let page = page::arrival(ActionKind::of::<AddPasskey>(), link);
        return state.view.page(StatusCode::OK, member.audience(), &page);
    }
    let factors = super::find(&state, &member).await?;
    show_form(&state, StatusCode::OK, &member, &factors, Field::default(), None)
}

/// Begins to add the passkey that the browser made.
pub async fn submit(
    state: web::Data<AppState>,
    client: Client,
    VerifiedForm { member, fields }: VerifiedForm<PasskeyForm>,
) -> Result<HttpResponse, AppError> {
    let PasskeyForm { name, passkey, ceremony } = fields;
    let factors = super::find(&state, &member).await?;
    let parsed = FactorName::parse(&name).map_err(Message::of_factor_name);
    let field = Field::typed(&name).with_error(parsed.as_ref().err().copied());
    let refuse =
        |field, notice| show_form(&state, StatusCode::UNPROCESSABLE_ENTITY, &member, &factors, field, notice);
    let Ok(parsed) = parsed else { return refuse(field, None) };
    if !factors.has_room_for_passkey() {
        return refuse(field, Some(Message::PasskeysTooMany));
    }
    let Some(passkeys) = &state.passkeys else { return refuse(field, Some(Message::PasskeyUnavailable)) };
    if passkey.is_empty() {
        return refuse(field, Some(Message::PasskeyNeedsScript));
    }
    let made = passkeys.finish_registration(member.user.id, &ceremony, &passkey, member.digest.as_bytes());
    let made = match made {
        Ok(made) => made,
        Err(problem) => {
            log::warn!("user {}: a new passkey was refused: {problem}", member.user.id);
            return refuse(field, Some(Message::PasskeyRefused));
        }
    };
    let action = AddPasskey {
        name: parsed.as_str().to_owned(),
        credential_id: URL_SAFE_NO_PAD.encode(&made.credential_id),
        credential: made.credential,
    };
    Ok(see_other(&actions::begin(&state, &client, &member, action).await?))
}

fn show_form(
    state: &AppState,
    status: StatusCode,
    member: &SignedIn,
    factors: &SecondFactors,
    name: Field,
    notice: Option<Message>,
) -> Result<HttpResponse, AppError> {
    let user = &member.user;
    let owner = Owner { id: user.id, email: &user.email, display_name: &user.display_name };
    let existing: Vec<&str> = factors.passkeys.iter().map(|found| found.credential.as_str()).collect();
    let ceremony = match &state.passkeys {
        Some(passkeys) => Some(passkeys.start_registration(owner, &existing, member.digest.as_bytes())?),
        None => None,
    };
    let (options, ceremony) = ceremony.map(|started| (started.options, started.sealed)).unzip();
    let page = PasskeyPage {
        csrf_token: &member.viewer.csrf_token,
        notice,
        options,
        ceremony: ceremony.unwrap_or_default(),
        form: Fields { name },
    };
    state.view.page(status, member.audience(), &page)
}
