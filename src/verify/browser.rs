//! `unframed verify --browser`: frames each page in a real browser and reports what could be seen and clicked.
//! `vectors` and `attacker` hold the ways into a frame, `driver` and `session` run the browser, `scene` looks at
//! one load, `judge` turns what it saw into findings, `check` goes through the pages. The project's own browser
//! tests use the same vectors, driver and pictures. It changes nothing on a site: each request is a GET, and
//! each click lands on an element that the check itself puts there.

pub mod attacker;
pub mod certificate;
mod check;
mod cookies;
pub mod driver;
mod frame;
pub mod input;
mod judge;
mod problem;
pub mod programs;
mod proof;
mod scene;
pub mod screenshot;
mod server;
pub mod session;
mod sites;
pub mod vectors;

pub use check::{BrowserCheck, Checked, LONGEST, PAGE_LIMIT, check};
pub use judge::BrowserFinding;
pub use problem::BrowserProblem;
pub use programs::{Browser, Programs};
