//! Files in the folder of a private database.

use std::fs;
use std::io;
use std::path::Path;

use super::LocalProblem;

/// Makes a folder if it is missing, and checks that we can write to it.
pub(super) fn make_folder(folder: &Path) -> Result<(), LocalProblem> {
    fs::create_dir_all(folder).map_err(at(folder))?;
    let probe = folder.join(".writable");
    fs::write(&probe, "").and_then(|()| fs::remove_file(&probe)).map_err(at(folder))
}

/// Adds the path to an I/O error.
pub(super) fn at(path: &Path) -> impl Fn(io::Error) -> LocalProblem {
    let path = path.to_owned();
    move |cause| LocalProblem::File { path: path.clone(), cause }
}
