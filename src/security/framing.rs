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
use crate::domain::Embedder;
use crate::route_map::{RouteKind, RouteMap};

/// The header sets of the site: one for embeddable routes, one for every other response. They are made
/// from the route table and the environment; no handler can change them.
#[derive(Debug)]
pub struct Framing {
    headers: SecurityHeaders,
    embedding: Option<Embedding>,
}

#[derive(Debug)]
struct Embedding {
    routes: Vec<ResourceDef>,
    headers: SecurityHeaders,
}

impl Framing {
    /// Makes the header sets. Without embedders no site may frame anything.
    #[must_use]
    pub fn new(routes: &RouteMap, embedders: &[Embedder], https: bool) -> Self {
        let mut origins = embedders.iter().map(|embedder| embedder.origin().clone());
        let embedding = origins.next().map(|first| {
            let frame = FramePolicy::AllowOrigins { first, others: origins.collect() };
            let embeddable = routes.patterns().filter(|route| route.kind == RouteKind::Embeddable);
            Embedding {
                routes: embeddable.map(|route| ResourceDef::new(route.path)).collect(),
                headers: SecurityHeaders::framed_by(&frame, https),
            }
        });
        Self { headers: SecurityHeaders::new(https), embedding }
    }

    /// The header set of every response but an embeddable one.
    #[must_use]
    pub fn headers(&self) -> &SecurityHeaders {
        &self.headers
    }

    /// Whether listed sites may frame a path.
    #[must_use]
    pub fn may_embed(&self, path: &str) -> bool {
        self.embedding_of(path).is_some()
    }

    fn embedding_of(&self, path: &str) -> Option<&Embedding> {
        self.embedding.as_ref().filter(|embedding| embedding.routes.iter().any(|route| route.is_match(path)))
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
                // Only a page may be embedded: an error on the same path is framed by no site.
                let embedding = framing.embedding_of(&path).filter(|_| response.status() == StatusCode::OK);
                let headers = embedding.map_or(&framing.headers, |embedding| &embedding.headers);
                headers.apply(response.headers_mut());
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
