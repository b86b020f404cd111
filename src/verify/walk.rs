//! Our own server, asked everything: each route × method × {guest, member}, with an id that nobody
//! has and with one that opens something, and every error that can be provoked, on a private database
//! that is made for it and thrown away, behind https as in production. No configured database is
//! touched, and nothing stays of it, also where a signal ends it.

mod errors;
mod live;

use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::time::Duration;

use actix_web::{HttpServer, web};
use tokio::signal::unix::{SignalKind, signal};
use tokio::task::JoinSet;
use uuid::Uuid;

use super::judge::{self, Circumstances, Finding, Severity};
use super::probe::is_embeddable;
use super::report::Report;
use super::response::Response;
use super::wire::{Request, Wire};
use crate::config::{self, Config};
use crate::db::local::{Engine, LocalDatabase, Settings};
use crate::db::{Pool, migrations, with_causes};
use crate::domain::{Origin, SecretToken};
use crate::mail::{Transport, outbox};
use crate::state::AppState;
use crate::{app, routes};

/// Where the server believes to be.
const SITE: &str = "https://account.unframed.example";
/// Who may frame the card.
const EMBEDDER: &str = "https://partner.example";
/// The longest that all of it may take.
const LONGEST: Duration = Duration::from_secs(300);
/// Every method that HTTP defines for this, and one that it does not.
const METHODS: [&str; 9] = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "VERIFY"];

/// Walks the whole server.
///
/// # Errors
/// One line: what is missing to start it, or that a signal ended it.
pub async fn run() -> Result<Report, String> {
    let text = |error: std::io::Error| error.to_string();
    // Heard from here on: until the folder is gone, no signal may end the process by itself.
    let mut interrupt = signal(SignalKind::interrupt()).map_err(text)?;
    let mut terminate = signal(SignalKind::terminate()).map_err(text)?;
    let folder = config::temporary_folder().join(format!("unframed-verify-{}", Uuid::new_v4().simple()));
    let ended = |signal| Err(format!("{signal} ended the walk: nothing can be said of this server"));
    let result = tokio::select! {
        result = in_folder(&folder) => result,
        _ = interrupt.recv() => ended("SIGINT"),
        _ = terminate.recv() => ended("SIGTERM"),
    };
    // The database has stopped with its walk; the result does not depend on what it left.
    let _ = std::fs::remove_dir_all(&folder);
    result
}

async fn in_folder(folder: &Path) -> Result<Report, String> {
    let text = |problem: &dyn std::fmt::Display| problem.to_string();
    std::fs::create_dir_all(folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    let search_path = config::search_path();
    let engine = Engine::find(&search_path).map_err(|problem| text(&problem))?;
    let settings = Settings { folder: folder.to_owned(), durable: false, port: None, postgres: Vec::new() };
    let database =
        LocalDatabase::start(&engine, &settings, &search_path).await.map_err(|problem| text(&problem))?;
    let mails = folder.join("mails");
    let config = configuration(&mails, database.url())?;
    migrations::run(&config.database_url, |_| {}).await.map_err(|problem| text(&problem))?;
    let pool = Pool::connect(&config.database_url, config.pool_size).await.map_err(|error| text(&error))?;
    // Dropped, and so aborted, when this function ends.
    let mut background = JoinSet::new();
    let transport =
        Transport::new(&config.mail, config.mail_from.clone()).map_err(|problem| with_causes(&problem))?;
    background.spawn(outbox::run(pool.clone(), transport));
    let state = web::Data::new(AppState::new(config, pool)?);
    let listener = TcpListener::bind("127.0.0.1:0").map_err(|error| text(&error))?;
    let port = listener.local_addr().map_err(|error| text(&error))?.port();
    let built = HttpServer::new(move || app::build(state.clone(), |_| {})).workers(2).disable_signals();
    let server = built.listen(listener).map_err(|error| text(&error))?.run();
    let handle = server.handle();
    let running = tokio::spawn(server);
    let origin = Origin::parse(SITE).map_err(|problem| text(&problem))?;
    let wire = Wire::behind(&origin, port);
    let mut walk = Walk { wire, report: Report::new("this program's own server"), mails };
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

fn configuration(mails: &Path, database_url: &str) -> Result<Config, String> {
    let secret = SecretToken::generate().map_err(|error| error.to_string())?.encode();
    let lookup = |name: &str| match name {
        "DATABASE_URL" => Some(database_url.to_owned()),
        "DATABASE_POOL_SIZE" => Some("4".to_owned()),
        "SECRET_KEY" => Some(secret.clone()),
        "MAIL_URL" => Some(format!("folder:{}", mails.display())),
        "PUBLIC_URL" => Some(SITE.to_owned()),
        "EMBED_ORIGINS" => Some(EMBEDDER.to_owned()),
        "ASSETS_DIR" => config::environment(name),
        _ => None,
    };
    Config::read(lookup, "verify").map_err(|faults| faults.to_string())
}

struct Walk {
    wire: Wire,
    report: Report,
    /// Where the server puts its mails.
    mails: PathBuf,
}

/// Somebody who asks: a name for the report, and what a member has.
#[derive(Clone, Default)]
struct Visitor {
    name: &'static str,
    cookie: String,
    password: String,
}

impl Walk {
    async fn everything(&mut self) -> Result<(), String> {
        let guest = Visitor { name: "guest", ..Visitor::default() };
        let member = self.sign_up().await?;
        let live = self.begin_everything(&member).await?;
        self.look_at(&live, &guest, &member).await?;
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
        self.use_links(&live, &guest).await?;
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
        Ok(Visitor { name: "member", cookie, password })
    }

    async fn ask(&mut self, place: &str, request: &Request) -> Option<Response> {
        match self.wire.ask(request).await {
            Ok(response) => {
                self.judge(place, &request.path, &response, false);
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

    fn judge(&mut self, place: &str, path: &str, response: &Response, malformed: bool) {
        let circumstances = Circumstances {
            https: true,
            // A card that is shown may be framed by listed sites; its errors may not.
            strict: !(is_embeddable(path) && response.status == 200),
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
