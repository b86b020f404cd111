//! The server that `unframed verify` walks: as in production behind https, on a private database that is
//! deleted afterwards, also when a signal ends the command. It reads no configured database.

use std::net::TcpListener;
use std::path::Path;
use std::sync::Arc;

use actix_web::{HttpServer, web};
use anyhow::Context as _;
use uuid::Uuid;

use super::signals::until_signal;
use crate::clock::Clock;
use crate::commands::admin::apps::create::{self, AskedApplication};
use crate::commands::{Failure, connect, flat};
use crate::config::{self, Config};
use crate::db::local::{Engine, LocalDatabase, Settings};
use crate::db::migrations;
use crate::domain::{ApplicationName, ReturnOrigin, SecretToken};
use crate::mail::transport::Links;
use crate::mail::{Transport, outbox};
use crate::state::AppState;
use crate::verify::Report;
use crate::verify::walk::{self, WalkedApplication, WalkedServer};
use crate::{app, routes};

const SITE: &str = "https://account.unframed.example";
const EMBEDDER: &str = "https://partner.example";
const RETURN_ORIGIN: &str = "https://payroll.example";

/// Starts the server, walks it and removes everything again.
pub(super) async fn walk() -> Result<Report, Failure> {
    let folder = config::temporary_folder().join(format!("unframed-verify-{}", Uuid::new_v4().simple()));
    // A signal must not end the process before the folder is removed.
    let result = until_signal(walk_in(&folder)).await;
    // The database stopped with the walk. What it leaves behind does not change the result.
    let _ = std::fs::remove_dir_all(&folder);
    result
}

async fn walk_in(folder: &Path) -> Result<Report, Failure> {
    std::fs::create_dir_all(folder).with_context(|| folder.display().to_string())?;
    let search_path = config::search_path();
    let settings = Settings { folder: folder.to_owned(), durable: false, port: None, postgres: Vec::new() };
    let database = LocalDatabase::start(&Engine::find(&search_path)?, &settings, &search_path).await?;
    let mails = folder.join("mails");
    let config = configuration(&mails, database.url())?;
    migrations::run(&config.database_url, |_| {}).await.map_err(|problem| flat(&problem))?;
    let pool = connect(&config.database_url, config.pool_size).await?;
    let (site, clock) = (config.public_url.clone(), Clock::system());
    let state = web::Data::new(AppState::new(config, pool.clone(), routes::map()?, clock.clone())?);
    let (config, seal) = (&state.config, Arc::clone(&state.mail_seal));
    let transport = Transport::new(config, Links::Hidden, seal).map_err(|problem| flat(&problem))?;
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let port = listener.local_addr()?.port();
    let built = HttpServer::new(move || app::build(state.clone(), |_| {})).workers(2).disable_signals();
    let server = built.listen(listener)?.run();
    let handle = server.handle();
    let running = tokio::spawn(server);
    let send_mails = async || {
        while outbox::send_next(&pool, &transport, &clock).await {}
        let files = std::fs::read_dir(&mails)?.collect::<Result<Vec<_>, _>>()?;
        files.iter().map(|file| std::fs::read_to_string(file.path())).collect()
    };
    let application = AskedApplication {
        name: ApplicationName::parse("Payroll")?,
        return_origin: ReturnOrigin::parse(RETURN_ORIGIN)?,
        webhook: None,
    };
    let registered = create::run(&pool, &application, clock.now()).await?;
    let secret = registered.secret.unwrap_or_default();
    let walked = WalkedServer {
        port,
        site,
        embedder: EMBEDDER,
        routes: routes::map()?,
        clock: clock.clone(),
        form_limit: app::FORM_LIMIT,
        application: WalkedApplication { secret, return_origin: RETURN_ORIGIN },
    };
    let report = walk::run(&walked, send_mails, || database.stop()).await;
    handle.stop(false).await;
    let _ = running.await;
    report.context("the walk through this program's own server stopped")
}

fn configuration(mails: &Path, database_url: &str) -> Result<Config, Failure> {
    let secret = SecretToken::generate()?.encode();
    let lookup = |name: &str| match name {
        "DATABASE_URL" => Some(database_url.to_owned()),
        "DATABASE_POOL_SIZE" => Some("4".to_owned()),
        "SECRET_KEY" => Some(secret.clone()),
        "MAIL_URL" => Some(format!("folder:{}", mails.display())),
        "PUBLIC_URL" => Some(SITE.to_owned()),
        "EMBED_ORIGINS" => Some(EMBEDDER.to_owned()),
        "TRUSTED_PROXIES" => Some("none".to_owned()),
        "ASSETS_DIR" => config::environment(name),
        _ => None,
    };
    Ok(Config::read(lookup, "verify")?)
}
