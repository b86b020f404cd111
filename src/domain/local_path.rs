//! The page to return to after sign-in: a path of this site, never another site.

/// A path of this site: one leading `/`, printable ASCII only, without a query. A query such as `?done=saved`
/// shows a message, and a link through the sign-in page must not be able to forge that message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LocalPath(String);

impl LocalPath {
    /// The maximum length in bytes.
    pub const MAX_BYTES: usize = 512;

    /// Parses a path, and drops its query.
    ///
    /// `None` for everything that a browser could resolve to another site: `//host`, `/\host`, a scheme, a
    /// control character (WHATWG URL drops tabs and line breaks), or dot segments that end in `//host`.
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
    fn only_a_path_of_this_site_is_accepted() {
        for (typed, path) in [
            ("/", "/"),
            ("/settings", "/settings"),
            ("/settings/sessions?a=b&c=%2F%2Fevil.example", "/settings/sessions"),
            ("/?done=kept?done=saved", "/"),
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
