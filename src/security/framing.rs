//! The sites that may show our pages in a frame: none, except that the sites of `EMBED_ORIGINS` may frame
//! the routes registered as embeddable. `deny` puts the headers that say so on every response.

use std::future::Future;
use std::sync::Arc;

use actix_web::Error;
use actix_web::body::MessageBody;
use actix_web::dev::{ResourceDef, Service, ServiceRequest, ServiceResponse};
use actix_web::http::StatusCode;

use super::frame_policy::FramePolicy;
use super::headers::SecurityHeaders;
use crate::config::LOGO_SVG;
use crate::domain::Embedder;
use crate::route_map::{ASSET_FOLDER, RouteKind, RouteMap};

/// The header sets of the site: one for embeddable routes, one for documents that stand alone, one for
/// every other response. They are made
/// from the route table and the environment; no handler can change them.
#[derive(Debug)]
pub struct Framing {
    headers: SecurityHeaders,
    embedding: Option<RouteHeaders>,
    standalone: RouteHeaders,
}

/// The header set of some routes.
#[derive(Debug)]
struct RouteHeaders {
    routes: Vec<ResourceDef>,
    headers: SecurityHeaders,
}

impl RouteHeaders {
    fn new(routes: &RouteMap, kind: RouteKind, headers: SecurityHeaders) -> Self {
        let routes = routes.patterns().filter(|route| route.kind == kind);
        Self { routes: routes.map(|route| ResourceDef::new(route.path)).collect(), headers }
    }

    fn cover(&self, path: &str) -> bool {
        self.routes.iter().any(|route| route.is_match(path))
    }
}

impl Framing {
    /// Makes the header sets. Without embedders no site may frame anything.
    #[must_use]
    pub fn new(routes: &RouteMap, embedders: &[Embedder], https: bool) -> Self {
        let mut origins = embedders.iter().map(|embedder| embedder.origin().clone());
        let embedding = origins.next().map(|first| {
            let frame = FramePolicy::AllowOrigins { first, others: origins.collect() };
            RouteHeaders::new(routes, RouteKind::Embeddable, SecurityHeaders::framed_by(&frame, https))
        });
        let mut standalone =
            RouteHeaders::new(routes, RouteKind::MailPreview, SecurityHeaders::standalone(https));
        // Some browsers apply the policy of an SVG also where a page shows it as an image.
        standalone.routes.push(ResourceDef::new(format!("{ASSET_FOLDER}{{hash}}/{LOGO_SVG}")));
        Self { headers: SecurityHeaders::new(https), embedding, standalone }
    }

    /// The header set of every response but an embeddable one.
    #[must_use]
    pub fn headers(&self) -> &SecurityHeaders {
        &self.headers
    }

    /// Whether listed sites may frame a path.
    #[must_use]
    pub fn may_embed(&self, path: &str) -> bool {
        self.embedding.as_ref().is_some_and(|embedding| embedding.cover(path))
    }

    /// The header set of a response. Only a page is embedded or previewed: an error on the same path is not.
    fn headers_of(&self, path: &str, status: StatusCode) -> &SecurityHeaders {
        let special = self.embedding.iter().chain([&self.standalone]);
        let found = special.into_iter().find(|set| status == StatusCode::OK && set.cover(path));
        found.map_or(&self.headers, |set| &set.headers)
    }
}

/// The outermost middleware (`wrap_fn`): puts the security headers on every response, also on the
/// response that an `Err` of an inner middleware becomes later.
pub fn deny<S, B>(
    framing: Arc<Framing>,
    request: ServiceRequest,
    service: &S,
) -> impl Future<Output = Result<ServiceResponse<B>, Error>> + use<S, B>
where
    S: Service<ServiceRequest, Response = ServiceResponse<B>, Error = Error>,
    S::Future: 'static,
    B: MessageBody,
{
    let path = request.path().to_owned();
    let response = service.call(request);
    async move {
        match response.await {
            Ok(mut response) => {
                framing.headers_of(&path, response.status()).apply(response.headers_mut());
                Ok(response)
            }
            Err(mut error) => {
                error.add_response_mapper(move |mut response| {
                    framing.headers.apply(response.headers_mut());
                    response
                });
                Err(error)
            }
        }
    }
}
