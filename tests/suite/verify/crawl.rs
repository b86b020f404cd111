//! `--path` and `--crawl`: which pages are asked for, and which never.

use std::io::Write as _;
use std::net::SocketAddr;

use super::signed_in::{Received, path_of, recorder, redirect};
use super::unusual_servers::page;
use super::{entries, said, verify};

fn report(address: SocketAddr, more: &[&str]) -> (Option<i32>, serde_json::Value) {
    let url = format!("http://{address}/");
    let output = verify(&[&["--json", "--url", &url], more].concat());
    let text = String::from_utf8_lossy(&output.stdout);
    let report = serde_json::from_str(&text).unwrap_or_else(|error| panic!("{error}: {:?}", said(&output)));
    (output.status.code(), report)
}

/// The pages that a rule names as left.
fn left(report: &serde_json::Value, rule: &str) -> Vec<String> {
    let list = report["list"].as_array().expect("a list");
    let places =
        list.iter().filter(|entry| entry["rule"] == rule).flat_map(|entry| entry["places"].as_array());
    places.flatten().filter_map(|place| Some(place.as_str()?.to_owned())).collect()
}

/// A site whose links are traps, apart from two.
fn trapped(robots: &'static str) -> (SocketAddr, Received) {
    recorder(move |stream, request| {
        let answer = match path_of(request) {
            "/" => page(
                "",
                "<a href=/a#one>x</a><a href=/a#two>x</a><a href=/logout>x</a><a href=/Sign%2DOut>x</a>
                 <a href=/items/7/delete>x</a><a href='/auth/destroy?x=1'>x</a><a href=/abmelden>x</a>
                 <a href=/file.zip download>x</a><a href=/private/1>x</a><a href=/r>x</a>
                 <a href=http://other.example/>x</a><a href=mailto:a@b.example>x</a>
                 <form method=post action=/post><button>x</button></form><a href=/a>again</a>",
            ),
            "/a" => page("", "<a href=/deep>x</a><a href=/?x>x</a>"),
            "/deep" => page("", "<a href=/a>back</a>").replace("X-Frame-Options: DENY\r\n", ""),
            "/r" => redirect("/landed"),
            "/robots.txt" => format!(
                "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nX-Frame-Options: DENY\r\n\
                X-Content-Type-Options: nosniff\r\nContent-Security-Policy: default-src 'none'; frame-ancestors 'none'\r\nContent-Length: {}\r\n\r\n{robots}",
                robots.len()
            ),
            _ => page("", ""),
        };
        let _ = stream.write_all(answer.as_bytes());
    })
}

#[test]
fn a_crawl_follows_links_breadth_first_and_leaves_traps_alone() {
    let (address, received) =
        trapped("User-agent: *\nDisallow: /\n\nUser-agent: unframed-verify\nDisallow: /private\n");
    let (code, report) = report(address, &["--crawl", "100"]);
    // The page two links away lacks a header.
    assert_eq!(code, Some(1), "{report:#}");
    assert_eq!(entries(&report, "framing/no-x-frame-options")[0]["places"][0], "GET /deep (200)");
    let pages: Vec<String> = received.pages();
    let pages: Vec<&str> = pages.iter().map(String::as_str).take(8).collect();
    assert_eq!(pages[..7], ["/", "/robots.txt", "/a", "/r", "/deep", "/?x", "/landed"]);
    for request in received.all() {
        let (method, path) =
            (request.split(' ').next().unwrap_or_default(), path_of(&request).to_lowercase());
        assert!(["GET", "HEAD", "OPTIONS", "VERIFY", "NONSENSE\r\n\r\n"].contains(&method), "{request}");
        for trap in ["out", "delete", "destroy", "abmelden", "zip", "private", "post", "other.example"] {
            assert!(!path.contains(trap), "{request}");
        }
    }
    assert_eq!(left(&report, "crawl/robots"), ["GET /private/1"]);
    assert_eq!(
        left(&report, "crawl/action"),
        ["GET /logout", "GET /Sign%2DOut", "GET /items/7/delete", "GET /auth/destroy?x=1", "GET /abmelden"]
    );
}

#[test]
fn a_site_without_an_end_is_left_after_the_number_of_pages() {
    let (address, received) = recorder(|stream, request| {
        let path = path_of(request).split('?').next().unwrap_or_default().trim_end_matches('/');
        let answer = if path == "/robots.txt" {
            page("", "").replace("200 OK", "404 Not Found")
        } else {
            page("", &format!("<a href={path}/l>x</a><a href={path}/r>x</a>"))
        };
        let _ = stream.write_all(answer.as_bytes());
    });
    let (code, report) = report(address, &["--crawl", "6", "--path", "/named?a=b", "--path", "/"]);
    assert_eq!((code, &report["incomplete"]), (Some(0), &serde_json::json!([])), "{report:#}");
    let pages = received.pages();
    let expected =
        ["/", "/robots.txt", "/named?a=b", "/named/l", "/named/r", "/l", "/r", "/named/l/l", "/named/l/r"];
    assert_eq!(pages[..9], expected);
    assert!(!pages.contains(&"/named/r/l".to_owned()), "{pages:?}");
    let beyond = left(&report, "crawl/left");
    assert_eq!(
        (beyond.len(), beyond.first().map(String::as_str)),
        (10, Some("GET /named/r/l")),
        "{report:#}"
    );
}

#[test]
fn without_a_crawl_named_pages_are_added_to_those_of_the_entry_page() {
    let (address, received) = trapped("User-agent: *\nDisallow: /\n");
    let (code, report) = report(address, &["--path", "/private/named", "--path", "/deep"]);
    assert_eq!(code, Some(1), "{report:#}");
    let pages = received.pages();
    assert_eq!(pages[..7], ["/", "/private/named", "/deep", "/a", "/private/1", "/r", "/landed"]);
    assert!(!pages.iter().any(|page| page == "/robots.txt"), "{pages:?}");
    assert_eq!(left(&report, "crawl/action").len(), 5, "{report:#}");
}

#[test]
fn links_beyond_the_first_ten_are_a_note_without_a_crawl() {
    let (address, _) = recorder(|stream, request| {
        let links: String = (0..13).map(|number| format!("<a href=/{number}>x</a>")).collect();
        let answer = page("", if path_of(request) == "/" { &links } else { "" });
        let _ = stream.write_all(answer.as_bytes());
    });
    let (code, report) = report(address, &[]);
    assert_eq!((code, &report["incomplete"]), (Some(0), &serde_json::json!([])), "{report:#}");
    assert_eq!(left(&report, "crawl/left"), ["GET /10", "GET /11", "GET /12"]);
}

#[test]
fn redirects_within_the_site_are_followed_without_a_crawl() {
    let (address, received) = recorder(|stream, request| {
        let answer = match path_of(request) {
            "/" => page("", "<a href=/linked>x</a><a href=/out>x</a><a href=/home>x</a>"),
            "/settings" => redirect("/settings/"),
            "/linked" => redirect("/linked/1"),
            "/linked/1" => redirect("/linked/2"),
            "/out" => redirect("/logout"),
            "/home" => redirect("/"),
            "/settings/" | "/linked/2" => page("", "").replace("X-Frame-Options: DENY\r\n", ""),
            _ => page("", ""),
        };
        let _ = stream.write_all(answer.as_bytes());
    });
    let (code, report) = report(address, &["--path", "/settings"]);
    assert_eq!((code, &report["incomplete"]), (Some(1), &serde_json::json!([])), "{report:#}");
    let expected = ["/", "/settings", "/settings/", "/linked", "/linked/1", "/linked/2", "/out", "/home"];
    assert_eq!(received.pages()[..8], expected);
    let places = &entries(&report, "framing/no-x-frame-options")[0]["places"];
    assert_eq!(places, &serde_json::json!(["GET /settings/ (200)", "GET /linked/2 (200)"]));
    assert_eq!(left(&report, "crawl/action"), ["GET /logout"]);
    assert!(!received.pages().iter().any(|page| page == "/logout"));
}

#[test]
fn a_named_page_that_does_not_show_itself_makes_the_check_incomplete() {
    let (address, received) = recorder(|stream, request| {
        let answer = match path_of(request) {
            "/elsewhere" => redirect("http://other.example/x"),
            "/missing" => page("", "").replace("200 OK", "404 Not Found"),
            "/moved" => redirect("/missing"),
            "/out" => redirect("/logout"),
            "/round" => redirect("/round/1"),
            "/round/1" => redirect("/round"),
            "/private" => redirect("/private/1"),
            "/home" => redirect("/"),
            "/settings" => redirect("/login?next=/settings"),
            "/nowhere" => redirect("http://["),
            "/robots.txt" => page("", "\nUser-agent: *\nDisallow: /private\n"),
            _ => page("", ""),
        };
        let _ = stream.write_all(answer.as_bytes());
    });
    for (path, more, why) in [
        (
            "/elsewhere",
            None,
            Some("GET /elsewhere redirects to http://other.example/x: that site was not checked"),
        ),
        ("/missing", None, Some("GET /missing answers 404: the page behind it was not seen")),
        (
            "/moved",
            None,
            Some("GET /missing, to which GET /moved leads, answers 404: the page behind it was not seen"),
        ),
        (
            "/out",
            None,
            Some("GET /out redirects to /logout, which sounds like an action, such as signing out"),
        ),
        (
            "/round",
            None,
            Some("GET /round/1, to which GET /round leads, redirects without an end, so no page was seen"),
        ),
        (
            "/private",
            Some("--crawl=1"),
            Some("GET /private redirects to /private/1, which robots.txt disallows"),
        ),
        (
            "/settings",
            None,
            Some(
                "GET /settings leads to the sign-in page /login?next=/settings: the page behind it was not seen",
            ),
        ),
        ("/nowhere", None, Some("GET /nowhere answers 302: the page behind it was not seen")),
        (
            "/home",
            Some("--cookie=sid=expired-1"),
            Some("GET /home redirects to the entry page: no page of its own"),
        ),
        ("/login", None, None),
        ("/home", None, None),
        ("/there", None, None),
    ] {
        let arguments: Vec<&str> = ["--path", path].into_iter().chain(more).collect();
        let (code, report) = report(address, &arguments);
        let incomplete: Vec<&str> =
            report["incomplete"].as_array().expect("a list").iter().filter_map(|why| why.as_str()).collect();
        let told = match (why, &incomplete[..]) {
            (None, []) => true,
            (Some(why), [told]) => told.starts_with(why),
            _ => false,
        };
        let expected = if why.is_some() { 2 } else { 0 };
        assert_eq!((code, told), (Some(expected), true), "{path}: {incomplete:?}");
    }
    assert!(!received.all().iter().any(|request| path_of(request) == "/logout"));
}

#[test]
fn robots_txt_that_leads_to_an_action_is_not_followed_there() {
    let (address, received) = recorder(|stream, request| {
        let answer = match path_of(request) {
            "/robots.txt" => redirect("/logout"),
            _ => page("", "<a href=/a>x</a><img src=/sign-out>"),
        };
        let _ = stream.write_all(answer.as_bytes());
    });
    let (code, report) = report(address, &["--crawl", "5"]);
    assert_eq!(code, Some(0), "{report:#}");
    let all = received.all();
    let asked = |path: &str| all.iter().any(|request| path_of(request) == path);
    assert!(asked("/a") && !asked("/logout") && !asked("/sign-out"), "{all:?}");
}

#[test]
fn robots_txt_that_cannot_be_read_forbids_the_crawl_and_one_that_is_missing_does_not() {
    for (status, followed) in
        [("503 Service Unavailable", false), ("404 Not Found", true), ("403 Forbidden", true)]
    {
        let (address, received) = recorder(move |stream, request| {
            let answer = match path_of(request) {
                "/robots.txt" => page("", "").replace("200 OK", status),
                _ => page("", "<a href=/a>x</a>"),
            };
            let _ = stream.write_all(answer.as_bytes());
        });
        let (code, report) = report(address, &["--crawl", "5"]);
        assert_eq!(received.pages().contains(&"/a".to_owned()), followed, "{status}: {report:#}");
        let told = report["incomplete"][0] == "robots.txt cannot be read, so no link was followed";
        assert_eq!((code, told), (Some(if followed { 0 } else { 2 }), !followed), "{status}: {report:#}");
    }
}
