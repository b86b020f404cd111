//! The templates, static files and texts: our own, which are part of the program or in `ASSETS_DIR`, and those of
//! `OVERRIDES_DIR`, which replace ours file by file. Others use the files; this room knows where they are.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::{fmt, fs, io};

use rust_embed::{Embed, EmbeddedFile};

/// The folders that hold templates, static files and texts.
pub const ASSET_FOLDERS: [&str; 3] = ["templates", "static", "locales"];

/// The most files of a kind, and how deep their folders may be: a team overrides a few dozen.
const MOST_FILES: usize = 10_000;
const DEEPEST: usize = 8;

/// The templates as they were when the program was built.
#[derive(Embed)]
#[folder = "templates"]
#[prefix = "templates/"]
struct Templates;

/// The static files as they were when the program was built.
#[derive(Embed)]
#[folder = "static"]
#[prefix = "static/"]
struct Static;

/// The texts as they were when the program was built.
#[derive(Embed)]
#[folder = "locales"]
#[prefix = "locales/"]
struct Locales;

/// Our own files, and the folder that replaces some of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Assets {
    /// A folder with our own files; `None`: those in the program.
    own: Option<PathBuf>,
    overrides: Option<PathBuf>,
}

/// A file, and whether it comes from `OVERRIDES_DIR`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AssetFile {
    place: Place,
    /// Whether it replaces one of ours, or is added to them.
    pub is_override: bool,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Place {
    Program { path: String, content: Cow<'static, [u8]> },
    Disk(PathBuf),
}

impl AssetFile {
    /// What is in the file.
    ///
    /// # Errors
    /// The file cannot be read. The error names it.
    pub fn read(&self) -> io::Result<Cow<'static, [u8]>> {
        match &self.place {
            Place::Program { content, .. } => Ok(content.clone()),
            Place::Disk(path) => fs::read(path)
                .map(Cow::Owned)
                .map_err(|error| io::Error::new(error.kind(), format!("{}: {error}", path.display()))),
        }
    }

    /// The text in the file.
    ///
    /// # Errors
    /// The file cannot be read, or it is not UTF-8. The error names it.
    pub fn text(&self) -> io::Result<String> {
        String::from_utf8(self.read()?.into_owned())
            .map_err(|error| io::Error::new(io::ErrorKind::InvalidData, format!("{self}: {error}")))
    }
}

/// Where the file is.
impl fmt::Display for AssetFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.place {
            Place::Program { path, .. } => f.write_str(path),
            Place::Disk(path) => path.display().fmt(f),
        }
    }
}

impl Assets {
    /// The files in the program, some of them replaced by those below `overrides`.
    #[must_use]
    pub fn embedded(overrides: Option<PathBuf>) -> Self {
        Self { own: None, overrides }
    }

    /// The files below `own`, some of them replaced by those below `overrides`.
    #[must_use]
    pub fn new(own: PathBuf, overrides: Option<PathBuf>) -> Self {
        Self { own: Some(own), overrides }
    }

    /// Our own files alone.
    #[must_use]
    pub fn without_overrides(&self) -> Self {
        Self { own: self.own.clone(), overrides: None }
    }

    /// What is in one of our own files.
    ///
    /// # Errors
    /// There is no such file, or it cannot be read. The error names it.
    pub fn own_file(&self, folder: &str, name: &str) -> io::Result<Cow<'static, [u8]>> {
        let file = self.without_overrides().files(folder, name)?.remove(name);
        file.ok_or_else(|| io::Error::new(io::ErrorKind::NotFound, format!("{folder}/{name} is missing")))?
            .read()
    }

    /// The files below a folder whose names end so, by their path from that folder.
    ///
    /// # Errors
    /// The folder cannot be read. An overriding folder may be missing.
    pub fn files(&self, folder: &str, ending: &str) -> io::Result<BTreeMap<String, AssetFile>> {
        let mut files = self.own_files(folder, ending)?;
        files.append(&mut self.overriding_files(folder, ending)?);
        Ok(files)
    }

    /// The same files, and after each of ours the one that overrides it: for formats where a file replaces
    /// parts of another one.
    ///
    /// # Errors
    /// As [`Assets::files`].
    pub fn layers(&self, folder: &str, ending: &str) -> io::Result<Vec<AssetFile>> {
        let (own, overriding) = (self.own_files(folder, ending)?, self.overriding_files(folder, ending)?);
        Ok(own.into_values().chain(overriding.into_values()).collect())
    }

    /// The overriding files that replace none of ours: an addition, or a name with a mistake.
    ///
    /// # Errors
    /// As [`Assets::files`].
    pub fn additions(&self) -> io::Result<Vec<AssetFile>> {
        let mut additions = Vec::new();
        for folder in ASSET_FOLDERS {
            let own = self.own_files(folder, "")?;
            // A file of messages replaces single ones, whatever its name.
            let added = self
                .overriding_files(folder, "")?
                .into_iter()
                .filter(|(name, _)| !own.contains_key(name) && !name.ends_with(".ftl"));
            additions.extend(added.map(|(_, file)| file));
        }
        Ok(additions)
    }

    fn own_files(&self, folder: &str, ending: &str) -> io::Result<BTreeMap<String, AssetFile>> {
        let Some(own) = &self.own else { return Ok(embedded(folder, ending)) };
        let mut files = BTreeMap::new();
        collect(&own.join(folder), "", ending, false, &mut files)?;
        Ok(files)
    }

    fn overriding_files(&self, folder: &str, ending: &str) -> io::Result<BTreeMap<String, AssetFile>> {
        let mut files = BTreeMap::new();
        if let Some(root) = self.overrides.as_ref().map(|root| root.join(folder)).filter(|root| root.is_dir())
        {
            collect(&root, "", ending, true, &mut files)?;
        }
        Ok(files)
    }
}

/// Where the files come from, for the log.
impl fmt::Display for Assets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.own {
            None => f.write_str("those in the program")?,
            Some(own) => write!(f, "those in ASSETS_DIR ({})", own.display())?,
        }
        match &self.overrides {
            None => Ok(()),
            Some(overrides) => write!(f, ", some replaced by OVERRIDES_DIR ({})", overrides.display()),
        }
    }
}

/// The files in the program below a folder.
fn embedded(folder: &str, ending: &str) -> BTreeMap<String, AssetFile> {
    type Get = fn(&str) -> Option<EmbeddedFile>;
    let templates = Templates::iter().map(|path| (path, Templates::get as Get));
    let files = templates
        .chain(Static::iter().map(|path| (path, Static::get as Get)))
        .chain(Locales::iter().map(|path| (path, Locales::get as Get)));
    let found = files.filter_map(|(path, get)| {
        let name = path.strip_prefix(folder)?.strip_prefix('/')?;
        let is_hidden = name.split('/').any(|part| part.starts_with('.'));
        let wanted = !is_hidden && name.ends_with(ending);
        let content = wanted.then(|| get(&path)).flatten()?.data;
        let place = Place::Program { path: path.to_string(), content };
        Some((name.to_owned(), AssetFile { place, is_override: false }))
    });
    found.collect()
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
    for entry in fs::read_dir(folder).map_err(named)? {
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
            files.insert(name, AssetFile { place: Place::Disk(path), is_override });
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
        assert_eq!(
            files["pages/b.html"].to_string(),
            over.join("templates/pages/b.html").display().to_string()
        );
        assert_eq!(assets.layers("templates", ".html").unwrap().len(), 4);
        let additions = assets.additions().unwrap().into_iter().map(|file| file.place);
        let added = ["templates/b.txt", "templates/c.html"].map(|file| Place::Disk(over.join(file)));
        assert_eq!(additions.collect::<Vec<_>>(), added);
        assert!(assets.files("nothing", "").is_err());
        assert_eq!(assets.without_overrides(), Assets::new(own, None));
    }

    #[test]
    fn the_program_holds_the_same_files_as_the_folders_of_the_sources() {
        let (program, sources) =
            (Assets::embedded(None), Assets::new(env!("CARGO_MANIFEST_DIR").into(), None));
        for folder in ASSET_FOLDERS.into_iter().chain(["locales/de", "locales/en/mail"]) {
            let contents = |assets: &Assets| -> BTreeMap<String, Vec<u8>> {
                let files = assets.files(folder, "").unwrap().into_iter();
                files.map(|(name, file)| (name, file.read().unwrap().into_owned())).collect()
            };
            assert!(!contents(&sources).is_empty(), "{folder}");
            assert_eq!(contents(&program), contents(&sources), "{folder}");
        }
        let icon = program.own_file("static", "icon.svg").unwrap();
        assert!(matches!(icon, Cow::Borrowed(_)), "it is in the program, not read from the sources");
        assert_eq!(icon, sources.own_file("static", "icon.svg").unwrap());
        assert!(program.own_file("static", "none.svg").unwrap_err().to_string().contains("static/none.svg"));
    }

    #[test]
    fn a_file_replaces_one_in_the_program() {
        let over = tempfile::tempdir().unwrap();
        std::fs::create_dir(over.path().join("static")).unwrap();
        std::fs::write(over.path().join("static/app.css"), "ours").unwrap();
        let assets = Assets::embedded(Some(over.path().to_owned()));
        let files = assets.files("static", "").unwrap();
        assert_eq!(
            (files["app.css"].read().unwrap().as_ref(), files["app.css"].is_override),
            (&b"ours"[..], true)
        );
        assert!(!files["icon.svg"].is_override && assets.additions().unwrap().is_empty());
        assert_ne!(assets.own_file("static", "app.css").unwrap().as_ref(), b"ours");
        let shown = assets.to_string();
        assert!(shown.starts_with("those in the program, some replaced by OVERRIDES_DIR ("), "{shown}");
    }
}
