//! Finds many secrets in a text at once. They are sorted: a secret with which a text begins stands right before the
//! text, or is a beginning of the one that does. So neither the time nor the memory grows with the number of matches,
//! however the secrets overlap.

use std::iter::successors;

use super::SHORTEST;

/// How many bytes are compared at once.
const CHUNK: usize = 64;

/// The secrets that are looked for.
pub(super) struct Finder {
    sorted: Vec<Vec<u8>>,
    /// The longest other secret with which each begins.
    within: Vec<Option<usize>>,
}

/// What was found in a text.
pub(super) struct Found {
    /// The start and the end of the longest secret at each place where one starts.
    pub(super) whole: Vec<(usize, usize)>,
    /// For each place: how far the beginnings of secrets reach that start there or before.
    reach: Vec<usize>,
}

impl Finder {
    pub(super) fn new(sorted: Vec<Vec<u8>>) -> Self {
        let mut within = Vec::with_capacity(sorted.len());
        let mut open: Vec<usize> = Vec::new();
        for (at, secret) in sorted.iter().enumerate() {
            let begins = |known: &usize| sorted.get(*known).is_some_and(|known| secret.starts_with(known));
            while open.last().is_some_and(|known| !begins(known)) {
                open.pop();
            }
            within.push(open.last().copied());
            open.push(at);
        }
        Self { sorted, within }
    }

    pub(super) fn find(&self, text: &[u8]) -> Found {
        let mut found = Found { whole: Vec::new(), reach: Vec::with_capacity(text.len()) };
        let mut furthest = 0;
        for start in 0..text.len() {
            let rest = text.get(start..).unwrap_or_default();
            let after = self.sorted.partition_point(|secret| secret.as_slice() <= rest);
            let before = after.checked_sub(1);
            let same = before.map_or(0, |before| self.same(before, rest));
            let whole = successors(before, |at| self.within.get(*at).copied().flatten())
                .filter_map(|at| self.sorted.get(at))
                .map(Vec::len)
                .find(|length| *length <= same);
            found.whole.extend(whole.map(|length| (start, start + length)));
            furthest = furthest.max(start + same.max(self.same(after, rest)));
            found.reach.push(furthest);
        }
        found
    }

    /// With how many bytes of a secret a text begins.
    fn same(&self, secret: usize, text: &[u8]) -> usize {
        let Some(secret) = self.sorted.get(secret) else { return 0 };
        let chunks = secret.chunks(CHUNK).zip(text.chunks(CHUNK)).take_while(|(one, other)| one == other);
        let from = (chunks.count() * CHUNK).min(secret.len()).min(text.len());
        let (secret, text) = (secret.iter().skip(from), text.iter().skip(from));
        from + secret.zip(text).take_while(|(one, other)| one == other).count()
    }
}

impl Found {
    /// Where the longest beginning of a secret starts that ends at a place.
    pub(super) fn beginning(&self, end: usize) -> Option<usize> {
        let start = self.reach.partition_point(|reach| *reach < end);
        (start + SHORTEST <= end).then_some(start)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_longest_secret_at_each_place_and_its_beginnings_are_found() {
        let mut secrets: Vec<Vec<u8>> =
            ["abcd", "abcdefgh", "abcdx", "bcde", "zzzz"].map(|secret| secret.as_bytes().to_vec()).into();
        secrets.push(vec![b'q'; 200]);
        secrets.sort_unstable();
        let finder = Finder::new(secrets);
        let found = finder.find(b"abcdefg abcdefgh");
        assert_eq!(found.whole, [(0, 4), (1, 5), (8, 16), (9, 13)]);
        assert_eq!((found.beginning(7), found.beginning(3), found.beginning(8)), (Some(0), None, None));
        let found = finder.find(&[b'q'; 300]);
        assert_eq!((found.whole.len(), found.whole[0], found.beginning(300)), (101, (0, 200), Some(100)));
        assert!(Finder::new(Vec::new()).find(b"abcd").whole.is_empty());
    }
}
