//! Clients that hold connections and give nothing in return.

use std::net::SocketAddr;
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::task::JoinSet;

const HEAD: &str = "GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n";

/// What a hostile client does.
#[derive(Clone, Copy)]
pub(crate) enum Client {
    /// Sends nothing.
    Idle,
    /// Sends a head, a byte every 100 ms.
    SlowHead,
    /// The same, after a first request.
    SlowSecondHead,
    /// Sends a body, a byte every 100 ms.
    SlowBody,
    /// Sends half a request and says that nothing more follows.
    HalfClosed,
    /// Sends requests at once, and reads no response.
    Unread,
    /// Sends 1,000 requests at once.
    Pipelined,
    /// Sends bytes that are no request.
    Nonsense,
}

impl Client {
    /// Each kind, and how many of them come at once.
    pub(crate) const CROWD: [(Self, usize); 8] = [
        (Self::Idle, 2000),
        (Self::SlowHead, 200),
        (Self::SlowSecondHead, 200),
        (Self::SlowBody, 200),
        (Self::HalfClosed, 200),
        (Self::Unread, 50),
        (Self::Pipelined, 20),
        (Self::Nonsense, 500),
    ];

    /// The bytes at once, and those that follow slowly.
    fn bytes(self, server: SocketAddr) -> (String, &'static str) {
        match self {
            Self::Idle => (String::new(), ""),
            Self::SlowHead => ("GET /".to_owned(), "a"),
            Self::SlowSecondHead => (format!("{HEAD}GET /"), "a"),
            Self::SlowBody => (
                format!(
                    "POST /sign-in HTTP/1.1\r\nHost: localhost\r\nOrigin: http://localhost:{}\r\nContent-Length: 9000\r\n\
                     Content-Type: application/x-www-form-urlencoded\r\n\r\nemail=",
                    server.port()
                ),
                "a",
            ),
            Self::HalfClosed => ("GET /".to_owned(), ""),
            Self::Unread => ("GET /sign-in HTTP/1.1\r\nHost: localhost\r\n\r\n".repeat(1000), ""),
            Self::Pipelined => (HEAD.repeat(1000), ""),
            Self::Nonsense => ("\x16\x03\x01\x00\u{200}GET / HTTP/9.9\r\n\r\n".to_owned(), ""),
        }
    }

    /// Behaves so until the server ends the connection.
    async fn run(self, server: SocketAddr) {
        let Ok(stream) = TcpStream::connect(server).await else { return };
        let (mut reading, mut writing) = stream.into_split();
        let (first, slow) = self.bytes(server);
        let write = async {
            let _ = writing.write_all(first.as_bytes()).await;
            if matches!(self, Self::HalfClosed) {
                let _ = writing.shutdown().await;
            }
            while matches!(self, Self::Unread) && writing.write_all(first.as_bytes()).await.is_ok() {}
            while !slow.is_empty() && writing.write_all(slow.as_bytes()).await.is_ok() {
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
        };
        if matches!(self, Self::Unread) {
            write.await;
            return;
        }
        let read = async {
            let mut buffer = [0; 16 * 1024];
            while matches!(reading.read(&mut buffer).await, Ok(1..)) {}
        };
        let write = async {
            write.await;
            std::future::pending::<()>().await;
        };
        tokio::select! { () = read => {}, () = write => {} }
    }
}

/// Starts the whole crowd. Each of its tasks ends when the server ends the connection.
pub(crate) fn crowd(server: SocketAddr) -> JoinSet<()> {
    let mut crowd = JoinSet::new();
    for (client, count) in Client::CROWD {
        for _ in 0..count {
            crowd.spawn(client.run(server));
        }
    }
    crowd
}
