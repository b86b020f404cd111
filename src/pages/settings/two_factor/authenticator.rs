//! `/settings/two-factor/authenticator`: begins to add an authenticator app. The page makes a secret, which travels sealed
//! in its form; a code from the app proves that the app has it.

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};

use crate::actions::{self, ActionKind, AddAuthenticator, page};
use crate::domain::{AuthenticatorSecret, FactorName, QrCode};
use crate::error::AppError;
use crate::extract::{Arrival, Client, Form, SignedIn, StaleSubmission, VerifiedForm};
use crate::locales::Message;
use crate::state::AppState;
use crate::view::{Field, Page, see_other};

/// The fields that were typed, and the sealed secret.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct AuthenticatorForm {
    name: String,
    code: String,
    secret: String,
}

impl Form for AuthenticatorForm {
    async fn show_again(
        self,
        StaleSubmission { state, member, .. }: StaleSubmission<'_>,
    ) -> Result<HttpResponse, AppError> {
        let form = Fields { name: Field::typed(&self.name), code: Field::default() };
        let notice = Some(Message::FormStale);
        let offer = Offer::reopen(state, member, &self.secret)?;
        show_form(state, StatusCode::FORBIDDEN, member, offer, form, notice)
    }
}

#[derive(Serialize)]
struct AuthenticatorPage<'a> {
    csrf_token: &'a str,
    notice: Option<Message>,
    offer: Offer,
    form: Fields,
}

#[derive(Default, Serialize)]
struct Fields {
    name: Field,
    code: Field,
}

impl Page for AuthenticatorPage<'_> {
    const TEMPLATE: &'static str = "pages/settings/two_factor/authenticator.html";
}

/// A secret that an app can take over.
#[derive(Serialize)]
struct Offer {
    #[serde(skip)]
    secret: AuthenticatorSecret,
    sealed: String,
    key: String,
    uri: String,
    qr: Option<QrCode>,
}

impl Offer {
    fn new(state: &AppState, member: &SignedIn) -> Result<Self, AppError> {
        let secret = AuthenticatorSecret::generate()?;
        let sealed = state.authenticator_secrets.seal_offer(member.digest, &secret)?;
        Ok(Self::of(state, member, secret, sealed))
    }

    /// The secret of a form that was sent; a new one in place of one that no page of this session has shown.
    fn reopen(state: &AppState, member: &SignedIn, sealed: &str) -> Result<Self, AppError> {
        match state.authenticator_secrets.open_offer(member.digest, sealed) {
            Ok(secret) => Ok(Self::of(state, member, secret, sealed.to_owned())),
            Err(_not_ours) => Self::new(state, member),
        }
    }

    fn of(state: &AppState, member: &SignedIn, secret: AuthenticatorSecret, sealed: String) -> Self {
        let uri = secret.uri(&state.config.identity.name, &member.user.email);
        Self { sealed, key: secret.key(), qr: QrCode::new(&uri), uri, secret }
    }
}

/// Shows a new secret; a browser that comes from elsewhere gets the arrival page.
pub async fn show(
    state: web::Data<AppState>,
    arrival: Arrival,
    member: SignedIn,
) -> Result<HttpResponse, AppError> {
    if let Some(link) = arrival.detour() {
        let page = page::arrival(ActionKind::of::<AddAuthenticator>(), link);
        return state.view.page(StatusCode::OK, member.audience(), &page);
    }
    let offer = Offer::new(&state, &member)?;
    show_form(&state, StatusCode::OK, &member, offer, Fields::default(), None)
}

/// Begins to add the app.
pub async fn submit(
    state: web::Data<AppState>,
    client: Client,
    VerifiedForm { member, fields }: VerifiedForm<AuthenticatorForm>,
) -> Result<HttpResponse, AppError> {
    let AuthenticatorForm { name, code, secret } = fields;
    let offer = Offer::reopen(&state, &member, &secret)?;
    let digits: String = code.chars().filter(|c| !c.is_whitespace()).collect();
    let step = offer.secret.matching_step(&digits, state.clock.now());
    // One problem at a time: two would push the button down to where the confirm page has its final one.
    let refuse =
        |form, offer| show_form(&state, StatusCode::UNPROCESSABLE_ENTITY, &member, offer, form, None);
    let parsed = match FactorName::parse(&name).map_err(Message::of_factor_name) {
        Ok(parsed) => parsed,
        Err(problem) => {
            let name = Field::typed(&name).with_error(Some(problem));
            return refuse(Fields { name, code: Field::default() }, offer);
        }
    };
    let Some(step) = step else {
        let problem = if digits.is_empty() { Message::CodeEmpty } else { Message::CodeWrongNew };
        return refuse(Fields { name: Field::typed(&name), code: Field::refused(problem) }, offer);
    };
    if !super::find(&state, &member).await?.has_room_for_authenticator() {
        let notice = Some(Message::FactorsTooMany);
        let form = Fields { name: Field::typed(&name), code: Field::default() };
        return show_form(&state, StatusCode::UNPROCESSABLE_ENTITY, &member, offer, form, notice);
    }
    let name = parsed.as_str().to_owned();
    let id = offer.secret.id(member.user.id);
    let sealed_secret =
        URL_SAFE_NO_PAD.encode(state.authenticator_secrets.seal(member.user.id, &offer.secret)?);
    let action = AddAuthenticator { id, name, sealed_secret, step };
    Ok(see_other(&actions::begin(&state, &client, &member, action).await?))
}

fn show_form(
    state: &AppState,
    status: StatusCode,
    member: &SignedIn,
    offer: Offer,
    form: Fields,
    notice: Option<Message>,
) -> Result<HttpResponse, AppError> {
    let csrf_token = member.viewer.csrf_token.as_str();
    state.view.page(status, member.audience(), &AuthenticatorPage { csrf_token, notice, offer, form })
}
