//! Which attacks of a test run: all of them, or a covering subset. Each attack is one choice per
//! dimension, such as a page, a condition and a site. The subset holds every pair of choices that
//! occurs together in any attack (a covering array of strength 2), and runs in a fraction of the time.

use std::collections::{BTreeMap, BTreeSet};

use unframed::config::environment;

/// How many of the attacks run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Extent {
    /// A subset in which every pair of choices occurs.
    Pairwise,
    /// Every attack.
    Full,
}

impl Extent {
    /// The extent that `TEST_ATTACKS` chooses: `pairwise`, which is the default, or `full`.
    pub fn chosen() -> Self {
        match environment("TEST_ATTACKS").as_deref() {
            None | Some("pairwise") => Self::Pairwise,
            Some("full") => Self::Full,
            Some(other) => panic!("TEST_ATTACKS={other}: must be pairwise or full"),
        }
    }

    pub fn name(self) -> &'static str {
        match self {
            Self::Pairwise => "pairwise",
            Self::Full => "full",
        }
    }

    /// The attacks that run, in their order. `choices` names an attack's choice in each dimension.
    pub fn select<T, const N: usize>(self, attacks: Vec<T>, choices: impl Fn(&T) -> [String; N]) -> Vec<T> {
        if self == Self::Full {
            return attacks;
        }
        let mut numbers = BTreeMap::new();
        let mut number = |pair| {
            let next = numbers.len();
            *numbers.entry(pair).or_insert(next)
        };
        let pairs: Vec<Vec<usize>> = attacks
            .iter()
            .map(|attack| pairs(&choices(attack)).into_iter().map(&mut number).collect())
            .collect();
        let mut missing = vec![true; numbers.len()];
        let mut chosen = BTreeSet::new();
        while missing.contains(&true) {
            let gain = |index: &usize| pairs[*index].iter().filter(|pair| missing[**pair]).count();
            // The first of equals, so that each run chooses the same attacks.
            let best = (0..pairs.len()).rev().max_by_key(gain).expect("a missing pair has an attack");
            pairs[best].iter().for_each(|pair| missing[*pair] = false);
            chosen.insert(best);
        }
        let numbered = attacks.into_iter().enumerate();
        numbered.filter(|(index, _)| chosen.contains(index)).map(|(_, attack)| attack).collect()
    }
}

/// Two dimensions and the choice in each.
type Pair = (usize, String, usize, String);

/// All pairs of an attack's choices.
fn pairs<const N: usize>(choices: &[String; N]) -> Vec<Pair> {
    let mut pairs = Vec::new();
    for (first, one) in choices.iter().enumerate() {
        for (second, other) in choices.iter().enumerate().skip(first + 1) {
            pairs.push((first, one.clone(), second, other.clone()));
        }
    }
    pairs
}

/// Every combination of choices in three dimensions.
fn product(sizes: [usize; 3]) -> Vec<[usize; 3]> {
    let [a, b, c] = sizes;
    (0..a).flat_map(|a| (0..b).flat_map(move |b| (0..c).map(move |c| [a, b, c]))).collect()
}

fn names(row: &[usize; 3]) -> [String; 3] {
    row.map(|choice| choice.to_string())
}

fn all_pairs(rows: &[[usize; 3]]) -> BTreeSet<Pair> {
    rows.iter().flat_map(|row| pairs(&names(row))).collect()
}

#[test]
fn a_pairwise_selection_holds_every_pair_of_choices() {
    // The last ones are the pages, conditions and sites of the attacks by frames.
    for sizes in [[1, 1, 1], [2, 2, 2], [3, 3, 3], [2, 6, 5], [2, 3, 5], [4, 5, 2], [6, 5, 2]] {
        let all = product(sizes);
        let chosen = Extent::Pairwise.select(all.clone(), names);
        assert_eq!(all_pairs(&chosen), all_pairs(&all), "{sizes:?}");
        assert!(chosen.is_sorted(), "{sizes:?}: in their order, each once");
    }
}

/// A smaller one is impossible: each pair of the two longest dimensions needs its own attack.
#[test]
fn a_pairwise_selection_with_a_dimension_of_two_is_as_small_as_can_be() {
    for sizes in [[2, 2, 2], [2, 6, 5], [2, 3, 5], [4, 5, 2], [6, 5, 2]] {
        let mut longest = sizes;
        longest.sort_unstable();
        let chosen = Extent::Pairwise.select(product(sizes), names);
        assert_eq!(chosen.len(), longest[1] * longest[2], "{sizes:?}");
    }
}

/// Not every choice goes with every other: a fragment belongs to its page.
#[test]
fn a_pairwise_selection_adds_no_pair_that_no_attack_has() {
    let all: Vec<_> = product([3, 4, 2]).into_iter().filter(|[a, b, _]| b <= a).collect();
    let chosen = Extent::Pairwise.select(all.clone(), names);
    assert_eq!(all_pairs(&chosen), all_pairs(&all));
    assert!(chosen.len() < all.len());
}

#[test]
fn the_full_extent_selects_every_attack() {
    let all = product([4, 5, 2]);
    assert_eq!(Extent::Full.select(all.clone(), names), all);
}
