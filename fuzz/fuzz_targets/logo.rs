//! The file of a logo: an accepted SVG has no script, and is accepted again.
#![no_main]

use libfuzzer_sys::fuzz_target;
use unframed::config::{LOGO_SVG, Logo};

fuzz_target!(|bytes: &[u8]| {
    let Ok(logo) = Logo::of(bytes.to_vec()) else { return };
    assert_eq!(logo.bytes, bytes);
    if logo.file_name == LOGO_SVG {
        let text = std::str::from_utf8(bytes).expect("an SVG in UTF-8").to_ascii_lowercase();
        // Only a comment and a CDATA section may hold `<` as text.
        if !text.contains("<!") {
            assert!(!text.contains("<script") && !text.contains("<foreignobject") && !text.contains("<a "));
        }
        assert!(!text.contains("<!doctype") || text.contains("<!--") || text.contains("<![cdata["));
    }
});
