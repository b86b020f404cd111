//! The Content-Security-Policy (W3C CSP Level 3): one typed value, from which both the header and
//! the layout's meta tag are rendered.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest as _, Sha256};

use super::frame_policy::FramePolicy;
pub use crate::domain::csp_directive::{DIRECTIVES, FRAME_ANCESTORS};

/// The digest of the one script that a page may run, as policies and the attribute `integrity` name it (SRI §3.5).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScriptDigest(String);

impl ScriptDigest {
    /// The digest of a script.
    #[must_use]
    pub fn of(script: &[u8]) -> Self {
        Self(format!("sha256-{}", STANDARD.encode(Sha256::digest(script))))
    }

    /// The digest as text: `sha256-…`.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Why a directive is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PolicyProblem {
    /// No specification has it: browsers would ignore it.
    #[error("{0} is no directive of a Content-Security-Policy")]
    Unknown(String),
    /// The list of sites that may frame a page has a place of its own.
    #[error("frame-ancestors follows from the sites that may frame a page")]
    FrameAncestors,
    /// The value has a character that ends the directive, or that no header may have.
    #[error("the value of {0} has a semicolon, a comma, a quotation mark or a character outside ASCII")]
    Value(&'static str),
}

/// A policy for what a page may load and run, where its forms may go, and which sites may frame it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ContentSecurityPolicy {
    directives: Vec<Directive>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Directive {
    name: &'static str,
    value: String,
    /// Browsers ignore frame-ancestors, report-uri and sandbox in a meta tag (CSP3 §3.3).
    in_meta: bool,
}

impl ContentSecurityPolicy {
    /// The policy of nearly every page: no script at all, styles and images of our own, forms to ourselves.
    #[must_use]
    pub fn new(frame: &FramePolicy, https: bool) -> Self {
        Self::of("'none'", frame, https)
    }

    /// The same policy for a page that runs one script, and that no site may frame. The browser runs the file only if
    /// its content has this digest (CSP3 §8.4). Without `connect-src` the script can ask no server for anything.
    #[must_use]
    pub fn scripted(script: &ScriptDigest, https: bool) -> Self {
        Self::of(&format!("'{}'", script.as_str()), &FramePolicy::Deny, https)
    }

    /// The policy of another application that no site may frame: no script at all, styles and images of its own, forms to
    /// itself. [`Self::with`] opens what it needs.
    #[must_use]
    pub fn for_site(https: bool) -> Self {
        let mut policy = Self::new(&FramePolicy::Deny, https);
        // Our own endpoint for reports.
        policy.directives.retain(|directive| directive.name != "report-uri");
        policy
    }

    /// The same policy with another value of one directive.
    ///
    /// # Errors
    /// A [`PolicyProblem`]: the value would not arrive at the browser as it is meant.
    pub fn with(mut self, name: &str, value: &str) -> Result<Self, PolicyProblem> {
        let name = DIRECTIVES
            .into_iter()
            .find(|known| *known == name)
            .ok_or_else(|| PolicyProblem::Unknown(name.to_owned()))?;
        if name == FRAME_ANCESTORS {
            return Err(PolicyProblem::FrameAncestors);
        }
        // A comma ends the policy in a list of header values, and a semicolon the directive.
        if !value.bytes().all(|byte| (byte.is_ascii_graphic() || byte == b' ') && !b";,\"".contains(&byte)) {
            return Err(PolicyProblem::Value(name));
        }
        let in_meta = !matches!(name, "report-uri" | "sandbox");
        let directive = Directive { name, value: value.to_owned(), in_meta };
        match self.directives.iter_mut().find(|found| found.name == name) {
            Some(found) => *found = directive,
            None => self.directives.push(directive),
        }
        Ok(self)
    }

    /// The same policy for a page that the sites of `frame` may frame.
    #[must_use]
    pub fn framed_by(&self, frame: &FramePolicy) -> Self {
        let mut policy = self.clone();
        for directive in policy.directives.iter_mut().filter(|found| found.name == FRAME_ANCESTORS) {
            directive.value = frame.ancestors();
        }
        policy
    }

    fn of(scripts: &str, frame: &FramePolicy, https: bool) -> Self {
        let meta = |name, value: &str| Directive { name, value: value.to_owned(), in_meta: true };
        let header_only = |name, value: String| Directive { name, value, in_meta: false };
        let mut directives = vec![
            meta("default-src", "'none'"),
            meta("script-src", scripts),
            meta("object-src", "'none'"),
            meta("style-src", "'self'"),
            meta("img-src", "'self'"),
            meta("form-action", "'self'"),
            meta("base-uri", "'none'"),
            header_only(FRAME_ANCESTORS, frame.ancestors()),
            meta("require-trusted-types-for", "'script'"),
            meta("trusted-types", "'none'"),
            // Not beside `report-to`: that silences the reports of frame-ancestors in browsers.
            header_only("report-uri", "/reports".to_owned()),
        ];
        if https {
            directives.push(meta("upgrade-insecure-requests", ""));
        }
        Self { directives }
    }

    /// The policy of a document that stands alone: a mail as mail programs show it, or an SVG. It has styles and
    /// images of its own, and nothing else.
    #[must_use]
    pub fn standalone() -> Self {
        let only = |name, value: &str| Directive { name, value: value.to_owned(), in_meta: false };
        Self {
            directives: vec![
                only("default-src", "'none'"),
                only("script-src", "'none'"),
                only("style-src", "'unsafe-inline'"),
                only("img-src", "data:"),
                only("form-action", "'none'"),
                only("base-uri", "'none'"),
                only(FRAME_ANCESTORS, &FramePolicy::Deny.ancestors()),
                only("sandbox", ""),
            ],
        }
    }

    /// The header's value.
    #[must_use]
    pub fn header(&self) -> String {
        render(self.directives.iter())
    }

    /// The meta tag's content: the directives that browsers honour there. It does **not** stop framing.
    #[must_use]
    pub fn meta(&self) -> String {
        render(self.directives.iter().filter(|directive| directive.in_meta))
    }
}

fn render<'a>(directives: impl Iterator<Item = &'a Directive>) -> String {
    let parts: Vec<String> = directives
        .map(|directive| format!("{} {}", directive.name, directive.value).trim_end().to_owned())
        .collect();
    parts.join("; ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn header_and_meta_tag_come_from_one_policy() {
        let policy = ContentSecurityPolicy::new(&FramePolicy::Deny, false);
        assert_eq!(
            policy.header(),
            "default-src 'none'; script-src 'none'; object-src 'none'; style-src 'self'; img-src 'self'; \
             form-action 'self'; base-uri 'none'; frame-ancestors 'none'; \
             require-trusted-types-for 'script'; trusted-types 'none'; report-uri /reports"
        );
        let meta = policy.header().replace("frame-ancestors 'none'; ", "");
        assert_eq!(policy.meta(), meta.trim_end_matches("; report-uri /reports"));
        let https = ContentSecurityPolicy::new(&FramePolicy::Deny, true);
        assert!(https.header().ends_with("; upgrade-insecure-requests"));
        let mail = ContentSecurityPolicy::standalone();
        assert_eq!(
            mail.header(),
            "default-src 'none'; script-src 'none'; style-src 'unsafe-inline'; img-src data:; form-action 'none'; \
             base-uri 'none'; frame-ancestors 'none'; sandbox"
        );
        let script = ScriptDigest::of(b"abc");
        assert_eq!(script.as_str(), "sha256-ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0=");
        let scripted = ContentSecurityPolicy::scripted(&script, false);
        let named = format!("script-src '{}'", script.as_str());
        assert_eq!(scripted.header(), policy.header().replace("script-src 'none'", &named));
        assert_eq!(scripted.meta(), policy.meta().replace("script-src 'none'", &named));
        for directive in https.directives.iter().chain(&mail.directives) {
            assert!(DIRECTIVES.contains(&directive.name), "{}: there is no such directive", directive.name);
        }
    }
}
