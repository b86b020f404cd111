//! A moment as people and machines read it. Every date of a page, an email or a list is written here.

use chrono::{DateTime, Utc};
use serde::Serialize;

/// A moment in UTC, ready for a template.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Moment {
    /// Day and time: `2 December 2026, 16:57 UTC`.
    pub text: String,
    /// The day alone: `2 December 2026`.
    pub day: String,
    /// The month alone: `December 2026`.
    pub month: String,
    /// For machines, as RFC 3339: `2026-12-02T16:57:31Z`.
    pub iso: String,
}

impl From<DateTime<Utc>> for Moment {
    fn from(moment: DateTime<Utc>) -> Self {
        let format = |pattern: &str| moment.format(pattern).to_string();
        Self {
            text: format("%-d %B %Y, %H:%M UTC"),
            day: format("%-d %B %Y"),
            month: format("%B %Y"),
            iso: format("%Y-%m-%dT%H:%M:%SZ"),
        }
    }
}

/// The time that has passed since a moment, in its largest whole unit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Ago {
    /// The number of units.
    pub count: i64,
    /// `now`, `minute`, `hour` or `day`.
    pub unit: &'static str,
}

impl Ago {
    /// The time from `moment` to `now`.
    #[must_use]
    pub fn new(moment: DateTime<Utc>, now: DateTime<Utc>) -> Self {
        let passed = now - moment;
        let units =
            [("day", passed.num_days()), ("hour", passed.num_hours()), ("minute", passed.num_minutes())];
        let largest = units.into_iter().find(|(_, count)| *count > 0);
        largest.map_or(Self { count: 0, unit: "now" }, |(unit, count)| Self { count, unit })
    }
}

/// Serializes a moment as RFC 3339 alone, for lists that machines read.
///
/// # Errors
/// Those of the serializer.
pub fn as_rfc3339<S: serde::Serializer>(moment: &DateTime<Utc>, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&Moment::from(*moment).iso)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_time_since_a_moment_is_told_in_its_largest_unit() {
        let now = DateTime::from_timestamp(1_796_230_651, 0).unwrap();
        for (seconds, count, unit) in [
            (-5, 0, "now"),
            (59, 0, "now"),
            (60, 1, "minute"),
            (3599, 59, "minute"),
            (7200, 2, "hour"),
            (200_000, 2, "day"),
        ] {
            let then = now - chrono::TimeDelta::seconds(seconds);
            assert_eq!(Ago::new(then, now), Ago { count, unit }, "{seconds}");
        }
    }

    #[test]
    fn a_moment_has_one_form_for_people_and_one_for_machines() {
        let moment = Moment::from(DateTime::from_timestamp(1_796_230_651, 0).unwrap());
        assert_eq!(moment.text, "2 December 2026, 16:57 UTC");
        assert_eq!((moment.day.as_str(), moment.month.as_str()), ("2 December 2026", "December 2026"));
        assert_eq!(moment.iso, "2026-12-02T16:57:31Z");
    }
}
