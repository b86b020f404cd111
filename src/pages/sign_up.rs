//! `/sign-up`: mails a link to an email address that wants an account. The response is the same for every
//! address, so it does not tell who has an account.

pub mod new_account;

use actix_web::http::{StatusCode, header};
use actix_web::{HttpResponse, web};
use serde::{Deserialize, Serialize};
use tokio::time::Instant;

use crate::config::SignUpPolicy;
use crate::db;
use crate::domain::{EmailAddress, Locale, SecretToken, TokenDigest};
use crate::error::AppError;
use crate::extract::{Client, PublicForm, Visitor};
use crate::locales::Message;
use crate::models::sign_up::{self, NewSignUp};
use crate::models::throttle;
use crate::security::limits::{Attempt, MAIL_RESPONSE_TIME};
use crate::security::throttle::{Admission, Target};
use crate::state::AppState;
use crate::view::{self, Audience, Field, Page, see_other};

/// The field that was typed.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct SignUpForm {
    email: String,
}

#[derive(Default, Serialize)]
struct SignUpPage {
    notice: Option<Message>,
    wait_minutes: u64,
    form: Fields,
}

#[derive(Default, Serialize)]
struct Fields {
    email: Field,
}

impl Page for SignUpPage {
    const TEMPLATE: &'static str = "pages/sign_up.html";
}

/// The page that follows the form.
#[derive(Default, Serialize)]
struct SentPage {}

impl Page for SentPage {
    const TEMPLATE: &'static str = "pages/sign_up/sent.html";
}

/// Shows the form.
pub async fn show(
    state: web::Data<AppState>,
    locale: Locale,
    visitor: Visitor,
) -> Result<HttpResponse, AppError> {
    match visitor {
        Visitor::Member(_) => Ok(see_other("/settings")),
        Visitor::Guest => state.view.page_without_data::<SignUpPage>(locale.language),
    }
}

/// Mails a link, or for an address that has an account, says so in the mail.
pub async fn submit(
    state: web::Data<AppState>,
    client: Client,
    PublicForm(form): PublicForm<SignUpForm>,
) -> Result<HttpResponse, AppError> {
    let (typed, locale) = (form.email, client.locale);
    if state.config.identity.sign_up != SignUpPolicy::Open {
        // The page says who may sign up.
        return state.view.page(StatusCode::FORBIDDEN, Audience::Guest(locale), &SignUpPage::default());
    }
    let parsed = match EmailAddress::parse(&typed) {
        Ok(address) if state.config.sign_up_domains.allow(&address) => Ok(address),
        Ok(_) => Err(Message::EmailDomain),
        Err(problem) => Err(problem.into()),
    };
    let mut page = SignUpPage {
        notice: None,
        wait_minutes: 0,
        form: Fields { email: Field::typed(&typed).with_error(parsed.as_ref().err().copied()) },
    };
    let Ok(address) = parsed else {
        return state.view.page(StatusCode::UNPROCESSABLE_ENTITY, Audience::Guest(locale), &page);
    };
    let answer_at = Instant::now() + MAIL_RESPONSE_TIME;
    let admission = state.throttle.admit(&state.pool, Attempt::SignUp, client.address, Target::None).await?;
    let charged = match admission {
        Admission::Admitted(charged) => charged,
        Admission::Wait(wait) => {
            page.notice = Some(Message::SignUpLimited);
            page.wait_minutes = view::minutes(wait);
            let mut response =
                state.view.page(StatusCode::TOO_MANY_REQUESTS, Audience::Guest(locale), &page)?;
            response.headers_mut().insert(header::RETRY_AFTER, wait.as_secs().into());
            return Ok(response);
        }
    };
    let begun = begin(&state, &client, &address, None).await;
    if begun.is_err() {
        state.throttle.give_back(&state.pool, &charged).await;
    }
    tokio::time::sleep_until(answer_at).await;
    begun?;
    Ok(see_other("/sign-up/sent"))
}

/// Stores a sign-up and queues its mail, unless the address has got too many mails that strangers can cause.
/// `renewed` is an expired link to replace: no stranger has it, so there is no limit.
async fn begin(
    state: &AppState,
    client: &Client,
    address: &EmailAddress,
    renewed: Option<TokenDigest>,
) -> Result<(), AppError> {
    let (token, now) = (SecretToken::generate()?, state.clock.now());
    let letters = state.letters.about(client.occasion(now, client.locale));
    let link = letters.sign_up(address, &token)?;
    let already_used = letters.in_each_language(|letters| letters.address_already_used(address))?;
    let digest = token.digest();
    let new = NewSignUp {
        token_digest: digest.as_bytes(),
        email: address.as_str(),
        created_at: now,
        expires_at: now + sign_up::LIFETIME,
        delete_at: now + sign_up::KEPT,
    };
    let link = link.queued(now);
    let already_used = |language: Option<&str>| Some(already_used.in_language(language)?.queued(now));
    let charges = state.throttle.charges_for(Attempt::SignUpMail, Target::Mailbox(address));
    let begun = db::transaction(&state.pool, "sign_up_begin", async |conn| {
        let admitted = match renewed {
            Some(_) => true,
            None => throttle::admit_in_txn(conn, &charges, now).await?,
        };
        if admitted {
            sign_up::begin_in_txn(conn, &new, &link, already_used, renewed).await?;
        }
        Ok(())
    });
    Ok(begun.await?)
}

/// Says that a mail is on its way.
pub async fn sent(state: web::Data<AppState>, locale: Locale) -> Result<HttpResponse, AppError> {
    state.view.page_without_data::<SentPage>(locale.language)
}
