//! Where to go after signing in: a path of this site and nothing else.

/// A path of this site: starts with one `/`, printable ASCII only. It keeps no query: ours say what was
/// just done, and no link is to say that by way of the sign-in page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LocalPath(String);

impl LocalPath {
    /// The most bytes that are taken along.
    pub const MAX_BYTES: usize = 512;

    /// `None` for whatever a browser could read as another site: `//host`, `/\host`, a scheme, a
    /// control character (WHATWG URL drops tabs and line breaks), or a path that leads out by dots.
    #[must_use]
    pub fn parse(typed: &str) -> Option<Self> {
        let tail = typed.strip_prefix('/')?;
        let safe = typed.len() <= Self::MAX_BYTES
            && !tail.starts_with(['/', '\\'])
            && typed.bytes().all(|b| b.is_ascii_graphic() && b != b'\\' && b != b'#');
        if !safe {
            return None;
        }
        let base = url::Url::parse("http://localhost").ok()?;
        let joined = base.join(typed).ok()?;
        let stays = joined.origin() == base.origin() && !joined.path().starts_with("//");
        let path = typed.split_once('?').map_or(typed, |(path, _)| path);
        stays.then(|| Self(path.to_owned()))
    }

    /// The path.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_paths_of_this_site_pass() {
        for (typed, path) in [
            ("/", "/"),
            ("/settings", "/settings"),
            ("/settings/sessions?a=b&c=%2F%2Fevil.example", "/settings/sessions"),
            ("/?kept?saved", "/"),
        ] {
            assert_eq!(LocalPath::parse(typed).unwrap().as_str(), path);
        }
        for path in [
            "",
            "settings",
            "//evil.example",
            "/\\evil.example",
            "/\t/evil.example",
            "/\n/evil.example",
            "https://evil.example",
            "javascript:alert(1)",
            "\\\\evil.example",
            " /settings",
            "/a b",
            "/é",
            "/x/..//evil.example",
            "/.//evil.example",
            "/%2e//evil.example",
            "/#x",
        ] {
            assert_eq!(LocalPath::parse(path), None, "{path:?}");
        }
        assert_eq!(LocalPath::parse(&format!("/{}", "x".repeat(600))), None);
    }
}
