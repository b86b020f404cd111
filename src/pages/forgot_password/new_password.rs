//! `/forgot-password/{token}`: gives an account a new password by the link that was mailed to it. Opening the link changes
//! nothing, because mail scanners open links; the form does. It signs nobody in: a new password alone is not
//! always enough for that.

use actix_web::http::{StatusCode, header};
use actix_web::{HttpResponse, web};
use serde::{Deserialize, Serialize};

use crate::actions::notices::{self, Notices};
use crate::db;
use crate::domain::{DisplayName, EmailAddress, EventKind, Locale, Password, SecretToken, TokenDigest};
use crate::error::AppError;
use crate::extract::{Client, Done, JustDone, PublicForm};
use crate::locales::Message;
use crate::models::password_reset::{self, PasswordReset, PasswordResetState};
use crate::models::security_event;
use crate::models::user::NewPassword;
use crate::security::limits::Attempt;
use crate::security::throttle::{Admission, Target};
use crate::state::AppState;
use crate::view::{self, Audience, Field, Page, see_other};

/// The password that was typed.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct NewPasswordForm {
    password: String,
    /// `yes` asks for a new link in place of an expired one.
    renew: String,
}

#[derive(Default, Serialize)]
struct NewPasswordPage<'a> {
    done: Option<Done>,
    state: &'static str,
    token: &'a str,
    email: &'a str,
    /// Whether the account has a second factor, so that a shorter password is enough.
    second_factor: bool,
    notice: Option<Message>,
    wait_minutes: u64,
    form: Fields,
}

#[derive(Default, Serialize)]
struct Fields {
    password: Field,
}

impl Page for NewPasswordPage<'_> {
    const TEMPLATE: &'static str = "pages/forgot_password/new_password.html";
}

/// Shows the form.
pub async fn show(
    state: web::Data<AppState>,
    locale: Locale,
    token: web::Path<String>,
    JustDone(done): JustDone,
) -> Result<HttpResponse, AppError> {
    match find(&state, digest(&token)?).await? {
        PasswordResetState::Open(reset) => {
            let page = NewPasswordPage { done, ..open(&token, &reset) };
            state.view.page(StatusCode::OK, Audience::Unknown(locale), &page)
        }
        over => refuse(&state, locale, &token, &over),
    }
}

/// Changes the password. An attempt is counted before anything is done for it.
pub async fn submit(
    state: web::Data<AppState>,
    client: Client,
    token: web::Path<String>,
    PublicForm(form): PublicForm<NewPasswordForm>,
) -> Result<HttpResponse, AppError> {
    let (digest, audience) = (digest(&token)?, Audience::Unknown(client.locale));
    let NewPasswordForm { password, renew } = form;
    let (throttle, attempt) = (&state.throttle, Attempt::ResetPassword);
    let admission = throttle.admit(&state.pool, attempt, client.address, Target::None).await?;
    let found = find(&state, digest).await;
    if let (Err(_), Admission::Admitted(charged)) = (&found, &admission) {
        throttle.give_back(&state.pool, charged).await;
    }
    let reset = match (found?, &admission) {
        (PasswordResetState::Open(reset), _) => reset,
        (PasswordResetState::Expired(email), Admission::Admitted(charged)) if renew == "yes" => {
            // Only the mailbox has the expired link, so this is no stranger's request: it does not count as a mail that
            // strangers can cause, and they cannot use it up. A link is renewed once.
            let begun = super::begin(&state, &client, &EmailAddress::parse(&email)?, Some(digest)).await;
            if begun.is_err() {
                throttle.give_back(&state.pool, charged).await;
            }
            begun?;
            return Ok(see_other("/forgot-password/sent"));
        }
        // The button was pressed twice: the first press has replaced the link.
        (PasswordResetState::NotFound, Admission::Admitted(_)) if renew == "yes" => {
            return Ok(see_other("/forgot-password/sent"));
        }
        (PasswordResetState::Expired(_), Admission::Wait(wait)) if renew == "yes" => {
            return Err(AppError::TooManyRequests(*wait));
        }
        (over, _) => return refuse(&state, client.locale, &token, &over),
    };
    let mut page = open(&token, &reset);
    let charged = match admission {
        Admission::Admitted(charged) => charged,
        Admission::Wait(wait) => {
            page.notice = Some(Message::ForgotPasswordLimited);
            page.wait_minutes = view::minutes(wait);
            let mut response = state.view.page(StatusCode::TOO_MANY_REQUESTS, audience, &page)?;
            response.headers_mut().insert(header::RETRY_AFTER, wait.as_secs().into());
            return Ok(response);
        }
    };
    let changed = change(&state, &client, digest, &reset, password).await;
    if changed.is_err() {
        throttle.give_back(&state.pool, &charged).await;
    }
    match changed? {
        Changed::Password => Ok(see_other(&Done::new(Message::DonePasswordChanged).at("/sign-in"))),
        Changed::NotWith(problem) => {
            page.form.password = Field::refused(problem);
            state.view.page(StatusCode::UNPROCESSABLE_ENTITY, audience, &page)
        }
        Changed::NotRun(over) => refuse(&state, client.locale, &token, &over),
    }
}

enum Changed {
    /// The account has the new password.
    Password,
    /// Nothing has changed, because of the password.
    NotWith(Message),
    /// Nothing has changed, because of the link.
    NotRun(PasswordResetState),
}

async fn change(
    state: &AppState,
    client: &Client,
    digest: TokenDigest,
    reset: &PasswordReset,
    typed: String,
) -> Result<Changed, AppError> {
    let email = EmailAddress::parse(&reset.email)?;
    let name = DisplayName::parse(&reset.display_name).ok();
    let (hashing, network) = (&state.hashing, client.address);
    let checked = hashing.check(network, reset.second_factor, typed, name, email.clone());
    let password: Password = match checked.await? {
        Ok(password) => password,
        Err(problem) => return Ok(Changed::NotWith(problem.into())),
    };
    let hash = hashing.hash(network, &password).await?;
    let (new, now) = (NewPassword { hash, is_short: password.is_short() }, state.clock.now());
    let (language, time_zone) = &reset.locale;
    let locale = client.locale.chosen(language.as_deref(), time_zone.as_deref());
    let letters = state.letters.about(client.occasion(now, locale));
    let former_addresses = notices::former_addresses(state, reset.user_id).await?;
    let notices = Notices::with_link(&letters, &email, &former_addresses, EventKind::PasswordReset, now)?;
    let event = client.event(reset.user_id, EventKind::PasswordReset, now);
    let finished = db::transaction(&state.pool, "password_reset_finish", async |conn| {
        let former_state = password_reset::finish_in_txn(conn, digest, &new, now).await?;
        if let PasswordResetState::Open(reset) = &former_state {
            notices.queue_in_txn(conn, reset.user_id, now).await?;
            security_event::create(conn, &event).await?;
        }
        Ok(former_state)
    });
    Ok(match finished.await? {
        PasswordResetState::Open(reset) => {
            log::info!("user {} has a new password by a mailed link", reset.user_id);
            Changed::Password
        }
        over => Changed::NotRun(over),
    })
}

fn open<'a>(token: &'a str, reset: &'a PasswordReset) -> NewPasswordPage<'a> {
    let PasswordReset { email, second_factor, .. } = reset;
    NewPasswordPage {
        state: "open",
        token,
        email,
        second_factor: *second_factor,
        ..NewPasswordPage::default()
    }
}

fn digest(token: &str) -> Result<TokenDigest, AppError> {
    SecretToken::decode(token).map(|token| token.digest()).ok_or(AppError::NotFound)
}

async fn find(state: &AppState, digest: TokenDigest) -> Result<PasswordResetState, AppError> {
    let now = state.clock.now();
    let found = db::statement(&state.pool, "password_reset_find", async |conn| {
        password_reset::find(conn, digest, now).await
    });
    Ok(found.await?)
}

/// The page of a link that changes nothing.
fn refuse(
    state: &AppState,
    locale: Locale,
    token: &str,
    over: &PasswordResetState,
) -> Result<HttpResponse, AppError> {
    let (status, why) = match over {
        PasswordResetState::Expired(_) => (StatusCode::GONE, "expired"),
        PasswordResetState::Used => (StatusCode::GONE, "used"),
        PasswordResetState::Withdrawn => (StatusCode::GONE, "withdrawn"),
        PasswordResetState::Open(_) | PasswordResetState::NotFound => (StatusCode::NOT_FOUND, "not_found"),
    };
    let page = NewPasswordPage { state: why, token, ..NewPasswordPage::default() };
    state.view.page(status, Audience::Unknown(locale), &page)
}
