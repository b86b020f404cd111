//! What a run tells of itself, past the capture of the tests' output.

use std::io::Write as _;

/// Prints lines that belong to the evidence of each run.
pub fn tell(text: &str) {
    std::io::stdout().write_all(format!("\n{text}\n").as_bytes()).expect("printed");
}
