//! The values that a report must not contain, in the spellings in which a site may repeat them.

mod decoding;
mod finder;

use std::collections::{BTreeMap, BTreeSet};
use std::iter::successors;
use std::sync::OnceLock;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use url::form_urlencoded;

use self::decoding::{CUT, DecodedText, without_cut_code};
use self::finder::Finder;

/// Shorter values are words such as `en`: hiding them would make a report unreadable and protect nothing.
const SHORTEST: usize = 4;
/// A word of a header that is shorter is its scheme, such as `Bearer`.
const SHORTEST_WORD: usize = 8;
/// The most bytes of the spellings of the first values, which are never forgotten. What the user gave comes first.
const MOST_KEPT: usize = 1024 * 1024;
/// The most bytes of the spellings of later values: those of a full cookie jar take less.
const MOST_LATER: usize = 1536 * 1024;
/// The most bytes of a text in which secrets are looked for, and of a spelling.
const LONGEST: usize = 16 * 1024;
/// How often a text is decoded.
const LEVELS: usize = 24;
/// How often a value is decoded, itself included.
const LEVELS_OF_VALUE: usize = 5;
/// The most bytes of a text in all of its decodings together.
const MOST_WORK: usize = 96 * 1024;
/// A shorter code in Base64 may be a part of a word.
const SHORTEST_CODE: usize = 6;
/// What stands in place of a secret.
const HIDDEN: &str = "[hidden]";

/// Secrets and their spellings, in lower case.
#[derive(Default)]
pub(super) struct Secrets {
    /// The turn of each value that may be forgotten.
    values: BTreeMap<String, Option<u64>>,
    /// The values that may be forgotten, the oldest first.
    later: BTreeMap<u64, String>,
    turn: u64,
    /// Each spelling, and of how many values it is one.
    known: BTreeMap<Vec<u8>, usize>,
    kept_bytes: usize,
    later_bytes: usize,
    /// Finds all that are known; made again after each that is new.
    finder: OnceLock<Finder>,
}

impl Secrets {
    /// Adds a value that the user gave, and its longer parts, which a judgement may show apart. They are never forgotten.
    pub(super) fn add(&mut self, value: &str) {
        self.remember(value, true);
        let parts = value.split([' ', '\t', ',', ';', '=', ':']).map(|part| part.trim_matches('"'));
        for part in parts.filter(|part| part.len() >= SHORTEST_WORD) {
            self.remember(part, true);
        }
    }

    /// Adds a value that the site chose. The first ones stay. Of the later ones, the oldest is forgotten when there are
    /// too many.
    pub(super) fn learn(&mut self, value: &str) {
        self.remember(value, false);
    }

    fn remember(&mut self, value: &str, always: bool) {
        let value = value.trim_matches('"');
        // No text in which it is looked for is longer.
        let value = value.get(..value.floor_char_boundary(LONGEST)).unwrap_or_default();
        if value.chars().take(SHORTEST).count() < SHORTEST {
            return;
        }
        self.turn += 1;
        if let Some(known) = self.values.get_mut(value) {
            let Some(turn) = *known else { return };
            self.later.remove(&turn);
            if always {
                *known = None;
                let size = size(&spellings(value));
                self.later_bytes = self.later_bytes.saturating_sub(size);
                self.kept_bytes += size;
            } else {
                *known = Some(self.turn);
                self.later.insert(self.turn, value.to_owned());
            }
            return;
        }
        let spellings = spellings(value);
        let size = size(&spellings);
        let stays = always || (self.later.is_empty() && self.kept_bytes + size <= MOST_KEPT);
        for spelling in spellings {
            *self.known.entry(spelling).or_default() += 1;
        }
        self.finder.take();
        self.values.insert(value.to_owned(), (!stays).then_some(self.turn));
        if stays {
            self.kept_bytes += size;
        } else {
            self.later_bytes += size;
            self.later.insert(self.turn, value.to_owned());
            self.forget_oldest();
        }
    }

    fn forget_oldest(&mut self) {
        while self.later_bytes > MOST_LATER
            && self.later.len() > 1
            && let Some((_, value)) = self.later.pop_first()
        {
            self.values.remove(&value);
            let spellings = spellings(&value);
            self.later_bytes = self.later_bytes.saturating_sub(size(&spellings));
            for spelling in spellings {
                if let Some(values) = self.known.get_mut(&spelling) {
                    *values -= 1;
                    if *values == 0 {
                        self.known.remove(&spelling);
                    }
                }
            }
        }
    }

    /// Adds the value of a header line, its longer words and parts, and what the words of Basic contain. None of them is
    /// forgotten.
    pub(super) fn add_header(&mut self, value: &str) {
        self.add(value);
        let mut add = |value: &str| self.remember(value, true);
        // The first of several words is a scheme, such as Bearer. A parameter has its secret after an equals sign.
        let first = value.split_ascii_whitespace().next().filter(|word| word.len() >= SHORTEST_WORD);
        for word in value.split_ascii_whitespace().skip(1).chain(first) {
            add(word);
            if let Some((_, parameter)) = word.split_once('=') {
                add(parameter.trim_matches(['"', ',']));
            }
        }
        if let Some((scheme, word)) = value.split_once(' ')
            && scheme.eq_ignore_ascii_case("basic")
            && let Ok(pair) = STANDARD_NO_PAD.decode(word.trim().trim_end_matches('='))
        {
            let pair = String::from_utf8_lossy(&pair).into_owned();
            add(&pair);
            add(pair.split_once(':').map_or("", |(_, password)| password));
        }
    }

    /// The text without the secrets: in upper or lower case, however often they are encoded, and without one that the
    /// text cuts with `…`. Of a very long text, the rest is hidden; so is all of one that takes too long to decode.
    pub(super) fn hide(&self, text: &str) -> String {
        if self.known.is_empty() {
            return text.to_owned();
        }
        if text.len() <= LONGEST {
            return self.without_secrets(text).unwrap_or_else(|| HIDDEN.to_owned());
        }
        let start = text.get(..text.floor_char_boundary(LONGEST)).unwrap_or_default();
        // The place where it is cut may be within a secret.
        let shown = self.without_secrets(&format!("{start}{CUT}"));
        shown.map_or_else(|| HIDDEN.to_owned(), |shown| shown + HIDDEN)
    }

    /// `None`: it takes too long.
    fn without_secrets(&self, text: &str) -> Option<String> {
        let finder = self.finder.get_or_init(|| Finder::new(self.known.keys().cloned().collect()));
        // Where the longest secret ends that starts at each byte.
        let mut ends: Vec<usize> = vec![0; text.len()];
        let (mut work, mut may_be_quoted) = (0, false);
        for with_quoted in [false, true] {
            let mut next = Some(DecodedText::of(text)).filter(|_| may_be_quoted || !with_quoted);
            let mut levels = 0;
            while let Some(decoded) = next {
                levels += 1;
                work += decoded.bytes().len();
                if levels > LEVELS || work > MOST_WORK {
                    return None;
                }
                mark(finder, &decoded, &mut ends);
                may_be_quoted |= decoded.may_be_quoted();
                next = decoded.decoded(with_quoted);
            }
        }
        let (mut shown, mut done) = (String::new(), 0);
        for (start, end) in ends.into_iter().enumerate().filter(|(_, end)| *end > 0) {
            // A secret in Latin-1 may end within a character of the text.
            let (start, end) = (text.floor_char_boundary(start), text.ceil_char_boundary(end));
            if start >= done {
                shown.push_str(text.get(done..start).unwrap_or_default());
                shown.push_str(HIDDEN);
            }
            done = done.max(end);
        }
        shown.push_str(text.get(done..).unwrap_or_default());
        Some(shown)
    }
}

/// Notes where the longest secret ends that starts at each byte of a text.
fn mark(finder: &Finder, decoded: &DecodedText, ends: &mut [usize]) {
    let lower = decoded.bytes().to_ascii_lowercase();
    let found = finder.find(&lower);
    let cut = decoded.cuts().flat_map(|end| {
        let before = lower.get(..end).unwrap_or_default();
        let places = [end, without_cut_code(before).len()];
        let starts = places.into_iter().filter_map(|place| found.beginning(place));
        starts.map(|start| (start, end)).collect::<Vec<_>>()
    });
    for (start, end) in found.whole.iter().copied().chain(cut) {
        if let Some((start, end)) = decoded.source(start, end)
            && let Some(known) = ends.get_mut(start)
        {
            *known = end.max(*known);
        }
    }
}

/// The spellings of a value in which a site may repeat it.
fn spellings(value: &str) -> BTreeSet<Vec<u8>> {
    let in_form: String = form_urlencoded::byte_serialize(value.as_bytes()).collect();
    // Field lines are read one character per byte.
    let bytes: String = value.bytes().map(char::from).collect();
    // A browser reads a backslash in a path as a slash.
    let in_path = value.replace('\\', "/");
    let written = [in_form, bytes, in_path].into_iter().chain(in_base64(value)).map(String::into_bytes);
    // A site may decode it, once or several times, before it repeats it.
    let levels = successors(Some(DecodedText::of(value)), |level| level.decoded(false));
    let decoded = levels.take(LEVELS_OF_VALUE).flat_map(|level| {
        let bytes = level.bytes().to_vec();
        [in_latin_1(&bytes), Some(bytes)].into_iter().flatten()
    });
    let spellings = written.chain(decoded).map(|mut spelling| {
        spelling.truncate(LONGEST);
        spelling.make_ascii_lowercase();
        spelling
    });
    spellings.filter(|spelling| spelling.len() >= SHORTEST).collect()
}

fn size(spellings: &BTreeSet<Vec<u8>>) -> usize {
    spellings.iter().map(Vec::len).sum()
}

/// A text with one byte per character, as `escape()` of JavaScript encodes it.
fn in_latin_1(text: &[u8]) -> Option<Vec<u8>> {
    let text = std::str::from_utf8(text).ok()?;
    text.chars().map(|character| u8::try_from(character).ok()).collect()
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
            (0..20).fold("%53%33%63%72%33%74%2F%76%C3%A4lue=".to_owned(), |text, _| text.replace('%', "%25"));
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
            let text = STANDARD_NO_PAD.encode(format!("{before}horse battery, and more"));
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
        for number in 0..400 {
            secrets.learn(&format!("{number:04}{}", "v".repeat(2_000)));
        }
        assert!(secrets.kept_bytes + secrets.later_bytes <= MOST_KEPT + MOST_LATER);
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

    #[test]
    fn a_secret_is_hidden_in_the_spellings_of_json_javascript_and_mail() {
        let mut secrets = Secrets::default();
        secrets.add("Abcd+EfGh/iJkL-mN==");
        secrets.add("p\u{e4}ssw\u{f6}rd99");
        secrets.add("hunter/2+x");
        secrets.add("keys\u{1f600}\u{20ac}9");
        secrets.add("beef/12");
        for text in [
            r"Abcd+EfGh\/iJkL-mN==",
            r"Abcd\u002BEfGh/iJkL-mN==",
            r"Abcd\\u002BEfGh\\/iJkL-mN==",
            r"Abcd+EfGh/iJkL\u002DmN\u003D\u003D",
            r"Abcd\x2bEfGh\x2FiJkL\x2dmN\x3d\x3d",
            "Abcd+EfGh/iJkL-mN=3D=3D",
            "Abcd=2BEfGh%2FiJkL-mN=3d=3D",
            r"p\u00e4ssw\u00F6rd99",
            r"p\xe4ssw\xf6rd99",
            "p%E4ssw%F6rd99",
            "p=E4ssw=F6rd99",
            "p=C3=A4ssw=C3=B6rd99",
            r"hunter\/2+x",
            r"keys\ud83d\ude00\u20AC9",
            "keys%uD83D%uDE00%u20AC9",
        ] {
            assert_eq!(secrets.hide(&format!("a {text} b")), "a [hidden] b", "{text}");
        }
        let json = "%7B%22p%22%3A%20%22hunter%5C/2%2Bx%22%7D";
        assert_eq!(secrets.hide(json), "%7B%22p%22%3A%20%22[hidden]%22%7D");
        // An equals sign of a parameter is no code.
        assert_eq!(secrets.hide("a=beef%2F12=2B"), "a=[hidden]=2B");
        for cut in [r"Abcd\u00…", r"Abcd\x2…", r"Abcd\…", "Abcd=2…", r"keys\ud83d\ud…"] {
            assert_eq!(secrets.hide(&format!("a {cut}, b")), "a [hidden]…, b", "{cut}");
        }
        for harmless in [r"C:\users\x \u12 \ud83d \xzz \", "a=b=c %u12", "\u{4e2d}\u{6587}"] {
            assert_eq!(secrets.hide(harmless), harmless);
        }
    }

    #[test]
    fn secrets_that_overlap_and_texts_that_hold_many_codes_take_little_time() {
        let mut secrets = Secrets::default();
        for length in 4..410 {
            secrets.add(&"a".repeat(length));
        }
        let start = std::time::Instant::now();
        assert_eq!(secrets.hide(&format!("x{}x", "a".repeat(15_500))), "x[hidden]x");
        assert_eq!(secrets.hide(&"&a".repeat(8_000)), "&a".repeat(8_000));
        for _ in 0..1_000 {
            secrets.add(&"&a".repeat(2_000));
        }
        // More decodings than are tried.
        assert_eq!(secrets.hide(&format!("%{}41", "25".repeat(100))), HIDDEN);
        assert_eq!(secrets.hide(&format!("%{}41", "25".repeat(8_000))), HIDDEN);
        assert!(start.elapsed().as_secs() < 30, "{:?}", start.elapsed());
    }

    #[test]
    fn a_long_text_is_cut_where_nothing_is_looked_for() {
        let mut secrets = Secrets::default();
        secrets.add("S3cr3t-value");
        let before = "x".repeat(LONGEST - 6);
        let hidden = secrets.hide(&format!("{before}S3cr3t-value and more S3cr3t-value"));
        assert_eq!(hidden, format!("{before}[hidden]…[hidden]"));
    }

    #[test]
    fn the_newest_values_and_the_first_ones_are_hidden_always() {
        let mut secrets = Secrets::default();
        secrets.add_header("Bearer given-token");
        secrets.add("given-cookie");
        for number in 0..600 {
            secrets.learn(&format!("{number:04}{}", "w".repeat(1_000)));
            if number >= 300 {
                secrets.learn("0300-often");
            }
        }
        assert!(secrets.kept_bytes + secrets.later_bytes <= MOST_KEPT + MOST_LATER);
        for number in ["0520", "0599"] {
            assert_eq!(secrets.hide(&format!("{number}{}", "w".repeat(1_000))), HIDDEN, "{number}");
        }
        assert_eq!(secrets.hide("given-token, given-cookie, 0300-often"), "[hidden], [hidden], [hidden]");
        // Of the later ones, the oldest were forgotten.
        assert!(secrets.values.len() < 500);
    }

    #[test]
    fn a_value_that_the_user_gives_after_the_site_set_it_is_not_forgotten() {
        let mut secrets = Secrets::default();
        let fill = |secrets: &mut Secrets, numbers: std::ops::Range<usize>| {
            for number in numbers {
                secrets.learn(&format!("{number:04}{}", "w".repeat(1_000)));
            }
        };
        fill(&mut secrets, 0..600);
        secrets.learn("given-at-last");
        secrets.learn("set-by-the-site");
        secrets.add("given-at-last");
        fill(&mut secrets, 600..1_200);
        assert_eq!(secrets.hide("given-at-last"), HIDDEN);
        assert_eq!(secrets.hide("set-by-the-site"), "set-by-the-site");
    }

    #[test]
    fn the_parts_of_a_header_are_hidden() {
        let mut secrets = Secrets::default();
        secrets.add_header("id=7,secret=s3cretpart;x=1, other=\"an0ther-part\"");
        assert_eq!(secrets.hide("s3cretpart or an0ther-part of x"), "[hidden] or [hidden] of x");
        secrets.add_header("user:s3cr3t-pass");
        secrets.add_header("Basic YWRhOmhvcnNlLWJhdHRlcnk");
        secrets.add("correct;horsebattery staplex");
        secrets.add(r"hunter\2xyz99");
        for part in ["s3cr3t-pass", "horse-battery", "horsebattery", "hunter/2xyz99"] {
            assert_eq!(secrets.hide(&format!("/p/{part}")), "/p/[hidden]", "{part}");
        }
    }
}
