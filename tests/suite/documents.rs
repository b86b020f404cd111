//! What people read: every command in the documents runs, every link leads somewhere, and the index lists every page.

mod clients;
mod commands;
mod links;
pub mod reading;
mod sandbox;
mod table;
