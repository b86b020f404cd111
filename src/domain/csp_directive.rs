//! The names of directives in a Content-Security-Policy, and the one directive that a page may open.

use super::ReturnOrigin;

/// The directive that says who may frame a page.
pub const FRAME_ANCESTORS: &str = "frame-ancestors";

/// Every directive of CSP3 and of the specifications that extend it, and those that were removed.
pub const DIRECTIVES: [&str; 31] = [
    "default-src",
    "script-src",
    "script-src-elem",
    "script-src-attr",
    "style-src",
    "style-src-elem",
    "style-src-attr",
    "img-src",
    "font-src",
    "connect-src",
    "media-src",
    "object-src",
    "child-src",
    "frame-src",
    "worker-src",
    "manifest-src",
    "fenced-frame-src",
    "base-uri",
    "sandbox",
    "form-action",
    FRAME_ANCESTORS,
    "webrtc",
    "report-uri",
    "report-to",
    "require-trusted-types-for",
    "trusted-types",
    "upgrade-insecure-requests",
    "block-all-mixed-content",
    "prefetch-src",
    "plugin-types",
    "navigate-to",
];

/// The targets of forms in the policy of every page of ours: ourselves.
pub const OWN_FORMS: &str = "form-action 'self'";

/// The policy of a page whose forms may end on the site of one application: browsers apply `form-action` to the redirect
/// after a form, too (CSP3 §4.2). The header and the meta tag are both made by this function.
#[must_use]
pub fn leading_to(policy: &str, origin: &ReturnOrigin) -> String {
    policy.replacen(OWN_FORMS, &format!("{OWN_FORMS} {origin}"), 1)
}
