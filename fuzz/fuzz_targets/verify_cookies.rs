//! Cookies of `verify`, as `file` or `lines`, line break, content: a cookie file, and Set-Cookie lines of a site. No
//! cookie ends a line of our requests, however much a site sets.
#![no_main]

use libfuzzer_sys::fuzz_target;
use unframed::verify::session::Credentials;
use unframed::verify::session::cookie_jar::CookieJar;
use unframed::verify::set_cookie::SetCookie;
use unframed_fuzz::own;
use url::Url;

fn file(text: &str) {
    let read = |text: &str| {
        let mut credentials = Credentials::default();
        let result = credentials.add_cookie_file(text);
        assert_eq!(result.is_err(), credentials.is_empty());
        result
    };
    if !text.contains('\r') {
        assert_eq!(read(text), read(&text.replace('\n', "\r\n")), "line ends do not matter");
    }
}

fn lines(text: &str) {
    let site = Url::parse(own().as_str()).expect("a URL");
    let (page, mut jar) = (site.join("/settings/email").expect("a URL"), CookieJar::new(&own()));
    for line in text.split('\n') {
        jar.learn(&page, &SetCookie::parse(line));
    }
    for path in ["/", "/settings", "/settings/email", "/settings/email/new"] {
        let header = jar.header(&site.join(path).expect("a URL")).unwrap_or_default();
        assert!(!header.contains(char::is_control), "{header:?}");
        assert!(header.len() <= 128 * 1024);
    }
}

fuzz_target!(|input: &str| {
    match (input.strip_prefix("file\n"), input.strip_prefix("lines\n")) {
        (Some(text), _) => file(text),
        (_, Some(text)) => lines(text),
        _ => {}
    }
});
