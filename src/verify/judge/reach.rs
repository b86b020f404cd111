//! Who may frame a response: X-Frame-Options as HTML reads it (§7.4.5) and frame-ancestors as CSP3
//! does (§6.4.2), which switches X-Frame-Options off wherever it is enforced.

use super::content_security_policy::policies;
use crate::verify::response::Response;

/// Who may show a response in a frame.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reach {
    /// Nobody.
    Nobody,
    /// Pages of its own origin.
    OwnOrigin,
    /// These sources, as they were written.
    Listed(Vec<String>),
    /// Everybody.
    Anyone,
}

pub(super) const XFO: &str = "x-frame-options";

/// The values of X-Frame-Options: lines joined, split at commas outside quotes, in lower case.
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

/// What X-Frame-Options alone says.
pub(super) fn by_x_frame_options(values: &[String]) -> Reach {
    let known = |value: &String| matches!(value.as_str(), "deny" | "sameorigin" | "allowall");
    let Some(first) = values.first() else { return Reach::Anyone };
    let one = values.iter().all(|value| value == first);
    match (one, first.as_str()) {
        (true, "deny") => Reach::Nobody,
        (true, "sameorigin") => Reach::OwnOrigin,
        // Several different values, one of them known: browsers take no chances.
        (false, _) if values.iter().any(known) => Reach::Nobody,
        _ => Reach::Anyone,
    }
}

/// What one list of frame-ancestors says.
pub(super) fn by_ancestors(sources: &[String]) -> Reach {
    let lower = sources.iter().map(|source| source.to_ascii_lowercase());
    // Without its quotes it is a host that nobody has, and in double quotes nothing at all.
    let nobody = |source: &String| source.trim_matches(['\'', '"']) == "none";
    let meant: Vec<String> = lower.filter(|source| !nobody(source)).collect();
    if meant.is_empty() {
        Reach::Nobody
    } else if meant.iter().any(|source| admits_everyone(source)) {
        Reach::Anyone
    } else if meant.iter().all(|source| source == "'self'") {
        Reach::OwnOrigin
    } else {
        Reach::Listed(meant)
    }
}

/// Whether a source, in lower case, names no host: whatever its port, everybody can have that.
pub(super) fn admits_everyone(source: &str) -> bool {
    if matches!(source, "https:" | "http:") {
        return true;
    }
    let rest = source.strip_prefix("https://").or_else(|| source.strip_prefix("http://")).unwrap_or(source);
    let authority = rest.split('/').next().unwrap_or_default();
    authority.split_once(':').map_or(authority, |(host, _)| host) == "*"
}

/// Both must agree.
pub(super) fn meet(one: Reach, other: Reach) -> Reach {
    match (one, other) {
        (Reach::Nobody, _) | (_, Reach::Nobody) => Reach::Nobody,
        (Reach::Anyone, reach) | (reach, Reach::Anyone) => reach,
        (Reach::Listed(one), Reach::Listed(other)) => {
            let both: Vec<String> = one.into_iter().filter(|source| other.contains(source)).collect();
            if both.is_empty() { Reach::Nobody } else { Reach::Listed(both) }
        }
        // The list may name the origin itself.
        _ => Reach::OwnOrigin,
    }
}

/// Who may frame a response, by its headers.
#[must_use]
pub fn reach(response: &Response) -> Reach {
    let enforced = policies(response.lines("content-security-policy"));
    let by_policy = enforced.iter().filter_map(|policy| policy.get("frame-ancestors")).map(by_ancestors);
    by_policy.reduce(meet).unwrap_or_else(|| by_x_frame_options(&x_frame_options(response)))
}
