//! The one test binary: the real server on a port of its own, asked over the wire, on a real
//! database that is made for the run. It mirrors `src/`.

#![expect(unreachable_pub, reason = "a test binary exports nothing")]
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "clippy excepts test functions only: what the harness does not find, too, is a failed test"
)]

mod harness;

mod actions;
mod api;
mod architecture;
mod browser;
mod db;
mod journeys;
mod models;
mod pages;
mod security;
mod verify;
