//! The header set of every response, decided once at start.

use actix_web::http::header::{self, HeaderMap, HeaderName, HeaderValue};

use super::content_security_policy::ContentSecurityPolicy;
use super::frame_policy::FramePolicy;

/// The browser features that our pages never use, switched off for them and for anything they load
/// (OWASP Secure Headers Project, `ci/headers_add.json`).
const PERMISSIONS: &str = "accelerometer=(), autoplay=(), camera=(), cross-origin-isolated=(), display-capture=(), \
    encrypted-media=(), fullscreen=(), geolocation=(), gyroscope=(), keyboard-map=(), magnetometer=(), microphone=(), \
    midi=(), payment=(), picture-in-picture=(), publickey-credentials-get=(), publickey-credentials-create=(), \
    screen-wake-lock=(), sync-xhr=(), usb=(), web-share=(), xr-spatial-tracking=(), clipboard-read=(), \
    clipboard-write=(), gamepad=(), hid=(), idle-detection=(), serial=(), unload=()";

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

    /// The headers for a document that stands alone. Its policy has a sandbox, beside which browsers refuse another
    /// opener policy than this one (HTML, "cross-origin opener policies").
    #[must_use]
    pub fn standalone(https: bool) -> Self {
        let mut headers = Self::with(&ContentSecurityPolicy::standalone(), &FramePolicy::Deny, https);
        for (name, value) in &mut headers.fields {
            if *name == header::CROSS_ORIGIN_OPENER_POLICY {
                *value = HeaderValue::from_static("unsafe-none");
            }
        }
        headers
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
            headers.insert(header::VARY, HeaderValue::from_static("Accept-Language"));
        }
    }
}
