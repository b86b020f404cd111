//! The application on one screen: what wraps what. `serve` and the tests build the same.

use std::io;
use std::net::TcpListener;
use std::time::Duration;

use actix_files::Files;
use actix_web::body::BoxBody;
use actix_web::dev::{Server, Service as _, ServiceFactory, ServiceRequest, ServiceResponse};
use actix_web::http::StatusCode;
use actix_web::http::header::{self, HeaderValue};
use actix_web::middleware::{Next, from_fn};
use actix_web::{App, Error, HttpServer, web};

use crate::error::AppError;
use crate::extract::verified_form::body_problem;
use crate::pages::error;
use crate::routes;
use crate::security::request_body::{self, TimeLimit};
use crate::security::{fetch_metadata, framing};
use crate::state::AppState;

/// The most bytes of a form.
pub const FORM_LIMIT: usize = 16 * 1024;

/// Builds the application. `more` adds services that only tests need.
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
    App::new()
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
        .configure(|config| static_files(config, &state))
        .configure(more)
        // From here on each wraps what stands above it: the last line is the first to be asked.
        // `Next` is one type for all: with `wrap_fn` the type of each would hold that of the ones
        // above it several times, and the names in the debug information were a gigabyte.
        .wrap(from_fn(|request, next: Next<BoxBody>| error::pages(request, &next)))
        .wrap(from_fn(|request, next: Next<BoxBody>| fetch_metadata::gate(request, &next)))
        .wrap(from_fn(|request, next: Next<BoxBody>| log_request(request, &next)))
        .wrap(from_fn(|request, next: Next<BoxBody>| request_body::limit(request, &next)))
        .wrap(from_fn(|request, next: Next<BoxBody>| framing::deny(request, &next)))
}

/// Runs the application on a socket until SIGINT or SIGTERM.
///
/// # Errors
/// When the socket cannot be listened on.
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

/// `/static/{hash}/…`: for ever where the hash is today's, else, during an upgrade, not kept at all.
fn static_files(config: &mut web::ServiceConfig, state: &web::Data<AppState>) {
    let folder = state.config.assets_dir.join("static");
    let current = format!("/static/{}/", state.view.assets_hash());
    let files = web::scope("/static/{hash}")
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
                    // Asked for by RFC 9110 §15.5.6, and left out by actix-files.
                    response.headers_mut().insert(header::ALLOW, HeaderValue::from_static("GET, HEAD"));
                }
                Ok(response)
            }
        })
        .service(Files::new("", folder));
    config.service(files);
}

/// One line a request: the route's pattern, not its path, which may hold a secret.
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
