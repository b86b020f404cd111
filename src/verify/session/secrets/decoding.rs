//! A text with its encodings undone, one after the other: percent-encoding and HTML's character references. Each byte
//! knows where it stands in the text.

use std::iter::successors;

use html5gum::{Token, Tokenizer};
use memchr::memmem;

/// How often a text is decoded. A text of 500 bytes cannot hold four characters that are encoded more often.
const MOST: usize = 60;
/// The longest character reference; HTML's longest name has 31 letters.
const LONGEST_REFERENCE: usize = 33;
/// What stands where a text is cut.
const CUT: &str = "…";

/// A text, decoded some times.
pub(super) struct DecodedText {
    bytes: Vec<u8>,
    /// The start and the end of each byte in the text.
    sources: Vec<(usize, usize)>,
}

impl DecodedText {
    /// The text itself, then decoded once, twice and so on, until nothing is left to decode.
    pub(super) fn levels(text: &str) -> impl Iterator<Item = Self> {
        let sources = (0..text.len()).map(|at| (at, at + 1)).collect();
        let itself = Self { bytes: text.as_bytes().to_vec(), sources };
        successors(Some(itself), Self::decoded).take(MOST)
    }

    pub(super) fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Where a part of it, which is not empty, stands in the text.
    pub(super) fn source(&self, start: usize, end: usize) -> Option<(usize, usize)> {
        Some((self.sources.get(start)?.0, self.sources.get(end.checked_sub(1)?)?.1))
    }

    /// Where the text is cut: an ellipsis that is not encoded.
    pub(super) fn cuts(&self) -> impl Iterator<Item = usize> {
        let plain = |at: &usize| {
            self.source(*at, at + CUT.len()).is_some_and(|(start, end)| end - start == CUT.len())
        };
        memmem::find_iter(&self.bytes, CUT).filter(plain)
    }

    fn decoded(&self) -> Option<Self> {
        let mut next = Self { bytes: Vec::new(), sources: Vec::new() };
        let mut at = 0;
        while let Some(rest) = self.bytes.get(at..).filter(|rest| !rest.is_empty()) {
            let (decoded, length) = percent(rest).or_else(|| reference(rest)).unwrap_or_default();
            let length = length.max(1);
            let source = self.source(at, at + length)?;
            let plain = rest.get(..1).filter(|_| decoded.is_empty()).unwrap_or_default();
            for byte in decoded.iter().chain(plain) {
                next.bytes.push(*byte);
                next.sources.push(source);
            }
            at += length;
        }
        (next.bytes != self.bytes).then_some(next)
    }
}

/// A text without the start of an encoded character at its end.
pub(super) fn without_cut_code(text: &[u8]) -> &[u8] {
    let is_cut = |start: &usize| {
        text.get(*start..).is_some_and(|code| match code {
            [b'%', digits @ ..] => digits.len() < 2 && digits.iter().all(u8::is_ascii_hexdigit),
            [b'&', name @ ..] => name.iter().all(|byte| byte.is_ascii_alphanumeric() || *byte == b'#'),
            _ => false,
        })
    };
    let first = text.len().saturating_sub(LONGEST_REFERENCE);
    (first..text.len()).find(is_cut).and_then(|start| text.get(..start)).unwrap_or(text)
}

/// The byte with which a text begins in percent-encoding, and the length of its code.
fn percent(text: &[u8]) -> Option<(Vec<u8>, usize)> {
    let [b'%', high, low, ..] = text else { return None };
    let digit = |byte: u8| char::from(byte).to_digit(16);
    let byte = u8::try_from(digit(*high)? * 16 + digit(*low)?).ok()?;
    Some((vec![byte], 3))
}

/// The characters for which a character reference stands with which a text begins, and its length. As in HTML, it may
/// lack its semicolon. One that is cut stands for nothing.
fn reference(text: &[u8]) -> Option<(Vec<u8>, usize)> {
    let name = text.strip_prefix(b"&")?;
    let is_part = |byte: &&u8| byte.is_ascii_alphanumeric() || **byte == b'#';
    let length = 1 + name.iter().take(LONGEST_REFERENCE).take_while(is_part).count();
    if text.get(length..)?.starts_with(CUT.as_bytes()) {
        return None;
    }
    let length = length + usize::from(text.get(length) == Some(&b';'));
    let written = text.get(..length)?;
    let tokens = Tokenizer::new(written).flat_map(|Ok(token)| match token {
        Token::String(text) => text.to_vec(),
        _ => Vec::new(),
    });
    let decoded: Vec<u8> = tokens.collect();
    (decoded != written).then_some((decoded, length))
}
