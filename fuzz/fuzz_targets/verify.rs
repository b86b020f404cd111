//! Responses as `verify` reads and judges them: header lines, a policy, HTML.
#![no_main]

use libfuzzer_sys::fuzz_target;
use unframed::verify::judge::{Circumstances, Reach, ServerProgram, judge, reach};
use unframed::verify::response::{FrameContent, Response};

fuzz_target!(|bytes: &[u8]| {
    let end = bytes.windows(4).position(|four| four == b"\r\n\r\n").map_or(bytes.len(), |at| at + 4);
    let (head, body) = bytes.split_at(end);
    let Some(mut response) = Response::head(head) else { return };
    response.body = body.to_vec();
    let server = ServerProgram::of(&response);
    for circumstances in [
        Circumstances { https: true, server, ..Circumstances::default() },
        Circumstances { strict: true, unframed: true, pages_are_denied: true, ..Circumstances::default() },
        Circumstances { is_loopback: true, is_address: true, malformed: true, ..Circumstances::default() },
    ] {
        let findings = judge(&response, circumstances);
        assert!(findings.is_sorted_by_key(|finding| std::cmp::Reverse(finding.severity)));
        assert!(findings.iter().all(|finding| !finding.what.is_empty()));
    }
    let _ = FrameContent::of(&response);
    let names = ["x-frame-options", "content-security-policy"];
    if names.iter().all(|name| response.first(name).is_none()) {
        assert_eq!(reach(&response), Reach::Anyone);
    }
    // One more policy can only take pages away, and this one takes all.
    response.fields.push(("content-security-policy".to_owned(), "frame-ancestors 'none'".to_owned()));
    assert_eq!(reach(&response), Reach::Nobody);
});
