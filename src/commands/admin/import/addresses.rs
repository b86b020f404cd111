//! The email addresses of a file, to find those that it repeats.

use std::collections::HashMap;
use std::hash::{BuildHasher as _, RandomState};

use super::records::Place;
use crate::domain::EmailAddress;

/// The rows of the email addresses so far. Takes 20 to 60 bytes a row, whatever the length of the addresses: it holds
/// 64 bits of a keyed hash of each. In a file of a million rows, two addresses have the same 64 bits with a
/// probability of 1 in 30 million.
#[derive(Default)]
pub(super) struct Addresses {
    key: RandomState,
    rows: HashMap<u64, u32>,
}

impl Addresses {
    /// Adds an email address. Returns its place in the file so far, if it has one.
    pub(super) fn add(&mut self, email: &EmailAddress, place: Place) -> Option<Place> {
        let number = u32::try_from(place.number()).unwrap_or(u32::MAX);
        let first = *self.rows.entry(self.key.hash_one(email)).or_insert(number);
        (first != number).then(|| place.with_number(usize::try_from(first).unwrap_or(usize::MAX)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_repeated_email_address_names_its_first_row() {
        let email = |text: &str| EmailAddress::parse(text).unwrap();
        let mut addresses = Addresses::default();
        assert_eq!(addresses.add(&email("ada@example.com"), Place::Line(2)), None);
        assert_eq!(addresses.add(&email("bob@example.com"), Place::Line(3)), None);
        for line in [4, 5] {
            assert_eq!(addresses.add(&email("Ada@Example.com"), Place::Line(line)), Some(Place::Line(2)));
        }
    }
}
