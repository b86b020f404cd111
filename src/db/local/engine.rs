//! The programs of a database server, and where they are installed.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::LocalProblem;

/// The installed programs of a database server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Engine {
    /// The path of `cockroach`.
    Cockroach(PathBuf),
    /// The folder that holds `postgres` and `initdb`.
    Postgres(PathBuf),
}

impl Engine {
    /// Finds `cockroach` in the search path, or else PostgreSQL.
    ///
    /// # Errors
    /// [`LocalProblem::NoServer`] says what to install.
    pub fn find(search_path: &[PathBuf]) -> Result<Self, LocalProblem> {
        Self::find_cockroach(search_path).or_else(|_missing| Self::find_postgres(search_path))
    }

    /// Finds `cockroach` in the search path.
    pub fn find_cockroach(search_path: &[PathBuf]) -> Result<Self, LocalProblem> {
        let found = search_path.iter().map(|folder| folder.join("cockroach")).find(|file| file.is_file());
        found.map(Self::Cockroach).ok_or(LocalProblem::NoCockroach)
    }

    /// Finds PostgreSQL in the search path, or else the newest version in Debian's folders.
    pub fn find_postgres(search_path: &[PathBuf]) -> Result<Self, LocalProblem> {
        postgres_folders(search_path).into_iter().next().map(Self::Postgres).ok_or(LocalProblem::NoServer)
    }
}

/// All folders that hold PostgreSQL's programs, the preferred first.
fn postgres_folders(search_path: &[PathBuf]) -> Vec<PathBuf> {
    let complete = |folder: &PathBuf| folder.join("initdb").is_file() && folder.join("postgres").is_file();
    let mut versioned: Vec<(u32, PathBuf)> = fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .flatten()
        .filter_map(|entry| Some((entry.file_name().to_str()?.parse().ok()?, entry.path().join("bin"))))
        .collect();
    versioned.sort_by_key(|(version, _)| std::cmp::Reverse(*version));
    search_path
        .iter()
        .cloned()
        .chain(versioned.into_iter().map(|(_, folder)| folder))
        .filter(complete)
        .collect()
}

/// Finds the PostgreSQL programs of one major version: only the version that made a data folder can run it.
pub(super) fn postgres_of_version(
    version: &str,
    preferred: &Path,
    search_path: &[PathBuf],
) -> Option<PathBuf> {
    let fits = |folder: &PathBuf| {
        let output = Command::new(folder.join("postgres")).arg("--version").output();
        output.is_ok_and(|output| {
            String::from_utf8_lossy(&output.stdout)
                .split_whitespace()
                .any(|word| word.split('.').next() == Some(version))
        })
    };
    std::iter::once(preferred.to_owned()).chain(postgres_folders(search_path)).find(fits)
}
