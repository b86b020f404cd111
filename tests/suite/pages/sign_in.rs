//! `/sign-in`.

use argon2::Params;
use reqwest::StatusCode;
use unframed::domain::Password;
use unframed::security::password_hashing::PasswordHashing;

use crate::harness::{Answer, PASSWORD, TestApp};

/// The whole answer without the date, with a placeholder for the email address.
fn redacted(answer: &Answer, email: &str) -> String {
    let mut fields: Vec<String> = answer
        .headers
        .iter()
        .filter(|(name, _)| *name != "date")
        .map(|(name, value)| format!("{name}: {value:?}"))
        .collect();
    fields.sort_unstable();
    assert!(answer.body.contains(email), "the email address is kept");
    let body = answer.body.replace(email, "ADDRESS");
    // The lengths of the email addresses differ, and so do those of the bodies.
    let fields = fields.join("\n").replace(&answer.body.len().to_string(), "LENGTH");
    format!("{}\n{fields}\n{body}", answer.status)
}

#[tokio::test]
async fn a_wrong_password_and_an_unknown_address_look_the_same() {
    let app = TestApp::spawn().await;
    let email = app.member("Ada").await.email();
    let unknown = format!("unknown-{}@example.com", uuid::Uuid::new_v4());
    let guest = app.guest();
    let wrong = guest.post("/sign-in", &[("email", &email), ("password", "wrong horse")]).await;
    let no_account = guest.post("/sign-in", &[("email", &unknown), ("password", "wrong horse")]).await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(
        wrong.body.contains("The email address or the password is wrong.")
            && !wrong.body.contains("wrong horse")
    );
    assert_eq!(redacted(&wrong, &email), redacted(&no_account, &unknown));
    assert!(guest.cookie("session").is_none());
}

#[tokio::test]
async fn an_incomplete_form_is_shown_again() {
    let app = TestApp::spawn().await;
    let guest = app.guest();
    for (email, password, error) in [
        ("", "x", "Enter an email address."),
        ("ada", "x", "in the correct format, like name@example.com"),
        ("ada@example.com", "", "Enter your password."),
        ("a\0@example.com", "x", "in the correct format, like name@example.com"),
    ] {
        let page = guest.post("/sign-in", &[("email", email), ("password", password)]).await;
        assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY, "{email:?}");
        assert!(page.body.contains(error), "{}", page.body);
    }
}

#[tokio::test]
async fn signing_in_leads_to_a_path_of_this_site_only() {
    let app = TestApp::spawn().await;
    let email = app.member("Ada").await.email();
    for (next, leads_to) in [
        ("/settings/sessions", "/settings/sessions"),
        ("/settings?done=saved", "/settings"),
        ("", "/settings"),
        ("//evil.example", "/settings"),
        ("https://evil.example/", "/settings"),
        ("/\\evil.example", "/settings"),
        ("/\t/evil.example", "/settings"),
        ("javascript:alert(1)", "/settings"),
        ("/x\r\nSet-Cookie: a=b", "/settings"),
    ] {
        let browser = app.guest();
        let form = [("email", email.as_str()), ("password", PASSWORD), ("next", next)];
        let answer = browser.post("/sign-in", &form).await;
        assert_eq!((answer.status, answer.location()), (StatusCode::SEE_OTHER, leads_to), "{next:?}");
        let query = url::form_urlencoded::Serializer::new(String::new()).append_pair("next", next).finish();
        let member = browser.get(&format!("/sign-in?{query}")).await;
        assert_eq!(member.location(), leads_to, "{next:?} for a member");
        let guest = app.guest().get(&format!("/sign-in?{query}")).await;
        assert_eq!(guest.status, StatusCode::OK);
        assert!(!guest.body.contains("evil"), "{}", guest.body);
    }
}

#[tokio::test]
async fn each_sign_in_has_a_new_token_and_ends_the_former_session_of_the_browser() {
    let app = TestApp::spawn().await;
    let ada = app.member("Ada").await;
    let former = ada.cookie("session").unwrap();
    ada.sign_in(&ada.email()).await;
    assert_ne!(ada.cookie("session").unwrap(), former);
    let thief = app.guest();
    thief.set_cookie("session", &former);
    assert_eq!(thief.get("/settings").await.status, StatusCode::SEE_OTHER, "the former token opens nothing");
    assert_eq!(ada.get("/settings").await.status, StatusCode::OK);
}

#[tokio::test]
async fn a_planted_token_is_not_kept_after_sign_in() {
    let app = TestApp::spawn().await;
    let (ada, mallory) = (app.member("Ada").await, app.member("Mallory").await);
    let victim = app.guest();
    let planted = mallory.cookie("session").unwrap();
    victim.set_cookie("session", &planted);
    victim.sign_in(&ada.email()).await;
    assert_ne!(victim.cookie("session").unwrap(), planted);
    assert_eq!(mallory.get("/settings").await.status, StatusCode::SEE_OTHER);
    assert!(victim.get("/settings").await.body.contains(&ada.email()));
}

#[tokio::test]
async fn the_same_address_and_password_in_another_spelling_sign_in() {
    let app = TestApp::spawn().await;
    let email = app.member("Ada").await.email();
    app.guest().sign_in(&format!("  {} ", email.to_uppercase())).await;
    let (composed, decomposed) = ("caf\u{e9} lantern omelet 47", "cafe\u{301} lantern omelet 47");
    let address = format!("zoe-{}@example.com", uuid::Uuid::new_v4());
    let link = app.guest().ask_for_sign_up(&address).await;
    let form = [("display_name", "Zoe"), ("password", composed)];
    assert_eq!(app.guest().post(&link, &form).await.status, StatusCode::SEE_OTHER);
    let answer = app.guest().post("/sign-in", &[("email", &address), ("password", decomposed)]).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn a_sign_in_replaces_a_hash_with_weaker_parameters() {
    let app = TestApp::spawn().await;
    let email = app.member("Ada").await.email();
    let weaker = PasswordHashing::with_params(Params::new(8192, 1, 1, None).unwrap()).unwrap();
    let hash = weaker
        .hash(std::net::Ipv4Addr::LOCALHOST.into(), &Password::parse(PASSWORD, None, None).unwrap())
        .await
        .unwrap();
    assert_eq!(
        app.execute(format!("UPDATE users SET password_hash = '{hash}' WHERE email = '{email}'")).await,
        1
    );
    let strong =
        format!("users WHERE email = '{email}' AND password_hash LIKE '$argon2id$v=19$m=19456,t=2,p=1$%'");
    let wrong = app.guest().post("/sign-in", &[("email", &email), ("password", "wrong horse")]).await;
    assert_eq!((wrong.status, app.count(&strong).await), (StatusCode::UNPROCESSABLE_ENTITY, 0));
    app.guest().sign_in(&email).await;
    assert_eq!(app.count(&strong).await, 1);
    app.guest().sign_in(&email).await;
}
