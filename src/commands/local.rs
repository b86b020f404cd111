//! `unframed local`: everything on this machine, in one folder of the project, for trying it out and
//! for development.

use std::fs::{self, File};
use std::path::Path;

use super::{Failure, serve};
use crate::config::{self, Config};
use crate::db::local::{Engine, LocalDatabase, Settings, write_private};
use crate::db::migrations::{self, MigrationProblem, SchemaProblem};
use crate::domain::SecretToken;

/// Starts a private database in `folder`, migrates it and serves until SIGINT or SIGTERM. A second
/// run finds the accounts of the first.
///
/// # Errors
/// The cause in one line.
pub async fn run(folder: &Path) -> Result<(), Failure> {
    fs::create_dir_all(folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    let folder = folder.canonicalize().map_err(|error| format!("{}: {error}", folder.display()))?;
    let _lock = lock(&folder)?;
    let secret = secret_key(&folder)?;
    // Checked before the database is started, which takes its time; the URL is not known yet.
    let probe = read_config(&folder, &secret, "postgresql://unframed@localhost/unframed?sslmode=disable")?;
    let listener = serve::listen(probe.listen)?;
    let search_path = config::search_path();
    let engine = Engine::find(&search_path).map_err(|problem| problem.to_string())?;
    let settings = Settings { folder: folder.clone(), durable: true, postgres: Vec::new(), port: None };
    log::info!("starting a private database in {}", folder.display());
    let database = LocalDatabase::start(&engine, &settings, &search_path)
        .await
        .map_err(|problem| problem.to_string())?;
    let config = read_config(&folder, &secret, database.url())?;
    // For `psql` and `diesel` beside the running server.
    let url_file = folder.join("database_url");
    write_private(&url_file, database.url()).map_err(|problem| problem.to_string())?;
    migrations::run(&config.database_url, |line| log::info!("{line}")).await.map_err(|problem| {
        if let MigrationProblem::Schema(SchemaProblem::Unknown(_)) = problem {
            return format!(
                "the database in {0} was made by an earlier, incompatible version of unframed: \
                 remove the folder {0}/database, or choose another with --folder",
                folder.display()
            );
        }
        problem.to_string()
    })?;
    println!(
        "unframed is at {} (mails: {}, Ctrl-C ends it)",
        config.public_url,
        folder.join("mails").display()
    );
    let result = serve::serve(config, listener).await;
    database.stop();
    let _ = fs::remove_file(url_file);
    result
}

/// One server a folder. The lock goes with the process, so it is never stale.
fn lock(folder: &Path) -> Result<File, Failure> {
    let path = folder.join("lock");
    let file = File::create(&path).map_err(|error| format!("{}: {error}", path.display()))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(fs::TryLockError::WouldBlock) => {
            Err(format!("another `unframed local` is running in {}", folder.display()))
        }
        Err(fs::TryLockError::Error(error)) => Err(format!("{}: {error}", path.display())),
    }
}

fn secret_key(folder: &Path) -> Result<String, Failure> {
    let path = folder.join("secret_key");
    if let Ok(secret) = fs::read_to_string(&path) {
        return Ok(secret);
    }
    let secret = SecretToken::generate().map_err(|error| error.to_string())?.encode();
    write_private(&path, &secret).map_err(|problem| problem.to_string())?;
    Ok(secret)
}

/// The environment, but for what `local` brings itself. PUBLIC_URL follows the port of LISTEN.
fn read_config(folder: &Path, secret: &str, database_url: &str) -> Result<Config, Failure> {
    let lookup = |name: &str| match name {
        "DATABASE_URL" => Some(database_url.to_owned()),
        "SECRET_KEY" => Some(secret.to_owned()),
        "MAIL_URL" => Some(format!("folder:{}", folder.join("mails").display())),
        "PUBLIC_URL" => config::environment(name).or_else(|| {
            let listen = config::environment("LISTEN")?;
            Some(format!("http://localhost:{}", listen.rsplit_once(':')?.1))
        }),
        _ => config::environment(name),
    };
    Config::read(lookup, "local").map_err(|faults| faults.to_string())
}
