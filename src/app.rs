//! The application on one screen: its data, routes and layers. `serve` and the tests build the same
//! application.

use std::io;
use std::net::TcpListener;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use actix_files::{Files, NamedFile};
use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{Server, Service as _, ServiceFactory, ServiceRequest, ServiceResponse};
use actix_web::http::StatusCode;
use actix_web::http::header::{self, HeaderValue};
use actix_web::middleware::{Next, from_fn};
use actix_web::{App, Error, HttpResponse, HttpServer, Resource, web};

use crate::db;
use crate::error::AppError;
use crate::extract::just_done;
use crate::extract::public_form::body_problem;
use crate::pages::error;
use crate::route_map::ASSET_FOLDER;
use crate::routes;
use crate::security::network::{Width, network};
use crate::security::request_body::{self, TimeLimit};
use crate::security::{frame_gate, framing};
use crate::state::{AppState, Site};
use crate::view::MadeFile;

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
    app.configure(|config| static_files(config, &site))
        // Each layer wraps everything above it: the last line sees a request first. `Next` is one boxed type:
        // with `wrap_fn` for all, the type of each layer would hold those above it several times, and
        // their names a gigabyte of debug information.
        .wrap(from_fn(|request, next: Next<B>| carry_out(request, next)))
        .wrap(from_fn(move |request, next: Next<B>| error::pages(Arc::clone(&for_errors), request, &next)))
        .wrap(from_fn(move |request, next: Next<BoxBody>| frame_gate::guard(&for_gate.gate, request, &next)))
        .wrap(from_fn(|request, next: Next<BoxBody>| log_request(request, &next)))
        .wrap(from_fn(|request, next: Next<BoxBody>| request_body::limit(request, &next)))
        .wrap_fn(move |request, service| framing::deny(Arc::clone(&for_framing.framing), request, service))
}

/// Runs the application on a socket until SIGINT or SIGTERM.
///
/// # Errors
/// The socket cannot be listened on.
pub fn serve(
    listener: TcpListener,
    state: web::Data<AppState>,
    more: impl Fn(&mut web::ServiceConfig) + Clone + Send + 'static,
) -> io::Result<Server> {
    let server = HttpServer::new(move || build(state.clone(), more.clone()))
        .client_request_timeout(Duration::from_secs(10))
        .shutdown_timeout(10)
        .listen(listener)?;
    Ok(server.run())
}

/// Serves `/static/{hash}/…`. Browsers cache the files forever under the current hash. Under another hash,
/// as during an upgrade, they do not store them.
fn static_files(config: &mut web::ServiceConfig, site: &Site) {
    let current = site.view.assets_path();
    let files = web::scope(&format!("{ASSET_FOLDER}{{hash}}"))
        .wrap_fn(move |request, service| {
            let immutable = request.path().starts_with(&current);
            let response = service.call(request);
            async move {
                let mut response = response.await?;
                if immutable && !response.status().is_client_error() {
                    let kept = HeaderValue::from_static("public, max-age=31536000, immutable");
                    response.headers_mut().insert(header::CACHE_CONTROL, kept);
                }
                if response.status() == StatusCode::METHOD_NOT_ALLOWED {
                    // RFC 9110 §15.5.6 requires it; actix-files leaves it out.
                    response.headers_mut().insert(header::ALLOW, HeaderValue::from_static("GET, HEAD"));
                }
                Ok(response)
            }
        })
        .configure(|config| {
            for (name, path) in site.view.replaced_files() {
                config.service(replaced_file(name, path));
            }
            for file in site.view.made_files() {
                config.service(made_file(file.clone()));
            }
        })
        .service(Files::new("", site.assets.own_folder("static")));
    config.service(files);
}

/// Serves a static file that is on no disk.
fn made_file(MadeFile { name, content_type, content }: MadeFile) -> Resource {
    let answer = move || {
        let content = content.clone();
        async move { HttpResponse::Ok().content_type(content_type).body(content) }
    };
    web::resource(name).route(web::get().to(answer.clone())).route(web::head().to(answer))
}

/// Serves a static file that stands in for one of ours, or beside them.
fn replaced_file(name: &str, path: &Path) -> Resource {
    let path = path.to_owned();
    let open = move || std::future::ready(NamedFile::open(&path).map_err(|_gone| AppError::NotFound));
    web::resource(name).route(web::get().to(open.clone())).route(web::head().to(open))
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
    let handler = actix_web::rt::spawn(db::on_behalf_of(block, async move { next.call(request).await }));
    handler.await.unwrap_or_else(|ended| match ended.try_into_panic() {
        // The error pages answer it.
        Ok(panic) => std::panic::resume_unwind(panic),
        Err(ended) => Err(AppError::Internal(format!("a handler was cancelled: {ended}")).into()),
    })
}

/// Logs one line for each request, with the pattern of the route: a path may hold a secret.
fn log_request<S, B>(
    request: ServiceRequest,
    service: &S,
) -> impl Future<Output = Result<ServiceResponse<B>, Error>> + use<S, B>
where
    S: actix_web::dev::Service<ServiceRequest, Response = ServiceResponse<B>, Error = Error>,
    S::Future: 'static,
{
    let (method, start) = (request.method().clone(), std::time::Instant::now());
    let response = service.call(request);
    async move {
        let result = response.await;
        let (status, route) = match &result {
            Ok(response) => (response.status(), response.request().match_pattern()),
            Err(error) => (error.as_response_error().status_code(), None),
        };
        log::info!(
            "{method} {} {} {} ms",
            route.as_deref().unwrap_or("-"),
            status.as_u16(),
            start.elapsed().as_millis()
        );
        result
    }
}
