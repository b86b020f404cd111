//! The application on one screen: its data, routes and layers. `serve` and the tests build the same
//! application.

pub mod server;

use std::sync::Arc;

use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{ServiceFactory, ServiceRequest, ServiceResponse};
use actix_web::http::header::{self, HeaderName, HeaderValue};
use actix_web::middleware::{Next, from_fn};
use actix_web::{App, Error, HttpRequest, HttpResponse, web};

use crate::db;
use crate::error::AppError;
use crate::extract::just_done;
use crate::extract::public_form::body_problem;
use crate::logging::request_id::RequestId;
use crate::pages::error;
use crate::route_map::{ASSET_FOLDER, RouteMap};
use crate::routes;
use crate::security::network::{Width, network};
use crate::security::request_body::{self, TimeLimit};
use crate::security::{frame_gate, framing};
use crate::state::{AppState, Site};

/// The most bytes of a form.
pub const FORM_LIMIT: usize = 16 * 1024;

/// Builds the application. `more` adds services, which only tests need.
pub fn build(
    state: web::Data<AppState>,
    more: impl FnOnce(&mut web::ServiceConfig),
) -> App<
    impl ServiceFactory<
        ServiceRequest,
        Config = (),
        Response = ServiceResponse<BoxBody>,
        Error = Error,
        InitError = (),
    >,
> {
    let app = App::new()
        .app_data(state.clone())
        .app_data(
            web::FormConfig::default()
                .limit(FORM_LIMIT)
                .error_handler(|error, _| body_problem(&error.into()).into()),
        )
        .app_data(web::PayloadConfig::default().limit(FORM_LIMIT))
        .app_data(TimeLimit::default())
        .app_data(web::PathConfig::default().error_handler(|_, _| AppError::NotFound.into()))
        .configure(routes::configure)
        .configure(more)
        .wrap(from_fn(just_done::announce_once));
    layered(app, state.site())
}

/// Adds to an application what every site of ours has: the static files, and all layers.
pub fn layered<T, B>(
    app: App<T>,
    site: Site,
) -> App<
    impl ServiceFactory<
        ServiceRequest,
        Config = (),
        Response = ServiceResponse<BoxBody>,
        Error = Error,
        InitError = (),
    >,
>
where
    T: ServiceFactory<
            ServiceRequest,
            Config = (),
            Response = ServiceResponse<B>,
            Error = Error,
            InitError = (),
        > + 'static,
    B: MessageBody + 'static,
{
    let site = Arc::new(site);
    let (for_errors, for_gate, for_framing) = (Arc::clone(&site), Arc::clone(&site), Arc::clone(&site));
    let for_log = Arc::clone(&site);
    app.configure(|config| static_files(config, &site))
        // Each layer wraps everything above it: the last line sees a request first. `Next` is one boxed type:
        // with `wrap_fn` for all, the type of each layer would hold those above it several times, and
        // their names a gigabyte of debug information.
        .wrap(from_fn(|request, next: Next<B>| carry_out(request, next)))
        .wrap(from_fn(move |request, next: Next<B>| error::pages(Arc::clone(&for_errors), request, &next)))
        .wrap(from_fn(move |request, next: Next<BoxBody>| frame_gate::guard(&for_gate.gate, request, &next)))
        .wrap(from_fn(move |request, next: Next<BoxBody>| {
            log_request(Arc::clone(&for_log.routes), request, &next)
        }))
        .wrap(from_fn(|request, next: Next<BoxBody>| request_body::limit(request, &next)))
        .wrap(from_fn(|request, next: Next<BoxBody>| identify(request, next)))
        .wrap_fn(move |request, service| framing::deny(Arc::clone(&for_framing.framing), request, service))
}

/// Serves `/static/{hash}/…`.
fn static_files(config: &mut web::ServiceConfig, site: &Site) {
    let files = Arc::clone(&site.static_files);
    let answer = move |request: HttpRequest, path: web::Path<(String, String)>| {
        std::future::ready(files.answer(&path.0, &path.1, &request))
    };
    let other =
        || async { HttpResponse::MethodNotAllowed().insert_header((header::ALLOW, "GET, HEAD")).finish() };
    let resource = web::resource(format!("{ASSET_FOLDER}{{hash}}/{{name:.*}}"));
    let resource = resource.route(web::get().to(answer.clone())).route(web::head().to(answer));
    config.service(resource.default_service(web::to(other)));
}

/// Runs the handler to its end, even if the client goes away meanwhile. Otherwise a client could stop it between
/// two steps: an attempt would be counted and not made, and a connection to the database lost in a query. The
/// clients of one network share a part of the connections to the database.
async fn carry_out<B>(request: ServiceRequest, next: Next<B>) -> Result<ServiceResponse<B>, Error>
where
    B: MessageBody + 'static,
{
    let state = request.app_data::<web::Data<AppState>>();
    let client = state
        .zip(request.peer_addr())
        .map(|(state, peer)| state.client_addresses.find(peer, request.headers()));
    let block = client.and_then(|client| network(client, Width::Block));
    let handler = db::on_behalf_of(block, async move { next.call(request).await });
    // A new task knows neither the network nor the id of the request.
    let id = RequestId::current().unwrap_or_else(RequestId::random);
    let handler = actix_web::rt::spawn(id.of(handler));
    handler.await.unwrap_or_else(|ended| match ended.try_into_panic() {
        // The error pages answer it.
        Ok(panic) => std::panic::resume_unwind(panic),
        Err(ended) => Err(AppError::Internal(format!("a handler was cancelled: {ended}")).into()),
    })
}

/// The name of the header that names the id of a request.
const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// Gives the request its id, which the response and each line of the log names. A proxy that we trust may choose it.
async fn identify(request: ServiceRequest, next: Next<BoxBody>) -> Result<ServiceResponse<BoxBody>, Error> {
    let state = request.app_data::<web::Data<AppState>>();
    let trusted = state
        .zip(request.peer_addr())
        .is_some_and(|(state, peer)| state.client_addresses.is_trusted(peer.ip().to_canonical()));
    let mut given = request.headers().get_all(REQUEST_ID).filter(|_| trusted);
    let id = match (given.next(), given.next()) {
        (Some(given), None) => RequestId::parse(given.as_bytes()),
        _ => None,
    };
    drop(given);
    let id = id.unwrap_or_else(RequestId::random);
    let value = HeaderValue::from_str(id.as_str()).map_err(|error| AppError::Internal(error.to_string()))?;
    // Layers work before their first await, too: they are called within the scope of the id.
    let mut result = id.of(async move { next.call(request).await }).await;
    match &mut result {
        Ok(response) => {
            response.headers_mut().insert(REQUEST_ID, value);
        }
        Err(error) => error.add_response_mapper(move |mut response| {
            response.headers_mut().insert(REQUEST_ID, value.clone());
            response
        }),
    }
    result
}

/// Counts each request and logs one line for it, with the pattern of the route: a path may hold a secret.
fn log_request<S, B>(
    routes: Arc<RouteMap>,
    request: ServiceRequest,
    service: &S,
) -> impl Future<Output = Result<ServiceResponse<B>, Error>> + use<S, B>
where
    S: actix_web::dev::Service<ServiceRequest, Response = ServiceResponse<B>, Error = Error>,
    S::Future: 'static,
{
    let (method, start) = (request.method().clone(), std::time::Instant::now());
    let row = routes.row(request.path());
    let response = service.call(request);
    async move {
        let result = response.await;
        let (status, route) = match &result {
            Ok(response) => (response.status(), response.request().match_pattern()),
            Err(error) => (error.as_response_error().status_code(), None),
        };
        routes.traffic().note(row, &method, status, start.elapsed());
        log::info!(
            "{method} {} {} {} ms",
            route.as_deref().unwrap_or("-"),
            status.as_u16(),
            start.elapsed().as_millis()
        );
        result
    }
}
