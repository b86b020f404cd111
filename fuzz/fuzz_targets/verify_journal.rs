//! The journal of `verify --urls`, and the reports in it: what is read is bounded and clean, and a journal that is cut
//! anywhere is read up to its last complete line.
#![no_main]

use libfuzzer_sys::fuzz_target;
use unframed::domain::invisible::is_invisible;
use unframed::verify::Report;
use unframed::verify::sites::journal::Contents;

fuzz_target!(|bytes: &[u8]| {
    if let Ok(contents) = Contents::read(bytes) {
        let complete = usize::try_from(contents.complete()).expect("a length");
        let whole = bytes.get(..complete).expect("a part of it");
        assert!(whole.is_empty() || whole.ends_with(b"\n"));
        assert_eq!(Contents::read(whole).ok(), Some(contents));
    }
    for line in bytes.split(|byte| *byte == b'\n') {
        let Ok(report) = serde_json::from_slice::<Report>(line) else { continue };
        let text = report.text();
        assert!(!text.contains(|c: char| c != '\n' && is_invisible(c)), "{text:?}");
        assert!(report.findings().count() <= 500 && report.incomplete().len() <= 100);
        let stored = serde_json::to_vec(&report).expect("JSON");
        assert_eq!(serde_json::from_slice::<Report>(&stored).expect("a report"), report);
    }
});
