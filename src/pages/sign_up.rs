//! `/sign-up`: creates an account and starts its first session.

use actix_web::http::{StatusCode, header};
use actix_web::{HttpResponse, web};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::db;
use crate::domain::password::PasswordProblem;
use crate::domain::{DisplayName, EmailAddress, Password, SecretToken};
use crate::error::AppError;
use crate::extract::{Client, Visitor};
use crate::locales::Message;
use crate::models::session::NewSession;
use crate::models::sign_up;
use crate::models::user::{NewUser, UserCreation};
use crate::security::throttle::{Admission, SIGN_UP_NETWORK};
use crate::state::AppState;
use crate::view::{Audience, Field, Page, see_other};

/// The fields that were typed.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct SignUpForm {
    display_name: String,
    email: String,
    password: String,
}

#[derive(Default, Serialize)]
struct SignUpPage {
    notice: Option<Message>,
    form: Fields,
}

#[derive(Default, Serialize)]
struct Fields {
    display_name: Field,
    email: Field,
    password: Field,
}

impl Page for SignUpPage {
    const TEMPLATE: &'static str = "pages/sign_up.html";
}

/// Shows the form.
pub async fn show(state: web::Data<AppState>, visitor: Visitor) -> Result<HttpResponse, AppError> {
    match visitor {
        Visitor::Member(_) => Ok(see_other("/settings")),
        Visitor::Guest => state.view.page(StatusCode::OK, Audience::Guest, &SignUpPage::default()),
    }
}

/// Creates the account. For an email address that already has an account the response is the same, with a
/// cookie that opens nothing, and the owner gets a mail.
pub async fn submit(
    state: web::Data<AppState>,
    client: Client,
    form: web::Form<SignUpForm>,
) -> Result<HttpResponse, AppError> {
    let SignUpForm { display_name, email, password } = form.into_inner();
    let (name, address) = (DisplayName::parse(&display_name), EmailAddress::parse(&email));
    let checked = check_password(&state, password, name.as_ref().ok(), address.as_ref().ok()).await?;
    let mut page = SignUpPage {
        notice: None,
        form: Fields {
            display_name: Field::typed(&display_name).with_error(name.as_ref().err().copied()),
            email: Field::typed(&email).with_error(address.as_ref().err().copied()),
            password: Field::default().with_error(checked.as_ref().err().copied()),
        },
    };
    let (Ok(name), Ok(address), Ok(password)) = (name, address, checked) else {
        return state.view.page(StatusCode::UNPROCESSABLE_ENTITY, Audience::Guest, &page);
    };
    if let Admission::Wait(wait) =
        state.throttle.admit(&state.pool, SIGN_UP_NETWORK, client.address, None).await?
    {
        log::warn!("sign-up refused: too many from one network");
        page.notice = Some(Message::SignUpLimited);
        let mut response = state.view.page(StatusCode::TOO_MANY_REQUESTS, Audience::Guest, &page)?;
        response.headers_mut().insert(header::RETRY_AFTER, wait.as_secs().into());
        return Ok(response);
    }
    let token = SecretToken::generate()?;
    let created = create(&state, &client, &name, &address, &password, &token).await?;
    log::info!("sign-up: {created:?}");
    let mut response = see_other("/settings");
    response
        .add_cookie(&state.cookie.carry(&token))
        .map_err(|error| AppError::Internal(error.to_string()))?;
    Ok(response)
}

async fn create(
    state: &AppState,
    client: &Client,
    name: &DisplayName,
    address: &EmailAddress,
    password: &Password,
    token: &SecretToken,
) -> Result<UserCreation, AppError> {
    let hash = state.hashing.hash(password).await?;
    let (welcome, already_used) =
        (state.letters.welcome(address)?, state.letters.address_already_used(address)?);
    let (now, id, digest, client_address) =
        (state.clock.now(), Uuid::new_v4(), token.digest(), client.address.to_string());
    let session = NewSession::starting(
        id,
        &digest,
        &client.user_agent,
        &client_address,
        now,
        state.config.session_idle,
        state.config.session_absolute,
    );
    let user = NewUser {
        id,
        email: address.as_str(),
        display_name: name.as_str(),
        password_hash: &hash,
        created_at: now,
        updated_at: now,
    };
    let (welcome, already_used) = (welcome.queued(now), already_used.queued(now));
    let created = db::transaction(&state.pool, "sign_up_create", async |conn| {
        sign_up::create_in_txn(conn, &user, &session, &welcome, &already_used).await
    });
    Ok(created.await?)
}

/// Checks a new password. It takes as much time as a hash, so it waits for its turn like one.
async fn check_password(
    state: &AppState,
    typed: String,
    name: Option<&DisplayName>,
    address: Option<&EmailAddress>,
) -> Result<Result<Password, PasswordProblem>, AppError> {
    let (name, address) = (name.cloned(), address.cloned());
    let check = move || Ok(Password::parse(&typed, name.as_ref(), address.as_ref()));
    Ok(state.hashing.in_turn(check).await?)
}
