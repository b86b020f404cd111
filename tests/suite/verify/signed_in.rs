//! Cookies and headers that a check is given: what the site sees of them, and what nobody else does.

use std::io::Write as _;
use std::net::{SocketAddr, TcpStream};
use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use super::unusual_servers::{page, server};
use super::{said, verify, verify_with};
use crate::harness::database::private_folder;

/// The secrets of these tests.
const COOKIE: &str = "C00kie/Secret=";
const TOKEN: &str = "T0ken-Secret-77";

/// The heads of all requests that a server has received.
#[derive(Clone, Default)]
pub(super) struct Received(Arc<Mutex<Vec<String>>>);

impl Received {
    pub(super) fn all(&self) -> Vec<String> {
        self.0.lock().expect("a list").clone()
    }

    /// The targets of the GET requests that a person would send, in order.
    pub(super) fn pages(&self) -> Vec<String> {
        let visits = self.all().into_iter().filter(|request| request.contains("sec-fetch-dest: document"));
        let targets = visits.filter_map(|request| {
            Some(request.strip_prefix("GET ")?.split(' ').next().unwrap_or_default().to_owned())
        });
        targets.collect()
    }
}

/// A server that keeps in mind what it receives.
pub(super) fn recorder(
    answer: impl Fn(&mut TcpStream, &str) + Clone + Send + 'static,
) -> (SocketAddr, Received) {
    let received = Received::default();
    let list = received.clone();
    let address = server(move |stream, request| {
        list.0.lock().expect("a list").push(request.to_owned());
        answer(stream, request);
    });
    (address, received)
}

/// A file with this text.
pub(super) fn file(name: &str, text: &str) -> PathBuf {
    let path = private_folder("verify-file").join(name);
    std::fs::write(&path, text).expect("a file");
    path
}

/// The path that a request asks for.
pub(super) fn path_of(request: &str) -> &str {
    request.split(' ').nth(1).unwrap_or_default()
}

pub(super) fn redirect(to: &str) -> String {
    page(&format!("Location: {to}\r\n"), "").replace("200 OK", "302 Found")
}

#[test]
fn cookies_and_headers_open_signed_in_pages_and_are_in_no_report() {
    let (address, _) = recorder(|stream, request| {
        let signed = request.contains(&format!("cookie: sid={COOKIE}; b=2"))
            && request.contains(&format!("authorization: Bearer {TOKEN}\r\n"));
        // It repeats both wherever a report could quote them.
        let answer = if signed {
            page(
                &format!(
                    "Server: a/1 {COOKIE}\r\nX-Powered-By: {}\r\nX-Generator: {}{TOKEN}\r\nSet-Cookie: x{TOKEN}=1\r\n",
                    TOKEN.to_lowercase(),
                    "a".repeat(190)
                ),
                &format!("<a href='/echo?of={COOKIE}'>x</a><a href='/{}/{TOKEN}'>x</a>", "p".repeat(70)),
            )
        } else {
            redirect("/sign-in")
        };
        let _ = stream.write_all(answer.as_bytes());
    });
    let (url, cookie, header) = (
        format!("http://{address}/"),
        format!("sid={COOKIE}; b=2"),
        format!("Authorization: Bearer {TOKEN}"),
    );
    for more in [None, Some("--json")] {
        let arguments = ["--url", &url, "--cookie", &cookie, "--header", &header];
        let output = verify(&arguments.into_iter().chain(more).collect::<Vec<_>>());
        let (code, text) = said(&output);
        assert_eq!(code, Some(1), "{text}");
        assert!(text.contains("version/software") && text.contains("GET /echo?of=[hidden]"), "{text}");
        let lower = text.to_ascii_lowercase();
        for part in [COOKIE, TOKEN, "C00kie", "T0ken", "C00kie%2FSecret"] {
            assert!(!lower.contains(&part.to_ascii_lowercase()), "{part}: {text}");
        }
        assert!(!text.contains("not signed in"), "{text}");
    }
}

#[test]
fn a_server_that_returns_the_request_as_its_answer_learns_nothing_about_a_report() {
    let (address, _) = recorder(|stream, request| {
        let cookie = request.lines().find(|line| line.starts_with("cookie: ")).unwrap_or_default();
        let _ = stream.write_all(format!("{cookie}\r\n{request}").as_bytes());
    });
    let output =
        verify(&["--url", &format!("http://{address}/"), "--cookie", &format!("sid={TOKEN}{TOKEN}{TOKEN}")]);
    let (code, text) = said(&output);
    assert_eq!((code, text.contains("does not speak HTTP")), (Some(2), true), "{text}");
    assert!(!text.contains("T0ken"), "{text}");
}

#[test]
fn a_redirect_to_another_origin_is_followed_only_without_credentials() {
    let (other, received) = recorder(|stream, request| {
        let host = request.lines().find_map(|line| line.strip_prefix("host: ")).unwrap_or_default();
        let _ = stream
            .write_all(page("", &format!("<a href=http://{host}{}/x>x</a>", path_of(request))).as_bytes());
    });
    // The same host at another port is the same site and another origin.
    let (address, _) = recorder(move |stream, _| {
        let _ = stream.write_all(redirect(&format!("http://{other}/")).as_bytes());
    });
    let url = format!("http://{address}/");
    for (option, value) in [("--cookie", format!("sid={TOKEN}")), ("--header", format!("X-Key: {TOKEN}"))] {
        let (code, text) = said(&verify(&["--url", &url, option, &value]));
        assert_eq!(code, Some(2), "{text}");
        let line = format!(
            "redirects to http://{other}/: cookies, headers and secrets are never sent to another origin"
        );
        assert!(text.contains(&line), "{text}");
        assert_eq!(received.all().len(), 0, "{:?}", received.all());
    }
    // Another port may belong to another owner, so it is another site for a stranger, too.
    let (code, text) = said(&verify(&["--url", &url]));
    let line = format!("redirects to http://{other}/: that site was not checked");
    assert_eq!((code, text.contains(&line), received.all().len()), (Some(2), true, 0), "{text}");

    const WWW: &str = "http://www.a.example";
    let (proxy, received) = recorder(|stream, request| {
        let answer = match path_of(request).strip_prefix(WWW) {
            Some(path) => page("", &format!("<a href=.{path}/x>x</a>")),
            None => redirect(&format!("{WWW}/")),
        };
        let _ = stream.write_all(answer.as_bytes());
    });
    let arguments = ["--url", "http://a.example/", "--path", "/named", "--crawl", "1"];
    let (code, text) = said(&verify_with(&arguments, &[("http_proxy", &format!("http://{proxy}"))]));
    // Plain http is a finding.
    assert_eq!(code, Some(1), "{text}");
    // The named page and its links are those of the origin to which the redirect leads.
    let expected = ["/", "/robots.txt", "/named", "/named/x"].map(|path| format!("{WWW}{path}"));
    assert_eq!(received.pages()[1..5], expected);
}

#[test]
fn an_entry_page_that_leads_to_signing_out_is_not_followed_there_by_a_session() {
    let (address, received) = recorder(|stream, request| {
        let answer = if path_of(request) == "/" { redirect("/logout?next=/") } else { page("", "") };
        let _ = stream.write_all(answer.as_bytes());
    });
    let url = format!("http://{address}/");
    let (code, text) = said(&verify(&["--url", &url, "--cookie", "sid=value-1"]));
    let line = "GET / redirects to /logout?next=/, which sounds like an action, such as signing out: it was not followed";
    assert_eq!((code, text.contains(line)), (Some(2), true), "{text}");
    assert!(!received.pages().contains(&"/logout?next=/".to_owned()), "{:?}", received.pages());
    // A stranger has no session that could end.
    assert_eq!(verify(&["--url", &url]).status.code(), Some(0));
    assert!(received.pages().contains(&"/logout?next=/".to_owned()), "{:?}", received.pages());
}

#[test]
fn a_secret_is_hidden_before_the_target_of_a_redirect_is_cut() {
    // The report shows 200 characters of the target, of which the last six begin the secret.
    let target = format!("http://other.example/{}{TOKEN}", "p".repeat(173));
    let (address, _) = recorder(move |stream, _| drop(stream.write_all(redirect(&target).as_bytes())));
    let arguments = ["--url", &format!("http://{address}/"), "--cookie", &format!("sid={TOKEN}")];
    let (code, text) = said(&verify(&arguments));
    assert_eq!((code, text.contains("redirects to http://other.example/ppp")), (Some(2), true), "{text}");
    assert!(!text.contains("T0ken"), "{text}");
}

#[test]
fn a_secret_that_a_site_encodes_before_it_repeats_it_is_in_no_report() {
    let (address, _) = recorder(|stream, request| {
        let names = ["%54%30ken-Secret-77", "T0ken%252DSecret%252D77", "VDBrZW4tU2VjcmV0LTc3"];
        let cookies = names.map(|name| format!("Set-Cookie: {name}=1\r\n")).concat();
        let lines = format!(
            "{cookies}Server: a/1 &#84;0ken-Secret-77\r\nX-Powered-By: T0ken&amp;#x2d;Secret-77\r\nX-Generator: {}{}\r\n",
            "a".repeat(190),
            names[0]
        );
        let _ = stream.write_all(page(if path_of(request) == "/" { &lines } else { "" }, "").as_bytes());
    });
    let url = format!("http://{address}/");
    let (code, text) = said(&verify(&["--url", &url, "--header", &format!("Authorization: Bearer {TOKEN}")]));
    assert_eq!((code, text.contains("the cookie [hidden] lacks HttpOnly")), (Some(1), true), "{text}");
    for part in ["54%30", "T0ken", "#84", "0ken", "VDBrZW4"] {
        assert!(!text.contains(part), "{part}: {text}");
    }
}

#[test]
fn a_cookie_file_sends_each_cookie_to_its_own_host_and_path() {
    let (address, received) =
        recorder(|stream, _| drop(stream.write_all(page("", "<a href=/deep/page>x</a>").as_bytes())));
    let cookies = "# Netscape HTTP Cookie File\n127.0.0.1\tFALSE\t/\tTRUE\t0\tmine\tvalue-1\n\
                   #HttpOnly_127.0.0.1\tFALSE\t/deep\tFALSE\t4102444800\tdeep\tvalue-2\n\
                   127.0.0.1\tFALSE\t/\tFALSE\t1000000000\told\tvalue-3\n.example.com\tTRUE\t/\tFALSE\t0\tother\tvalue-4\n";
    let path = file("cookies.txt", cookies);
    let url = format!("http://{address}/");
    let output = verify(&["--url", &url, "--cookie-file", path.to_str().expect("text")]);
    let (code, text) = said(&output);
    assert_eq!(code, Some(0), "{text}");
    let all = received.all();
    let of = |path: &str| {
        let request = all.iter().find(|request| path_of(request) == path).expect("a request");
        request.lines().find_map(|line| line.strip_prefix("cookie: ")).unwrap_or_default().to_owned()
    };
    assert_eq!((of("/").as_str(), of("/deep/page").as_str()), ("mine=value-1", "deep=value-2; mine=value-1"));

    let stranger = file("cookies.txt", ".example.com\tTRUE\t/\tFALSE\t0\tother\tvalue-4\n");
    let (code, text) = said(&verify(&["--url", &url, "--cookie-file", stranger.to_str().expect("text")]));
    assert_eq!(code, Some(2), "{text}");
    assert!(text.contains("none of the given cookies belongs to this site"), "{text}");
}

#[test]
fn a_session_that_does_not_open_a_page_makes_the_check_incomplete() {
    let (address, _) = recorder(|stream, request| {
        let answer = match path_of(request) {
            "/" => page("", "<a href=/mine>x</a><a href=/api>x</a><a href=/open>x</a><a href=/login>x</a>"),
            "/mine" => redirect("/login?next=/mine"),
            "/api" => page("", "").replace("200 OK", "401 Unauthorized"),
            "/login" => redirect("/login/"),
            _ => page("", ""),
        };
        let _ = stream.write_all(answer.as_bytes());
    });
    let url = format!("http://{address}/");
    let (code, text) = said(&verify(&["--url", &url, "--cookie", "sid=value-1"]));
    assert_eq!((code, text.contains("not signed in at GET /mine, GET /api: ")), (Some(2), true), "{text}");
    // A stranger is not told so.
    let (code, text) = said(&verify(&["--url", &url]));
    assert_eq!((code, text.contains("not signed in")), (Some(0), false), "{text}");
}

#[test]
fn cookies_that_the_site_renews_are_sent_in_place_of_the_given_ones() {
    let (address, received) = recorder(|stream, request| {
        let renewed =
            if path_of(request) == "/" { "Set-Cookie: sid=value-2; HttpOnly; SameSite=Lax\r\n" } else { "" };
        let _ = stream.write_all(page(renewed, "<a href=/next>x</a>").as_bytes());
    });
    let url = format!("http://{address}/");
    assert_eq!(verify(&["--url", &url, "--cookie", "sid=value-1"]).status.code(), Some(0));
    let next = received.all().into_iter().find(|request| path_of(request) == "/next").expect("a request");
    assert!(next.contains("cookie: sid=value-2\r\n"), "{next}");
    // Without credentials each request is a stranger's.
    assert_eq!(verify(&["--url", &url]).status.code(), Some(0));
    let all = received.all();
    let next = all.iter().rfind(|request| path_of(request) == "/next").expect("a request");
    assert!(!next.contains("\r\ncookie:"), "{next}");
}

#[test]
fn malformed_credentials_are_an_error_that_quotes_no_value() {
    let missing = private_folder("verify-file").join("none").display().to_string();
    let broken = file("cookies.txt", "# x\nsid=T0ken-Secret-77\n").display().to_string();
    for (arguments, word) in [
        (["--cookie", "T0ken-Secret-77"], "--cookie: write it as"),
        (["--cookie", "a=T0ken-Secret-77\nb"], "--cookie: write it as"),
        (["--header", "T0ken-Secret-77"], "--header: write it as"),
        (["--header", "Host: T0ken-Secret-77"], "--header host: the check sets this header itself"),
        (["--header", "Cookie: a=T0ken-Secret-77"], "give cookies with --cookie or --cookie-file"),
        (["--cookie-file", &missing], "No such file"),
        (["--cookie-file", &broken], "--cookie-file: line 2 is not a cookie"),
        (["--cookie-file", "/dev/zero"], "--cookie-file /dev/zero: it is larger than 1 MB"),
        (["--login", "/dev/zero"], "--login /dev/zero: it is larger than 1 MB"),
        (["--login", &missing], "No such file"),
        (["--path", "settings"], "--path settings: write the path of a page"),
        (["--path", "//other.example/"], "--path //other.example/: write the path of a page"),
        (["--crawl", "0"], "1..=1000"),
        (["--crawl", "1001"], "1..=1000"),
    ] {
        let (code, text) = said(&verify(&["--url", "http://127.0.0.1:1/", arguments[0], arguments[1]]));
        assert_eq!((code, text.contains(word)), (Some(2), true), "{arguments:?}: {text}");
        assert!(!text.contains("T0ken"), "{arguments:?}: {text}");
    }
    let (code, text) = said(&verify(&["--cookie", "a=b"]));
    assert_eq!((code, text.contains("--url")), (Some(2), true), "{text}");
}
