//! How static files are sent: the encodings that a browser accepts, copies that it holds, and parts.

use std::io::Read as _;

use regex::Regex;
use reqwest::{Client, Method, Response};

use crate::harness::TestApp;
use crate::harness::database::private_folder;

async fn ask(app: &TestApp, method: Method, path: &str, fields: &[(&str, &str)]) -> Response {
    let mut request = Client::new().request(method, format!("http://{}{path}", app.address));
    for (name, value) in fields {
        request = request.header(*name, *value);
    }
    request.send().await.expect("an answer")
}

async fn get(app: &TestApp, path: &str, fields: &[(&str, &str)]) -> Response {
    ask(app, Method::GET, path, fields).await
}

/// The value of a field; "" without one. Panics if there are several.
fn field<'a>(response: &'a Response, name: &str) -> &'a str {
    let mut lines = response.headers().get_all(name).iter();
    let value = lines.next().map_or("", |value| value.to_str().unwrap());
    assert!(lines.next().is_none(), "{name} occurs twice");
    value
}

fn decoded(encoding: &str, body: &[u8]) -> Vec<u8> {
    let mut plain = Vec::new();
    match encoding {
        "br" => brotli::BrotliDecompress(&mut &*body, &mut plain).unwrap(),
        "gzip" => {
            flate2::read::GzDecoder::new(body).read_to_end(&mut plain).unwrap();
        }
        _ => plain.extend(body),
    }
    plain
}

#[tokio::test]
async fn a_file_is_sent_in_the_smallest_encoding_that_the_browser_accepts() {
    let app = TestApp::spawn().await;
    let path = app.state.static_files.url("app.css");
    let css = std::fs::read(concat!(env!("CARGO_MANIFEST_DIR"), "/static/app.css")).unwrap();
    let mut tags = std::collections::BTreeMap::new();
    let strong = Regex::new("^\"[0-9a-f]{16}\"$").unwrap();
    for (accepted, encoding) in [
        ("gzip, deflate, br, zstd", "br"),
        ("br", "br"),
        ("gzip", "gzip"),
        ("br;q=0, gzip", "gzip"),
        ("br;q=0.5, gzip;q=0.9", "gzip"),
        ("gzip;q=0", ""),
        ("identity, br;q=0.5", ""),
        ("identity;q=0.5, br;q=0.5", "br"),
        ("*", "br"),
        ("*, br;q=0", "gzip"),
        ("*;q=0, gzip", "gzip"),
        ("identity;q=0, *", "br"),
        ("identity;q=0, gzip", "gzip"),
        ("identity, *;q=0", ""),
        ("zstd", ""),
        ("made-up, another", ""),
        ("gzip;q=much", ""),
        ("", ""),
    ] {
        let response = get(&app, &path, &[("Accept-Encoding", accepted)]).await;
        assert_eq!(response.status(), 200, "{accepted}");
        assert_eq!(field(&response, "content-encoding"), encoding, "{accepted}");
        assert_eq!(field(&response, "vary"), "Accept-Encoding", "{accepted}");
        assert_eq!(field(&response, "content-type"), "text/css; charset=utf-8", "{accepted}");
        assert_eq!(field(&response, "cache-control"), "public, max-age=31536000, immutable", "{accepted}");
        assert_eq!(field(&response, "x-frame-options"), "DENY", "{accepted}");
        let (tag, length) =
            (field(&response, "etag").to_owned(), field(&response, "content-length").to_owned());
        assert!(strong.is_match(&tag), "a strong one: {tag}");
        assert_eq!(*tags.entry(encoding).or_insert_with(|| tag.clone()), tag, "{accepted}");
        let body = response.bytes().await.unwrap();
        assert_eq!(length, body.len().to_string(), "{accepted}");
        assert!(encoding.is_empty() || body.len() * 2 < css.len(), "{} of {}", body.len(), css.len());
        assert!(decoded(encoding, &body) == css, "{accepted}");
    }
    let different: std::collections::BTreeSet<_> = tags.values().collect();
    assert_eq!(different.len(), 3, "a cache must not take one form for another: {tags:?}");
    let without = get(&app, &path, &[]).await;
    assert_eq!((field(&without, "content-encoding"), field(&without, "vary")), ("", "Accept-Encoding"));
}

#[tokio::test]
async fn a_browser_that_accepts_no_form_of_a_file_gets_an_error_page() {
    let app = TestApp::spawn().await;
    let path = app.state.static_files.url("app.css");
    for refused in ["identity;q=0", "*;q=0", "identity;q=0, zstd", "br;q=0, gzip;q=0, identity;q=0"] {
        let response = get(&app, &path, &[("Accept-Encoding", refused)]).await;
        assert_eq!(response.status(), 406, "{refused}");
        assert_eq!(field(&response, "cache-control"), "no-store", "{refused}");
        assert_eq!(field(&response, "content-encoding"), "", "{refused}");
    }
}

#[tokio::test]
async fn no_page_is_compressed() {
    let app = TestApp::spawn().await;
    for path in ["/", "/sign-in", "/nope", "/healthz", "/static/0/nope.css"] {
        let response = get(&app, path, &[("Accept-Encoding", "gzip, br, *")]).await;
        assert_eq!(field(&response, "content-encoding"), "", "{path}");
    }
}

#[tokio::test]
async fn a_copy_that_the_browser_holds_is_not_sent_again_in_the_same_encoding() {
    let app = TestApp::spawn().await;
    let path = app.state.static_files.url("app.css");
    let whole = get(&app, &path, &[("Accept-Encoding", "br")]).await;
    let tag = field(&whole, "etag");
    let (weak, list) = (format!("W/{tag}"), format!("\"other\", {tag}"));
    for held in [tag, "*", &weak, &list] {
        let same = get(&app, &path, &[("Accept-Encoding", "br"), ("If-None-Match", held)]).await;
        assert_eq!((same.status().as_u16(), field(&same, "etag")), (304, tag), "{held}");
        assert_eq!(field(&same, "vary"), "Accept-Encoding", "{held}");
        assert_eq!(field(&same, "cache-control"), field(&whole, "cache-control"), "{held}");
        assert_eq!(
            (field(&same, "content-encoding"), field(&same, "x-frame-options")),
            ("", "DENY"),
            "{held}"
        );
    }
    for (encoding, held) in [("gzip", tag), ("br", "\"other\""), ("br", "no tag")] {
        let other = get(&app, &path, &[("Accept-Encoding", encoding), ("If-None-Match", held)]).await;
        assert_eq!(other.status(), 200, "{encoding} {held}");
    }
    for (held, status) in [(tag, 200), ("*", 200), ("\"other\"", 412), (&weak, 412)] {
        let answer = get(&app, &path, &[("Accept-Encoding", "br"), ("If-Match", held)]).await;
        assert_eq!(answer.status(), status, "If-Match: {held}");
    }
    let head = ask(&app, Method::HEAD, &path, &[("Accept-Encoding", "br")]).await;
    for name in ["etag", "vary", "content-encoding", "content-length", "content-type", "cache-control"] {
        assert_eq!(field(&head, name), field(&whole, name), "{name}");
    }
    assert_eq!(head.bytes().await.unwrap().len(), 0);
    let posted = ask(&app, Method::DELETE, &path, &[("Accept-Encoding", "br")]).await;
    assert_eq!(posted.status().as_u16(), 403, "the gate refuses it before");
}

#[tokio::test]
async fn a_part_is_one_of_the_form_that_is_sent() {
    let app = TestApp::spawn().await;
    let path = app.state.static_files.url("app.css");
    for encoding in ["br", "identity"] {
        let whole = get(&app, &path, &[("Accept-Encoding", encoding)]).await;
        let tag = field(&whole, "etag").to_owned();
        let whole = whole.bytes().await.unwrap();
        let end = whole.len() - 1;
        for (asked, first, last) in [
            ("bytes=0-9", 0, 9),
            ("bytes=5-", 5, end),
            ("bytes=-3", end - 2, end),
            ("bytes=7-9999999", 7, end),
        ] {
            let fields = [("Accept-Encoding", encoding), ("Range", asked), ("If-Range", &tag)];
            let part = get(&app, &path, &fields).await;
            assert_eq!(part.status(), 206, "{asked}");
            let place = format!("bytes {first}-{last}/{}", whole.len());
            assert_eq!((field(&part, "content-range"), field(&part, "etag")), (&*place, &*tag), "{asked}");
            assert_eq!(part.bytes().await.unwrap(), whole.slice(first..=last), "{asked}");
        }
        let beyond = get(&app, &path, &[("Accept-Encoding", encoding), ("Range", "bytes=9999999-")]).await;
        assert_eq!((beyond.status().as_u16(), field(&beyond, "cache-control")), (416, "no-store"));
        assert_eq!(field(&beyond, "content-range"), format!("bytes */{}", whole.len()));
        for (name, value) in [("Range", "bytes=0-1,3-4"), ("Range", "lines=1-2"), ("Range", "bytes=x")] {
            let all = get(&app, &path, &[("Accept-Encoding", encoding), (name, value)]).await;
            assert_eq!(all.status(), 200, "{value}");
            assert_eq!(all.bytes().await.unwrap(), whole, "{value}");
        }
        for other in ["\"other\"", "Fri, 31 Dec 2060 23:59:59 GMT", &format!("W/{tag}")] {
            let fields = [("Accept-Encoding", encoding), ("Range", "bytes=0-9"), ("If-Range", other)];
            assert_eq!(get(&app, &path, &fields).await.status(), 200, "{other}");
        }
    }
}

#[tokio::test]
async fn a_file_of_a_team_is_compressed_if_it_is_text() {
    let folder = private_folder("overrides");
    std::fs::create_dir(folder.join("static")).unwrap();
    std::fs::write(folder.join("static/team.css"), "body { color: black } ".repeat(50)).unwrap();
    std::fs::write(folder.join("static/short.css"), "a{}").unwrap();
    std::fs::write(folder.join("static/a b.png"), "text ".repeat(50)).unwrap();
    let folder = folder.display().to_string();
    let variables = [("OVERRIDES_DIR", folder.as_str()), ("ACCENT_COLOR", "#1d4ed8,#93b4fd")];
    let app = TestApp::spawn_configured(&variables).await;
    for (name, encoding, vary, kind) in [
        ("team.css", "br", "Accept-Encoding", "text/css; charset=utf-8"),
        ("accent.css", "br", "Accept-Encoding", "text/css; charset=utf-8"),
        ("passkeys.js", "br", "Accept-Encoding", "text/javascript; charset=utf-8"),
        ("icon.svg", "br", "Accept-Encoding", "image/svg+xml"),
        ("short.css", "", "", "text/css; charset=utf-8"),
        ("a%20b.png", "", "", "image/png"),
    ] {
        let response = get(&app, &app.state.static_files.url(name), &[("Accept-Encoding", "gzip, br")]).await;
        assert_eq!(response.status(), 200, "{name}");
        let shown = ["content-encoding", "vary", "content-type"].map(|name| field(&response, name));
        assert_eq!(shown, [encoding, vary, kind], "{name}");
    }
}
