//! `/sign-up`.

use futures_util::future::join_all;
use reqwest::StatusCode;
use uuid::Uuid;

use crate::harness::{Answer, PASSWORD, TestApp};

fn fresh(name: &str) -> String {
    format!("{name}-{}@example.com", Uuid::new_v4())
}

/// What a stranger can compare: status, redirect, cookie without its value, names of all fields, body.
fn shape(answer: &Answer) -> String {
    let cookie = answer.header("set-cookie").unwrap_or_default();
    let token = regex::Regex::new("=[^;]{43};").unwrap();
    let mut names: Vec<&str> = answer.headers.keys().map(reqwest::header::HeaderName::as_str).collect();
    names.sort_unstable();
    let location = answer.header("location");
    format!("{} {location:?} {} {names:?} {}", answer.status, token.replace(cookie, "=TOKEN;"), answer.body)
}

#[tokio::test]
async fn a_new_account_is_signed_in_and_gets_a_welcome_email() {
    let app = TestApp::spawn().await;
    let ada = app.guest();
    let form = ada.get("/sign-up").await;
    for part in ["autocomplete=\"name\"", "autocomplete=\"username\"", "autocomplete=\"new-password\""] {
        assert!(form.body.contains(part), "{part}");
    }
    ada.sign_up("Ada").await;
    let page = ada.get("/settings").await;
    assert!(page.body.contains("Ada") && page.body.contains(&ada.email()));
    let mails = app.mails_to(&ada.email(), 1).await;
    assert!(mails[0].contains("account is ready") && mails[0].contains(&format!("{}/sign-in", app.origin)));
    let again = ada.get("/sign-up").await;
    assert_eq!((again.status, again.location()), (StatusCode::SEE_OTHER, "/settings"));
    let stored = format!("users WHERE email = '{}' AND password_hash LIKE '$argon2id$%'", ada.email());
    assert_eq!(app.count(&stored).await, 1);
}

#[tokio::test]
async fn a_refused_form_keeps_what_was_typed_but_never_the_password() {
    let app = TestApp::spawn().await;
    let guest = app.guest();
    for (name, email, password, error) in [
        ("", "ada@example.com", PASSWORD, "Enter your name."),
        ("Ada", "ada", PASSWORD, "Enter an email address in the correct format, like name@example.com."),
        ("Ada", "", PASSWORD, "Enter an email address."),
        ("Ada", "ada@example.com", "short horse 7", "15 characters"),
        ("Ada", "ada@example.com", "passwordpassword", "class=\"error\""),
        ("Byronova", "byronova@example.com", "byronova byronova", "class=\"error\""),
        ("a\0b", "ada@example.com", PASSWORD, "Remove line breaks and invisible characters."),
        ("Ada", "a\0da@example.com", PASSWORD, "in the correct format, like name@example.com"),
    ] {
        let form = [("display_name", name), ("email", email), ("password", password)];
        let page = guest.post("/sign-up", &form).await;
        assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY, "{form:?}");
        assert!(page.body.contains(error), "{form:?}: {}", page.body);
        assert!(page.body.contains("<title>Error: ") && page.body.contains("class=\"error-summary\""));
        let kept = |value: &str| page.body.contains(&format!("value=\"{value}\""));
        assert!(kept(name.trim()) || name.contains('\0'), "the name is kept: {}", page.body);
        assert!(kept(email) || email.contains('\0'), "the email address is kept: {}", page.body);
        assert!(!page.body.contains(password) && guest.cookie("session").is_none(), "{}", page.body);
    }
    assert_eq!(app.count("users WHERE email = 'ada@example.com'").await, 0);
}

#[tokio::test]
async fn hostile_input_is_refused_or_shown_as_text() {
    let app = TestApp::spawn().await;
    let attack = "<script>alert(1)</script>\"'><img src=x onerror=alert(1)>";
    let refused = app
        .guest()
        .post("/sign-up", &[("display_name", attack), ("email", attack), ("password", attack)])
        .await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(!refused.body.contains("<script") && !refused.body.contains("<img src=x"), "{}", refused.body);
    assert!(refused.body.contains("&lt;script&gt;"), "{}", refused.body);
    for (name, shown) in [
        ("<b onclick=x>Ada</b>", "&lt;b onclick=x&gt;Ada&lt;"),
        ("👩‍💻 Ada", "👩‍💻 Ada"),
        ("李小龍", "李小龍"),
        ("Ada {{ 7*7 }} {% raw %}", "Ada {{ 7*7 }} {% raw %}"),
        ("'; DROP TABLE users; --", "; DROP TABLE users; --"),
    ] {
        let (member, email) = (app.guest(), fresh("hostile"));
        let form = [("display_name", name), ("email", email.as_str()), ("password", PASSWORD)];
        assert_eq!(member.post("/sign-up", &form).await.status, StatusCode::SEE_OTHER, "{name}");
        let page = member.get("/settings").await;
        assert!(page.body.contains(shown) && !page.body.contains("<b onclick"), "{name}: {}", page.body);
    }
    let long = "x".repeat(5000);
    let answer =
        app.guest().post("/sign-up", &[("display_name", &long), ("email", &long), ("password", &long)]).await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
}

#[tokio::test]
async fn a_taken_email_address_looks_free_to_a_stranger_and_its_owner_is_emailed() {
    let app = TestApp::spawn().await;
    let ada = app.member("Ada").await;
    let (stranger, newcomer) = (app.guest(), app.guest());
    let (taken, free) = (ada.email().to_uppercase(), fresh("free"));
    let sign_up =
        |email| [("display_name", "Mallory"), ("email", email), ("password", "violet harbour kettle 9")];
    let answer = stranger.post("/sign-up", &sign_up(&taken)).await;
    assert_eq!(shape(&answer), shape(&newcomer.post("/sign-up", &sign_up(&free)).await));
    assert_eq!(stranger.get("/settings").await.status, StatusCode::SEE_OTHER, "the cookie opens nothing");
    let mails = app.mails_to(&ada.email(), 2).await;
    assert!(mails.iter().any(|mail| mail.contains("Subject: Someone tried to sign up")), "{mails:?}");
    app.guest().sign_in(&ada.email()).await;
    assert!(ada.get("/settings").await.body.contains("Ada"), "the account has not changed");
}

#[tokio::test]
async fn sixteen_sign_ups_at_once_with_one_address_make_one_account() {
    let app = TestApp::spawn().await;
    let email = fresh("race");
    let racers: Vec<_> = (0..16).map(|_| app.guest()).collect();
    let form = [("display_name", "Racer"), ("email", email.as_str()), ("password", PASSWORD)];
    for answer in join_all(racers.iter().map(|racer| racer.post("/sign-up", &form))).await {
        assert_eq!((answer.status, answer.location()), (StatusCode::SEE_OTHER, "/settings"));
    }
    assert_eq!(app.count(&format!("users WHERE email = '{email}'")).await, 1);
    let pages = join_all(racers.iter().map(|racer| racer.get("/settings"))).await;
    assert_eq!(
        pages.iter().filter(|page| page.status == StatusCode::OK).count(),
        1,
        "exactly one browser is signed in"
    );
    let mails = app.mails_to(&email, 16).await;
    assert_eq!(mails.iter().filter(|mail| mail.contains("Subject: Your account is ready")).count(), 1);
}
