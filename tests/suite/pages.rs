//! A file for each page, as in `src/pages/`.

mod card;
mod confirm;
mod confirmations;
mod deletion_scheduled;
mod developers;
mod email_change;
mod error;
mod forgot_password;
mod health;
mod home;
mod reports;
mod settings;
mod sign_in;
mod sign_out;
mod sign_up;
mod start;
mod undo;
