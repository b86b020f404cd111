//! `Accept-Language`: every header has an answer.
#![no_main]

use actix_web::http::header::{ACCEPT_LANGUAGE, HeaderValue};
use actix_web::test::TestRequest;
use libfuzzer_sys::fuzz_target;
use unframed::security::accept_language;

fuzz_target!(|header: &[u8]| {
    let Ok(value) = HeaderValue::from_bytes(header) else { return };
    let request = TestRequest::default().insert_header((ACCEPT_LANGUAGE, value)).to_http_request();
    assert_eq!(accept_language::preferred(&request), accept_language::asked(&request).unwrap_or_default());
});
