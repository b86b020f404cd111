//! The application under test and browsers that use it. Accounts are created through the public pages.

pub mod api_client;
pub mod app;
pub mod application;
pub mod authenticator;
pub mod browser;
pub mod confirmation;
pub mod database;
pub mod nginx;
mod operator;
pub mod payroll;
pub mod program;
pub mod proxy;
pub mod relay;
pub mod second_factor;
pub mod serving;
pub mod supervised;
pub mod wire;
pub mod wire_proxy;

pub use app::TestApp;
pub use application::Application;
pub use authenticator::SoftAuthenticator;
pub use browser::{Answer, Browser, NEW_PASSWORD, PASSWORD};
pub use nginx::Nginx;
pub use payroll::Payroll;
pub use proxy::Proxy;
pub use relay::Relay;
