//! The real server on a free port, with the database of the run. Mails go out of that database
//! through one outbox for all applications: it does not know which of them queued a mail, and lives
//! longer than each. An application with a database of its own sends its mails itself.

use std::collections::HashMap;
use std::net::{SocketAddr, TcpListener};
use std::path::PathBuf;
use std::time::Duration;

use actix_web::dev::{Server, ServerHandle};
use actix_web::web;
use diesel::sql_types::BigInt;
use diesel_async::RunQueryDsl as _;
use tokio::sync::OnceCell;
use unframed::app;
use unframed::config::{Config, MailUrl};
use unframed::db::{self, DatabaseUrl, Pool};
use unframed::mail::{Transport, outbox};
use unframed::state::AppState;

use super::browser::Browser;
use super::database::{self, RUNTIME, private_folder};

/// A running application.
pub struct TestApp {
    /// Where it listens.
    pub address: SocketAddr,
    /// `PUBLIC_URL`: what browsers send as Origin.
    pub origin: String,
    /// Its parts, for looking behind the pages.
    pub state: web::Data<AppState>,
    /// Where its mails lie.
    pub mails: PathBuf,
    server: ServerHandle,
    outbox: tokio::task::JoinHandle<()>,
}

/// What `SELECT count(*) AS count` answers.
#[derive(diesel::QueryableByName)]
struct Count {
    #[diesel(sql_type = BigInt)]
    count: i64,
}

/// Starts a server that is not the application as `serve` builds it.
pub async fn launch(build: impl FnOnce() -> Server + Send + 'static) -> ServerHandle {
    let start = async move {
        let server = build();
        let handle = server.handle();
        tokio::spawn(server);
        handle
    };
    RUNTIME.spawn(start).await.expect("the server starts")
}

/// What stands between host and parameters: the same through a relay.
fn database_name(url: &str) -> String {
    url::Url::parse(url).expect("a URL").path().to_owned()
}

/// The folder of all mails of the run, with the outbox that fills it.
async fn mails() -> PathBuf {
    static FOLDER: OnceCell<PathBuf> = OnceCell::const_new();
    let folder = FOLDER.get_or_init(|| async {
        let folder = private_folder("mails");
        let (url, to) = (database::get().await.url.clone(), MailUrl::Folder(folder.clone()));
        RUNTIME.spawn(async move {
            let from = "unframed <no-reply@localhost>".parse().expect("an address");
            let transport = Transport::new(&to, from).expect("a transport");
            let url = DatabaseUrl::parse(&url, "test").expect("a usable URL");
            outbox::run(Pool::connect(&url, 2).await.expect("a pool"), transport).await;
        });
        folder
    });
    folder.await.clone()
}

impl TestApp {
    /// The application as `serve` builds it.
    pub async fn spawn() -> Self {
        Self::spawn_with(&[], |_| {}).await
    }

    /// With other environment variables.
    pub async fn spawn_configured(variables: &[(&str, &str)]) -> Self {
        Self::spawn_with(variables, |_| {}).await
    }

    /// With other environment variables and services that only a test needs.
    pub async fn spawn_with(
        variables: &[(&str, &str)],
        more: impl Fn(&mut web::ServiceConfig) + Clone + Send + 'static,
    ) -> Self {
        // Shown for a test that fails: RUST_LOG=info cargo test …
        let _ = env_logger::builder().is_test(true).try_init();
        let database = database::get().await;
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let address = listener.local_addr().expect("an address");
        let mails = mails().await;
        let mut environment: HashMap<&str, String> = HashMap::from([
            ("DATABASE_URL", database.url.clone()),
            ("DATABASE_POOL_SIZE", "4".to_owned()),
            ("PUBLIC_URL", format!("http://localhost:{}", address.port())),
            ("SECRET_KEY", "uN3kq0m8Jt5rXw2yQvB7cZfL1dHs9aGpEoRi4TxYbUM=".to_owned()),
            ("MAIL_URL", format!("folder:{}", mails.display())),
            // Each browser of the tests comes from an address of its own.
            ("TRUSTED_PROXIES", "127.0.0.1".to_owned()),
            ("ASSETS_DIR", env!("CARGO_MANIFEST_DIR").to_owned()),
        ]);
        environment.extend(variables.iter().map(|(name, value)| (*name, (*value).to_owned())));
        let config =
            Config::read(|name| environment.get(name).cloned(), "test").expect("a good configuration");
        let origin = config.public_url.to_string();
        let own_database = database_name(&environment["DATABASE_URL"]) != database_name(&database.url);
        let (state, server, outbox) = RUNTIME
            .spawn(async move {
                let transport = Transport::new(&config.mail, config.mail_from.clone()).expect("a transport");
                let pool = Pool::connect(&config.database_url, config.pool_size).await.expect("a pool");
                let state = web::Data::new(AppState::new(config, pool.clone()).expect("a state"));
                let server = app::serve(listener, state.clone(), more).expect("a server");
                let handle = server.handle();
                tokio::spawn(server);
                let outbox = async move {
                    if own_database {
                        outbox::run(pool, transport).await;
                    }
                };
                (state, handle, tokio::spawn(outbox))
            })
            .await
            .expect("the application starts");
        Self { address, origin, state, mails, server, outbox }
    }

    /// Ends the sending of mails, for a test that sends them itself or looks at the queue.
    pub async fn stop_mails(&self) {
        self.outbox.abort();
        while !self.outbox.is_finished() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }

    /// Somebody with a new browser, not signed in.
    pub fn guest(&self) -> Browser {
        Browser::new(self.address, &self.origin)
    }

    /// Somebody with an account and a session, made through the pages.
    pub async fn member(&self, name: &str) -> Browser {
        let browser = self.guest();
        browser.sign_up(name).await;
        browser
    }

    /// Runs a statement behind the application's back and says how many rows it touched.
    pub async fn execute(&self, sql: impl Into<String>) -> usize {
        let (state, sql) = (self.state.clone(), sql.into());
        let run = async move {
            db::statement(&state.pool, "test", async |conn| {
                diesel::sql_query(sql.as_str()).execute(conn).await
            })
            .await
        };
        RUNTIME.spawn(run).await.expect("no panic").expect("the statement runs")
    }

    /// How many rows there are of what stands after FROM.
    pub async fn count(&self, from: &str) -> i64 {
        let (state, sql) = (self.state.clone(), format!("SELECT count(*) AS count FROM {from}"));
        let run = async move {
            db::statement(&state.pool, "test", async |conn| {
                diesel::sql_query(sql.as_str()).get_result::<Count>(conn).await
            })
            .await
        };
        RUNTIME.spawn(run).await.expect("no panic").expect("the query runs").count
    }

    /// The texts of the mails to an address, once there are at least `count` (at most ten seconds).
    pub async fn mails_to(&self, address: &str, count: usize) -> Vec<String> {
        for _ in 0..100 {
            let found: Vec<String> = std::fs::read_dir(&self.mails)
                .into_iter()
                .flatten()
                .flatten()
                .filter_map(|entry| std::fs::read_to_string(entry.path()).ok())
                .filter(|mail| mail.contains(&format!("To: {address}")))
                .collect();
            if found.len() >= count {
                return found;
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        panic!("fewer than {count} mails to {address}");
    }
}

impl Drop for TestApp {
    fn drop(&mut self) {
        self.outbox.abort();
        RUNTIME.spawn(self.server.stop(false));
    }
}
