//! Tests of files larger than the memory that may be used for them. A reader writes them while they are read.

use std::cell::Cell;
use std::rc::Rc;
use std::time::Instant;

use super::*;

const PHC: &str =
    "$argon2id$v=19$m=1024,t=2,p=1$pCRtXiFq/ByW8M2sRekqJQ$LA8tSgXEJsXMSEu225WE2P/UasO0drKEoRNm1GKQmEs";

/// Writes `head`, so many rows, and `tail`. Counts the rows that have been written.
struct Generated<F> {
    row: F,
    rows: usize,
    tail: &'static str,
    written: Rc<Cell<usize>>,
    part: Vec<u8>,
    sent: usize,
}

impl<F: FnMut(usize) -> String> Read for Generated<F> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        if self.sent == self.part.len() {
            let number = self.written.get();
            self.written.set(number + 1);
            self.sent = 0;
            self.part = match number {
                number if number < self.rows => (self.row)(number).into_bytes(),
                number if number == self.rows => self.tail.into(),
                _ => return Ok(0),
            };
        }
        let read = (&self.part[self.sent..]).read(buffer)?;
        self.sent += read;
        Ok(read)
    }
}

fn csv_row(number: usize) -> String {
    let header = if number == 0 { "email,name,password\n" } else { "" };
    format!("{header}user{number}@example.com,User {number},\"{PHC}\"\n")
}

fn json_row(number: usize) -> String {
    let before = if number == 0 { '[' } else { ',' };
    format!(
        "{before}\n{{\"email\":\"user{number}@example.com\",\"name\":\"User {number}\",\"password\":\"{PHC}\"}}"
    )
}

/// Reads so many rows and returns how many rows the source was ahead of the caller at most.
fn read_generated(format: Format, row: fn(usize) -> String, rows: usize) -> usize {
    let written = Rc::new(Cell::new(0));
    let tail = if format == Format::Csv { "" } else { "]" };
    let mut source = Generated { row, rows, tail, written: Rc::clone(&written), part: Vec::new(), sent: 0 };
    let (mut given, mut ahead) = (0, 0);
    let start = Instant::now();
    let summary = read(&mut source, format, &mut |row: Row| {
        assert!(row.is_ok(), "{row:?}");
        given += 1;
        ahead = ahead.max(written.get() - given);
        ControlFlow::Continue(())
    });
    assert_eq!((summary.unwrap().records, given), (rows, rows));
    println!(
        "{format:?}: {:.0} rows a second",
        f64::from(u32::try_from(rows).unwrap()) / start.elapsed().as_secs_f64()
    );
    ahead
}

/// 600 rows of both formats are less than 128 KiB.
#[test]
fn the_reader_is_never_far_ahead_of_the_caller() {
    for (format, row) in [(Format::Csv, csv_row as fn(usize) -> String), (Format::Json, json_row)] {
        let ahead = read_generated(format, row, 8_000);
        assert!(ahead < 600, "{format:?}: {ahead} rows");
    }
}

#[test]
#[ignore = "a measurement: run it in release mode under `/usr/bin/time -v`"]
fn a_million_lines_of_csv() {
    read_generated(Format::Csv, csv_row, 1_000_000);
}

#[test]
#[ignore = "a measurement: run it in release mode under `/usr/bin/time -v`"]
fn a_million_elements_of_json() {
    read_generated(Format::Json, json_row, 1_000_000);
}
