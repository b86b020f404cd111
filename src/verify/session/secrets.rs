//! The values that a report must not contain, in the spellings in which a site may repeat them.

mod decoding;

use std::collections::BTreeSet;
use std::ops::Bound;
use std::sync::OnceLock;

use aho_corasick::AhoCorasick;
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD};
use url::form_urlencoded;

use self::decoding::{DecodedText, without_cut_code};

/// Shorter values are words such as `en`: hiding them would make a report unreadable and protect nothing.
const SHORTEST: usize = 4;
/// A word of a header that is shorter is its scheme, such as `Bearer`.
const SHORTEST_WORD: usize = 8;
/// The most bytes of all spellings together.
const LARGEST: usize = 1024 * 1024;
/// A shorter code in Base64 may be a part of a word.
const SHORTEST_CODE: usize = 6;
/// What stands in place of a secret.
const HIDDEN: &str = "[hidden]";

/// Secrets in lower case.
#[derive(Default)]
pub(super) struct Secrets {
    known: BTreeSet<Vec<u8>>,
    bytes: usize,
    /// Finds all that are known; made again after each that is new.
    finder: OnceLock<Option<AhoCorasick>>,
}

impl Secrets {
    pub(super) fn add(&mut self, value: &str) {
        let value = value.trim_matches('"');
        if value.chars().count() < SHORTEST || self.bytes >= LARGEST {
            return;
        }
        let in_form: String = form_urlencoded::byte_serialize(value.as_bytes()).collect();
        // Field lines are read one character per byte.
        let bytes: String = value.bytes().map(char::from).collect();
        for spelling in [in_form, bytes].into_iter().chain(in_base64(value)) {
            self.insert(spelling.as_bytes());
        }
        // A site may decode it, once or several times, before it repeats it.
        for decoded in DecodedText::levels(value) {
            self.insert(decoded.bytes());
        }
    }

    fn insert(&mut self, spelling: &[u8]) {
        let spelling = spelling.to_ascii_lowercase();
        let length = spelling.len();
        if length >= SHORTEST && self.known.insert(spelling) {
            self.bytes += length;
            self.finder.take();
        }
    }

    /// Adds the value of a header line, its longer words, and what the words of Basic contain.
    pub(super) fn add_header(&mut self, value: &str) {
        self.add(value);
        // The first of several words is a scheme, such as Bearer. A parameter has its secret after an equals sign.
        let first = value.split_ascii_whitespace().next().filter(|word| word.len() >= SHORTEST_WORD);
        for word in value.split_ascii_whitespace().skip(1).chain(first) {
            self.add(word);
            if let Some((_, parameter)) = word.split_once('=') {
                self.add(parameter.trim_matches(['"', ',']));
            }
        }
        if let Some((scheme, word)) = value.split_once(' ')
            && scheme.eq_ignore_ascii_case("basic")
            && let Ok(pair) = STANDARD.decode(word.trim())
        {
            let pair = String::from_utf8_lossy(&pair).into_owned();
            self.add(&pair);
            self.add(pair.split_once(':').map_or("", |(_, password)| password));
        }
    }

    /// The text without the secrets: in upper or lower case, however often they are encoded, and without one that the
    /// text cuts with `…`.
    pub(super) fn hide(&self, text: &str) -> String {
        if self.known.is_empty() {
            return text.to_owned();
        }
        let Some(finder) = self.finder.get_or_init(|| AhoCorasick::new(&self.known).ok()) else {
            return HIDDEN.to_owned();
        };
        let mut ranges: Vec<(usize, usize)> = Vec::new();
        for decoded in DecodedText::levels(text) {
            let lower = decoded.bytes().to_ascii_lowercase();
            let found = finder.find_overlapping_iter(&lower);
            ranges.extend(found.filter_map(|found| decoded.source(found.start(), found.end())));
            for end in decoded.cuts() {
                let before = lower.get(..end).unwrap_or_default();
                for text in [before, without_cut_code(before)] {
                    let start = self.beginning(text);
                    ranges.extend(start.and_then(|start| decoded.source(start, end)));
                }
            }
        }
        ranges.sort_unstable();
        let (mut shown, mut done) = (String::new(), 0);
        for (start, end) in ranges {
            if start >= done {
                shown.push_str(text.get(done..start).unwrap_or_default());
                shown.push_str(HIDDEN);
            }
            done = done.max(end);
        }
        shown.push_str(text.get(done..).unwrap_or_default());
        shown
    }

    /// Where the longest beginning of a secret starts with which a text ends.
    fn beginning(&self, text: &[u8]) -> Option<usize> {
        let is_beginning = |end: &[u8]| {
            let mut from = self.known.range::<[u8], _>((Bound::Included(end), Bound::Unbounded));
            from.next().is_some_and(|secret| secret.starts_with(end))
        };
        let last = text.len().checked_sub(SHORTEST)?;
        (0..=last).find(|start| text.get(*start..).is_some_and(is_beginning))
    }
}

/// The value in Base64, and the part that it decides of a longer text in Base64, in both alphabets.
fn in_base64(value: &str) -> Vec<String> {
    let mut spellings = vec![STANDARD_NO_PAD.encode(value)];
    for before in 0..3 {
        let longer = [vec![0; before].as_slice(), value.as_bytes()].concat();
        let text = STANDARD_NO_PAD.encode(&longer);
        // A character has six bits.
        let decided = (before * 8).div_ceil(6)..longer.len() * 8 / 6;
        spellings.extend(text.get(decided).map(str::to_owned));
    }
    spellings.retain(|text| text.len() >= SHORTEST_CODE);
    let for_urls: Vec<String> =
        spellings.iter().map(|text| text.replace('+', "-").replace('/', "_")).collect();
    spellings.extend(for_urls);
    spellings
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_hidden_in_every_spelling_and_where_it_is_cut() {
        let mut secrets = Secrets::default();
        secrets.add("S3cr3t/v\u{e4}lue=");
        secrets.add_header("Basic YWRhOmhvcnNlLWJhdHRlcnk=");
        secrets.add("en");
        for text in [
            "S3cr3t/v\u{e4}lue=",
            "s3cr3t/V\u{e4}lue=",
            "S3cr3t%2Fv%C3%A4lue%3D",
            "s3cr3t%2fv%c3%a4lue%3d",
            "S3cr3t/v%C3%A4lue=",
            "S3cr3t/v\u{c3}\u{a4}lue=",
            "YWRhOmhvcnNlLWJhdHRlcnk=",
            "horse-battery",
        ] {
            assert_eq!(secrets.hide(&format!("a {text} b {text}")), "a [hidden] b [hidden]", "{text}");
        }
        assert_eq!(secrets.hide("x=s3cr3t/v…, y=S3c…, z"), "x=[hidden]…, y=S3c…, z");
        assert_eq!(secrets.hide("when in doubt"), "when in doubt");
    }

    #[test]
    fn a_secret_is_hidden_however_often_it_is_encoded() {
        let mut secrets = Secrets::default();
        secrets.add("S3cr3t/v\u{e4}lue=");
        secrets.add("horse battery");
        secrets.add("per%2Fcent");
        let often =
            (0..40).fold("%53%33%63%72%33%74%2F%76%C3%A4lue=".to_owned(), |text, _| text.replace('%', "%25"));
        for text in [
            "S3cr3t%252Fv%25C3%25A4lue%253D",
            "%53%33cr3t%2Fv%C3%A4lue=",
            &often,
            "S3cr3t&#x2f;v&auml;lue&equals;",
            "&#83;3cr3t&sol;v&#228;lue=",
            "&#83&#51cr3t/v&auml;lue=",
            "S3cr3t&amp;#x2F;v&amp;auml;lue=",
            "S3cr3t%26%2347%3Bv%C3%A4lue=",
            "&#37;53&#37;33cr3t/v\u{e4}lue=",
            "horse+battery",
            "horse%20battery",
            "horse%2Bbattery",
            "per/cent",
            "per%2Fcent",
            "per%252Fcent",
            "UzNjcjN0L3bDpGx1ZT0",
            "aG9yc2UgYmF0dGVyeQ",
        ] {
            assert_eq!(secrets.hide(&format!("a {text} b")), "a [hidden] b", "{text}");
        }
        // Within a longer text in Base64, at each of the three places where it can begin.
        for before in ["", "x", "xy"] {
            let text = STANDARD.encode(format!("{before}horse battery, and more"));
            let hidden = secrets.hide(&text);
            assert!(hidden.contains(HIDDEN) && hidden.len() < text.len() - 6, "{before}: {hidden}");
        }
        for harmless in ["100 % of &c; &amp; %zz %", "a%20b", "&#x110000; &unknown;"] {
            assert_eq!(secrets.hide(harmless), harmless);
        }
    }

    #[test]
    fn an_encoded_secret_that_is_cut_is_hidden() {
        let mut secrets = Secrets::default();
        secrets.add("S3cr3t/v\u{e4}lue=");
        secrets.add("fish&chips");
        for text in [
            "%53%33%63%72%33…",
            "S3cr3t%252…",
            "S3cr3t%…",
            "S3cr3t&#4…",
            "&#83;3cr&#x3…",
            "S3cr3t/v\u{e4}lue…",
            "fish&ch…",
        ] {
            assert_eq!(secrets.hide(&format!("a {text}, b")), "a [hidden]…, b", "{text}");
        }
        // This is no cut of ours.
        assert_eq!(secrets.hide("S3cr%E2%80%A6"), "S3cr%E2%80%A6");
    }

    #[test]
    fn the_words_of_a_header_are_hidden_without_its_scheme() {
        let mut secrets = Secrets::default();
        secrets.add_header("Bearer tok1");
        secrets.add_header("Token key=\"abcd\", user=ada7");
        secrets.add_header("a-long-value");
        assert_eq!(
            secrets.hide("Bearer: tok1, Token: abcd of ada7"),
            "Bearer: [hidden], Token: [hidden] of [hidden]"
        );
        assert_eq!(secrets.hide("x a-long-value"), "x [hidden]");
    }

    #[test]
    fn the_spellings_of_very_many_secrets_are_bounded() {
        let mut secrets = Secrets::default();
        for number in 0..2_000 {
            secrets.add(&format!("{number:04}{}", "v".repeat(2_000)));
        }
        assert!(secrets.bytes < 2 * LARGEST);
        let hidden = secrets.hide(&("%25".repeat(5_000) + "0012vvvv…"));
        assert!(hidden.ends_with("%25[hidden]…"), "{hidden}");
    }

    #[test]
    fn overlapping_secrets_leave_nothing_between() {
        let mut secrets = Secrets::default();
        secrets.add("abcdef");
        secrets.add("defghi");
        secrets.add("bcde");
        assert_eq!(secrets.hide("xabcdefghix"), "x[hidden]x");
    }
}
