//! The decision of the frame gate: what a browser says about a request (W3C Fetch Metadata) decides whether the
//! application reads it at all. A page answers a top-level navigation and nothing else; a write must
//! come from a top-level document of our own origin. The gate decides before a cookie is parsed, a body
//! read or a query run, so it also works where a proxy strips every header of our responses.

use actix_web::http::Method;
use actix_web::http::header::{self, HeaderMap, HeaderName};

use crate::domain::Origin;
use crate::route_map::RouteKind;

/// The gate's decision on a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GateDecision {
    /// Let it in.
    Pass,
    /// Let it in; it has no Fetch Metadata, or only what a program sends to the API.
    PassSilent,
    /// Refuse it: it comes from a frame or another site, or has headers that no browser sends.
    Refuse,
    /// Refuse a prefetch or prerender: the browser would show it later without asking again.
    RefusePrefetch,
}

pub(super) const DEST: HeaderName = HeaderName::from_static("sec-fetch-dest");
const MODE: HeaderName = HeaderName::from_static("sec-fetch-mode");
pub(super) const SITE: HeaderName = HeaderName::from_static("sec-fetch-site");
const PURPOSES: [HeaderName; 2] =
    [HeaderName::from_static("sec-purpose"), HeaderName::from_static("purpose")];

/// The value of one Fetch Metadata header.
enum MetadataValue<'a> {
    Absent,
    Word(&'a str),
    /// A value that no browser sends.
    Malformed,
}

fn value<'a>(headers: &'a HeaderMap, name: &HeaderName) -> MetadataValue<'a> {
    let mut lines = headers.get_all(name);
    match (lines.next(), lines.next()) {
        (None, _) => MetadataValue::Absent,
        (Some(line), None) => match line.to_str() {
            Ok(word) if !word.is_empty() && word.bytes().all(|b| b.is_ascii_lowercase() || b == b'-') => {
                MetadataValue::Word(word)
            }
            _ => MetadataValue::Malformed,
        },
        (Some(_), Some(_)) => MetadataValue::Malformed,
    }
}

fn word<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Option<&'a str> {
    if let MetadataValue::Word(word) = value(headers, name) { Some(word) } else { None }
}

/// The destination of the response: `document`, `iframe`, `style` and so on.
#[must_use]
pub fn destination(headers: &HeaderMap) -> Option<&str> {
    word(headers, &DEST)
}

/// The mode of the request: `navigate`, `cors` and so on.
#[must_use]
pub fn mode(headers: &HeaderMap) -> Option<&str> {
    word(headers, &MODE)
}

/// The relation of the requesting page to ours: `same-origin`, `same-site`, `cross-site` or `none`.
#[must_use]
pub fn site(headers: &HeaderMap) -> Option<&str> {
    word(headers, &SITE)
}

/// The callers that the gate knows beside browsers that show our own pages.
#[derive(Clone, Debug)]
pub struct Callers {
    /// Our own origin.
    pub own: Origin,
    /// Whether programs may write to the API: no cookie authorises a write there. Otherwise a write to the API is as any
    /// other.
    pub programs: bool,
    /// The origins whose scripts may use the API (`API_ALLOWED_ORIGINS`).
    pub scripts: Vec<Origin>,
}

impl Callers {
    /// Our own pages alone.
    #[must_use]
    pub fn only(own: Origin) -> Self {
        Self { own, programs: false, scripts: Vec::new() }
    }

    /// Whether the request comes from an origin whose scripts may use the API.
    #[must_use]
    pub fn know_script(&self, headers: &HeaderMap) -> bool {
        self.scripts.iter().any(|known| comes_from(headers, known) == Some(true))
    }
}

/// Whether the one `Origin` is this one; `None` without the header.
fn comes_from(headers: &HeaderMap, origin: &Origin) -> Option<bool> {
    match headers.get_all(header::ORIGIN).collect::<Vec<_>>().as_slice() {
        [] => None,
        [one] => Some(one.to_str().is_ok_and(|text| text == origin.as_str())),
        _ => Some(false),
    }
}

/// Decides whether a request is let in. The first rule that matches wins.
#[must_use]
pub fn decide(method: &Method, kind: RouteKind, headers: &HeaderMap, callers: &Callers) -> GateDecision {
    if kind == RouteKind::ForwardAuth {
        // What the browser said to the page behind the proxy. The answer has no body, and no other origin can read it.
        let asks = matches!(*method, Method::GET | Method::HEAD);
        return if asks { GateDecision::Pass } else { GateDecision::Refuse };
    }
    let lines = [value(headers, &DEST), value(headers, &MODE), value(headers, &SITE)];
    let [dest, mode, site] = match lines {
        [MetadataValue::Malformed, ..]
        | [_, MetadataValue::Malformed, _]
        | [.., MetadataValue::Malformed] => return GateDecision::Refuse,
        lines => lines.map(|line| if let MetadataValue::Word(word) = line { Some(word) } else { None }),
    };
    let prefetch = PURPOSES
        .iter()
        .flat_map(|name| headers.get_all(name))
        .any(|value| String::from_utf8_lossy(value.as_bytes()).to_ascii_lowercase().contains("prefetch"));
    if prefetch {
        return GateDecision::RefusePrefetch;
    }
    let from_program = kind == RouteKind::Api && callers.programs;
    // `fetch` of Node says its mode, and nothing else. A browser that says anything says the destination, too.
    let silent =
        dest.is_none() && site.is_none() && (mode.is_none() || (from_program && mode == Some("cors")));
    let cors_script = dest == Some("empty") && mode == Some("cors") && callers.know_script(headers);
    if kind == RouteKind::Api && cors_script {
        return GateDecision::Pass;
    }
    // CONNECT, which we never answer, counts as a write: that is the stricter side.
    if matches!(*method, Method::GET | Method::HEAD | Method::OPTIONS | Method::TRACE) {
        let own_load = matches!(site, Some("same-origin" | "none"));
        return match (kind, dest) {
            _ if silent => GateDecision::PassSilent,
            (_, Some("document")) => GateDecision::Pass,
            (RouteKind::Embeddable, Some("iframe")) if matches!(*method, Method::GET | Method::HEAD) => {
                GateDecision::Pass
            }
            (RouteKind::Asset, Some("script" | "style" | "image" | "font" | "manifest" | "empty"))
                if own_load =>
            {
                GateDecision::Pass
            }
            (RouteKind::Api, Some("empty")) if site == Some("same-origin") && mode != Some("navigate") => {
                GateDecision::Pass
            }
            _ => GateDecision::Refuse,
        };
    }
    if kind == RouteKind::Reports && *method == Method::POST {
        // Browsers send reports from framed pages with `Origin: null`: nothing is believed here.
        let report = silent || matches!(dest, Some("report" | "empty"));
        return if report && mode != Some("navigate") { GateDecision::Pass } else { GateDecision::Refuse };
    }
    let origin_is_own = || comes_from(headers, &callers.own);
    let passes = if silent && from_program {
        // A program names no origin. An old browser that names another site is refused, although its cookie would
        // authorise nothing.
        origin_is_own().is_none_or(|own| own || callers.know_script(headers))
    } else if silent {
        // An old browser. `null` is not our origin.
        origin_is_own().unwrap_or_else(|| referer_origin(headers).is_some_and(|origin| origin == callers.own))
    } else {
        // No form writes to the API.
        let page = dest == Some("document") && !from_program;
        let script = dest == Some("empty") && mode != Some("navigate");
        (page || script) && site == Some("same-origin") && origin_is_own() == Some(true)
    };
    if passes { GateDecision::Pass } else { GateDecision::Refuse }
}

/// The origin of the requesting page by its Referer; `None` if that is absent, malformed or repeated.
#[must_use]
pub fn referer_origin(headers: &HeaderMap) -> Option<Origin> {
    let mut lines = headers.get_all(header::REFERER);
    let (Some(line), None) = (lines.next(), lines.next()) else { return None };
    let url = url::Url::parse(line.to_str().ok()?).ok()?;
    Origin::parse(&url.origin().ascii_serialization()).ok()
}

/// The page that a request was opened from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Opener {
    /// A page of our own origin. `none` does not count: prefetches and reloads send it too.
    OwnPage,
    /// Anything else.
    Elsewhere,
    /// The browser does not say.
    Unknown,
}

/// The page that a request was opened from, by Fetch Metadata alone.
#[must_use]
pub fn opener(headers: &HeaderMap) -> Opener {
    match value(headers, &SITE) {
        MetadataValue::Word("same-origin") => Opener::OwnPage,
        MetadataValue::Absent if !headers.contains_key(DEST) && !headers.contains_key(MODE) => {
            Opener::Unknown
        }
        _ => Opener::Elsewhere,
    }
}

/// Whether a page was opened from one of ours. For a browser without Fetch Metadata the Referer decides:
/// another site can omit it but not choose it.
#[must_use]
pub fn comes_from_own_page(headers: &HeaderMap, own: &Origin) -> bool {
    match opener(headers) {
        Opener::OwnPage => true,
        Opener::Unknown => referer_origin(headers).is_some_and(|origin| origin == *own),
        Opener::Elsewhere => false,
    }
}

#[cfg(test)]
mod tests;
