//! `unframed completions` and `unframed man`: what a shell completes, and manual pages, both from the definition of the
//! command line.

use std::fs;
use std::io::Write as _;
use std::path::Path;

use anyhow::Context as _;
use clap_complete::Shell;

use super::Failure;

/// Prints the script with which a shell completes our commands.
pub fn print(mut command: clap::Command, shell: Shell) -> Result<(), Failure> {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut command, "unframed", &mut script);
    std::io::stdout().write_all(&script).context("the script cannot be written")
}

/// Writes a manual page for each command into a folder.
pub fn write_manual(command: clap::Command, folder: &Path) -> Result<(), Failure> {
    let shown = || folder.display().to_string();
    fs::create_dir_all(folder).with_context(shown)?;
    clap_mangen::generate_to(command, folder).with_context(shown)
}
