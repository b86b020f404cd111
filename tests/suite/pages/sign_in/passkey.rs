//! `/sign-in/passkey`, and passkeys on `/sign-in/second-factor`.

use chrono::TimeDelta;
use reqwest::StatusCode;

use crate::harness::authenticator::Conduct;
use crate::harness::{Answer, Browser, NEW_PASSWORD, PASSWORD, TestApp};

const PATH: &str = "/sign-in/passkey";
const SECOND: &str = "/sign-in/second-factor";

/// A member with a passkey.
async fn member(app: &TestApp) -> Browser {
    let ada = app.member("Ada").await;
    ada.add_passkey().await;
    ada
}

/// Another browser of the same user, with the same device, that is not signed in.
fn elsewhere(app: &TestApp, of: &Browser) -> Browser {
    let guest = app.guest();
    of.share_factors_with(&guest);
    guest
}

/// The fields that the page sends for a passkey.
fn proof(browser: &Browser, page: &Answer) -> Vec<(String, String)> {
    let ceremony = page.find(r#"name="ceremony" value="([^"]+)""#).expect("a ceremony");
    vec![("passkey".to_owned(), browser.passkey(page)), ("ceremony".to_owned(), ceremony)]
}

/// Opens a page, and sends it with a passkey.
async fn send(browser: &Browser, path: &str, more: &[(&str, &str)]) -> Answer {
    let page = browser.get(path).await;
    let mut fields = proof(browser, &page);
    fields.extend(more.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
    browser.post_all(path.split('?').next().expect("a path"), &fields).await
}

/// The answer without what each form has for itself.
fn redacted(answer: &Answer) -> String {
    let own = regex::Regex::new(r#"data-options="[^"]*"|name="ceremony" value="[^"]*""#).unwrap();
    format!("{} {}", answer.status, own.replace_all(&answer.body, ""))
}

fn assert_refused(browser: &Browser, answer: &Answer, why: &str) {
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{why}: {}", answer.body);
    assert!(answer.body.contains("That passkey did not work."), "{why}: {}", answer.body);
    assert!(answer.body.contains(r#"data-passkey="get""#), "{why}: the form is there again");
    assert!(browser.cookie("session").is_none(), "{why}");
}

#[tokio::test]
async fn a_passkey_alone_signs_in_from_a_new_device_and_the_owner_is_told() {
    let app = TestApp::spawn().await;
    let ada = member(&app).await;
    let guest = elsewhere(&app, &ada);
    let done = send(&guest, PATH, &[("next", "/settings/sessions"), ("remember", "yes")]).await;
    assert_eq!(
        (done.status, done.location()),
        (StatusCode::SEE_OTHER, "/settings/sessions"),
        "{}",
        done.body
    );
    assert!(done.set_cookie("session").expect("a session").contains("Max-Age="), "it is remembered");
    assert!(done.set_cookie("device").is_some());
    assert_ne!(guest.cookie("session"), ada.cookie("session"));
    let list = guest.get("/settings/sessions").await;
    assert_eq!(list.status, StatusCode::OK, "{}", list.body);
    let mails = app.all_mails_to(&ada.email()).await;
    let told = mails.iter().filter(|mail| mail.contains("Signed in on a new device")).count();
    assert_eq!(told, 1, "{mails:#?}");
    let activity = guest.get("/settings/activity").await;
    assert!(activity.body.contains("Signed in on a new device"), "{}", activity.body);
    // The second time, the account knows the device.
    guest.submit("/sign-out", &[]).await;
    let again = send(&guest, PATH, &[]).await;
    assert_eq!(again.status, StatusCode::SEE_OTHER, "{}", again.body);
    let mails = app.all_mails_to(&ada.email()).await;
    assert_eq!(mails.iter().filter(|mail| mail.contains("Signed in on a new device")).count(), 1);
    assert!(ada.get("/settings/two-factor").await.body.contains("Last used"), "the use is noted");
}

/// The wrong passkeys that are counted for the network of a browser.
async fn counted(app: &TestApp, browser: &Browser) -> i64 {
    let bucket =
        format!("rate_limit = 'passkey sign-in, connection' AND subject = '{}/32'", browser.address());
    let now = app.state.clock.now().to_rfc3339();
    app.count(&format!("throttles WHERE {bucket} AND expires_at > '{now}'")).await
}

/// Otherwise a thief could sign a victim in to the thief's own account.
#[tokio::test]
async fn an_answer_signs_in_only_the_browser_that_was_asked() {
    let app = TestApp::spawn().await;
    let (thief, victim) = (member(&app).await, app.guest());
    let thief = elsewhere(&app, &thief);
    let fields = proof(&thief, &thief.get(PATH).await);
    assert_refused(&victim, &victim.post_all(PATH, &fields).await, "a browser that never asked");
    assert!(victim.cookie("sign-in").is_some(), "the page that follows asks this browser");
    assert_refused(&victim, &victim.post_all(PATH, &fields).await, "a browser that was asked something else");
    assert_eq!(thief.post_all(PATH, &fields).await.location(), "/settings");
}

#[tokio::test]
async fn an_answer_signs_in_once() {
    let app = TestApp::spawn().await;
    for counts in [true, false] {
        let ada = app.member("Ada").await;
        ada.device().lock().unwrap().conduct.counts = counts;
        ada.add_passkey().await;
        let guest = elsewhere(&app, &ada);
        let fields = proof(&guest, &guest.get(PATH).await);
        let waiting = guest.cookie("sign-in").expect("a sign-in that waits");
        assert_eq!(guest.post_all(PATH, &fields).await.location(), "/settings");
        assert_eq!(counted(&app, &guest).await, 0, "a right answer is no attempt");
        let thief = app.guest();
        thief.set_cookie("sign-in", &waiting);
        assert_refused(&thief, &thief.post_all(PATH, &fields).await, "the same answer again");
        assert_eq!(counted(&app, &thief).await, 1, "it counts as an attempt");
    }
}

#[tokio::test]
async fn of_many_forms_with_one_answer_exactly_one_signs_in() {
    let app = TestApp::spawn().await;
    let ada = member(&app).await;
    let guest = elsewhere(&app, &ada);
    let fields = proof(&guest, &guest.get(PATH).await);
    let waiting = guest.cookie("sign-in").expect("a sign-in that waits");
    let browsers: Vec<Browser> = (0..6).map(|_| app.guest()).collect();
    browsers.iter().for_each(|browser| browser.set_cookie("sign-in", &waiting));
    let sent = browsers.iter().map(|browser| browser.post_all(PATH, &fields));
    let answers = futures_util::future::join_all(sent).await;
    let signed_in = browsers.iter().filter(|browser| browser.cookie("session").is_some()).count();
    assert_eq!(signed_in, 1, "{:?}", answers.iter().map(|answer| answer.status).collect::<Vec<_>>());
}

#[tokio::test]
async fn an_answer_that_breaks_a_rule_signs_nobody_in() {
    let app = TestApp::spawn().await;
    let (ada, bob) = (member(&app).await, member(&app).await);
    let bob_id = bob.user_id().await;
    let good = Conduct::default;
    let bad = [
        ("a wrong origin", Conduct { origin: Some("https://evil.example".to_owned()), ..good() }),
        ("a wrong RP ID", Conduct { rp_id: Some("evil.example".to_owned()), ..good() }),
        ("another ceremony", Conduct { client_data_type: Some("webauthn.create"), ..good() }),
        ("a page in a frame", Conduct { cross_origin: true, ..good() }),
        ("a page of another site", Conduct { top_origin: Some("https://evil.example".to_owned()), ..good() }),
        ("no touch", Conduct { user_present: false, ..good() }),
        ("an unverified user", Conduct { user_verified: false, ..good() }),
        ("a wrong signature", Conduct { signs: false, ..good() }),
        ("Bob's user handle", Conduct { user_handle: Some(Some(bob_id.as_bytes().to_vec())), ..good() }),
        ("no user handle", Conduct { user_handle: Some(None), ..good() }),
    ];
    for (why, conduct) in bad {
        let guest = elsewhere(&app, &ada);
        ada.device().lock().unwrap().conduct = conduct;
        assert_refused(&guest, &send(&guest, PATH, &[]).await, why);
    }
    ada.device().lock().unwrap().conduct = good();
    let guest = elsewhere(&app, &ada);
    assert_eq!(send(&guest, PATH, &[]).await.location(), "/settings", "the honest answer");
    ada.device().lock().unwrap().conduct.counts = false;
    let copy = elsewhere(&app, &ada);
    assert_refused(&copy, &send(&copy, PATH, &[]).await, "a counter that does not grow");
}

#[tokio::test]
async fn a_wrong_answer_does_not_tell_whether_its_passkey_is_known() {
    let app = TestApp::spawn().await;
    let (ada, eve) = (member(&app).await, member(&app).await);
    let removed = eve.user_id().await;
    app.execute(format!("DELETE FROM passkeys WHERE user_id = '{removed}'")).await;
    ada.device().lock().unwrap().conduct.signs = false;
    let (wrong, unknown) = (elsewhere(&app, &ada), elsewhere(&app, &eve));
    let wrong_answer = send(&wrong, PATH, &[]).await;
    let unknown_answer = send(&unknown, PATH, &[]).await;
    assert_refused(&unknown, &unknown_answer, "an unknown passkey");
    assert_eq!(redacted(&wrong_answer), redacted(&unknown_answer));
    let page = wrong.get(PATH).await;
    let ceremony = page.find(r#"name="ceremony" value="([^"]+)""#).unwrap();
    for nonsense in ["{}", "null", "\0", "{\"id\":\"AA\"}"] {
        let answer = wrong.post(PATH, &[("passkey", nonsense), ("ceremony", &ceremony)]).await;
        assert_eq!(redacted(&answer), redacted(&unknown_answer), "{nonsense}");
    }
}

#[tokio::test]
async fn a_form_is_good_for_ten_minutes_and_for_this_page_alone() {
    let app = TestApp::spawn().await;
    let ada = member(&app).await;
    let guest = elsewhere(&app, &ada);
    // The answer to a confirm page, and the sealed state of one.
    let confirming = ada.begin("/settings/export", &[]).await;
    let page = ada.get(&confirming.path).await;
    let foreign = proof(&ada, &page);
    assert_refused(&guest, &guest.post_all(PATH, &foreign).await, "an answer to a confirm page");
    let late = proof(&guest, &guest.get(PATH).await);
    app.wait(TimeDelta::minutes(10));
    assert_refused(&guest, &guest.post_all(PATH, &late).await, "after ten minutes");
}

#[tokio::test]
async fn a_removed_passkey_and_a_disabled_account_open_nothing() {
    let app = TestApp::spawn().await;
    let ada = member(&app).await;
    let guest = elsewhere(&app, &ada);
    let id = ada.user_id().await;
    app.execute(format!("UPDATE users SET disabled_at = now() WHERE id = '{id}'")).await;
    let disabled = send(&guest, PATH, &[]).await;
    assert_eq!(disabled.status, StatusCode::FORBIDDEN, "{}", disabled.body);
    assert!(disabled.body.contains("This account is disabled."), "{}", disabled.body);
    assert!(guest.cookie("session").is_none());
    app.execute(format!("UPDATE users SET disabled_at = NULL WHERE id = '{id}'")).await;
    ada.carry_out("/settings/two-factor/remove", &[]).await;
    assert_refused(&guest, &send(&guest, PATH, &[]).await, "a removed passkey");
}

#[tokio::test]
async fn attempts_with_wrong_passkeys_are_limited_and_right_ones_are_not_counted() {
    let app = TestApp::spawn().await;
    let ada = member(&app).await;
    let guest = elsewhere(&app, &ada);
    let page = guest.get(PATH).await;
    let ceremony = page.find(r#"name="ceremony" value="([^"]+)""#).unwrap();
    let wrong = [("passkey", "{}"), ("ceremony", ceremony.as_str()), ("next", "/settings/profile")];
    for attempt in 0..100 {
        let answer = guest.post(PATH, &wrong).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "attempt {attempt}");
    }
    let limited = guest.post(PATH, &wrong).await;
    assert_eq!(limited.status, StatusCode::TOO_MANY_REQUESTS, "{}", limited.body);
    assert!(limited.header("retry-after").is_some());
    assert!(limited.body.contains("There were too many attempts from your network."), "{}", limited.body);
    assert!(
        limited.body.contains(r#"name="next" value="&#x2F;settings&#x2F;profile""#)
            || limited.body.contains(r#"name="next" value="/settings/profile""#),
        "{}",
        limited.body
    );
    // Another network, and the password, are not affected.
    let other = elsewhere(&app, &ada);
    assert_eq!(send(&other, PATH, &[]).await.location(), "/settings");
    let begun = guest.post("/sign-in", &[("email", &ada.email()), ("password", PASSWORD)]).await;
    assert_eq!(begun.location(), SECOND);
}

#[tokio::test]
async fn a_browser_without_scripts_is_told_and_led_to_the_password() {
    let app = TestApp::spawn().await;
    let guest = app.guest();
    let page = guest.get(&format!("{PATH}?next=%2Fsettings%2Fprofile")).await;
    assert!(page.body.contains("<noscript>"), "{}", page.body);
    assert!(page.body.contains(r#"href="/sign-in?next=%2Fsettings%2Fprofile""#), "{}", page.body);
    let ceremony = page.find(r#"name="ceremony" value="([^"]+)""#).unwrap();
    let fields = [("passkey", ""), ("ceremony", ceremony.as_str()), ("remember", "yes")];
    let told = guest.post(PATH, &fields).await;
    assert_eq!(told.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(told.body.contains("Your browser sent no passkey"), "{}", told.body);
    assert!(told.find(r#"(<input[^>]*name="remember"[^>]* checked)"#).is_some(), "{}", told.body);
    let outside = guest.get(&format!("{PATH}?next=https%3A%2F%2Fevil.example%2F")).await;
    assert!(!outside.body.contains("evil.example"), "{}", outside.body);
}

#[tokio::test]
async fn a_member_signs_in_again_with_a_passkey_where_a_page_asks_for_it() {
    let app = TestApp::spawn().await;
    let ada = member(&app).await;
    assert_eq!(ada.get(PATH).await.location(), "/settings", "a recent sign-in needs no other one");
    app.wait(TimeDelta::minutes(11));
    let asked = ada.get("/settings/email").await;
    let password = ada.get(asked.location()).await;
    let link = password.find(r#"href="(/sign-in/passkey\?next=[^"]+)""#).expect("a link");
    let former = ada.cookie("session");
    let page = ada.get(&link).await;
    assert!(page.body.contains("Sign out"), "the page of a member: {}", page.body);
    let next = page.find(r#"name="next" value="([^"]+)""#).expect("the page to go on to");
    let next = next.replace("&#x2F;", "/");
    let done = send(&ada, &link, &[("next", &next)]).await;
    assert_eq!(done.location(), "/settings/email", "{}", done.body);
    assert_ne!(ada.cookie("session"), former, "a new session");
    assert_eq!(ada.get("/settings/email").await.status, StatusCode::OK);
    let activity = ada.get("/settings/activity").await;
    assert!(activity.body.contains("Signed in again in the same browser"), "{}", activity.body);
}

#[tokio::test]
async fn a_passkey_works_after_a_password_too_and_belongs_to_that_sign_in() {
    let app = TestApp::spawn().await;
    let (ada, bob) = (member(&app).await, member(&app).await);
    let half = async |of: &Browser| {
        let guest = elsewhere(&app, of);
        let begun = guest.post("/sign-in", &[("email", &of.email()), ("password", PASSWORD)]).await;
        assert_eq!(begun.location(), SECOND, "{}", begun.body);
        guest
    };
    let (one, two, of_bob) = (half(&ada).await, half(&ada).await, half(&bob).await);
    let of_one = proof(&one, &one.get(SECOND).await);
    for (other, why) in [(&two, "of another sign-in"), (&of_bob, "of another account")] {
        assert_refused(other, &other.post_all(SECOND, &of_one).await, why);
    }
    assert_eq!(one.post_all(SECOND, &of_one).await.location(), "/settings");
    let replayed = two.post_all(SECOND, &of_one).await;
    assert_refused(&two, &replayed, "the same answer again");
    let alone = proof(&two, &two.get(PATH).await);
    assert_refused(&two, &two.post_all(SECOND, &alone).await, "an answer to the page without a password");
    assert_eq!(send(&two, SECOND, &[]).await.location(), "/settings");
    // Nothing but the owner's passkeys is asked for.
    let options = of_bob.get(SECOND).await.find(r#"data-options="([^"]+)""#).unwrap();
    assert!(options.contains("allowCredentials"), "{options}");
    let empty = of_bob.get(SECOND).await.find(r#"name="ceremony" value="([^"]+)""#).unwrap();
    let told = of_bob.post(SECOND, &[("passkey", ""), ("ceremony", &empty)]).await;
    assert_eq!(told.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(told.body.contains("Your browser sent no passkey"), "{}", told.body);
    assert_eq!(of_bob.post(SECOND, &[("code", &bob.recovery_code())]).await.location(), "/settings");
}

#[tokio::test]
async fn five_wrong_passkeys_end_a_pending_sign_in() {
    let app = TestApp::spawn().await;
    let ada = member(&app).await;
    let thief = elsewhere(&app, &ada);
    thief.post("/sign-in", &[("email", &ada.email()), ("password", PASSWORD)]).await;
    ada.device().lock().unwrap().conduct.signs = false;
    for attempt in 1..=5 {
        let answer = send(&thief, SECOND, &[]).await;
        let expected = if attempt < 5 { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::SEE_OTHER };
        assert_eq!(answer.status, expected, "attempt {attempt}: {}", answer.body);
    }
    assert_eq!(thief.get(SECOND).await.location(), "/sign-in?done=sign-in-over");
}

#[tokio::test]
async fn a_passkey_still_signs_in_after_a_change_of_password() {
    let app = TestApp::spawn().await;
    let ada = member(&app).await;
    ada.carry_out("/settings/password", &[("password", NEW_PASSWORD)]).await;
    let guest = elsewhere(&app, &ada);
    assert_eq!(send(&guest, PATH, &[]).await.location(), "/settings");
}

/// The passkey may be a thief's, added by an earlier change than the one that is undone.
#[tokio::test]
async fn after_an_undo_no_passkey_signs_in_before_there_is_a_new_password() {
    let app = TestApp::spawn().await;
    let ada = member(&app).await;
    let id = ada.user_id().await;
    app.execute(format!("UPDATE users SET password_hash = NULL WHERE id = '{id}'")).await;
    let guest = elsewhere(&app, &ada);
    assert_refused(&guest, &send(&guest, PATH, &[]).await, "without a password");
}
