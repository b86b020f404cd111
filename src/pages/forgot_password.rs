//! `/forgot-password`: mails a link to the email address of an account. The response is the same for every address,
//! so it does not tell who has an account.

pub mod new_password;

use actix_web::http::{StatusCode, header};
use actix_web::{HttpResponse, web};
use serde::{Deserialize, Serialize};
use tokio::time::Instant;

use crate::db;
use crate::domain::{EmailAddress, EventKind, Locale, SecretToken, TokenDigest};
use crate::error::AppError;
use crate::extract::{Client, PublicForm};
use crate::locales::Message;
use crate::models::{outgoing_mail, password_reset, security_event, throttle};
use crate::security::limits::{Attempt, MAIL_RESPONSE_TIME};
use crate::security::throttle::{Admission, Target};
use crate::state::AppState;
use crate::view::{self, Audience, Field, Page, see_other};

/// The field that was typed.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct ForgotPasswordForm {
    email: String,
}

#[derive(Default, Serialize)]
struct ForgotPasswordPage {
    notice: Option<Message>,
    wait_minutes: u64,
    form: Fields,
}

#[derive(Default, Serialize)]
struct Fields {
    email: Field,
}

impl Page for ForgotPasswordPage {
    const TEMPLATE: &'static str = "pages/forgot_password.html";
}

/// The page that follows the form.
#[derive(Serialize)]
struct SentPage {}

impl Page for SentPage {
    const TEMPLATE: &'static str = "pages/forgot_password/sent.html";
}

/// Shows the form, to members too: they may have forgotten the password that confirm pages ask for.
pub async fn show(state: web::Data<AppState>, locale: Locale) -> Result<HttpResponse, AppError> {
    state.view.page(StatusCode::OK, Audience::Unknown(locale), &ForgotPasswordPage::default())
}

/// Mails a link, or for an address without an account, says so in the mail.
pub async fn submit(
    state: web::Data<AppState>,
    client: Client,
    PublicForm(form): PublicForm<ForgotPasswordForm>,
) -> Result<HttpResponse, AppError> {
    let (typed, audience) = (form.email, Audience::Unknown(client.locale));
    let parsed = EmailAddress::parse(&typed);
    let mut page = ForgotPasswordPage {
        notice: None,
        wait_minutes: 0,
        form: Fields { email: Field::typed(&typed).with_error(parsed.as_ref().err().copied()) },
    };
    let Ok(address) = parsed else {
        return state.view.page(StatusCode::UNPROCESSABLE_ENTITY, audience, &page);
    };
    let answer_at = Instant::now() + MAIL_RESPONSE_TIME;
    let (throttle, attempt) = (&state.throttle, Attempt::ForgotPassword);
    let charged = match throttle.admit(&state.pool, attempt, client.address, Target::None).await? {
        Admission::Admitted(charged) => charged,
        Admission::Wait(wait) => {
            page.notice = Some(Message::ForgotPasswordLimited);
            page.wait_minutes = view::minutes(wait);
            let mut response = state.view.page(StatusCode::TOO_MANY_REQUESTS, audience, &page)?;
            response.headers_mut().insert(header::RETRY_AFTER, wait.as_secs().into());
            return Ok(response);
        }
    };
    let begun = begin(&state, &client, &address, None).await;
    if begun.is_err() {
        throttle.give_back(&state.pool, &charged).await;
    }
    tokio::time::sleep_until(answer_at).await;
    begun?;
    Ok(see_other("/forgot-password/sent"))
}

/// Stores a link and queues its mail, unless the address has got too many mails that strangers can cause.
/// `renewed` is an expired link to replace: no stranger has it, so there is no limit.
async fn begin(
    state: &AppState,
    client: &Client,
    address: &EmailAddress,
    renewed: Option<TokenDigest>,
) -> Result<(), AppError> {
    let (token, now) = (SecretToken::generate()?, state.clock.now());
    let letters = state.letters.about(client.occasion(now, client.locale));
    let link = letters.in_each_language(|letters| letters.password_reset(address, &token))?;
    let link = |language: Option<&str>| Some(link.in_language(language)?.queued(now));
    let no_account = letters.no_account(address)?;
    // By the exact address: a request for `ada+x@` must not use up the links of `ada@`. Without an account there is no
    // owner to keep out, and the mailbox counts.
    let of_account = state.throttle.charges_for(Attempt::PasswordMail, Target::Member(address, None));
    let of_mailbox = state.throttle.charges_for(Attempt::NoAccountMail, Target::Mailbox(address));
    let begun = db::transaction(&state.pool, "password_reset_begin", async |conn| {
        let owner = password_reset::find_owner(conn, address.as_str()).await?;
        let charges = if owner.is_some() { &of_account } else { &of_mailbox };
        let admitted = match renewed {
            Some(expired) => password_reset::delete_unused(conn, expired).await?,
            None => throttle::admit_in_txn(conn, charges, now).await?,
        };
        if admitted {
            let language = owner.as_ref().and_then(|owner| owner.language.as_deref());
            let mail = if owner.is_some() { link(language) } else { Some(no_account.queued(now)) };
            let owner = owner.as_ref().map(|owner| owner.id);
            let event = client.event(owner.unwrap_or_default(), EventKind::PasswordResetRequested, now);
            // Without an account the same work is done.
            let event = if owner.is_some() { event } else { event.of_nobody() };
            security_event::create(conn, &event).await?;
            password_reset::create(conn, token.digest(), owner, address.as_str(), now).await?;
            if let Some(mail) = mail {
                outgoing_mail::create(conn, &mail).await?;
            }
        }
        Ok(())
    });
    Ok(begun.await?)
}

/// Says that a mail is on its way.
pub async fn sent(state: web::Data<AppState>, locale: Locale) -> Result<HttpResponse, AppError> {
    state.view.page(StatusCode::OK, Audience::Unknown(locale), &SentPage {})
}
