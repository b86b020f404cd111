//! JSON for other programs, with the same models and the same security as the pages.

pub mod confirmations;
pub mod jwks;
pub mod settings;
