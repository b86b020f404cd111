//! A team's own logo, color, templates, styles and texts in place of ours, and what the start refuses.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use reqwest::StatusCode;
use unframed::assets::Assets;
use unframed::config::{Accent, Config, Identity};
use unframed::domain::Origin;
use unframed::locales::Catalogues;
use unframed::mail::transport::Links;
use unframed::mail::{Letters, MailSeal, Transport};
use unframed::routes;
use unframed::security::fetch_metadata::Callers;
use unframed::state::Site;

use crate::harness::TestApp;
use crate::harness::database::private_folder;

fn own() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn ours(file: &str) -> String {
    std::fs::read_to_string(own().join(file)).unwrap()
}

/// A folder with some files.
fn overrides(files: &[(&str, &str)]) -> PathBuf {
    let folder = private_folder("overrides");
    for (name, text) in files {
        let path = folder.join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }
    folder
}

fn shown(files: &[(&str, &str)]) -> String {
    overrides(files).display().to_string()
}

/// Why a site with these files does not start; nothing if it does.
fn problem(files: &[(&str, &str)]) -> String {
    let assets = Assets::new(own(), Some(overrides(files)));
    let origin = Origin::parse("http://localhost:8080").unwrap();
    let site =
        Site::load(&assets, Callers::only(origin.clone()), routes::map().unwrap(), &[], Identity::default());
    if let Err(problem) = site {
        return problem.to_string();
    }
    let seal = Arc::new(MailSeal::new(&TestApp::configuration(&[]).secret_keys));
    let letters = Letters::load(&assets, &origin, "Acme", Catalogues::load(&assets).unwrap(), seal);
    letters.err().map(|problem| problem.to_string()).unwrap_or_default()
}

#[tokio::test]
async fn templates_texts_and_styles_are_replaced_one_by_one() {
    let folder = overrides(&[
        (
            "templates/pages/deletion_scheduled.html",
            "{% extends \"layout.html\" %}{% block title %}Bye{% endblock %}{% block content %}<h1>Sorry to see you go</h1>{% endblock %}",
        ),
        ("locales/en/our.ftl", "sign-in = Log in\n"),
        ("locales/en/mail/sign_up.txt", "Subject: Join us\r\n\r\nWelcome!\r\n\r\nJoin:\r\n{{ link }}\r\n"),
        ("static/app.css", "body { color: black }"),
        ("static/extra/font.css", "/* ours */"),
    ]);
    let app = TestApp::spawn_configured(&[("OVERRIDES_DIR", &folder.display().to_string())]).await;
    let guest = app.guest();
    let page = guest.get("/deletion-scheduled").await;
    assert!(page.body.contains("Sorry to see you go"), "{}", page.body);
    let page = guest.get("/sign-in").await;
    assert!(page.body.contains("<h1>Log in</h1>") && page.body.contains("Email address"), "{}", page.body);
    let style = page.find(r#"href="(/static/[0-9a-f]+/app.css)""#).unwrap();
    let replaced = guest.get(&style).await;
    assert_eq!((replaced.status, replaced.body.as_str()), (StatusCode::OK, "body { color: black }"));
    assert_eq!(replaced.header("content-type"), Some("text/css; charset=utf-8"));
    assert!(replaced.header("cache-control").unwrap().contains("immutable"));
    let added = guest.get(&style.replace("app.css", "extra/font.css")).await;
    assert_eq!((added.status, added.body.as_str()), (StatusCode::OK, "/* ours */"));
    assert_eq!(guest.get(&style.replace("app.css", "icon.svg")).await.status, StatusCode::OK, "ours");
    let posted = guest.post(&style, &[]).await;
    assert_eq!(posted.status, StatusCode::METHOD_NOT_ALLOWED);
    assert!(posted.header("allow").is_some());
    let plain = TestApp::spawn().await.guest().get("/sign-in").await;
    assert!(!plain.body.contains(&style), "another content has another web address");

    let email = crate::harness::confirmation::fresh_email("join");
    guest.ask_for_sign_up(&email).await;
    let mails = app.all_mails_to(&email).await;
    assert!(mails[0].contains("Subject: Join us\n\nWelcome!"), "{mails:?}");
}

#[test]
fn a_template_that_would_break_a_page_stops_the_start() {
    assert_eq!(problem(&[]), "");
    let sign_in = "templates/pages/sign_in.html";
    let broken = problem(&[(sign_in, "{% extends \"layout.html\" %}{% block title %}")]);
    assert!(broken.contains("pages/sign_in.html"), "{broken}");
    for bare in ["<h1>Sign in</h1>", "{% extends \"bare.html\" %}", "<p>{% extends \"layout.html\" %}"] {
        let told = problem(&[(sign_in, bare)]);
        assert!(told.contains("must begin with {% extends \"layout.html\" %}"), "{bare}: {told}");
    }
    let unknown =
        problem(&[("templates/layout.html", &ours("templates/layout.html").replace("viewer", "wiever"))]);
    assert_eq!(unknown, "", "an unknown variable that a guest's page does not need");
    let layout = ours("templates/layout.html");
    let without_meta = layout.lines().filter(|line| !line.contains("Content-Security-Policy"));
    let told = problem(&[("templates/layout.html", &without_meta.collect::<Vec<_>>().join("\n"))]);
    assert!(told.contains("layout.html does not carry the policy in its <head>"), "{told}");
    let other = layout.replace("{{ meta_csp | safe }}", "default-src *");
    let told = problem(&[("templates/layout.html", &other)]);
    assert!(told.contains("does not carry the policy"), "{told}");
    for (from, to) in
        [("{%- if script_url %}", "{%- if false %}"), (" defer>", " async>"), ("integrity=", "data-x=")]
    {
        let told = problem(&[("templates/layout.html", &layout.replace(from, to))]);
        assert!(told.contains("layout.html does not carry the script of pages that use it"), "{told}");
    }
    let told =
        problem(&[("templates/layout.html", &layout.replace("</main>", "{{ nothing.at_all }}</main>"))]);
    assert!(told.contains("layout.html"), "{told}");
    let told = problem(&[("locales/de/x.ftl", "page-overview Broken\n")]);
    assert!(told.contains("x.ftl"), "{told}");
}

#[test]
fn a_mail_without_its_subject_or_its_link_stops_the_start() {
    let file = "locales/de/mail/email_changed.txt";
    let good = ours(file);
    assert_eq!(problem(&[(file, &good)]), "");
    for (text, told) in [
        (good.replace("{{ until }}", "{{ untill }}"), "untill"),
        (good.replace("Subject: ", ""), "must begin with `Subject: ` and an empty line"),
        (good.replace("{{ link }}", ""), "needs its link"),
        (good.replace(":\n{{ link }}", "\n{{ link }}"), "needs its link"),
        (good.replace("{{ link }}", "{% if %}"), "email_changed.txt"),
    ] {
        let found = problem(&[(file, &text)]);
        assert!(found.contains("email_changed.txt") && found.contains(told), "{told}: {found}");
    }
    let layout = ours("templates/mail/layout.html").replace("{{ subject }}", "{{ subjekt }}");
    let mails = format!("folder:{}", private_folder("mails").display());
    let folder = shown(&[("templates/mail/layout.html", &layout)]);
    let config = TestApp::configuration(&[("OVERRIDES_DIR", &folder), ("MAIL_URL", &mails)]);
    let seal = Arc::new(MailSeal::new(&config.secret_keys));
    let found = Transport::new(&config, Links::Hidden, seal).err().unwrap().to_string();
    assert!(found.contains("subjekt"), "{found}");
}

#[test]
fn a_static_file_that_would_shadow_another_one_stops_the_start() {
    let told = problem(&[("static/passkeys.js", "alert(1)")]);
    assert!(told.contains("passkeys.js stands in for the one script that our pages run"), "{told}");
    assert_eq!(problem(&[("static/more/passkeys.js", "")]), "");
    let assets = Assets::new(own(), Some(overrides(&[("static/accent.css", "")])));
    let accent = Some(Accent::parse("#1d4ed8,#93b4fd").unwrap());
    let identity = Identity { accent, ..Identity::default() };
    let origin = Origin::parse("http://localhost:8080").unwrap();
    let site = Site::load(&assets, Callers::only(origin.clone()), routes::map().unwrap(), &[], identity);
    let told = site.err().unwrap().to_string();
    assert!(told.contains("accent.css stands in for the file that"), "{told}");
}

#[test]
fn a_folder_that_leads_in_circles_stops_the_start() {
    let folder = overrides(&[("static/a.css", "")]);
    for link in ["static/b", "static/c"] {
        std::os::unix::fs::symlink(".", folder.join(link)).unwrap();
    }
    let origin = Origin::parse("http://localhost:8080").unwrap();
    let assets = Assets::new(own(), Some(folder));
    let site =
        Site::load(&assets, Callers::only(origin.clone()), routes::map().unwrap(), &[], Identity::default());
    let told = site.err().unwrap().to_string();
    assert!(told.contains("too many files or folders"), "{told}");
}

#[tokio::test]
async fn a_page_that_may_be_framed_is_not_shown_with_a_control_that_an_include_brings() {
    let card = ours("templates/pages/card.html").replace("<h1>", "{% include \"parts/menu.html\" %}<h1>");
    let folder = shown(&[
        ("templates/pages/card.html", &card),
        ("templates/parts/menu.html", "<details><summary>More</summary></details>"),
    ]);
    let app = TestApp::spawn_configured(&[("OVERRIDES_DIR", &folder)]).await;
    let ada = app.member("Ada").await;
    ada.submit("/settings/card", &[("card", "on")]).await;
    let card = ada.get(&format!("/card/{}", ada.user_id().await)).await;
    assert_eq!(card.status, StatusCode::INTERNAL_SERVER_ERROR, "{}", card.body);
}

#[test]
fn a_page_that_may_be_framed_gets_no_control() {
    let card = ours("templates/pages/card.html");
    assert_eq!(problem(&[("templates/pages/card.html", &card)]), "");
    for control in ["<a href=\"/settings\">x</a>", "<FORM>", "<button>x</button>", "<input>"] {
        let told = problem(&[("templates/pages/card.html", &card.replace("<h1>", control))]);
        assert!(told.contains("may be shown in a frame"), "{control}: {told}");
        let layout = ours("templates/bare.html").replace("<body>", &format!("<body>{control}"));
        let told = problem(&[("templates/bare.html", &layout)]);
        assert!(told.contains("may be shown in a frame"), "{control}: {told}");
    }
}

#[tokio::test]
async fn a_page_that_drops_the_policy_is_not_shown() {
    // The layout lets pages replace its head, and one page does.
    let meta = ours("templates/layout.html")
        .lines()
        .find(|line| line.contains("Content-Security-Policy"))
        .map(str::to_owned)
        .unwrap();
    let layout =
        ours("templates/layout.html").replace(&meta, &format!("{{% block policy %}}{meta}{{% endblock %}}"));
    let folder = overrides(&[
        ("templates/layout.html", &layout),
        (
            "templates/pages/deletion_scheduled.html",
            "{% extends \"layout.html\" %}{% block policy %}{% endblock %}",
        ),
    ]);
    let app = TestApp::spawn_configured(&[("OVERRIDES_DIR", &folder.display().to_string())]).await;
    let guest = app.guest();
    assert_eq!(guest.get("/sign-in").await.status, StatusCode::OK);
    assert_eq!(guest.get("/deletion-scheduled").await.status, StatusCode::INTERNAL_SERVER_ERROR);
}

/// The problems of a configuration with this value.
fn problems_with(variable: &str, value: &str) -> String {
    let lookup = |name: &str| match name {
        _ if name == variable => Some(value.to_owned()),
        _ => None,
    };
    Config::read(lookup, "test").err().map(|problem| problem.to_string()).unwrap_or_default()
}

fn refused(folder: &Path) -> String {
    problems_with("OVERRIDES_DIR", &folder.display().to_string())
}

#[test]
fn a_folder_that_replaces_nothing_is_a_problem_of_the_configuration() {
    let missing = refused(&private_folder("overrides").join("missing"));
    assert!(missing.contains("OVERRIDES_DIR (") && missing.contains("missing) cannot be read"), "{missing}");
    let strange = refused(&overrides(&[("template/layout.html", "")]));
    assert!(strange.contains("holds \"template\": only templates/, static/ and locales/"), "{strange}");
    assert!(!refused(&overrides(&[(".git/config", "")])).contains("OVERRIDES_DIR"));
}

#[tokio::test]
async fn a_logo_and_a_color_stand_on_every_page_and_are_served_from_memory() {
    let folder = private_folder("logo");
    let logo = folder.join("acme.txt");
    let picture = r#"<svg xmlns="http://www.w3.org/2000/svg"><circle r="9"/></svg>"#;
    std::fs::write(&logo, picture).unwrap();
    let app = TestApp::spawn_configured(&[
        ("SITE_NAME", "Acme & Söhne"),
        ("SITE_LOGO", &logo.display().to_string()),
        ("ACCENT_COLOR", "#1d4ed8, #93b4fd"),
    ])
    .await;
    std::fs::remove_file(&logo).unwrap();
    let guest = app.guest();
    let page = guest.get("/sign-in").await;
    assert!(page.body.contains("<title>Sign in · Acme &amp; Söhne</title>"), "{}", page.body);
    let icon = page.find(r#"<link rel="icon" type="image/svg\+xml" href="(/static/[0-9a-f]+/logo\.svg)">"#);
    let icon = icon.unwrap_or_else(|| panic!("no logo: {}", page.body));
    assert!(page.body.contains(&format!("<img src=\"{icon}\"")), "{}", page.body);
    let served = guest.get(&icon).await;
    assert_eq!((served.status, served.body.as_str()), (StatusCode::OK, picture));
    assert_eq!(served.header("content-type"), Some("image/svg+xml"));
    assert!(served.header("cache-control").unwrap().contains("immutable"));
    assert!(served.header("content-security-policy").unwrap().contains("script-src 'none'"));
    let style = page.find(r#"href="(/static/[0-9a-f]+/accent\.css)""#).expect("the color's style sheet");
    let served = guest.get(&style).await;
    assert!(served.body.starts_with(":root { --accent: #1d4ed8;"), "{}", served.body);
    assert_eq!(served.header("content-type"), Some("text/css; charset=utf-8"));
}

#[test]
fn a_logo_or_a_color_that_does_not_work_is_a_problem_of_the_configuration() {
    let folder = private_folder("logo");
    let logo = folder.join("logo.svg");
    std::fs::write(&logo, r#"<svg xmlns="http://www.w3.org/2000/svg"><script/></svg>"#).unwrap();
    let told = problems_with("SITE_LOGO", &logo.display().to_string());
    assert!(told.contains("SITE_LOGO (") && told.contains("is an SVG with <script>"), "{told}");
    let told = problems_with("SITE_LOGO", "/nonexistent.png");
    assert!(told.contains("SITE_LOGO (/nonexistent.png) cannot be read"), "{told}");
    let told = problems_with("ACCENT_COLOR", "#ffff00");
    assert!(told.contains("ACCENT_COLOR (#ffff00) has a contrast of 1.") && told.contains("try #"), "{told}");
    let told = problems_with("SITE_NAME", "Acme\u{202e}");
    assert!(told.contains("SITE_NAME"), "{told}");
}
