//! CSV with a header, read record by record in a window of bounded size.
//!
//! This uses the parser of the `csv` crate without its buffers, which grow with the record: one quote that is not
//! closed would take the rest of the file into memory.

use std::io::{self, Read};

use csv_core::ReadRecordResult;

use super::columns::Column;
use super::user::RawUser;
use super::{Place, ReadProblem, Record, RowFault, Rows};

const MAX_RECORD_BYTES: usize = 64 * 1024;
const MAX_FIELDS: usize = 1024;
const CHUNK_BYTES: usize = 16 * 1024;

/// Reads the header and gives each row.
pub(super) fn read(source: &mut dyn Read, rows: &mut Rows<'_, '_>) -> Result<(), ReadProblem> {
    let mut records = Records::new(source);
    let header = match records.next()?.ok_or(ReadProblem::Empty)?.1 {
        Ok(count) => {
            (0..count).map(|index| String::from_utf8_lossy(records.field(index)).into_owned()).collect()
        }
        Err(fault) => return Err(ReadProblem::Header(fault)),
    };
    let header = Header::new(header, rows)?;
    while let Some((line, fields)) = records.next()? {
        let place = Place::Line(line);
        let row = fields.and_then(|count| header.record(&records, count, place));
        if rows.give(place, row).is_break() {
            break;
        }
    }
    Ok(())
}

/// The columns that have a meaning, with their index and name.
struct Header {
    columns: Vec<(usize, Column, String)>,
    width: usize,
}

impl Header {
    fn new(names: Vec<String>, rows: &mut Rows<'_, '_>) -> Result<Self, ReadProblem> {
        let mut header = Self { columns: Vec::new(), width: names.len() };
        let mut ignored = Vec::new();
        for (index, name) in names.into_iter().enumerate() {
            let Some(column) = Column::of(&name) else {
                ignored.push(name);
                continue;
            };
            if let Some((_, _, same)) = header.columns.iter().find(|(_, known, _)| *known == column) {
                return Err(ReadProblem::SameColumns(same.clone(), name));
            }
            header.columns.push((index, column, name));
        }
        if !header.columns.iter().any(|(_, column, _)| *column == Column::Email) {
            return Err(ReadProblem::NoEmailColumn);
        }
        ignored.iter().for_each(|name| rows.ignore(name));
        Ok(header)
    }

    fn record(&self, records: &Records<'_>, found: usize, place: Place) -> Result<Record, RowFault> {
        if found != self.width {
            return Err(RowFault::FieldCount { found, expected: self.width });
        }
        let mut user = RawUser::default();
        for (index, column, name) in &self.columns {
            let text =
                str::from_utf8(records.field(*index)).map_err(|_invalid| RowFault::NotUtf8(name.clone()))?;
            user.set(*column, name, text)?;
        }
        user.into_record(place)
    }
}

/// A record: its line, and the number of its fields.
type Fields = (usize, Result<usize, RowFault>);

struct Records<'a> {
    source: &'a mut dyn Read,
    ended: bool,
    parser: csv_core::Reader,
    /// Bytes of the file from the present record on, at most a record and a chunk.
    window: Vec<u8>,
    /// Where the present record begins in the window, and its line in the file.
    start: usize,
    line: usize,
    /// The fields of the present record one after the other, and where each ends.
    output: Vec<u8>,
    ends: Vec<usize>,
}

impl<'a> Records<'a> {
    fn new(source: &'a mut dyn Read) -> Self {
        Self {
            source,
            ended: false,
            parser: csv_core::Reader::new(),
            window: Vec::with_capacity(MAX_RECORD_BYTES + 2 * CHUNK_BYTES),
            start: 0,
            line: 1,
            output: vec![0; MAX_RECORD_BYTES],
            ends: vec![0; MAX_FIELDS],
        }
    }

    /// A field of the present record, unquoted.
    fn field(&self, index: usize) -> &[u8] {
        let end = |index: usize| self.ends.get(index).copied().unwrap_or(0);
        let start = index.checked_sub(1).map_or(0, end);
        self.output.get(start..end(index)).unwrap_or_default()
    }

    /// Reads the next record. Skips blank lines.
    fn next(&mut self) -> io::Result<Option<Fields>> {
        let (mut fed, mut out, mut fields) = (self.start, 0, 0);
        loop {
            if fed == self.window.len() && !self.ended {
                fed -= self.start;
                self.fill()?;
            }
            let rest = self.window.get(fed..).unwrap_or_default();
            let at_end = rest.is_empty();
            // At the end of the file a line break ends the last record, unless a quote is open.
            let input = if at_end { b"\n" } else { rest };
            let (result, read, written, ended) = self.parser.read_record(
                input,
                self.output.get_mut(out..).unwrap_or_default(),
                self.ends.get_mut(fields..).unwrap_or_default(),
            );
            fed += if at_end { 0 } else { read };
            out += written;
            fields += ended;
            let too_long = fed - self.start > MAX_RECORD_BYTES;
            match result {
                ReadRecordResult::Record if !too_long => {
                    self.advance_over_blank_lines();
                    let line = self.line;
                    self.advance(fed);
                    return Ok(Some((line, Ok(fields))));
                }
                ReadRecordResult::InputEmpty if self.is_blank(fed) => {
                    self.advance(fed);
                    if at_end {
                        return Ok(None);
                    }
                }
                ReadRecordResult::InputEmpty if !at_end && !too_long => {}
                ReadRecordResult::End => return Ok(None),
                ReadRecordResult::OutputEndsFull => return self.give_up(Some(RowFault::TooLong)).map(Some),
                _ => return self.give_up(None).map(Some),
            }
        }
    }

    /// Drops the first line of the present record and starts again after it: the lines that follow an open quote
    /// are records of their own.
    fn give_up(&mut self, known: Option<RowFault>) -> io::Result<Fields> {
        self.parser.reset();
        self.advance_over_blank_lines();
        let line = self.line;
        let line_end = |window: &[u8]| window.iter().position(|byte| *byte == b'\n').map(|index| index + 1);
        let rest = self.window.get(self.start..).unwrap_or_default();
        let end = line_end(rest);
        let is_short = (end.is_some() || self.ended) && end.unwrap_or(rest.len()) <= MAX_RECORD_BYTES;
        let fault = known.unwrap_or(if is_short { RowFault::UnclosedQuote } else { RowFault::TooLong });
        if let Some(end) = end {
            self.advance(self.start + end);
            return Ok((line, Err(fault)));
        }
        loop {
            self.advance(self.window.len());
            self.fill()?;
            let next = line_end(&self.window);
            if let Some(end) = next.or(self.ended.then_some(self.window.len())) {
                self.advance(end);
                return Ok((line, Err(fault)));
            }
        }
    }

    /// Reads a chunk. Drops the bytes before the present record first.
    fn fill(&mut self) -> io::Result<()> {
        self.window.drain(..self.start);
        self.start = 0;
        let chunk = u64::try_from(CHUNK_BYTES).unwrap_or(u64::MAX);
        self.ended = self.source.take(chunk).read_to_end(&mut self.window)? == 0;
        Ok(())
    }

    fn advance(&mut self, to: usize) {
        let passed = self.window.get(self.start..to).unwrap_or_default();
        self.line += passed.iter().filter(|byte| **byte == b'\n').count();
        self.start = to;
    }

    fn is_blank(&self, to: usize) -> bool {
        self.window.get(self.start..to).unwrap_or_default().iter().all(|byte| matches!(byte, b'\r' | b'\n'))
    }

    fn advance_over_blank_lines(&mut self) {
        let rest = self.window.get(self.start..).unwrap_or_default();
        let blank = rest.iter().take_while(|byte| matches!(byte, b'\r' | b'\n')).count();
        self.advance(self.start + blank);
    }
}
