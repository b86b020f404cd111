//! The frame gate: the middleware that refuses framed requests and requests of other sites before the
//! application reads them. `fetch_metadata` decides; this file knows the site, answers and logs.

use std::future::Future;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{Service, ServiceRequest, ServiceResponse};
use actix_web::http::StatusCode;
use actix_web::{Error, HttpResponse};
use futures_util::future::Either;
use serde_json::json;

use super::accept_language;
use super::cors::CorsAnswer;
use super::fetch_metadata::{Callers, DEST, GateDecision, SITE, decide};
use super::framing::Framing;
use super::framing_attempts::FramingAttempts;
use crate::domain::{Language, Origin};
use crate::route_map::{RouteKind, RouteMap};

/// The gate of one site, with the attempts that it has refused.
#[derive(Debug)]
pub struct Gate {
    callers: Callers,
    routes: Arc<RouteMap>,
    framing: Arc<Framing>,
    refusals: Vec<(Language, Refusals)>,
    attempts: FramingAttempts,
    refused: [AtomicU64; REASONS.len()],
}

/// What the gate refuses, as the metrics name it.
const REASONS: [&str; 3] = ["page", "form", "prefetch"];

/// The gate's answers in one language, one line each. They hold no link and no form: a click on a link inside a frame is
/// a same-origin navigation.
#[derive(Clone, Debug, Default)]
pub struct Refusals {
    /// For a page that a frame or another site requested.
    pub page: String,
    /// For a form that does not come from a top-level page of ours.
    pub form: String,
    /// For a prefetch or prerender.
    pub prefetch: String,
}

impl Gate {
    /// The gate of a site for its callers, with its answers in each language.
    #[must_use]
    pub fn new(
        callers: Callers,
        routes: Arc<RouteMap>,
        framing: Arc<Framing>,
        refusals: Vec<(Language, Refusals)>,
    ) -> Self {
        Self {
            callers,
            routes,
            framing,
            refusals,
            attempts: FramingAttempts::default(),
            refused: Default::default(),
        }
    }

    /// The framing attempts that the gate has refused and that are not stored yet.
    #[must_use]
    pub fn attempts(&self) -> &FramingAttempts {
        &self.attempts
    }

    /// The refusals since the start, by what was refused.
    pub fn refusals(&self) -> impl Iterator<Item = (&'static str, u64)> {
        REASONS.into_iter().zip(self.refused.iter().map(|count| count.load(Ordering::Relaxed)))
    }

    /// Our own origin.
    #[must_use]
    pub fn own(&self) -> &Origin {
        &self.callers.own
    }

    fn kind(&self, path: &str) -> RouteKind {
        match self.routes.kind(path) {
            RouteKind::Embeddable if !self.framing.may_embed(path) => RouteKind::Page,
            kind => kind,
        }
    }

    /// The answer to a refused request for what its path serves; `None` for a request that is let in.
    fn refuse(&self, request: &ServiceRequest, kind: RouteKind) -> Option<HttpResponse> {
        let (method, headers) = (request.method(), request.headers());
        let decision = decide(method, kind, headers, &self.callers);
        let answers = || {
            let language = accept_language::preferred(request);
            let found = self.refusals.iter().find(|(found, _)| *found == language);
            found.map(|(_, refusals)| refusals.clone()).unwrap_or_default()
        };
        let [pages, forms, prefetches] = &self.refused;
        let (status, text, refused) = match decision {
            GateDecision::Pass => return None,
            GateDecision::PassSilent => {
                if self.callers.own.is_https() && matches!(kind, RouteKind::Page | RouteKind::Sensitive(_)) {
                    note_silence();
                }
                return None;
            }
            GateDecision::Refuse if method.is_safe() => (StatusCode::FORBIDDEN, answers().page, pages),
            GateDecision::Refuse => (StatusCode::FORBIDDEN, answers().form, forms),
            GateDecision::RefusePrefetch => (StatusCode::SERVICE_UNAVAILABLE, answers().prefetch, prefetches),
        };
        refused.fetch_add(1, Ordering::Relaxed);
        let counted = self.attempts.note(method, headers, decision);
        // A counted attempt is logged by origin when the counts are stored.
        log::log!(
            if counted { log::Level::Debug } else { log::Level::Info },
            "refused {method} as {decision:?}: dest {:?}, site {:?}",
            headers.get(DEST),
            headers.get(SITE)
        );
        let mut answer = HttpResponse::build(status);
        if matches!(kind, RouteKind::Api | RouteKind::ForwardAuth) {
            let title = status.canonical_reason().unwrap_or_default();
            let problem =
                json!({ "type": "about:blank", "title": title, "status": status.as_u16(), "detail": text });
            return Some(answer.content_type("application/problem+json").body(problem.to_string()));
        }
        Some(answer.content_type("text/plain; charset=utf-8").body(format!("{text}\n")))
    }
}

/// The middleware (`wrap_fn`) that asks the gate.
pub fn guard<S, B>(
    gate: &Gate,
    request: ServiceRequest,
    service: &S,
) -> impl Future<Output = Result<ServiceResponse<BoxBody>, Error>> + use<S, B>
where
    S: Service<ServiceRequest, Response = ServiceResponse<B>, Error = Error>,
    S::Future: 'static,
    B: MessageBody + 'static,
{
    let kind = gate.kind(request.path());
    let cors = CorsAnswer::to(&request, kind, &gate.callers);
    let answer = gate.refuse(&request, kind);
    let answer = answer.or_else(|| cors.as_ref()?.preflight(&request, &gate.routes));
    if let Some(answer) = answer {
        return Either::Right(std::future::ready(Ok(request.into_response(answer))));
    }
    let response = service.call(request);
    Either::Left(async move {
        let mut result = response.await.map(ServiceResponse::map_into_boxed_body);
        match (&mut result, cors) {
            (Ok(response), Some(cors)) => cors.apply(response.headers_mut()),
            (Err(error), Some(cors)) => error.add_response_mapper(move |mut response| {
                cors.apply(response.headers_mut());
                response
            }),
            (_, None) => {}
        }
        result
    })
}

/// Warns, once an hour, that a page was requested without Fetch Metadata. On https every current browser
/// sends it: an old browser, a program or a proxy that strips headers, and so blinds the gate, does not.
fn note_silence() {
    static LAST: Mutex<Option<Instant>> = Mutex::new(None);
    let mut last = LAST.lock().unwrap_or_else(PoisonError::into_inner);
    if last.is_none_or(|at| at.elapsed() >= Duration::from_secs(3600)) {
        *last = Some(Instant::now());
        log::warn!(
            "a page was requested without Sec-Fetch headers: by an old browser, by a program, or through a proxy that strips them"
        );
    }
}
