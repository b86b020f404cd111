//! The sites that may show our pages in a frame: none, except that the sites of `EMBED_ORIGINS` may frame
//! the routes registered as embeddable. `deny` puts the headers that say so on every response.

use std::future::Future;
use std::sync::Arc;

use actix_web::body::MessageBody;
use actix_web::dev::{Service, ServiceRequest, ServiceResponse};
use actix_web::http::StatusCode;
use actix_web::http::header::{self, HeaderValue};
use actix_web::{Error, HttpResponse};

use super::content_security_policy::ScriptDigest;
use super::frame_policy::FramePolicy;
use super::headers::SecurityHeaders;
use crate::config::LOGO_SVG;
use crate::domain::csp_directive::leading_to;
use crate::domain::{Embedder, ReturnOrigin};
use crate::route_map::{ASSET_FOLDER, RouteKind, RouteMap, RoutePattern};

/// The header sets of the site: one for embeddable routes, one for documents that stand alone, one for pages that run a
/// script, one for every other response. They are made from the environment, and the route table decides between them; no
/// handler can change them.
#[derive(Debug)]
pub struct Framing {
    routes: Arc<RouteMap>,
    headers: SecurityHeaders,
    embedding: Option<SecurityHeaders>,
    standalone: SecurityHeaders,
    scripted: SecurityHeaders,
    script: ScriptDigest,
}

impl Framing {
    /// Makes the header sets. Without embedders no site may frame anything. `script` is the one script that scripted
    /// routes run.
    #[must_use]
    pub fn new(routes: Arc<RouteMap>, embedders: &[Embedder], script: ScriptDigest, https: bool) -> Self {
        let mut origins = embedders.iter().map(|embedder| embedder.origin().clone());
        let embedding = origins.next().map(|first| {
            let frame = FramePolicy::AllowOrigins { first, others: origins.collect() };
            SecurityHeaders::framed_by(&frame, https)
        });
        Self {
            routes,
            headers: SecurityHeaders::new(https),
            embedding,
            standalone: SecurityHeaders::standalone(https),
            scripted: SecurityHeaders::scripted(&script, https),
            script,
        }
    }

    /// The header set of the routes that run a script.
    #[must_use]
    pub fn scripted(&self) -> &SecurityHeaders {
        &self.scripted
    }

    /// The one script that scripted routes run.
    #[must_use]
    pub fn script(&self) -> &ScriptDigest {
        &self.script
    }

    /// The header set of every response to which no other one belongs.
    #[must_use]
    pub fn headers(&self) -> &SecurityHeaders {
        &self.headers
    }

    /// Whether listed sites may frame a path.
    #[must_use]
    pub fn may_embed(&self, path: &str) -> bool {
        self.embedding.is_some() && self.routes.kind(path) == RouteKind::Embeddable
    }

    /// Puts the header set of a response on it. A page may name one application on whose site its forms may end; this opens
    /// the policy of a route that is registered so, and of no other one.
    fn apply(&self, path: &str, response: &mut HttpResponse<impl MessageBody>) {
        let route = self.routes.find(path);
        if response.status() == StatusCode::OK && route.is_some_and(|route| route.cached) {
            response.headers_mut().insert(header::CACHE_CONTROL, KEPT_BRIEFLY);
        }
        self.headers_of(path, route, response.status()).apply(response.headers_mut());
        if !route.is_some_and(|route| route.leads_out) {
            return;
        }
        let Some(target) = response.extensions().get::<ReturnOrigin>().cloned() else { return };
        let headers = response.headers_mut();
        let policy = headers.get(header::CONTENT_SECURITY_POLICY).and_then(|value| value.to_str().ok());
        let opened = policy.and_then(|policy| HeaderValue::from_str(&leading_to(policy, &target)).ok());
        if let Some(opened) = opened {
            headers.insert(header::CONTENT_SECURITY_POLICY, opened);
        }
    }

    /// The header set of a response. Only a page is embedded or previewed: an error on the same path is not. A scripted
    /// route has one set for every status, because a refused form is shown again.
    fn headers_of(&self, path: &str, route: Option<&RoutePattern>, status: StatusCode) -> &SecurityHeaders {
        let kind = route.map(|route| route.kind);
        if status == StatusCode::OK {
            match (kind, &self.embedding) {
                (Some(RouteKind::Embeddable), Some(embedding)) => return embedding,
                (Some(RouteKind::MailPreview), _) => return &self.standalone,
                (None, _) if is_logo(path) => return &self.standalone,
                _ => {}
            }
        }
        if route.is_some_and(|route| route.script) { &self.scripted } else { &self.headers }
    }
}

/// Whether a path is that of the logo. Some browsers apply the policy of an SVG also where a page shows it as an image.
fn is_logo(path: &str) -> bool {
    let file = path.strip_prefix(ASSET_FOLDER).and_then(|rest| rest.split_once('/'));
    file.is_some_and(|(_, name)| name == LOGO_SVG)
}

/// The `Cache-Control` of a response that anyone may keep for a short time: five minutes.
const KEPT_BRIEFLY: HeaderValue = HeaderValue::from_static("public, max-age=300");

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
                framing.apply(&path, response.response_mut());
                Ok(response)
            }
            Err(mut error) => {
                error.add_response_mapper(move |mut response| {
                    framing.apply(&path, &mut response);
                    response
                });
                Err(error)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use actix_web::http::Method;

    use super::*;

    fn header(framing: &Framing, path: &str, status: StatusCode) -> String {
        let mut headers = actix_web::http::header::HeaderMap::new();
        framing.headers_of(path, framing.routes.find(path), status).apply(&mut headers);
        headers.get("content-security-policy").unwrap().to_str().unwrap().to_owned()
    }

    #[test]
    fn a_page_leads_to_the_site_of_its_application_on_a_registered_route_alone() {
        let route = |path, leads_out| RoutePattern {
            path,
            methods: vec![Method::GET],
            kind: RouteKind::Page,
            place: None,
            recent: false,
            enrols: false,
            script: false,
            leads_out,
            cached: false,
        };
        let routes = RouteMap::new(vec![route("/out/{id}", true), route("/in/{id}", false)]).unwrap();
        let framing = Framing::new(Arc::new(routes), &[], ScriptDigest::of(b"abc"), false);
        let policy = |path: &str, named: bool| {
            let mut response = HttpResponse::Ok().finish();
            if named {
                let origin = ReturnOrigin::parse("https://payroll.example").unwrap();
                response.extensions_mut().insert(origin);
            }
            framing.apply(path, &mut response);
            let policy = response.headers().get(header::CONTENT_SECURITY_POLICY).unwrap();
            policy.to_str().unwrap().to_owned()
        };
        assert!(policy("/out/7", true).contains("; form-action 'self' https://payroll.example; "));
        for (path, named) in [("/out/7", false), ("/in/7", true), ("/nope", true)] {
            assert!(policy(path, named).contains("; form-action 'self'; "), "{path}");
        }
    }

    #[test]
    fn a_scripted_route_may_run_its_script_at_every_status_and_no_other_route_may() {
        let route = |path, script| RoutePattern {
            path,
            methods: vec![Method::GET, Method::POST],
            kind: RouteKind::Page,
            place: None,
            recent: false,
            enrols: false,
            script,
            leads_out: false,
            cached: false,
        };
        let routes = RouteMap::new(vec![route("/keys/{id}", true), route("/keys", false)]).unwrap();
        let script = ScriptDigest::of(b"abc");
        let framing = Framing::new(Arc::new(routes), &[], script.clone(), false);
        let named = format!("script-src '{}';", script.as_str());
        for status in [StatusCode::OK, StatusCode::UNPROCESSABLE_ENTITY, StatusCode::INTERNAL_SERVER_ERROR] {
            let policy = header(&framing, "/keys/7", status);
            assert!(policy.contains(&named) && policy.contains("frame-ancestors 'none'"), "{policy}");
            for path in ["/keys", "/keys/7/x", "/nope"] {
                assert!(header(&framing, path, status).contains("script-src 'none';"), "{path}");
            }
        }
    }
}
