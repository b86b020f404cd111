//! The buttons of a change of email address that waits for its link: `/settings/email/send-again` and
//! `/settings/email/cancel`. One click is enough for each: the confirm page has asked for the password, and
//! neither gives anything away.

use actix_web::{HttpResponse, web};
use serde::Deserialize;

use crate::actions::change_email::{self, PreparedMails};
use crate::actions::{ChangeEmail, SensitiveAction as _};
use crate::db;
use crate::domain::{EmailAddress, EventKind};
use crate::error::AppError;
use crate::extract::{Client, Done, Form, VerifiedForm};
use crate::locales::Message;
use crate::models::{email_change, security_event, throttle};
use crate::security::limits::Attempt;
use crate::security::throttle::Target;
use crate::state::AppState;
use crate::view::see_other;

/// A button: nothing but the token.
#[derive(Deserialize)]
pub struct WaitingForm {}

impl Form for WaitingForm {}

/// Mails a new link to the new address, unless it got a mail within the last hour. The former link ends.
pub async fn send_again(
    state: web::Data<AppState>,
    client: Client,
    VerifiedForm { member, .. }: VerifiedForm<WaitingForm>,
) -> Result<HttpResponse, AppError> {
    let (id, now) = (member.user.id, state.clock.now());
    let Some((to, until)) = super::find_waiting(&state, &member).await? else {
        return Ok(see_other(ChangeEmail::START));
    };
    let (from, to) = (member.email()?, EmailAddress::parse(&to)?);
    let prepared = PreparedMails::new(&state.letters.about(client.occasion(now, member.locale())), &to)?;
    let charges = state.throttle.charges_for(Attempt::EmailChangeMail, Target::Mailbox(&to));
    let change = ChangeEmail { from, to };
    let sent = db::transaction(&state.pool, "email_change_send_again", async |conn| {
        let still_waits = email_change::find_waiting(conn, id, now).await?;
        if still_waits.is_none_or(|(email, _)| email != change.to.as_str()) {
            return Ok(());
        }
        if !throttle::admit_in_txn(conn, &charges, now).await? {
            return Ok(());
        }
        change_email::request_in_txn(conn, id, &change, &prepared, until, now).await
    });
    sent.await?;
    Ok(see_other(&Done::new(Message::DoneEmailSentAgain).at(ChangeEmail::START)))
}

/// Cancels the change.
pub async fn cancel(
    state: web::Data<AppState>,
    client: Client,
    VerifiedForm { member, .. }: VerifiedForm<WaitingForm>,
) -> Result<HttpResponse, AppError> {
    let (id, now) = (member.user.id, state.clock.now());
    let event = client.event(id, EventKind::EmailChangeCancelled, now);
    let cancelled = db::idempotent_transaction(&state.pool, "email_change_cancel", async |conn| {
        if email_change::withdraw_open(conn, id, None, now).await? > 0 {
            security_event::create(conn, &event).await?;
        }
        Ok(())
    });
    cancelled.await?;
    log::info!("user {id} cancelled a change of email address");
    Ok(see_other(&Done::new(Message::DoneEmailChangeCancelled).at(ChangeEmail::START)))
}
