//! What a proxy may lose on the way.

/// What the proxy makes of requests and responses. Where one wall is lost, the proxy takes all but
/// one of the others too: each is seen to hold alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Condition {
    /// Everything arrives.
    Intact,
    /// No X-Frame-Options, no Sec-Fetch in the requests: frame-ancestors is alone.
    WithoutXfo,
    /// No policy, no Sec-Fetch in the requests: X-Frame-Options is alone.
    WithoutCsp,
    /// No security header at all: the gate is alone.
    WithoutAny,
    /// SAMEORIGIN before our DENY, no policy, no Sec-Fetch in the requests.
    DoubledXfo,
    /// Every security header gone, and Sec-Fetch of the requests too: nothing is left of the walls
    /// against frames. Attacks succeed; that is what the others are compared with.
    Blind,
}

impl Condition {
    /// Those under which no frame may work.
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
