//! Every answer that is an error, whoever made it: our handlers, Actix's router and extractors, the
//! file server, a failing middleware, a panic. All get one page, or `application/problem+json`.

use std::future::Future;
use std::panic::AssertUnwindSafe;

use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{Service, ServiceRequest, ServiceResponse};
use actix_web::http::{StatusCode, header};
use actix_web::{Error, HttpMessage as _, HttpResponse, web};
use futures_util::FutureExt as _;
use serde::Serialize;

use crate::error::AppError;
use crate::security::fetch_metadata;
use crate::state::AppState;
use crate::view::{Audience, Page, Rendered, Viewer};

#[derive(Serialize)]
struct ErrorPage {
    status: u16,
    title: &'static str,
    text: &'static str,
    retry_after: Option<u64>,
    way_on: Link,
}

impl Page for ErrorPage {
    const TEMPLATE: &'static str = "pages/error.html";
}

/// RFC 9457; `about:blank` says that the status tells it all.
#[derive(Serialize)]
struct Problem {
    #[serde(rename = "type")]
    kind: &'static str,
    title: &'static str,
    status: u16,
    detail: &'static str,
}

#[derive(Serialize)]
struct Link {
    href: &'static str,
    label: &'static str,
}

/// What the person is told of a status.
fn told(status: StatusCode) -> (&'static str, &'static str) {
    match status.as_u16() {
        400 => (
            "This request cannot be understood",
            "Something in the address or the form is malformed. Nothing was changed.",
        ),
        401 => ("You are not signed in", "Sign in to go on."),
        403 => ("This is not allowed", "The request was refused. Nothing was changed."),
        404 => ("There is no such page", "The address may be mistyped, or what it led to is gone."),
        405 => {
            ("This page cannot do that", "The address is right, but it does not take this kind of request.")
        }
        406 => ("This page comes in one form only", "Your browser asked for another one."),
        408 => {
            ("The request took too long", "Your browser did not send all of it in time. Nothing was changed.")
        }
        413 => ("This is too much", "The form is larger than anything we take. Nothing was changed."),
        414 | 431 => ("The address is too long", "Nothing was changed."),
        415 => ("This is not a form", "We take forms only as browsers send them. Nothing was changed."),
        416 => ("There is no such part", "The file is shorter than the part that was asked for."),
        422 => ("Something in the form is not right", "Nothing was changed."),
        429 => ("Too many tries", "Somebody tried this too often from your network. Nothing was changed."),
        503 => (
            "We cannot do this right now",
            "Something that we depend on does not answer. Nothing was changed.",
        ),
        _ if status.is_client_error() => ("The request was refused", "Nothing was changed."),
        _ => (
            "Something went wrong on our side",
            "It is written in our log. Try again, and tell us if it stays so.",
        ),
    }
}

/// What the error page needs to know of a request, kept from before it is handled.
#[derive(Clone)]
struct Asked {
    state: Option<web::Data<AppState>>,
    api: bool,
    /// Inside a frame an error is words only: a link there would count as our own.
    framed: bool,
}

impl Asked {
    /// The page, or JSON under `/api/`; the fields of `bare` that say something are kept.
    fn answer(&self, bare: HttpResponse, viewer: Option<&Viewer>) -> HttpResponse {
        let status = bare.status();
        let error = bare.error().and_then(|error| error.as_error::<AppError>());
        let (title, text) = error.and_then(AppError::told).unwrap_or_else(|| told(status));
        let way_on = match error {
            Some(AppError::StaleForm) => Link { href: "/settings", label: "To the settings" },
            _ if status == StatusCode::UNAUTHORIZED => Link { href: "/sign-in", label: "Sign in" },
            _ => Link { href: "/", label: "To the start page" },
        };
        let mut response = if self.api {
            let problem = Problem { kind: "about:blank", title, status: status.as_u16(), detail: text };
            HttpResponse::build(status).content_type("application/problem+json").json(problem)
        } else {
            let retry_after = bare.headers().get(header::RETRY_AFTER);
            let retry_after = retry_after.and_then(|value| value.to_str().ok()?.parse().ok());
            self.page(
                &ErrorPage { status: status.as_u16(), title, text, retry_after, way_on },
                status,
                viewer,
            )
        };
        let ours = [
            header::CONTENT_TYPE,
            header::CONTENT_LENGTH,
            header::CONTENT_ENCODING,
            header::CONTENT_DISPOSITION,
            header::ETAG,
            header::LAST_MODIFIED,
            header::ACCEPT_RANGES,
            header::CACHE_CONTROL,
        ];
        for (name, value) in bare.headers().iter().filter(|(name, _)| !ours.contains(name)) {
            response.headers_mut().append(name.clone(), value.clone());
        }
        response
    }

    fn page(&self, page: &ErrorPage, status: StatusCode, viewer: Option<&Viewer>) -> HttpResponse {
        let audience = viewer.map_or(Audience::Unknown, Audience::Member);
        let ErrorPage { title, text, .. } = page;
        let state = self.state.as_ref().filter(|_| !self.framed);
        let rendered = state.map(|state| state.view.page(status, audience, page));
        match rendered {
            Some(Ok(response)) => response,
            // In a frame, or the template itself is broken, or there is no state: plain words.
            _ => HttpResponse::build(status)
                .content_type("text/plain; charset=utf-8")
                .body(format!("{title}\n{text}\n")),
        }
    }
}

/// The middleware (`wrap_fn`) that gives every error its page and turns a panic into a 500.
pub fn pages<S, B>(
    request: ServiceRequest,
    service: &S,
) -> impl Future<Output = Result<ServiceResponse<BoxBody>, Error>> + use<S, B>
where
    S: Service<ServiceRequest, Response = ServiceResponse<B>, Error = Error>,
    S::Future: 'static,
    B: MessageBody + 'static,
{
    let asked = Asked {
        state: request.app_data::<web::Data<AppState>>().cloned(),
        api: request.path().starts_with("/api/"),
        framed: fetch_metadata::destination(request.headers()) == Some("iframe"),
    };
    let response = AssertUnwindSafe(service.call(request)).catch_unwind();
    async move {
        let mut error = match response.await {
            Ok(Ok(response)) => return Ok(with_page(response.map_into_boxed_body(), &asked)),
            Ok(Err(error)) => error,
            // The panic's message stands in the log already: the panic hook wrote it.
            Err(_panic) => AppError::Internal("a handler panicked".to_owned()).into(),
        };
        // The request is gone with what failed, so the page is put on when the error is answered.
        error.add_response_mapper(move |bare| asked.answer(bare, None));
        Err(error)
    }
}

fn with_page(response: ServiceResponse<BoxBody>, asked: &Asked) -> ServiceResponse<BoxBody> {
    let status = response.status();
    let is_error = status.is_client_error() || status.is_server_error();
    if !is_error || response.response().extensions().contains::<Rendered>() {
        return response;
    }
    let viewer = response.request().extensions().get::<Viewer>().cloned();
    let (request, bare) = response.into_parts();
    let answer = asked.answer(bare, viewer.as_ref());
    ServiceResponse::new(request, answer)
}
