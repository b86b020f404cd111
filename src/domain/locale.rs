//! How a reader reads: in which language, and in which time zone.

use chrono::{DateTime, Offset as _, TimeZone as _, Utc};
use chrono_tz::Tz;

use super::Language;

/// The language and the time zone of a reader.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Locale {
    /// The language.
    pub language: Language,
    /// The time zone (IANA).
    pub time_zone: Tz,
}

/// English and UTC, where the reader is unknown.
impl Default for Locale {
    fn default() -> Self {
        Self::in_utc(Language::default())
    }
}

impl Locale {
    /// A reader of whom only the language is known.
    #[must_use]
    pub const fn in_utc(language: Language) -> Self {
        Self { language, time_zone: Tz::UTC }
    }

    /// The same reader with what an account has chosen. A stored name that is no longer known counts as not
    /// chosen.
    #[must_use]
    pub fn chosen(self, language: Option<&str>, time_zone: Option<&str>) -> Self {
        Self {
            language: language.and_then(Language::of_tag).unwrap_or(self.language),
            time_zone: time_zone.and_then(|name| name.parse().ok()).unwrap_or(self.time_zone),
        }
    }

    /// A moment as the clocks of the time zone show it, and their offset: `UTC`, `UTC+1` or `UTC−3:30`.
    pub(super) fn local(self, moment: DateTime<Utc>) -> (chrono::NaiveDateTime, String) {
        let utc = moment.naive_utc();
        let offset = self.time_zone.offset_from_utc_datetime(&utc).fix();
        // On the first and the last day that chrono knows, there may be no local time.
        let Some(local) = utc.checked_add_offset(offset) else { return (utc, "UTC".to_owned()) };
        let minutes = offset.local_minus_utc() / 60;
        let (sign, hours, rest) =
            (if minutes < 0 { '\u{2212}' } else { '+' }, minutes.abs() / 60, minutes.abs() % 60);
        let offset = match (hours, rest) {
            (0, 0) => "UTC".to_owned(),
            (_, 0) => format!("UTC{sign}{hours}"),
            _ => format!("UTC{sign}{hours}:{rest:02}"),
        };
        (local, offset)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use proptest::sample::select;

    use super::*;
    use crate::domain::any_text::{config, made_of, text};
    use crate::domain::moment::moments;

    #[test]
    fn the_offset_follows_the_time_zone_and_its_summer_time() {
        let (winter, summer) = (1_796_230_651, 1_781_000_000);
        for (zone, at, offset) in [
            ("UTC", winter, "UTC"),
            ("Europe/Berlin", winter, "UTC+1"),
            ("Europe/Berlin", summer, "UTC+2"),
            ("Asia/Kolkata", winter, "UTC+5:30"),
            ("America/St_Johns", winter, "UTC\u{2212}3:30"),
            ("America/St_Johns", summer, "UTC\u{2212}2:30"),
        ] {
            let locale = Locale::default().chosen(None, Some(zone));
            assert_eq!(locale.local(DateTime::from_timestamp(at, 0).unwrap()).1, offset, "{zone}");
        }
    }

    #[test]
    fn the_last_moment_has_no_local_time_in_the_east() {
        let last = DateTime::<Utc>::MAX_UTC;
        let locale = Locale::default().chosen(None, Some("Asia/Tokyo"));
        assert_eq!(locale.local(last), (last.naive_utc(), "UTC".to_owned()));
    }

    #[test]
    fn an_unknown_choice_counts_as_none() {
        let reader = Locale::in_utc(Language::German);
        assert_eq!(reader.chosen(None, None), reader);
        assert_eq!(reader.chosen(Some("xx"), Some("Mars/Base")), reader);
        assert_eq!(reader.chosen(Some("en"), Some("UTC")), Locale::default());
    }

    proptest! {
        #![proptest_config(config())]

        #[test]
        fn a_choice_is_known_or_counts_as_none(
            language in text(),
            zone in prop_oneof![text(), made_of(&["Europe", "/", "Berlin", "UTC", "_"])],
        ) {
            let reader = Locale::in_utc(Language::German);
            let chosen = reader.chosen(Some(&language), Some(&zone));
            prop_assert_eq!(chosen.language, Language::of_tag(&language).unwrap_or(Language::German));
            prop_assert!(chosen.time_zone.name() == zone || chosen.time_zone == Tz::UTC);
        }

        #[test]
        fn every_moment_has_a_local_time(zone in select(chrono_tz::TZ_VARIANTS.as_slice()), at in moments()) {
            let locale = Locale::default().chosen(None, Some(zone.name()));
            prop_assert_eq!(locale.time_zone, zone);
            let (local, offset) = locale.local(at);
            prop_assert!((local - at.naive_utc()).abs() <= chrono::TimeDelta::hours(16));
            prop_assert!(offset.starts_with("UTC"));
        }
    }
}
