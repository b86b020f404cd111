//! `unframed verify`: asks a site over the wire and says what browsers do with its responses. `probe` and
//! `walk` decide what to ask, `session` says as whom, `wire` asks, `judge` judges the responses by the `rules`, `report`
//! lists and writes the findings. `baseline` sets known findings apart, and `sites` checks many sites. It knows the URL
//! table but no handler, and changes nothing on a site that it probes, except that `sign_in` sends the forms of a recipe.

pub mod baseline;
pub mod browser;
pub mod form;
pub mod judge;
mod links;
mod markup;
pub mod probe;
pub mod report;
pub mod response;
pub mod robots;
pub mod rules;
pub mod session;
pub mod set_cookie;
pub mod sign_in;
pub mod sites;
pub mod walk;
pub mod wire;

pub use judge::{Finding, Severity};
pub use report::Report;
pub use rules::Rule;
