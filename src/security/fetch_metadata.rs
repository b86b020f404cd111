//! The frame gate: what a browser says about a request (W3C Fetch Metadata) decides whether it is
//! read at all. A page answers a top-level navigation and nothing else; a write must come from a
//! top-level document of our own. Decided before any cookie is parsed, body read or query run, and
//! it works where a proxy has stripped every header of our responses.

use std::future::Future;
use std::sync::atomic::{AtomicI64, Ordering};

use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{Service, ServiceRequest, ServiceResponse};
use actix_web::http::header::{self, HeaderMap, HeaderName};
use actix_web::http::{Method, StatusCode};
use actix_web::{Error, HttpResponse, web};
use futures_util::future::Either;

use super::violation_reports;
use crate::domain::Origin;
use crate::state::AppState;

/// What a path serves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Resource {
    /// A page, a form target or a path that does not exist.
    Page,
    /// A file that our own pages load.
    Asset,
    /// JSON, also for a script of our own origin.
    Api,
    /// A page that listed sites may show in an iframe.
    Embeddable,
    /// Where browsers send their reports: from any page, without a session.
    Reports,
}

impl Resource {
    /// By the path alone: the gate stands before the router. `embeddable` is what the URL table and
    /// the environment say of that path.
    #[must_use]
    pub fn of(path: &str, embeddable: bool) -> Self {
        if path.starts_with("/static/") {
            Self::Asset
        } else if path.starts_with("/api/") {
            Self::Api
        } else if path == violation_reports::PATH {
            Self::Reports
        } else if embeddable {
            Self::Embeddable
        } else {
            Self::Page
        }
    }
}

/// What to do with a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Let it in.
    Pass,
    /// Let it in; the browser said nothing of itself.
    PassSilent,
    /// A frame, another site, or headers that no browser sends.
    Refuse,
    /// A prefetch or prerender: it would be shown later without asking again.
    RefusePrefetch,
}

const DEST: HeaderName = HeaderName::from_static("sec-fetch-dest");
const MODE: HeaderName = HeaderName::from_static("sec-fetch-mode");
const SITE: HeaderName = HeaderName::from_static("sec-fetch-site");
const PURPOSES: [HeaderName; 2] =
    [HeaderName::from_static("sec-purpose"), HeaderName::from_static("purpose")];

/// One line of the three: absent, one plain word, or something that no browser sends.
enum Said<'a> {
    Nothing,
    Word(&'a str),
    Nonsense,
}

fn said<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Said<'a> {
    let mut lines = headers.get_all(name);
    match (lines.next(), lines.next()) {
        (None, _) => Said::Nothing,
        (Some(line), None) => match line.to_str() {
            Ok(word) if !word.is_empty() && word.bytes().all(|b| b.is_ascii_lowercase() || b == b'-') => {
                Said::Word(word)
            }
            _ => Said::Nonsense,
        },
        (Some(_), Some(_)) => Said::Nonsense,
    }
}

fn word<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Option<&'a str> {
    if let Said::Word(word) = said(headers, name) { Some(word) } else { None }
}

/// What the response is for: `document`, `iframe`, `style` and so on.
#[must_use]
pub fn destination(headers: &HeaderMap) -> Option<&str> {
    word(headers, &DEST)
}

/// How it is fetched: `navigate`, `cors` and so on.
#[must_use]
pub fn mode(headers: &HeaderMap) -> Option<&str> {
    word(headers, &MODE)
}

/// How the asking page is related to us: `same-origin`, `same-site`, `cross-site` or `none`.
#[must_use]
pub fn site(headers: &HeaderMap) -> Option<&str> {
    word(headers, &SITE)
}

/// The decision, first match wins.
#[must_use]
pub fn decide(method: &Method, resource: Resource, headers: &HeaderMap, own: &Origin) -> Verdict {
    let lines = [said(headers, &DEST), said(headers, &MODE), said(headers, &SITE)];
    let [dest, mode, site] = match lines {
        [Said::Nonsense, ..] | [_, Said::Nonsense, _] | [.., Said::Nonsense] => return Verdict::Refuse,
        lines => lines.map(|line| if let Said::Word(word) = line { Some(word) } else { None }),
    };
    let prefetch = PURPOSES
        .iter()
        .flat_map(|name| headers.get_all(name))
        .any(|value| String::from_utf8_lossy(value.as_bytes()).to_ascii_lowercase().contains("prefetch"));
    if prefetch {
        return Verdict::RefusePrefetch;
    }
    let silent = dest.is_none() && mode.is_none() && site.is_none();
    // CONNECT, which is no method of ours, counts as a write: the stricter side.
    if matches!(*method, Method::GET | Method::HEAD | Method::OPTIONS | Method::TRACE) {
        let own_load = matches!(site, Some("same-origin" | "none"));
        return match (resource, dest) {
            _ if silent => Verdict::PassSilent,
            (_, Some("document")) => Verdict::Pass,
            (Resource::Embeddable, Some("iframe")) if matches!(*method, Method::GET | Method::HEAD) => {
                Verdict::Pass
            }
            (Resource::Asset, Some("script" | "style" | "image" | "font" | "manifest" | "empty"))
                if own_load =>
            {
                Verdict::Pass
            }
            (Resource::Api, Some("empty")) if site == Some("same-origin") && mode != Some("navigate") => {
                Verdict::Pass
            }
            _ => Verdict::Refuse,
        };
    }
    if resource == Resource::Reports && *method == Method::POST {
        // Browsers send reports from framed pages with `Origin: null`: nothing is believed here.
        let report = silent || matches!(dest, Some("report" | "empty"));
        return if report && mode != Some("navigate") { Verdict::Pass } else { Verdict::Refuse };
    }
    let origin_is_own = || match headers.get_all(header::ORIGIN).collect::<Vec<_>>().as_slice() {
        [] => None,
        [one] => Some(one.to_str().is_ok_and(|text| text == own.as_str())),
        _ => Some(false),
    };
    let passes = if silent {
        // An old browser: `null` is no origin of ours.
        origin_is_own().unwrap_or_else(|| referer_origin(headers).is_some_and(|origin| origin == *own))
    } else {
        let page = dest == Some("document");
        let script = dest == Some("empty") && mode != Some("navigate");
        (page || script) && site == Some("same-origin") && origin_is_own() == Some(true)
    };
    if passes { Verdict::Pass } else { Verdict::Refuse }
}

/// The origin of the page that asks, as its browser says; `None` also where it says so twice.
#[must_use]
pub fn referer_origin(headers: &HeaderMap) -> Option<Origin> {
    let mut lines = headers.get_all(header::REFERER);
    let (Some(line), None) = (lines.next(), lines.next()) else { return None };
    let url = url::Url::parse(line.to_str().ok()?).ok()?;
    Origin::parse(&url.origin().ascii_serialization()).ok()
}

/// Where a page was opened from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Opener {
    /// A page of our own origin. `none` is not it: a prefetch and a reload say that, too.
    OwnPage,
    /// Anything else.
    Elsewhere,
    /// The browser does not say.
    Unknown,
}

/// Where a page was opened from.
#[must_use]
pub fn opener(headers: &HeaderMap) -> Opener {
    match said(headers, &SITE) {
        Said::Word("same-origin") => Opener::OwnPage,
        Said::Nothing if !headers.contains_key(DEST) && !headers.contains_key(MODE) => Opener::Unknown,
        _ => Opener::Elsewhere,
    }
}

/// Whether a page was opened from one of ours. A browser that is silent says so by its Referer, which
/// another site can leave out but not choose.
#[must_use]
pub fn comes_from_own_page(headers: &HeaderMap, own: &Origin) -> bool {
    match opener(headers) {
        Opener::OwnPage => true,
        Opener::Unknown => referer_origin(headers).is_some_and(|origin| origin == *own),
        Opener::Elsewhere => false,
    }
}

/// The middleware (`wrap_fn`) that asks `decide` and answers a refusal in one line: no link and no
/// form, because a link inside a framed page becomes a same-origin navigation.
pub fn gate<S, B>(
    request: ServiceRequest,
    service: &S,
) -> impl Future<Output = Result<ServiceResponse<BoxBody>, Error>> + use<S, B>
where
    S: Service<ServiceRequest, Response = ServiceResponse<B>, Error = Error>,
    S::Future: 'static,
    B: MessageBody + 'static,
{
    let (verdict, counted) =
        request.app_data::<web::Data<AppState>>().map_or((Verdict::Refuse, false), |state| {
            let own = &state.config.public_url;
            let embeddable =
                state.embedding.as_ref().is_some_and(|embedding| embedding.covers(request.path()));
            let resource = Resource::of(request.path(), embeddable);
            let verdict = decide(request.method(), resource, request.headers(), own);
            if verdict == Verdict::PassSilent && own.is_https() && resource == Resource::Page {
                note_silence();
            }
            (verdict, state.framing_attempts.note(request.method(), request.headers(), verdict))
        });
    let (status, text) = match verdict {
        Verdict::Pass | Verdict::PassSilent => {
            let response = service.call(request);
            return Either::Left(async move { response.await.map(ServiceResponse::map_into_boxed_body) });
        }
        Verdict::Refuse if request.method().is_safe() => (
            StatusCode::FORBIDDEN,
            "Refused: this page is not shown inside other pages and takes no input from them.\n",
        ),
        // A person may see this who opened the site by another name of its host.
        Verdict::Refuse => (
            StatusCode::FORBIDDEN,
            "Refused: forms are taken from our own pages only. Open this site at its own address and try again.\n",
        ),
        Verdict::RefusePrefetch => (StatusCode::SERVICE_UNAVAILABLE, "Not available ahead of time.\n"),
    };
    // What is counted is spoken of when the counts are written, by origin.
    log::log!(
        if counted { log::Level::Debug } else { log::Level::Info },
        "refused {} as {verdict:?}: dest {:?}, site {:?}",
        request.method(),
        request.headers().get(DEST),
        request.headers().get(SITE)
    );
    let answer = HttpResponse::build(status).content_type("text/plain; charset=utf-8").body(text);
    Either::Right(std::future::ready(Ok(request.into_response(answer))))
}

/// On https every current browser sends these headers: silence means an old one, a program, or a
/// proxy that strips them, which blinds the gate. Said once an hour.
fn note_silence() {
    static LAST: AtomicI64 = AtomicI64::new(i64::MIN);
    let (now, last) = (crate::models::now().timestamp(), LAST.load(Ordering::Relaxed));
    if now.saturating_sub(last) >= 3600
        && LAST.compare_exchange(last, now, Ordering::Relaxed, Ordering::Relaxed).is_ok()
    {
        log::warn!(
            "a page was asked for without Sec-Fetch headers: an old browser or a program, or a proxy that strips them"
        );
    }
}

#[cfg(test)]
mod tests;
