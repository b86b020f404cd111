//! `/sign-up/{token}`: creates the account of an email address by the link that was mailed to it, and signs
//! in. Opening the link changes nothing, because mail scanners open links; the form does.

use actix_web::http::{StatusCode, header};
use actix_web::{HttpRequest, HttpResponse, web};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::config::SignUpPolicy;
use crate::db;
use crate::domain::{
    DisplayName, EmailAddress, EventKind, Language, Locale, Password, SecretToken, TokenDigest,
};
use crate::error::AppError;
use crate::extract::{Client, PublicForm};
use crate::locales::Message;
use crate::models::security_event;
use crate::models::session::NewSession;
use crate::models::sign_up::{self, SignUpResult, SignUpState};
use crate::models::user::NewUser;
use crate::security::limits::Attempt;
use crate::security::throttle::{Admission, Target};
use crate::state::AppState;
use crate::view::{self, Audience, Field, Page, see_other};

/// The fields that were typed.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct NewAccountForm {
    display_name: String,
    password: String,
    /// `yes` asks for a new link in place of an expired one.
    renew: String,
}

#[derive(Default, Serialize)]
struct NewAccountPage<'a> {
    state: &'static str,
    token: &'a str,
    email: &'a str,
    notice: Option<Message>,
    wait_minutes: u64,
    form: Fields,
}

#[derive(Default, Serialize)]
struct Fields {
    display_name: Field,
    password: Field,
}

impl Page for NewAccountPage<'_> {
    const TEMPLATE: &'static str = "pages/sign_up/new_account.html";
}

/// Shows the form.
pub async fn show(
    state: web::Data<AppState>,
    locale: Locale,
    token: web::Path<String>,
) -> Result<HttpResponse, AppError> {
    match find(&state, digest(&token)?).await? {
        SignUpState::Open(email) if state.config.identity.sign_up != SignUpPolicy::Closed => {
            let page =
                NewAccountPage { state: "open", token: &token, email: &email, ..NewAccountPage::default() };
            state.view.page(StatusCode::OK, Audience::Unknown(locale), &page)
        }
        over => refuse(&state, locale, &token, &over),
    }
}

/// Creates the account, or renews an expired link. An attempt is counted before anything is done for it.
pub async fn submit(
    request: HttpRequest,
    state: web::Data<AppState>,
    client: Client,
    token: web::Path<String>,
    PublicForm(form): PublicForm<NewAccountForm>,
) -> Result<HttpResponse, AppError> {
    let (digest, locale) = (digest(&token)?, client.locale);
    let NewAccountForm { display_name, password, renew } = form;
    let (throttle, policy) = (&state.throttle, state.config.identity.sign_up);
    let admission = throttle.admit(&state.pool, Attempt::NewAccount, client.address, Target::None).await?;
    let found = find(&state, digest).await;
    if let (Err(_), Admission::Admitted(charged)) = (&found, &admission) {
        throttle.give_back(&state.pool, charged).await;
    }
    let email = match (found?, &admission) {
        (SignUpState::Open(email), _) if policy != SignUpPolicy::Closed => EmailAddress::parse(&email)?,
        (SignUpState::Expired(email), Admission::Admitted(charged))
            if renew == "yes" && policy == SignUpPolicy::Open =>
        {
            // Only the mailbox has the expired link, so this is no stranger's request: it does not count as a mail
            // that strangers can cause, and they cannot use it up. A link is renewed once.
            let begun = super::begin(&state, &client, &EmailAddress::parse(&email)?, Some(digest)).await;
            if begun.is_err() {
                throttle.give_back(&state.pool, charged).await;
            }
            begun?;
            return Ok(see_other("/sign-up/sent"));
        }
        (over, _) => return refuse(&state, locale, &token, &over),
    };
    let name = DisplayName::parse(&display_name);
    let mut page = NewAccountPage {
        state: "open",
        token: &token,
        email: email.as_str(),
        notice: None,
        wait_minutes: 0,
        form: Fields {
            display_name: Field::typed(&display_name).with_error(name.as_ref().err().copied()),
            password: Field::default(),
        },
    };
    let charged = match admission {
        Admission::Admitted(charged) => charged,
        Admission::Wait(wait) => {
            page.notice = Some(Message::SignUpLimited);
            page.wait_minutes = view::minutes(wait);
            let mut response =
                state.view.page(StatusCode::TOO_MANY_REQUESTS, Audience::Unknown(locale), &page)?;
            response.headers_mut().insert(header::RETRY_AFTER, wait.as_secs().into());
            return Ok(response);
        }
    };
    let Ok(name) = name else {
        page.form.password = Field::refused(Message::NewPasswordAgain);
        return state.view.page(StatusCode::UNPROCESSABLE_ENTITY, Audience::Unknown(locale), &page);
    };
    let former = state.cookie.read(&request).map(|token| token.digest());
    let created = create(&state, &client, digest, former, &name, &email, password).await;
    if created.is_err() {
        throttle.give_back(&state.pool, &charged).await;
    }
    match created? {
        Created::Account { user_id, session } => {
            let mut response = see_other("/settings");
            let device = state.devices.carry(&request, user_id, state.clock.now())?;
            for cookie in [state.cookie.carry(&session, state.config.session_lifetime(false)), device] {
                response.add_cookie(&cookie).map_err(|error| AppError::Internal(error.to_string()))?;
            }
            Ok(response)
        }
        Created::NotWith(problem) => {
            page.form.password = Field::refused(problem);
            state.view.page(StatusCode::UNPROCESSABLE_ENTITY, Audience::Unknown(locale), &page)
        }
        Created::NotRun(over) => refuse(&state, locale, &token, &over),
    }
}

enum Created {
    /// The account, with the token of its first session.
    Account { user_id: Uuid, session: SecretToken },
    /// None, because of the password.
    NotWith(Message),
    /// None, because of the link.
    NotRun(SignUpState),
}

async fn create(
    state: &AppState,
    client: &Client,
    digest: TokenDigest,
    former: Option<TokenDigest>,
    name: &DisplayName,
    email: &EmailAddress,
    password: String,
) -> Result<Created, AppError> {
    let password: Password = match state
        .hashing
        .check(client.address, false, password, Some(name.clone()), email.clone())
        .await?
    {
        Ok(password) => password,
        Err(problem) => return Ok(Created::NotWith(problem.into())),
    };
    let hash = state.hashing.hash(client.address, &password).await?;
    let (token, now) = (SecretToken::generate()?, state.clock.now());
    let welcome = state.letters.about(client.occasion(now, client.locale)).welcome(email)?;
    let (id, session_digest) = (Uuid::new_v4(), token.digest());
    let client_address = client.address.to_string();
    let session = NewSession::starting(
        id,
        &session_digest,
        &client.user_agent,
        &client_address,
        now,
        state.config.session_lifetime(false),
    );
    let user = NewUser {
        id,
        email: email.as_str(),
        display_name: name.as_str(),
        password_hash: Some(&hash),
        language: client.language.map(Language::tag),
        created_at: now,
        updated_at: now,
    };
    let welcome = welcome.queued(now);
    let event = client.event(id, EventKind::AccountCreated, now);
    let finished = db::transaction(&state.pool, "sign_up_finish", async |conn| {
        let result = sign_up::finish_in_txn(conn, digest, &user, &session, former, &welcome).await?;
        if result == SignUpResult::Created {
            security_event::create(conn, &event).await?;
        }
        Ok(result)
    });
    Ok(match finished.await? {
        SignUpResult::Created => {
            log::info!("sign-up: user {id}");
            Created::Account { user_id: id, session: token }
        }
        SignUpResult::NotRun(over) => Created::NotRun(over),
    })
}

fn digest(token: &str) -> Result<TokenDigest, AppError> {
    SecretToken::decode(token).map(|token| token.digest()).ok_or(AppError::NotFound)
}

async fn find(state: &AppState, digest: TokenDigest) -> Result<SignUpState, AppError> {
    let now = state.clock.now();
    let found =
        db::statement(&state.pool, "sign_up_find", async |conn| sign_up::find(conn, digest, now).await);
    Ok(found.await?)
}

/// The page of a link that creates no account.
fn refuse(
    state: &AppState,
    locale: Locale,
    token: &str,
    over: &SignUpState,
) -> Result<HttpResponse, AppError> {
    let (status, why) = match over {
        SignUpState::Open(_) => (StatusCode::FORBIDDEN, "closed"),
        SignUpState::Expired(_) => (StatusCode::GONE, "expired"),
        SignUpState::Used => (StatusCode::GONE, "used"),
        SignUpState::Taken => (StatusCode::CONFLICT, "taken"),
        SignUpState::NotFound => (StatusCode::NOT_FOUND, "not_found"),
    };
    let page = NewAccountPage { state: why, token, ..NewAccountPage::default() };
    state.view.page(status, Audience::Unknown(locale), &page)
}
