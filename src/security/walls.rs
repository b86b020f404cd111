//! The walls for an Actix application of your own: one layer that refuses framed requests before the application reads
//! them, and puts the frame-denying headers and a Content-Security-Policy on every response, errors included.
//! `docs/LIBRARY.md` explains it; `examples/your-own-app.rs` uses it.

use std::future::{Ready, ready};
use std::rc::Rc;
use std::sync::Arc;

use actix_web::body::{EitherBody, MessageBody};
use actix_web::dev::{ResourceDef, Service, ServiceRequest, ServiceResponse, Transform, forward_ready};
use actix_web::http::StatusCode;
use actix_web::http::header::{self, HeaderMap, HeaderName, HeaderValue};
use actix_web::{Error, HttpResponse};
use futures_util::future::LocalBoxFuture;

use super::content_security_policy::{ContentSecurityPolicy, PolicyProblem};
use super::fetch_metadata::{Callers, GateDecision, decide};
use super::frame_policy::FramePolicy;
use crate::domain::embedder::{Embedder, EmbedderProblem};
use crate::domain::origin::{Origin, OriginProblem};
use crate::route_map::RouteKind;

/// The walls of one site. As the outermost layer, they cover every response:
///
/// ```
/// # use actix_web::{App, web};
/// # use unframed::security::walls::Walls;
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let walls = Walls::new("https://app.example.com")?;
/// let app = App::new().route("/user/settings", web::get().to(|| async { "…" })).wrap(walls);
/// # let _ = app; Ok(()) }
/// ```
#[derive(Clone, Debug)]
pub struct Walls(Arc<Site>);

#[derive(Clone, Debug)]
struct Site {
    callers: Callers,
    policy: ContentSecurityPolicy,
    headers: Headers,
    routes: Vec<Route>,
}

#[derive(Clone, Debug)]
struct Route {
    path: ResourceDef,
    kind: RouteKind,
    /// The sites that may frame it.
    frame: FramePolicy,
    headers: Headers,
}

/// The header fields of a response.
type Headers = Vec<(HeaderName, HeaderValue)>;

/// Why walls cannot be built.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WallsProblem {
    /// The site's own origin is none.
    #[error("the site: {0}")]
    Site(#[from] OriginProblem),
    /// A site that shall frame a page is none.
    #[error("{0}: {1}")]
    Embedder(String, EmbedderProblem),
    /// A page shall be framed by no site: then it is an ordinary page.
    #[error("{0}: no site may frame it, so it is not embeddable")]
    NoEmbedder(String),
    /// A route is listed twice.
    #[error("{0} is listed twice")]
    Twice(String),
    /// A directive of the policy.
    #[error("{0}")]
    Policy(#[from] PolicyProblem),
}

impl Walls {
    /// The walls of the site at `origin`, as browsers spell it: `https://app.example.com`. Every path is a page that no site
    /// may frame, under the strict policy of [`ContentSecurityPolicy::new`].
    ///
    /// # Errors
    /// [`WallsProblem::Site`].
    pub fn new(origin: &str) -> Result<Self, WallsProblem> {
        let own = Origin::parse(origin)?;
        let policy = ContentSecurityPolicy::for_site(own.is_https());
        let headers = headers_of(&policy, &FramePolicy::Deny, own.is_https());
        Ok(Self(Arc::new(Site { callers: Callers::only(own), policy, headers, routes: Vec::new() })))
    }

    /// Sets a directive of the policy: `("script-src", "'self'")`, for example. Who may frame a page is not set here.
    ///
    /// # Errors
    /// [`WallsProblem::Policy`]: the directive is unknown or `frame-ancestors`, or the value would end it.
    pub fn directive(self, name: &str, value: &str) -> Result<Self, WallsProblem> {
        let mut site = Arc::unwrap_or_clone(self.0);
        site.policy = site.policy.with(name, value)?;
        let https = site.callers.own.is_https();
        site.headers = headers_of(&site.policy, &FramePolicy::Deny, https);
        for route in &mut site.routes {
            route.headers = headers_of(&site.policy, &route.frame, https);
        }
        Ok(Self(Arc::new(site)))
    }

    /// The files that your own pages load: scripts, styles, images, fonts. `path` is a pattern of Actix:
    /// `/assets/{file}*`.
    ///
    /// # Errors
    /// [`WallsProblem::Twice`].
    pub fn assets(self, path: &'static str) -> Result<Self, WallsProblem> {
        self.listed(path, RouteKind::Asset, FramePolicy::Deny)
    }

    /// The paths that scripts of your own pages ask: `/api/{rest}*`. A program without a browser can read there; to write, it
    /// sends the site's `Origin`.
    ///
    /// # Errors
    /// [`WallsProblem::Twice`].
    pub fn api(self, path: &'static str) -> Result<Self, WallsProblem> {
        self.listed(path, RouteKind::Api, FramePolicy::Deny)
    }

    /// A page that the listed sites may frame. A request that is neither GET nor HEAD is refused there from a frame, so a form
    /// in it cannot be sent; show no control on it that acts.
    ///
    /// # Errors
    /// [`WallsProblem::Embedder`], [`WallsProblem::NoEmbedder`], [`WallsProblem::Twice`].
    pub fn embeddable(self, path: &'static str, by: &[&str]) -> Result<Self, WallsProblem> {
        let origin = |text: &&str| {
            let parsed = Embedder::parse(text).map(|embedder| embedder.origin().clone());
            parsed.map_err(|problem| WallsProblem::Embedder((*text).to_owned(), problem))
        };
        let mut origins = by.iter().map(origin).collect::<Result<Vec<_>, _>>()?.into_iter();
        let first = origins.next().ok_or_else(|| WallsProblem::NoEmbedder(path.to_owned()))?;
        let frame = FramePolicy::AllowOrigins { first, others: origins.collect() };
        self.listed(path, RouteKind::Embeddable, frame)
    }

    fn listed(self, path: &'static str, kind: RouteKind, frame: FramePolicy) -> Result<Self, WallsProblem> {
        let mut site = Arc::unwrap_or_clone(self.0);
        if site.routes.iter().any(|route| route.path.pattern() == Some(path)) {
            return Err(WallsProblem::Twice(path.to_owned()));
        }
        let headers = headers_of(&site.policy, &frame, site.callers.own.is_https());
        site.routes.push(Route { path: ResourceDef::new(path), kind, frame, headers });
        Ok(Self(Arc::new(site)))
    }

    /// The policy for a `<meta http-equiv="Content-Security-Policy">` in your templates, as defence in depth against injected
    /// script. It does **not** stop framing: browsers ignore `frame-ancestors` there.
    #[must_use]
    pub fn meta_policy(&self) -> String {
        self.0.policy.meta()
    }
}

impl Site {
    fn find(&self, path: &str) -> Option<&Route> {
        self.routes.iter().find(|route| route.path.is_match(path))
    }

    /// The answer to a refused request; `None` for a request that is let in. It holds nothing to click.
    fn refuse(&self, request: &ServiceRequest) -> Option<HttpResponse> {
        let kind = self.find(request.path()).map_or(RouteKind::Page, |route| route.kind);
        let (status, text) = match decide(request.method(), kind, request.headers(), &self.callers) {
            GateDecision::Pass | GateDecision::PassSilent => return None,
            GateDecision::Refuse if request.method().is_safe() => {
                (StatusCode::FORBIDDEN, "This page opens in a window of its own only.\n")
            }
            GateDecision::Refuse => {
                (StatusCode::FORBIDDEN, "This form was not sent from a page of this site.\n")
            }
            GateDecision::RefusePrefetch => {
                (StatusCode::SERVICE_UNAVAILABLE, "This page is not prefetched.\n")
            }
        };
        Some(HttpResponse::build(status).content_type("text/plain; charset=utf-8").body(text))
    }

    /// Sets the headers on a response, and replaces what a handler set. Only a page that was found is embedded: an error at
    /// the same path is not.
    fn apply(&self, path: &str, status: StatusCode, headers: &mut HeaderMap) {
        let found = self.find(path).filter(|_| status == StatusCode::OK);
        for (name, value) in found.map_or(&self.headers, |route| &route.headers) {
            headers.insert(name.clone(), value.clone());
        }
    }
}

fn headers_of(policy: &ContentSecurityPolicy, frame: &FramePolicy, https: bool) -> Headers {
    #[expect(clippy::expect_used, reason = "each value was checked to be printable ASCII")]
    let csp = HeaderValue::from_str(&policy.framed_by(frame).header()).expect("a policy is printable ASCII");
    let mut headers = vec![
        (header::CONTENT_SECURITY_POLICY, csp),
        (header::X_FRAME_OPTIONS, HeaderValue::from_static(FramePolicy::X_FRAME_OPTIONS)),
        (header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
        // Browsers without Fetch Metadata are recognized by it. Under `no-referrer`, they send `Origin: null`.
        (header::REFERRER_POLICY, HeaderValue::from_static("same-origin")),
    ];
    if https {
        let age = HeaderValue::from_static("max-age=63072000; includeSubDomains");
        headers.push((header::STRICT_TRANSPORT_SECURITY, age));
    }
    headers
}

impl<S, B> Transform<S, ServiceRequest> for Walls
where
    S: Service<ServiceRequest, Response = ServiceResponse<B>, Error = Error> + 'static,
    S::Future: 'static,
    B: MessageBody + 'static,
{
    type Response = ServiceResponse<EitherBody<B>>;
    type Error = Error;
    type InitError = ();
    type Transform = Walled<S>;
    type Future = Ready<Result<Self::Transform, Self::InitError>>;

    fn new_transform(&self, service: S) -> Self::Future {
        ready(Ok(Walled { site: Arc::clone(&self.0), service: Rc::new(service) }))
    }
}

/// An application behind its walls. Actix makes it.
pub struct Walled<S> {
    site: Arc<Site>,
    service: Rc<S>,
}

impl<S, B> Service<ServiceRequest> for Walled<S>
where
    S: Service<ServiceRequest, Response = ServiceResponse<B>, Error = Error> + 'static,
    S::Future: 'static,
    B: MessageBody + 'static,
{
    type Response = ServiceResponse<EitherBody<B>>;
    type Error = Error;
    type Future = LocalBoxFuture<'static, Result<Self::Response, Self::Error>>;

    forward_ready!(service);

    fn call(&self, request: ServiceRequest) -> Self::Future {
        let site = Arc::clone(&self.site);
        let path = request.path().to_owned();
        if let Some(mut refusal) = site.refuse(&request) {
            site.apply(&path, refusal.status(), refusal.headers_mut());
            return Box::pin(ready(Ok(request.into_response(refusal).map_into_right_body())));
        }
        let response = self.service.call(request);
        Box::pin(async move {
            match response.await {
                Ok(mut response) => {
                    let status = response.status();
                    site.apply(&path, status, response.headers_mut());
                    Ok(response.map_into_left_body())
                }
                Err(mut error) => {
                    error.add_response_mapper(move |mut response| {
                        let status = response.status();
                        site.apply(&path, status, response.headers_mut());
                        response
                    });
                    Err(error)
                }
            }
        })
    }
}
