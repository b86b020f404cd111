//! Every route × method × user × Fetch Metadata: each answer has the whole header set, each field once.
//! There are no exemptions.

use std::sync::LazyLock;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use futures_util::future::join_all;
use regex::Regex;
use sha2::{Digest as _, Sha256};
use unframed::route_map::{RouteKind, RouteMap, RoutePattern};

use crate::harness::TestApp;
use crate::harness::wire::{WireAnswer, exchange, request};

const METHODS: [&str; 8] = ["GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE"];

/// The headers of every response beside the Content-Security-Policy, repeated here independently.
const FIXED: [(&str, &str); 9] = [
    ("x-frame-options", "DENY"),
    ("x-content-type-options", "nosniff"),
    ("referrer-policy", "same-origin"),
    ("cross-origin-opener-policy", "same-origin"),
    ("cross-origin-resource-policy", "same-origin"),
    ("cross-origin-embedder-policy", "require-corp"),
    ("document-policy", "force-load-at-top"),
    ("x-permitted-cross-domain-policies", "none"),
    ("x-dns-prefetch-control", "off"),
];

const DIRECTIVES: [&str; 9] = [
    "default-src 'none'",
    "object-src 'none'",
    "style-src 'self'",
    "img-src 'self'",
    "form-action 'self'",
    "base-uri 'none'",
    "frame-ancestors 'none'",
    "require-trusted-types-for 'script'",
    "trusted-types 'none'",
];

const FORBIDDEN: [&str; 7] = [
    "server",
    "x-powered-by",
    "x-xss-protection",
    "feature-policy",
    "expect-ct",
    "public-key-pins",
    "access-control-allow-origin",
];

/// The URL table, made once: a route with a parameter costs a regular expression.
static ROUTES: LazyLock<RouteMap> = LazyLock::new(|| unframed::routes::map().expect("a good table"));

/// The row of the URL table that serves a path.
fn route(path: &str) -> Option<&'static RoutePattern> {
    ROUTES.find(path.split('?').next().unwrap_or_default())
}

/// The time for which a cache may keep an answer.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Keep {
    /// Not at all.
    Never,
    /// Anyone may, for five minutes.
    Briefly,
    /// For ever, because the URL contains a hash of the content.
    Forever,
}

impl Keep {
    /// The time for an answer at a path, by the URL table.
    pub fn of(path: &str, status: u16) -> Self {
        let cached = route(path).is_some_and(|route| route.cached);
        match status {
            0..400 if path.starts_with("/static/") => Self::Forever,
            200 if cached => Self::Briefly,
            _ => Self::Never,
        }
    }
}

/// The script that an answer may run.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Script {
    /// None: nearly every response.
    None,
    /// The one script that we have: the responses of scripted routes, at every status.
    Ours,
}

impl Script {
    /// The script of a path, by the URL table.
    fn of(path: &str) -> Self {
        if route(path).is_some_and(|route| route.script) { Self::Ours } else { Self::None }
    }

    fn directive(self) -> String {
        let script = include_bytes!("../../../static/passkeys.js");
        match self {
            Self::None => "script-src 'none'".to_owned(),
            Self::Ours => format!("script-src 'sha256-{}'", STANDARD.encode(Sha256::digest(script))),
        }
    }
}

/// All faults in the headers of an answer that runs no script.
pub fn faults(answer: &WireAnswer, keep: Keep) -> Vec<String> {
    all_faults(answer, keep, Script::None, false)
}

/// All faults in the headers of an answer at a path, whose row of the URL table says whether it may run the script.
pub fn faults_at(path: &str, answer: &WireAnswer, keep: Keep) -> Vec<String> {
    // Whether a form of the path may end on the site of an application.
    let leads_out = route(path).is_some_and(|route| route.leads_out);
    all_faults(answer, keep, Script::of(path), leads_out)
}

/// The origin that a form may lead to, beside our own.
const LED_TO: &str = " https://payroll.example";

fn all_faults(answer: &WireAnswer, keep: Keep, script: Script, leads_out: bool) -> Vec<String> {
    let mut faults = Vec::new();
    for (name, value) in FIXED {
        if answer.lines(name) != [value] {
            faults.push(format!("{name}: {:?}", answer.lines(name)));
        }
    }
    match answer.lines("content-security-policy").as_slice() {
        [policy] => {
            let directives: Vec<&str> = policy.split("; ").collect();
            let scripts = script.directive();
            for wanted in DIRECTIVES.into_iter().chain([scripts.as_str()]) {
                let name = wanted.split(' ').next().unwrap_or_default();
                let found: Vec<&&str> =
                    directives.iter().filter(|directive| directive.split(' ').next() == Some(name)).collect();
                let led =
                    leads_out && name == "form-action" && found == [&format!("{wanted}{LED_TO}").as_str()];
                if found != [&wanted] && !led {
                    faults.push(format!("CSP {name}: {found:?}"));
                }
            }
        }
        lines => faults.push(format!("content-security-policy: {lines:?}")),
    }
    if answer.lines("permissions-policy").len() != 1 {
        faults.push(format!("permissions-policy: {:?}", answer.lines("permissions-policy")));
    }
    for name in FORBIDDEN {
        if !answer.lines(name).is_empty() {
            faults.push(format!("{name} is there"));
        }
    }
    let kept = match keep {
        Keep::Never => "no-store",
        Keep::Briefly => "public, max-age=300",
        Keep::Forever => "public, max-age=31536000, immutable",
    };
    if answer.lines("cache-control") != [kept] {
        faults.push(format!("cache-control: {:?}", answer.lines("cache-control")));
    }
    faults
}

/// The value of each `{parameter}` of a path.
const MADE_UP: &str = "6ff1bd7a-4a5c-4d4a-9d2a-0d6ad4c1c3b1";

/// The Fetch Metadata of different browsers.
const SPEECHES: [(&str, &[(&str, &str)]); 6] = [
    (
        "own page",
        &[("Sec-Fetch-Dest", "document"), ("Sec-Fetch-Mode", "navigate"), ("Sec-Fetch-Site", "same-origin")],
    ),
    ("silent", &[]),
    (
        "frame",
        &[("Sec-Fetch-Dest", "iframe"), ("Sec-Fetch-Mode", "navigate"), ("Sec-Fetch-Site", "cross-site")],
    ),
    (
        "other site",
        &[("Sec-Fetch-Dest", "document"), ("Sec-Fetch-Mode", "navigate"), ("Sec-Fetch-Site", "cross-site")],
    ),
    ("prefetch", &[("Sec-Purpose", "prefetch"), ("Sec-Fetch-Dest", "document"), ("Sec-Fetch-Site", "none")]),
    ("nonsense", &[("Sec-Fetch-Dest", "document, iframe")]),
];

struct Asked {
    what: String,
    path: String,
    kind: RouteKind,
    made_up: bool,
    allowed: Option<Vec<String>>,
    method: &'static str,
    speech: &'static str,
    bytes: String,
}

/// All routes, a static file and an unknown path, each with its kind and its methods.
fn places(app: &TestApp) -> Vec<(String, RouteKind, Option<Vec<String>>)> {
    let parameter = Regex::new(r"\{[^}]+\}").unwrap();
    let mut places: Vec<(String, RouteKind, Option<Vec<String>>)> = unframed::routes::patterns()
        .iter()
        .map(|entry| {
            let path = parameter.replace_all(entry.path, MADE_UP);
            let methods = entry.methods.iter().map(ToString::to_string).collect();
            (path.into_owned(), entry.kind, Some(methods))
        })
        .collect();
    let reads = vec!["GET".to_owned(), "HEAD".to_owned()];
    places.push((app.state.view.asset_url("app.css"), RouteKind::Asset, Some(reads)));
    places.push(("/nope".to_owned(), RouteKind::Page, None));
    places.push(("/api/v1/nope".to_owned(), RouteKind::Api, None));
    places
}

fn questions(app: &TestApp, person: &str, cookie: &str) -> Vec<Asked> {
    let mut questions = Vec::new();
    for (path, kind, allowed) in places(app) {
        for (method, (speech, said)) in
            METHODS.iter().flat_map(|method| SPEECHES.map(|speech| (method, speech)))
        {
            let mut fields = said.to_vec();
            fields.push(("X-Forwarded-For", "203.0.113.9"));
            if !cookie.is_empty() {
                fields.push(("Cookie", cookie));
            }
            let form = *method == "POST";
            if form {
                fields.push(("Content-Type", "application/x-www-form-urlencoded"));
            }
            if !matches!(*method, "GET" | "HEAD" | "OPTIONS" | "TRACE") {
                fields.push(("Origin", &app.origin));
            }
            questions.push(Asked {
                what: format!("{person}, {speech}: {method} {path}"),
                bytes: request(method, &path, &fields, form.then_some("")),
                made_up: path.contains(MADE_UP),
                path: path.clone(),
                kind,
                allowed: allowed.clone(),
                method,
                speech,
            });
        }
    }
    questions
}

fn judge(asked: &Asked, answer: &WireAnswer) -> Vec<String> {
    let mut faults = faults_at(&asked.path, answer, Keep::of(&asked.path, answer.status));
    let reads = matches!(asked.method, "GET" | "HEAD" | "OPTIONS" | "TRACE");
    let takes = asked.allowed.as_ref().map(|methods| methods.iter().any(|method| method == asked.method));
    let api = asked.kind == RouteKind::Api;
    let fits = match (asked.speech, takes) {
        // A proxy passes on whatever the browser said to the page behind it.
        _ if asked.kind == RouteKind::ForwardAuth && matches!(asked.method, "GET" | "HEAD") => {
            [200, 401].contains(&answer.status)
        }
        _ if asked.kind == RouteKind::ForwardAuth => answer.status == 403,
        // No form writes to the API.
        ("own page", _) if api && !reads => answer.status == 403,
        // A cookie authorises no write there.
        ("silent", Some(true)) if api && !reads => answer.status == 401,
        ("frame" | "nonsense", _) => answer.status == 403,
        ("prefetch", _) => answer.status == 503,
        ("other site", _) if !reads => answer.status == 403,
        (_, None) => answer.status == 404,
        // An invented id is unknown.
        (_, Some(true)) => ![405, 500].contains(&answer.status) && (answer.status != 404 || asked.made_up),
        (_, Some(false)) => {
            let allow = answer.lines("allow");
            let mut sent: Vec<&str> = allow.iter().flat_map(|line| line.split(", ")).collect();
            let mut expected: Vec<&str> = asked.allowed.iter().flatten().map(String::as_str).collect();
            sent.sort_unstable();
            expected.sort_unstable();
            answer.status == 405 && sent == expected
        }
    };
    if !fits {
        faults.push(format!("status {}, Allow {:?}", answer.status, answer.lines("allow")));
    }
    if asked.method == "HEAD" && !answer.body.is_empty() {
        faults.push("a body".to_owned());
    }
    faults
}

#[tokio::test]
async fn every_route_and_method_answers_with_the_whole_header_set() {
    let app = TestApp::spawn().await;
    let ada = app.member("Ada").await;
    let cookie = format!("session={}", ada.cookie("session").unwrap());
    let mut questions = questions(&app, "guest", "");
    questions.extend(self::questions(&app, "member", &cookie));
    let mut wrong = Vec::new();
    for some in questions.chunks(24) {
        let answers = some.iter().map(|asked| exchange(app.address, &asked.bytes));
        for (asked, answer) in some.iter().zip(join_all(answers).await) {
            let faults = answer.map_or_else(|| vec!["no answer".to_owned()], |answer| judge(asked, &answer));
            wrong.extend(faults.into_iter().map(|fault| format!("{}: {fault}", asked.what)));
        }
    }
    assert!(wrong.is_empty(), "{} of {}:\n{}", wrong.len(), questions.len(), wrong.join("\n"));
    assert_eq!(ada.get("/settings").await.status, 200, "none of the requests ended the session");
}
