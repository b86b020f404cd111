//! Where the user goes after a confirmation: a URL on the one origin that its application registered.

use std::fmt;

use serde::{Deserialize, Serialize};
use url::Url;
use uuid::Uuid;

use super::Embedder;
use super::embedder::EmbedderProblem;

/// The origin of an application, exact and spelled as browsers compare it. It is one source of a policy's `form-action`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReturnOrigin(String);

impl ReturnOrigin {
    /// Parses `scheme://host[:port]`: https, or http on this machine for development.
    ///
    /// # Errors
    /// The rules are those of `frame-ancestors`: an [`EmbedderProblem`].
    pub fn parse(text: &str) -> Result<Self, EmbedderProblem> {
        Embedder::parse(text).map(|origin| Self(origin.origin().as_str().to_owned()))
    }

    /// The origin.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ReturnOrigin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A URL on the registered origin of an application.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ReturnUrl(String);

/// Why a text is not a [`ReturnUrl`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ReturnUrlProblem {
    /// It is not on the registered origin, or spells it in another way.
    #[error("is not on the registered return origin, spelled exactly so")]
    OtherOrigin,
    /// It is longer than [`ReturnUrl::MAX_BYTES`].
    #[error("is longer than {} characters", ReturnUrl::MAX_BYTES)]
    TooLong,
    /// It has a character that no URL has, or that browsers change.
    #[error("has a space, a backslash, a quotation mark, a control character or a character outside ASCII")]
    Character,
    /// It has a fragment, which would hide what we append.
    #[error("has a fragment")]
    Fragment,
    /// Its query has one of the names that we append.
    #[error("has a parameter named confirmation or receipt, which we append")]
    Reserved,
}

/// The parameters that are appended.
const CONFIRMATION: &str = "confirmation";
const RECEIPT: &str = "receipt";

impl ReturnUrl {
    /// The maximum length in bytes.
    pub const MAX_BYTES: usize = 1000;

    /// Parses a URL that must begin with the registered origin, letter by letter.
    ///
    /// # Errors
    /// A [`ReturnUrlProblem`].
    pub fn parse(text: &str, origin: &ReturnOrigin) -> Result<Self, ReturnUrlProblem> {
        if text.len() > Self::MAX_BYTES {
            return Err(ReturnUrlProblem::TooLong);
        }
        // What comes next ends the authority: no port, no user, no longer host.
        let rest = text.strip_prefix(origin.as_str()).ok_or(ReturnUrlProblem::OtherOrigin)?;
        if !(rest.is_empty() || rest.starts_with(['/', '?', '#'])) {
            return Err(ReturnUrlProblem::OtherOrigin);
        }
        if !text.bytes().all(|b| b.is_ascii_graphic() && !matches!(b, b'\\' | b'"' | b'<' | b'>' | b'`')) {
            return Err(ReturnUrlProblem::Character);
        }
        if text.contains('#') {
            return Err(ReturnUrlProblem::Fragment);
        }
        let url = Url::parse(text).map_err(|_malformed| ReturnUrlProblem::OtherOrigin)?;
        // As browsers read it.
        let same = url.origin().ascii_serialization() == origin.as_str();
        if !same || !url.username().is_empty() || url.password().is_some() {
            return Err(ReturnUrlProblem::OtherOrigin);
        }
        if url.query_pairs().any(|(name, _)| name == CONFIRMATION || name == RECEIPT) {
            return Err(ReturnUrlProblem::Reserved);
        }
        // Browsers percent-encode some characters, so it may have grown.
        if url.as_str().len() > Self::MAX_BYTES {
            return Err(ReturnUrlProblem::TooLong);
        }
        Ok(Self(url.into()))
    }

    /// The URL.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The origin of the URL. `None`: it was not parsed by [`ReturnUrl::parse`].
    #[must_use]
    pub fn origin(&self) -> Option<ReturnOrigin> {
        let url = Url::parse(&self.0).ok()?;
        ReturnOrigin::parse(&url.origin().ascii_serialization()).ok()
    }

    /// The URL with the id of a confirmation and its receipt appended to the query.
    #[must_use]
    pub fn with_receipt(&self, confirmation: Uuid, receipt: &str) -> String {
        let mut pairs = url::form_urlencoded::Serializer::new(String::new());
        pairs.append_pair(CONFIRMATION, &confirmation.to_string()).append_pair(RECEIPT, receipt);
        let joint = if self.0.contains('?') { '&' } else { '?' };
        format!("{}{joint}{}", self.0, pairs.finish())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::domain::any_text::{config, text};
    use crate::domain::origin::near_an_origin;

    fn origin() -> ReturnOrigin {
        ReturnOrigin::parse("https://payroll.example").unwrap()
    }

    #[test]
    fn a_url_on_the_registered_origin_gets_the_receipt_in_its_query() {
        let id = Uuid::nil();
        for (text, with) in [
            ("https://payroll.example", "https://payroll.example/?confirmation="),
            ("https://payroll.example/", "https://payroll.example/?confirmation="),
            ("https://payroll.example/pay/7", "https://payroll.example/pay/7?confirmation="),
            ("https://payroll.example?run=7", "https://payroll.example/?run=7&confirmation="),
            ("https://payroll.example/a?b=%26&c", "https://payroll.example/a?b=%26&c&confirmation="),
        ] {
            let url = ReturnUrl::parse(text, &origin()).unwrap();
            assert_eq!(url.with_receipt(id, "a.b.c"), format!("{with}{id}&receipt=a.b.c"), "{text}");
        }
        let local = ReturnOrigin::parse("http://127.0.0.1:9000").unwrap();
        assert!(ReturnUrl::parse("http://127.0.0.1:9000/back", &local).is_ok());
    }

    #[test]
    fn a_url_that_a_browser_could_take_elsewhere_is_refused() {
        use ReturnUrlProblem::{Character, Fragment, OtherOrigin, Reserved, TooLong};
        for (text, problem) in [
            ("", OtherOrigin),
            ("/back", OtherOrigin),
            ("//payroll.example/back", OtherOrigin),
            ("javascript:alert(1)", OtherOrigin),
            ("data:text/html,x", OtherOrigin),
            ("http://payroll.example/", OtherOrigin),
            ("https://payroll.example:8443/", OtherOrigin),
            ("https://payroll.example:443/", OtherOrigin),
            ("https://payroll.example.evil.example/", OtherOrigin),
            ("https://payroll.example@evil.example/", OtherOrigin),
            ("https://payroll.example:x@evil.example/", OtherOrigin),
            ("https://user@payroll.example/", OtherOrigin),
            ("https://evil.example/https://payroll.example/", OtherOrigin),
            ("https://payroll.example\\@evil.example/", OtherOrigin),
            ("https:\\\\payroll.example/", OtherOrigin),
            ("https:/payroll.example/", OtherOrigin),
            ("HTTPS://payroll.example/", OtherOrigin),
            ("https://Payroll.example/", OtherOrigin),
            ("https://payroll.example./", OtherOrigin),
            ("https://p\u{430}yroll.example/", OtherOrigin),
            ("https://xn--pyroll-4ve.example/", OtherOrigin),
            ("https://payroll\u{3002}example/", OtherOrigin),
            (" https://payroll.example/", OtherOrigin),
            ("https://payroll.example/\\evil.example", Character),
            ("https://payroll.example/a b", Character),
            ("https://payroll.example/\t", Character),
            ("https://payroll.example/\n", Character),
            ("https://payroll.example/\u{0}", Character),
            ("https://payroll.example/\u{e4}", Character),
            ("https://payroll.example/\"><script>", Character),
            ("https://payroll.example/#top", Fragment),
            ("https://payroll.example#top", Fragment),
            ("https://payroll.example/?receipt=forged", Reserved),
            ("https://payroll.example/?a=b&confirmat%69on=7", Reserved),
            (&format!("https://payroll.example/{}", "a".repeat(1000)), TooLong),
        ] {
            assert_eq!(ReturnUrl::parse(text, &origin()), Err(problem), "{text}");
        }
    }

    proptest! {
        #![proptest_config(config())]

        #[test]
        fn an_accepted_url_stays_on_the_registered_origin_with_its_receipt(
            registered in prop_oneof![Just("https://payroll.example".to_owned()), near_an_origin()],
            rest in prop_oneof![text(), "[a-z0-9/?&=%._~:@\\\\#-]{0,40}"],
            typed in text(),
        ) {
            let Ok(origin) = ReturnOrigin::parse(&registered) else { return Ok(()) };
            prop_assert_eq!(origin.as_str(), &registered);
            for text in [format!("{registered}{rest}"), typed] {
                let Ok(url) = ReturnUrl::parse(&text, &origin) else { continue };
                prop_assert_eq!(url.origin(), Some(origin.clone()));
                for shown in [url.as_str().to_owned(), url.with_receipt(Uuid::nil(), "a.b.c")] {
                    let read = Url::parse(&shown).unwrap();
                    prop_assert_eq!(read.origin().ascii_serialization(), registered.clone());
                    prop_assert!(read.username().is_empty() && read.password().is_none() && read.fragment().is_none());
                    prop_assert!(shown.bytes().all(|b| b.is_ascii_graphic()));
                }
                let pairs: Vec<_> = Url::parse(&url.with_receipt(Uuid::nil(), "a.b.c")).unwrap().query_pairs()
                    .into_owned().filter(|(name, _)| name == "receipt").collect();
                prop_assert_eq!(pairs, vec![("receipt".to_owned(), "a.b.c".to_owned())]);
            }
        }
    }
}
