//! A file that is written whole or not at all.

use std::fs::Permissions;
use std::io::{self, BufWriter, Write};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use tempfile::NamedTempFile;

use crate::commands::Failure;

/// Written beside its place under another name, and put there once it is complete. Otherwise nothing stays of it.
pub(super) struct WholeFile {
    written: BufWriter<NamedTempFile>,
    place: PathBuf,
}

impl WholeFile {
    /// Begins. An earlier file stays until the new one is complete. A link is replaced, and the file to which it leads
    /// stays as it is: in a folder for all, anyone can have put the link there.
    pub(super) fn begin(place: &Path) -> Result<Self, Failure> {
        let fault = || format!("{} cannot be written", place.display());
        let folder = place.parent().filter(|folder| !folder.as_os_str().is_empty());
        let folder = folder.unwrap_or(Path::new("."));
        // Not a folder, and not a device, also where a link such as /dev/stdout leads to it.
        let devices = folder
            .canonicalize()
            .is_ok_and(|folder| folder == Path::new("/dev") || folder.starts_with("/proc"));
        if devices || place.metadata().is_ok_and(|found| !found.is_file()) {
            return Err(Failure::msg("it exists and is no file").context(fault()));
        }
        let written = tempfile::Builder::new()
            .prefix(".unframed-verify-")
            // As any other file: the umask takes away what it has to.
            .permissions(Permissions::from_mode(0o666))
            .tempfile_in(folder)
            .with_context(fault)?;
        Ok(Self { written: BufWriter::new(written), place: place.to_owned() })
    }

    /// Puts the complete file in its place.
    pub(super) fn finish(self) -> Result<(), Failure> {
        let Self { written, place } = self;
        let fault = || format!("{} cannot be written", place.display());
        let file = written.into_inner().map_err(io::IntoInnerError::into_error).with_context(fault)?;
        file.as_file().sync_all().with_context(fault)?;
        file.persist(&place).map_err(|error| error.error).with_context(fault)?;
        Ok(())
    }
}

impl Write for WholeFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.written.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.written.flush()
    }
}
