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
    /// Begins. An earlier file stays until the new one is complete.
    pub(super) fn begin(place: &Path) -> Result<Self, Failure> {
        let fault = || format!("{} cannot be written", place.display());
        // A link is followed. A device would be replaced by a file.
        let place = match place.canonicalize() {
            Ok(found) if found.is_file() => found,
            Ok(_) => return Err(Failure::msg("it exists and is no file").context(fault())),
            Err(_) => place.to_owned(),
        };
        let folder = place.parent().filter(|folder| !folder.as_os_str().is_empty());
        let written = tempfile::Builder::new()
            .prefix(".unframed-verify-")
            // As any other file: the umask takes away what it has to.
            .permissions(Permissions::from_mode(0o666))
            .tempfile_in(folder.unwrap_or(Path::new(".")))
            .with_context(fault)?;
        Ok(Self { written: BufWriter::new(written), place })
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
