//! The page of every error response, whether it comes from a handler, Actix's router or extractors, the
//! file server, a middleware or a panic. The API gets `application/problem+json`.

use std::future::Future;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{Service, ServiceRequest, ServiceResponse};
use actix_web::http::{StatusCode, header};
use actix_web::{Error, HttpMessage as _, HttpResponse, ResponseError as _, web};
use futures_util::FutureExt as _;
use serde::Serialize;

use crate::domain::{Language, Locale};
use crate::error::AppError;
use crate::error::problem::FieldProblem;
use crate::locales::Message;
use crate::logging::request_id::RequestId;
use crate::route_map::RouteKind;
use crate::security::{accept_language, fetch_metadata};
use crate::state::{AppState, Site};
use crate::view::{Audience, Page, Rendered, Viewer};

#[derive(Serialize)]
struct ErrorPage {
    status: u16,
    title: String,
    text: String,
    retry_after: Option<u64>,
    next_link: NextLink,
    /// The id of the request, which the lines of the log hold as well.
    request_id: Option<String>,
}

/// The link on an error page.
#[derive(Clone, Copy, Serialize)]
#[serde(rename_all = "snake_case")]
enum NextLink {
    Home,
    SignIn,
    Settings,
}

impl Page for ErrorPage {
    const TEMPLATE: &'static str = "pages/error.html";
}

/// The JSON of an error (RFC 9457). The type `about:blank` means that the status says it all.
#[derive(Serialize)]
struct ProblemBody<'a> {
    #[serde(rename = "type")]
    kind: &'a str,
    title: &'a str,
    status: u16,
    detail: &'a str,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    errors: &'a [FieldProblem],
}

impl ProblemBody<'_> {
    fn response(&self, status: StatusCode) -> HttpResponse {
        HttpResponse::build(status).content_type("application/problem+json").json(self)
    }
}

/// The message of a status.
fn message(status: StatusCode) -> Message {
    match status.as_u16() {
        400 => Message::ErrorBadRequest,
        401 => Message::ErrorSignedOut,
        403 => Message::ErrorRefused,
        404 => Message::ErrorNotFound,
        405 => Message::ErrorMethod,
        406 => Message::ErrorNotAcceptable,
        408 => Message::ErrorTooSlow,
        413 => Message::ErrorTooLarge,
        414 | 431 => Message::ErrorTooLong,
        415 => Message::ErrorMediaType,
        416 => Message::ErrorRange,
        421 => Message::ErrorMisdirected,
        422 => Message::ErrorUnprocessable,
        429 => Message::ErrorLimited,
        503 => Message::ErrorUnavailable,
        _ if status.is_client_error() => Message::ErrorClient,
        _ => Message::ErrorInternal,
    }
}

/// The facts about a request that its error response needs, kept from before the request is handled.
#[derive(Clone)]
struct ErrorContext {
    site: Arc<Site>,
    kind: RouteKind,
    /// Whether the page may run the script.
    script: bool,
    /// How the browser asks to be answered.
    locale: Locale,
    /// Whether the request is for a frame. There an error is plain text: a link inside a frame would open our
    /// pages as if from our own.
    framed: bool,
    /// The id of the request: an error may become a response when the request is gone.
    request_id: Option<RequestId>,
    /// Whether the browser holds a session. Whether it is live was not asked.
    holds_session: bool,
}

impl ErrorContext {
    /// The page, or JSON for the API. It keeps the headers of `bare` that do not describe its body.
    fn answer(&self, bare: HttpResponse, viewer: Option<&Viewer>) -> HttpResponse {
        let status = bare.status();
        let error = bare.error().and_then(|error| error.as_error::<AppError>());
        let message = error.and_then(AppError::message).unwrap_or_else(|| message(status));
        let locale = viewer.map_or(self.locale, |viewer| viewer.locale);
        // Programs read the API in English.
        let api = matches!(self.kind, RouteKind::Api | RouteKind::ForwardAuth);
        let language = if api { Language::default() } else { locale.language };
        let catalogue = self.site.catalogues.of(language);
        let (title, text) = (catalogue.text(message), catalogue.detail(message));
        let next_link = match error {
            Some(AppError::StaleForm) => NextLink::Settings,
            _ if status == StatusCode::METHOD_NOT_ALLOWED => NextLink::Settings,
            _ if status == StatusCode::UNAUTHORIZED => NextLink::SignIn,
            _ => NextLink::Home,
        };
        let mut response = if let Some(AppError::Api(problem)) = error {
            let kind = format!("{}/developers/api#problem-{}", self.site.gate.own(), problem.kind.name);
            let (title, detail) = (problem.kind.title, &problem.detail);
            let errors = &problem.fields;
            ProblemBody { kind: &kind, title, status: status.as_u16(), detail, errors }.response(status)
        } else if api {
            let (kind, errors) = ("about:blank", &[]);
            ProblemBody { kind, title: &title, status: status.as_u16(), detail: &text, errors }
                .response(status)
        } else {
            let retry_after = bare.headers().get(header::RETRY_AFTER);
            let retry_after = retry_after.and_then(|value| value.to_str().ok()?.parse().ok());
            let request_id = self.request_id.as_ref().map(ToString::to_string);
            let page = ErrorPage { status: status.as_u16(), title, text, retry_after, next_link, request_id };
            self.page(&page, status, viewer)
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
        let returning = if self.holds_session { Audience::Returning } else { Audience::Unknown };
        let returning = returning(self.locale);
        let audience = viewer.map_or(returning, Audience::Member);
        let rendered = (!self.framed).then(|| self.site.view.page(status, audience, page));
        match rendered {
            Some(Ok(response)) => response,
            // In a frame, or if the template itself fails: plain text.
            _ => HttpResponse::build(status)
                .content_type("text/plain; charset=utf-8")
                .body(format!("{}\n{}\n", page.title, page.text)),
        }
    }
}

/// The middleware (`wrap_fn`) that gives every error its page and turns a panic into a 500.
pub fn pages<S, B>(
    site: Arc<Site>,
    request: ServiceRequest,
    service: &S,
) -> impl Future<Output = Result<ServiceResponse<BoxBody>, Error>> + use<S, B>
where
    S: Service<ServiceRequest, Response = ServiceResponse<B>, Error = Error>,
    S::Future: 'static,
    B: MessageBody + 'static,
{
    let context = ErrorContext {
        kind: site.routes.kind(request.path()),
        script: site.routes.find(request.path()).is_some_and(|route| route.script),
        locale: Locale::in_utc(accept_language::preferred(&request)),
        request_id: RequestId::current(),
        framed: fetch_metadata::destination(request.headers()) == Some("iframe"),
        holds_session: request
            .app_data::<web::Data<AppState>>()
            .is_some_and(|state| state.cookie.read(request.request()).is_some()),
        site,
    };
    let response = AssertUnwindSafe(service.call(request)).catch_unwind();
    async move {
        let mut error = match response.await {
            Ok(Ok(response)) => return Ok(with_page(response.map_into_boxed_body(), &context)),
            Ok(Err(error)) => error,
            // The panic hook has already logged the panic's message.
            Err(_panic) => AppError::Internal("a handler panicked".to_owned()).into(),
        };
        // The failed request is gone, so the page is added when the error becomes a response.
        error.add_response_mapper(move |bare| context.answer(bare, None));
        Err(error)
    }
}

fn with_page(response: ServiceResponse<BoxBody>, context: &ErrorContext) -> ServiceResponse<BoxBody> {
    let status = response.status();
    let is_error = status.is_client_error() || status.is_server_error();
    let rendered = response.response().extensions().get::<Rendered>().copied();
    // The headers of the route would block the script, and the page would wait for it in vain.
    if rendered.is_some_and(|page| page.script && !context.script) {
        let problem = "a page with a script belongs to a route that is not scripted".to_owned();
        return response.into_response(context.answer(AppError::Internal(problem).error_response(), None));
    }
    if !is_error || rendered.is_some() {
        return response;
    }
    // The session of a 401 has ended, possibly while the request was handled.
    let signed_in = status != StatusCode::UNAUTHORIZED;
    let viewer = response.request().extensions().get::<Viewer>().filter(|_| signed_in).cloned();
    let (request, bare) = response.into_parts();
    let answer = context.answer(bare, viewer.as_ref());
    ServiceResponse::new(request, answer)
}
