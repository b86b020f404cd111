//! Texts for the property tests of parsers: what users type, and whatever else a request can hold.

use proptest::prelude::*;
use proptest::sample::select;

/// Characters that mean something to a parser, look like nothing, or change under normalization.
const ODD: &[char] = &[
    '\0',
    '\t',
    '\n',
    '\r',
    '\u{1B}',
    '\u{7F}',
    '\u{85}',
    '\u{A0}',
    '\u{AD}',
    '\u{200B}',
    '\u{200C}',
    '\u{200D}',
    '\u{200E}',
    '\u{202E}',
    '\u{2028}',
    '\u{2066}',
    '\u{2069}',
    '\u{FE0F}',
    '\u{FEFF}',
    '\u{FFFD}',
    '\u{FFFE}',
    '\u{E0001}',
    '\u{10FFFF}',
    '\u{301}',
    '\u{308}',
    '\u{130}',
    '\u{DF}',
    '\u{3A3}',
    '\u{212B}',
    '\u{2000}',
    '\u{3000}',
    '\u{1F71}',
    '\u{AC00}',
    '\u{0430}',
    '@',
    '.',
    '/',
    '\\',
    ':',
    '%',
    '#',
    '?',
    '[',
    ']',
    '"',
    '\'',
    '<',
    '>',
    ' ',
    '-',
    '*',
    '+',
    ',',
    ';',
    '&',
    '=',
];

/// Any character, with those that are trouble more often.
pub(crate) fn character() -> impl Strategy<Value = char> {
    prop_oneof![4 => proptest::char::range(' ', '~'), 3 => select(ODD), 1 => any::<char>()]
}

/// A text of at most this many characters.
pub(crate) fn short(most: usize) -> impl Strategy<Value = String> {
    proptest::collection::vec(character(), 0..=most).prop_map(String::from_iter)
}

/// Any text: most are short, some have 10,000 characters.
pub(crate) fn text() -> impl Strategy<Value = String> {
    let long = proptest::collection::vec(character(), 1..8)
        .prop_map(|piece| piece.into_iter().cycle().take(10_000).collect());
    prop_oneof![8 => short(40), 2 => short(400), 1 => long]
}

/// A text of parts, each of them one of these or a short text.
pub(crate) fn made_of(parts: &'static [&'static str]) -> impl Strategy<Value = String> {
    let part = prop_oneof![6 => select(parts).prop_map(str::to_owned), 1 => short(3)];
    proptest::collection::vec(part, 0..12).prop_map(|parts| parts.concat())
}

/// The default configuration (`PROPTEST_CASES` chooses the number of cases), without a file of the cases that failed:
/// the smallest one stands in the output.
pub(crate) fn config() -> ProptestConfig {
    ProptestConfig { failure_persistence: None, ..ProptestConfig::default() }
}
