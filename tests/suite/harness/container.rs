//! A CockroachDB in a container: the image of `COCKROACH_IMAGE`, ready when it answers SQL. Without
//! Docker, or without the image, the run fails and says so.

use std::os::unix::process::CommandExt as _;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use testcontainers::core::IntoContainerPort as _;
use testcontainers::runners::AsyncRunner as _;
use testcontainers::{ContainerAsync, GenericImage, ImageExt as _};
use unframed::config::environment;
use unframed::db::DatabaseUrl;

const DEFAULT_IMAGE: &str = "cockroachdb/cockroach:v25.4.11";

/// A running container; it is removed when the process ends, however that happens.
pub struct Cockroach {
    /// Where to connect.
    pub url: String,
    _container: ContainerAsync<GenericImage>,
    _remover: Child,
}

/// The container of the run lives in a `static`, which nothing drops. So a process of its own waits
/// for the end of its standard input, which the kernel closes with us, and removes it.
const REMOVER: &str = r#"cat >/dev/null; docker rm --force --volumes "$1""#;

impl Cockroach {
    /// Starts one and waits, at most two minutes, until it answers SQL.
    pub async fn start() -> Self {
        let image = environment("COCKROACH_IMAGE").unwrap_or_else(|| DEFAULT_IMAGE.to_owned());
        let (name, tag) = image.rsplit_once(':').unwrap_or((&image, "latest"));
        let container = GenericImage::new(name, tag)
            .with_exposed_port(26257.tcp())
            .with_cmd(["start-single-node", "--insecure", "--store=type=mem,size=1GiB"])
            .start()
            .await
            .unwrap_or_else(|error| {
                panic!("no CockroachDB from {image}: {error}\nIs Docker running, and can it get the image?")
            });
        let remover = Command::new("sh")
            .args(["-c", REMOVER, "remove-container", container.id()])
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .process_group(0)
            .spawn()
            .expect("sh");
        let port = container.get_host_port_ipv4(26257).await.expect("a mapped port");
        let url = format!("postgresql://root@127.0.0.1:{port}/defaultdb?sslmode=disable");
        let parsed = DatabaseUrl::parse(&url, "test").expect("a usable URL");
        let deadline = Instant::now() + Duration::from_secs(120);
        while let Err(error) = parsed.connect().await {
            assert!(Instant::now() < deadline, "{image} does not answer SQL: {error}");
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
        Self { url, _container: container, _remover: remover }
    }
}
