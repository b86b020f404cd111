//! The values of the two headers that say who may frame a response.

use crate::domain::Origin;

/// The sites that may frame a response.
///
/// `X-Frame-Options: DENY` goes out in either case: browsers ignore it beside frame-ancestors (HTML
/// §7.4.5, "check a navigation response's adherence to X-Frame-Options"), and where a proxy has
/// stripped the policy it fails closed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FramePolicy {
    /// No site, not even our own.
    Deny,
    /// These sites. Every ancestor of the frame must be one of them.
    AllowOrigins {
        /// The first site: the list is never empty.
        first: Origin,
        /// The other sites.
        others: Vec<Origin>,
    },
}

impl FramePolicy {
    /// The value of X-Frame-Options (RFC 7034), always.
    pub const X_FRAME_OPTIONS: &str = "DENY";

    /// The value of the directive frame-ancestors (CSP3 §6.4.2).
    #[must_use]
    pub fn ancestors(&self) -> String {
        match self {
            Self::Deny => "'none'".to_owned(),
            Self::AllowOrigins { first, others } => {
                std::iter::once(first).chain(others).map(Origin::as_str).collect::<Vec<_>>().join(" ")
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn none_never_shares_a_list_with_an_origin() {
        assert_eq!(FramePolicy::Deny.ancestors(), "'none'");
        let allowed = FramePolicy::AllowOrigins {
            first: Origin::parse("https://partner.example").unwrap(),
            others: vec![Origin::parse("https://other.example:8443/").unwrap()],
        };
        assert_eq!(allowed.ancestors(), "https://partner.example https://other.example:8443");
    }
}
