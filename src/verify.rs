//! `unframed verify`: what a site sends, asked over the wire, and what a browser makes of it. `probe`
//! and `walk` decide what is asked, `wire` asks, `judge` reads the answers, `report` says it. Nothing
//! here changes the site that it looks at.

pub mod judge;
mod links;
mod markup;
pub mod probe;
pub mod report;
pub mod response;
pub mod walk;
pub mod wire;

pub use judge::{Finding, Severity};
pub use report::Report;
