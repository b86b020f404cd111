//! Actors: an application, and people with browsers who use it. Accounts are made by walking the
//! public pages.

pub mod app;
pub mod browser;
pub mod confirmation;
pub mod database;
pub mod program;
pub mod relay;
pub mod wire;
pub mod wire_proxy;

pub use app::TestApp;
pub use browser::{Answer, Browser, PASSWORD};
pub use relay::Relay;
