//! Files to import, as `csv` or `json`, line break, content: read at once or byte by byte, the rows are the same.
#![no_main]

use std::io::Read;
use std::ops::ControlFlow;

use libfuzzer_sys::fuzz_target;
use unframed::commands::admin::import::records::{Format, Row, read};
use unframed::domain::EmailAddress;

/// Gives one byte at each call, as a slow pipe may.
struct Slow<'a>(&'a [u8]);

impl Read for Slow<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let most = buffer.len().min(1);
        self.0.read(&mut buffer[..most])
    }
}

fn all(source: &mut dyn Read, format: Format) -> (Vec<Row>, String) {
    let mut rows = Vec::new();
    let summary = read(source, format, &mut |row| {
        rows.push(row);
        ControlFlow::Continue(())
    });
    if let Ok(summary) = &summary {
        assert_eq!(summary.records + summary.problems, rows.len());
    }
    (rows, format!("{summary:?}"))
}

fuzz_target!(|file: &[u8]| {
    let (format, content) = match (file.strip_prefix(b"csv\n"), file.strip_prefix(b"json\n")) {
        (Some(content), _) => (Format::Csv, content),
        (_, Some(content)) => (Format::Json, content),
        _ => return,
    };
    let at_once = all(&mut { content }, format);
    assert_eq!(at_once, all(&mut Slow(content), format));
    for row in &at_once.0 {
        match row {
            Ok(record) => assert_eq!(EmailAddress::parse(record.email.as_str()), Ok(record.email.clone())),
            Err(problem) => assert!(!problem.to_string().is_empty()),
        }
    }
});
