//! Scripts of other origins (CORS, WHATWG Fetch): those of `API_ALLOWED_ORIGINS` may use the API, and no others. They send an
//! access token; never does an answer allow cookies. By default the list is empty, and no response has a CORS header.

use actix_web::HttpResponse;
use actix_web::dev::ServiceRequest;
use actix_web::http::Method;
use actix_web::http::header::{self, HeaderMap, HeaderValue};

use super::fetch_metadata::Callers;
use crate::route_map::{RouteKind, RouteMap};

/// The request headers that a script may set. `Content-Type` admits `application/json`.
const REQUEST_HEADERS: HeaderValue =
    HeaderValue::from_static("Authorization, Content-Type, If-Match, Idempotency-Key");
/// The response headers that a script may read, beside those that it always may.
const RESPONSE_HEADERS: HeaderValue =
    HeaderValue::from_static("ETag, Link, Location, Retry-After, WWW-Authenticate, X-Request-Id");
/// The time for which a browser remembers the answer to a preflight, in seconds.
const PREFLIGHT_SECONDS: u32 = 600;

/// What the answer to a request of the API says about scripts of other origins.
#[derive(Clone, Debug)]
pub(super) struct CorsAnswer {
    /// The origin that may read the answer.
    origin: Option<HeaderValue>,
}

impl CorsAnswer {
    /// `None` where there is nothing to say: for pages, and without allowed origins.
    pub(super) fn to(request: &ServiceRequest, kind: RouteKind, callers: &Callers) -> Option<Self> {
        if kind != RouteKind::Api || callers.scripts.is_empty() {
            return None;
        }
        let known = callers.know_script(request.headers());
        let origin = request.headers().get(header::ORIGIN).filter(|_| known);
        Some(Self { origin: origin.cloned() })
    }

    /// The answer to a preflight: the methods of the route. `None` for any other request.
    pub(super) fn preflight(&self, request: &ServiceRequest, routes: &RouteMap) -> Option<HttpResponse> {
        let asks = request.headers().contains_key(header::ACCESS_CONTROL_REQUEST_METHOD);
        if self.origin.is_none() || *request.method() != Method::OPTIONS || !asks {
            return None;
        }
        let methods = routes.find(request.path()).map(|route| route.methods.as_slice()).unwrap_or_default();
        let methods: Vec<&str> = methods.iter().map(Method::as_str).collect();
        let mut answer = HttpResponse::NoContent();
        answer.insert_header((header::ACCESS_CONTROL_ALLOW_METHODS, methods.join(", ")));
        answer.insert_header((header::ACCESS_CONTROL_ALLOW_HEADERS, REQUEST_HEADERS));
        answer.insert_header((header::ACCESS_CONTROL_MAX_AGE, PREFLIGHT_SECONDS));
        let mut answer = answer.finish();
        self.apply(answer.headers_mut());
        Some(answer)
    }

    /// Puts the headers on a response. It varies with the origin even if that is not allowed.
    pub(super) fn apply(&self, headers: &mut HeaderMap) {
        headers.append(header::VARY, HeaderValue::from_static("Origin"));
        if let Some(origin) = &self.origin {
            headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin.clone());
            headers.insert(header::ACCESS_CONTROL_EXPOSE_HEADERS, RESPONSE_HEADERS);
        }
    }
}
