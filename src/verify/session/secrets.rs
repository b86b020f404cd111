//! The values that a report must not contain, in the spellings in which a site may repeat them.

use std::collections::BTreeSet;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use percent_encoding::{NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
use url::form_urlencoded;

/// Shorter values are words such as `en`: hiding them would make a report unreadable and protect nothing.
const SHORTEST: usize = 4;
/// A word of a header that is shorter is its scheme, such as `Bearer`.
const SHORTEST_WORD: usize = 8;
/// The most spellings.
const MOST: usize = 1_000;
/// What stands in place of a secret.
const HIDDEN: &str = "[hidden]";

/// Secrets in lower case.
#[derive(Default)]
pub(super) struct Secrets {
    known: BTreeSet<String>,
}

impl Secrets {
    pub(super) fn add(&mut self, value: &str) {
        let value = value.trim_matches('"');
        if value.chars().count() < SHORTEST || self.known.len() >= MOST {
            return;
        }
        let encoded = utf8_percent_encode(value, NON_ALPHANUMERIC).to_string();
        let in_form: String = form_urlencoded::byte_serialize(value.as_bytes()).collect();
        let decoded = percent_decode_str(value).decode_utf8_lossy().into_owned();
        // Field lines are read one character per byte.
        let bytes: String = value.bytes().map(char::from).collect();
        let in_url = url::Url::parse("http://localhost/").ok().map(|mut url| {
            url.set_query(Some(value));
            url.query().unwrap_or_default().to_owned()
        });
        for spelling in [value.to_owned(), encoded, in_form, decoded, bytes].into_iter().chain(in_url) {
            if spelling.chars().count() >= SHORTEST {
                self.known.insert(spelling.to_ascii_lowercase());
            }
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

    /// The text without the secrets, in upper or lower case, and without one that the text cuts with `…`.
    pub(super) fn hide(&self, text: &str) -> String {
        if self.known.is_empty() {
            return text.to_owned();
        }
        let lower = text.to_ascii_lowercase();
        let mut ranges: Vec<(usize, usize)> = Vec::new();
        for secret in &self.known {
            ranges.extend(lower.match_indices(secret.as_str()).map(|(at, found)| (at, at + found.len())));
            for (end, _) in lower.match_indices('…') {
                ranges.extend(cut(lower.get(..end).unwrap_or_default(), secret).map(|start| (start, end)));
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
}

/// Where the longest beginning of a secret starts with which a text ends.
fn cut(text: &str, secret: &str) -> Option<usize> {
    let ends = secret.char_indices().skip(SHORTEST).map(|(end, _)| end).filter(|end| *end <= text.len());
    let beginnings = ends.filter_map(|end| secret.get(..end));
    beginnings
        .filter(|beginning| text.ends_with(beginning))
        .last()
        .map(|beginning| text.len() - beginning.len())
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
    fn overlapping_secrets_leave_nothing_between() {
        let mut secrets = Secrets::default();
        secrets.add("abcdef");
        secrets.add("defghi");
        secrets.add("bcde");
        assert_eq!(secrets.hide("xabcdefghix"), "x[hidden]x");
    }
}
