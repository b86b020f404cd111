//! The stage of an attack: the application behind a proxy that can lose headers, the attacker's pages
//! on another site and on a sibling host, and the naive pages on the victim's host. All of it is one
//! server on loopback; for https each stage creates its own certificate.

use std::collections::{BTreeMap, BTreeSet};
use std::net::TcpListener;
use std::sync::Mutex;
use std::time::Duration;

use actix_web::http::header::{self, HeaderName, HeaderValue};
use actix_web::{App, HttpRequest, HttpResponse, HttpServer, web};
use tokio::sync::OnceCell;
use unframed::verify::browser::{attacker::escape, certificate};

use super::condition::Condition;
use super::driver::Session;
use super::{attacker, naive};
use crate::harness::TestApp;
use crate::harness::database::{self, RUNTIME};

/// The host names that browsers of the tests find on this machine.
pub const NAMES: [&str; 4] =
    ["account.victim.example", "sibling.victim.example", "attacker.example", "partner.example"];

/// The site of the attacker.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Site {
    /// Another site.
    Cross,
    /// Another host, or port, of the victim's site: the browser sends SameSite cookies.
    Sibling,
    /// A site that may frame the card and no other page. Over https only.
    Partner,
}

impl Site {
    /// The sites of attackers.
    pub const ALL: [Self; 2] = [Self::Cross, Self::Sibling];

    pub fn name(self) -> &'static str {
        match self {
            Self::Cross => "cross-site",
            Self::Sibling => "sibling",
            Self::Partner => "partner",
        }
    }
}

/// The state of the stage's server.
pub struct Stage {
    victim: String,
    upstream: String,
    client: reqwest::Client,
    condition: Mutex<Condition>,
    edits: Mutex<Vec<(String, String)>>,
    seen: Mutex<Seen>,
}

/// The requests that reached the victim's and the attacker's server.
#[derive(Default)]
pub struct Seen {
    /// The parameter `v` of each answered request to the victim.
    pub asked: BTreeSet<String>,
    /// The number of requests to the victim, without those for static files.
    pub requests: usize,
    /// The method and path of each request to the victim with an unsafe method.
    pub writes: Vec<String>,
    /// How often a naive page ran its action, by `v`.
    pub clicked: BTreeMap<String, usize>,
    /// The query and body of each request to the attacker's `/collect`.
    pub stolen: Vec<String>,
}

/// A stage with the application on it.
pub struct World {
    pub app: TestApp,
    /// The digest of the certificate authority's key, for Chromium to trust.
    pub key: String,
    stage: web::Data<Stage>,
    origins: Origins,
}

/// The origin of each site.
struct Origins {
    victim: String,
    cross: String,
    sibling: String,
    partner: Option<String>,
}

impl World {
    /// Over https, on host names.
    pub async fn https() -> Self {
        let (plain, secure) = (listen(), listen());
        let port = secure.local_addr().expect("an address").port();
        let (acceptor, key) = certificate::make(&NAMES.map(str::to_owned)).expect("a certificate");
        let inner = plain.local_addr().expect("an address");
        RUNTIME.spawn(async move {
            secure.set_nonblocking(true).expect("a socket");
            let listener = tokio::net::TcpListener::from_std(secure).expect("a socket");
            while let Ok((stream, _)) = listener.accept().await {
                let acceptor = acceptor.clone();
                tokio::spawn(async move {
                    let Ok(mut outside) = acceptor.accept(stream).await else { return };
                    let Ok(mut inside) = tokio::net::TcpStream::connect(inner).await else { return };
                    let _ = tokio::io::copy_bidirectional(&mut outside, &mut inside).await;
                });
            }
        });
        let origins = Origins {
            victim: format!("https://account.victim.example:{port}"),
            cross: format!("https://attacker.example:{port}"),
            sibling: format!("https://sibling.victim.example:{port}"),
            partner: Some(format!("https://partner.example:{port}")),
        };
        Self::on(vec![plain], key, origins).await
    }

    /// Over plain http, on localhost.
    pub async fn localhost() -> Self {
        let (one, other) = (listen(), listen());
        let (port, sibling) =
            (one.local_addr().expect("an address").port(), other.local_addr().expect("an address").port());
        let origins = Origins {
            victim: format!("http://localhost:{port}"),
            cross: format!("http://attacker.example:{port}"),
            sibling: format!("http://localhost:{sibling}"),
            partner: None,
        };
        Self::on(vec![one, other], String::new(), origins).await
    }

    async fn on(listeners: Vec<TcpListener>, key: String, origins: Origins) -> Self {
        let (database, secret) = shared().await;
        let app = TestApp::spawn_configured(&[
            ("DATABASE_URL", database),
            ("PUBLIC_URL", &origins.victim),
            ("SECRET_KEY", secret),
            ("EMBED_ORIGINS", origins.partner.as_deref().unwrap_or_default()),
        ])
        .await;
        let stage = web::Data::new(Stage {
            victim: origins.victim.split_once("://").expect("a URL").1.to_owned(),
            upstream: format!("http://{}", app.address),
            client: reqwest::Client::builder()
                .redirect(reqwest::redirect::Policy::none())
                // The application may close an idle connection just as the client reuses it.
                .pool_max_idle_per_host(0)
                .build()
                .expect("a client"),
            condition: Mutex::new(Condition::Intact),
            edits: Mutex::default(),
            seen: Mutex::default(),
        });
        let data = stage.clone();
        RUNTIME
            .spawn(async move {
                let mut server = HttpServer::new(move || {
                    App::new().app_data(data.clone()).default_service(web::to(answer))
                })
                .workers(1)
                .disable_signals();
                for listener in listeners {
                    server = server.listen(listener).expect("a socket");
                }
                tokio::spawn(server.run());
            })
            .await
            .expect("the stage starts");
        Self { app, key, stage, origins }
    }

    /// An address at the victim's.
    pub fn victim(&self, path: &str) -> String {
        format!("{}{path}", self.origins.victim)
    }

    /// An address at the attacker's.
    pub fn attacker(&self, site: Site, path: &str) -> String {
        let base = match site {
            Site::Cross => &self.origins.cross,
            Site::Sibling => &self.origins.sibling,
            Site::Partner => self.origins.partner.as_ref().expect("a partner exists over https only"),
        };
        format!("{base}{path}")
    }

    /// Sets the condition in which later responses arrive.
    pub fn set(&self, condition: Condition) {
        *self.stage.condition.lock().unwrap() = condition;
    }

    /// Replaces these texts in later pages of the victim.
    pub fn edit(&self, edits: &[(&str, &str)]) {
        *self.stage.edits.lock().unwrap() =
            edits.iter().map(|(from, to)| ((*from).to_owned(), (*to).to_owned())).collect();
    }

    /// Forgets all requests so far.
    pub fn forget(&self) {
        *self.stage.seen.lock().unwrap() = Seen::default();
    }

    /// The address of an attacker's page that targets a page of the victim.
    pub fn aim(&self, site: Site, page: &str, path: &str) -> String {
        self.attacker(site, &format!("{page}?u={}", escape(&self.victim(path))))
    }

    /// Waits for the effect of a click or a key: on the naive page of this attack until its action has run,
    /// on our pages for a moment.
    pub async fn settle(&self, session: &Session, naive: Option<&str>) {
        match naive {
            Some(v) => session.wait_until(v, || self.deeds(v) > 0).await,
            None => tokio::time::sleep(Duration::from_millis(200)).await,
        }
    }

    /// How often a naive page ran its action in the attack of this name.
    pub fn deeds(&self, v: &str) -> usize {
        self.seen(|seen| seen.clicked.get(v).copied().unwrap_or_default())
    }

    /// The requests with unsafe methods since [`World::forget`].
    pub fn writes(&self) -> Vec<String> {
        self.seen(|seen| seen.writes.clone())
    }

    /// Reads the requests so far.
    pub fn seen<T>(&self, look: impl FnOnce(&Seen) -> T) -> T {
        look(&self.stage.seen.lock().unwrap())
    }
}

/// The database of all stages, and their secret key: a random one, because production refuses the fixed key of the other
/// tests. Neither could open the key with which the other signs receipts.
async fn shared() -> &'static (String, String) {
    static SHARED: OnceCell<(String, String)> = OnceCell::const_new();
    let make = async || {
        let secret = unframed::domain::SecretToken::generate().expect("random bytes").encode();
        (database::alone().await, secret)
    };
    SHARED.get_or_init(make).await
}

fn listen() -> TcpListener {
    TcpListener::bind("127.0.0.1:0").expect("a free port")
}

async fn answer(request: HttpRequest, body: web::Bytes, stage: web::Data<Stage>) -> HttpResponse {
    let host = request.headers().get(header::HOST).and_then(|host| host.to_str().ok()).unwrap_or_default();
    if host != stage.victim {
        if request.path() == "/collect" {
            let what = format!("{} {}", request.query_string(), String::from_utf8_lossy(&body));
            stage.seen.lock().unwrap().stolen.push(what);
        }
        return attacker::answer(&request);
    }
    let v = parameter(&request, "v");
    let response = match request.path() {
        "/naive/clicked" => {
            if naive::acts(&body) {
                *stage.seen.lock().unwrap().clicked.entry(v.clone()).or_default() += 1;
            }
            HttpResponse::Ok().content_type("text/plain").body("Done.")
        }
        path if path.starts_with("/naive") => naive::page(path, &v),
        _ => forward(&request, body, &stage).await,
    };
    let mut seen = stage.seen.lock().unwrap();
    if !request.path().starts_with("/static/") && request.path() != "/favicon.ico" {
        seen.requests += 1;
    }
    if !request.method().is_safe() {
        seen.writes.push(format!("{} {}", request.method(), request.path()));
    }
    seen.asked.insert(v);
    response
}

/// A parameter of the query.
pub fn parameter(request: &HttpRequest, name: &str) -> String {
    let pairs = url::form_urlencoded::parse(request.query_string().as_bytes());
    pairs
        .into_iter()
        .find(|(given, _)| given == name)
        .map(|(_, value)| value.into_owned())
        .unwrap_or_default()
}

async fn forward(request: &HttpRequest, body: web::Bytes, stage: &Stage) -> HttpResponse {
    let condition = *stage.condition.lock().unwrap();
    let target = request.uri().path_and_query().map_or("/", |target| target.as_str());
    let method = request.method().as_str().parse().expect("a method");
    let mut onward = stage.client.request(method, format!("{}{target}", stage.upstream)).body(body);
    for (name, value) in request.headers() {
        let hidden = condition.blinds_the_gate() && name.as_str().starts_with("sec-fetch-");
        if !hidden && !matches!(name.as_str(), "connection" | "content-length" | "accept-encoding") {
            onward = onward.header(name.as_str(), value.as_bytes());
        }
    }
    let arrived = onward.send().await.expect("the application answers");
    let mut response = HttpResponse::build(arrived.status().as_u16().try_into().expect("a status"));
    for (name, value) in arrived.headers() {
        let name: HeaderName = name.as_str().parse().expect("a name");
        if condition.strips(name.as_str())
            || matches!(name, header::CONTENT_LENGTH | header::TRANSFER_ENCODING | header::CONNECTION)
        {
            continue;
        }
        let value = HeaderValue::from_bytes(value.as_bytes()).expect("a value");
        if condition == Condition::DoubledXfo && name == header::X_FRAME_OPTIONS {
            response.append_header((name.clone(), HeaderValue::from_static("SAMEORIGIN")));
        }
        response.append_header((name, value));
    }
    let html =
        arrived.headers().get("content-type").is_some_and(|kind| kind.as_bytes().starts_with(b"text/html"));
    let bytes = arrived.bytes().await.expect("a body");
    if !html {
        return response.body(bytes);
    }
    let mut text = String::from_utf8_lossy(&bytes).into_owned();
    for (from, to) in stage.edits.lock().unwrap().iter() {
        assert!(text.contains(from), "the page does not contain {from:?}");
        text = text.replace(from, to);
    }
    response.body(text)
}
