//! Accounts as an operator lists and changes them. Each change is written together with its event. An account is found
//! inside the transaction, by the name that the operator typed.

pub mod import;

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use diesel::dsl::IsNotNull;
use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use uuid::Uuid;

use super::security_event::{self, NewSecurityEvent};
use super::user::{self, NewUser, UserCreation};
use super::{access_token, email_change, outgoing_mail, password_reset, pending_action, session, undo_link};
use crate::domain::{AccountName, EventKind, Locale, TokenDigest};
use crate::models::outgoing_mail::NewOutgoingMail;
use crate::schema::users;

/// An account, as an operator sees it.
#[derive(Clone, Debug, Queryable, Selectable)]
#[diesel(table_name = users, check_for_backend(diesel::pg::Pg))]
pub struct Account {
    /// The account.
    pub id: Uuid,
    /// Its email address.
    pub email: String,
    /// Its name.
    pub display_name: String,
    /// The time at which it was created.
    pub created_at: DateTime<Utc>,
    /// The time at which an operator disabled it.
    pub disabled_at: Option<DateTime<Utc>>,
    /// The time at which it will be deleted.
    pub delete_after: Option<DateTime<Utc>>,
    /// Whether a password opens it.
    #[diesel(select_expression = users::password_hash.is_not_null())]
    #[diesel(select_expression_type = IsNotNull<users::password_hash>)]
    pub has_password: bool,
    /// The language tag that its owner has chosen.
    pub language: Option<String>,
    /// The time zone (IANA) that its owner has chosen.
    pub time_zone: Option<String>,
    /// The time from which a sign-in needs a second factor.
    pub second_factor_since: Option<DateTime<Utc>>,
    /// The time from which all second factors are removed, at the request of an operator.
    pub factors_reset_after: Option<DateTime<Utc>>,
    /// Whether the password is too short for an account without a second factor.
    pub short_password: bool,
}

impl Account {
    /// The language and time zone of its mails.
    #[must_use]
    pub fn locale(&self) -> Locale {
        Locale::default().chosen(self.language.as_deref(), self.time_zone.as_deref())
    }
}

/// The accounts that a list holds: all, or those with each of these properties.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct AccountFilter {
    /// An operator disabled it.
    pub disabled: bool,
    /// It waits for its deletion.
    pub deleting: bool,
}

/// The result of a change by an operator.
#[derive(Clone, Debug)]
pub enum AccountChange {
    /// The account as it is now, and the number of live sessions that the change ended.
    Done(Account, usize),
    /// The account is already as the change would leave it.
    Unchanged(Account),
    /// The account is not as it was when the change was prepared.
    Outdated,
    /// There is no such account.
    NotFound,
}

/// The result of creating an account for someone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AccountCreation {
    /// It is stored.
    Created,
    /// Another account has the email address.
    Taken,
    /// An undo link of another account reserves the email address.
    Reserved,
}

/// Finds an account.
pub async fn find(conn: &mut AsyncPgConnection, name: &AccountName) -> QueryResult<Option<Account>> {
    let accounts = users::table.select(Account::as_select()).into_boxed();
    let named = match name {
        AccountName::Id(id) => accounts.filter(users::id.eq(*id)),
        AccountName::Email(email) => accounts.filter(users::email.eq(email.as_str())),
    };
    named.first(conn).await.optional()
}

/// Up to `limit` accounts in the order of their email addresses, those after the address `after`, each with the number
/// of its live sessions.
pub async fn list(
    conn: &mut AsyncPgConnection,
    after: Option<&str>,
    filter: AccountFilter,
    now: DateTime<Utc>,
    limit: i64,
) -> QueryResult<Vec<(Account, i64)>> {
    let mut accounts =
        users::table.order(users::email).limit(limit).select(Account::as_select()).into_boxed();
    if let Some(email) = after {
        accounts = accounts.filter(users::email.gt(email));
    }
    if filter.disabled {
        accounts = accounts.filter(users::disabled_at.is_not_null());
    }
    if filter.deleting {
        accounts = accounts.filter(users::delete_after.is_not_null());
    }
    let accounts: Vec<Account> = accounts.load(conn).await?;
    let ids: Vec<Uuid> = accounts.iter().map(|account| account.id).collect();
    let live: HashMap<Uuid, i64> = session::count_live_of_each(conn, &ids, now).await?.into_iter().collect();
    let counted = |account: Account| {
        let sessions = live.get(&account.id).copied().unwrap_or(0);
        (account, sessions)
    };
    Ok(accounts.into_iter().map(counted).collect())
}

/// Up to `limit` accounts whose wait for the removal of their second factors is over, longest first.
pub async fn find_factor_resets(
    conn: &mut AsyncPgConnection,
    now: DateTime<Utc>,
    limit: i64,
) -> QueryResult<Vec<Account>> {
    users::table
        .filter(users::factors_reset_after.is_not_null())
        .filter(users::factors_reset_after.le(now))
        .order(users::factors_reset_after)
        .select(Account::as_select())
        .limit(limit)
        .load(conn)
        .await
}

/// Creates an account without a password, stores the link with which its owner chooses one until `until`, and queues
/// the mail with it.
pub async fn create_in_txn(
    conn: &mut AsyncPgConnection,
    new: &NewUser<'_>,
    link: TokenDigest,
    until: DateTime<Utc>,
    mail: &NewOutgoingMail<'_>,
) -> QueryResult<AccountCreation> {
    let now = new.created_at;
    if undo_link::reserves(conn, new.email, new.id, now).await? {
        return Ok(AccountCreation::Reserved);
    }
    if user::create(conn, new).await? == UserCreation::EmailTaken {
        return Ok(AccountCreation::Taken);
    }
    password_reset::create_until(conn, link, Some(new.id), new.email, now, until).await?;
    outgoing_mail::create(conn, mail).await?;
    note(conn, new.id, EventKind::CreatedByOperator, now).await?;
    Ok(AccountCreation::Created)
}

/// Disables an account: its sessions end, what waits is withdrawn, and no sign-in succeeds. A sign-in that is under way
/// writes the same row, so it is refused, or its session is one of those that end.
pub async fn disable_in_txn(
    conn: &mut AsyncPgConnection,
    name: &AccountName,
    now: DateTime<Utc>,
) -> QueryResult<AccountChange> {
    let Some(account) = find(conn, name).await? else { return Ok(AccountChange::NotFound) };
    if account.disabled_at.is_some() {
        return Ok(AccountChange::Unchanged(account));
    }
    user::set_disabled_at(conn, account.id, Some(now), now).await?;
    let ended = sign_out_in_txn(conn, account.id, now).await?;
    note(conn, account.id, EventKind::DisabledByOperator, now).await?;
    Ok(AccountChange::Done(Account { disabled_at: Some(now), ..account }, ended))
}

/// Enables an account that was disabled.
pub async fn enable_in_txn(
    conn: &mut AsyncPgConnection,
    name: &AccountName,
    now: DateTime<Utc>,
) -> QueryResult<AccountChange> {
    let Some(account) = find(conn, name).await? else { return Ok(AccountChange::NotFound) };
    if account.disabled_at.is_none() {
        return Ok(AccountChange::Unchanged(account));
    }
    user::set_disabled_at(conn, account.id, None, now).await?;
    note(conn, account.id, EventKind::EnabledByOperator, now).await?;
    Ok(AccountChange::Done(Account { disabled_at: None, ..account }, 0))
}

/// Ends all sessions of an account and withdraws what waits.
pub async fn end_sessions_in_txn(
    conn: &mut AsyncPgConnection,
    name: &AccountName,
    now: DateTime<Utc>,
) -> QueryResult<AccountChange> {
    let Some(account) = find(conn, name).await? else { return Ok(AccountChange::NotFound) };
    let live = session::count_live(conn, account.id, now).await?;
    // Also without a live session: a change of email address may wait.
    let ended = sign_out_in_txn(conn, account.id, now).await?;
    if live == 0 {
        return Ok(AccountChange::Unchanged(account));
    }
    note(conn, account.id, EventKind::SessionsEndedByOperator, now).await?;
    Ok(AccountChange::Done(account, ended))
}

/// Stores a link to choose a new password and queues the mail with it, if the account still has the email address that
/// the mail was written to and is not disabled.
pub async fn send_reset_in_txn(
    conn: &mut AsyncPgConnection,
    prepared_for: &Account,
    link: TokenDigest,
    mail: &NewOutgoingMail<'_>,
    now: DateTime<Utc>,
) -> QueryResult<AccountChange> {
    let account = match find_again(conn, prepared_for).await? {
        Some(account) if account.disabled_at.is_none() => account,
        _ => return Ok(AccountChange::Outdated),
    };
    password_reset::create(conn, link, Some(account.id), &account.email, now).await?;
    outgoing_mail::create(conn, mail).await?;
    note(conn, account.id, EventKind::ResetSentByOperator, now).await?;
    Ok(AccountChange::Done(account, 0))
}

/// Deletes an account at once, with all rows that belong to it, and queues the mails about it, if the account still has
/// the email address that they were written to.
pub async fn delete_in_txn(
    conn: &mut AsyncPgConnection,
    prepared_for: &Account,
    mails: &[NewOutgoingMail<'_>],
    now: DateTime<Utc>,
) -> QueryResult<AccountChange> {
    let Some(account) = find_again(conn, prepared_for).await? else { return Ok(AccountChange::Outdated) };
    let ended = count_live(conn, account.id, now).await?;
    user::set_delete_after(conn, account.id, Some(now), now).await?;
    user::delete_due_in_txn(conn, account.id, now).await?;
    for mail in mails {
        outgoing_mail::create(conn, mail).await?;
    }
    Ok(AccountChange::Done(account, ended))
}

/// An account, if it still has the email address that it had when a change was prepared.
pub async fn find_again(
    conn: &mut AsyncPgConnection,
    prepared_for: &Account,
) -> QueryResult<Option<Account>> {
    let found = find(conn, &AccountName::Id(prepared_for.id)).await?;
    Ok(found.filter(|account| account.email == prepared_for.email))
}

/// Stores the event of an operator's change.
pub async fn note(
    conn: &mut AsyncPgConnection,
    id: Uuid,
    kind: EventKind,
    now: DateTime<Utc>,
) -> QueryResult<()> {
    security_event::create(conn, &NewSecurityEvent::by_operator(id, kind, now)).await
}

/// Ends all sessions, revokes all access tokens, forgets the known devices and withdraws all that waits: no confirm page and no link to a new email address works
/// afterwards. Returns the number of sessions that were live.
async fn sign_out_in_txn(conn: &mut AsyncPgConnection, id: Uuid, now: DateTime<Utc>) -> QueryResult<usize> {
    let live = count_live(conn, id, now).await?;
    session::revoke_all(conn, id).await?;
    access_token::revoke_all(conn, id).await?;
    user::forget_devices(conn, id, now).await?;
    pending_action::withdraw_all(conn, id, now).await?;
    email_change::withdraw_open(conn, id, None, now).await?;
    Ok(live)
}

async fn count_live(conn: &mut AsyncPgConnection, id: Uuid, now: DateTime<Utc>) -> QueryResult<usize> {
    Ok(usize::try_from(session::count_live(conn, id, now).await?).unwrap_or_default())
}
