//! A proxy between the application and its database. It understands just enough of PostgreSQL's wire
//! protocol to count statements and to inject faults, so that the product needs no code for that. It
//! speaks plain text on loopback only.

use std::io;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

use super::database::RUNTIME;

/// A running proxy; it ends when this is dropped.
pub struct WireProxy {
    port: u16,
    plan: Arc<Plan>,
    accepting: tokio::task::JoinHandle<()>,
}

/// A place inside a transaction where a fault can be injected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Point {
    /// A statement.
    Statement,
    /// The end.
    Commit,
}

/// The fault that is injected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// The server answers 40001, as CockroachDB does when transactions collide.
    Conflict,
    /// The connection breaks, and the request never reaches the server.
    LoseRequest,
    /// The connection breaks after the server has done it and before its answer arrives.
    LoseReply,
    /// The same, and new connections are refused until the gate is opened.
    Vanish,
    /// The connection breaks right after the answer.
    CutAfterReply,
}

/// The treatment of connections.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Gate {
    /// They work.
    Open,
    /// They are cut, and new ones are refused.
    Refusing,
    /// They are accepted, and nothing goes through.
    Silent,
}

struct Plan {
    statements: AtomicU64,
    points: Mutex<Vec<Point>>,
    /// The fault and the number of points before it.
    fault: Mutex<Option<(usize, Fault)>>,
    gate: watch::Sender<Gate>,
}

impl Plan {
    /// Records a point and returns the fault to inject there.
    fn pass(&self, point: Point) -> Option<Fault> {
        let mut points = self.points.lock().unwrap();
        points.push(point);
        let passed = points.len() - 1;
        let mut fault = self.fault.lock().unwrap();
        fault.take_if(|(at, _)| *at == passed).map(|(_, fault)| fault)
    }
}

impl WireProxy {
    /// Starts a proxy to the database of a URL.
    pub async fn start(database_url: &str) -> Self {
        let url = url::Url::parse(database_url).expect("a URL");
        let plain = url.query().is_some_and(|query| query.contains("sslmode=disable"));
        assert!(plain, "the proxy reads along: it needs a database with sslmode=disable");
        let server = format!("{}:{}", url.host_str().expect("a host"), url.port().unwrap_or(5432));
        let plan = Arc::new(Plan {
            statements: AtomicU64::new(0),
            points: Mutex::default(),
            fault: Mutex::default(),
            gate: watch::Sender::new(Gate::Open),
        });
        let listener = RUNTIME.spawn(TcpListener::bind("127.0.0.1:0")).await.unwrap().expect("a port");
        let port = listener.local_addr().expect("an address").port();
        let accepting = RUNTIME.spawn(accept(listener, server, plan.clone()));
        Self { port, plan, accepting }
    }

    /// The URL of the same database through the proxy.
    pub fn url(&self, database_url: &str) -> String {
        let mut url = url::Url::parse(database_url).expect("a URL");
        url.set_host(Some("127.0.0.1")).expect("a host");
        url.set_port(Some(self.port)).expect("a port");
        url.into()
    }

    /// Restarts the count of points and sets a fault that follows a number of them.
    pub fn arm(&self, fault: Option<(usize, Fault)>) {
        self.plan.points.lock().unwrap().clear();
        *self.plan.fault.lock().unwrap() = fault;
    }

    /// The points since the last [`Self::arm`]. Panics if its fault was not injected.
    pub fn disarm(&self) -> Vec<Point> {
        let left = self.plan.fault.lock().unwrap().take();
        let points = std::mem::take(&mut *self.plan.points.lock().unwrap());
        assert!(left.is_none(), "{left:?} did not come up in {points:?}");
        points
    }

    /// The number of statements so far, inside and outside transactions, without BEGIN, COMMIT and ROLLBACK.
    pub fn statements(&self) -> u64 {
        self.plan.statements.load(Ordering::Relaxed)
    }

    /// Opens, refuses or stalls all connections.
    pub fn set_gate(&self, gate: Gate) {
        self.plan.gate.send_replace(gate);
    }
}

impl Drop for WireProxy {
    fn drop(&mut self) {
        self.accepting.abort();
        self.set_gate(Gate::Refusing);
    }
}

async fn accept(listener: TcpListener, server: String, plan: Arc<Plan>) {
    let address = listener.local_addr().expect("an address");
    let mut gate = plan.gate.subscribe();
    let mut listener = Some(listener);
    loop {
        if *gate.borrow_and_update() == Gate::Refusing {
            listener = None;
            let _ = gate.changed().await;
            continue;
        }
        let listening = match &listener {
            Some(listening) => listening,
            None => listener.insert(TcpListener::bind(address).await.expect("the same port again")),
        };
        tokio::select! {
            accepted = listening.accept() => {
                let Ok((client, _)) = accepted else { continue };
                let (server, plan) = (server.clone(), plan.clone());
                tokio::spawn(async move {
                    let mut gate = plan.gate.subscribe();
                    tokio::select! {
                        // Either way both connections are closed.
                        _ = relay(client, &server, &plan) => {}
                        _ = gate.wait_for(|gate| *gate == Gate::Refusing) => {}
                    }
                });
            }
            _ = gate.changed() => {}
        }
    }
}

/// One end of a connection, read message by message.
struct End {
    stream: TcpStream,
    read: Vec<u8>,
}

impl End {
    fn new(stream: TcpStream) -> Self {
        let _ = stream.set_nodelay(true);
        Self { stream, read: Vec::new() }
    }

    /// The next whole message: a tag, four bytes of length, content. The very first one of a client
    /// has no tag. What was read so far is kept when this is dropped.
    async fn message(&mut self, tagged: bool) -> io::Result<Vec<u8>> {
        let start = usize::from(tagged);
        loop {
            if let Some(length) = self.read.get(start..start + 4) {
                let length = start + u32::from_be_bytes(length.try_into().expect("four bytes")) as usize;
                if self.read.len() >= length {
                    return Ok(self.read.drain(..length).collect());
                }
            }
            if self.stream.read_buf(&mut self.read).await? == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
        }
    }

    async fn send(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.stream.write_all(bytes).await
    }
}

async fn relay(client: TcpStream, server: &str, plan: &Plan) -> io::Result<()> {
    let mut gate = plan.gate.subscribe();
    let server = TcpStream::connect(server).await?;
    let mut relay = Relay { client: End::new(client), server: End::new(server), awaited: 0, status: b'I' };
    let mut started = false;
    // Messages up to Sync belong together, and are passed on together.
    let mut request = Vec::new();
    loop {
        tokio::select! {
            message = relay.client.message(started) => {
                let message = message?;
                let _ = gate.wait_for(|gate| *gate != Gate::Silent).await;
                if !started || matches!(message[0], b'p' | b'X') {
                    started = true;
                    relay.server.send(&message).await?;
                    continue;
                }
                let complete = matches!(message[0], b'Q' | b'S');
                request.extend(message);
                if complete {
                    relay.request(&std::mem::take(&mut request), plan).await?;
                }
            }
            message = relay.server.message(true) => {
                let message = message?;
                let _ = gate.wait_for(|gate| *gate != Gate::Silent).await;
                relay.note(&message);
                relay.client.send(&message).await?;
            }
        }
    }
}

struct Relay {
    client: End,
    server: End,
    /// Requests whose answer has not come yet.
    awaited: usize,
    /// The transaction status that the server sent last.
    status: u8,
}

impl Relay {
    fn note(&mut self, message: &[u8]) {
        if message[0] == b'Z' {
            self.awaited = self.awaited.saturating_sub(1);
            self.status = message[5];
        }
    }

    /// Reads the server's messages until every request is answered.
    async fn answers(&mut self, to_client: bool) -> io::Result<()> {
        while self.awaited > 0 {
            let message = self.server.message(true).await?;
            self.note(&message);
            if to_client {
                self.client.send(&message).await?;
            }
        }
        Ok(())
    }

    async fn forward(&mut self, request: &[u8]) -> io::Result<()> {
        self.awaited += 1;
        self.server.send(request).await
    }

    async fn request(&mut self, request: &[u8], plan: &Plan) -> io::Result<()> {
        self.answers(true).await?;
        let simple = (request[0] == b'Q').then(|| String::from_utf8_lossy(&request[5..]));
        let says = |word: &str| simple.as_ref().is_some_and(|sql| sql.starts_with(word));
        let point = if says("COMMIT") {
            Point::Commit
        } else if says("BEGIN") || says("ROLLBACK") || (simple.is_none() && !executes(request)) {
            return self.forward(request).await;
        } else {
            plan.statements.fetch_add(1, Ordering::Relaxed);
            Point::Statement
        };
        let fault = if self.status == b'T' { plan.pass(point) } else { None };
        match fault {
            None => self.forward(request).await,
            Some(Fault::LoseRequest) => Err(io::ErrorKind::ConnectionAborted.into()),
            Some(fault @ (Fault::LoseReply | Fault::Vanish)) => {
                self.forward(request).await?;
                self.answers(false).await?;
                if fault == Fault::Vanish {
                    plan.gate.send_replace(Gate::Refusing);
                }
                Err(io::ErrorKind::ConnectionAborted.into())
            }
            Some(Fault::CutAfterReply) => {
                self.forward(request).await?;
                self.answers(true).await?;
                Err(io::ErrorKind::ConnectionAborted.into())
            }
            Some(Fault::Conflict) => {
                // The server really rolls back, so that both ends mean the same state.
                self.forward(&message(b'Q', b"ROLLBACK\0")).await?;
                self.answers(false).await?;
                self.status = if point == Point::Commit { b'I' } else { b'E' };
                let text = "restart transaction: TransactionRetryWithProtoRefreshError: injected";
                let fields = format!("SERROR\0VERROR\0C40001\0M{text}\0\0");
                self.client.send(&message(b'E', fields.as_bytes())).await?;
                let status = self.status;
                self.client.send(&message(b'Z', &[status])).await
            }
        }
    }
}

/// Whether a request executes a statement, rather than only preparing it.
fn executes(mut request: &[u8]) -> bool {
    while let [tag, a, b, c, d, ..] = *request {
        if tag == b'E' {
            return true;
        }
        request = &request[1 + u32::from_be_bytes([a, b, c, d]) as usize..];
    }
    false
}

fn message(tag: u8, content: &[u8]) -> Vec<u8> {
    let length = u32::try_from(content.len() + 4).expect("a short message");
    [&[tag][..], &length.to_be_bytes(), content].concat()
}
