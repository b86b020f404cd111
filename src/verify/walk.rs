//! Our own server, asked everything: each route × method × {guest, member} and every error that can
//! be provoked, on a private database that is made for it and thrown away, behind https as in
//! production. No configured database is touched.

use std::net::TcpListener;
use std::path::PathBuf;
use std::time::Duration;

use actix_web::web;
use uuid::Uuid;

use super::judge::{self, Circumstances, Finding, Severity};
use super::report::Report;
use super::response::Response;
use super::wire::{Request, Wire};
use crate::config::{self, Config};
use crate::db::local::{Engine, LocalDatabase, Settings};
use crate::db::{Pool, migrations};
use crate::domain::{Origin, SecretToken};
use crate::state::AppState;
use crate::{app, routes};

/// Where the server believes to be.
const SITE: &str = "https://account.unframed.example";
/// The longest that all of it may take.
const LONGEST: Duration = Duration::from_secs(300);
/// Every method that HTTP defines for this, and one that it does not.
const METHODS: [&str; 9] = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "VERIFY"];

/// Walks the whole server.
///
/// # Errors
/// One line: what is missing to start it.
pub async fn run() -> Result<Report, String> {
    let folder = config::temporary_folder().join(format!("unframed-verify-{}", Uuid::new_v4().simple()));
    let result = in_folder(&folder).await;
    // What the database left; the walk's result does not depend on it.
    let _ = std::fs::remove_dir_all(&folder);
    result
}

async fn in_folder(folder: &PathBuf) -> Result<Report, String> {
    let text = |problem: &dyn std::fmt::Display| problem.to_string();
    std::fs::create_dir_all(folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    let search_path = config::search_path();
    let engine = Engine::find(&search_path).map_err(|problem| text(&problem))?;
    let settings = Settings { folder: folder.clone(), durable: false, port: None, postgres: Vec::new() };
    let database =
        LocalDatabase::start(&engine, &settings, &search_path).await.map_err(|problem| text(&problem))?;
    let config = configuration(folder, database.url())?;
    migrations::run(&config.database_url, |_| {}).await.map_err(|problem| text(&problem))?;
    let pool = Pool::connect(&config.database_url, config.pool_size).await.map_err(|error| text(&error))?;
    let state = web::Data::new(AppState::new(config, pool)?);
    let listener = TcpListener::bind("127.0.0.1:0").map_err(|error| text(&error))?;
    let port = listener.local_addr().map_err(|error| text(&error))?.port();
    let server = app::serve(listener, state, |_| {}).map_err(|error| text(&error))?;
    let handle = server.handle();
    let running = tokio::spawn(server);
    let origin = Origin::parse(SITE).map_err(|problem| text(&problem))?;
    let mut walk =
        Walk { wire: Wire::behind(&origin, port), report: Report::new("this program's own server") };
    let late = |_elapsed| "the walk did not end within five minutes".to_owned();
    let walked = tokio::time::timeout(LONGEST, walk.everything()).await.map_err(late).flatten();
    database.stop();
    if walked.is_ok() {
        walk.without_database().await;
    }
    handle.stop(false).await;
    let _ = running.await;
    walked.map(|()| walk.report)
}

fn configuration(folder: &std::path::Path, database_url: &str) -> Result<Config, String> {
    let secret = SecretToken::generate().map_err(|error| error.to_string())?.encode();
    let lookup = |name: &str| match name {
        "DATABASE_URL" => Some(database_url.to_owned()),
        "DATABASE_POOL_SIZE" => Some("4".to_owned()),
        "SECRET_KEY" => Some(secret.clone()),
        "MAIL_URL" => Some(format!("folder:{}", folder.join("mails").display())),
        "PUBLIC_URL" => Some(SITE.to_owned()),
        "ASSETS_DIR" => config::environment(name),
        _ => None,
    };
    Config::read(lookup, "verify").map_err(|faults| faults.to_string())
}

struct Walk {
    wire: Wire,
    report: Report,
}

/// Somebody who asks: a name for the report, and the session cookie of a member.
#[derive(Clone)]
struct Visitor {
    name: &'static str,
    cookie: String,
}

impl Walk {
    async fn everything(&mut self) -> Result<(), String> {
        let guest = Visitor { name: "guest", cookie: String::new() };
        let member = self.sign_up().await?;
        for visitor in [&guest, &member] {
            // A walk signs out on its way, too: that comes last for each.
            let mut paths: Vec<String> = routes::table().iter().map(|entry| filled(entry.path)).collect();
            paths.sort_by_key(|path| path == "/sign-out");
            paths.splice(
                0..0,
                ["/there-is-no-such-page", "/api/v1/nothing", "/static/none/app.css"].map(str::to_owned),
            );
            for path in &paths {
                for method in METHODS {
                    let request = Request::navigation(method, path).with("cookie", &visitor.cookie);
                    self.ask(&format!("{method} {path}, {}", visitor.name), &own(request)).await;
                }
            }
        }
        self.errors().await;
        self.too_much().await;
        Ok(())
    }

    /// A throw-away account, made through the pages.
    async fn sign_up(&mut self) -> Result<Visitor, String> {
        let password = SecretToken::generate().map_err(|error| error.to_string())?.encode();
        let form = format!("display_name=Verify&email=verify%40unframed.example&password={password}");
        let request = posted("/sign-up", &form);
        let response = self.ask("POST /sign-up, guest", &request).await;
        let line = response.as_ref().and_then(|response| response.first("set-cookie"));
        let cookie = line.and_then(|line| line.split(';').next()).unwrap_or_default().to_owned();
        if cookie.is_empty() {
            let status = response.map_or(0, |response| response.status);
            return Err(format!(
                "no account could be made on the private database: /sign-up answered {status}"
            ));
        }
        Ok(Visitor { name: "member", cookie })
    }

    /// What makes the gate, the router, the extractors and the file server refuse.
    async fn errors(&mut self) {
        let page = |path: &str| Request::navigation("GET", path);
        let stylesheet = "/static/none/app.css";
        let questions = [
            ("a frame", page("/settings").with("sec-fetch-dest", "iframe")),
            ("an embed", page("/sign-in").with("sec-fetch-dest", "embed")),
            ("a prefetch", page("/sign-in").with("sec-purpose", "prefetch;prerender")),
            ("an unknown destination", page("/sign-in").with("sec-fetch-dest", "painting")),
            ("a malformed destination", page("/sign-in").with("sec-fetch-dest", "document, iframe")),
            ("a foreign form", posted("/sign-in", "a=b").with("origin", "https://evil.example")),
            ("a form from nowhere", posted("/sign-in", "a=b").with("origin", "null")),
            ("a form out of a frame", posted("/sign-in", "a=b").with("sec-fetch-dest", "iframe")),
            ("a body that is no form", posted("/sign-in", "{}").with("content-type", "application/json")),
            ("a form that is too large", posted("/sign-up", &"a".repeat(app::FORM_LIMIT + 1))),
            ("a form with nothing in it", posted("/sign-up", "a=b")),
            ("a malformed escape", posted("/sign-in", "email=%ff%00")),
            ("a wrong password", posted("/sign-in", "email=verify%40unframed.example&password=wrong")),
            ("a cookie that opens nothing", page("/settings").with("cookie", "__Host-session=nonsense")),
            ("a session that is no id", posted("/settings/sessions/nonsense/revoke", "a=b")),
            ("a file above the folder", page("/static/x/..%2f..%2fCargo.toml")),
            ("a folder of files", page("/static/x/")),
            ("a part of a file", page(stylesheet).with("range", "bytes=999999999-")),
            ("a condition", page(stylesheet).with("if-modified-since", "Fri, 31 Dec 2060 23:59:59 GMT")),
            ("a condition that fails", page(stylesheet).with("if-match", "\"none\"")),
            ("a path of odd bytes", page("/%ff%00%0d%0a")),
            ("a long address", page(&format!("/?{}", "a".repeat(16_000)))),
        ];
        for (name, request) in questions {
            self.ask(name, &request).await;
        }
    }

    /// What the HTTP library refuses before we see it.
    async fn too_much(&mut self) {
        let oversized = Request::navigation("GET", "/").with("cookie", &"a".repeat(160_000));
        self.ask("a cookie of 160 kB", &oversized).await;
        for (name, bytes) in [
            ("a request without Host", "GET / HTTP/1.1\r\nConnection: close\r\n\r\n"),
            ("a header line without a colon", "GET / HTTP/1.1\r\nHost: x\r\nnonsense\r\n\r\n"),
            ("a request that is no HTTP", "NONSENSE\r\n\r\n"),
            (
                "two lengths",
                "POST /sign-in HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
            ),
        ] {
            if let Ok(response) = self.wire.ask_raw(bytes.as_bytes(), false).await {
                self.judge(name, &response, true);
            }
        }
    }

    /// A database that is gone: 503 where it is needed.
    async fn without_database(&mut self) {
        let cookie = format!(
            "__Host-session={}",
            SecretToken::generate().map(|token| token.encode()).unwrap_or_default()
        );
        for path in ["/", "/settings", "/readyz", "/healthz", "/api/v1/user/settings"] {
            let request = Request::navigation("GET", path).with("cookie", &cookie);
            self.ask(&format!("GET {path}, no database"), &request).await;
        }
    }

    async fn ask(&mut self, place: &str, request: &Request) -> Option<Response> {
        match self.wire.ask(request).await {
            Ok(response) => {
                self.judge(place, &response, false);
                Some(response)
            }
            Err(error) => {
                let finding = Finding {
                    severity: Severity::Low,
                    rule: "walk/silence",
                    what: format!("no answer: {error}"),
                    browser: "shows an error page of its own".to_owned(),
                    change: "find out why the server did not answer".to_owned(),
                };
                self.report.find(place, finding);
                None
            }
        }
    }

    fn judge(&mut self, place: &str, response: &Response, malformed: bool) {
        let circumstances = Circumstances {
            https: true,
            strict: true,
            unframed: true,
            malformed,
            ..Circumstances::default()
        };
        let findings = judge::judge(response, circumstances);
        self.report.answer(&format!("{place} ({})", response.status), findings);
    }
}

/// A route's path with an id that nobody has in place of each `{name}`.
pub(super) fn filled(path: &str) -> String {
    let nobody = Uuid::nil().to_string();
    let parts = path.split('/').map(|part| if part.starts_with('{') { nobody.as_str() } else { part });
    parts.collect::<Vec<_>>().join("/")
}

/// As from a page of ours.
fn own(request: Request) -> Request {
    if matches!(request.method.as_str(), "GET" | "HEAD") {
        return request;
    }
    request.with("origin", SITE).with("sec-fetch-site", "same-origin")
}

fn posted(path: &str, form: &str) -> Request {
    let mut request =
        own(Request::navigation("POST", path)).with("content-type", "application/x-www-form-urlencoded");
    request.body = form.as_bytes().to_vec();
    request
}
