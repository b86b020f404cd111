//! Who may show us in a frame: nobody, but for the sites of `EMBED_ORIGINS` on routes that are
//! registered as embeddable. This file holds the whole answer; `deny` puts it on every response,
//! whatever made that.

use std::future::Future;

use actix_web::body::MessageBody;
use actix_web::dev::{ResourceDef, Service, ServiceRequest, ServiceResponse};
use actix_web::http::StatusCode;
use actix_web::{Error, web};

use super::headers::SecurityHeaders;
use crate::domain::{Embedder, Origin};
use crate::routes::RouteMap;
use crate::state::AppState;

/// Who may frame a response.
///
/// `X-Frame-Options: DENY` goes out in either case: browsers ignore it beside frame-ancestors (HTML
/// §7.4.5, "check a navigation response's adherence to X-Frame-Options"), and where a proxy has
/// stripped the policy it fails closed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FramePolicy {
    /// Nobody, not even ourselves.
    Deny,
    /// These sites; every ancestor of the frame must be one of them.
    AllowOrigins {
        /// There is at least one, so that the list cannot fall back to nothing.
        first: Origin,
        /// More of them.
        others: Vec<Origin>,
    },
}

impl FramePolicy {
    /// The value of X-Frame-Options (RFC 7034), always.
    pub const X_FRAME_OPTIONS: &str = "DENY";

    /// The value of the directive frame-ancestors (CSP3 §6.4.2).
    #[must_use]
    pub fn ancestors(&self) -> String {
        match self {
            Self::Deny => "'none'".to_owned(),
            Self::AllowOrigins { first, others } => {
                std::iter::once(first).chain(others).map(Origin::as_str).collect::<Vec<_>>().join(" ")
            }
        }
    }
}

/// The routes that some sites may frame, and the header set that says so. Made of the route table
/// and the environment only: no handler has a part in it.
#[derive(Debug)]
pub struct Embedding {
    routes: Vec<ResourceDef>,
    headers: SecurityHeaders,
}

impl Embedding {
    /// `None` without embedders: then nothing may be framed.
    #[must_use]
    pub fn new(routes: &RouteMap, embedders: &[Embedder], https: bool) -> Option<Self> {
        let mut origins = embedders.iter().map(|embedder| embedder.origin().clone());
        let frame = FramePolicy::AllowOrigins { first: origins.next()?, others: origins.collect() };
        let routes = routes.embeddable().cloned().collect();
        Some(Self { routes, headers: SecurityHeaders::framed_by(&frame, https) })
    }

    /// Whether a path may be framed.
    #[must_use]
    pub fn covers(&self, path: &str) -> bool {
        self.routes.iter().any(|route| route.is_match(path))
    }
}

/// The outermost middleware (`wrap_fn`): puts the security headers on every response, also on the
/// one that an `Err` of an inner middleware becomes later.
pub fn deny<S, B>(
    request: ServiceRequest,
    service: &S,
) -> impl Future<Output = Result<ServiceResponse<B>, Error>> + use<S, B>
where
    S: Service<ServiceRequest, Response = ServiceResponse<B>, Error = Error>,
    S::Future: 'static,
    B: MessageBody,
{
    let state = request.app_data::<web::Data<AppState>>().cloned();
    let embeddable = state
        .as_ref()
        .and_then(|state| state.embedding.as_ref())
        .is_some_and(|embedding| embedding.covers(request.path()));
    let response = service.call(request);
    async move {
        match response.await {
            Ok(mut response) => {
                match state.as_ref().map(|state| (&state.headers, &state.embedding)) {
                    // What is no page, an error above all, is framed by nobody.
                    Some((_, Some(embedding))) if embeddable && response.status() == StatusCode::OK => {
                        embedding.headers.apply(response.headers_mut());
                    }
                    Some((headers, _)) => headers.apply(response.headers_mut()),
                    None => without_state().apply(response.headers_mut()),
                }
                Ok(response)
            }
            Err(mut error) => {
                error.add_response_mapper(move |mut response| {
                    let headers = state.as_ref().map(|state| state.headers.clone());
                    headers.unwrap_or_else(without_state).apply(response.headers_mut());
                    response
                });
                Err(error)
            }
        }
    }
}

/// The strict set of https, which is wrong only in adding HSTS.
fn without_state() -> SecurityHeaders {
    SecurityHeaders::new(true)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn none_never_shares_a_list_with_an_origin() {
        assert_eq!(FramePolicy::Deny.ancestors(), "'none'");
        let allowed = FramePolicy::AllowOrigins {
            first: Origin::parse("https://partner.example").unwrap(),
            others: vec![Origin::parse("https://other.example:8443/").unwrap()],
        };
        assert_eq!(allowed.ancestors(), "https://partner.example https://other.example:8443");
    }
}
