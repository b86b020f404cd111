//! A time limit for the body of a request. Actix limits the head only: a client that sends one byte and
//! waits could hold a connection and a handler forever. Reading a late body is an error, and a body that
//! was not read to its end closes the connection after the answer. A request whose end is unclear is refused.

use std::cell::RefCell;
use std::error::Error as StdError;
use std::future::{Future, ready};
use std::io;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};
use std::time::Duration;

use actix_web::body::{BodySize, BoxBody, MessageBody};
use actix_web::dev::{Payload, Service, ServiceRequest, ServiceResponse};
use actix_web::error::{PayloadError, UrlencodedError};
use actix_web::http::header::{self, HeaderMap};
use actix_web::web::Bytes;
use actix_web::{Error, HttpMessage as _, HttpResponse};
use futures_util::Stream;
use futures_util::future::Either;
use tokio::time::{Sleep, sleep};

use super::pipelining::{Answering, Progress};

/// The time in which a body must arrive: enough for our largest form at 10 kbit/s.
pub const BODY_TIMEOUT: Duration = Duration::from_secs(15);

/// The time from the head of a request to the last byte of its body.
#[derive(Clone, Copy, Debug)]
pub struct TimeLimit(pub Duration);

impl Default for TimeLimit {
    fn default() -> Self {
        Self(BODY_TIMEOUT)
    }
}

/// Whether a body could not be read because it was late.
#[must_use]
pub fn is_late(error: &Error) -> bool {
    let cause = match error.as_error::<UrlencodedError>() {
        Some(UrlencodedError::Payload(cause)) => Some(cause),
        _ => error.as_error::<PayloadError>(),
    };
    matches!(cause, Some(PayloadError::Io(cause)) if cause.kind() == io::ErrorKind::TimedOut)
}

/// The middleware (`wrap_fn`) that limits the time of each body, and tells the connection how its request gets on.
pub fn limit<S, B>(
    mut request: ServiceRequest,
    service: &S,
) -> impl Future<Output = Result<ServiceResponse<BoxBody>, Error>> + use<S, B>
where
    S: Service<ServiceRequest, Response = ServiceResponse<B>, Error = Error>,
    S::Future: 'static,
    B: MessageBody + 'static,
{
    if ends_differently_for_others(request.headers()) {
        let answer = request.into_response(HttpResponse::BadRequest().force_close().finish());
        return Either::Right(ready(Ok(answer)));
    }
    let body = match request.take_payload() {
        Payload::None => None,
        body => Some(Rc::new(RefCell::new(body))),
    };
    let progress = request.conn_data::<Progress>().cloned();
    let held = Held {
        _unread: body.clone(),
        _answering: progress.as_ref().map(|progress| Rc::new(progress.begin())),
    };
    if let Some(body) = body {
        let TimeLimit(limit) = request.app_data().copied().unwrap_or_default();
        let timed = TimedBody { body, progress, late: Box::pin(sleep(limit)) };
        request.set_payload(Payload::Stream { payload: Box::pin(timed) });
    }
    let response = service.call(request);
    Either::Left(async move {
        match response.await {
            Ok(response) => Ok(response.map_body(|_, body| held.beside(body))),
            Err(mut error) => {
                error.add_response_mapper(move |answer| answer.map_body(|_, body| held.clone().beside(body)));
                Err(error)
            }
        }
    })
}

/// Whether another server sees the end of this request elsewhere. Actix takes all bytes after a head with `Upgrade:
/// websocket` as its body, whatever `Content-Length` says. A proxy in between goes by `Content-Length`: it takes the
/// bytes after it for the next request, which may be another user's.
fn ends_differently_for_others(headers: &HeaderMap) -> bool {
    headers.contains_key(header::UPGRADE) && headers.contains_key(header::CONTENT_LENGTH)
}

type Shared = Rc<RefCell<Payload>>;

/// A body, and the end of its time.
struct TimedBody {
    body: Shared,
    progress: Option<Progress>,
    late: Pin<Box<Sleep>>,
}

impl Stream for TimedBody {
    type Item = Result<Bytes, PayloadError>;

    /// Bytes that have arrived are never late, even if the handler asks for them late.
    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let arrived = Pin::new(&mut *self.body.borrow_mut()).poll_next(cx);
        if let Some(progress) = &self.progress {
            progress.want_body(arrived.is_pending());
        }
        if arrived.is_ready() {
            return arrived;
        }
        self.late.as_mut().poll(cx).map(|()| Some(Err(PayloadError::Io(io::ErrorKind::TimedOut.into()))))
    }
}

/// What an answer keeps until it is sent.
#[derive(Clone)]
struct Held {
    /// The unread rest of the request, so that Actix then closes the connection. If a chunked body is dropped earlier,
    /// Actix goes on reading it for as long as it comes.
    _unread: Option<Shared>,
    _answering: Option<Rc<Answering>>,
}

impl Held {
    fn beside(self, body: impl MessageBody + 'static) -> BoxBody {
        BoxBody::new(Answer { body: body.boxed(), _held: self })
    }
}

/// An answer, and what it keeps.
struct Answer {
    body: BoxBody,
    _held: Held,
}

impl MessageBody for Answer {
    type Error = Box<dyn StdError>;

    fn size(&self) -> BodySize {
        self.body.size()
    }

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Bytes, Self::Error>>> {
        Pin::new(&mut self.body).poll_next(cx)
    }
}
