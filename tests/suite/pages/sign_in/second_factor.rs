//! `/sign-in/second-factor`.

use std::collections::BTreeSet;

use chrono::TimeDelta;
use reqwest::StatusCode;

use crate::harness::{Browser, NEW_PASSWORD, PASSWORD, TestApp};

const PATH: &str = "/sign-in/second-factor";

/// A member with an authenticator app.
async fn member(app: &TestApp) -> Browser {
    let ada = app.member("Ada").await;
    ada.add_authenticator().await;
    ada
}

/// A browser in which the right password was typed.
async fn half_signed_in(app: &TestApp, of: &Browser) -> Browser {
    let guest = app.guest();
    let begun = guest.post("/sign-in", &[("email", &of.email()), ("password", PASSWORD)]).await;
    assert_eq!(begun.location(), PATH, "{}", begun.body);
    guest
}

#[tokio::test]
async fn a_password_and_a_code_sign_in_and_a_code_works_once() {
    let app = TestApp::spawn().await;
    let ada = member(&app).await;
    let (one, two) = (half_signed_in(&app, &ada).await, half_signed_in(&app, &ada).await);
    assert!(one.get(PATH).await.body.contains("Enter your second factor"));
    let code = ada.code();
    let spaced = format!("{} {}", &code[..3], &code[3..]);
    let done = one.post(PATH, &[("code", &spaced)]).await;
    assert_eq!((done.status, done.location()), (StatusCode::SEE_OTHER, "/settings"));
    assert!(one.cookie("session").is_some() && one.cookie("sign-in").is_none());
    assert_eq!(one.get("/settings").await.status, StatusCode::OK);
    let replayed = two.post(PATH, &[("code", &code)]).await;
    assert_eq!(replayed.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", replayed.body);
    assert!(replayed.body.contains("That code is wrong or was used before."), "{}", replayed.body);
}

#[tokio::test]
async fn of_many_forms_with_one_code_exactly_one_signs_in() {
    let app = TestApp::spawn().await;
    let ada = member(&app).await;
    let mut browsers = Vec::new();
    for _ in 0..6 {
        browsers.push(half_signed_in(&app, &ada).await);
    }
    let code = ada.code();
    let form = [("code", code.as_str())];
    let sent = browsers.iter().map(|browser| browser.post(PATH, &form));
    let answers = futures_util::future::join_all(sent).await;
    let signed_in = browsers.iter().filter(|browser| browser.cookie("session").is_some()).count();
    assert_eq!(signed_in, 1, "{:?}", answers.iter().map(|answer| answer.status).collect::<Vec<_>>());
}

#[tokio::test]
async fn a_half_signed_in_browser_opens_nothing_else() {
    let app = TestApp::spawn().await;
    let ada = member(&app).await;
    let guest = half_signed_in(&app, &ada).await;
    let pages: BTreeSet<&str> = unframed::routes::patterns()
        .into_iter()
        .filter(|route| route.path.starts_with("/settings") || route.path.starts_with("/api/v1/user"))
        .map(|route| route.path)
        .collect();
    assert!(pages.len() > 15, "{pages:?}");
    for path in pages {
        let path = path.replace("{id}", "x").replace("{token}", "x");
        let status = guest.get(&path).await.status;
        let closed = [StatusCode::SEE_OTHER, StatusCode::UNAUTHORIZED, StatusCode::METHOD_NOT_ALLOWED];
        assert!(closed.contains(&status), "{path}: {status}");
    }
    let token = guest.cookie("sign-in").expect("the cookie");
    guest.set_cookie("session", &token);
    assert_eq!(guest.get("/settings").await.status, StatusCode::SEE_OTHER, "its token is no session's");
}

#[tokio::test]
async fn a_pending_sign_in_ends_after_five_wrong_codes_and_the_owner_is_told() {
    let app = TestApp::spawn().await;
    let ada = member(&app).await;
    let thief = half_signed_in(&app, &ada).await;
    for attempt in 1..=5 {
        let answer = thief.post(PATH, &[("code", "000000")]).await;
        let expected = if attempt < 5 { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::SEE_OTHER };
        assert_eq!(answer.status, expected, "attempt {attempt}: {}", answer.body);
    }
    let over = thief.post(PATH, &[("code", &ada.code())]).await;
    assert_eq!(over.location(), "/sign-in?done=sign-in-over", "a right code comes too late");
    let saying = "Someone signed in with your password and a wrong second factor";
    app.mailed_link(&ada.email(), 2, "/undo/", saying).await;
    let id = ada.user_id().await;
    let listed = format!("security_events WHERE user_id = '{id}' AND kind = 'second-factor-failed'");
    assert_eq!(app.count(&listed).await, 5);
}

#[tokio::test]
async fn a_pending_sign_in_ends_with_time_with_a_new_password_and_with_the_account() {
    let app = TestApp::spawn().await;
    let ada = member(&app).await;
    let late = half_signed_in(&app, &ada).await;
    app.wait(TimeDelta::minutes(10));
    let over = late.post(PATH, &[("code", &ada.code())]).await;
    assert_eq!(over.location(), "/sign-in?done=sign-in-over");
    let page = late.get(over.location()).await;
    assert!(page.body.contains("That sign-in is over"), "{}", page.body);

    let ada = member(&app).await;
    let guest = half_signed_in(&app, &ada).await;
    ada.carry_out("/settings/password", &[("password", NEW_PASSWORD)]).await;
    let over = guest.post(PATH, &[("code", &ada.code())]).await;
    assert_eq!(over.location(), "/sign-in?done=sign-in-over", "the password has changed");

    let ada = member(&app).await;
    let guest = half_signed_in(&app, &ada).await;
    let id = ada.user_id().await;
    app.execute(format!("UPDATE users SET disabled_at = now() WHERE id = '{id}'")).await;
    let over = guest.post(PATH, &[("code", &ada.code())]).await;
    assert_eq!(over.location(), "/sign-in?done=sign-in-over", "the account is disabled");
}

#[tokio::test]
async fn a_new_password_by_a_mailed_link_does_not_replace_the_second_factor() {
    let app = TestApp::spawn().await;
    let ada = member(&app).await;
    let thief = app.guest();
    thief.post("/forgot-password", &[("email", &ada.email())]).await;
    let link = app.mailed_link(&ada.email(), 2, "/forgot-password/", "Choose a new").await;
    // Beside a second factor, eight characters are enough.
    assert!(thief.get(&link).await.body.contains("8 characters or more"));
    let chosen = thief.post(&link, &[("password", "gf8Ks0dk")]).await;
    assert_eq!(chosen.location(), "/sign-in?done=password-changed", "{}", chosen.body);
    let begun = thief.post("/sign-in", &[("email", &ada.email()), ("password", "gf8Ks0dk")]).await;
    assert_eq!(begun.location(), PATH);
    assert_eq!(thief.get("/settings").await.status, StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn an_unknown_account_and_a_wrong_password_do_not_tell_who_has_a_second_factor() {
    let app = TestApp::spawn().await;
    let (ada, bob) = (member(&app).await, app.member("Bob").await);
    let mut bodies = BTreeSet::new();
    for email in [ada.email(), bob.email(), "nobody@example.com".to_owned()] {
        let answer = app.guest().post("/sign-in", &[("email", &email), ("password", NEW_PASSWORD)]).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(answer.set_cookie("sign-in").is_none());
        bodies.insert(answer.body.replace(&email, "EMAIL"));
    }
    assert_eq!(bodies.len(), 1, "{bodies:#?}");
}

#[tokio::test]
async fn guesses_at_codes_are_limited_for_the_account_wherever_they_come_from() {
    let app = TestApp::spawn().await;
    let ada = member(&app).await;
    let mut refused = 0;
    for _ in 0..14 {
        let thief = half_signed_in(&app, &ada).await;
        for _ in 0..4 {
            let answer = thief.post(PATH, &[("code", "000000")]).await;
            refused += usize::from(answer.status == StatusCode::TOO_MANY_REQUESTS);
        }
    }
    assert_eq!(refused, 14 * 4 - 50);
    let mails = app.all_mails_to(&ada.email()).await;
    assert!(
        mails.iter().filter(|mail| mail.contains("and a wrong second factor")).count() == 2,
        "{mails:#?}"
    );
    // A session, a recovery code, and a browser that the account knows, are not held up.
    let done = ada.carry_out("/settings/sessions/revoke-others", &[]).await;
    assert_eq!(done.status, StatusCode::SEE_OTHER, "{}", done.body);
    let known = ada.post("/sign-in", &[("email", &ada.email()), ("password", PASSWORD)]).await;
    assert_eq!(known.location(), PATH);
    assert_eq!(ada.post(PATH, &[("code", &ada.code())]).await.location(), "/settings");
    let elsewhere = half_signed_in(&app, &ada).await;
    assert_eq!(elsewhere.post(PATH, &[("code", &ada.recovery_code())]).await.location(), "/settings");
}

#[tokio::test]
async fn the_page_without_a_pending_sign_in_leads_to_the_sign_in() {
    let app = TestApp::spawn().await;
    for answer in [app.guest().get(PATH).await, app.guest().post(PATH, &[("code", "1")]).await] {
        assert_eq!(answer.location(), "/sign-in?done=sign-in-over");
    }
    let ada = member(&app).await;
    let guest = half_signed_in(&app, &ada).await;
    let empty = guest.post(PATH, &[("code", " ")]).await;
    assert!(empty.body.contains("Enter a code."), "{}", empty.body);
}

#[tokio::test]
async fn wrong_codes_of_several_sign_ins_are_mailed_as_those_of_one_are() {
    let app = TestApp::spawn().await;
    let ada = member(&app).await;
    let told = async || {
        let mails = app.all_mails_to(&ada.email()).await;
        mails.iter().filter(|mail| mail.contains("and a wrong second factor")).count()
    };
    for guessed in 1..=5 {
        let thief = half_signed_in(&app, &ada).await;
        let answer = thief.post(PATH, &[("code", "000000")]).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert_eq!(told().await, usize::from(guessed == 5), "after {guessed}");
    }
}

/// Its guesses would be counted apart from those of strangers.
#[tokio::test]
async fn a_device_that_signed_in_before_the_first_factor_is_no_longer_known() {
    let app = TestApp::spawn().await;
    let (ada, thief) = (app.member("Ada").await, app.guest());
    thief.sign_in(&ada.email()).await;
    ada.add_authenticator().await;
    assert!(thief.cookie("device").is_some());
    thief.post("/sign-in", &[("email", &ada.email()), ("password", PASSWORD)]).await;
    thief.post(PATH, &[("code", "000000")]).await;
    let network = format!("{}/32", thief.address());
    let charged =
        |limit: &str, by: &str| format!("throttles WHERE rate_limit = '{limit}' AND subject LIKE '{by}'");
    assert_eq!(app.count(&charged("code, account from connection", &format!("%{network}"))).await, 1);
    // The owner's browser is known: it has just proven the factor.
    ada.post("/sign-in", &[("email", &ada.email()), ("password", PASSWORD)]).await;
    ada.post(PATH, &[("code", "000000")]).await;
    let network = format!("{}/32", ada.address());
    assert_eq!(app.count(&charged("code, account from connection", &format!("%{network}"))).await, 0);
}
