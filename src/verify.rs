//! `unframed verify`: asks a site over the wire and says what browsers do with its responses. `probe` and
//! `walk` decide what to ask, `wire` asks, `judge` judges the responses, `report` lists the findings. It
//! knows the URL table but no handler, and changes nothing on a site that it probes.

pub mod browser;
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
