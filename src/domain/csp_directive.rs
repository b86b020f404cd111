//! The names of directives in a Content-Security-Policy.

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
