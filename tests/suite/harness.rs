//! Actors: an application, and people with browsers who use it. Accounts are made by walking the
//! public pages.

pub mod app;
pub mod browser;
mod container;
pub mod database;
pub mod relay;
pub mod wire;

pub use app::TestApp;
pub use browser::{Answer, Browser, PASSWORD};
pub use relay::Relay;
