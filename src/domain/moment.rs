//! A moment as people and machines read it. Every date of a page, an email or a list is written here, in the
//! reader's language (Unicode CLDR) and time zone.

use chrono::{DateTime, Datelike as _, Timelike as _, Utc};
use icu_calendar::Gregorian;
use icu_datetime::FixedCalendarDateTimeFormatter;
use icu_datetime::fieldsets::{YM, YMD, YMDT};
use icu_datetime::input::{Date, DateTime as LocalDateTime, Time};
use serde::Serialize;

use super::{Language, Locale};

/// A moment, ready for a template.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Moment {
    /// Day and time with the offset from UTC: `2 December 2026 at 16:57 UTC+1`.
    pub text: String,
    /// The day alone: `2 December 2026`.
    pub day: String,
    /// The month alone: `December 2026`.
    pub month: String,
    /// For machines, as RFC 3339: `2026-12-02T16:57:31Z`.
    pub iso: String,
}

/// How one language writes dates.
struct Formats {
    language: Language,
    text: FixedCalendarDateTimeFormatter<Gregorian, YMDT>,
    day: FixedCalendarDateTimeFormatter<Gregorian, YMD>,
    month: FixedCalendarDateTimeFormatter<Gregorian, YM>,
}

thread_local! {
    static FORMATS: Vec<Formats> = Language::ALL.iter().map(Formats::new).collect();
}

impl Formats {
    #[expect(
        clippy::expect_used,
        reason = "the program holds the data of all languages; every test of a date runs it"
    )]
    fn new(language: &Language) -> Self {
        let tag: icu_locale_core::Locale = language.date_tag().parse().expect("a language tag");
        Self {
            language: *language,
            text: FixedCalendarDateTimeFormatter::try_new((&tag).into(), YMD::long().with_time_hm())
                .expect("CLDR has the language"),
            day: FixedCalendarDateTimeFormatter::try_new((&tag).into(), YMD::long())
                .expect("CLDR has the language"),
            month: FixedCalendarDateTimeFormatter::try_new((&tag).into(), YM::long())
                .expect("CLDR has the language"),
        }
    }
}

impl Moment {
    /// A moment as this reader reads it.
    #[must_use]
    pub fn new(moment: DateTime<Utc>, locale: Locale) -> Self {
        let iso = rfc3339(moment);
        let (local, offset) = locale.local(moment);
        let part = |number: u32| u8::try_from(number).unwrap_or_default();
        let date = Date::try_new_gregorian(local.year(), part(local.month()), part(local.day()));
        let time = Time::try_new(part(local.hour()), part(local.minute()), 0, 0);
        let (Ok(date), Ok(time)) = (date, time) else { return Self::unwritten(iso) };
        FORMATS.with(|formats| {
            let Some(formats) = formats.iter().find(|formats| formats.language == locale.language) else {
                return Self::unwritten(iso);
            };
            Self {
                text: format!("{} {offset}", formats.text.format(&LocalDateTime { date, time })),
                day: formats.day.format(&date).to_string(),
                month: formats.month.format(&date).to_string(),
                iso,
            }
        })
    }

    /// A moment that no calendar can write: as machines read it.
    fn unwritten(iso: String) -> Self {
        Self { text: iso.clone(), day: iso.clone(), month: iso.clone(), iso }
    }
}

/// In English and UTC, for operators.
impl From<DateTime<Utc>> for Moment {
    fn from(moment: DateTime<Utc>) -> Self {
        Self::new(moment, Locale::default())
    }
}

/// The time that has passed since a moment, in its largest whole unit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ago {
    /// Less than a minute.
    Now,
    /// Whole minutes.
    Minutes(i64),
    /// Whole hours.
    Hours(i64),
    /// Whole days.
    Days(i64),
}

impl Ago {
    /// The time from `moment` to `now`.
    #[must_use]
    pub fn new(moment: DateTime<Utc>, now: DateTime<Utc>) -> Self {
        let passed = now - moment;
        match (passed.num_days(), passed.num_hours(), passed.num_minutes()) {
            (days @ 1.., ..) => Self::Days(days),
            (_, hours @ 1.., _) => Self::Hours(hours),
            (.., minutes @ 1..) => Self::Minutes(minutes),
            _ => Self::Now,
        }
    }
}

fn rfc3339(moment: DateTime<Utc>) -> String {
    moment.format("%Y-%m-%dT%H:%M:%SZ").to_string()
}

/// Serializes a moment as RFC 3339 alone, for lists that machines read.
///
/// # Errors
/// Those of the serializer.
pub fn as_rfc3339<S: serde::Serializer>(moment: &DateTime<Utc>, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&rfc3339(*moment))
}

/// All moments: mostly of this era, also the first and the last one.
#[cfg(test)]
pub(super) fn moments() -> impl proptest::strategy::Strategy<Value = DateTime<Utc>> {
    use proptest::prelude::*;
    let (first, last) = (DateTime::<Utc>::MIN_UTC.timestamp(), DateTime::<Utc>::MAX_UTC.timestamp());
    let seconds =
        prop_oneof![8 => 0..10_000_000_000_i64, 2 => first..=last, 1 => Just(first), 1 => Just(last)];
    (seconds, 0..1_000_000_000_u32).prop_filter_map("no moment", |(s, ns)| DateTime::from_timestamp(s, ns))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use proptest::sample::select;

    use super::*;
    use crate::domain::any_text::config;

    #[test]
    fn the_time_since_a_moment_is_told_in_its_largest_unit() {
        let now = DateTime::from_timestamp(1_796_230_651, 0).unwrap();
        for (seconds, ago) in [
            (-5, Ago::Now),
            (59, Ago::Now),
            (60, Ago::Minutes(1)),
            (3599, Ago::Minutes(59)),
            (7200, Ago::Hours(2)),
            (200_000, Ago::Days(2)),
        ] {
            let then = now - chrono::TimeDelta::seconds(seconds);
            assert_eq!(Ago::new(then, now), ago, "{seconds}");
        }
    }

    #[test]
    fn a_moment_has_one_form_for_people_and_one_for_machines() {
        let moment = Moment::from(DateTime::from_timestamp(1_796_230_651, 0).unwrap());
        assert_eq!(moment.text, "2 December 2026 at 16:57 UTC");
        assert_eq!((moment.day.as_str(), moment.month.as_str()), ("2 December 2026", "December 2026"));
        assert_eq!(moment.iso, "2026-12-02T16:57:31Z");
    }

    #[test]
    fn a_moment_is_written_in_the_readers_language_and_time_zone() {
        let reader = Locale::in_utc(Language::German).chosen(None, Some("Asia/Tokyo"));
        let moment = Moment::new(DateTime::from_timestamp(1_796_230_651, 0).unwrap(), reader);
        assert_eq!(moment.text, "3. Dezember 2026 um 01:57 UTC+9");
        assert_eq!((moment.day.as_str(), moment.month.as_str()), ("3. Dezember 2026", "Dezember 2026"));
        assert_eq!(moment.iso, "2026-12-02T16:57:31Z");
    }

    proptest! {
        #![proptest_config(config())]

        #[test]
        fn every_moment_is_written_in_each_language_and_time_zone(
            at in moments(),
            zone in select(chrono_tz::TZ_VARIANTS.as_slice()),
            language in select(Language::ALL),
        ) {
            let written = Moment::new(at, Locale::in_utc(language).chosen(None, Some(zone.name())));
            for text in [&written.text, &written.day, &written.month, &written.iso] {
                prop_assert!(!text.is_empty() && !text.contains(char::is_control));
            }
            if (1..=9999).contains(&at.year()) {
                let read = DateTime::parse_from_rfc3339(&written.iso).unwrap();
                prop_assert_eq!(read.timestamp(), at.timestamp());
                prop_assert!(written.text.starts_with(&written.day), "{:?}", written);
            }
        }

        #[test]
        fn the_unit_is_the_largest_whole_one(one in moments(), other in moments()) {
            let fits = match Ago::new(one, other) {
                Ago::Now => other - one < chrono::TimeDelta::minutes(1),
                Ago::Minutes(minutes) => (1..60).contains(&minutes),
                Ago::Hours(hours) => (1..24).contains(&hours),
                Ago::Days(days) => days == (other - one).num_days() && days > 0,
            };
            prop_assert!(fits, "{:?}", Ago::new(one, other));
        }
    }
}
