//! `/sign-up/{token}`.

use chrono::TimeDelta;
use futures_util::future::join_all;
use reqwest::StatusCode;

use crate::harness::confirmation::fresh_email;
use crate::harness::{PASSWORD, TestApp};

const FORM: [(&str, &str); 2] = [("display_name", "Ada"), ("password", PASSWORD)];

#[tokio::test]
async fn opening_the_link_changes_nothing_and_the_form_creates_the_account() {
    let app = TestApp::spawn().await;
    let (ada, email) = (app.guest(), fresh_email("ada"));
    let link = ada.ask_for_sign_up(&email).await;
    for _ in 0..2 {
        // As a mail scanner does.
        let form = app.guest().get(&link).await;
        assert_eq!(form.status, StatusCode::OK, "{}", form.body);
        for part in
            ["autocomplete=\"name\"", "autocomplete=\"username\"", "autocomplete=\"new-password\"", &email]
        {
            assert!(form.body.contains(part), "{part}: {}", form.body);
        }
    }
    assert_eq!(app.count(&format!("users WHERE email = '{email}'")).await, 0);
    let answer = ada.post(&link, &FORM).await;
    assert_eq!((answer.status, answer.location()), (StatusCode::SEE_OTHER, "/settings"), "{}", answer.body);
    assert!(ada.get("/settings").await.body.contains(&email));
    let stored = format!("users WHERE email = '{email}' AND password_hash LIKE '$argon2id$%'");
    assert_eq!(app.count(&stored).await, 1);
}

#[tokio::test]
async fn the_link_decides_the_email_address_and_not_the_form() {
    let app = TestApp::spawn().await;
    let (mallory, own, other) = (app.guest(), fresh_email("mallory"), fresh_email("other"));
    let link = mallory.ask_for_sign_up(&own).await;
    let form = [("email", other.as_str()), ("display_name", "Mallory"), ("password", PASSWORD)];
    assert_eq!(mallory.post(&link, &form).await.status, StatusCode::SEE_OTHER);
    let accounts = async |email: &str| app.count(&format!("users WHERE email = '{email}'")).await;
    assert_eq!((accounts(&own).await, accounts(&other).await), (1, 0));
}

#[tokio::test]
async fn a_refused_form_keeps_what_was_typed_but_never_the_password() {
    let app = TestApp::spawn().await;
    let (guest, email) = (app.guest(), fresh_email("byronova"));
    let link = guest.ask_for_sign_up(&email).await;
    for (name, password, error) in [
        ("", PASSWORD, "Enter your name."),
        ("Ada", "", "Enter a password."),
        ("Ada", "short horse 7", "15 characters"),
        ("Ada", "passwordpassword", "class=\"error\""),
        ("Byronova", "byronova byronova", "class=\"error\""),
        ("a\0b", PASSWORD, "Remove line breaks and invisible characters."),
    ] {
        let form = [("display_name", name), ("password", password)];
        let page = guest.post(&link, &form).await;
        assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY, "{form:?}");
        assert!(page.body.contains(error), "{form:?}: {}", page.body);
        assert!(page.body.contains("<title>Error: ") && page.body.contains("class=\"error-summary\""));
        let kept = page.body.contains(&format!("value=\"{name}\""));
        assert!(kept || name.contains('\0'), "the name is kept: {}", page.body);
        let asked_again = page.body.contains("Enter a password again.");
        assert_eq!(asked_again, password == PASSWORD, "a good password must be typed again: {}", page.body);
        assert!(password.is_empty() || !page.body.contains(password), "{}", page.body);
        assert_eq!(guest.cookie("session"), None);
    }
    assert_eq!(app.count(&format!("users WHERE email = '{email}'")).await, 0);
    assert_eq!(guest.post(&link, &FORM).await.status, StatusCode::SEE_OTHER, "the link still works");
}

#[tokio::test]
async fn a_name_is_shown_as_text() {
    let app = TestApp::spawn().await;
    for (name, shown) in [
        ("<b onclick=x>Ada</b>", "&lt;b onclick=x&gt;Ada&lt;"),
        ("👩‍💻 Ada", "👩‍💻 Ada"),
        ("李小龍", "李小龍"),
        ("Ada {{ 7*7 }} {% raw %}", "Ada {{ 7*7 }} {% raw %}"),
        ("'; DROP TABLE users; --", "; DROP TABLE users; --"),
    ] {
        let (member, email) = (app.guest(), fresh_email("hostile"));
        let link = member.ask_for_sign_up(&email).await;
        let form = [("display_name", name), ("password", PASSWORD)];
        assert_eq!(member.post(&link, &form).await.status, StatusCode::SEE_OTHER, "{name}");
        let page = member.get("/settings").await;
        assert!(page.body.contains(shown) && !page.body.contains("<b onclick"), "{name}: {}", page.body);
    }
}

#[tokio::test]
async fn a_link_that_cannot_be_used_says_why_and_changes_nothing() {
    let app = TestApp::spawn().await;
    let email = fresh_email("ada");
    let (first, second) = (app.guest(), app.guest());
    let used = first.ask_for_sign_up(&email).await;
    let other = second.ask_for_sign_up(&email).await;
    assert_ne!(used, other);
    assert_eq!(first.post(&used, &FORM).await.status, StatusCode::SEE_OTHER);
    let expired = second.ask_for_sign_up(&fresh_email("late")).await;
    app.wait(TimeDelta::minutes(29));
    assert_eq!(second.get(&expired).await.status, StatusCode::OK);
    app.wait(TimeDelta::minutes(1));
    let unknown = format!("/sign-up/{}", "A".repeat(43));
    for (link, status, title) in [
        (used.as_str(), StatusCode::GONE, "Your account is ready"),
        (&expired, StatusCode::GONE, "This link doesn’t work"),
        (&unknown, StatusCode::NOT_FOUND, "This link doesn’t work"),
        ("/sign-up/x", StatusCode::NOT_FOUND, "Page not found"),
    ] {
        for answer in [second.get(link).await, second.post(link, &FORM).await] {
            assert_eq!(answer.status, status, "{link}: {}", answer.body);
            assert!(answer.body.contains(&format!("<h1>{title}</h1>")), "{link}: {}", answer.body);
        }
    }
    assert_eq!(second.cookie("session"), None);
    assert_eq!(app.count(&format!("users WHERE email = '{email}'")).await, 1);
}

#[tokio::test]
async fn the_owner_renews_an_expired_link_once_whatever_strangers_asked_for() {
    let app = TestApp::spawn().await;
    let (ada, email) = (app.guest(), fresh_email("ada"));
    let expired = ada.ask_for_sign_up(&email).await;
    for _ in 0..12 {
        app.wait(TimeDelta::minutes(30));
        app.guest().post("/sign-up", &[("email", &email)]).await;
    }
    let before = app.all_mails_to(&email).await.len();
    app.guest().post("/sign-up", &[("email", &email)]).await;
    assert_eq!(app.all_mails_to(&email).await.len(), before, "strangers have used up its mails");
    let page = ada.get(&expired).await;
    assert_eq!(page.status, StatusCode::GONE);
    assert!(page.body.contains("Send a new link") && page.body.contains("name=\"renew\""), "{}", page.body);
    let renewals: Vec<_> = (0..4).map(|_| app.guest()).collect();
    let answers = join_all(renewals.iter().map(|tab| tab.post(&expired, &[("renew", "yes")]))).await;
    let sent = answers.iter().filter(|answer| answer.header("location") == Some("/sign-up/sent")).count();
    assert!(sent >= 1 && answers.iter().all(|answer| answer.status.as_u16() < 500), "{sent}");
    assert_eq!(app.all_mails_to(&email).await.len(), before + 1, "one new link");
    assert_eq!(ada.get(&expired).await.status, StatusCode::NOT_FOUND);
    assert_eq!(ada.post(&expired, &[("renew", "yes")]).await.status, StatusCode::NOT_FOUND);
    let link = app.mailed_sign_up(&email).await;
    assert_eq!(ada.post(&link, &[("renew", "yes")]).await.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(ada.post(&link, &FORM).await.status, StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn an_expired_link_of_an_address_that_got_an_account_mails_no_link() {
    let app = TestApp::spawn().await;
    let (ada, email) = (app.guest(), fresh_email("ada"));
    let (expired, link) = (ada.ask_for_sign_up(&email).await, ada.ask_for_sign_up(&email).await);
    assert_eq!(ada.post(&link, &FORM).await.status, StatusCode::SEE_OTHER);
    app.wait(TimeDelta::minutes(30));
    let answer = app.guest().post(&expired, &[("renew", "yes")]).await;
    assert_eq!(answer.location(), "/sign-up/sent");
    let mails = app.all_mails_to(&email).await;
    assert!(mails.last().unwrap().contains("Subject: You already have an account at unframed"), "{mails:#?}");
}

#[tokio::test]
async fn a_link_whose_address_got_an_account_meanwhile_leads_to_sign_in() {
    let app = TestApp::spawn().await;
    let (tab, other) = (app.guest(), app.guest());
    let email = fresh_email("ada");
    let (link, second) = (tab.ask_for_sign_up(&email).await, tab.ask_for_sign_up(&email).await);
    assert_eq!(tab.post(&link, &FORM).await.status, StatusCode::SEE_OTHER);
    // Another account's change to the address of a third link.
    let wanted = fresh_email("wanted");
    let third = other.ask_for_sign_up(&wanted).await;
    tab.carry_out("/settings/email", &[("email", &wanted)]).await;
    let prove = app.mailed_link(&wanted, 1, "/email-change/", "Confirm your new").await;
    assert_eq!(app.guest().post(&prove, &[]).await.status, StatusCode::SEE_OTHER);
    for link in [second, third] {
        for answer in [other.get(&link).await, other.post(&link, &FORM).await] {
            assert_eq!(answer.status, StatusCode::CONFLICT, "{}", answer.body);
            assert!(answer.body.contains("<h1>You already have an account</h1>"), "{}", answer.body);
        }
    }
    assert_eq!(other.cookie("session"), None);
}

#[tokio::test]
async fn a_new_account_ends_the_former_session_of_the_browser() {
    let app = TestApp::spawn().await;
    let browser = app.member("Ada").await;
    let former = browser.cookie("session").unwrap();
    let link = app.guest().ask_for_sign_up(&fresh_email("second")).await;
    assert_eq!(browser.post(&link, &FORM).await.status, StatusCode::SEE_OTHER);
    let thief = app.guest();
    thief.set_cookie("session", &former);
    assert_eq!(thief.get("/settings").await.status, StatusCode::SEE_OTHER, "the former token opens nothing");
}

#[tokio::test]
async fn sixteen_uses_of_one_link_at_once_make_one_account() {
    let app = TestApp::spawn().await;
    let email = fresh_email("race");
    let link = app.guest().ask_for_sign_up(&email).await;
    let racers: Vec<_> = (0..16).map(|_| app.guest()).collect();
    let answers = join_all(racers.iter().map(|racer| racer.post(&link, &FORM))).await;
    let created = answers.iter().filter(|answer| answer.status == StatusCode::SEE_OTHER).count();
    let used = answers.iter().filter(|answer| answer.status == StatusCode::GONE).count();
    assert_eq!((created, used), (1, 15));
    assert_eq!(app.count(&format!("users WHERE email = '{email}'")).await, 1);
    assert_eq!(racers.iter().filter(|racer| racer.cookie("session").is_some()).count(), 1);
    assert_eq!(app.mails_to(&email, 1).await.len(), 1, "one welcome");
}
