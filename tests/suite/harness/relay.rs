//! A relay between an application and the database of the run. It records each statement that passes
//! (PostgreSQL's frontend protocol, §55.7), whichever code sends it, and can be cut and mended.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

use super::database::{self, RUNTIME};

/// The relay. It works only without TLS, because it reads the protocol.
pub struct Relay {
    /// `DATABASE_URL` for the application.
    pub url: String,
    whole: watch::Sender<bool>,
    statements: Arc<Mutex<Vec<String>>>,
}

impl Relay {
    /// Starts a working relay to the database of the run.
    pub async fn start() -> Self {
        let mut url = url::Url::parse(&database::get().await.url).expect("a URL");
        assert!(url.query().is_some_and(|query| query.contains("sslmode=disable")), "the relay reads no TLS");
        let server = format!("{}:{}", url.host_str().expect("a host"), url.port().unwrap_or(5432));
        let (whole, statements) = (watch::Sender::new(true), Arc::default());
        let (watched, written) = (whole.clone(), Arc::clone(&statements));
        let address: SocketAddr = RUNTIME
            .spawn(async move {
                let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
                let address = listener.local_addr().expect("an address");
                tokio::spawn(accept(listener, server, watched, written));
                address
            })
            .await
            .expect("the relay starts");
        url.set_host(Some("127.0.0.1")).expect("a host");
        url.set_port(Some(address.port())).expect("a port");
        Self { url: url.into(), whole, statements }
    }

    /// Ends all connections and lets none through.
    pub fn cut(&self) {
        self.whole.send_replace(false);
    }

    /// Lets connections through again.
    pub fn mend(&self) {
        self.whole.send_replace(true);
    }

    /// The statements that were executed so far, BEGIN and COMMIT among them.
    pub fn statements(&self) -> Vec<String> {
        self.statements.lock().unwrap().clone()
    }
}

async fn accept(
    listener: TcpListener,
    server: String,
    whole: watch::Sender<bool>,
    statements: Arc<Mutex<Vec<String>>>,
) {
    while let Ok((client, _)) = listener.accept().await {
        let mut state = whole.subscribe();
        if !*state.borrow() {
            continue;
        }
        let Ok(server) = TcpStream::connect(&server).await else { continue };
        let statements = Arc::clone(&statements);
        tokio::spawn(async move {
            let (mut from_client, mut to_client) = client.into_split();
            let (mut from_server, mut to_server) = server.into_split();
            let mut reader =
                Reader { rest: Vec::new(), greeted: false, prepared: HashMap::new(), bound: String::new() };
            let up = async {
                let mut buffer = vec![0; 16 * 1024];
                while let Ok(count @ 1..) = from_client.read(&mut buffer).await {
                    let read = reader.take(&buffer[..count]);
                    statements.lock().unwrap().extend(read);
                    if to_server.write_all(&buffer[..count]).await.is_err() {
                        break;
                    }
                }
            };
            tokio::select! {
                () = up => {}
                _ = tokio::io::copy(&mut from_server, &mut to_client) => {}
                _ = state.wait_for(|whole| !whole) => {}
            }
        });
    }
}

/// Reads what a client of PostgreSQL sends.
struct Reader {
    rest: Vec<u8>,
    greeted: bool,
    prepared: HashMap<String, String>,
    bound: String,
}

impl Reader {
    /// The statements whose execution these bytes complete.
    fn take(&mut self, bytes: &[u8]) -> Vec<String> {
        self.rest.extend_from_slice(bytes);
        let mut executed = Vec::new();
        loop {
            // The first message, of the protocol's version, has no type before its length.
            let start = usize::from(self.greeted);
            let Some(length) = self.rest.get(start..start + 4) else { return executed };
            let end = start + u32::from_be_bytes(length.try_into().expect("four bytes")) as usize;
            if self.rest.len() < end {
                return executed;
            }
            let message: Vec<u8> = self.rest.drain(..end).collect();
            if !std::mem::replace(&mut self.greeted, true) {
                continue;
            }
            let texts: Vec<String> = message[5..]
                .split(|byte| *byte == 0)
                .map(|text| String::from_utf8_lossy(text).into_owned())
                .collect();
            match message[0] {
                b'P' => drop(self.prepared.insert(texts[0].clone(), texts[1].clone())),
                b'B' => self.bound.clone_from(&texts[1]),
                b'E' => executed.push(self.prepared.get(&self.bound).cloned().unwrap_or_default()),
                b'Q' => executed.push(texts[0].clone()),
                _ => {}
            }
        }
    }
}
