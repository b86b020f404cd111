//! The links that wait to be followed, breadth first, and those that are not followed. Everything is bounded: a
//! site may have links without an end.

use std::collections::{HashSet, VecDeque};

use url::Url;

use crate::verify::links::{shown, sounds_like_an_action};
use crate::verify::robots::Robots;

/// The most links that wait.
const MOST_WAITING: usize = 10_000;
/// The most links of a kind that the report names.
const MOST_NAMED: usize = 50;

/// Links by what became of them.
pub(super) struct Frontier {
    robots: Robots,
    seen: HashSet<Url>,
    waiting: VecDeque<Url>,
    /// Links that may change something.
    pub(super) acting: Left,
    /// Links that `robots.txt` disallows.
    pub(super) disallowed: Left,
    /// Links beyond the number that is followed.
    pub(super) beyond: Left,
}

/// Links that are not followed.
#[derive(Default)]
pub(super) struct Left {
    pub(super) count: usize,
    /// The first of them.
    pub(super) places: Vec<String>,
}

/// What becomes of the target of a redirect.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Claim {
    /// It is opened now, and not again.
    Open,
    /// It is opened anyway, or was.
    Known,
    /// It may change something.
    Acting,
    /// `robots.txt` disallows it.
    Disallowed,
}

impl Left {
    fn add(&mut self, url: &Url) {
        self.count += 1;
        if self.places.len() < MOST_NAMED {
            self.places.push(format!("GET {}", shown(url)));
        }
    }
}

impl Frontier {
    /// A frontier for links that `robots` decides about. The pages that are `known` are not followed again.
    pub(super) fn new(robots: Robots, known: impl Iterator<Item = Url>) -> Self {
        Self {
            robots,
            seen: known.collect(),
            waiting: VecDeque::new(),
            acting: Left::default(),
            disallowed: Left::default(),
            beyond: Left::default(),
        }
    }

    /// Adds links that a page names.
    pub(super) fn add(&mut self, links: Vec<Url>) {
        for url in links {
            if self.seen.contains(&url) {
                continue;
            }
            if self.seen.len() >= MOST_WAITING {
                self.beyond.add(&url);
                continue;
            }
            if sounds_like_an_action(&url) {
                self.acting.add(&url);
            } else {
                self.waiting.push_back(url.clone());
            }
            self.seen.insert(url);
        }
    }

    /// The next link to follow. `robots.txt` decides only now: there may be thousands of its rules and of links. Once it
    /// `is_late` nothing is asked for any more, so the rules do not matter.
    pub(super) fn next(&mut self, is_late: impl Fn() -> bool) -> Option<Url> {
        loop {
            let url = self.waiting.pop_front()?;
            if is_late() || self.robots.allows(&url) {
                return Some(url);
            }
            self.disallowed.add(&url);
        }
    }

    /// Takes the target of a redirect that is followed at once.
    pub(super) fn claim(&mut self, url: &Url) -> Claim {
        let is_new = self.seen.insert(url.clone());
        if sounds_like_an_action(url) {
            if is_new {
                self.acting.add(url);
            }
            return Claim::Acting;
        }
        let place = self.waiting.iter().position(|waiting| waiting == url);
        if !is_new && place.is_none() {
            return Claim::Known;
        }
        if let Some(place) = place {
            self.waiting.remove(place);
        }
        if self.robots.allows(url) {
            Claim::Open
        } else {
            self.disallowed.add(url);
            Claim::Disallowed
        }
    }

    /// Counts the links that are still waiting as not followed.
    pub(super) fn close(&mut self) {
        for url in std::mem::take(&mut self.waiting) {
            self.beyond.add(&url);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn url(path: &str) -> Url {
        Url::parse("https://a.example").unwrap().join(path).unwrap()
    }

    #[test]
    fn the_target_of_a_redirect_is_opened_once_and_never_where_a_link_would_not_be() {
        let robots = Robots::parse("User-agent: *\nDisallow: /private");
        let mut frontier = Frontier::new(robots, [url("/")].into_iter());
        frontier.add(vec![url("/a"), url("/b")]);
        for (path, claim) in [
            ("/", Claim::Known),
            ("/b", Claim::Open),
            ("/b", Claim::Known),
            ("/c", Claim::Open),
            ("/logout", Claim::Acting),
            ("/logout", Claim::Acting),
            ("/private", Claim::Disallowed),
        ] {
            assert_eq!(frontier.claim(&url(path)), claim, "{path}");
        }
        assert_eq!(frontier.next(|| false), Some(url("/a")));
        assert_eq!(frontier.next(|| false), None);
        assert_eq!((frontier.acting.count, frontier.disallowed.count), (1, 1));
    }

    #[test]
    fn no_rule_is_looked_at_once_the_time_is_over() {
        let mut frontier = Frontier::new(Robots::closed(), std::iter::empty());
        frontier.add(vec![url("/a"), url("/b"), url("/c")]);
        assert_eq!(frontier.next(|| true), Some(url("/a")));
        assert_eq!((frontier.next(|| false), frontier.disallowed.count), (None, 2));
    }
}
