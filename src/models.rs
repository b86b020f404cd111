//! All SQL, one file a noun. Functions take the connection first and answer in the product's words: a
//! refusal is an `Ok(enum)`, so that no error which asks for a retry is swallowed. Every function fails
//! as its queries fail. A function that must run inside a transaction ends in `_in_txn`. A transaction
//! that spans several nouns belongs to its action. No HTTP here.

pub mod access_token;
pub mod account;
pub mod application;
pub mod authenticator;
mod cached_sql;
pub mod confirmation;
pub mod data_export;
pub mod email_change;
pub mod framing_attempt;
pub mod idempotency_key;
pub mod outgoing_mail;
pub mod outgoing_webhook;
pub mod passkey;
pub mod password_reset;
pub mod pending_action;
pub mod pending_sign_in;
pub mod recovery_code;
pub mod second_factor;
pub mod security_event;
pub mod session;
pub mod sign_up;
pub mod signing_key;
pub mod throttle;
pub mod undo_link;
pub mod user;
pub mod violation_report;
