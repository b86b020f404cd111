//! Each threat of `src/security.rs`, tried over the wire.

mod csrf;
mod embedders;
mod error_statuses;
mod fetch_metadata;
mod framing;
mod framing_attempts;
mod password_hashing;
mod queries;
mod reports;
mod request_body;
mod session_cookie;
mod throttle;
mod wire;
