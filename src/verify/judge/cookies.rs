//! Set-Cookie: what other sites and scripts can do with a cookie that lacks a flag (RFC 6265bis).

use super::{Circumstances, Finding, Severity, brief};
use crate::verify::response::Response;
use crate::verify::rules::Rule;
use crate::verify::set_cookie::{SameSite, SetCookie};

/// The most cookies of a response that are judged. Browsers keep at most 180 of a site.
const MOST: usize = 50;

pub(super) fn judge(response: &Response, circumstances: Circumstances) -> Vec<Finding> {
    let cookies = response.lines("set-cookie").map(SetCookie::parse).take(MOST);
    let mut findings: Vec<Finding> = cookies.flat_map(|cookie| faults(&cookie, circumstances)).collect();
    if response.lines("set-cookie").nth(MOST).is_some() {
        findings.push(Finding::new(
            Severity::Low,
            Rule::CookieMany,
            format!("one response sets more than {MOST} cookies; the others were not judged"),
            "keeps a limited number of cookies per site and drops the oldest, which may be the session",
            "find out what sets so many cookies",
        ));
    }
    findings
}

/// Whether the name's prefix promises more than the flags keep.
fn breaks_prefix(cookie: &SetCookie<'_>, trusted: bool) -> bool {
    let secure = trusted && cookie.attribute("secure").is_some();
    let host = cookie.attribute("domain").is_none() && cookie.attribute("path") == Some("/");
    (cookie.name.starts_with("__Host-") && !(secure && host))
        || (cookie.name.starts_with("__Secure-") && !secure)
}

fn faults(cookie: &SetCookie<'_>, circumstances: Circumstances) -> Vec<Finding> {
    let name = brief(cookie.name);
    let mut findings = Vec::new();
    let mut find = |severity, rule, lack: &str, browser: &str, change: &str| {
        findings.push(Finding::new(severity, rule, format!("the cookie {name} {lack}"), browser, change));
    };
    if breaks_prefix(cookie, circumstances.https || circumstances.is_loopback) {
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
    match cookie.same_site() {
        SameSite::Lax | SameSite::Strict => {}
        SameSite::None => find(
            Severity::Medium,
            Rule::CookieSamesite,
            "has SameSite=None",
            "sends it with requests from frames and forms of every site",
            "write `SameSite=Lax`, unless other sites must embed this one signed in",
        ),
        SameSite::Unset => find(
            Severity::Low,
            Rule::CookieSamesite,
            "lacks SameSite",
            "treats it as Lax in Chromium; WebKit sends it with frames on every site",
            "add `SameSite=Lax`",
        ),
    }
    findings
}
