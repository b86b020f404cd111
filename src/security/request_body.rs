//! A time limit for the body of a request. Actix limits the head only: a client that sends one byte and
//! waits could hold a connection and a handler forever. Reading a late body is an error, and a body that
//! was not read to its end closes the connection after the answer.

use std::cell::RefCell;
use std::error::Error as StdError;
use std::future::Future;
use std::io;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};
use std::time::Duration;

use actix_web::body::{BodySize, BoxBody, MessageBody};
use actix_web::dev::{Payload, Service, ServiceRequest, ServiceResponse};
use actix_web::error::{PayloadError, UrlencodedError};
use actix_web::web::Bytes;
use actix_web::{Error, HttpMessage as _};
use futures_util::Stream;
use tokio::time::{Sleep, sleep};

/// The time from the head of a request to the last byte of its body.
#[derive(Clone, Copy, Debug)]
pub struct TimeLimit(pub Duration);

impl Default for TimeLimit {
    /// 15 seconds: enough for our largest form at 10 kbit/s.
    fn default() -> Self {
        Self(Duration::from_secs(15))
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

/// The middleware (`wrap_fn`) that limits the time of each body. A request without a body costs nothing.
pub fn limit<S, B>(
    mut request: ServiceRequest,
    service: &S,
) -> impl Future<Output = Result<ServiceResponse<BoxBody>, Error>> + use<S, B>
where
    S: Service<ServiceRequest, Response = ServiceResponse<B>, Error = Error>,
    S::Future: 'static,
    B: MessageBody + 'static,
{
    let body = match request.take_payload() {
        Payload::None => None,
        body => Some(Rc::new(RefCell::new(body))),
    };
    if let Some(body) = &body {
        let TimeLimit(limit) = request.app_data().copied().unwrap_or_default();
        let timed = TimedBody { body: Rc::clone(body), late: Box::pin(sleep(limit)) };
        request.set_payload(Payload::Stream { payload: Box::pin(timed) });
    }
    let response = service.call(request);
    async move {
        let response = response.await;
        let Some(unread) = body else { return response.map(ServiceResponse::map_into_boxed_body) };
        match response {
            Ok(response) => Ok(response.map_body(|_, body| beside(body, unread))),
            Err(mut error) => {
                error.add_response_mapper(move |answer| {
                    answer.map_body(|_, body| beside(body, Rc::clone(&unread)))
                });
                Err(error)
            }
        }
    }
}

type Shared = Rc<RefCell<Payload>>;

/// A body, and the end of its time.
struct TimedBody {
    body: Shared,
    late: Pin<Box<Sleep>>,
}

impl Stream for TimedBody {
    type Item = Result<Bytes, PayloadError>;

    /// Bytes that have arrived are never late, even if the handler asks for them late.
    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let arrived = Pin::new(&mut *self.body.borrow_mut()).poll_next(cx);
        if arrived.is_ready() {
            return arrived;
        }
        self.late.as_mut().poll(cx).map(|()| Some(Err(PayloadError::Io(io::ErrorKind::TimedOut.into()))))
    }
}

/// An answer that keeps the unread rest of the request until it is sent, so that Actix then closes the
/// connection. If a chunked body is dropped earlier, Actix goes on reading it for as long as it comes.
struct Answer {
    body: BoxBody,
    _unread: Shared,
}

fn beside(body: impl MessageBody + 'static, unread: Shared) -> BoxBody {
    BoxBody::new(Answer { body: body.boxed(), _unread: unread })
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
