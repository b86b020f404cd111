//! One address, one spelling: what the unique index of the users table compares.

use std::fmt;

use serde::{Deserialize, Serialize};
use unicode_normalization::UnicodeNormalization;

/// An e-mail address in its normal form: trimmed, NFC, lower case, the domain in ASCII (IDNA).
///
/// RFC 5321 lets a mail server tell `Ada@` from `ada@`; no well-known one does, and people do not.
#[derive(Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct EmailAddress(String);

/// Why a text is no [`EmailAddress`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EmailAddressProblem {
    /// Nothing was typed.
    #[error("Enter an e-mail address.")]
    Empty,
    /// Longer than RFC 5321 lets a path be.
    #[error("An e-mail address can have at most 254 characters.")]
    TooLong,
    /// Not of the form name@domain.
    #[error("Enter an e-mail address in the form name@example.com.")]
    Malformed,
}

impl EmailAddress {
    /// The most bytes of the normal form (RFC 5321 §4.5.3.1.3, less the angle brackets).
    pub const MAX_BYTES: usize = 254;

    /// Brings what was typed into the normal form.
    ///
    /// # Errors
    /// An [`EmailAddressProblem`], whose text is written for the person who typed it.
    pub fn parse(typed: &str) -> Result<Self, EmailAddressProblem> {
        use EmailAddressProblem::{Empty, Malformed, TooLong};
        let typed = typed.trim();
        if typed.is_empty() {
            return Err(Empty);
        }
        if typed.len() > 4 * Self::MAX_BYTES {
            return Err(TooLong);
        }
        let (local, domain) = typed.rsplit_once('@').ok_or(Malformed)?;
        let local: String = local.to_lowercase().nfc().collect();
        let domain = idna::domain_to_ascii_strict(domain).map_err(|_invalid| Malformed)?;
        let address = format!("{local}@{domain}");
        if address.len() > Self::MAX_BYTES {
            return Err(TooLong);
        }
        // An IP literal or a quoted local part is legal and, in an account form, a slip or a trick.
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

    /// What stands before the `@`.
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

/// Masked: an address is personal data and stays out of logs.
impl fmt::Debug for EmailAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("EmailAddress(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_address_has_one_spelling() {
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
    fn what_is_no_address_is_refused() {
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
        ] {
            assert_eq!(EmailAddress::parse(typed), Err(EmailAddressProblem::Malformed), "{typed:?}");
        }
        let long = format!("{}@example.com", "x".repeat(300));
        assert_eq!(EmailAddress::parse(&long), Err(EmailAddressProblem::TooLong));
        assert_eq!(EmailAddress::parse(" "), Err(EmailAddressProblem::Empty));
    }

    #[test]
    fn an_address_is_not_shown_by_debug() {
        let shown = format!("{:?}", EmailAddress::parse("ada@example.com").unwrap());
        assert!(!shown.contains("ada"), "{shown}");
    }
}
