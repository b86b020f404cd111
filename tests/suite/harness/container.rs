//! A CockroachDB in a container: the image of `COCKROACH_IMAGE`, ready when it answers SQL. Without
//! Docker, or without the image, the run fails and says so.

use std::time::{Duration, Instant};

use testcontainers::core::IntoContainerPort as _;
use testcontainers::runners::AsyncRunner as _;
use testcontainers::{ContainerAsync, GenericImage, ImageExt as _};
use unframed::config::environment;
use unframed::db::DatabaseUrl;

const DEFAULT_IMAGE: &str = "cockroachdb/cockroach:v25.4.11";

/// A running container; it is removed when this is dropped.
pub struct Cockroach {
    /// Where to connect.
    pub url: String,
    _container: ContainerAsync<GenericImage>,
}

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
        let port = container.get_host_port_ipv4(26257).await.expect("a mapped port");
        let url = format!("postgresql://root@127.0.0.1:{port}/defaultdb?sslmode=disable");
        let parsed = DatabaseUrl::parse(&url, "test").expect("a usable URL");
        let deadline = Instant::now() + Duration::from_secs(120);
        while let Err(error) = parsed.connect().await {
            assert!(Instant::now() < deadline, "{image} does not answer SQL: {error}");
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
        Self { url, _container: container }
    }
}
