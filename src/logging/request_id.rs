//! The id of a request. Each response names it, and each line that is logged while the request is handled.

use std::fmt;

tokio::task_local! {
    /// The id of the request that the current task handles.
    static CURRENT: RequestId;
}

/// The most characters of an id that a proxy gives.
const LONGEST: usize = 64;

/// A short name of one request: letters, digits and hyphens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RequestId(String);

impl RequestId {
    /// A random id of 80 bits: 16 characters that are hard to mistake for each other (Crockford's base32).
    #[must_use]
    pub fn random() -> Self {
        let bytes: [u8; 10] = rand::random();
        Self(base32::encode(base32::Alphabet::Crockford, &bytes).to_ascii_lowercase())
    }

    /// The id that a trusted proxy gives, if it is well-formed.
    #[must_use]
    pub fn parse(text: &[u8]) -> Option<Self> {
        let fits = |byte: &u8| byte.is_ascii_alphanumeric() || *byte == b'-';
        let is_id = (1..=LONGEST).contains(&text.len()) && text.iter().all(fits);
        is_id.then(|| Self(String::from_utf8_lossy(text).into_owned()))
    }

    /// The id of the request that the current task handles.
    #[must_use]
    pub fn current() -> Option<Self> {
        CURRENT.try_with(Clone::clone).ok()
    }

    /// Runs what handles the request. Lines that it logs carry the id. A task that it spawns has no id of its own.
    pub async fn of<F: Future>(self, handling: F) -> F::Output {
        CURRENT.scope(self, handling).await
    }

    /// As [`Self::of`], for work that does not wait.
    pub fn during<T>(self, work: impl FnOnce() -> T) -> T {
        CURRENT.sync_scope(self, work)
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for RequestId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_short_and_random() {
        let (one, other) = (RequestId::random(), RequestId::random());
        assert_ne!(one, other);
        assert_eq!(one.as_str().len(), 16);
        assert_eq!(RequestId::parse(one.as_str().as_bytes()), Some(one));
    }

    #[test]
    fn only_letters_digits_and_hyphens_are_an_id() {
        let longest = "a".repeat(LONGEST);
        for good in ["7", "3f2a-Z", longest.as_str()] {
            assert!(RequestId::parse(good.as_bytes()).is_some(), "{good}");
        }
        let longer = "a".repeat(LONGEST + 1);
        for bad in ["", "a b", "a\nb", "a_b", "ä", "a\"b", longer.as_str()] {
            assert_eq!(RequestId::parse(bad.as_bytes()), None, "{bad:?}");
        }
    }

    #[tokio::test]
    async fn the_id_is_known_inside_the_request_alone() {
        let id = RequestId::random();
        assert_eq!(id.clone().of(async { RequestId::current() }).await, Some(id.clone()));
        assert_eq!(id.clone().during(RequestId::current), Some(id));
        assert_eq!(RequestId::current(), None);
    }
}
