//! A Content-Security-Policy as browsers parse it (CSP3 §2.2).

use strsim::levenshtein;

/// One serialized policy: its directives in order, repeated ones included.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Policy {
    directives: Vec<(String, Vec<String>)>,
    dropped: Vec<String>,
}

impl Policy {
    fn parse(text: &str) -> Self {
        let (mut directives, mut dropped) = (Vec::new(), Vec::new());
        let plain = |c: char| c.is_ascii_graphic() || c.is_ascii_whitespace();
        for part in text.split(';') {
            let mut words = part.split_ascii_whitespace();
            let Some(name) = words.next().map(str::to_ascii_lowercase) else { continue };
            // Browsers drop a directive with a non-breaking space or another character beyond ASCII.
            if part.chars().all(plain) {
                directives.push((name, words.map(str::to_owned).collect()));
            } else {
                dropped.push(name.chars().filter(|c| plain(*c)).collect());
            }
        }
        Self { directives, dropped }
    }

    /// The sources of a directive; if it is repeated, of the first.
    pub(super) fn get(&self, name: &str) -> Option<&[String]> {
        self.directives.iter().find(|(given, _)| given == name).map(|(_, sources)| sources.as_slice())
    }

    /// The sources of each directive of that name.
    pub(super) fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a [String]> {
        self.directives.iter().filter(move |(given, _)| given == name).map(|(_, sources)| sources.as_slice())
    }

    /// The names of the directives, in order.
    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.directives.iter().map(|(name, _)| name.as_str())
    }

    /// The readable part of the names of dropped directives.
    pub(super) fn dropped(&self) -> impl Iterator<Item = &str> {
        self.dropped.iter().map(String::as_str)
    }

    /// The sources of a fetch directive; without it, of default-src.
    pub(super) fn fetch(&self, name: &str) -> Option<&[String]> {
        self.get(name).or_else(|| self.get("default-src"))
    }
}

/// The policies in the lines of a field: a comma separates two, and empty ones do not count.
pub(super) fn policies<'a>(lines: impl Iterator<Item = &'a str>) -> Vec<Policy> {
    lines
        .flat_map(|line| line.split(','))
        .map(Policy::parse)
        .filter(|policy| !policy.directives.is_empty() || !policy.dropped.is_empty())
        .collect()
}

/// Whether a name looks like a misspelling of another, or is the other.
pub(super) fn is_close(name: &str, meant: &str) -> bool {
    const MOST_SLIPS: usize = 2;
    name.len().abs_diff(meant.len()) <= MOST_SLIPS && levenshtein(name, meant) <= MOST_SLIPS
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::csp_directive::DIRECTIVES;

    #[test]
    fn a_policy_is_parsed_as_browsers_parse_it() {
        let lines = ["Default-Src 'self';; img-src  a.example\tb.example , ,frame-ancestors", ";"];
        let parsed = policies(lines.into_iter());
        assert_eq!(parsed.len(), 2);
        assert_eq!(parsed[0].names().collect::<Vec<_>>(), ["default-src", "img-src"]);
        assert_eq!(parsed[0].get("img-src").unwrap(), ["a.example", "b.example"]);
        assert_eq!(parsed[1].get("frame-ancestors").unwrap().len(), 0);
        let hard =
            policies(["img-src \u{a0}; frame-ancestors 'none'\u{b};  base-uri 'none'\u{c}"].into_iter());
        assert_eq!(hard[0].dropped().collect::<Vec<_>>(), ["img-src", "frame-ancestors"]);
        assert_eq!(hard[0].names().collect::<Vec<_>>(), ["base-uri"]);
        let twice = policies(["base-uri 'none'; base-uri *"].into_iter());
        assert_eq!(twice[0].get("base-uri").unwrap(), ["'none'"]);
    }

    #[test]
    fn a_misspelling_is_recognized_and_no_directive_is_a_misspelling_of_another() {
        for slip in ["frame-ancestor", "frame-ancesters", "frames-ancestors", "frameancestors"] {
            assert!(is_close(slip, "frame-ancestors"), "{slip}");
        }
        for (i, one) in DIRECTIVES.iter().enumerate() {
            assert!(!is_close(one, "frame-ancestors") || *one == "frame-ancestors", "{one} {i}");
        }
    }
}
