//! unframed: the account page you can leave open in a hostile web. One binary and one CockroachDB
//! give a team's users plain HTML pages for their account, none of which can be clickjacked.
//! `docs/ARCHITECTURE.md` is the map; `security.rs` lists each threat and the file that answers it.

pub mod actions;
pub mod api;
pub mod app;
pub mod assets;
pub mod clock;
pub mod commands;
pub mod config;
pub mod db;
pub mod deletion;
pub mod domain;
pub mod error;
pub mod expiry;
pub mod extract;
pub mod factor_reset;
pub mod inbox;
pub mod key_rotation;
pub mod locales;
pub mod logging;
pub mod mail;
pub mod metrics;
pub mod models;
pub mod pages;
pub mod private_files;
pub mod route_map;
pub mod routes;
#[expect(missing_docs, reason = "generated")]
pub mod schema;
pub mod security;
pub mod state;
pub mod static_files;
pub mod tallies;
pub mod verify;
pub mod view;
pub mod webhooks;
