//! Adding a passkey.

use chrono::TimeDelta;
use reqwest::StatusCode;

use crate::harness::authenticator::Conduct;
use crate::harness::{Answer, Browser, PASSWORD, TestApp};

const START: &str = "/settings/two-factor/passkey";

/// The form of the start page, with a passkey that the device has just made.
fn filled(member: &Browser, page: &Answer, name: &str) -> Vec<(String, String)> {
    let served = |field: &str| page.find(&format!(r#"name="{field}" value="([^"]+)""#)).expect("a field");
    let passkey = member.passkey(page);
    let fields = [
        ("csrf_token", served("csrf_token")),
        ("ceremony", served("ceremony")),
        ("passkey", passkey),
        ("name", name.to_owned()),
    ];
    fields.map(|(name, value)| (name.to_owned(), value)).to_vec()
}

/// The form is shown again with the name and a new question.
fn assert_refused(answer: &Answer, why: &str) {
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{why}: {}", answer.body);
    assert!(answer.body.contains("That passkey did not work."), "{why}: {}", answer.body);
    assert!(answer.body.contains(r#"value="My phone""#), "{why}: the name is kept: {}", answer.body);
    assert!(answer.body.contains(r#"data-passkey="create""#), "{why}: {}", answer.body);
}

/// The number of passkeys that an account has.
async fn count(app: &TestApp, of: &Browser) -> i64 {
    let id = of.user_id().await;
    app.count(&format!("passkeys WHERE user_id = '{id}' AND removed_number IS NULL")).await
}

#[tokio::test]
async fn a_passkey_is_added_by_a_proof_and_the_owner_is_told() {
    let app = TestApp::spawn().await;
    let ada = app.member("Ada").await;
    let begun = ada.begin(START, &[]).await;
    assert_eq!(count(&app, &ada).await, 0, "the start page adds nothing");
    let page = ada.get(&begun.path).await;
    assert!(page.body.contains(r#"name="password""#), "{}", page.body);
    assert!(page.body.contains("this passkey signs you in without a password"), "{}", page.body);
    let shown = ada.confirm(&begun).await;
    assert!(shown.location().starts_with("/settings/two-factor/recovery-codes/"), "{}", shown.body);
    let page = ada.get("/settings/two-factor").await;
    assert!(page.body.contains("<h3>Phone</h3>"), "{}", page.body);
    assert!(page.body.contains("You have 10 recovery codes left."), "{}", page.body);
    let mails = app.all_mails_to(&ada.email()).await;
    let told: Vec<&String> = mails.iter().filter(|mail| mail.contains("Passkey added")).collect();
    assert!(told.len() == 1 && told[0].contains("/undo/"), "{mails:#?}");
    let activity = ada.get("/settings/activity").await;
    assert!(activity.body.contains("Passkey added"), "{}", activity.body);
    // A password alone signs in no more.
    let begun = app.guest().post("/sign-in", &[("email", &ada.email()), ("password", PASSWORD)]).await;
    assert_eq!(begun.location(), "/sign-in/second-factor");
}

#[tokio::test]
async fn a_passkey_beside_another_factor_makes_no_recovery_codes_and_leads_to_the_list() {
    let app = TestApp::spawn().await;
    let ada = app.member("Ada").await;
    ada.add_authenticator().await;
    let done = ada.carry_out(START, &[]).await;
    assert_eq!(done.location(), "/settings/two-factor?done=passkey-added", "{}", done.body);
    assert!(ada.get("/settings/two-factor").await.body.contains("You have 10 recovery codes left."));
}

#[tokio::test]
async fn an_answer_that_is_sent_twice_adds_one_passkey() {
    let app = TestApp::spawn().await;
    let ada = app.member("Ada").await;
    let form = filled(&ada, &ada.get(START).await, "My phone");
    let first = ada.post_all(START, &form).await;
    let first = ada.confirming(first.location(), &ada.get(first.location()).await);
    assert_eq!(ada.confirm(&first).await.status, StatusCode::SEE_OTHER);
    let second = ada.post_all(START, &form).await;
    let second = ada.confirming(second.location(), &ada.get(second.location()).await);
    let over = ada.confirm(&second).await;
    assert_eq!(over.status, StatusCode::GONE, "{}", over.body);
    assert_eq!(count(&app, &ada).await, 1);
}

#[tokio::test]
async fn a_question_belongs_to_its_session_and_lasts_ten_minutes() {
    let app = TestApp::spawn().await;
    let (ada, bob, other) = (app.member("Ada").await, app.member("Bob").await, app.guest());
    other.sign_in(&ada.email()).await;
    let form = filled(&ada, &ada.get(START).await, "My phone");
    for (browser, why) in [(&other, "another session of the account"), (&bob, "another account")] {
        let token = browser.get("/settings").await.csrf_token();
        let mut theirs = form.clone();
        theirs
            .iter_mut()
            .filter(|(name, _)| name == "csrf_token")
            .for_each(|(_, value)| value.clone_from(&token));
        assert_refused(&browser.post_all(START, &theirs).await, why);
    }
    app.wait(TimeDelta::seconds(599));
    assert_eq!(ada.post_all(START, &form).await.status, StatusCode::SEE_OTHER, "within ten minutes");
    let eve = app.member("Eve").await;
    let late = filled(&eve, &eve.get(START).await, "My phone");
    app.wait(TimeDelta::minutes(10));
    let asked = eve.post_all(START, &late).await;
    assert_refused(&asked, "after ten minutes");
    let again = filled(&eve, &asked, "My phone");
    assert_eq!(eve.post_all(START, &again).await.status, StatusCode::SEE_OTHER, "the new question");
}

#[tokio::test]
async fn an_answer_that_breaks_a_rule_is_refused_in_place() {
    let app = TestApp::spawn().await;
    let ada = app.member("Ada").await;
    let good = Conduct::default;
    for (why, conduct) in [
        ("a wrong origin", Conduct { origin: Some("https://evil.example".to_owned()), ..good() }),
        ("a wrong RP ID", Conduct { rp_id: Some("evil.example".to_owned()), ..good() }),
        ("another ceremony", Conduct { client_data_type: Some("webauthn.get"), ..good() }),
        ("a page in a frame", Conduct { cross_origin: true, ..good() }),
        ("a page of another site", Conduct { top_origin: Some("https://evil.example".to_owned()), ..good() }),
        ("no touch", Conduct { user_present: false, ..good() }),
        ("an unverified user", Conduct { user_verified: false, ..good() }),
        ("an id that is too long", Conduct { id_length: 1024, ..good() }),
    ] {
        ada.device().lock().unwrap().conduct = conduct;
        let form = filled(&ada, &ada.get(START).await, "My phone");
        assert_refused(&ada.post_all(START, &form).await, why);
    }
    let id = ada.user_id().await;
    assert_eq!(app.count(&format!("pending_actions WHERE user_id = '{id}'")).await, 0, "nothing was begun");
}

#[tokio::test]
async fn the_link_in_the_mail_removes_the_passkey_and_the_password_signs_in_again() {
    let app = TestApp::spawn().await;
    let (ada, thief) = (app.member("Ada").await, app.guest());
    thief.sign_in(&ada.email()).await;
    thief.add_passkey().await;
    let mails = app.all_mails_to(&ada.email()).await;
    let mail = mails.iter().find(|mail| mail.contains("Passkey added")).expect("a mail");
    let link = regex::Regex::new("/undo/[A-Za-z0-9_-]{43}").unwrap().find(mail).unwrap().as_str().to_owned();
    app.undo(&link).await;
    assert_eq!(thief.get("/settings").await.status, StatusCode::SEE_OTHER, "the thief is signed out");
    let page = thief.get("/sign-in/passkey").await;
    let ceremony = page.find(r#"name="ceremony" value="([^"]+)""#).unwrap();
    let passkey = thief.passkey(&page);
    let refused = thief.post("/sign-in/passkey", &[("passkey", &passkey), ("ceremony", &ceremony)]).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", refused.body);
    let owner = app.guest();
    owner.sign_in(&ada.email()).await;
    assert!(owner.get("/settings/two-factor").await.body.contains("You have no second factor yet."));
}

#[tokio::test]
async fn an_account_holds_ten_passkeys_at_most() {
    let app = TestApp::spawn().await;
    let ada = app.member("Ada").await;
    ada.add_passkey().await;
    let phone = ada.take_new_device();
    let form = filled(&ada, &ada.get(START).await, "My phone");
    let begun = ada.post_all(START, &form).await;
    let id = ada.user_id().await;
    let more = |count: usize| {
        format!(
            "INSERT INTO passkeys (id, user_id, name, credential_id, credential, created_at, added_number) \
             SELECT gen_random_uuid(), '{id}', 'Key', decode(md5(gen_random_uuid()::TEXT), 'hex'), '{{}}', now(), 1 \
             FROM generate_series(1, {count})"
        )
    };
    app.execute(more(9)).await;
    let late = filled(&ada, &ada.get(START).await, "My phone");
    ada.take_device(phone);
    let refused = ada.post_all(START, &late).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(refused.body.contains("You have 10 passkeys."), "{}", refused.body);
    assert!(!ada.get("/settings/two-factor").await.body.contains("Add a passkey"));
    let page = ada.get(begun.location()).await;
    let waiting = ada.confirming(begun.location(), &page);
    let over = ada.confirm(&waiting).await;
    assert_eq!(over.status, StatusCode::GONE, "an eleventh one was added: {}", over.body);
    assert_eq!(count(&app, &ada).await, 10);
}
