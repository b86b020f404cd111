//! The evidence that each run prints, past the test harness that captures output.

use std::io::Write as _;

/// Prints lines of evidence.
pub fn tell(text: &str) {
    std::io::stdout().write_all(format!("\n{text}\n").as_bytes()).expect("printed");
}
