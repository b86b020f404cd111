//! One file a noun, as in `src/models/`.

mod framing_attempt;
mod violation_report;
