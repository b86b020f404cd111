//! Who may frame a response: X-Frame-Options as HTML defines it (§7.4.5) and frame-ancestors as CSP3 does
//! (§6.4.2). An enforced frame-ancestors overrides X-Frame-Options.

use std::collections::HashSet;

use super::policy::policies;
use crate::verify::response::Response;

/// Who may show a response in a frame.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reach {
    /// No page.
    Nobody,
    /// Pages of the response's own origin.
    OwnOrigin,
    /// Pages that match these sources, in lower case.
    Listed(Vec<String>),
    /// Every page.
    Anyone,
}

pub(super) const XFO: &str = "x-frame-options";

/// The values of X-Frame-Options in lower case. Commas outside quotes separate them, as lines do.
pub(super) fn x_frame_options(response: &Response) -> Vec<String> {
    let joined = response.lines(XFO).collect::<Vec<_>>().join(",");
    if response.first(XFO).is_none() {
        return Vec::new();
    }
    let (mut values, mut value, mut quoted) = (Vec::new(), String::new(), false);
    for character in joined.chars() {
        match character {
            '"' => quoted = !quoted,
            ',' if !quoted => {
                values.push(std::mem::take(&mut value));
                continue;
            }
            _ => {}
        }
        value.push(character);
    }
    values.push(value);
    values.iter().map(|value| value.trim_matches([' ', '\t']).to_ascii_lowercase()).collect()
}

/// Who may frame a response according to X-Frame-Options alone.
pub(super) fn by_x_frame_options(values: &[String]) -> Reach {
    let known = |value: &String| matches!(value.as_str(), "deny" | "sameorigin" | "allowall");
    let Some(first) = values.first() else { return Reach::Anyone };
    let one = values.iter().all(|value| value == first);
    match (one, first.as_str()) {
        (true, "deny") => Reach::Nobody,
        (true, "sameorigin") => Reach::OwnOrigin,
        // Browsers refuse all frames if the values differ and one of them is known.
        (false, _) if values.iter().any(known) => Reach::Nobody,
        _ => Reach::Anyone,
    }
}

/// Who may frame a response according to one list of frame-ancestors.
pub(super) fn by_ancestors(sources: &[String]) -> Reach {
    let lower = sources.iter().map(|source| source.to_ascii_lowercase());
    // Without quotes it is a host name that does not exist, and in double quotes it is invalid.
    let is_none = |source: &String| source.trim_matches(['\'', '"']) == "none";
    let meant: Vec<String> = lower.filter(|source| !is_none(source)).collect();
    if meant.is_empty() {
        Reach::Nobody
    } else if meant.iter().any(|source| matches_every_host(source)) {
        Reach::Anyone
    } else if meant.iter().all(|source| source == "'self'") {
        Reach::OwnOrigin
    } else {
        Reach::Listed(meant)
    }
}

/// Whether a source, in lower case, matches every host. Its port does not matter: anyone can use any port.
pub(super) fn matches_every_host(source: &str) -> bool {
    if matches!(source, "https:" | "http:") {
        return true;
    }
    let rest = source.strip_prefix("https://").or_else(|| source.strip_prefix("http://")).unwrap_or(source);
    let authority = rest.split('/').next().unwrap_or_default();
    authority.split_once(':').map_or(authority, |(host, _)| host) == "*"
}

/// Who may frame a response if both `one` and `other` must allow it.
pub(super) fn meet(one: Reach, other: Reach) -> Reach {
    match (one, other) {
        (Reach::Nobody, _) | (_, Reach::Nobody) => Reach::Nobody,
        (Reach::Anyone, reach) | (reach, Reach::Anyone) => reach,
        (Reach::Listed(one), Reach::Listed(other)) => {
            let other: HashSet<String> = other.into_iter().collect();
            let both: Vec<String> = one.into_iter().filter(|source| other.contains(source)).collect();
            if both.is_empty() { Reach::Nobody } else { Reach::Listed(both) }
        }
        // The list may contain the response's own origin.
        _ => Reach::OwnOrigin,
    }
}

/// Who may frame a response, according to its headers.
#[must_use]
pub fn reach(response: &Response) -> Reach {
    let enforced = policies(response.lines("content-security-policy"));
    let by_policy = enforced.iter().filter_map(|policy| policy.get("frame-ancestors")).map(by_ancestors);
    by_policy.reduce(meet).unwrap_or_else(|| by_x_frame_options(&x_frame_options(response)))
}

/// Whether a list contains `'none'` beside other sources, which browsers then allow.
pub(super) fn none_is_beside_others(sources: &[String]) -> bool {
    let none = |source: &String| source.eq_ignore_ascii_case("'none'");
    sources.iter().any(none) && !sources.iter().all(none)
}

/// Whether a policy says `'none'` in frame-ancestors and lists other sources, too.
#[must_use]
pub fn says_none_beside_others(response: &Response) -> bool {
    let enforced = policies(response.lines("content-security-policy"));
    enforced.iter().filter_map(|policy| policy.get("frame-ancestors")).any(none_is_beside_others)
}
