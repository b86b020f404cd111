//! A text with its encodings undone, one after the other: percent-encoding, HTML's character references, the escapes
//! of JSON and JavaScript and, on request, quoted-printable. Each byte knows where it stands in the text.

use html5gum::{Token, Tokenizer};
use memchr::memmem;

/// The longest character reference; HTML's longest name has 31 letters.
const LONGEST_REFERENCE: usize = 33;
/// What stands where a text is cut.
pub(super) const CUT: &str = "…";

/// A text, decoded some times.
pub(super) struct DecodedText {
    bytes: Vec<u8>,
    /// The start and the end of each byte in the text.
    sources: Vec<(usize, usize)>,
}

impl DecodedText {
    /// The text itself.
    pub(super) fn of(text: &str) -> Self {
        let sources = (0..text.len()).map(|at| (at, at + 1)).collect();
        Self { bytes: text.as_bytes().to_vec(), sources }
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

    /// Whether it may be quoted-printable.
    pub(super) fn may_be_quoted(&self) -> bool {
        self.bytes.windows(3).any(|code| quoted(code).is_some())
    }

    /// The text decoded once more. `None`: nothing is left to decode. Quoted-printable is apart, because it reads the
    /// parameter `a=beef` as a code, too.
    pub(super) fn decoded(&self, with_quoted: bool) -> Option<Self> {
        let mut next = Self { bytes: Vec::new(), sources: Vec::new() };
        let mut at = 0;
        while let Some(rest) = self.bytes.get(at..).filter(|rest| !rest.is_empty()) {
            let (decoded, length) = code(rest, with_quoted).unwrap_or_default();
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
            [b'%' | b'\\', b'u', digits @ ..] => is_cut_utf16(digits),
            [b'\\'] => true,
            [b'%' | b'=', digits @ ..] | [b'\\', b'x', digits @ ..] => {
                digits.len() < 2 && digits.iter().all(u8::is_ascii_hexdigit)
            }
            [b'&', name @ ..] => name.iter().all(|byte| byte.is_ascii_alphanumeric() || *byte == b'#'),
            _ => false,
        })
    };
    let first = text.len().saturating_sub(LONGEST_REFERENCE);
    (first..text.len()).find(is_cut).and_then(|start| text.get(..start)).unwrap_or(text)
}

/// Whether these are some of the digits of a character in UTF-16, which may be a pair of codes.
fn is_cut_utf16(digits: &[u8]) -> bool {
    let most = if digits.first().is_some_and(|digit| digit.eq_ignore_ascii_case(&b'd')) { 10 } else { 4 };
    let is_part = |byte: &u8| byte.is_ascii_hexdigit() || b"\\%u".contains(byte);
    digits.len() < most && digits.iter().all(is_part)
}

/// What the code stands for with which a text begins, and its length.
fn code(text: &[u8], with_quoted: bool) -> Option<(Vec<u8>, usize)> {
    match text.first()? {
        b'%' => percent(text).or_else(|| utf16(text, b"%u")),
        b'&' => reference(text),
        b'\\' => escape(text),
        b'=' if with_quoted => quoted(text),
        _ => None,
    }
}

fn byte(high: u8, low: u8) -> Option<u8> {
    let digit = |byte: u8| char::from(byte).to_digit(16);
    u8::try_from(digit(high)? * 16 + digit(low)?).ok()
}

fn percent(text: &[u8]) -> Option<(Vec<u8>, usize)> {
    let [b'%', high, low, ..] = text else { return None };
    Some((vec![byte(*high, *low)?], 3))
}

fn quoted(text: &[u8]) -> Option<(Vec<u8>, usize)> {
    let [b'=', high, low, ..] = text else { return None };
    Some((vec![byte(*high, *low)?], 3))
}

/// An escape of JSON or JavaScript.
fn escape(text: &[u8]) -> Option<(Vec<u8>, usize)> {
    match text {
        [b'\\', plain @ (b'/' | b'"' | b'\'' | b'\\'), ..] => Some((vec![*plain], 2)),
        [b'\\', b'x', high, low, ..] => Some((char::from(byte(*high, *low)?).to_string().into_bytes(), 4)),
        _ => utf16(text, b"\\u"),
    }
}

/// A character whose UTF-16 is written in four digits after a prefix, or twice that.
fn utf16(text: &[u8], prefix: &[u8]) -> Option<(Vec<u8>, usize)> {
    let unit = |text: &[u8]| match text.strip_prefix(prefix)? {
        [a, b, c, d, ..] => Some(u16::from_be_bytes([byte(*a, *b)?, byte(*c, *d)?])),
        _ => None,
    };
    let length = prefix.len() + 4;
    let first = unit(text)?;
    let second = text.get(length..).and_then(unit);
    let pair = second.map(|second| [first, second]).and_then(|pair| String::from_utf16(&pair).ok());
    // Two codes that are no pair are two characters.
    match pair.filter(|pair| pair.chars().count() == 1) {
        Some(character) => Some((character.into_bytes(), 2 * length)),
        None => Some((String::from_utf16(&[first]).ok()?.into_bytes(), length)),
    }
}

/// The characters for which a character reference stands with which a text begins, and its length. As in HTML, it may
/// lack its semicolon. One that is cut stands for nothing.
fn reference(text: &[u8]) -> Option<(Vec<u8>, usize)> {
    let name = text.strip_prefix(b"&")?;
    if name.first().is_none_or(|byte| !byte.is_ascii_alphabetic() && *byte != b'#') {
        return None;
    }
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
