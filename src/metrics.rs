//! The figures of this process for Prometheus, on a listener of their own. They are counted where things happen; this
//! room reads them, names them and serves them. `docs/METRICS.md` lists them.

mod listener;
mod page;
mod process;

pub use self::listener::serve;
pub use self::page::Figures;
