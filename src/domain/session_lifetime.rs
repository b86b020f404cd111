//! How long a session lives.

use std::time::Duration;

/// The lifetime of a session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SessionLifetime {
    /// The time without use after which it ends.
    pub idle: Duration,
    /// The time after sign-in at which it ends in any case.
    pub absolute: Duration,
    /// Whether the user chose to stay signed in, so that the cookie outlives the browser.
    pub remembered: bool,
}
