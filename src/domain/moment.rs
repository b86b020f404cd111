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
    fn a_moment_has_one_form_for_people_and_one_for_machines() {
        let moment = Moment::from(DateTime::from_timestamp(1_796_230_651, 0).unwrap());
        assert_eq!(moment.text, "2 December 2026, 16:57 UTC");
        assert_eq!((moment.day.as_str(), moment.month.as_str()), ("2 December 2026", "December 2026"));
        assert_eq!(moment.iso, "2026-12-02T16:57:31Z");
    }
}
