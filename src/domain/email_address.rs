//! Email addresses in one spelling each, so that the unique index of `users` can compare them.

use std::fmt;

use serde::{Deserialize, Serialize};
use unicode_normalization::UnicodeNormalization;

use super::invisible::is_invisible;

/// An email address in its normal form: trimmed, NFC, lower case, with the domain in ASCII (IDNA).
///
/// RFC 5321 allows a mail server to treat `Ada@` and `ada@` as two mailboxes. No well-known server does,
/// and users do not expect it.
#[derive(Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct EmailAddress(String);

/// Why a text is not an [`EmailAddress`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EmailAddressProblem {
    /// It has nothing but spaces.
    #[error("is empty")]
    Empty,
    /// It has more than [`EmailAddress::MAX_BYTES`].
    #[error("is longer than 254 bytes")]
    TooLong,
    /// It does not have the form name@domain.
    #[error("is malformed")]
    Malformed,
}

impl EmailAddress {
    /// The mailbox that gets the mail at most hosts, to count mails by: without a sub-address (RFC 5233, `+`), and
    /// without the dots that Gmail ignores. Only for limits: elsewhere two addresses are two.
    #[must_use]
    pub fn mailbox(&self) -> String {
        let (local, domain) = self.0.rsplit_once('@').unwrap_or((&self.0, ""));
        let name = local.split('+').next().filter(|name| !name.is_empty()).unwrap_or(local);
        if matches!(domain, "gmail.com" | "googlemail.com") {
            return format!("{}@gmail.com", name.replace('.', ""));
        }
        format!("{name}@{domain}")
    }

    /// The part after the `@`.
    #[must_use]
    pub fn domain(&self) -> &str {
        self.0.rsplit_once('@').map_or("", |(_, domain)| domain)
    }

    /// The maximum length of the normal form in bytes (RFC 5321 §4.5.3.1.3, less the angle brackets).
    pub const MAX_BYTES: usize = 254;

    /// Normalizes and checks what the user typed.
    pub fn parse(typed: &str) -> Result<Self, EmailAddressProblem> {
        use EmailAddressProblem::{Empty, Malformed, TooLong};
        let typed = typed.trim();
        if typed.is_empty() {
            return Err(Empty);
        }
        if typed.len() > 4 * Self::MAX_BYTES {
            return Err(TooLong);
        }
        // In the local part they would make one address look like another; IDNA would drop them from the domain.
        if typed.contains(is_invisible) {
            return Err(Malformed);
        }
        let (local, domain) = typed.rsplit_once('@').ok_or(Malformed)?;
        let local: String = local.to_lowercase().nfc().collect();
        let domain = idna::domain_to_ascii_strict(domain).map_err(|_invalid| Malformed)?;
        let address = format!("{local}@{domain}");
        if address.len() > Self::MAX_BYTES {
            return Err(TooLong);
        }
        // An IP literal or a quoted local part is legal, but in an account form it is a mistake or an attack.
        if local.starts_with('"')
            || domain.starts_with('[')
            || !domain.contains(|c: char| c.is_ascii_alphabetic())
        {
            return Err(Malformed);
        }
        lettre::Address::new(local, domain).map_err(|_invalid| Malformed)?;
        Ok(Self(address))
    }

    /// The normal form.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The part before the `@`.
    #[must_use]
    pub fn local_part(&self) -> &str {
        self.0.rsplit_once('@').map_or("", |(local, _)| local)
    }
}

impl TryFrom<String> for EmailAddress {
    type Error = EmailAddressProblem;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        Self::parse(&text)
    }
}

impl From<EmailAddress> for String {
    fn from(address: EmailAddress) -> Self {
        address.0
    }
}

/// Masked, because an email address is personal data and must not reach the logs.
impl fmt::Debug for EmailAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("EmailAddress(..)")
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::domain::any_text::{config, short, text};

    #[test]
    fn each_address_has_one_spelling() {
        for typed in ["Ada@Example.COM", " ada@example.com ", "ADA@EXAMPLE.com"] {
            assert_eq!(EmailAddress::parse(typed).unwrap().as_str(), "ada@example.com");
        }
        assert_eq!(EmailAddress::parse("a@BÜCHER.example").unwrap().as_str(), "a@xn--bcher-kva.example");
        assert_eq!(
            EmailAddress::parse("zoe\u{0308}@example.com").unwrap(),
            EmailAddress::parse("ZO\u{00CB}@example.com").unwrap()
        );
    }

    #[test]
    fn an_empty_long_or_malformed_address_is_refused() {
        for typed in [
            "ada",
            "@example.com",
            "ada@",
            "a b@example.com",
            "ada@exa mple.com",
            "ada@[127.0.0.1]",
            "ada@127.0.0.1",
            "\"a b\"@example.com",
            "ada@example.com\r\nBcc: x@example.com",
            "a@b@c.example",
            "ada@-x.example",
            "ada@example..com",
            "ada\0@example.com",
            "a\u{AD}da@example.com",
            "a\u{34F}da@example.com",
            "\u{202E}ada@example.com",
            "ada\u{200B}@example.com",
            "ada@exam\u{AD}ple.com",
        ] {
            assert_eq!(EmailAddress::parse(typed), Err(EmailAddressProblem::Malformed), "{typed:?}");
        }
        let long = format!("{}@example.com", "x".repeat(300));
        assert_eq!(EmailAddress::parse(&long), Err(EmailAddressProblem::TooLong));
        assert_eq!(EmailAddress::parse(" "), Err(EmailAddressProblem::Empty));
    }

    #[test]
    fn debug_does_not_show_the_address() {
        let shown = format!("{:?}", EmailAddress::parse("ada@example.com").unwrap());
        assert!(!shown.contains("ada"), "{shown}");
    }

    #[test]
    fn sub_addresses_share_a_mailbox() {
        let mailbox = |address: &str| EmailAddress::parse(address).unwrap().mailbox();
        for address in ["ada@example.com", "Ada+shop@example.com", "ada+a+b@example.com"] {
            assert_eq!(mailbox(address), "ada@example.com");
        }
        assert_eq!(mailbox("a.d.a+x@googlemail.com"), "ada@gmail.com");
        assert_eq!(mailbox("a.da@example.com"), "a.da@example.com");
        assert_eq!(mailbox("+x@example.com"), "+x@example.com");
    }

    /// Any text, and texts that are nearly an address.
    fn typed() -> impl Strategy<Value = String> {
        let domain = prop_oneof![
            4 => "[a-zA-Z0-9-]{1,9}\\.(example|EXAMPLE|xn--[a-z]{1,5})",
            1 => "[a-z\u{e4}-\u{fc}\u{430}-\u{44f}]{1,9}\\.example",
            1 => short(20),
        ];
        let local = prop_oneof!["[a-zA-Z0-9.+_-]{1,20}", short(20)];
        let near = (local, domain).prop_map(|(local, domain)| format!("{local}@{domain}"));
        prop_oneof![1 => text(), 4 => near]
    }

    proptest! {
        #![proptest_config(config())]

        #[test]
        fn an_accepted_address_is_one_mailbox_in_its_normal_form(typed in typed()) {
            let Ok(address) = EmailAddress::parse(&typed) else { return Ok(()) };
            let normal = address.as_str();
            prop_assert_eq!(EmailAddress::parse(normal), Ok(address.clone()));
            prop_assert!(normal.len() <= EmailAddress::MAX_BYTES);
            prop_assert_eq!(normal.matches('@').count(), 1);
            let breaks_a_header = |c: char| c.is_whitespace() || "<>()[]\\,;:\"".contains(c);
            prop_assert!(!normal.chars().any(|c| is_invisible(c) || breaks_a_header(c)));
            let (local, domain) = (address.local_part(), address.domain());
            prop_assert_eq!(local, local.to_lowercase().nfc().collect::<String>());
            let in_domains = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b"-.".contains(&b);
            prop_assert!(domain.bytes().all(in_domains));
            prop_assert_eq!(format!("{local}@{domain}"), normal);
            prop_assert_eq!(format!("{address:?}"), "EmailAddress(..)");
        }

        #[test]
        fn an_accepted_address_survives_storage_and_a_header_of_a_mail(typed in typed()) {
            let Ok(address) = EmailAddress::parse(&typed) else { return Ok(()) };
            let stored = serde_json::to_string(&address).unwrap();
            prop_assert_eq!(serde_json::from_str::<EmailAddress>(&stored).unwrap(), address.clone());
            let mailbox: lettre::message::Mailbox = address.as_str().parse().unwrap();
            prop_assert_eq!(mailbox.email.to_string(), address.as_str());
            let list: lettre::message::Mailboxes = address.as_str().parse().unwrap();
            prop_assert_eq!(list.iter().count(), 1);
        }

        #[test]
        fn the_mailbox_of_limits_is_the_same_for_every_sub_address(
            name in "[a-z0-9_-]{1,20}",
            tag in "[a-z0-9.+-]{0,20}",
        ) {
            let mailbox = |typed: String| EmailAddress::parse(&typed).map(|address| address.mailbox());
            let tagged = mailbox(format!("{name}+{}x@example.com", tag.trim_matches('.')));
            let Ok(tagged) = tagged else { return Ok(()) };
            prop_assert_eq!(tagged, mailbox(format!("{name}@example.com")).unwrap());
        }
    }
}
