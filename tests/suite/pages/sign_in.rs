//! `/sign-in`.

mod passkey;
mod second_factor;

use argon2::Params;
use chrono::TimeDelta;
use reqwest::StatusCode;
use unframed::domain::Password;
use unframed::routes;
use unframed::security::password_hashing::PasswordHashing;

use crate::harness::app::NEW_HASH;
use crate::harness::confirmation::{Confirming, fresh_email};
use crate::harness::{Answer, NEW_PASSWORD, PASSWORD, TestApp};

/// The whole answer without the date and the id, with a placeholder for the email address.
fn redacted(answer: &Answer, email: &str) -> String {
    let mut fields: Vec<String> = answer
        .headers
        .iter()
        .filter(|(name, _)| *name != "date" && *name != "x-request-id")
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
async fn a_page_that_asks_for_a_recent_sign_in_opens_again_after_ten_minutes_for_the_password_only() {
    let app = TestApp::spawn().await;
    let ada = app.member("Ada").await;
    for path in ["/settings/activity", "/settings/email", "/settings/password", "/settings/delete"] {
        assert_eq!(ada.get(path).await.status, StatusCode::OK, "{path}");
    }
    app.wait(TimeDelta::minutes(10));
    assert_eq!(ada.get("/settings").await.status, StatusCode::OK, "other pages stay open");
    let page = ada.get("/sign-in?next=%2Fsettings%2Femail").await;
    assert!(page.body.contains("You signed in some time ago."), "{}", page.body);
    assert!(page.body.contains(&format!("value=\"{}\"", ada.email())), "the address is filled in");
    let former = ada.cookie("session").unwrap();
    let opened = ada.get_after_signing_in_again("/settings/email").await;
    assert_eq!(opened.status, StatusCode::OK, "{}", opened.body);
    assert_ne!(ada.cookie("session").unwrap(), former, "a new token");
    assert_eq!(ada.get("/settings/activity").await.status, StatusCode::OK);
}

#[tokio::test]
async fn an_encoded_path_asks_for_a_recent_sign_in_as_well() {
    let app = TestApp::spawn().await;
    let ada = app.member("Ada").await;
    app.wait(TimeDelta::minutes(10));
    for (path, next) in [
        ("/settings/%61ctivity", "activity"),
        ("/%73ettings/activity", "activity"),
        ("/settings/e%6Dail", "email"),
        ("/settings/expor%74", "export"),
    ] {
        let answer = ada.get(path).await;
        let expected = format!("/sign-in?next=%2Fsettings%2F{next}");
        assert_eq!((answer.status, answer.location()), (StatusCode::SEE_OTHER, expected.as_str()), "{path}");
    }
}

#[tokio::test]
async fn a_browser_that_was_signed_out_from_elsewhere_is_a_new_device_again() {
    let app = TestApp::spawn().await;
    let (ada, thief) = (app.member("Ada").await, app.guest());
    let told = async || {
        let mails = app.all_mails_to(&ada.email()).await;
        mails.iter().filter(|mail| mail.contains("Signed in on a new device")).count()
    };
    thief.sign_in(&ada.email()).await;
    ada.carry_out("/settings/sessions/revoke-others", &[]).await;
    thief.sign_in(&ada.email()).await;
    assert_eq!(told().await, 2);
    let list = ada.get("/settings/sessions").await;
    let button = list.find(r#"action="(/settings/sessions/[0-9a-f-]{36}/revoke)""#).expect("a button");
    ada.submit(&button, &[]).await;
    thief.sign_in(&ada.email()).await;
    assert_eq!(told().await, 3);
    ada.submit("/sign-out", &[]).await;
    ada.sign_in(&ada.email()).await;
    assert_eq!(told().await, 3, "the browser that ended the others stays known");
}

#[tokio::test]
async fn every_start_of_a_sensitive_action_asks_for_a_recent_sign_in() {
    let app = TestApp::spawn().await;
    let ada = app.member("Ada").await;
    app.wait(TimeDelta::minutes(10));
    for start in crate::actions::starts() {
        let start = ada.path_of(start).await;
        let answer = ada.get(&start).await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER, "{start}: {}", answer.body);
        assert_eq!(answer.location(), format!("/sign-in?next={}", start.replace('/', "%2F")));
    }
}

#[tokio::test]
async fn a_form_that_was_filled_in_slowly_is_taken_and_its_action_survives_the_next_sign_in() {
    let app = TestApp::spawn().await;
    let ada = app.member("Ada").await;
    let token = ada.get("/settings/email").await.csrf_token();
    app.wait(TimeDelta::minutes(11));
    let wanted = fresh_email("countess");
    let begun = ada.post("/settings/email", &[("csrf_token", &token), ("email", &wanted)]).await;
    assert_eq!(begun.status, StatusCode::SEE_OTHER, "nothing typed is lost: {}", begun.body);
    let confirm = begun.location().to_owned();
    ada.get_after_signing_in_again("/settings/activity").await;
    let page = ada.get(&confirm).await;
    assert!(page.body.contains(&wanted), "the action waits in the new session: {}", page.body);
    let done = ada.confirm(&Confirming::read(&confirm, &page)).await;
    assert_eq!(done.status, StatusCode::SEE_OTHER, "{}", done.body);
    assert!(app.mails_to(&wanted, 1).await[0].contains("/email-change/"));
}

#[tokio::test]
async fn an_action_survives_the_expiry_of_its_session_and_the_sign_in_that_follows() {
    let app = TestApp::spawn_configured(&[("SESSION_IDLE_MINUTES", "5")]).await;
    let ada = app.member("Ada").await;
    let page = ada.begin("/settings/sessions/revoke-others", &[]).await;
    app.wait(TimeDelta::minutes(6));
    // PostgreSQL's sweep, or CockroachDB's TTL job, may delete the row of the session meanwhile.
    unframed::expiry::sweep(&app.state.pool, app.state.clock.now()).await;
    let late = ada.confirm(&page).await;
    assert_eq!(late.status, StatusCode::UNAUTHORIZED, "{}", late.body);
    let sign_in = late.find(r#"<a class="button" href="(/sign-in[^"]+)""#).unwrap();
    let form = ada.get(&sign_in.replace("&amp;", "&")).await;
    let next = form.find(r#"name="next" value="([^"]+)""#).expect("the page to return to");
    assert_eq!(next, page.path);
    let fields = [("email", ada.email()), ("password", PASSWORD.to_owned()), ("next", next)];
    let fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let back = ada.post("/sign-in", &fields).await;
    let shown = ada.get(back.location()).await;
    let done = ada.confirm(&Confirming::read(&page.path, &shown)).await;
    assert!(done.location().starts_with("/settings/sessions?done=session-ended"), "{}", done.body);
}

#[tokio::test]
async fn an_action_does_not_pass_to_another_account_or_another_browser() {
    let app = TestApp::spawn().await;
    let (ada, bob, phone) = (app.member("Ada").await, app.member("Bob").await, app.guest());
    let page = ada.begin("/settings/sessions/revoke-others", &[]).await;
    phone.sign_in(&ada.email()).await;
    assert_eq!(phone.get(&page.path).await.status, StatusCode::NOT_FOUND);
    ada.sign_in(&bob.email()).await;
    assert_eq!(ada.get(&page.path).await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_user_who_stays_signed_in_is_shown_so_and_still_signs_in_again_for_sensitive_pages() {
    let app = TestApp::spawn().await;
    let (ada, phone) = (app.member("Ada").await, app.guest());
    let fields = [("email", ada.email()), ("password", PASSWORD.to_owned()), ("remember", "yes".to_owned())];
    let fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
    assert_eq!(phone.post("/sign-in", &fields).await.status, StatusCode::SEE_OTHER);
    assert_eq!(ada.get("/settings/sessions").await.body.matches("Stays signed in until").count(), 1);
    app.wait(TimeDelta::days(29));
    assert_eq!(ada.get("/settings").await.status, StatusCode::SEE_OTHER, "the other session has ended");
    assert_eq!(phone.get("/settings").await.status, StatusCode::OK);
    assert_eq!(phone.get("/settings/email").await.status, StatusCode::SEE_OTHER, "it is not recent");
    app.wait(TimeDelta::days(1));
    assert_eq!(phone.get("/settings").await.status, StatusCode::SEE_OTHER, "30 days have passed");
}

#[tokio::test]
async fn the_operator_can_remove_the_choice_to_stay_signed_in() {
    let app = TestApp::spawn_configured(&[("SESSION_REMEMBER_DAYS", "0")]).await;
    let (ada, guest) = (app.member("Ada").await, app.guest());
    assert!(!guest.get("/sign-in").await.body.contains("Keep me signed in"));
    let fields = [("email", ada.email()), ("password", PASSWORD.to_owned()), ("remember", "yes".to_owned())];
    let fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
    guest.post("/sign-in", &fields).await;
    app.wait(TimeDelta::hours(13));
    assert_eq!(guest.get("/settings").await.status, StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn a_sign_in_from_a_new_device_is_mailed_and_one_from_a_known_device_is_not() {
    let app = TestApp::spawn().await;
    let (ada, phone) = (app.member("Ada").await, app.guest());
    let told = async || {
        let mails = app.all_mails_to(&ada.email()).await;
        mails.iter().filter(|mail| mail.contains("Signed in on a new device")).count()
    };
    ada.submit("/sign-out", &[]).await;
    ada.sign_in(&ada.email()).await;
    assert_eq!(told().await, 0, "the browser of the sign-up is known, also after a sign-out");
    for _ in 0..2 {
        phone.sign_in(&ada.email()).await;
        phone.submit("/sign-out", &[]).await;
    }
    assert_eq!(told().await, 1);
    let mail = app.all_mails_to(&ada.email()).await.pop().unwrap();
    assert!(mail.contains(&format!("(IP address {})", phone.address())), "{mail}");
    for _ in 0..8 {
        app.guest().sign_in(&ada.email()).await;
    }
    assert_eq!(told().await, 5, "at most five an hour");
}

#[tokio::test]
async fn the_failures_of_strangers_in_the_same_network_do_not_delay_a_known_device() {
    let app = TestApp::spawn().await;
    let (ada, mut stranger) = (app.member("Ada").await, app.guest());
    stranger.move_to(ada.address());
    let wrong = [("email", ada.email()), ("password", "wrong".to_owned())];
    let wrong: Vec<(&str, &str)> = wrong.iter().map(|(name, value)| (*name, value.as_str())).collect();
    for _ in 0..10 {
        stranger.post("/sign-in", &wrong).await;
    }
    let limited = stranger.post("/sign-in", &wrong).await;
    assert_eq!(limited.status, StatusCode::TOO_MANY_REQUESTS);
    let seconds: i64 = limited.header("retry-after").expect("when").parse().expect("a number");
    assert!((1..=120).contains(&seconds), "{seconds}");
    assert!(limited.body.contains("Try again in 2 minutes"), "{}", limited.body);
    ada.submit("/sign-out", &[]).await;
    ada.sign_in(&ada.email()).await;
    // Its own failures count, and then it waits as others do.
    ada.submit("/sign-out", &[]).await;
    for _ in 0..10 {
        assert_eq!(ada.post("/sign-in", &wrong).await.status, StatusCode::UNPROCESSABLE_ENTITY);
    }
    assert_eq!(ada.post("/sign-in", &wrong).await.status, StatusCode::TOO_MANY_REQUESTS);
}

#[tokio::test]
async fn a_copied_device_cookie_is_useless_after_a_change_of_password() {
    let app = TestApp::spawn().await;
    let (ada, thief) = (app.member("Ada").await, app.guest());
    thief.set_cookie("device", &ada.cookie("device").unwrap());
    ada.carry_out("/settings/password", &[("password", NEW_PASSWORD)]).await;
    let sign_in = [("email", ada.email()), ("password", NEW_PASSWORD.to_owned())];
    let sign_in: Vec<(&str, &str)> = sign_in.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let told = async || {
        let mails = app.all_mails_to(&ada.email()).await;
        mails.iter().filter(|mail| mail.contains("Signed in on a new device")).count()
    };
    ada.post("/sign-in", &sign_in).await;
    assert_eq!(told().await, 0, "the browser that changed the password stays known");
    thief.post("/sign-in", &sign_in).await;
    assert_eq!(told().await, 1);
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
    let weaker = PasswordHashing::with_params(Params::new(1024, 1, 1, None).unwrap()).unwrap();
    let hash = weaker
        .hash(std::net::Ipv4Addr::LOCALHOST.into(), &Password::parse(PASSWORD, None, None).unwrap())
        .await
        .unwrap();
    assert_eq!(
        app.execute(format!("UPDATE users SET password_hash = '{hash}' WHERE email = '{email}'")).await,
        1
    );
    let strong = format!("users WHERE email = '{email}' AND password_hash LIKE '{NEW_HASH}%'");
    let wrong = app.guest().post("/sign-in", &[("email", &email), ("password", "wrong horse")]).await;
    assert_eq!((wrong.status, app.count(&strong).await), (StatusCode::UNPROCESSABLE_ENTITY, 0));
    app.guest().sign_in(&email).await;
    assert_eq!(app.count(&strong).await, 1);
    app.guest().sign_in(&email).await;
}

#[test]
fn the_documentation_names_each_way_in_and_the_pages_with_a_script() {
    let text = include_str!("../../../docs/SIGN-IN.md");
    let named = |path: &str| text.contains(&format!("`{path}`"));
    let patterns = routes::patterns();
    let leads_in = |path: &&str| {
        path.starts_with("/sign-in") || (path.ends_with("/{token}") && path.matches('/').count() == 2)
    };
    let ways: Vec<&str> = patterns.iter().map(|pattern| pattern.path).filter(leads_in).collect();
    assert!(ways.len() > 5, "{ways:?}");
    for way in ways {
        // It proves a new address to a member who has signed in.
        assert!(way == "/email-change/{token}" || named(way), "{way}");
    }
    let path = regex::Regex::new("`(/[^`]+)`").unwrap();
    for found in path.captures_iter(text) {
        assert!(patterns.iter().any(|pattern| pattern.path == &found[1]), "{}", &found[1]);
    }
    assert_eq!(patterns.iter().filter(|pattern| pattern.script).count(), 4);
    assert!(text.contains("Four pages run the one script"));
}
