//! `/sign-in`: starts a session for an email address and its password.

use actix_web::http::{StatusCode, header};
use actix_web::{HttpRequest, HttpResponse, web};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::db;
use crate::domain::{EmailAddress, LocalPath, Locale, SecretToken};
use crate::error::AppError;
use crate::extract::{Client, Done, JustDone, Visitor, query};
use crate::locales::Message;
use crate::models::session::{self, NewSession, SignInResult};
use crate::models::user::{self, Credentials};
use crate::security::limits::Attempt;
use crate::security::password_hashing::{Comparison, Work};
use crate::security::throttle::{Admission, Target};
use crate::state::AppState;
use crate::view::{Audience, Field, Page, see_other};

/// The fields that were typed, and the path to continue to.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct SignInForm {
    email: String,
    password: String,
    next: String,
}

#[derive(Default, Serialize)]
struct SignInPage {
    done: Option<Done>,
    notice: Option<Message>,
    reason: Option<Message>,
    form: Fields,
}

#[derive(Default, Serialize)]
struct Fields {
    email: Field,
    password: Field,
    next: Field,
}

impl Page for SignInPage {
    const TEMPLATE: &'static str = "pages/sign_in.html";
}

/// Shows the form.
pub async fn show(
    request: HttpRequest,
    state: web::Data<AppState>,
    locale: Locale,
    visitor: Visitor,
    JustDone(done): JustDone,
) -> Result<HttpResponse, AppError> {
    let next = query::once(request.query_string(), "next").and_then(|next| LocalPath::parse(&next));
    if let Visitor::Member(_) = visitor {
        return Ok(see_other(next.as_ref().map_or("/settings", LocalPath::as_str)));
    }
    let page = SignInPage {
        done,
        reason: next.as_ref().map(|_| Message::SignInFirst),
        form: Fields { next: Field::typed(next.as_ref().map_or("", LocalPath::as_str)), ..Fields::default() },
        ..SignInPage::default()
    };
    state.view.page(StatusCode::OK, Audience::Guest(locale), &page)
}

/// Starts a session. A wrong password and an email address without an account look and cost the same.
pub async fn submit(
    request: HttpRequest,
    state: web::Data<AppState>,
    client: Client,
    form: web::Form<SignInForm>,
) -> Result<HttpResponse, AppError> {
    let locale = client.locale;
    let SignInForm { email, password, next } = form.into_inner();
    let next = LocalPath::parse(&next);
    let address = EmailAddress::parse(&email);
    let mut page = SignInPage {
        form: Fields {
            email: Field::typed(&email).with_error(address.as_ref().err().copied()),
            password: Field::default().with_error(password.is_empty().then_some(Message::PasswordEmpty)),
            next: Field::typed(next.as_ref().map_or("", LocalPath::as_str)),
        },
        ..SignInPage::default()
    };
    let (Ok(address), false) = (address, password.is_empty()) else {
        return state.view.page(StatusCode::UNPROCESSABLE_ENTITY, Audience::Guest(locale), &page);
    };
    let found = db::statement(&state.pool, "user_find_by_email", async |conn| {
        user::find_by_email(conn, &address).await
    })
    .await?;
    let id = found.as_ref().map(|found| found.id);
    let target = Target::Member(&address, id);
    let charged = match state.throttle.admit(&state.pool, Attempt::SignIn, client.address, target).await? {
        Admission::Admitted(charged) => charged,
        Admission::Wait(wait) => {
            page.notice = Some(Message::SignInLimited);
            let mut response =
                state.view.page(StatusCode::TOO_MANY_REQUESTS, Audience::Guest(locale), &page)?;
            response.headers_mut().insert(header::RETRY_AFTER, wait.as_secs().into());
            return Ok(response);
        }
    };
    let signed_in = sign_in(&state, &client, &request, found, &password).await;
    // A right password costs no attempt, and neither does one that we could not compare.
    if !matches!(signed_in, Ok(None)) {
        state.throttle.give_back(&state.pool, &charged).await;
    }
    let Some((id, token)) = signed_in? else {
        let target = id.map_or_else(
            || format!("address {}", state.throttle.digest(&address)),
            |id| format!("user {id}"),
        );
        // deploy/fail2ban reads this line.
        log::warn!("sign-in failed: {target} from {}", client.address);
        page.notice = Some(Message::SignInWrong);
        return state.view.page(StatusCode::UNPROCESSABLE_ENTITY, Audience::Guest(locale), &page);
    };
    log::info!("sign-in: user {id}");
    let mut response = see_other(next.as_ref().map_or("/settings", LocalPath::as_str));
    response
        .add_cookie(&state.cookie.carry(&token))
        .map_err(|error| AppError::Internal(error.to_string()))?;
    Ok(response)
}

/// Compares the password and starts a session, unless the password is wrong, there is no account, or the
/// password was changed meanwhile.
async fn sign_in(
    state: &AppState,
    client: &Client,
    request: &HttpRequest,
    found: Option<Credentials>,
    typed: &str,
) -> Result<Option<(Uuid, SecretToken)>, AppError> {
    let stored = found.as_ref().map(|credentials| credentials.password_hash.clone());
    let compared = state.hashing.compare(Work::SignIn, client.address, typed, stored).await?;
    let (Comparison::Right { renewed }, Some(credentials)) = (compared, found) else { return Ok(None) };
    let token = SecretToken::generate()?;
    let started = start(state, client, request, &credentials, renewed.as_deref(), &token).await?;
    Ok((started != SignInResult::CredentialsChanged).then_some((credentials.id, token)))
}

async fn start(
    state: &AppState,
    client: &Client,
    request: &HttpRequest,
    credentials: &Credentials,
    renewed: Option<&str>,
    token: &SecretToken,
) -> Result<SignInResult, AppError> {
    let (now, digest, client_address) = (state.clock.now(), token.digest(), client.address.to_string());
    let new = NewSession::starting(
        credentials.id,
        &digest,
        &client.user_agent,
        &client_address,
        now,
        state.config.session_idle,
        state.config.session_absolute,
    );
    let former = state.cookie.read(request).map(|token| token.digest());
    let started = db::transaction(&state.pool, "session_sign_in", async |conn| {
        session::sign_in_in_txn(conn, &new, credentials, renewed, former).await
    });
    Ok(started.await?)
}
