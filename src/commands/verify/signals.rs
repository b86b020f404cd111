//! SIGINT and SIGTERM end a check with an error, so that temporary files are removed.

use anyhow::anyhow;
use tokio::signal::unix::{SignalKind, signal};

use crate::commands::Failure;

/// Runs a check until it ends or a signal arrives. Signals are caught from here on.
pub(super) async fn until_signal<T>(check: impl Future<Output = Result<T, Failure>>) -> Result<T, Failure> {
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    let ended = |signal| Err(anyhow!("{signal} stopped the check before it was complete"));
    tokio::select! {
        result = check => result,
        _ = interrupt.recv() => ended("SIGINT"),
        _ = terminate.recv() => ended("SIGTERM"),
    }
}
