//! SIGINT, SIGTERM and SIGHUP (a closed terminal) end a check with an error, so that temporary files are removed.

use anyhow::anyhow;
use tokio::signal::unix::{SignalKind, signal};

use crate::commands::Failure;

/// Runs a check until it ends or a signal arrives. Signals are caught from here on.
pub(super) async fn until_signal<T>(check: impl Future<Output = Result<T, Failure>>) -> Result<T, Failure> {
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    // After `nohup`, a check outlives its terminal.
    let mut hangup = if ignores_hangup() { None } else { Some(signal(SignalKind::hangup())?) };
    let hung_up = async {
        match &mut hangup {
            Some(hangup) => hangup.recv().await,
            None => std::future::pending().await,
        }
    };
    let ended = |signal| Err(anyhow!("{signal} stopped the check before it was complete"));
    tokio::select! {
        result = check => result,
        _ = interrupt.recv() => ended("SIGINT"),
        _ = terminate.recv() => ended("SIGTERM"),
        _ = hung_up => ended("SIGHUP"),
    }
}

/// Whether this process was started so that SIGHUP does not end it.
fn ignores_hangup() -> bool {
    std::fs::read_to_string("/proc/self/status").is_ok_and(|status| has_ignored_hangup(&status))
}

/// The first bit of the mask is that of signal 1.
fn has_ignored_hangup(status: &str) -> bool {
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok()).is_some_and(|mask| mask & 1 == 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_mask_of_ignored_signals_is_read() {
        for (status, expected) in [
            ("Name:\ta\nSigBlk:\t0000000000000001\nSigIgn:\t0000000000001000\n", false),
            ("Name:\ta\nSigIgn:\t0000000000001001\nSigCgt:\t0000000000000000\n", true),
            ("SigIgn:\tx\n", false),
            ("", false),
        ] {
            assert_eq!(has_ignored_hangup(status), expected, "{status}");
        }
    }
}
