//! What the kernel knows of this process (Linux).

use std::fs;

/// The bytes of a page of memory on every platform that we are built for.
const PAGE: u64 = 4096;

/// The bytes of memory that are in RAM.
pub(super) fn resident_bytes() -> Option<u64> {
    let statm = fs::read_to_string("/proc/self/statm").ok()?;
    Some(statm.split(' ').nth(1)?.parse::<u64>().ok()? * PAGE)
}

/// The number of open files, sockets included.
pub(super) fn open_files() -> Option<u64> {
    let open = fs::read_dir("/proc/self/fd").ok()?;
    u64::try_from(open.count()).ok()
}
