//! The header set of every response, decided once at start.

use actix_web::http::header::{self, HeaderMap, HeaderName, HeaderValue};

use super::content_security_policy::{ContentSecurityPolicy, ScriptDigest};
use super::frame_policy::FramePolicy;

/// The browser features that our pages never use, switched off for them and for anything they load
/// (OWASP Secure Headers Project, `ci/headers_add.json`).
macro_rules! permissions {
    ($passkeys:literal) => {
        concat!(
            "accelerometer=(), autoplay=(), camera=(), cross-origin-isolated=(), display-capture=(), ",
            "encrypted-media=(), fullscreen=(), geolocation=(), gyroscope=(), keyboard-map=(), magnetometer=(), ",
            "microphone=(), midi=(), payment=(), picture-in-picture=(), publickey-credentials-get=",
            $passkeys,
            ", publickey-credentials-create=",
            $passkeys,
            ", screen-wake-lock=(), sync-xhr=(), usb=(), web-share=(), xr-spatial-tracking=(), clipboard-read=(), ",
            "clipboard-write=(), gamepad=(), hid=(), idle-detection=(), serial=(), unload=()"
        )
    };
}

const PERMISSIONS: &str = permissions!("()");
const PERMISSIONS_WITH_PASSKEYS: &str = permissions!("(self)");

/// A set of security headers for responses, fixed at start.
#[derive(Clone, Debug)]
pub struct SecurityHeaders {
    fields: Vec<(HeaderName, HeaderValue)>,
    meta: String,
}

impl SecurityHeaders {
    /// The headers for pages that no site may frame.
    #[must_use]
    pub fn new(https: bool) -> Self {
        Self::framed_by(&FramePolicy::Deny, https)
    }

    /// The headers for pages that the sites of `frame` may frame.
    #[must_use]
    pub fn framed_by(frame: &FramePolicy, https: bool) -> Self {
        Self::with(&ContentSecurityPolicy::new(frame, https), frame, https)
    }

    /// The headers for pages that run the one script that we have. It may create passkeys and ask for them; a frame
    /// inside the page may not.
    #[must_use]
    pub fn scripted(script: &ScriptDigest, https: bool) -> Self {
        let policy = ContentSecurityPolicy::scripted(script, https);
        let mut headers = Self::with(&policy, &FramePolicy::Deny, https);
        headers.replace(&header::PERMISSIONS_POLICY, PERMISSIONS_WITH_PASSKEYS);
        headers
    }

    /// The headers for a document that stands alone. Its policy has a sandbox, beside which browsers refuse another
    /// opener policy than this one (HTML, "cross-origin opener policies").
    #[must_use]
    pub fn standalone(https: bool) -> Self {
        let mut headers = Self::with(&ContentSecurityPolicy::standalone(), &FramePolicy::Deny, https);
        headers.replace(&header::CROSS_ORIGIN_OPENER_POLICY, "unsafe-none");
        headers
    }

    fn replace(&mut self, name: &HeaderName, value: &'static str) {
        for (_, field) in self.fields.iter_mut().filter(|(found, _)| found == name) {
            *field = HeaderValue::from_static(value);
        }
    }

    fn with(policy: &ContentSecurityPolicy, frame: &FramePolicy, https: bool) -> Self {
        // A page under Cross-Origin-Embedder-Policy frames only what says that it may be used there.
        let resource = match frame {
            FramePolicy::Deny => "same-origin",
            FramePolicy::AllowOrigins { .. } => "cross-origin",
        };
        #[expect(
            clippy::expect_used,
            reason = "rendered from constants and parsed origins; run by every test that starts the app"
        )]
        let csp = HeaderValue::from_str(&policy.header()).expect("a policy is printable ASCII");
        let text = HeaderValue::from_static;
        let mut fields = vec![
            (header::CONTENT_SECURITY_POLICY, csp),
            (header::X_FRAME_OPTIONS, text(FramePolicy::X_FRAME_OPTIONS)),
            (header::X_CONTENT_TYPE_OPTIONS, text("nosniff")),
            // Not `no-referrer`: under it browsers send `Origin: null` with our own forms.
            (header::REFERRER_POLICY, text("same-origin")),
            (header::CROSS_ORIGIN_OPENER_POLICY, text("same-origin")),
            (header::CROSS_ORIGIN_RESOURCE_POLICY, text(resource)),
            (header::CROSS_ORIGIN_EMBEDDER_POLICY, text("require-corp")),
            (header::PERMISSIONS_POLICY, text(PERMISSIONS)),
            // A fragment in a link neither scrolls nor focuses: a held key finds no button.
            (HeaderName::from_static("document-policy"), text("force-load-at-top")),
            (HeaderName::from_static("x-permitted-cross-domain-policies"), text("none")),
            (header::X_DNS_PREFETCH_CONTROL, text("off")),
        ];
        if https {
            fields.push((header::STRICT_TRANSPORT_SECURITY, text("max-age=63072000; includeSubDomains")));
        }
        Self { fields, meta: policy.meta() }
    }

    /// The content of the layout's meta tag.
    #[must_use]
    pub fn meta_policy(&self) -> &str {
        &self.meta
    }

    /// Sets these headers on a response and replaces former values. A response without Cache-Control gets
    /// `no-store`: it may depend on a session, and its texts are in the language that the browser asks for.
    pub fn apply(&self, headers: &mut HeaderMap) {
        for (name, value) in &self.fields {
            headers.insert(name.clone(), value.clone());
        }
        headers.remove(header::SERVER);
        if !headers.contains_key(header::CACHE_CONTROL) {
            headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
            let by_origin = headers.contains_key(header::VARY);
            let vary = if by_origin { "Origin, Accept-Language" } else { "Accept-Language" };
            headers.insert(header::VARY, HeaderValue::from_static(vary));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scripted_page_differs_in_its_policy_and_in_the_use_of_passkeys_alone() {
        let (plain, scripted) =
            (SecurityHeaders::new(true), SecurityHeaders::scripted(&ScriptDigest::of(b"abc"), true));
        let mut different = Vec::new();
        for ((name, value), (other, scripted)) in plain.fields.iter().zip(&scripted.fields) {
            assert_eq!(name, other);
            if value != scripted {
                different.push(name.as_str());
            }
        }
        assert_eq!(different, ["content-security-policy", "permissions-policy"]);
        let used = PERMISSIONS_WITH_PASSKEYS.replace(
            "publickey-credentials-get=(self), publickey-credentials-create=(self)",
            "publickey-credentials-get=(), publickey-credentials-create=()",
        );
        assert_eq!(used, PERMISSIONS);
    }
}
