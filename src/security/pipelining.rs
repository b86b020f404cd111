//! One request of a connection at a time. Actix reads and parses 128 KiB of requests that come at once, 5,000 small ones,
//! and keeps their responses for a client that takes none: a few megabytes from a stranger would cost gigabytes.

use std::cell::{Cell, RefCell};
use std::io;
use std::ops::Range;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker, ready};

use memchr::memchr_iter;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// The most bytes that are read ahead.
const READ_AHEAD: usize = 4096;

/// What a connection and the middleware tell each other: whether a request is being answered, and whether its handler
/// waits for bytes of its body. Clones share it.
#[derive(Clone, Debug, Default)]
pub struct Progress(Rc<Shared>);

#[derive(Debug, Default)]
struct Shared {
    answering: Cell<bool>,
    body_wanted: Cell<bool>,
    connection: RefCell<Option<Waker>>,
}

/// A request that is being answered, until this is dropped.
#[derive(Debug)]
pub struct Answering(Progress);

impl Progress {
    /// A request begins.
    #[must_use]
    pub fn begin(&self) -> Answering {
        self.0.answering.set(true);
        Answering(self.clone())
    }

    /// Whether the handler waits for bytes of the body.
    pub fn want_body(&self, wanted: bool) {
        self.0.body_wanted.set(wanted);
        if wanted {
            self.wake();
        }
    }

    fn wake(&self) {
        if let Some(connection) = self.0.connection.take() {
            connection.wake();
        }
    }

    fn may_read(&self) -> bool {
        !self.0.answering.get() || self.0.body_wanted.get()
    }
}

impl Drop for Answering {
    fn drop(&mut self) {
        self.0.0.answering.set(false);
        self.0.want_body(false);
        self.0.wake();
    }
}

/// A connection that hands over one head at a time: it reads on when the request is answered and the client has taken the
/// response, or when the handler waits for the body.
#[derive(Debug)]
pub struct OneAtATime<T> {
    io: T,
    progress: Progress,
    /// Room for the bytes that are read ahead; those of `waiting` are not handed over yet.
    ahead: Box<[u8]>,
    waiting: Range<usize>,
    /// The present line of the head has no bytes yet: if it ends, so does the head.
    line_is_empty: bool,
    /// A head was handed over, and the reader has not looked at it yet.
    head_is_new: bool,
    /// The client does not take what is written.
    is_blocked: bool,
}

impl<T> OneAtATime<T> {
    /// A connection without a request.
    pub fn new(io: T) -> Self {
        Self {
            io,
            progress: Progress::default(),
            ahead: Box::default(),
            waiting: 0..0,
            line_is_empty: false,
            head_is_new: false,
            is_blocked: false,
        }
    }

    /// What the middleware tells this connection.
    pub fn progress(&self) -> Progress {
        self.progress.clone()
    }

    /// The bytes to hand over: up to the end of a head, or what there is.
    fn next_part(&mut self, room: usize) -> &[u8] {
        let Range { start, end } = self.waiting;
        let part = self.ahead.get(start..end.min(start.saturating_add(room))).unwrap_or_default();
        let has_text = |line: Option<&[u8]>| line.unwrap_or_default().iter().any(|byte| *byte != b'\r');
        let mut line = 0;
        for newline in memchr_iter(b'\n', part) {
            if self.line_is_empty && !has_text(part.get(line..newline)) {
                self.head_is_new = true;
                self.waiting.start += newline + 1;
                return part.get(..=newline).unwrap_or_default();
            }
            self.line_is_empty = true;
            line = newline + 1;
        }
        self.line_is_empty &= !has_text(part.get(line..));
        self.waiting.start += part.len();
        part
    }
}

impl<T: AsyncRead + Unpin> OneAtATime<T> {
    /// Reads bytes, if there are none. Returns whether there are some: not at the end.
    fn read_ahead(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<bool>> {
        if self.waiting.is_empty() {
            if self.ahead.is_empty() {
                self.ahead = vec![0; READ_AHEAD].into();
            }
            let mut buffer = ReadBuf::new(&mut self.ahead);
            let read = Pin::new(&mut self.io).poll_read(cx, &mut buffer);
            self.waiting = 0..buffer.filled().len();
            ready!(read)?;
        }
        Poll::Ready(Ok(!self.waiting.is_empty()))
    }
}

impl<T: AsyncRead + Unpin> AsyncRead for OneAtATime<T> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if self.is_blocked || !self.progress.may_read() {
            self.progress.0.connection.replace(Some(cx.waker().clone()));
            return Poll::Pending;
        }
        let head_was_new = std::mem::take(&mut self.head_is_new);
        if ready!(self.read_ahead(cx))? {
            if head_was_new {
                // The reader begins that request first, and then asks again.
                cx.waker().wake_by_ref();
                return Poll::Pending;
            }
            let room = buffer.remaining();
            buffer.put_slice(self.next_part(room));
        }
        Poll::Ready(Ok(()))
    }
}

impl<T: AsyncWrite + Unpin> AsyncWrite for OneAtATime<T> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.io).poll_write(cx, bytes);
        self.is_blocked = written.is_pending();
        if !self.is_blocked {
            self.progress.wake();
        }
        written
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_shutdown(cx)
    }
}

#[cfg(test)]
mod tests {
    use std::future::poll_fn;

    use tokio::io::{AsyncWriteExt as _, duplex};

    use super::*;

    /// What a reader gets until it must wait, with all wake-ups followed that come at once.
    async fn read(connection: &mut OneAtATime<tokio::io::DuplexStream>) -> Vec<String> {
        let mut parts = Vec::new();
        for _ in 0..20 {
            let mut bytes = [0; 100];
            let mut buffer = ReadBuf::new(&mut bytes);
            let read = poll_fn(|cx| Poll::Ready(Pin::new(&mut *connection).poll_read(cx, &mut buffer))).await;
            if read.is_ready() {
                parts.push(String::from_utf8_lossy(buffer.filled()).into_owned());
            }
        }
        parts
    }

    #[tokio::test]
    async fn each_head_is_handed_over_when_the_one_before_is_answered() {
        let (mut client, server) = duplex(1024);
        let mut connection = OneAtATime::new(server);
        client.write_all(b"A\r\nx: y\r\n\r\nB\n\nC\r\n\r\nD").await.expect("sent");
        let progress = connection.progress();
        let mut parts = Vec::new();
        for _ in 0..4 {
            let mut bytes = [0; 100];
            let mut buffer = ReadBuf::new(&mut bytes);
            poll_fn(|cx| Pin::new(&mut connection).poll_read(cx, &mut buffer)).await.expect("a part");
            parts.push(String::from_utf8_lossy(buffer.filled()).into_owned());
            let answering = progress.begin();
            assert_eq!(read(&mut connection).await, [""; 0], "after {parts:?}");
            drop(answering);
        }
        assert_eq!(parts, ["A\r\nx: y\r\n\r\n", "B\n\n", "C\r\n\r\n", "D"]);
    }

    #[tokio::test]
    async fn a_body_is_read_while_its_handler_waits_for_it() {
        let (mut client, server) = duplex(1024);
        let mut connection = OneAtATime::new(server);
        client.write_all(b"A\r\n\r\nbody").await.expect("sent");
        let mut bytes = [0; 100];
        let mut buffer = ReadBuf::new(&mut bytes);
        poll_fn(|cx| Pin::new(&mut connection).poll_read(cx, &mut buffer)).await.expect("the head");
        let progress = connection.progress();
        let _answering = progress.begin();
        assert_eq!(read(&mut connection).await, [""; 0]);
        progress.want_body(true);
        assert_eq!(read(&mut connection).await, ["body"]);
        progress.want_body(false);
        client.write_all(b"more").await.expect("sent");
        assert_eq!(read(&mut connection).await, [""; 0]);
    }

    #[tokio::test]
    async fn nothing_is_read_from_a_client_that_takes_nothing() {
        let (mut client, server) = duplex(10);
        let mut connection = OneAtATime::new(server);
        let written = poll_fn(|cx| {
            let _ = Pin::new(&mut connection).poll_write(cx, &[b'x'; 10]);
            Poll::Ready(Pin::new(&mut connection).poll_write(cx, b"y"))
        });
        assert!(written.await.is_pending());
        client.write_all(b"A\n\n").await.expect("sent");
        assert_eq!(read(&mut connection).await, [""; 0]);
    }
}
