//! A connection whose client may not take all the time in the world. Actix limits the first head of a connection
//! and the pause between two requests. It limits neither a later head that arrives byte by byte, nor the time in
//! which a client reads the response: a client could hold a connection forever, at no cost.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Instant, Sleep, sleep};

/// A connection that ends with an error when its client is slow:
/// - between the first byte of a request and the first byte of its response lies more than the limit,
/// - or the client takes no byte of a response for as long.
///
/// A byte that arrives extends neither.
#[derive(Debug)]
pub struct Connection<T> {
    io: T,
    limit: Duration,
    response_due: Option<Instant>,
    reading_due: Option<Instant>,
    // One for the life of the connection: a request costs no timer of its own.
    alarm: Pin<Box<Sleep>>,
}

impl<T> Connection<T> {
    /// Limits the time of a connection.
    pub fn new(io: T, limit: Duration) -> Self {
        Self { io, limit, response_due: None, reading_due: None, alarm: Box::pin(sleep(limit)) }
    }

    /// The connection that is limited.
    pub fn get_ref(&self) -> &T {
        &self.io
    }

    /// Whether a moment has passed. Otherwise the task is woken then.
    fn has_passed(&mut self, due: Option<Instant>, cx: &mut Context<'_>) -> bool {
        let Some(due) = due else { return false };
        if self.alarm.is_elapsed() || self.alarm.deadline() > due {
            self.alarm.as_mut().reset(due);
        }
        // An alarm of an earlier moment wakes the task too early. Then it is set again.
        self.alarm.as_mut().poll(cx).is_ready() && Instant::now() >= due
    }
}

fn late<R>() -> Poll<io::Result<R>> {
    Poll::Ready(Err(io::ErrorKind::TimedOut.into()))
}

impl<T: AsyncRead + Unpin> AsyncRead for Connection<T> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        let read = Pin::new(&mut self.io).poll_read(cx, buffer);
        if buffer.filled().len() > before && self.response_due.is_none() {
            self.response_due = Some(Instant::now() + self.limit);
        }
        let due = self.response_due;
        if read.is_pending() && self.has_passed(due, cx) { late() } else { read }
    }
}

impl<T: AsyncWrite + Unpin> AsyncWrite for Connection<T> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.io).poll_write(cx, bytes);
        if written.is_ready() {
            (self.response_due, self.reading_due) = (None, None);
            return written;
        }
        let limit = self.limit;
        let due = *self.reading_due.get_or_insert_with(|| Instant::now() + limit);
        if self.has_passed(Some(due), cx) { late() } else { written }
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
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, duplex};

    use super::*;

    const LIMIT: Duration = Duration::from_millis(400);

    async fn elapsed<R: std::fmt::Debug>(exchange: impl Future<Output = io::Result<R>>) -> Duration {
        let start = Instant::now();
        let late = tokio::time::timeout(Duration::from_secs(10), exchange).await.expect("it ends");
        assert_eq!(late.expect_err("late").kind(), io::ErrorKind::TimedOut);
        start.elapsed()
    }

    #[tokio::test]
    async fn bytes_that_trickle_in_do_not_extend_the_time() {
        let (mut client, server) = duplex(1024);
        let mut server = Connection::new(server, LIMIT);
        tokio::spawn(async move {
            while client.write_all(b"x").await.is_ok() {
                sleep(LIMIT / 10).await;
            }
        });
        let mut read = Vec::new();
        let took = elapsed(server.read_to_end(&mut read)).await;
        assert!(took >= LIMIT, "{took:?}");
        assert!(!read.is_empty());
    }

    #[tokio::test]
    async fn a_response_ends_the_time_and_a_connection_that_waits_has_none() {
        let (mut client, server) = duplex(1024);
        let mut server = Connection::new(server, LIMIT);
        let mut byte = [0];
        for _ in 0..2 {
            let next = async {
                sleep(LIMIT * 2).await;
                client.write_all(b"x").await
            };
            let (read, written) = tokio::join!(server.read_exact(&mut byte), next);
            read.expect("in time");
            written.expect("sent");
            server.write_all(b"y").await.expect("sent");
            client.read_exact(&mut byte).await.expect("the response");
        }
    }

    #[tokio::test]
    async fn a_client_that_reads_slowly_is_not_late_and_one_that_reads_nothing_is() {
        let (mut client, server) = duplex(10);
        let mut server = Connection::new(server, LIMIT);
        let slow = async {
            for _ in 0..8 {
                sleep(LIMIT / 4).await;
                client.read_exact(&mut [0; 10]).await.expect("a part");
            }
        };
        let (sent, ()) = tokio::join!(server.write_all(&[b'x'; 90]), slow);
        sent.expect("each part in time");
        let took = elapsed(server.write_all(&[b'x'; 40])).await;
        assert!(took >= LIMIT, "{took:?}");
    }
}
