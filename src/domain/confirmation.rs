//! What another application asks a user to confirm, and the digest of exactly what is shown.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use super::{ConfirmationTitle, Detail, ReturnUrl};

/// How much harm a wrong approval can do, by the judgement of the application.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Danger {
    /// Any proof of the account is enough.
    Normal,
    /// Only a second factor is enough.
    High,
}

impl Danger {
    /// The name in the database, in the API and in receipts.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Normal => "normal",
            Self::High => "high",
        }
    }

    /// The danger of a name.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        [Self::Normal, Self::High].into_iter().find(|danger| danger.name() == name)
    }
}

/// How a confirmation ended, other than by its expiry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The user approved it, with a proof.
    Approved,
    /// The user declined it.
    Declined,
    /// The application withdrew it.
    Withdrawn,
}

impl Outcome {
    /// The name in the database, in the API and in receipts.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Approved => "approved",
            Self::Declined => "declined",
            Self::Withdrawn => "withdrawn",
        }
    }

    /// The outcome of a name.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        [Self::Approved, Self::Declined, Self::Withdrawn].into_iter().find(|outcome| outcome.name() == name)
    }
}

/// What the user is shown and asked to confirm.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConfirmationRequest {
    /// The name of the application that asks.
    pub application: String,
    /// What it asks for.
    pub title: ConfirmationTitle,
    /// The details, in their order.
    pub details: Vec<Detail>,
    /// The danger.
    pub danger: Danger,
    /// Where the user goes afterwards.
    pub return_url: ReturnUrl,
}

impl ConfirmationRequest {
    /// The digest of what is shown: base64url of SHA-256 of this object as JSON in the canonical form of RFC 8785, which
    /// `docs/CONFIRMATIONS.md` shows to applications. It holds texts alone, so no number has several spellings.
    #[must_use]
    pub fn displayed(&self) -> String {
        URL_SAFE_NO_PAD.encode(Sha256::digest(self.canonical()))
    }

    /// The names of an object in the order of RFC 8785 §3.2.3, without a space between.
    fn canonical(&self) -> String {
        let text = |text: &str| serde_json::Value::from(text).to_string();
        let details = self.details.iter().map(|Detail { label, value }| {
            format!("{{\"label\":{},\"value\":{}}}", text(label.as_str()), text(value.as_str()))
        });
        format!(
            "{{\"application\":{},\"danger\":{},\"details\":[{}],\"return_url\":{},\"title\":{}}}",
            text(&self.application),
            text(self.danger.name()),
            details.collect::<Vec<_>>().join(","),
            text(self.return_url.as_str()),
            text(self.title.as_str()),
        )
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::domain::any_text::{config, short};
    use crate::domain::{DetailLabel, DetailValue, ReturnOrigin};

    fn request(title: &str, details: &[(&str, &str)]) -> Option<ConfirmationRequest> {
        let origin = ReturnOrigin::parse("https://payroll.example").unwrap();
        let detail = |(label, value): &(&str, &str)| {
            Some(Detail { label: DetailLabel::parse(label).ok()?, value: DetailValue::parse(value).ok()? })
        };
        Some(ConfirmationRequest {
            application: "Payroll".to_owned(),
            title: ConfirmationTitle::parse(title).ok()?,
            details: details.iter().map(detail).collect::<Option<_>>()?,
            danger: Danger::Normal,
            return_url: ReturnUrl::parse("https://payroll.example/done", &origin).unwrap(),
        })
    }

    #[test]
    fn the_canonical_form_is_the_one_that_the_document_shows() {
        let shown = request("Pay 1,200 € to “Bob”", &[("Account", "DE02 \"1203\""), ("Due", "now")]).unwrap();
        assert_eq!(
            shown.canonical(),
            r#"{"application":"Payroll","danger":"normal","details":[{"label":"Account","value":"DE02 \"1203\""},{"label":"Due","value":"now"}],"return_url":"https://payroll.example/done","title":"Pay 1,200 € to “Bob”"}"#
        );
        assert_eq!(shown.displayed().len(), 43);
    }

    #[test]
    fn each_name_is_of_one_value() {
        for outcome in [Outcome::Approved, Outcome::Declined, Outcome::Withdrawn] {
            assert_eq!(Outcome::parse(outcome.name()), Some(outcome));
        }
        for danger in [Danger::Normal, Danger::High] {
            assert_eq!(Danger::parse(danger.name()), Some(danger));
            assert_eq!(serde_json::json!(danger), danger.name());
        }
        assert_eq!((Outcome::parse("expired"), Danger::parse("HIGH")), (None, None));
    }

    proptest! {
        #![proptest_config(config())]

        #[test]
        fn the_canonical_form_is_sorted_json_of_what_is_shown(
            title in short(60), label in short(20), value in short(60), name in short(12),
        ) {
            prop_assert!(Outcome::parse(&name).is_none_or(|outcome| outcome.name() == name));
            prop_assert!(Danger::parse(&name).is_none_or(|danger| danger.name() == name));
            let Some(shown) = request(&title, &[(&label, &value), ("Label", &value)]) else { return Ok(()) };
            // `Value` sorts its names.
            let read: serde_json::Value = serde_json::from_str(&shown.canonical()).unwrap();
            prop_assert_eq!(&read, &serde_json::json!(shown));
            prop_assert_eq!(read.to_string(), shown.canonical());
            let other = request(&title, &[("Label", &value), (&label, &value)]).unwrap();
            prop_assert_eq!(shown.displayed() == other.displayed(), shown == other);
        }
    }
}
