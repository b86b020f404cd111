//! How a private CockroachDB is started.

use std::path::Path;
use std::process::Command;

use super::{Launch, Settings};

pub(super) fn launch(program: &Path, settings: &Settings, port: u16) -> Launch {
    let mut command = Command::new(program);
    let store = if settings.durable {
        settings.folder.join("cockroach").display().to_string()
    } else {
        "type=mem,size=1GiB".to_owned()
    };
    command.args(["start-single-node", "--insecure", "--http-addr=127.0.0.1:0"]);
    command.arg(format!("--listen-addr=127.0.0.1:{port}")).arg(format!("--store={store}"));
    Launch {
        stop_signal: "TERM",
        command,
        url: format!("postgresql://root@127.0.0.1:{port}/defaultdb?sslmode=disable"),
    }
}
