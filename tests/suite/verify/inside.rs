//! The walk over our own server.

use std::io::Write as _;
use std::process::{Command, Output, Stdio};
use std::sync::LazyLock;
use std::time::{Duration, Instant};

use actix_web::http::Method;
use unframed::clock::Clock;
use unframed::domain::Origin;
use unframed::route_map::{RouteKind, RouteMap, RoutePattern, Sensitivity};
use unframed::verify::walk::{self, WalkedApplication, WalkedServer};

use super::unusual_servers::{page, server};
use crate::harness::database::private_folder;

fn walk_command() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_unframed"));
    command
        .args(["verify", "--json"])
        .env_clear()
        .env("PATH", unframed::config::environment("PATH").unwrap_or_default())
        .current_dir("/");
    command
}

/// One walk, for every test that reads its report.
fn whole_walk() -> &'static Output {
    static OUTPUT: LazyLock<Output> = LazyLock::new(|| walk_command().output().expect("the program runs"));
    &OUTPUT
}

#[test]
fn every_response_of_our_own_server_carries_the_headers() {
    let output = whole_walk();
    let text = String::from_utf8_lossy(&output.stdout);
    let errors = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(0), "{text}{errors}");
    let report: serde_json::Value = serde_json::from_str(&text).expect("JSON");
    assert_eq!(report["findings"], 0, "{report:#}");
    let routes = unframed::routes::patterns().len();
    let responses = report["responses"].as_u64().expect("a number");
    // Nine methods, as a guest and as a member.
    let least = u64::try_from(routes * 9 * 2).expect("small");
    assert!(responses >= least, "{responses} responses of {routes} routes");
}

#[test]
fn the_walk_opens_a_card_that_is_switched_on() {
    let report: serde_json::Value = serde_json::from_slice(&whole_walk().stdout).expect("JSON");
    let list = report["list"].as_array().expect("a list");
    // Only a card that is switched on says which sites may frame it.
    let [listed] = list.iter().filter(|entry| entry["rule"] == "framing/listed").collect::<Vec<_>>()[..]
    else {
        panic!("{report:#}")
    };
    let places = listed["places"].as_array().expect("places");
    for place in ["GET /card/…, guest (200)", "GET /card/…, member, framed (200)"] {
        assert!(places.iter().any(|given| given == place), "{listed:#}");
    }
}

#[test]
fn a_signal_ends_the_walk_without_a_report_and_without_leftovers() {
    for (signal, file) in [("INT", ""), ("TERM", "mails")] {
        let folder = private_folder("walk");
        let mut child = walk_command()
            .env("TMPDIR", &folder)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("it runs");
        let deadline = Instant::now() + Duration::from_secs(60);
        let reached = || {
            let made = std::fs::read_dir(&folder).expect("a folder").flatten().next();
            made.is_some_and(|made| file.is_empty() || made.path().join(file).is_dir())
        };
        while !reached() {
            assert!(Instant::now() < deadline, "the walk does not start");
            std::thread::sleep(Duration::from_millis(20));
        }
        let sent = Command::new("kill").args(["-s", signal, &child.id().to_string()]).status().expect("kill");
        assert!(sent.success());
        let code = child.wait().expect("it ends").code();
        let output = child.wait_with_output().expect("its output");
        let (text, errors) =
            (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        assert_eq!((code, text.as_ref()), (Some(2), ""), "{signal}: {errors}");
        assert_eq!(std::fs::read_dir(&folder).expect("a folder").count(), 0, "{signal}: {errors}");
    }
}

/// Walks a server with one start page, which it answers like this.
async fn walk_with_start_page(answer: &'static str) -> String {
    const START: &str = "/settings/start";
    let address = server(move |stream, request| {
        let response = if request.starts_with("POST") {
            page("Set-Cookie: __Host-session=x\r\nLocation: /\r\n", "").replace("200 OK", "303 See Other")
        } else if request.starts_with(&format!("GET {START}")) {
            answer.to_owned()
        } else {
            let path = request.split(' ').nth(1).unwrap_or_default();
            page("", &format!("<form method=post action={path}><input name=name></form>"))
        };
        let _ = stream.write_all(response.as_bytes());
    });
    let start = RoutePattern {
        path: START,
        methods: vec![Method::GET, Method::POST],
        kind: RouteKind::Sensitive(Sensitivity::Start),
        place: None,
        recent: false,
        enrols: false,
        script: false,
        leads_out: false,
        cached: false,
    };
    let sign_up = RoutePattern {
        path: "/sign-up/{token}",
        methods: vec![Method::GET, Method::POST],
        kind: RouteKind::Sensitive(Sensitivity::Link),
        place: None,
        recent: false,
        enrols: false,
        script: false,
        leads_out: false,
        cached: false,
    };
    let walked = WalkedServer {
        port: address.port(),
        site: Origin::parse("https://account.example.com").expect("an origin"),
        embedder: "https://partner.example",
        routes: RouteMap::new(vec![start, sign_up]).expect("a table"),
        clock: Clock::system(),
        form_limit: 1000,
        application: WalkedApplication { secret: String::new(), return_origin: "https://payroll.example" },
    };
    // Each look finds a new link.
    let mails = async || Ok(vec![format!("{}/sign-up/{}", walked.site, uuid::Uuid::new_v4())]);
    let walk = walk::run(&walked, mails, || {});
    walk.await.expect_err("the start page does not work").to_string()
}

#[tokio::test]
async fn a_start_page_that_does_not_work_fails_the_walk() {
    const MISSING: &str = "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n";
    const WITHOUT_FORM: &str = "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 3\r\n\r\n<p>";
    const WITH_FORM: &str = "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 42\r\n\r\n\
         <form method=post action=/settings/start >";
    for (answer, problem) in [
        (MISSING, "status 404, but the walk needs a page"),
        (WITHOUT_FORM, "/settings/start: the page has no form that leads there"),
        (WITH_FORM, r#"POST /settings/start redirects to "/", not to a confirm page"#),
    ] {
        let shown = walk_with_start_page(answer).await;
        assert!(shown.contains(problem), "{shown}");
    }
}
