//! Serves `GET /metrics`, and nothing else, on `METRICS_LISTEN`.

use std::io;
use std::net::TcpListener;
use std::sync::Arc;
use std::time::Duration;

use actix_web::dev::Server;
use actix_web::http::{Method, header};
use actix_web::{App, HttpRequest, HttpResponse, HttpServer, web};

use super::page::Figures;
use crate::security::framing;

/// The content type of OpenMetrics.
const OPEN_METRICS: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// Serves the figures until the server is stopped. Signals are the application's.
///
/// # Errors
/// The socket cannot be listened on.
pub fn serve(listener: TcpListener, figures: Figures) -> io::Result<Server> {
    let figures = web::Data::new(figures);
    let server = HttpServer::new(move || {
        let framing = Arc::clone(figures.framing());
        App::new()
            .app_data(figures.clone())
            .default_service(web::to(answer))
            .wrap_fn(move |request, service| framing::deny(Arc::clone(&framing), request, service))
    });
    let server = server
        .workers(1)
        .disable_signals()
        .client_request_timeout(Duration::from_secs(10))
        .shutdown_timeout(1)
        .listen(listener)?;
    Ok(server.run())
}

async fn answer(request: HttpRequest, figures: web::Data<Figures>) -> HttpResponse {
    if request.path() != "/metrics" {
        return HttpResponse::NotFound().finish();
    }
    if !matches!(*request.method(), Method::GET | Method::HEAD) {
        return HttpResponse::MethodNotAllowed().insert_header((header::ALLOW, "GET, HEAD")).finish();
    }
    match figures.text().await {
        Ok(text) => HttpResponse::Ok().content_type(OPEN_METRICS).body(text),
        Err(error) => {
            log::error!("the metrics cannot be written: {error}");
            HttpResponse::InternalServerError().finish()
        }
    }
}
