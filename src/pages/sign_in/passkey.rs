//! `/sign-in/passkey`: signs in with a passkey alone, which is two factors: the device, and the user whom it verifies. The
//! passkey names the account. The page needs the script; `/sign-in` does not.

use actix_web::http::{StatusCode, header};
use actix_web::{HttpRequest, HttpResponse, web};
use serde::{Deserialize, Serialize};

use super::session_start::SessionStart;
use crate::actions::passkey_proof::{DiscoveredPasskey, PasskeyAnswer};
use crate::actions::sign_in_proof::SignInProof;
use crate::domain::{EmailAddress, LocalPath, Locale, SecretToken};
use crate::error::AppError;
use crate::extract::{Client, PublicForm, Visitor, query};
use crate::locales::Message;
use crate::state::AppState;
use crate::view::{self, Audience, Page, see_other};

/// The answer of the browser, the sealed state, and the path to continue to.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct PasskeySignInForm {
    passkey: String,
    ceremony: String,
    /// `yes` to stay signed in on this device.
    remember: String,
    next: String,
}

#[derive(Default, Serialize)]
struct PasskeySignInPage {
    notice: Option<Message>,
    wait_minutes: u64,
    /// The options for the browser; `None` where browsers offer no passkeys.
    options: Option<String>,
    ceremony: String,
    /// The days for which a device can stay signed in; zero without the choice.
    remember_days: u64,
    remember: bool,
    next: String,
    /// The query that goes on to the same page from `/sign-in`.
    next_query: String,
}

impl Page for PasskeySignInPage {
    const TEMPLATE: &'static str = "pages/sign_in/passkey.html";

    fn uses_script(&self) -> bool {
        self.options.is_some()
    }
}

/// Shows the button, also to members who sign in again.
pub async fn show(
    request: HttpRequest,
    state: web::Data<AppState>,
    locale: Locale,
    visitor: Visitor,
) -> Result<HttpResponse, AppError> {
    let next = query::once(request.query_string(), "next").and_then(|next| LocalPath::parse(&next));
    if let Visitor::Member(member) = &visitor {
        let path = next.as_ref().map_or("/settings", LocalPath::as_str);
        if member.is_recent(state.clock.now()) || !state.routes.asks_for_recent_sign_in(path) {
            return Ok(see_other(path));
        }
    }
    let (audience, remember) = match &visitor {
        Visitor::Member(member) => (member.audience(), member.session.remembered),
        _ => (Audience::Guest(locale), false),
    };
    let next = next.as_ref().map_or("", LocalPath::as_str).to_owned();
    let shown = PasskeySignInPage { next, remember, ..PasskeySignInPage::default() };
    page(&state, &request, StatusCode::OK, audience, shown)
}

/// Starts a session for the account that the passkey names.
pub async fn submit(
    request: HttpRequest,
    state: web::Data<AppState>,
    client: Client,
    PublicForm(form): PublicForm<PasskeySignInForm>,
) -> Result<HttpResponse, AppError> {
    let next = LocalPath::parse(&form.next);
    let path = next.as_ref().map_or("/settings", LocalPath::as_str);
    let again = |notice| PasskeySignInPage {
        notice: Some(notice),
        remember: form.remember == "yes",
        next: next.as_ref().map_or("", LocalPath::as_str).to_owned(),
        ..PasskeySignInPage::default()
    };
    let (refused, audience) = (StatusCode::UNPROCESSABLE_ENTITY, Audience::Guest(client.locale));
    if form.passkey.is_empty() {
        return page(&state, &request, refused, audience, again(Message::PasskeyNeedsScript));
    }
    // A form that another site got for itself, and now sends from this browser, is bound to another token.
    let Some(token) = state.sign_in_cookie.read(&request) else {
        return page(&state, &request, refused, audience, again(Message::PasskeyRefused));
    };
    let bound_to = token.digest();
    let answer =
        PasskeyAnswer { sealed: &form.ceremony, answer: &form.passkey, bound_to: bound_to.as_bytes() };
    let found = match answer.discover(&state, &client).await? {
        Ok(Some(found)) => found,
        Ok(None) => return page(&state, &request, refused, audience, again(Message::PasskeyRefused)),
        Err(wait) => {
            let limited = again(Message::SignInLimited);
            let limited = PasskeySignInPage { wait_minutes: view::minutes(wait), ..limited };
            let mut response = page(&state, &request, StatusCode::TOO_MANY_REQUESTS, audience, limited)?;
            response.headers_mut().insert(header::RETRY_AFTER, wait.as_secs().into());
            return Ok(response);
        }
    };
    let DiscoveredPasskey { account, passkey } = found;
    if account.disabled_at.is_some() {
        return page(&state, &request, StatusCode::FORBIDDEN, audience, again(Message::SignInDisabled));
    }
    let address = EmailAddress::parse(&account.email)?;
    let start = SessionStart {
        state: &state,
        client: &client,
        request: &request,
        account: &account,
        address: &address,
        remember: form.remember == "yes",
        path,
    };
    match start.run(SignInProof::Passkey(&passkey.into())).await? {
        Some(response) => Ok(response),
        None => page(&state, &request, refused, audience, again(Message::PasskeyRefused)),
    }
}

/// The page, whose ceremony is bound to the sign-in cookie of the browser: no session and no account are known yet.
fn page(
    state: &AppState,
    request: &HttpRequest,
    status: StatusCode,
    audience: Audience<'_>,
    page: PasskeySignInPage,
) -> Result<HttpResponse, AppError> {
    let (token, is_new) = match state.sign_in_cookie.read(request) {
        Some(token) => (token, false),
        None => (SecretToken::generate()?, true),
    };
    let started = match &state.passkeys {
        Some(passkeys) => Some(passkeys.start_discoverable_authentication(token.digest().as_bytes())?),
        None => None,
    };
    let (options, ceremony) = started.map(|started| (started.options, started.sealed)).unzip();
    let page = PasskeySignInPage {
        options,
        ceremony: ceremony.unwrap_or_default(),
        next_query: LocalPath::parse(&page.next).map_or_else(String::new, |next| next.query()),
        remember_days: state.config.session_remember.as_secs() / (24 * 3600),
        ..page
    };
    let mut response = state.view.page(status, audience, &page)?;
    if is_new {
        let cookie = state.sign_in_cookie.carry_until_closed(&token);
        response.add_cookie(&cookie).map_err(|error| AppError::Internal(error.to_string()))?;
    }
    Ok(response)
}
