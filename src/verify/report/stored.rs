//! How parts of a report are stored in JSON that have no form of their own there.

/// The map of findings as a list: JSON has texts as keys only.
pub(super) mod as_list {
    use std::collections::BTreeMap;

    use serde::{Deserialize as _, Deserializer, Serializer};

    use crate::verify::judge::Finding;
    use crate::verify::report::Place;

    type Findings = BTreeMap<Finding, Vec<Place>>;

    pub(in crate::verify::report) fn serialize<S: Serializer>(
        findings: &Findings,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(findings)
    }

    pub(in crate::verify::report) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Findings, D::Error> {
        Ok(Vec::<(Finding, Vec<Place>)>::deserialize(deserializer)?.into_iter().collect())
    }
}

/// A day as `2027-03-31`.
pub(super) mod day {
    use chrono::NaiveDate;
    use serde::{Deserialize as _, Deserializer, Serializer};

    pub(in crate::verify::report) fn serialize<S: Serializer>(
        day: &NaiveDate,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        serializer.collect_str(day)
    }

    pub(in crate::verify::report) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<NaiveDate, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}
