//! `/sign-in/passkey`: signs in with a passkey alone, which is two factors: the device, and the user whom it verifies. The
//! passkey names the account. The page needs the script; `/sign-in` does not.

use actix_web::http::{StatusCode, header};
use actix_web::{HttpRequest, HttpResponse, web};
use serde::{Deserialize, Serialize};

use super::session_start::SessionStart;
use crate::actions::factor_proof::{DiscoveredPasskey, Discovery};
use crate::actions::sign_in_proof::SignInProof;
use crate::domain::{EmailAddress, LocalPath, Locale};
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

/// What the seal of the ceremony is bound to: no session and no account are known yet.
const BOUND_TO: &[u8] = b"sign-in";

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
    page(
        &state,
        StatusCode::OK,
        audience,
        PasskeySignInPage { next, remember, ..PasskeySignInPage::default() },
    )
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
        return page(&state, refused, audience, again(Message::PasskeyNeedsScript));
    }
    let discovery = Discovery { sealed: &form.ceremony, answer: &form.passkey, bound_to: BOUND_TO };
    let found: DiscoveredPasskey = match discovery.check(&state, &client).await? {
        Ok(Some(found)) => found,
        Ok(None) => return page(&state, refused, audience, again(Message::PasskeyRefused)),
        Err(wait) => {
            let limited = again(Message::SignInLimited);
            let limited = PasskeySignInPage { wait_minutes: view::minutes(wait), ..limited };
            let mut response = page(&state, StatusCode::TOO_MANY_REQUESTS, audience, limited)?;
            response.headers_mut().insert(header::RETRY_AFTER, wait.as_secs().into());
            return Ok(response);
        }
    };
    let DiscoveredPasskey { account, email, factor } = &found;
    if account.disabled_at.is_some() {
        return page(&state, StatusCode::FORBIDDEN, audience, again(Message::SignInDisabled));
    }
    let address = EmailAddress::parse(email)?;
    let start = SessionStart {
        state: &state,
        client: &client,
        request: &request,
        account,
        address: &address,
        remember: form.remember == "yes",
        path,
    };
    match start.run(SignInProof::Passkey(factor)).await? {
        Some(response) => Ok(response),
        None => page(&state, refused, audience, again(Message::PasskeyRefused)),
    }
}

fn page(
    state: &AppState,
    status: StatusCode,
    audience: Audience<'_>,
    page: PasskeySignInPage,
) -> Result<HttpResponse, AppError> {
    let started = match &state.passkeys {
        Some(passkeys) => Some(passkeys.start_discoverable_authentication(BOUND_TO)?),
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
    state.view.page(status, audience, &page)
}
