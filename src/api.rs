//! JSON for other programs, with the same models and the same security as the pages. `openapi` documents it; every
//! operation is annotated beside its handler. Its texts are English constants.

pub mod activity;
pub mod confirmations;
pub mod forward_auth;
pub mod jwks;
pub mod openapi;
pub mod sessions;
pub mod settings;
