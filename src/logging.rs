//! The lines of the log: the id of the request that a line belongs to, and their form as text or JSON. One event is
//! one line, whatever it quotes.

pub mod line;
pub mod request_id;
