//! The files that the options name. A check replaces some of them when it ends: a file that two options name would be lost.

use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use anyhow::anyhow;

use crate::commands::Failure;

/// The most links of which one leads to the next.
const MOST_LINKS: usize = 40;

/// An option with the file that it names.
pub(super) type NamedFile<'a> = (&'static str, Option<&'a PathBuf>);

/// Fails if two options name the same file, and the check writes it. Only a baseline may be written again.
pub(super) fn refuse_shared(read: &[NamedFile<'_>], written: &[NamedFile<'_>]) -> Result<(), Failure> {
    let named = |files: &[NamedFile<'_>]| {
        let files = files.iter().filter_map(|(option, path)| Some((*option, identity((*path)?)?)));
        files.collect::<Vec<_>>()
    };
    let (read, written) = (named(read), named(written));
    for (at, (option, file)) in written.iter().enumerate() {
        let others = written.iter().skip(at + 1).chain(&read);
        let mut same = others.filter(|(_, other)| other == file).map(|(other, _)| *other);
        if let Some(other) = same.find(|other| (*option, *other) != ("--write-baseline", "--baseline")) {
            return Err(anyhow!("{option} and {other} name the same file: give each its own"));
        }
    }
    Ok(())
}

/// What two names of one file have in common.
#[derive(PartialEq, Eq)]
enum Identity {
    /// The device and the number of a file.
    Existing(u64, u64),
    /// Where a file will be.
    Place(PathBuf),
}

/// `None` for a place that cannot hold a file.
fn identity(path: &Path) -> Option<Identity> {
    let mut path = path.to_owned();
    for _ in 0..MOST_LINKS {
        if let Ok(found) = path.metadata() {
            return Some(Identity::Existing(found.dev(), found.ino()));
        }
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
        let folder = folder.unwrap_or(Path::new(".")).canonicalize().ok()?;
        let place = folder.join(path.file_name()?);
        match place.read_link() {
            // A link to a file that does not exist yet.
            Ok(target) => path = folder.join(target),
            Err(_) => return Some(Identity::Place(place)),
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;

    #[test]
    fn a_file_with_two_names_is_one_file() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        std::fs::write(at("file"), "").unwrap();
        std::fs::write(at("other"), "").unwrap();
        std::fs::hard_link(at("file"), at("hard")).unwrap();
        symlink("file", at("link")).unwrap();
        symlink("missing", at("dangling")).unwrap();
        symlink("loop", at("loop")).unwrap();
        std::fs::create_dir(at("inner")).unwrap();
        let shared = |one: &str, two: &str| {
            let (one, two) = (at(one), at(two));
            refuse_shared(&[("--urls", Some(&two))], &[("--resume", None), ("--output", Some(&one))]).is_err()
        };
        for (one, two, same) in [
            ("file", "file", true),
            ("file", "./inner/../file", true),
            ("file", "hard", true),
            ("file", "link", true),
            ("missing", "dangling", true),
            ("missing", "./missing", true),
            ("file", "other", false),
            ("missing", "absent", false),
            ("loop", "loop", false),
            ("none/missing", "none/missing", false),
        ] {
            assert_eq!(shared(one, two), same, "{one} {two}");
            assert_eq!(shared(two, one), same, "{two} {one}");
        }
        let file = at("file");
        let both = [("--output", Some(&file)), ("--write-baseline", Some(&file))];
        let problem = refuse_shared(&[], &both).unwrap_err().to_string();
        assert_eq!(problem, "--output and --write-baseline name the same file: give each its own");
        assert!(refuse_shared(&[("--baseline", Some(&file))], &both[1..]).is_ok(), "it is written again");
        assert!(refuse_shared(&[("--baseline", Some(&file))], &both[..1]).is_err());
    }
}
