//! The JSON for other programs, as in `src/api/`.

mod activity;
mod confirmations;
mod cors;
mod credentials;
mod forward_auth;
mod jwks;
mod openapi;
mod sessions;
mod settings;
