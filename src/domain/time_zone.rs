//! The time zones that members choose from. The IANA database keeps former names, too; CLDR says which are current.

use chrono_tz::Tz;
use icu_time::zone::iana::IanaParserExtended;

/// The parts of the world in the names of the IANA database.
pub const REGIONS: [&str; 10] = [
    "Africa",
    "America",
    "Antarctica",
    "Arctic",
    "Asia",
    "Atlantic",
    "Australia",
    "Europe",
    "Indian",
    "Pacific",
];

/// The time zones to choose from, and the part of the world of each: UTC and those that are named after a place.
pub fn offered() -> impl Iterator<Item = (Tz, Option<&'static str>)> {
    let current = IanaParserExtended::new().iter().filter_map(|zone| {
        let (region, _) = zone.canonical.split_once('/')?;
        let region = REGIONS.into_iter().find(|known| *known == region)?;
        Some((zone.canonical.parse().ok()?, Some(region)))
    });
    let mut zones: Vec<(Tz, Option<&'static str>)> = current.collect();
    zones.sort_by_key(|(zone, _)| zone.name());
    std::iter::once((Tz::UTC, None)).chain(zones)
}

/// The time zone of a name, if it can be chosen.
#[must_use]
pub fn find(name: &str) -> Option<Tz> {
    offered().map(|(zone, _)| zone).find(|known| known.name() == name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_zones_are_named_after_places_and_each_is_offered_once() {
        let names: Vec<&str> = offered().map(|(zone, _)| zone.name()).collect();
        let distinct: std::collections::BTreeSet<_> = names.iter().collect();
        assert_eq!(distinct.len(), names.len());
        for known in ["UTC", "Europe/Berlin", "America/Argentina/Buenos_Aires", "Asia/Kolkata", "Europe/Kyiv"]
        {
            assert!(find(known).is_some_and(|zone| zone.name() == known), "{known}");
        }
        for former in
            ["US/Pacific", "Etc/GMT+5", "CET", "Zulu", "Asia/Calcutta", "Europe/Kiev", "Australia/ACT"]
        {
            assert_eq!(find(former), None, "{former}");
        }
    }
}
