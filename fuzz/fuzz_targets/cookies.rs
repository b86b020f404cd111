//! The header `Cookie`: a token is exactly the cookie's text, and no device is known that we did not sign.
#![no_main]

use std::sync::LazyLock;

use actix_web::http::header::{COOKIE, HeaderValue};
use actix_web::test::TestRequest;
use chrono::DateTime;
use libfuzzer_sys::fuzz_target;
use unframed::security::device_cookie::DeviceCookie;
use unframed::security::session_cookie::SessionCookie;
use unframed_fuzz::{keys, own};
use uuid::Uuid;

static DEVICES: LazyLock<DeviceCookie> = LazyLock::new(|| DeviceCookie::new(&own(), &keys()));
const ADA: Uuid = Uuid::from_u128(7);

fuzz_target!(|header: &str| {
    let Ok(value) = HeaderValue::from_str(header) else { return };
    let request = TestRequest::default().insert_header((COOKIE, value)).to_http_request();
    for cookie in [SessionCookie::new(&own()), SessionCookie::of_pending_sign_in(&own())] {
        if let Some(token) = cookie.read(&request) {
            // The value may have been percent-encoded.
            let named = header.contains(&token.encode()) || header.contains('%');
            assert!(named, "the header does not hold the token");
        }
    }
    let now = DateTime::from_timestamp(1_796_000_000, 0).expect("a moment");
    assert!(DEVICES.known(&request, ADA, None, now).is_none(), "a forged device");
    let carried = DEVICES.carry(&request, ADA, now).expect("random bytes");
    let request = TestRequest::default().cookie(carried).to_http_request();
    assert!(DEVICES.known(&request, ADA, None, now).is_some());
});
