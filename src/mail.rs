//! Mails: their text, the outbox that holds them, and the transport that sends them. A transaction may
//! only queue a mail: a transaction may run twice, but a mail must be sent once.

pub mod body;
pub mod layout;
pub mod letter;
pub mod outbox;
pub mod seal;
pub mod transport;

pub use letter::{Draft, Drafts, Letters, OccasionLetters};
pub use seal::MailSeal;
pub use transport::Transport;
