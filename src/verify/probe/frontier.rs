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
            if self.seen.len() >= MOST_WAITING || self.seen.contains(&url) {
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

    /// The next link to follow. `robots.txt` decides only now: there may be thousands of its rules and of links.
    pub(super) fn next(&mut self) -> Option<Url> {
        loop {
            let url = self.waiting.pop_front()?;
            if self.robots.allows(&url) {
                return Some(url);
            }
            self.disallowed.add(&url);
        }
    }

    /// Counts the links that are still waiting as not followed.
    pub(super) fn close(&mut self) {
        for url in std::mem::take(&mut self.waiting) {
            self.beyond.add(&url);
        }
    }
}
