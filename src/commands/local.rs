//! `unframed local`: everything on this machine in one folder, to try unframed and to develop it.

use std::fs::{self, File};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};

use super::{Failure, serve};
use crate::config::{self, Config};
use crate::db::local::{Engine, LocalDatabase, Settings};
use crate::db::migrations::{self, MigrationProblem, SchemaProblem};
use crate::domain::SecretToken;
use crate::inbox::{self, Inbox};
use crate::mail::transport::Links;
use crate::private_files;

/// The default of `WEBHOOK_ALLOWED_HOSTS` here.
const WEBHOOKS_TO_THIS_MACHINE: &str = "localhost,127.0.0.1";

/// Starts a private database in `folder`, migrates it, and serves, with an inbox beside it, until SIGINT or
/// SIGTERM. A second run finds the accounts of the first.
pub async fn run(folder: &Path) -> Result<(), Failure> {
    fs::create_dir_all(folder).with_context(|| folder.display().to_string())?;
    let folder = folder.canonicalize().with_context(|| folder.display().to_string())?;
    let _lock = lock(&folder)?;
    let secret = secret_key(&folder)?;
    // The database takes a while to start, so we check the other variables first, with a placeholder URL.
    let draft = read_config(&folder, &secret, "postgresql://unframed@localhost/unframed?sslmode=disable")?;
    let listener = serve::listen(draft.listen)?;
    let inbox_listener = inbox::listen(draft.listen.port())?;
    let search_path = config::search_path();
    let engine = Engine::find(&search_path)?;
    let settings = Settings { folder: folder.clone(), durable: true, postgres: Vec::new(), port: None };
    log::info!("starting a private database in {}", folder.display());
    let database = LocalDatabase::start(&engine, &settings, &search_path).await?;
    let config = read_config(&folder, &secret, database.url())?;
    // `psql` and `diesel` can use this URL while the server runs.
    let url_file = folder.join("database_url");
    private_files::write(&url_file, database.url()).with_context(|| url_file.display().to_string())?;
    let migrated = migrations::run(&config.database_url, |line| log::info!("{line}")).await;
    match migrated {
        Ok(_) => {}
        Err(MigrationProblem::Schema(SchemaProblem::Unknown(_))) => bail!(
            "the database in {0} was made by an earlier, incompatible version of unframed: \
             remove the folder {0}/database, or choose another with --folder",
            folder.display()
        ),
        Err(problem) => bail!(
            "{1}\nThe database is in {0}/database. If you need none of its accounts, remove that folder and start again",
            folder.display(),
            super::flat(&problem)
        ),
    }
    let port = inbox_listener.local_addr()?.port();
    let inbox = Inbox::new(&config.assets, mails_folder(&folder), config.public_url.clone(), port)?;
    println!(
        "unframed is at {} (emails: {}, files in {}; stop it with Ctrl-C)",
        config.public_url,
        inbox.origin(),
        mails_folder(&folder).display()
    );
    let inbox = inbox::serve(inbox_listener, inbox)?;
    let inbox_handle = inbox.handle();
    tokio::spawn(inbox);
    let result = serve::serve(config, listener, Links::Printed).await;
    inbox_handle.stop(false).await;
    database.stop();
    let _ = fs::remove_file(url_file);
    result
}

/// Makes sure that one server at most runs in a folder. The lock ends with the process, so it is never
/// stale.
fn lock(folder: &Path) -> Result<File, Failure> {
    let path = folder.join("lock");
    let file = File::create(&path).with_context(|| path.display().to_string())?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(fs::TryLockError::WouldBlock) => {
            bail!("another `unframed local` is running in {}", folder.display())
        }
        Err(fs::TryLockError::Error(error)) => Err(error).context(path.display().to_string()),
    }
}

fn mails_folder(folder: &Path) -> PathBuf {
    folder.join("mails")
}

fn secret_key(folder: &Path) -> Result<String, Failure> {
    let path = folder.join("secret_key");
    if let Ok(secret) = fs::read_to_string(&path) {
        return Ok(secret);
    }
    let secret = SecretToken::generate()?.encode();
    private_files::write(&path, &secret).with_context(|| path.display().to_string())?;
    Ok(secret)
}

/// Reads the environment, except for the variables that `local` sets itself. PUBLIC_URL follows the port
/// of LISTEN.
fn read_config(folder: &Path, secret: &str, database_url: &str) -> Result<Config, Failure> {
    let lookup = |name: &str| match name {
        "DATABASE_URL" => Some(database_url.to_owned()),
        "SECRET_KEY" => Some(secret.to_owned()),
        "MAIL_URL" => Some(format!("folder:{}", mails_folder(folder).display())),
        "PUBLIC_URL" => config::environment(name).or_else(|| {
            let listen = config::environment("LISTEN")?;
            Some(format!("http://localhost:{}", listen.rsplit_once(':')?.1))
        }),
        // An application in development, such as that of `make payroll`, has its webhook on this machine.
        "WEBHOOK_ALLOWED_HOSTS" => {
            config::environment(name).or_else(|| Some(WEBHOOKS_TO_THIS_MACHINE.to_owned()))
        }
        _ => config::environment(name),
    };
    Ok(Config::read(lookup, "local")?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn webhooks_to_this_machine_are_allowed() {
        let url = "postgresql://unframed@localhost/unframed?sslmode=disable";
        let secret = "uN3kq0m8Jt5rXw2yQvB7cZfL1dHs9aGpEoRi4TxYbUM=";
        let config = read_config(Path::new("/nonexistent"), secret, url).unwrap();
        assert_eq!(config.webhook_allowed_hosts, ["localhost", "127.0.0.1"]);
    }
}
