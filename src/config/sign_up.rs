//! Who may create an account.

use std::str::FromStr;

use serde::Serialize;

use crate::domain::EmailAddress;

/// `SIGN_UP`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum SignUpPolicy {
    /// Everyone, or everyone with an email address of `SIGN_UP_DOMAINS`.
    #[default]
    Open,
    /// Those whom `unframed admin invite` has invited.
    Invite,
    /// No one. Links that were mailed before no longer work.
    Closed,
}

impl FromStr for SignUpPolicy {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        match text {
            "open" => Ok(Self::Open),
            "invite" => Ok(Self::Invite),
            "closed" => Ok(Self::Closed),
            _ => Err(()),
        }
    }
}

/// `SIGN_UP_DOMAINS`: the domains of email addresses that may sign up, in ASCII and lower case.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SignUpDomains(Vec<String>);

impl SignUpDomains {
    /// Reads domains separated by commas; `None` if one is no domain. Without one, every domain is allowed.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let names = text.split(',').map(str::trim).filter(|name| !name.is_empty());
        let domain = |name| Some(EmailAddress::parse(&format!("x@{name}")).ok()?.domain().to_owned());
        names.map(domain).collect::<Option<_>>().map(Self)
    }

    /// Whether an email address may sign up. A subdomain must be listed itself.
    #[must_use]
    pub fn allow(&self, address: &EmailAddress) -> bool {
        self.0.is_empty() || self.0.iter().any(|domain| domain == address.domain())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_listed_domains_are_allowed() {
        let domains = SignUpDomains::parse("Example.com, bücher.example").unwrap();
        let allows = |address: &str| domains.allow(&EmailAddress::parse(address).unwrap());
        assert!(allows("ada@EXAMPLE.com") && allows("ada@xn--bcher-kva.example"));
        for other in ["ada@sub.example.com", "ada@badexample.com", "ada@example.com.evil.example"] {
            assert!(!allows(other), "{other}");
        }
        assert!(SignUpDomains::parse("").unwrap().allow(&EmailAddress::parse("a@b.example").unwrap()));
        for malformed in ["@example.com", "a b.example", "example.com;evil.example"] {
            assert_eq!(SignUpDomains::parse(malformed), None, "{malformed}");
        }
    }
}
