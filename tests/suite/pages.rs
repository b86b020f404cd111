//! One file a page, as in `src/pages/`.

mod card;
mod reports;
mod error;
mod health;
mod home;
mod settings;
mod sign_in;
mod sign_out;
mod sign_up;
