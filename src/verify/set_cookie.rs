//! One Set-Cookie line, as browsers read it (RFC 6265bis §5.6).

use chrono::DateTime;

use crate::clock::Clock;

/// What a site says about a cookie in requests that come from other sites.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SameSite {
    /// They go without it.
    Strict,
    /// They go without it, unless the user follows a link.
    Lax,
    /// They go with it.
    None,
    /// Nothing that browsers know: each decides by itself.
    Unset,
}

/// A text without spaces and tabs around it. Others belong to it.
fn trimmed(text: &str) -> &str {
    text.trim_matches([' ', '\t'])
}

/// A cookie that a site sets.
pub struct SetCookie<'a> {
    pub(super) name: &'a str,
    pub(super) value: &'a str,
    attributes: Vec<(String, &'a str)>,
}

impl<'a> SetCookie<'a> {
    /// Reads the value of the header. Every text is a cookie, perhaps one without a name.
    #[must_use]
    pub fn parse(line: &'a str) -> Self {
        let mut parts = line.split(';');
        let (name, value) = parts.next().unwrap_or_default().split_once('=').unwrap_or_default();
        let attributes = parts
            .map(|part| {
                let (name, value) = part.split_once('=').unwrap_or((part, ""));
                (trimmed(name).to_ascii_lowercase(), trimmed(value))
            })
            .collect();
        Self { name: trimmed(name), value: trimmed(value), attributes }
    }

    pub(super) fn attribute(&self, name: &str) -> Option<&str> {
        // The last one counts.
        self.attributes.iter().rev().find(|(given, _)| given == name).map(|(_, value)| *value)
    }

    pub(super) fn same_site(&self) -> SameSite {
        match self.attribute("samesite").map(str::to_ascii_lowercase).as_deref() {
            Some("strict") => SameSite::Strict,
            Some("lax") => SameSite::Lax,
            Some("none") => SameSite::None,
            _ => SameSite::Unset,
        }
    }

    /// Whether the line deletes the cookie.
    pub(super) fn is_deletion(&self) -> bool {
        let over = |date: &str| {
            // Old servers write `Thu, 01-Jan-1970 00:00:00 GMT`.
            DateTime::parse_from_rfc2822(&date.replace('-', " "))
                .is_ok_and(|date| date < Clock::system().now())
        };
        self.value.is_empty()
            || match self.attribute("max-age") {
                Some(age) => age.starts_with(['0', '-']),
                None => self.attribute("expires").is_some_and(over),
            }
    }
}
