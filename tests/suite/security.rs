//! What the security layers do, asked over the wire.

mod embedders;
mod framing_attempts;
mod reports;
//! Each threat of `src/security.rs`, tried over the wire.

mod csrf;
mod error_statuses;
mod fetch_metadata;
mod framing;
mod password_hashing;
mod queries;
mod session_cookie;
mod throttle;
mod wire;
