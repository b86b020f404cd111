//! The answers to requests with an `Idempotency-Key` (draft-ietf-httpapi-idempotency-key-header). A key and what the request
//! writes are stored in one transaction: both or neither. A repeated request that arrives meanwhile waits for the first one
//! and gets its answer.
//!
//! ```ignore
//! // In the body of the transaction:
//! if let Some(key) = &key
//!     && let Claim::Taken(former) = idempotency_key::claim_in_txn(conn, key, now).await?
//! {
//!     return Ok(Creation::Answered(former));
//! }
//! // Writes. After a refusal, which must not be kept: `idempotency_key::release_in_txn`.
//! if let Some(key) = &key {
//!     idempotency_key::keep_answer_in_txn(conn, key, &answer).await?;
//! }
//! Ok(Creation::Answered(Former::Answer(answer)))
//! ```

use chrono::{DateTime, TimeDelta, Utc};
use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use uuid::Uuid;

use crate::domain::TokenDigest;
use crate::schema::idempotency_keys;

/// The time for which a key stands for its request.
pub const LIFETIME: TimeDelta = TimeDelta::hours(24);

/// A key of a caller, and the request that it stands for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IdempotencyKey {
    /// The application or the access token. Each caller has keys of its own.
    pub caller_id: Uuid,
    /// The digest of the key.
    pub key: TokenDigest,
    /// The digest of the request.
    pub request: TokenDigest,
}

/// An answer that is given again.
#[derive(Clone, Debug, PartialEq, Eq, Queryable)]
pub struct KeptAnswer {
    /// Its status.
    pub status: i64,
    /// Its header `Location`.
    pub location: Option<String>,
    /// Its JSON.
    pub body: String,
}

/// What a key stands for already.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Former {
    /// The same request: give this answer again.
    Answer(KeptAnswer),
    /// Another request: refuse this one.
    OtherRequest,
}

/// The result of claiming a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Claim {
    /// The request is new: carry it out, and keep its answer in the same transaction.
    New,
    /// The key was used before.
    Taken(Former),
}

/// Claims a key for its request.
pub async fn claim_in_txn(
    conn: &mut AsyncPgConnection,
    key: &IdempotencyKey,
    now: DateTime<Utc>,
) -> QueryResult<Claim> {
    let IdempotencyKey { caller_id, key, request } = key;
    let row = || idempotency_keys::table.find((*caller_id, key.as_bytes()));
    diesel::delete(row().filter(idempotency_keys::expires_at.le(now))).execute(conn).await?;
    // A claim of another transaction that is not over makes this one wait, and then run again (40001).
    let claimed = diesel::insert_into(idempotency_keys::table)
        .values((
            idempotency_keys::caller_id.eq(caller_id),
            idempotency_keys::key_digest.eq(key.as_bytes()),
            idempotency_keys::request_digest.eq(request.as_bytes()),
            idempotency_keys::status.eq(0),
            idempotency_keys::body.eq(""),
            idempotency_keys::created_at.eq(now),
            idempotency_keys::expires_at.eq(now + LIFETIME),
        ))
        .on_conflict_do_nothing()
        .execute(conn)
        .await?;
    if claimed == 1 {
        return Ok(Claim::New);
    }
    let columns = (
        idempotency_keys::request_digest,
        (idempotency_keys::status, idempotency_keys::location, idempotency_keys::body),
    );
    let (digest, answer): (Vec<u8>, KeptAnswer) = row().select(columns).first(conn).await?;
    let same = digest == request.as_bytes();
    Ok(Claim::Taken(if same { Former::Answer(answer) } else { Former::OtherRequest }))
}

/// Keeps the answer to the request of a claimed key.
pub async fn keep_answer_in_txn(
    conn: &mut AsyncPgConnection,
    key: &IdempotencyKey,
    answer: &KeptAnswer,
) -> QueryResult<()> {
    diesel::update(idempotency_keys::table.find((key.caller_id, key.key.as_bytes())))
        .set((
            idempotency_keys::status.eq(answer.status),
            idempotency_keys::location.eq(&answer.location),
            idempotency_keys::body.eq(&answer.body),
        ))
        .execute(conn)
        .await
        .map(|_| ())
}

/// Gives a claimed key back: its request was refused, and wrote nothing.
pub async fn release_in_txn(conn: &mut AsyncPgConnection, key: &IdempotencyKey) -> QueryResult<()> {
    diesel::delete(idempotency_keys::table.find((key.caller_id, key.key.as_bytes())))
        .execute(conn)
        .await
        .map(|_| ())
}
