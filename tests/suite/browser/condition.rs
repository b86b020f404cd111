//! The headers that a proxy loses.

/// The condition in which requests and responses arrive. Where the proxy loses one protection it also
/// loses all others but one, so that a test sees each protection hold alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Condition {
    /// Everything arrives.
    Intact,
    /// No X-Frame-Options, no Sec-Fetch-* in the requests: only frame-ancestors is left.
    WithoutXfo,
    /// No Content-Security-Policy, no Sec-Fetch-* in the requests: only X-Frame-Options is left.
    WithoutCsp,
    /// No security header at all: only the gate, which reads Sec-Fetch-*, is left.
    WithoutAny,
    /// SAMEORIGIN before our DENY, no Content-Security-Policy, no Sec-Fetch-* in the requests.
    DoubledXfo,
    /// No security header and no Sec-Fetch-* in the requests: no protection against frames is left.
    /// Attacks succeed, which is the control for the other conditions.
    Blind,
}

impl Condition {
    /// The conditions under which no frame may work.
    pub const ALL: [Self; 5] =
        [Self::Intact, Self::WithoutXfo, Self::WithoutCsp, Self::WithoutAny, Self::DoubledXfo];

    pub fn name(self) -> &'static str {
        match self {
            Self::Intact => "intact",
            Self::WithoutXfo => "XFO stripped*",
            Self::WithoutCsp => "CSP stripped*",
            Self::WithoutAny => "all stripped",
            Self::DoubledXfo => "XFO doubled*",
            Self::Blind => "blind",
        }
    }

    pub fn blinds_the_gate(self) -> bool {
        !matches!(self, Self::Intact | Self::WithoutAny)
    }

    pub fn strips(self, name: &str) -> bool {
        const SECURITY: [&str; 11] = [
            "x-frame-options",
            "content-security-policy",
            "cross-origin-opener-policy",
            "cross-origin-resource-policy",
            "cross-origin-embedder-policy",
            "document-policy",
            "permissions-policy",
            "referrer-policy",
            "x-content-type-options",
            "strict-transport-security",
            "x-permitted-cross-domain-policies",
        ];
        match self {
            Self::Intact => false,
            Self::WithoutXfo => name == "x-frame-options",
            Self::WithoutCsp | Self::DoubledXfo => name == "content-security-policy",
            Self::WithoutAny | Self::Blind => SECURITY.contains(&name),
        }
    }
}
