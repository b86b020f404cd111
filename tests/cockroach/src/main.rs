//! `make test-cockroach`: starts CockroachDB in a container and runs the suite on it. The image is
//! that of `COCKROACH_IMAGE`; arguments are passed on to `cargo test`.

use std::process::{ExitCode, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail};
use testcontainers::core::IntoContainerPort as _;
use testcontainers::runners::AsyncRunner as _;
use testcontainers::{ContainerAsync, GenericImage, ImageExt as _};
use tokio::process::{Child, Command};

const DEFAULT_IMAGE: &str = "cockroachdb/cockroach:v25.4.11";

/// How long a started container may take to answer SQL.
const PATIENCE: Duration = Duration::from_secs(120);

/// Removes the container when its standard input ends: the kernel closes that with this process,
/// even when the process is killed and drops nothing.
const REMOVER: &str = r#"cat >/dev/null; docker rm --force --volumes "$1""#;

/// A running container. It is removed when this process ends, however that happens.
struct Cockroach {
    url: String,
    _container: ContainerAsync<GenericImage>,
    _remover: Child,
}

impl Cockroach {
    async fn start(image: &str) -> anyhow::Result<Self> {
        let (name, tag) = image.rsplit_once(':').unwrap_or((image, "latest"));
        let container = GenericImage::new(name, tag)
            .with_exposed_port(26257.tcp())
            .with_cmd(["start-single-node", "--insecure", "--store=type=mem,size=1GiB"])
            .start()
            .await
            .with_context(|| {
                format!("no CockroachDB from {image}: is Docker running, and can it get the image?")
            })?;
        let remover = Command::new("sh")
            .args(["-c", REMOVER, "remove-container", container.id()])
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            // Ctrl-C must not end it.
            .process_group(0)
            .spawn()
            .context("sh")?;
        let port = container.get_host_port_ipv4(26257).await.context("no port is mapped")?;
        let url = format!("postgresql://root@127.0.0.1:{port}/defaultdb?sslmode=disable");
        let deadline = Instant::now() + PATIENCE;
        while let Err(error) = answers_sql(&url).await {
            if Instant::now() > deadline {
                bail!("{image} does not answer SQL: {error:#}");
            }
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
        Ok(Self { url, _container: container, _remover: remover })
    }
}

async fn answers_sql(url: &str) -> anyhow::Result<()> {
    let asking = async {
        let (client, connection) = tokio_postgres::connect(url, tokio_postgres::NoTls).await?;
        let connection = tokio::spawn(connection);
        let answer = client.simple_query("SELECT 1").await;
        connection.abort();
        answer
    };
    tokio::time::timeout(Duration::from_secs(5), asking).await??;
    Ok(())
}

async fn run_suite() -> anyhow::Result<ExitCode> {
    #[expect(clippy::disallowed_methods, reason = "this program has no configuration but this")]
    let image = std::env::var("COCKROACH_IMAGE").unwrap_or_else(|_| DEFAULT_IMAGE.to_owned());
    let cockroach = Cockroach::start(&image).await?;
    let status = Command::new("cargo")
        .args(["test", "--locked"])
        .args(std::env::args_os().skip(1))
        .env("TEST_DATABASE_URL", &cockroach.url)
        .status()
        .await
        .context("cargo")?;
    // A test run that a signal ended has no code.
    let code = status.code().and_then(|code| u8::try_from(code).ok()).unwrap_or(1);
    Ok(ExitCode::from(code))
}

#[tokio::main]
async fn main() -> ExitCode {
    run_suite().await.unwrap_or_else(|error| {
        eprintln!("{error:#}");
        ExitCode::FAILURE
    })
}
