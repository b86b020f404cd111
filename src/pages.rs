//! The handlers, one file for each page: `show`, `submit`, and for collections `list` and `revoke`. A page
//! imports no other page, writes no SQL, and spells no header or cookie name.

pub mod card;
pub mod confirm;
pub mod confirmations;
pub mod deletion_scheduled;
pub mod developers;
pub mod email_change;
pub mod error;
pub mod forgot_password;
pub mod health;
pub mod home;
pub mod reports;
pub mod settings;
pub mod sign_in;
pub mod sign_out;
pub mod sign_up;
pub mod start;
pub mod undo;
