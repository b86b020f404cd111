//! TLS to a real server with generated certificates: which servers are refused, and with which text. The
//! server is a private PostgreSQL, whatever database the other tests use.

use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use diesel_async::AsyncPgConnection;
use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair, date_time_ymd};
use unframed::config::search_path;
use unframed::db::local::{Engine, LocalDatabase, Settings};
use unframed::db::{DatabaseUrl, inspection, migrations};

use super::run;
use crate::harness::database::{RUNTIME, connect, private_folder};
use crate::harness::program::{output, said, unframed};

/// A certificate authority.
struct Authority {
    pem: String,
    issuer: Issuer<'static, KeyPair>,
}

impl Authority {
    fn new(name: &str) -> Self {
        let mut params = CertificateParams::default();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.distinguished_name.push(DnType::CommonName, name);
        let key = KeyPair::generate().unwrap();
        let pem = params.self_signed(&key).unwrap().pem();
        Self { pem, issuer: Issuer::new(params, key) }
    }

    fn sign(&self, common_name: &str, names: &[&str], key: &KeyPair, expires: i32) -> String {
        let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
        let mut params = CertificateParams::new(names).unwrap();
        params.distinguished_name.push(DnType::CommonName, common_name);
        (params.not_before, params.not_after) = (date_time_ymd(2020, 1, 1), date_time_ymd(expires, 1, 1));
        params.signed_by(key, &self.issuer).unwrap().pem()
    }
}

/// A server with a certificate for localhost and 127.0.0.1. It requires a client certificate for the
/// database `with_certificate`.
struct TlsServer {
    folder: PathBuf,
    authority: Authority,
    database: LocalDatabase,
}

const RULES: &str = "hostssl with_certificate all all cert\nhost all all all scram-sha-256\n";

impl TlsServer {
    async fn start() -> Self {
        let folder = private_folder("tls");
        let authority = Authority::new("the authority");
        let key = KeyPair::generate().unwrap();
        write(&folder, "ca.crt", &authority.pem);
        write(&folder, "other.crt", &Authority::new("another authority").pem);
        write(&folder, "rules", RULES);
        // PostgreSQL refuses a key that others can read or that belongs to another user.
        write(&folder, "server.key", &key.serialize_pem());
        let server_key = folder.join("server.key");
        std::fs::set_permissions(&server_key, std::fs::Permissions::from_mode(0o600)).unwrap();
        if nix::unistd::Uid::effective().is_root()
            && let Some(user) = nix::unistd::User::from_name("postgres").unwrap()
        {
            std::os::unix::fs::chown(&server_key, Some(user.uid.as_raw()), None).unwrap();
        }
        write(&folder, "expired.crt", &authority.sign("node", &["localhost", "127.0.0.1"], &key, 2021));
        write(&folder, "server.crt", &authority.sign("node", &["localhost", "127.0.0.1"], &key, 2090));
        let file = |name: &str| folder.join(name).display().to_string();
        let settings = Settings {
            folder: folder.clone(),
            durable: false,
            postgres: vec![
                "ssl=on".to_owned(),
                format!("ssl_cert_file={}", file("server.crt")),
                format!("ssl_key_file={}", file("server.key")),
                format!("ssl_ca_file={}", file("ca.crt")),
                format!("hba_file={}", file("rules")),
            ],
            port: None,
        };
        let engine = Engine::find_postgres(&search_path()).unwrap_or_else(|problem| panic!("{problem}"));
        let started =
            RUNTIME.spawn(async move { LocalDatabase::start(&engine, &settings, &search_path()).await });
        let database = started.await.unwrap().unwrap_or_else(|problem| panic!("{problem}"));
        run(&mut connect(database.url()).await, &["CREATE DATABASE with_certificate"]).await;
        Self { folder, authority, database }
    }

    fn file(&self, name: &str) -> String {
        self.folder.join(name).display().to_string()
    }

    /// The URL of this server with another host, database and TLS parameters.
    fn url(&self, host: &str, database: &str, parameters: &str) -> String {
        let mut url = url::Url::parse(self.database.url()).unwrap();
        url.set_host(Some(host)).unwrap();
        url.set_path(database);
        url.set_query(Some(parameters));
        url.into()
    }

    async fn connect(&self, url: &str) -> Result<AsyncPgConnection, String> {
        let url = DatabaseUrl::parse(url, "test").map_err(|problem| problem.to_string())?;
        RUNTIME.spawn(async move { url.connect().await }).await.unwrap().map_err(|error| error.to_string())
    }

    async fn refusal(&self, url: &str) -> String {
        let Err(text) = self.connect(url).await else { panic!("{url} is not refused") };
        println!("refused: {text}");
        assert_eq!(text.lines().count(), 1, "{text}");
        assert!(!text.contains(url::Url::parse(url).unwrap().password().unwrap()), "{text}");
        text
    }
}

fn write(folder: &Path, name: &str, text: &str) {
    std::fs::write(folder.join(name), text).unwrap();
}

#[tokio::test]
async fn a_certificate_is_verified_by_host_name_and_by_ip_address() {
    let server = TlsServer::start().await;
    for (mode, host) in [("verify-full", "localhost"), ("require", "localhost"), ("verify-full", "127.0.0.1")]
    {
        let parameters = format!("sslmode={mode}&sslrootcert={}", server.file("ca.crt"));
        let mut conn = server.connect(&server.url(host, "unframed", &parameters)).await.unwrap();
        let seen = inspection::encryption(&mut conn).await.unwrap();
        assert_eq!((seen.encrypted, seen.protocol.as_deref()), (true, Some("TLSv1.3")), "{mode} {host}");
    }
}

#[tokio::test]
async fn each_refusal_states_its_cause_on_one_line() {
    let server = TlsServer::start().await;
    let (right, wrong) = (server.file("ca.crt"), server.file("other.crt"));
    for mode in ["require", "verify-full"] {
        let url = server.url("localhost", "unframed", &format!("sslmode={mode}&sslrootcert={wrong}"));
        assert!(server.refusal(&url).await.contains("invalid peer certificate: UnknownIssuer"));
        let parameters = format!("sslmode={mode}&sslrootcert={right}&hostaddr=127.0.0.1");
        let text = server.refusal(&server.url("db.example", "unframed", &parameters)).await;
        assert!(text.contains("not valid for name \"db.example\""), "{text}");
    }
    let url =
        server.url("localhost", "with_certificate", &format!("sslmode=verify-full&sslrootcert={right}"));
    assert!(server.refusal(&url).await.contains("connection requires a valid client certificate"));
    // The server reloads its certificate.
    std::fs::copy(server.folder.join("expired.crt"), server.folder.join("server.crt")).unwrap();
    run(&mut connect(server.database.url()).await, &["SELECT pg_reload_conf()"]).await;
    let url = server.url("localhost", "unframed", &format!("sslmode=verify-full&sslrootcert={right}"));
    let deadline = Instant::now() + Duration::from_secs(10);
    while server.connect(&url).await.is_ok() {
        assert!(Instant::now() < deadline, "the expired certificate is still accepted");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    let text = server.refusal(&url).await;
    assert!(text.contains("certificate expired") || text.contains("Expired"), "{text}");
}

#[tokio::test]
async fn require_refuses_a_server_without_tls() {
    let settings =
        Settings { folder: private_folder("plain"), durable: false, postgres: Vec::new(), port: None };
    let engine = Engine::find_postgres(&search_path()).unwrap_or_else(|problem| panic!("{problem}"));
    let folder = settings.folder.clone();
    let started =
        RUNTIME.spawn(async move { LocalDatabase::start(&engine, &settings, &search_path()).await });
    let database = started.await.unwrap().unwrap_or_else(|problem| panic!("{problem}"));
    let server = TlsServer { folder, authority: Authority::new("the authority"), database };
    write(&server.folder, "ca.crt", &server.authority.pem);
    let parameters = format!("sslmode=require&sslrootcert={}", server.file("ca.crt"));
    let text = server.refusal(&server.url("localhost", "unframed", &parameters)).await;
    assert!(text.contains("server does not support TLS"), "{text}");
}

#[tokio::test]
async fn a_client_certificate_is_offered_with_a_key_in_either_format() {
    let server = TlsServer::start().await;
    // `cockroach cert` writes RSA keys as PKCS#1. This key is for tests only.
    let pkcs1 = include_str!("pkcs1_client.key");
    assert!(pkcs1.starts_with("-----BEGIN RSA PRIVATE KEY-----"));
    let rsa =
        KeyPair::from_pkcs8_pem_and_sign_algo(include_str!("pkcs8_client.key"), &rcgen::PKCS_RSA_SHA256)
            .unwrap();
    let elliptic = KeyPair::generate().unwrap();
    for (name, key, pem) in [("pkcs1", &rsa, pkcs1), ("pkcs8", &elliptic, &elliptic.serialize_pem())] {
        let (cert, key_file) = (format!("{name}.crt"), format!("{name}.key"));
        write(&server.folder, &cert, &server.authority.sign("unframed", &[], key, 2090));
        write(&server.folder, &key_file, pem);
        let parameters = format!(
            "sslmode=verify-full&sslrootcert={}&sslcert={}&sslkey={}",
            server.file("ca.crt"),
            server.file(&cert),
            server.file(&key_file)
        );
        let url = server.url("localhost", "with_certificate", &parameters);
        let mut conn = server.connect(&url).await.unwrap_or_else(|error| panic!("{name}: {error}"));
        let seen = inspection::encryption(&mut conn).await.unwrap();
        assert_eq!(seen.client.as_deref(), Some("/CN=unframed"), "{name}");
    }
}

#[tokio::test]
async fn doctor_reports_the_authority_and_the_cause_of_a_refusal() {
    let server = TlsServer::start().await;
    let url = |root: &str| {
        let parameters = format!("sslmode=verify-full&sslrootcert={}", server.file(root));
        server.url("localhost", "unframed", &parameters)
    };
    let (good, bad) = (url("ca.crt"), url("other.crt"));
    let parsed = DatabaseUrl::parse(&good, "test").unwrap();
    RUNTIME.spawn(async move { migrations::run(&parsed, |_| {}).await }).await.unwrap().unwrap();
    let right = output(unframed(&["doctor"], &[("DATABASE_URL", &good)])).await;
    let (report, stderr) = said(&right);
    println!("{report}");
    assert_eq!(right.status.code(), Some(0), "{report}{stderr}");
    let expected = format!(
        "ok      TLS          TLSv1.3: we verified the server's chain and name against {}; the server asked for no client certificate",
        server.file("ca.crt")
    );
    assert!(report.lines().any(|line| line == expected), "{report}");
    let wrong = output(unframed(&["doctor"], &[("DATABASE_URL", &bad)])).await;
    let (report, stderr) = said(&wrong);
    println!("{report}{stderr}");
    assert_eq!((wrong.status.code(), report.lines().count()), (Some(1), 1), "{report}");
    assert!(report.starts_with("not ok  connection"), "{report}");
    assert!(report.contains("invalid peer certificate: UnknownIssuer"), "{report}");
}
