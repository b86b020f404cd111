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

    /// The query with which the sign-in pages go on to this path: `?next=…`.
    #[must_use]
    pub fn query(&self) -> String {
        let mut pairs = url::form_urlencoded::Serializer::new(String::new());
        format!("?{}", pairs.append_pair("next", &self.0).finish())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::domain::any_text::{config, made_of, text};

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

    fn typed() -> impl Strategy<Value = String> {
        let path = made_of(&[
            "/",
            "//",
            "\\",
            ".",
            "..",
            "%2e",
            "%2f",
            "%5c",
            "?",
            "#",
            ":",
            "@",
            "https:",
            "evil.example",
            "settings",
            "\t",
        ]);
        prop_oneof![1 => text(), 3 => path.prop_map(|path| format!("/{path}"))]
    }

    proptest! {
        #![proptest_config(config())]

        #[test]
        fn an_accepted_path_never_leads_to_another_site(typed in typed()) {
            let Some(path) = LocalPath::parse(&typed) else { return Ok(()) };
            let path_text = path.as_str();
            prop_assert_eq!(LocalPath::parse(path_text), Some(path.clone()));
            prop_assert!(path_text.starts_with('/') && !path_text.starts_with("//"));
            prop_assert!(path_text.len() <= LocalPath::MAX_BYTES);
            prop_assert!(path_text.bytes().all(|b| b.is_ascii_graphic() && !b"?#\\".contains(&b)));
            for page in ["https://account.example", "http://localhost:8080/sign-in?next=%2F", "https://a.example/b/c"]
            {
                let page = url::Url::parse(page).unwrap();
                let target = page.join(path_text).unwrap();
                prop_assert_eq!(target.origin(), page.origin());
                prop_assert!(!target.path().starts_with("//") && target.query().is_none());
            }
        }
    }
}
