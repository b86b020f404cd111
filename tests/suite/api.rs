//! The JSON for other programs, as in `src/api/`.

mod confirmations;
mod jwks;
mod settings;
