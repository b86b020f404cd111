//! `robots.txt` as `verify` reads it: without a rule everything is allowed, and neither line ends nor comments matter.
#![no_main]

use libfuzzer_sys::fuzz_target;
use unframed::verify::robots::Robots;
use unframed_fuzz::own;
use url::Url;

fuzz_target!(|text: &str| {
    let site = Url::parse(own().as_str()).expect("a URL");
    let paths = ["/", "/private/open?x=1", "/a.pdf", "/%7Eada/%C3%A4", "/aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"];
    let allowed = |text: &str| {
        let robots = Robots::parse(text);
        paths.map(|path| robots.allows(&site.join(path).expect("a URL")))
    };
    let known = allowed(text);
    if !text.to_ascii_lowercase().contains("disallow") {
        assert_eq!(known, [true; 5]);
    }
    if !text.contains('\r') {
        assert_eq!(allowed(&text.replace('\n', " # x\r\n")), known);
    }
    if !text.contains(':') {
        assert_eq!(allowed(&format!("User-agent: unframed-verify\nDisallow: /\n\n{text}")), [false; 5]);
    }
});
