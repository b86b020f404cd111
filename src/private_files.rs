//! Files and folders that only our own user can read: secrets, and mails with links in them.

use std::fs::{DirBuilder, OpenOptions, Permissions};
use std::io::{self, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _, PermissionsExt as _};
use std::path::Path;

const OWNER_READS_AND_WRITES: u32 = 0o600;
const OWNER_ENTERS: u32 = 0o700;

/// Writes a file with mode 0600. An earlier file loses its content and any wider mode before the new
/// content is written.
pub fn write(path: &Path, content: impl AsRef<[u8]>) -> io::Result<()> {
    let mut options = OpenOptions::new();
    let mut file = options.write(true).create(true).truncate(true).mode(OWNER_READS_AND_WRITES).open(path)?;
    file.set_permissions(Permissions::from_mode(OWNER_READS_AND_WRITES))?;
    file.write_all(content.as_ref())
}

/// Makes a folder, and the missing ones above it, with mode 0700. A folder that exists keeps its mode,
/// because others may need it, too.
pub fn make_folder(path: &Path) -> io::Result<()> {
    DirBuilder::new().recursive(true).mode(OWNER_ENTERS).create(path)
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    fn mode(path: &Path) -> u32 {
        fs::metadata(path).unwrap().permissions().mode() & 0o777
    }

    #[test]
    fn files_are_0600_in_folders_that_are_0700_and_an_existing_folder_keeps_its_mode() {
        let parent = std::env::temp_dir().join(format!("unframed-private-files-{}", std::process::id()));
        fs::create_dir_all(&parent).unwrap();
        fs::set_permissions(&parent, Permissions::from_mode(0o755)).unwrap();
        let folder = parent.join("outer").join("inner");
        for _ in 0..2 {
            make_folder(&folder).unwrap();
            let modes = [mode(&parent), mode(&parent.join("outer")), mode(&folder)];
            assert_eq!(modes, [0o755, 0o700, 0o700]);
        }
        let file = folder.join("secret");
        write(&file, "a longer text").unwrap();
        assert_eq!(mode(&file), 0o600);
        fs::set_permissions(&file, Permissions::from_mode(0o644)).unwrap();
        write(&file, "short").unwrap();
        assert_eq!((mode(&file), fs::read_to_string(&file).unwrap()), (0o600, "short".to_owned()));
        fs::remove_dir_all(&parent).unwrap();
    }
}
