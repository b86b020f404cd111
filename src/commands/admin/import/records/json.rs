//! JSON: an array, one object a line, or a document of Keycloak. Objects are read one by one.

mod object;

use std::cell::Cell;
use std::collections::BTreeMap;
use std::fmt;
use std::io::{self, BufRead, BufReader, Cursor, Read};

use serde::de::{DeserializeSeed, Deserializer, Error as _, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

use super::{Place, ReadProblem, RowFault, Rows};

const MAX_LINE_BYTES: usize = 64 * 1024;
const MAX_ELEMENT_BYTES: usize = 256 * 1024;
const USERS: &[u8] = b"\"users\"";

/// Finds out the shape of the document and gives each object.
pub(super) fn read(source: &mut dyn Read, rows: &mut Rows<'_, '_>) -> Result<(), ReadProblem> {
    let mut source = BufReader::with_capacity(MAX_LINE_BYTES, source);
    let (mut line, mut number) = (Vec::new(), 0);
    loop {
        number += 1;
        line.clear();
        if read_line(&mut source, &mut line)? == 0 {
            return Err(ReadProblem::Empty);
        }
        if !line.trim_ascii().is_empty() {
            break;
        }
        // Only a whole line counts.
        number -= usize::from(!line.ends_with(b"\n"));
    }
    let is_document = match line.trim_ascii_start().first() {
        Some(b'[') => true,
        Some(b'{') => match serde_json::from_slice::<BTreeMap<String, IgnoredAny>>(&line) {
            Ok(fields) => fields.contains_key("users"),
            // The rest of the document may be on further lines.
            Err(error) => error.is_eof() || line.windows(USERS.len()).any(|text| text == USERS),
        },
        _ => return Err(ReadProblem::NotJson),
    };
    if !is_document {
        return read_lines(source, line, number, rows);
    }
    let before = number - 1;
    let allowance = Allowance::default();
    let metered = Metered { source: Cursor::new(line).chain(source), allowance: &allowance };
    let mut document = Document { rows, allowance: &allowance, elements: 0, found: false, stopped: false };
    let mut deserializer = serde_json::Deserializer::from_reader(metered);
    let result = document.deserialize(&mut deserializer).and_then(|()| deserializer.end());
    let (elements, found, stopped) = (document.elements, document.found, document.stopped);
    match result {
        _ if stopped => Ok(()),
        Ok(()) if found => Ok(()),
        Ok(()) => Err(ReadProblem::NoUsers),
        Err(_) if allowance.is_used_up() => Err(ReadProblem::LongElement(elements + 1)),
        Err(error) if error.is_io() => Err(ReadProblem::Io(error.into())),
        Err(error) => {
            Err(ReadProblem::Json { line: before + error.line(), column: error.column(), elements })
        }
    }
}

/// Reads a line or the first part of one that is too long. Returns its length.
fn read_line(source: &mut dyn BufRead, line: &mut Vec<u8>) -> io::Result<usize> {
    let most = u64::try_from(MAX_LINE_BYTES + 1).unwrap_or(u64::MAX);
    source.take(most).read_until(b'\n', line)
}

/// One object a line.
fn read_lines(
    mut source: BufReader<&mut dyn Read>,
    mut line: Vec<u8>,
    mut number: usize,
    rows: &mut Rows<'_, '_>,
) -> Result<(), ReadProblem> {
    while !line.is_empty() {
        let place = Place::Line(number);
        let is_whole = line.ends_with(b"\n");
        let flow = if line.len() > MAX_LINE_BYTES {
            if !is_whole {
                source.skip_until(b'\n')?;
            }
            rows.give(place, Err(RowFault::TooLong))
        } else if line.trim_ascii().is_empty() {
            std::ops::ControlFlow::Continue(())
        } else {
            match serde_json::from_slice::<&RawValue>(line.trim_ascii_end()) {
                Ok(object) => object::give(object, place, rows),
                Err(error) => rows.give(place, Err(RowFault::Syntax { column: error.column() })),
            }
        };
        if flow.is_break() {
            break;
        }
        number += 1;
        line.clear();
        read_line(&mut source, &mut line)?;
    }
    Ok(())
}

/// How many bytes may be read until the next reset.
#[derive(Default)]
struct Allowance(Cell<usize>);

impl Allowance {
    fn reset(&self, bytes: usize) {
        self.0.set(bytes);
    }

    fn is_used_up(&self) -> bool {
        self.0.get() == 0
    }
}

/// Fails when the allowance is used up: a text without end would take all the memory otherwise.
struct Metered<'a, R> {
    source: R,
    allowance: &'a Allowance,
}

impl<R: Read> Read for Metered<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let left = self.allowance.0.get();
        if left == 0 {
            return Err(io::Error::other("an element is too long"));
        }
        let most = buffer.len().min(left);
        let read = self.source.read(buffer.get_mut(..most).unwrap_or_default())?;
        self.allowance.0.set(left - read);
        Ok(read)
    }
}

/// The whole document: an array, or an object with an array `users`.
struct Document<'a, 'b, 'c> {
    rows: &'a mut Rows<'b, 'c>,
    allowance: &'a Allowance,
    elements: usize,
    found: bool,
    stopped: bool,
}

impl<'de> DeserializeSeed<'de> for &mut Document<'_, '_, '_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        self.allowance.reset(MAX_ELEMENT_BYTES);
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for &mut Document<'_, '_, '_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an array of users")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut elements: A) -> Result<(), A::Error> {
        self.found = true;
        while let Some(element) = elements.next_element::<Box<RawValue>>()? {
            self.elements += 1;
            self.allowance.reset(MAX_ELEMENT_BYTES);
            if object::give(&element, Place::Element(self.elements), self.rows).is_break() {
                self.stopped = true;
                return Err(A::Error::custom("stopped"));
            }
        }
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut fields: A) -> Result<(), A::Error> {
        while let Some(key) = fields.next_key::<String>()? {
            if key == "users" {
                fields.next_value_seed(Users(self))?;
            } else {
                // Skipped without a copy.
                self.allowance.reset(usize::MAX);
                fields.next_value::<IgnoredAny>()?;
            }
            self.allowance.reset(MAX_ELEMENT_BYTES);
        }
        Ok(())
    }
}

/// The array `users` of a document.
struct Users<'d, 'a, 'b, 'c>(&'d mut Document<'a, 'b, 'c>);

impl<'de> DeserializeSeed<'de> for Users<'_, '_, '_, '_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_seq(self.0)
    }
}
