//! The JSON for other programs, as in `src/api/`.

mod activity;
mod cors;
mod credentials;
mod forward_auth;
mod openapi;
mod sessions;
mod settings;
