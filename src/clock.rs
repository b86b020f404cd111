//! The clock. No other code asks the operating system for the time, so a test can move it.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use chrono::{DateTime, SubsecRound as _, TimeDelta, Utc};

/// The system's clock, or the system's clock moved ahead. Copies of one clock move together.
#[derive(Clone, Debug, Default)]
pub struct Clock {
    /// Microseconds ahead of the system's clock; always 0 outside tests.
    ahead: Arc<AtomicI64>,
}

impl Clock {
    /// The system's clock.
    #[must_use]
    pub fn system() -> Self {
        Self::default()
    }

    /// The present moment in UTC, to the microsecond: the precision in which both databases store it.
    #[must_use]
    pub fn now(&self) -> DateTime<Utc> {
        Utc::now().trunc_subsecs(6) + TimeDelta::microseconds(self.ahead.load(Ordering::SeqCst))
    }

    /// Moves this clock and its copies ahead, so that tests of expiry and waiting need not wait.
    pub fn advance(&self, by: TimeDelta) {
        self.ahead.fetch_add(by.num_microseconds().unwrap_or_default(), Ordering::SeqCst);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_and_its_copies_move_ahead_together() {
        let clock = Clock::system();
        let (copy, before) = (clock.clone(), clock.now());
        clock.advance(TimeDelta::days(7));
        assert!(copy.now() - before >= TimeDelta::days(7));
        assert!(Clock::system().now() - before < TimeDelta::days(1), "another clock is not moved");
    }
}
