//! `verify --browser`: real pages in frames of a real Chromium, and what the report says about them.

use std::io::Write as _;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::Value;
use unframed::config::search_path;
use unframed::routes;
use unframed::verify::browser::screenshot::Screenshot;
use unframed::verify::browser::{Browser, BrowserCheck, Programs, check};
use unframed::verify::probe;
use unframed::verify::session::cookie_jar::StoredCookie;

use super::signed_in::{file, path_of, recorder};
use super::unusual_servers::{page, server};
use super::{entries, verify, verify_with};
use crate::browser::evidence::tell;
use crate::harness::TestApp;
use crate::harness::database::private_folder;

/// The colour of the pages, which no page of a browser has.
const COLOUR: [u8; 3] = [0x12, 0x9a, 0x5b];

/// The requests that a server has received, each by its first line.
type Requests = Arc<Mutex<Vec<String>>>;

/// A page without the headers against frames, with a button that acts.
fn open(lines: &str, script: &str) -> String {
    let body = format!(
        "<title>Shop</title><body style='background:#129a5b'><form action='/acted'><button>Buy</button></form><script>{script}</script>"
    );
    format!(
        "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: {}\r\nConnection: close\r\n{lines}\r\n{body}",
        body.len()
    )
}

/// A shop whose entry page is well protected and links to pages that are not.
fn shop() -> (SocketAddr, Requests) {
    let requests = Requests::default();
    let seen = Arc::clone(&requests);
    let address = server(move |stream, request| {
        let line = request.lines().next().unwrap_or_default().to_owned();
        let path = line.split([' ', '?']).nth(1).unwrap_or_default().to_owned();
        seen.lock().unwrap().push(line);
        let links = ["bare", "none-beside-a", "buster"];
        let links: String = links.iter().map(|name| format!("<a href=\"/{name}\">x</a>")).collect();
        let answer = match path.as_str() {
            "/bare" => open("", ""),
            "/none-beside-a" => open(
                "Content-Security-Policy: frame-ancestors 'none' https://a.unframed-test.example\r\n",
                "",
            ),
            "/buster" => {
                open("", "onpointerdown = () => { top.location = '/busted' }; top.location = '/busted'")
            }
            "/" => page("", &links),
            // Not a page, so no browser opens it.
            _ => page("", "").replace("200 OK", "404 Not Found").replace("text/html", "text/plain"),
        };
        let _ = stream.write_all(answer.as_bytes());
    });
    (address, requests)
}

/// The places of a rule's entries that begin so, without notes.
fn places(report: &Value, rule: &str) -> Vec<String> {
    let found = entries(report, rule);
    let places = found.iter().flat_map(|entry| entry["places"].as_array().expect("places").clone());
    let mut places: Vec<String> = places.map(|place| place.as_str().expect("a place").to_owned()).collect();
    places.sort();
    places
}

fn run(arguments: &[&str]) -> (Option<i32>, Value) {
    run_with(arguments, &[])
}

/// A check with these environment variables.
fn run_with(arguments: &[&str], variables: &[(&str, &str)]) -> (Option<i32>, Value) {
    let output = verify_with(&[arguments, &["--json"]].concat(), variables);
    let text = String::from_utf8_lossy(&output.stdout);
    let errors = String::from_utf8_lossy(&output.stderr);
    let report = serde_json::from_str(&text).unwrap_or_else(|error| panic!("{error}: {text} {errors}"));
    (output.status.code(), report)
}

/// The pictures of a rule.
fn pictures(folder: &Path, rule: &str) -> Vec<PathBuf> {
    let start = rule.replace('/', "-");
    let files = std::fs::read_dir(folder).expect("the folder").map(|file| file.expect("a file").path());
    let named =
        |path: &PathBuf| path.file_name().is_some_and(|name| name.to_string_lossy().starts_with(&start));
    files.filter(named).collect()
}

#[test]
fn a_browser_shows_and_clicks_what_headers_let_in_and_nothing_on_the_site_is_touched() {
    let (address, requests) = shop();
    let folder = private_folder("screenshots").join("new");
    let url = format!("http://{address}/");
    let (code, report) = run(&["--url", &url, "--browser", "--screenshots", &folder.display().to_string()]);
    assert_eq!((code, &report["incomplete"]), (Some(1), &serde_json::json!([])), "{report:#}");

    let expected = ["/bare", "/buster"].iter().flat_map(|path| {
        ["another site", "a sibling"].map(|from| format!("GET {path} (200), from {from}: button “Buy”"))
    });
    let mut expected: Vec<String> = expected.collect();
    expected.sort();
    assert_eq!(places(&report, "browser/clicked"), expected, "{report:#}");
    assert!(places(&report, "browser/framed").is_empty(), "{report:#}");

    // A grader sees 'none', and the browser ignores it.
    let [disagreement] = entries(&report, "browser/disagrees")[..] else { panic!("{report:#}") };
    assert_eq!(
        (&disagreement["severity"], disagreement["places"].as_array().map(Vec::len)),
        (&"high".into(), Some(1))
    );
    assert_eq!(disagreement["places"][0], "GET /none-beside-a (200), from a listed origin: button “Buy”");
    let what = disagreement["what"].as_str().expect("a text");
    assert!(what.contains("'none'") && what.contains("https://a.unframed-test.example"), "{what}");
    let list = report["list"].as_array().expect("a list").iter();
    let busted: Vec<&Value> = list.filter(|entry| entry["rule"] == "browser/busts").collect();
    assert!(busted.iter().all(|entry| entry["places"].to_string().contains("/buster")), "{busted:?}");
    assert!(!busted.is_empty(), "the page was replaced after a click: {report:#}");

    for (rule, count) in [("browser/clicked", 4), ("browser/disagrees", 1)] {
        let pictures = pictures(&folder, rule);
        assert_eq!(pictures.len(), count, "{rule}: {pictures:?}");
        for picture in pictures {
            let bytes = std::fs::read(&picture).expect("a picture");
            assert!(bytes.len() <= 200_000, "{}", picture.display());
            let shown = Screenshot::read(&bytes).expect("a PNG").count((0, 0, 640, 160), COLOUR);
            assert!(shown > 50_000, "{}: {shown} pixels", picture.display());
        }
    }

    let requests = requests.lock().unwrap();
    let framed = requests.iter().filter(|line| line.starts_with("GET /bare")).count();
    assert!(framed > 40, "every vector of both sites asked for it: {framed}");
    assert_only_looked_at(&requests);
}

#[tokio::test]
async fn our_own_server_shows_nothing_in_any_frame() {
    let app = TestApp::spawn().await;
    let url = format!("http://{}/", app.address);
    let (code, report) = tokio::task::spawn_blocking(move || {
        run(&["--url", &url, "--browser=chromium", "--browser-pages", "1"])
    })
    .await
    .expect("it runs");
    let incomplete = report["incomplete"].to_string();
    assert_eq!((code, &report["findings"]), (Some(2), &0.into()), "{report:#}");
    assert!(incomplete.contains("--browser-pages is 1: pages beyond"), "{incomplete}");
    assert_eq!(report["incomplete"].as_array().map(Vec::len), Some(1), "{incomplete}");
}

#[tokio::test]
async fn a_signed_in_page_that_stops_the_browser_is_framed_again_without_scripts_and_no_cookie_is_told() {
    const SECRET: &str = "b7c1-secret-value";
    // The same host at another port: cookies know no ports.
    let (other, received) = recorder(|stream, _| drop(stream.write_all(page("", "").as_bytes())));
    let address = server(move |stream, request| {
        let signed_in = request.to_ascii_lowercase().contains(&format!("cookie: session={SECRET}"));
        // Dialogs in frames stop the driver.
        let script = format!(
            "new Image().src = 'http://{other}/'; fetch('http://{other}/'); alert('one'); confirm('two')"
        );
        let answer = if signed_in { open("", &script) } else { page("", "") };
        let _ = stream.write_all(answer.as_bytes());
    });
    let (url, routes) = (format!("http://{address}/"), routes::map().expect("a table"));
    let at_once = probe::Options { longest: Duration::ZERO, keep: 1, ..probe::Options::default() };
    let visit = probe::run(&url, &at_once, &routes).await.expect("a visit");
    let options = BrowserCheck {
        programs: &Programs::find(Some(Browser::Chromium), &search_path()).expect("Chromium"),
        folder: &private_folder("signed-in"),
        cookies: &[StoredCookie::given("session", SECRET)],
        most_pages: 1,
        longest: Duration::from_mins(5),
        page_limit: Duration::from_secs(20),
    };
    let checked = check(visit.session.origin(), &visit.pages, &options).await.expect("a check");
    let of = |rule: &str| checked.findings.iter().filter(|found| found.finding.rule.name() == rule).count();
    // The headers that the probe received without the cookie deny frames.
    assert_eq!((of("browser/clicked"), of("browser/disagrees")), (2, 2), "{checked:?}");
    let [why] = &checked.incomplete[..] else { panic!("{:?}", checked.incomplete) };
    assert!(why.ends_with("did not finish within 20 s: it was framed again, without scripts"), "{why}");
    let assumed = checked.findings.iter().find(|found| found.finding.rule.name() == "browser/cookies");
    assert!(assumed.expect("a note").finding.what.ends_with("given cookies session"));
    assert!(!format!("{checked:?} {options:?}").contains(SECRET));
    assert_eq!(received.all(), [""; 0], "no other port of the host is asked");
    let left = std::fs::read_dir(options.folder).expect("the folder").count();
    assert_eq!(left, 0, "the profiles are removed with the browsers");
}

fn assert_only_looked_at(requests: &[String]) {
    let acted: Vec<&String> =
        requests.iter().filter(|line| line.starts_with("POST") || line.contains("/acted")).collect();
    assert!(acted.is_empty(), "the check only looks: {acted:?}");
}

#[test]
fn firefox_shows_and_clicks_what_headers_let_in_and_nothing_on_the_site_is_touched() {
    if let Err(missing) = Programs::find(Some(Browser::Firefox), &search_path()) {
        tell(&format!("SKIPPED: `verify --browser firefox` was not run: {missing}"));
        return;
    }
    let (address, requests) = shop();
    let url = format!("http://{address}/");
    let (code, report) = run(&["--url", &url, "--browser=firefox"]);
    assert_eq!((code, &report["incomplete"]), (Some(1), &serde_json::json!([])), "{report:#}");
    let clicked = places(&report, "browser/clicked");
    for (path, from) in
        ["/bare", "/buster"].into_iter().flat_map(|path| [(path, "another site"), (path, "a sibling")])
    {
        assert!(clicked.contains(&format!("GET {path} (200), from {from}: button “Buy”")), "{report:#}");
    }
    assert!(clicked.iter().all(|place| !place.contains("GET / ")), "{report:#}");
    assert_only_looked_at(&requests.lock().unwrap());
}

#[test]
fn a_browser_treats_the_cookies_of_a_sign_in_as_it_does_for_a_user() {
    for (attributes, framed_from) in [
        ("HttpOnly", &["a sibling"][..]),
        ("HttpOnly; SameSite=Lax", &["a sibling"]),
        ("HttpOnly; Secure; SameSite=None", &["another site", "a sibling"]),
    ] {
        let (address, _) = recorder(move |stream, request| {
            let signed_in = request.contains("sid=granted-value");
            let answer = match (request.split(' ').next().unwrap_or_default(), path_of(request)) {
                ("GET", "/in") => {
                    page("", "<form method=post action=/in><input type=password name=password></form>")
                }
                ("POST", "/in") => page(
                    &format!("Location: /\r\nSet-Cookie: sid=granted-value; Path=/; {attributes}\r\n"),
                    "",
                )
                .replace("200 OK", "303 See Other"),
                ("GET", "/") if signed_in => open("", ""),
                ("GET", "/") => page("", ""),
                // Not a page, so no browser opens it.
                _ => page("", "").replace("200 OK", "404 Not Found").replace("text/html", "text/plain"),
            };
            let _ = stream.write_all(answer.as_bytes());
        });
        let recipe = "[[step]]\npage = \"/in\"\n[step.fields]\npassword = { env = \"CHECK_PASSWORD\" }\n";
        let recipe = file("recipe.toml", recipe).display().to_string();
        let (url, password) = (format!("http://{address}/"), [("CHECK_PASSWORD", "a-long-password")]);
        let arguments = ["--url", &url, "--login", &recipe, "--browser=chromium"];
        let (code, report) = run_with(&arguments, &password);
        assert_eq!((code, &report["incomplete"]), (Some(1), &serde_json::json!([])), "{report:#}");
        let framed = framed_from.iter().map(|from| format!("GET / (200), from {from}: button “Buy”"));
        let mut framed: Vec<String> = framed.collect();
        framed.sort();
        assert_eq!(places(&report, "browser/clicked"), framed, "{attributes}: {report:#}");
        let list = report["list"].as_array().expect("a list");
        assert!(list.iter().all(|entry| entry["rule"] != "browser/cookies"), "{attributes}: {report:#}");
    }
}

#[test]
fn a_missing_browser_is_named_with_its_packages_before_anything_is_requested() {
    let (address, requests) = shop();
    let mut program = Command::new(env!("CARGO_BIN_EXE_unframed"));
    let url = format!("http://{address}/");
    let output =
        program.args(["verify", "--url", &url, "--browser"]).env("PATH", "").current_dir("/").output();
    let output = output.expect("it runs");
    let text = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(2), "{text}");
    assert!(text.contains("apt-get install chromium chromium-driver"), "{text}");
    assert!(requests.lock().unwrap().is_empty());
    let alone = verify(&["--browser"]);
    let text = String::from_utf8_lossy(&alone.stderr);
    assert!(alone.status.code() == Some(2) && text.contains("--url"), "{text}");
}
