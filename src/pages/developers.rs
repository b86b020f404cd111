//! Pages for people who write programs. They need no session.

pub mod api;
