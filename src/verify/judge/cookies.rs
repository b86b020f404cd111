//! Set-Cookie: what other sites and scripts can do with a cookie that lacks a flag (RFC 6265bis).

use chrono::DateTime;

use super::{Circumstances, Finding, Severity, brief};
use crate::clock::Clock;
use crate::verify::response::Response;
use crate::verify::rules::Rule;

/// One Set-Cookie line.
struct Cookie<'a> {
    name: &'a str,
    value: &'a str,
    attributes: Vec<(String, &'a str)>,
}

impl<'a> Cookie<'a> {
    fn parse(line: &'a str) -> Self {
        let mut parts = line.split(';');
        let (name, value) = parts.next().unwrap_or_default().split_once('=').unwrap_or_default();
        let attributes = parts
            .map(|part| {
                let (name, value) = part.split_once('=').unwrap_or((part, ""));
                (name.trim().to_ascii_lowercase(), value.trim())
            })
            .collect();
        Self { name: name.trim(), value: value.trim(), attributes }
    }

    fn attribute(&self, name: &str) -> Option<&str> {
        // The last one counts.
        self.attributes.iter().rev().find(|(given, _)| given == name).map(|(_, value)| *value)
    }

    /// Whether the line deletes the cookie.
    fn is_deletion(&self) -> bool {
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

    /// Whether the name's prefix promises more than the flags keep.
    fn broken_prefix(&self, trusted: bool) -> bool {
        let secure = trusted && self.attribute("secure").is_some();
        let host = self.attribute("domain").is_none() && self.attribute("path") == Some("/");
        (self.name.starts_with("__Host-") && !(secure && host))
            || (self.name.starts_with("__Secure-") && !secure)
    }
}

/// The most cookies of one response that are judged. Browsers keep no more of a site.
const MOST: usize = 200;

pub(super) fn judge(response: &Response, circumstances: Circumstances) -> Vec<Finding> {
    let cookies = response.lines("set-cookie").take(MOST).map(Cookie::parse);
    cookies.flat_map(|cookie| faults(&cookie, circumstances)).collect()
}

fn faults(cookie: &Cookie<'_>, circumstances: Circumstances) -> Vec<Finding> {
    let name = brief(cookie.name);
    let mut findings = Vec::new();
    let mut find = |severity, rule, lack: &str, browser: &str, change: &str| {
        findings.push(Finding::new(severity, rule, format!("the cookie {name} {lack}"), browser, change));
    };
    if cookie.broken_prefix(circumstances.https || circumstances.is_loopback) {
        find(
            Severity::Medium,
            Rule::CookiePrefix,
            "has a prefix whose rules its flags break",
            "refuses to store it",
            "__Host- needs https, Secure, Path=/ and no Domain; __Secure- needs https and Secure",
        );
    }
    if cookie.is_deletion() {
        return findings;
    }
    if circumstances.https && cookie.attribute("secure").is_none() {
        find(
            Severity::Medium,
            Rule::CookieSecure,
            "lacks Secure",
            "sends it over plain http, too, where anyone on the network path can read it",
            "add `Secure`, and the prefix `__Host-` to its name",
        );
    }
    if cookie.attribute("httponly").is_none() {
        find(
            Severity::Low,
            Rule::CookieHttponly,
            "lacks HttpOnly",
            "lets every script on the page read it",
            "add `HttpOnly`, unless a script of the site must read it",
        );
    }
    match cookie.attribute("samesite").map(str::to_ascii_lowercase).as_deref() {
        Some("lax" | "strict") => {}
        Some("none") => find(
            Severity::Medium,
            Rule::CookieSamesite,
            "has SameSite=None",
            "sends it with requests from frames and forms of every site",
            "write `SameSite=Lax`, unless other sites must embed this one signed in",
        ),
        _ => find(
            Severity::Low,
            Rule::CookieSamesite,
            "lacks SameSite",
            "treats it as Lax in Chromium; WebKit sends it with frames on every site",
            "add `SameSite=Lax`",
        ),
    }
    findings
}
