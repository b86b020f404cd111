//! The schema. `unframed migrate` applies it, one process at a time; every other command only checks
//! it. The tree in `migrations/` holds what both databases understand, so it names neither.

mod cockroach;
mod lease;
mod migrator;
mod schema_state;
mod source;
pub mod statements;

pub use migrator::{MigrationProblem, Report, run};
pub use schema_state::{SchemaProblem, SchemaState, schema_state};
pub use source::all_versions;
