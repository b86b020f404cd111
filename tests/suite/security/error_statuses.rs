//! Each error status is provoked and must be a page of ours with all headers. The last test states what
//! actix-http answers before our code runs.

use std::time::Duration;

use actix_web::http::Method;
use unframed::app::server::TimeLimits;
use unframed::{app, routes};

use super::wire::{Keep, faults, faults_at};
use crate::harness::wire::{WireAnswer, exchange, request};
use crate::harness::{Relay, TestApp};

const FORM: (&str, &str) = ("Content-Type", "application/x-www-form-urlencoded");

/// Sends a request as from our own page and checks the headers of the answer.
async fn ask(
    app: &TestApp,
    method: &str,
    path: &str,
    more: &[(&str, &str)],
    body: Option<&str>,
) -> WireAnswer {
    let mut fields = vec![
        ("Sec-Fetch-Dest", "document"),
        ("Sec-Fetch-Mode", "navigate"),
        ("Sec-Fetch-Site", "same-origin"),
        ("X-Forwarded-For", "203.0.113.77"),
    ];
    if method == "POST" {
        fields.push(("Origin", &app.origin));
    }
    fields.extend_from_slice(more);
    let answer = exchange(app.address, request(method, path, &fields, body)).await;
    let answer = answer.unwrap_or_else(|| panic!("{method} {path}: no answer"));
    assert_eq!(
        faults_at(path, &answer, Keep::of(path, answer.status)),
        [""; 0],
        "{method} {path}: {answer:#?}"
    );
    answer
}

fn assert_is_page(answer: &WireAnswer, status: u16, heading: &str) {
    assert_eq!(answer.status, status, "{answer:#?}");
    assert_eq!(answer.lines("content-type"), ["text/html; charset=utf-8"]);
    assert!(answer.body.contains(&format!("<h1>{}</h1>", heading.replace('\'', "’"))), "{}", answer.body);
}

#[tokio::test]
async fn an_unreadable_request_is_answered_with_a_page() {
    let app = TestApp::spawn().await;
    let twice = ask(&app, "POST", "/sign-in", &[FORM], Some("email=a&email=b")).await;
    assert_is_page(&twice, 400, "We can't understand this request");
    assert!(twice.body.contains("A field of the form was sent twice."));
    for (path, body) in
        [("/sign-in", "email=%ff"), ("/settings/profile", "display_name=Z%f6e"), ("/sign-in", "%80=x")]
    {
        let no_text = ask(&app, "POST", path, &[FORM], Some(body)).await;
        assert_is_page(&no_text, 400, "We can't understand this request");
        assert!(no_text.body.contains("The form couldn’t be read."), "{body}: {}", no_text.body);
    }
    let large = "x".repeat(app::FORM_LIMIT + 1);
    for path in ["/sign-up", "/settings/profile"] {
        let answer = ask(&app, "POST", path, &[FORM], Some(&format!("display_name={large}"))).await;
        assert_is_page(&answer, 413, "This form is too large");
        let answer = ask(&app, "POST", path, &[("Content-Type", "text/plain")], Some("display_name=a")).await;
        assert_is_page(&answer, 415, "This is not a form");
    }
}

#[tokio::test]
async fn a_malformed_query_causes_neither_an_error_nor_a_notice() {
    let app = TestApp::spawn().await;
    let cookie = format!("session={}", app.member("Ada").await.cookie("session").unwrap());
    for route in routes::patterns().iter().filter(|route| route.methods.contains(&Method::GET)) {
        let path = route.path.replace(['{', '}'], "");
        for (who, fields) in [("guest", vec![]), ("member", vec![("Cookie", cookie.as_str())])] {
            let plain = ask(&app, "GET", &path, &fields, None).await;
            for query in [
                "done=saved&done=saved",
                "done=session-ended&count=abc",
                "done=session-ended&count=4000000000",
                "done=unheard-of",
                "done&done",
                "next=/a&next=/b&ticket=1&ticket=2",
                "%ff=%fe",
            ] {
                let answer = ask(&app, "GET", &format!("{path}?{query}"), &fields, None).await;
                assert_eq!(answer.status, plain.status, "{who}: {path}?{query}");
                assert!(!answer.body.contains(r#"role="status""#), "{who}: {path}?{query}: {}", answer.body);
            }
        }
    }
}

#[tokio::test]
async fn refusals_are_pages_and_json_for_the_api() {
    let app = TestApp::spawn().await;
    let signed_out = ask(&app, "POST", "/settings/profile", &[FORM], Some("display_name=a")).await;
    assert_is_page(&signed_out, 401, "You were signed out, and nothing was saved");
    let api = ask(&app, "GET", "/api/v1/user/settings", &[], None).await;
    assert_eq!((api.status, api.lines("content-type")), (401, vec!["application/problem+json"]));
    let nope = ask(&app, "GET", "/api/v1/nope", &[], None).await;
    assert_eq!((nope.status, nope.lines("content-type")), (404, vec!["application/problem+json"]));
    let framed =
        exchange(app.address, request("GET", "/", &[("Sec-Fetch-Dest", "iframe")], None)).await.unwrap();
    assert_eq!((framed.status, faults(&framed, Keep::Never)), (403, vec![]));
    assert!(!framed.body.contains('<'), "no link and no form: {}", framed.body);
    assert_is_page(&ask(&app, "GET", "/nope", &[], None).await, 404, "Page not found");
    assert_is_page(&ask(&app, "GET", "/static/0000/nope.css", &[], None).await, 404, "Page not found");
    let method = ask(&app, "GET", "/sign-out", &[], None).await;
    assert_is_page(&method, 405, "You can’t open this page directly");
    assert_eq!(method.lines("allow"), ["POST"]);
    assert_eq!(ask(&app, "POST", "/sign-up", &[FORM], Some("")).await.status, 422);
}

#[tokio::test]
async fn parts_and_copies_of_a_static_file_have_all_headers() {
    let app = TestApp::spawn().await;
    let path = app.state.view.asset_url("app.css");
    let whole = ask(&app, "GET", &path, &[], None).await;
    assert_eq!((whole.status, whole.lines("content-type")), (200, vec!["text/css; charset=utf-8"]));
    let part = ask(&app, "GET", &path, &[("Range", "bytes=0-9")], None).await;
    assert_eq!((part.status, part.body.as_str()), (206, &whole.body[..10]));
    let beyond = ask(&app, "GET", &path, &[("Range", "bytes=99999999-")], None).await;
    assert_is_page(&beyond, 416, "That part of the file does not exist");
    let etag = whole.lines("etag")[0];
    let same = ask(&app, "GET", &path, &[("If-None-Match", etag)], None).await;
    assert_eq!((same.status, same.body.as_str()), (304, ""));
    let head = ask(&app, "HEAD", &path, &[], None).await;
    assert_eq!((head.status, head.body.as_str()), (200, ""));
    assert_eq!(head.names(), whole.names());
    let old =
        exchange(app.address, request("GET", "/static/0000000000000000/app.css", &[], None)).await.unwrap();
    assert_eq!((old.status, faults(&old, Keep::Never)), (200, vec![]), "another version's URL is not kept");
    for outside in ["/static/0/../Cargo.toml", "/static/0/%2e%2e/Cargo.toml", "/static/0/..%2fCargo.toml"] {
        let answer = exchange(app.address, request("GET", outside, &[], None)).await.unwrap();
        assert!((400..500).contains(&answer.status), "{outside}: {answer:?}");
        assert_eq!(faults(&answer, Keep::Never), [""; 0], "{outside}");
    }
}

#[tokio::test]
async fn a_lost_database_is_a_page_and_the_application_recovers_by_itself() {
    let relay = Relay::start().await;
    let app = TestApp::spawn_configured(&[("DATABASE_URL", &relay.url)]).await;
    let ada = app.member("Ada").await;
    let cookie = format!("session={}", ada.cookie("session").unwrap());
    relay.cut();
    let gone = ask(&app, "GET", "/settings", &[("Cookie", &cookie)], None).await;
    assert_is_page(&gone, 503, "We can't do this right now");
    assert_eq!(gone.lines("retry-after"), ["5"]);
    assert_eq!(ask(&app, "GET", "/", &[], None).await.status, 200, "a guest's page asks no database");
    relay.mend();
    assert_eq!(ask(&app, "GET", "/settings", &[("Cookie", &cookie)], None).await.status, 200);
}

/// Odd requests that actix-http accepts, so that our code answers them.
#[tokio::test]
async fn odd_requests_that_reach_our_code_have_all_headers() {
    let app = TestApp::spawn().await;
    let origin = &app.origin;
    let chunked = |body: &str| {
        format!(
            "POST /sign-in HTTP/1.1\r\nHost: a\r\nConnection: close\r\nOrigin: {origin}\r\nTransfer-Encoding: chunked\r\n\
             Content-Type: application/x-www-form-urlencoded\r\n\r\n{:x}\r\n{body}\r\n0\r\n\r\n",
            body.len()
        )
    };
    let line = |line: &str| format!("{line}\r\nHost: localhost\r\nConnection: close\r\n\r\n");
    for (what, bytes, status) in [
        ("HTTP/1.0 without Host", "GET / HTTP/1.0\r\n\r\n".to_owned(), 200),
        ("a whole URL", line("GET http://localhost/nope HTTP/1.1"), 404),
        ("another site's URL", line("GET http://evil.example/settings HTTP/1.1"), 303),
        ("no path", line("OPTIONS * HTTP/1.1"), 404),
        ("a tunnel", line("CONNECT evil.example:443 HTTP/1.1"), 403),
        ("a method of no standard", line("BREW / HTTP/1.1"), 403),
        ("a lower-case method", line("get / HTTP/1.1"), 403),
        ("a doubled slash", line("GET //settings HTTP/1.1"), 404),
        ("a path with dots", line("GET /static/../settings HTTP/1.1"), 404),
        ("an encoded path", line("GET /%73ettings HTTP/1.1"), 303),
        ("a line break in the path", line("GET /%0d%0aX-Frame-Options:%20ALLOWALL HTTP/1.1"), 404),
        ("a page on a path of another case", line("GET /SETTINGS HTTP/1.1"), 404),
        ("a form in chunks", chunked("email=a&password=b"), 422),
        ("a large form in chunks", chunked(&format!("email={}", "x".repeat(app::FORM_LIMIT))), 413),
        ("bytes that are no text", line("GET /%ff%fe HTTP/1.1"), 404),
        ("a form of no text", chunked("email=%ff%fe&password=%00"), 400),
    ] {
        let answer = exchange(app.address, bytes).await.unwrap_or_else(|| panic!("{what}: no answer"));
        assert_eq!(answer.status, status, "{what}: {answer:#?}");
        assert_eq!(faults(&answer, Keep::Never), [""; 0], "{what}: {answer:#?}");
    }
}

/// A request that never reaches our code gets no header of ours. Its answer has no body, so a frame has
/// nothing to show or to click.
#[tokio::test]
async fn answers_from_below_all_middleware_have_no_body() {
    let app = TestApp::spawn().await;
    let limits = TimeLimits { head: Duration::from_millis(300), ..TimeLimits::default() };
    let (address, handle) = app.listen(limits, |_| {}).await;
    let large = format!("GET / HTTP/1.1\r\nHost: localhost\r\nX-Large: {}\r\n\r\n", "x".repeat(300_000));
    for (what, bytes, status) in [
        ("no Host", "GET / HTTP/1.1\r\n\r\n".to_owned(), 400),
        ("no request line", "nonsense\r\n\r\n".to_owned(), 400),
        ("a bad header", "GET / HTTP/1.1\r\nbad header\r\n\r\n".to_owned(), 400),
        (
            "two lengths",
            "POST /sign-in HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab".to_owned(),
            400,
        ),
        ("a large header", large, 431),
        ("half a request", "GET / HTTP/1.1\r\nHost: loc".to_owned(), 408),
    ] {
        let answer = exchange(address, bytes).await.unwrap_or_else(|| panic!("{what}: no answer"));
        assert_eq!((answer.status, answer.body.as_str()), (status, ""), "{what}: {answer:?}");
        assert_eq!(answer.lines("x-frame-options"), [""; 0], "{what}: below every middleware");
        assert_eq!(answer.lines("server"), [""; 0], "{what}");
    }
    handle.stop(false).await;
}
