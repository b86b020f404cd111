//! `/`.

use reqwest::{Method, StatusCode};

use crate::harness::TestApp;

#[tokio::test]
async fn the_start_page_links_to_sign_up_and_sign_in() {
    let app = TestApp::spawn().await;
    let page = app.guest().get("/").await;
    assert_eq!(page.status, StatusCode::OK);
    for way in ["href=\"/sign-up\"", "href=\"/sign-in\"", "<h1>Your account"] {
        assert!(page.body.contains(way), "{way}: {}", page.body);
    }
}

#[tokio::test]
async fn a_member_is_redirected_to_the_settings() {
    let app = TestApp::spawn().await;
    let answer = app.member("Ada").await.get("/").await;
    assert_eq!((answer.status, answer.location()), (StatusCode::SEE_OTHER, "/settings"));
}

#[tokio::test]
async fn the_meta_tag_repeats_the_directives_of_the_header_that_browsers_read_there() {
    let app = TestApp::spawn().await;
    let page = app.guest().get("/").await;
    let meta = page.find("http-equiv=\"Content-Security-Policy\" content=\"([^\"]+)\"").expect("a meta tag");
    let ignored = |directive: &&str| {
        ["frame-ancestors", "report-uri", "sandbox"]
            .contains(&directive.split(' ').next().unwrap_or_default())
    };
    let header = page.header("content-security-policy").expect("a policy");
    let expected: Vec<&str> = header.split("; ").filter(|directive| !ignored(directive)).collect();
    assert_eq!(meta, expected.join("; "));
    assert!(expected.len() < header.split("; ").count());
}

#[tokio::test]
async fn a_head_request_is_the_page_without_its_body() {
    let app = TestApp::spawn().await;
    let guest = app.guest();
    let (get, head) = (guest.get("/").await, guest.send(Method::HEAD, "/", None, &[]).await);
    assert_eq!((head.status, head.body.as_str()), (StatusCode::OK, ""));
    let fields = |answer: &crate::harness::Answer| {
        let mut names: Vec<String> = answer.headers.keys().map(ToString::to_string).collect();
        names.sort_unstable();
        names
    };
    assert_eq!(fields(&head), fields(&get));
    assert_eq!(head.header("content-length"), get.header("content-length"));
}

#[tokio::test]
async fn pages_and_mails_bear_the_name_of_the_site_and_lead_to_its_service_and_its_help() {
    let app = TestApp::spawn_configured(&[
        ("SITE_NAME", "Acme <b>& Söhne"),
        ("SERVICE_URL", "https://acme.example/start"),
        ("SUPPORT_EMAIL", "help@acme.example"),
        ("PRIVACY_URL", "https://acme.example/privacy"),
    ])
    .await;
    let ada = app.member("Ada").await;
    for page in [app.guest().get("/").await, ada.get("/settings").await, app.guest().get("/nope").await] {
        for part in [
            " · Acme &lt;b&gt;&amp; Söhne</title>",
            "<a class=\"back\" href=\"https://acme.example/start\" rel=\"noreferrer\">Back to acme.example</a>",
            "href=\"mailto:help@acme.example\"",
            "href=\"https://acme.example/privacy\"",
        ] {
            assert!(page.body.contains(part), "{part}: {}", page.body);
        }
        assert!(!page.body.contains("<b>") && !page.body.contains("Accessibility"), "{}", page.body);
    }
    let mails = app.all_mails_to(&ada.email()).await;
    assert!(mails[1].contains("Subject: Your Acme <b>& Söhne account is ready"), "{mails:#?}");
}

#[tokio::test]
async fn the_page_of_a_guest_is_in_its_language_and_says_nothing_of_what_another_guest_has_done() {
    let app = TestApp::spawn().await;
    let (guest, ada) = (app.guest(), app.member("Ada").await);
    let page = async |path, language| {
        let answer = guest.send(Method::GET, path, None, &[("accept-language", language)]).await;
        assert_eq!((answer.status, answer.header("content-language")), (StatusCode::OK, Some(language)));
        assert!(answer.body.contains(&format!("<html lang=\"{language}\">")), "{path}: {}", answer.body);
        answer.body
    };
    for path in ["/", "/sign-up", "/sign-up/sent"] {
        let (english, german) = (page(path, "en").await, page(path, "de").await);
        assert_ne!(english, german, "{path}");
        assert_eq!((page(path, "de").await, page(path, "en").await), (german, english), "{path}");
    }
    let before = page("/", "en").await;
    let signed_out = ada.submit("/sign-out", &[]).await;
    assert!(ada.get(signed_out.location()).await.body.contains("You’re signed out."));
    assert_eq!(page("/", "en").await, before);
    let typed = guest.post("/sign-up", &[("email", "nobody")]).await;
    assert!(typed.body.contains("value=\"nobody\""), "{}", typed.body);
    assert!(!page("/sign-up", "en").await.contains("nobody"));
}
