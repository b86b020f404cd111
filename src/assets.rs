//! The templates, static files and texts on disk: our own, and those of `OVERRIDES_DIR`, which replaces them
//! file by file. Others read the files; this room knows where they are.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};

/// The folders that hold templates, static files and texts.
pub const ASSET_FOLDERS: [&str; 3] = ["templates", "static", "locales"];

/// The most files of a kind, and how deep their folders may be: a team overrides a few dozen.
const MOST_FILES: usize = 10_000;
const DEEPEST: usize = 8;

/// The folder with our own files, and the one that replaces some of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Assets {
    own: PathBuf,
    overrides: Option<PathBuf>,
}

/// A file, and whether it comes from `OVERRIDES_DIR`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AssetFile {
    /// Where it is.
    pub path: PathBuf,
    /// Whether it replaces one of ours, or is added to them.
    pub is_override: bool,
}

impl Assets {
    /// The files below `own`, some of them replaced by those below `overrides`.
    #[must_use]
    pub fn new(own: PathBuf, overrides: Option<PathBuf>) -> Self {
        Self { own, overrides }
    }

    /// Our own files alone.
    #[must_use]
    pub fn without_overrides(&self) -> Self {
        Self { own: self.own.clone(), overrides: None }
    }

    /// The folder of our own files of this kind.
    #[must_use]
    pub fn own_folder(&self, folder: &str) -> PathBuf {
        self.own.join(folder)
    }

    /// The files below a folder whose names end so, by their path from that folder.
    ///
    /// # Errors
    /// The folder cannot be read. An overriding folder may be missing.
    pub fn files(&self, folder: &str, ending: &str) -> io::Result<BTreeMap<String, AssetFile>> {
        let mut files = BTreeMap::new();
        for (root, is_override) in self.roots(folder) {
            if !is_override || root.is_dir() {
                collect(&root, "", ending, is_override, &mut files)?;
            }
        }
        Ok(files)
    }

    /// The same files, and after each of ours the one that overrides it: for formats where a file replaces
    /// parts of another one.
    ///
    /// # Errors
    /// As [`Assets::files`].
    pub fn layers(&self, folder: &str, ending: &str) -> io::Result<Vec<AssetFile>> {
        let mut layers = Vec::new();
        for (root, is_override) in self.roots(folder) {
            let mut files = BTreeMap::new();
            if !is_override || root.is_dir() {
                collect(&root, "", ending, is_override, &mut files)?;
            }
            layers.extend(files.into_values());
        }
        Ok(layers)
    }

    /// The overriding files that replace none of ours: an addition, or a name with a mistake.
    ///
    /// # Errors
    /// As [`Assets::files`].
    pub fn additions(&self) -> io::Result<Vec<PathBuf>> {
        let mut additions = Vec::new();
        for folder in ASSET_FOLDERS {
            let own = self.without_overrides().files(folder, "")?;
            let all = self.files(folder, "")?;
            // A file of messages replaces single ones, whatever its name.
            let added =
                all.into_iter().filter(|(name, _)| !own.contains_key(name) && !name.ends_with(".ftl"));
            additions.extend(added.map(|(_, file)| file.path));
        }
        Ok(additions)
    }

    fn roots(&self, folder: &str) -> impl Iterator<Item = (PathBuf, bool)> {
        let overrides = self.overrides.as_ref().map(|root| (root.join(folder), true));
        std::iter::once((self.own.join(folder), false)).chain(overrides)
    }
}

fn collect(
    folder: &Path,
    below: &str,
    ending: &str,
    is_override: bool,
    files: &mut BTreeMap<String, AssetFile>,
) -> io::Result<()> {
    let named = |error: io::Error| io::Error::new(error.kind(), format!("{}: {error}", folder.display()));
    // Links may lead in circles.
    if files.len() > MOST_FILES || below.matches('/').count() > DEEPEST {
        return Err(io::Error::other(format!("{}: too many files or folders", folder.display())));
    }
    for entry in std::fs::read_dir(folder).map_err(named)? {
        let path = entry.map_err(named)?.path();
        let Some(name) = path.file_name().and_then(|name| name.to_str()) else { continue };
        // Editors and version control leave hidden files.
        if name.starts_with('.') {
            continue;
        }
        let name = format!("{below}{name}");
        if path.is_dir() {
            collect(&path, &format!("{name}/"), ending, is_override, files)?;
        } else if !path.is_file() {
            return Err(io::Error::other(format!("{} is neither a file nor a folder", path.display())));
        } else if name.ends_with(ending) {
            files.insert(name, AssetFile { path, is_override });
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_replaces_the_one_of_its_name_and_no_other() {
        let folder = tempfile::tempdir().unwrap();
        let (own, over) = (folder.path().join("own"), folder.path().join("over"));
        for file in ["own/templates/a.html", "own/templates/pages/b.html", "over/templates/pages/b.html"] {
            let path = folder.path().join(file);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, "").unwrap();
        }
        for file in ["own/static", "own/locales"] {
            std::fs::create_dir_all(folder.path().join(file)).unwrap();
        }
        for file in ["over/templates/.b.html.swp", "over/templates/b.txt", "over/templates/c.html"] {
            std::fs::write(folder.path().join(file), "").unwrap();
        }
        let assets = Assets::new(own.clone(), Some(over.clone()));
        let files = assets.files("templates", ".html").unwrap();
        let found: Vec<_> = files.iter().map(|(name, file)| (name.as_str(), file.is_override)).collect();
        assert_eq!(found, [("a.html", false), ("c.html", true), ("pages/b.html", true)]);
        assert_eq!(files["pages/b.html"].path, over.join("templates/pages/b.html"));
        assert_eq!(assets.layers("templates", ".html").unwrap().len(), 4);
        let additions = assets.additions().unwrap();
        assert_eq!(additions, [over.join("templates/b.txt"), over.join("templates/c.html")]);
        assert!(assets.files("nothing", "").is_err());
        assert_eq!(assets.without_overrides(), Assets::new(own, None));
    }
}
