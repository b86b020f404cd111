//! What a server uses at a moment: memory, open files, connections.

use std::fs;

use super::Server;

/// What a server uses at a moment.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Usage {
    /// The resident memory, in MiB.
    pub(crate) mib: f64,
    /// The open files, connections included.
    pub(crate) files: usize,
    /// The connections of clients.
    pub(crate) connections: usize,
}

impl Server {
    /// What the server uses now.
    pub(crate) fn usage(&self) -> anyhow::Result<Usage> {
        let process = format!("/proc/{}", self.process.id());
        let files = fs::read_dir(format!("{process}/fd"))?.count();
        let sockets = fs::read_to_string(format!("{process}/net/tcp"))?;
        let own = format!("0100007F:{:04X}", self.address.port());
        let open = sockets.lines().filter(|line| {
            let mut fields = line.split_whitespace().skip(1);
            // 01: established; 08: the client has closed its end.
            fields.next() == Some(&own) && matches!(fields.nth(1), Some("01" | "08"))
        });
        Ok(Usage { mib: self.resident_mib()?, files, connections: open.count() })
    }
}
