//! A response as it comes in, after one byte that is the size of its pieces: that size does not matter, and nothing is
//! read beyond a bound.
#![no_main]

use libfuzzer_sys::fuzz_target;
use unframed::verify::response::Response;
use unframed::verify::wire::incoming::{IncomingResponse, NotHttp};

fn read(bytes: &[u8], size: usize, bodiless: bool) -> Result<Option<Response>, NotHttp> {
    let mut incoming = IncomingResponse::new(bodiless);
    for piece in bytes.chunks(size) {
        incoming.buffer().extend_from_slice(piece);
        if let Some(response) = incoming.read(false)? {
            return Ok(Some(response));
        }
    }
    incoming.read(true)
}

fuzz_target!(|input: &[u8]| {
    let Some((size, bytes)) = input.split_first() else { return };
    for bodiless in [false, true] {
        // An error quotes what has come so far.
        let whole = read(bytes, bytes.len().max(1), bodiless).ok();
        assert_eq!(read(bytes, 1 + usize::from(*size), bodiless).ok(), whole);
        if let Some(response) = whole.flatten() {
            assert!(response.body.len() <= bytes.len() && (response.body.is_empty() || !bodiless));
            assert!(response.status == 101 || !(100..200).contains(&response.status));
        }
    }
});
