//! Each threat of `src/security.rs`, tested over the wire.

mod aborted_requests;
mod client_address;
mod embedders;
mod error_statuses;
mod fail2ban;
mod fetch_metadata;
mod framing;
mod framing_attempts;
mod member_forms;
mod passkeys;
mod password_hashing;
mod queries;
mod raw_bytes;
mod reports;
mod request_body;
mod scripted_routes;
mod secret_keys;
mod session_cookie;
mod slow_clients;
mod throttle;
mod walls;
pub mod wire;
