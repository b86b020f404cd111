//! One line of plain text that another application wrote and that our pages show beside their own words.

use unicode_normalization::UnicodeNormalization as _;
use unicode_normalization::char::is_combining_mark;

use super::invisible::{is_blank, is_invisible};

/// Why a text is no line of plain text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PlainLineProblem {
    /// It has nothing but spaces.
    #[error("is empty")]
    Empty,
    /// It has more characters than fit.
    #[error("is longer than {0} characters")]
    TooLong(usize),
    /// It has a line break, a control character, an invisible or a bidirectional control character.
    #[error("has a line break, a control character or an invisible character")]
    Unprintable,
    /// It piles marks up until they cover the text around it.
    #[error("has more than {MOST_MARKS} combining marks in a row")]
    Piled,
}

/// The most combining marks in a row. Scripts need three (Hebrew, Vietnamese); more of them cover the lines around the text.
const MOST_MARKS: usize = 4;

/// Normalizes a text (NFC, one space between words) and checks it. The result is what the page shows.
pub(super) fn parse(text: &str, most_chars: usize) -> Result<String, PlainLineProblem> {
    let normal: String = text.nfc().collect();
    if normal.chars().any(is_invisible) {
        return Err(PlainLineProblem::Unprintable);
    }
    // Browsers show a series of spaces as one.
    let words: Vec<&str> = normal.split(' ').filter(|word| !word.is_empty()).collect();
    let line = words.join(" ");
    if line.trim().is_empty() {
        return Err(PlainLineProblem::Empty);
    }
    if is_blank(&line) {
        return Err(PlainLineProblem::Unprintable);
    }
    let mut marks = 0;
    for c in line.chars() {
        marks = if is_combining_mark(c) { marks + 1 } else { 0 };
        if marks > MOST_MARKS {
            return Err(PlainLineProblem::Piled);
        }
    }
    if line.chars().count() > most_chars {
        return Err(PlainLineProblem::TooLong(most_chars));
    }
    Ok(line)
}
