//! A device and an occasion, as people recognize them in a list or in an email.

use std::net::IpAddr;

use chrono::{DateTime, Utc};
use serde::Serialize;

use super::{Locale, Moment};

/// The device that a User-Agent names: a hint, not evidence. Its names come from a fixed list, never from the
/// header itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Device {
    /// Whether it is a program and no browser, such as curl.
    pub is_script: bool,
    /// The browser.
    pub browser: String,
    /// The operating system.
    pub system: Option<String>,
}

impl Device {
    /// The device of a User-Agent; `None` for an unknown one.
    #[must_use]
    pub fn of(user_agent: &str) -> Option<Self> {
        const UNKNOWN: &str = "UNKNOWN";
        let known = |name: &str| (name != UNKNOWN).then(|| name.to_owned());
        let found = woothee::parser::Parser::new().parse(user_agent)?;
        let is_script = found.name == "HTTP Library" || matches!(found.category, "crawler" | "misc");
        // Browsers no longer tell newer versions of Windows apart, nor an iPad from a Mac.
        let system = known(found.os).map(|system| match system.as_str() {
            windows if windows.starts_with("Windows") => "Windows".to_owned(),
            "Mac OSX" => "Mac or iPad".to_owned(),
            _ => system,
        });
        Some(Self { is_script, browser: known(found.name)?, system })
    }
}

/// When and from where something was asked for. Emails name it, so that their readers can tell whether it was
/// they.
#[derive(Clone, Debug, Serialize)]
pub struct Occasion {
    /// The time.
    pub at: Moment,
    #[serde(skip)]
    time: DateTime<Utc>,
    /// The language and time zone of the reader.
    #[serde(skip)]
    pub locale: Locale,
    /// The device; `None` for an unknown one.
    pub device: Option<Device>,
    /// The IP address; `None` for an operator, who uses the command line.
    pub address: Option<IpAddr>,
}

impl Occasion {
    /// The same occasion, as another reader reads about it.
    #[must_use]
    pub fn read_by(&self, locale: Locale) -> Self {
        Self { at: Moment::new(self.time, locale), locale, ..self.clone() }
    }

    /// The occasion of a request, as this reader reads about it.
    #[must_use]
    pub fn new(at: DateTime<Utc>, user_agent: &str, address: IpAddr, locale: Locale) -> Self {
        Self { device: Device::of(user_agent), address: Some(address), ..Self::by_operator(at, locale) }
    }

    /// The occasion of a command of an operator, as this reader reads about it.
    #[must_use]
    pub fn by_operator(at: DateTime<Utc>, locale: Locale) -> Self {
        Self { at: Moment::new(at, locale), time: at, locale, device: None, address: None }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use proptest::sample::select;

    use super::*;
    use crate::domain::any_text::{config, made_of, text};
    use crate::domain::moment::moments;

    fn shown(user_agent: &str) -> Option<(bool, String, Option<String>)> {
        Device::of(user_agent).map(|device| (device.is_script, device.browser, device.system))
    }

    #[test]
    fn a_device_is_named_as_its_owner_names_it() {
        let chrome = |system: &str| {
            format!(
                "Mozilla/5.0 ({system}) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36"
            )
        };
        for (system, name) in [
            ("Windows NT 10.0; Win64; x64", "Windows"),
            ("Macintosh; Intel Mac OS X 10_15_7", "Mac or iPad"),
            ("X11; Linux x86_64", "Linux"),
        ] {
            assert_eq!(shown(&chrome(system)), Some((false, "Chrome".into(), Some(name.into()))));
        }
        assert!(Device::of("curl/8.5.0").is_some_and(|device| device.is_script));
        for unknown in ["", "www.evil.example/x", "<b>x</b>"] {
            assert_eq!(Device::of(unknown), None, "{unknown}");
        }
    }

    fn user_agents() -> impl Strategy<Value = String> {
        prop_oneof![
            text(),
            made_of(&[
                "Mozilla/5.0 ",
                "(",
                ")",
                "; ",
                "Windows NT 10.0",
                "Macintosh; Intel Mac OS X 10_15_7",
                "X11; Linux x86_64",
                "Android 14",
                "iPhone OS 17_0",
                "AppleWebKit/537.36 ",
                "Chrome/140.0 ",
                "Safari/537.36",
                "Firefox/153.0",
                "Edg/140 ",
                "MSIE 9.0",
                "Trident/",
                "curl/8.5",
                "Googlebot",
                "Opera/",
                "Version/17",
                "DoCoMo/",
                "FOMA;",
                "en",
            ]),
        ]
    }

    proptest! {
        #![proptest_config(config())]

        #[test]
        fn a_device_has_only_names_of_the_list(user_agent in user_agents()) {
            let Some(device) = Device::of(&user_agent) else { return Ok(()) };
            for name in [Some(device.browser), device.system].into_iter().flatten() {
                prop_assert!(!name.is_empty() && name.len() < 40);
                prop_assert!(name.chars().all(|c| c.is_ascii_alphanumeric() || " .!/-_".contains(c)), "{name}");
            }
        }

        #[test]
        fn an_occasion_keeps_its_facts_for_every_reader(
            user_agent in user_agents(),
            at in moments(),
            address in any::<IpAddr>(),
            language in select(crate::domain::Language::ALL),
        ) {
            let occasion = Occasion::new(at, &user_agent, address, Locale::default());
            let reader = Locale::in_utc(language);
            let read = occasion.read_by(reader);
            prop_assert_eq!(&read.at, &Moment::new(at, reader));
            prop_assert_eq!((read.device, read.address), (Device::of(&user_agent), Some(address)));
        }
    }
}
