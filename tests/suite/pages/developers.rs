//! Pages for people who write programs.

mod api;
