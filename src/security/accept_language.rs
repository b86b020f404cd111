//! The language that a browser asks for.

use actix_web::HttpMessage;
use actix_web::http::header::{self, AcceptLanguage, Header as _};

use crate::domain::Language;

/// The longest `Accept-Language` that is read. Browsers send less than 200 characters.
const LONGEST: usize = 1000;

/// The language of the response to a request: the one that it asks for, or English.
pub fn preferred(request: &impl HttpMessage) -> Language {
    asked(request).unwrap_or_default()
}

/// The language that a request asks for: the first that we have, in the order of its weights (RFC 9110 §12.5.4).
/// A header that is malformed or too long counts as absent.
pub fn asked(request: &impl HttpMessage) -> Option<Language> {
    let bytes: usize = request.headers().get_all(header::ACCEPT_LANGUAGE).map(|value| value.len()).sum();
    let asked = (bytes <= LONGEST).then(|| AcceptLanguage::parse(request).ok()).flatten();
    let mut ranges = asked.map_or_else(Vec::new, |asked| asked.0);
    ranges.retain(|range| range.quality > header::Quality::ZERO);
    // A stable sort: of equal weights the first counts.
    ranges.sort_by_key(|range| std::cmp::Reverse(range.quality));
    let known = |range: &header::QualityItem<_>| match &range.item {
        header::Preference::Any => Some(Language::default()),
        header::Preference::Specific(tag) => {
            let tag: &header::LanguageTag = tag;
            Language::of_tag(tag.primary_language())
        }
    };
    ranges.iter().find_map(known)
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use proptest::prelude::*;

    use super::*;
    use crate::domain::any_text::{config, made_of, text};

    #[test]
    fn the_first_language_that_we_have_counts_by_its_weight() {
        for (asked, language) in [
            ("de", Language::German),
            ("de-CH,de;q=0.9,en;q=0.8", Language::German),
            ("en;q=0.5, de;q=0.8", Language::German),
            ("fr-CH, fr;q=0.9, de;q=0.7, *;q=0.5", Language::German),
            ("fr, *;q=0.9, de;q=0.7", Language::English),
            ("de;q=0, en", Language::English),
            ("tlh, x-pirate, zh-Hant-TW", Language::English),
            ("", Language::English),
            ("de;q=2", Language::English),
            ("\u{fc}", Language::English),
        ] {
            let request = TestRequest::default().insert_header(("accept-language", asked)).to_http_request();
            assert_eq!(preferred(&request), language, "{asked:?}");
        }
        assert_eq!(preferred(&TestRequest::default().to_http_request()), Language::English);
    }

    #[test]
    fn a_very_long_header_counts_as_absent() {
        let long = format!("de,{}", "fr,".repeat(3500));
        let request = TestRequest::default().insert_header(("accept-language", long)).to_http_request();
        assert_eq!(preferred(&request), Language::English);
    }

    proptest! {
        #![proptest_config(config())]

        #[test]
        fn every_header_has_an_answer(
            header in prop_oneof![
                text(),
                made_of(&["de", "en", "fr", "-AT", "-Hans", ",", ";q=", "0.5", "1", "0", "2", "*", " ", "x-"]),
            ],
        ) {
            let Ok(value) = header::HeaderValue::from_bytes(header.as_bytes()) else { return Ok(()) };
            let request = TestRequest::default().insert_header((header::ACCEPT_LANGUAGE, value));
            let request = request.to_http_request();
            prop_assert_eq!(preferred(&request), asked(&request).unwrap_or_default());
        }

        #[test]
        fn of_two_languages_the_one_with_the_higher_weight_counts(de in 1..=1000_u32, en in 1..=1000_u32) {
            let weight = |number: u32| format!("{}.{:03}", number / 1000, number % 1000);
            let asked = format!("de;q={}, en;q={}", weight(de), weight(en));
            let request = TestRequest::default().insert_header(("accept-language", asked)).to_http_request();
            let expected = if de >= en { Language::German } else { Language::English };
            prop_assert_eq!(preferred(&request), expected);
        }
    }
}
