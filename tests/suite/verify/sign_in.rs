//! `--login`: a recipe signs in to a site before the check.

use std::io::Write as _;
use std::net::SocketAddr;
use std::time::Duration;

use unframed::routes;
use unframed::verify::probe::{self, Options};
use unframed::verify::session::Credentials;
use unframed::verify::sign_in::Recipe;

use super::signed_in::{Received, file, path_of, recorder, redirect};
use super::unusual_servers::page;
use super::{said, verify_with};
use crate::harness::TestApp;
use crate::harness::browser::PASSWORD;

const SECRET: &str = "hunter2-Secret";
const ONE_STEP: &str = "[[step]]\npage = \"/in\"\n[step.fields]\nuser = \"ada-lovelace\"\npassword = { env = \"CHECK_PASSWORD\" }\n";
const TWO_STEPS: &str = "[[step]]\npage = \"/two\"\n[step.fields]\nuser = \"ada-lovelace\"\n\
                         [[step]]\n[step.fields]\npassword = { env = \"CHECK_PASSWORD\" }\n";

/// A site with a sign-in page that has a token against forged requests, and one in two steps.
fn site() -> (SocketAddr, Received) {
    recorder(|stream, request| {
        const FORM: &str = "<form action=/search><input name=q></form><form method=post action=/in>\
            <input type=hidden name=csrf value='a&amp;b'><input name=user><input type=password name=password></form>";
        let body = request.split_once("\r\n\r\n").map_or("", |(_, body)| body);
        let by_browser =
            request.contains("origin: http://") && request.contains("sec-fetch-site: same-origin");
        let signed = request.contains("sid=granted-value");
        let answer = match (request.split(' ').next().unwrap_or_default(), path_of(request)) {
            ("GET", "/in") => page("Set-Cookie: pre=visitor-value; HttpOnly; SameSite=Lax\r\n", FORM),
            ("POST", "/in")
                if body == "csrf=a%26b&password=hunter2-Secret&user=ada-lovelace"
                    || body == "csrf=a%26b&user=ada-lovelace&password=hunter2-Secret" =>
            {
                if by_browser && request.contains("pre=visitor-value") {
                    page("Location: /\r\nSet-Cookie: sid=granted-value; HttpOnly; SameSite=Lax\r\n", "")
                        .replace("200 OK", "303 See Other")
                } else {
                    page("", "").replace("200 OK", "403 Forbidden")
                }
            }
            ("POST", "/in") => page("", &format!("{FORM}<p>Wrong password {SECRET}")),
            ("GET", "/two") => page("", "<form method=post action=/two/user><input name=user></form>"),
            ("POST", "/two/user") => redirect("/two/password"),
            ("GET", "/two/password") => page(
                "",
                "<form method=post action=/two/done><input type=hidden name=user value=ada><input type=password name=password></form>",
            ),
            ("POST", "/two/done") => redirect("/").replace(
                "Location",
                "Set-Cookie: sid=granted-value; Path=/; HttpOnly; SameSite=Lax\r\nLocation",
            ),
            ("GET", "/") if signed => page("", "<a href=/account>x</a>"),
            ("GET", "/account") if signed => page("", "<p>Hello, ada"),
            ("GET", "/" | "/account") => redirect("/in"),
            ("GET", "/multipart") => page(
                "",
                "<form method=post enctype=multipart/form-data><input name=user><input name=password></form>",
            ),
            ("GET", "/by-get") => page("", "<form><input name=user><input name=password></form>"),
            ("GET", "/loop") => redirect("/loop"),
            ("GET", "/open") => {
                page("", "<form method=post action=/opened><input name=user><input name=password></form>")
            }
            _ => page("", "")
                .replace("200 OK", if path_of(request) == "/opened" { "200 OK" } else { "404 Not Found" }),
        };
        let _ = stream.write_all(answer.as_bytes());
    })
}

fn login(address: SocketAddr, recipe: &str, password: &str) -> (Option<i32>, String) {
    let path = file("recipe.toml", recipe);
    let arguments = ["--url", &format!("http://{address}/"), "--login", path.to_str().expect("text")];
    said(&verify_with(&arguments, &[("CHECK_PASSWORD", password)]))
}

#[test]
fn a_form_with_a_hidden_token_signs_in_and_signed_in_pages_are_checked() {
    let (address, received) = site();
    let (code, text) = login(address, ONE_STEP, SECRET);
    assert_eq!(code, Some(0), "{text}");
    let posts: Vec<String> =
        received.all().into_iter().filter(|request| request.starts_with("POST")).collect();
    assert_eq!(posts.len(), 1, "nothing else is posted: {posts:?}");
    let account =
        received.all().into_iter().find(|request| path_of(request) == "/account").expect("a request");
    assert!(account.contains("sid=granted-value"), "{account}");
}

#[test]
fn a_sign_in_in_two_steps_goes_on_where_the_first_form_leads() {
    let (address, received) = site();
    let (code, text) = login(address, TWO_STEPS, SECRET);
    assert_eq!((code, received.pages().contains(&"/account".to_owned())), (Some(0), true), "{text}");
}

#[test]
fn a_sign_in_that_fails_says_how_and_prints_no_secret() {
    let (address, _) = site();
    let at = |page: &str| ONE_STEP.replace("/in", page);
    for (recipe, password, word) in [
        (ONE_STEP.to_owned(), "wrong-Secret", "--login: still on the sign-in page after POST /in (200)"),
        (at("/nowhere"), SECRET, "--login: GET /nowhere answers 404, so there is no form to fill in"),
        (
            ONE_STEP.replace("password =", "pass ="),
            SECRET,
            "--login: the form at GET /in has no field `pass`; it has csrf, user, password",
        ),
        (
            ONE_STEP.replace("[step.fields]", "form = \"/log-in\"\n[step.fields]"),
            SECRET,
            "--login: the page at GET /in has no form that leads to `/log-in` or has that id; it has one that leads to",
        ),
        (at("/account"), SECRET, "--login: still on the sign-in page"),
        (at("/multipart"), SECRET, "the form at GET /multipart is sent as multipart/form-data"),
        (at("/by-get"), SECRET, "the form at GET /by-get is sent by GET, in the web address"),
        (at("/loop"), SECRET, "--login: GET /loop: more than 10 redirects"),
        (at("/open"), SECRET, "--login: the site set no cookie after POST /opened"),
        (
            ONE_STEP.to_owned(),
            "",
            "takes its value from the environment variable CHECK_PASSWORD, which is not set",
        ),
        ("[[step]]\npage = /in".to_owned(), SECRET, "recipe.toml: line 2: "),
    ] {
        let password = if recipe.contains("/account") { "wrong-Secret" } else { password };
        let (code, text) = login(address, &recipe, password);
        assert_eq!((code, text.contains(word)), (Some(2), true), "{word}: {text}");
        assert!(!text.to_lowercase().contains("-secret"), "{text}");
    }
}

#[test]
fn what_a_recipe_fills_in_never_goes_to_another_origin() {
    let (other, received) = recorder(|stream, _| drop(stream.write_all(page("", "").as_bytes())));
    let fields = "<input name=user><input type=password name=password></form>";
    let elsewhere = format!("http://{other}/steal");
    let (form, before, after, again) = (
        page("", &format!("<form method=post action={elsewhere}>{fields}")),
        redirect(&elsewhere),
        page("", &format!("<form method=post action=/post-303>{fields}")),
        page("", &format!("<form method=post action=/post-307>{fields}")),
    );
    let (address, _) = recorder(move |stream, request| {
        let answer = match path_of(request) {
            "/form" => form.clone(),
            "/before" => before.clone(),
            "/after" => after.clone(),
            "/again" => again.clone(),
            "/post-307" => redirect(&elsewhere).replace("302 Found", "307 Temporary Redirect"),
            _ => redirect(&elsewhere),
        };
        let _ = stream.write_all(answer.as_bytes());
    });
    for (page, place) in [
        ("/form", "the form at GET /form"),
        ("/before", "GET /before"),
        ("/after", "POST /post-303"),
        ("/again", "POST /post-307"),
    ] {
        let (code, text) = login(address, &ONE_STEP.replace("/in", page), SECRET);
        let line = format!(
            "--login: {place} leads to http://{other}: cookies, headers and the values of the recipe"
        );
        assert_eq!((code, text.contains(&line)), (Some(2), true), "{text}");
    }
    assert_eq!(received.all(), [""; 0]);
}

#[tokio::test]
async fn the_time_limit_of_a_check_ends_a_sign_in() {
    let (address, received) = recorder(|stream, request| {
        if path_of(request) == "/slow" {
            std::thread::sleep(Duration::from_millis(300));
        }
        let _ = stream.write_all(redirect("/slow").as_bytes());
    });
    let recipe = Recipe::parse(&ONE_STEP.replace("/in", "/start"), |_| Some(SECRET.to_owned()));
    let mut credentials = Credentials::default();
    credentials.sign_in_by(recipe.unwrap_or_else(|problem| panic!("{problem}")));
    for (longest, most, place) in [(0, 0, "/start"), (1_000, 6, "/slow")] {
        let longest = Duration::from_millis(longest);
        let options = Options { credentials: credentials.clone(), longest, ..Options::default() };
        let url = format!("http://{address}/");
        let problem =
            probe::run(&url, &options, &routes::map().expect("a table")).await.err().expect("it fails");
        let line = format!("--login: the time limit of the check passed before GET {place}");
        assert_eq!(problem.to_string(), line);
        assert!(received.all().len() <= most, "{:?}", received.all());
    }
}

#[tokio::test]
async fn a_recipe_signs_in_to_our_own_server_and_its_signed_in_pages_have_no_findings() {
    let app = TestApp::spawn().await;
    let ada = app.member("Ada").await;
    let recipe = format!(
        "[[step]]\npage = \"/sign-in\"\n[step.fields]\nemail = \"{}\"\npassword = {{ env = \"PASSWORD\" }}\n",
        ada.email()
    );
    let try_with = async |password: &str| {
        let recipe = Recipe::parse(&recipe, |_| Some(password.to_owned())).unwrap_or_else(|e| panic!("{e}"));
        let mut credentials = Credentials::default();
        credentials.sign_in_by(recipe);
        let options = Options { credentials, keep: 100, ..Options::default() };
        probe::run(&app.origin, &options, &routes::map().expect("a table")).await
    };
    let checked = try_with(PASSWORD).await.unwrap_or_else(|problem| panic!("{problem}"));
    assert_eq!(
        (checked.report.count(), checked.report.incomplete()),
        (0, &[][..]),
        "{}",
        checked.report.text()
    );
    for path in ["/settings", "/settings/sessions", "/settings/email", "/settings/password"] {
        let opened = checked.pages.iter().any(|page| page.url.path() == path && page.response.status == 200);
        assert!(opened, "{path}: {:?}", checked.pages);
    }
    assert!(!checked.report.text().contains(PASSWORD), "{}", checked.report.text());
    let url = &checked.pages.last().expect("a page").url;
    assert!(checked.session.fields(url).iter().any(|(name, _)| name == "cookie"));
    let elsewhere = url::Url::parse("http://localhost:1/").expect("a URL");
    assert_eq!(checked.session.fields(&elsewhere), []);

    let problem = try_with("a wrong password of mine").await.err().expect("it fails").to_string();
    assert!(problem.starts_with("--login: still on the sign-in page after POST /sign-in ("), "{problem}");
}
