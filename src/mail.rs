//! Mails: what they say, the outbox that holds them, and the way they leave. Nothing here is called
//! inside a transaction but the queueing itself: a transaction may run twice, a mail must not.

pub mod letter;
pub mod outbox;
pub mod transport;

pub use letter::{Draft, Letters};
pub use transport::Transport;
