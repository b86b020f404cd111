//! The only test binary. It runs the real server on its own port, sends requests over the wire and uses a
//! real database that is created for the run. Its modules mirror `src/`.

#![expect(unreachable_pub, reason = "a test binary exports nothing")]
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "clippy exempts only test functions, and a panic in the harness fails the test, too"
)]

mod harness;

mod actions;
mod api;
mod architecture;
mod bad_input;
mod branding;
mod browser;
mod commands;
mod db;
mod documents;
mod inbox;
mod journeys;
mod key_rotation;
mod mail;
mod metrics;
mod models;
mod page_weight;
mod pages;
mod payroll;
mod request_ids;
mod security;
mod static_files;
mod verify;
mod webhooks;
