//! Confirm pages of accounts with a passkey.

use reqwest::StatusCode;
use unframed::actions::{AddPasskey, RemoveFactor, SensitiveAction as _};

use super::assert_refused;
use crate::harness::authenticator::Conduct;
use crate::harness::confirmation::Confirming;
use crate::harness::{Browser, NEW_PASSWORD, PASSWORD, TestApp};

/// A member with a passkey.
async fn member(app: &TestApp) -> Browser {
    let ada = app.member("Ada").await;
    ada.add_passkey().await;
    ada
}

/// The form of a confirm page with a passkey of another page's form.
fn with_proof_of(page: &Confirming, other: &Confirming) -> Vec<(String, String)> {
    page.with(&[
        ("understood", "yes"),
        ("passkey", &other.proof.1),
        ("ceremony", other.value("ceremony")),
        ("word", page.word.as_deref().unwrap_or_default()),
    ])
}

#[tokio::test]
async fn a_passkey_confirms_an_action_and_the_page_says_how() {
    let app = TestApp::spawn().await;
    let ada = member(&app).await;
    let page = ada.begin("/settings/export", &[]).await;
    let shown = ada.get(&page.path).await;
    assert!(shown.body.contains("press the button and use your passkey"), "{}", shown.body);
    assert!(shown.body.contains(r#"data-passkey="get""#), "{}", shown.body);
    assert_eq!(shown.body.matches("<script").count(), 1, "{}", shown.body);
    assert!(!shown.body.contains(r#"name="password""#) && !shown.body.contains(r#"name="code""#));
    let done = ada.confirm(&page).await;
    assert!(done.location().starts_with("/settings/export/"), "{}", done.body);
    let used = ada.get("/settings/two-factor").await;
    assert!(!used.body.contains("Not used yet"), "{}", used.body);
}

#[tokio::test]
async fn neither_a_password_nor_a_code_confirms_a_page_that_asks_for_a_passkey() {
    let app = TestApp::spawn().await;
    let ada = member(&app).await;
    ada.add_authenticator().await;
    let page = ada.begin("/settings/export", &[]).await;
    app.let_human_time_pass();
    let (code, recovery) = (ada.code(), ada.recovery_code());
    for code in [&code, &recovery] {
        let typed = page.with(&[("understood", "yes"), ("password", PASSWORD), ("code", code)]);
        let refused = ada.post_all(&page.path, &typed).await;
        assert_refused(&refused, "a password and a code");
        assert!(refused.body.contains("Your browser sent no passkey"), "{}", refused.body);
    }
    // Nothing was spent: the form counts as incomplete.
    assert_eq!(ada.confirm(&page).await.status, StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn a_code_stands_in_for_the_passkey_where_the_user_asks_for_it() {
    let app = TestApp::spawn().await;
    let ada = member(&app).await;
    ada.add_authenticator().await;
    let page = ada.begin("/settings/export", &[]).await;
    let offered = ada.get(&page.path).await;
    let link = offered.find(r#"href="(/confirm/[^"]+\?proof=typed)""#).expect("a link");
    let mut shown = ada.get(&link).await;
    for problem in ["Enter a code.", "That code is wrong or was used before."] {
        assert!(shown.body.contains(r#"name="code""#) && !shown.body.contains("<script"), "{}", shown.body);
        app.let_human_time_pass();
        let typed = if problem.starts_with("Enter") { "" } else { "000000" };
        let form = Confirming::read(&page.path, &shown).with(&[("understood", "yes"), ("code", typed)]);
        shown = ada.post_all(&page.path, &form).await;
        assert_refused(&shown, problem);
        assert!(shown.body.contains(problem), "{}", shown.body);
    }
    // A form of an ended session's token asks for the same proof again.
    let stale = Confirming::read(&page.path, &shown).with(&[("csrf_token", "x")]);
    let stale = ada.post_all(&page.path, &stale).await;
    assert_eq!(stale.status, StatusCode::FORBIDDEN, "{}", stale.body);
    assert!(stale.body.contains(r#"name="code""#), "{}", stale.body);
    let confirming = ada.confirming(&page.path, &stale);
    assert_eq!(ada.confirm(&confirming).await.status, StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn without_an_app_a_recovery_code_stands_in_for_the_passkey() {
    let app = TestApp::spawn().await;
    let ada = member(&app).await;
    let page = ada.begin("/settings/password", &[("password", NEW_PASSWORD)]).await;
    let typed = ada.get(&format!("{}?proof=typed", page.path)).await;
    assert!(typed.body.contains("then enter a recovery code"), "{}", typed.body);
    let confirming = ada.confirming(&page.path, &typed);
    assert_eq!(ada.confirm(&confirming).await.status, StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn an_answer_belongs_to_one_action_and_counts_once() {
    let app = TestApp::spawn().await;
    let (ada, bob) = (member(&app).await, member(&app).await);
    let (one, two) = (ada.begin("/settings/export", &[]).await, ada.begin("/settings/delete", &[]).await);
    let of_bob = bob.begin("/settings/export", &[]).await;
    app.let_human_time_pass();
    for (other, why) in [(&one, "an answer to another action"), (&of_bob, "an answer to another account's")] {
        let page = ada.get(&two.path).await;
        let page = Confirming::read(&two.path, &page);
        app.let_human_time_pass();
        let refused = ada.post_all(&two.path, &with_proof_of(&page, other)).await;
        assert_refused(&refused, why);
        assert!(refused.body.contains("That passkey did not work."), "{}", refused.body);
    }
    assert!(ada.still_waits(&two).await);
    // The same answer on a later rendering of its own action.
    let done = ada.confirm(&one).await;
    assert_eq!(done.status, StatusCode::SEE_OTHER, "{}", done.body);
    let again = ada.confirm(&one).await;
    assert_eq!(again.status, StatusCode::GONE, "{}", again.body);
    // An answer to the sign-in page is none here.
    let sign_in = app.guest().get("/sign-in/passkey").await;
    let foreign = ada.passkey(&sign_in);
    let ceremony = sign_in.find(r#"name="ceremony" value="([^"]+)""#).unwrap();
    let page = Confirming::read(&two.path, &ada.get(&two.path).await);
    app.let_human_time_pass();
    let word = page.word.clone().unwrap();
    let typed = [
        ("understood", "yes"),
        ("passkey", foreign.as_str()),
        ("ceremony", ceremony.as_str()),
        ("word", word.as_str()),
    ];
    assert_refused(&ada.post_all(&two.path, &page.with(&typed)).await, "an answer to the sign-in page");
}

#[tokio::test]
async fn of_many_forms_with_one_answer_exactly_one_confirms() {
    let app = TestApp::spawn().await;
    let ada = member(&app).await;
    let page = ada.begin("/settings/export", &[]).await;
    app.let_human_time_pass();
    let fields = page.filled();
    let sent = (0..6).map(|_| ada.post_all(&page.path, &fields));
    let answers = futures_util::future::join_all(sent).await;
    let ran = answers.iter().filter(|answer| answer.status == StatusCode::SEE_OTHER).count();
    assert_eq!(ran, 1, "{:?}", answers.iter().map(|answer| answer.status).collect::<Vec<_>>());
}

#[tokio::test]
async fn an_answer_that_breaks_a_rule_confirms_nothing() {
    let app = TestApp::spawn().await;
    let ada = member(&app).await;
    let good = Conduct::default;
    for (why, conduct) in [
        ("a wrong origin", Conduct { origin: Some("https://evil.example".to_owned()), ..good() }),
        ("a page in a frame", Conduct { cross_origin: true, ..good() }),
        ("an unverified user", Conduct { user_verified: false, ..good() }),
        ("a wrong signature", Conduct { signs: false, ..good() }),
    ] {
        ada.device().lock().unwrap().conduct = conduct;
        let page = ada.begin("/settings/export", &[]).await;
        let refused = ada.confirm(&page).await;
        assert_refused(&refused, why);
        assert!(refused.body.contains("That passkey did not work."), "{why}: {}", refused.body);
        assert!(ada.still_waits(&page).await, "{why}");
    }
}

#[tokio::test]
async fn one_of_two_passkeys_goes_with_the_other_one_alone() {
    let app = TestApp::spawn().await;
    let ada = member(&app).await;
    let phone = ada.take_new_device();
    let begun = ada.begin_with_device(AddPasskey::START, &[("name", "Tablet")], &phone).await;
    assert_eq!(ada.confirm(&begun).await.status, StatusCode::SEE_OTHER);
    // The list names the newest one last, and that is what goes.
    let tablet = ada.take_device(phone.clone());
    let page = ada.begin(RemoveFactor::START, &[]).await;
    let shown = ada.get(&page.path).await;
    assert!(shown.body.contains("Tablet"), "{}", shown.body);
    let options = shown.find(r#"data-options="([^"]+)""#).unwrap();
    assert_eq!(options.matches("&quot;id&quot;").count(), 1, "the removed one is not asked for: {options}");
    // Its own answer, to a question that was made for another page.
    let other = ada.begin("/settings/export", &[]).await;
    ada.take_device(tablet);
    let of_removed = ada.confirming(&other.path, &ada.get(&other.path).await);
    let refused = ada.get(&page.path).await;
    let fresh = Confirming::read(&page.path, &refused);
    app.let_human_time_pass();
    assert_refused(&ada.post_all(&page.path, &with_proof_of(&fresh, &of_removed)).await, "its own answer");
    ada.take_device(phone);
    let page = ada.begin(RemoveFactor::START, &[]).await;
    assert_eq!(ada.confirm(&page).await.location(), "/settings/two-factor?done=factor-removed");
    let left = ada.get("/settings/two-factor").await;
    assert!(left.body.contains("<h3>Phone</h3>") && !left.body.contains("Tablet"), "{}", left.body);
}

#[tokio::test]
async fn the_only_passkey_goes_with_a_recovery_code() {
    let app = TestApp::spawn().await;
    let ada = member(&app).await;
    let page = ada.begin(RemoveFactor::START, &[]).await;
    let shown = ada.get(&page.path).await;
    assert!(shown.body.contains("then enter a recovery code"), "{}", shown.body);
    assert!(!shown.body.contains("data-passkey") && !shown.body.contains("<script"), "{}", shown.body);
    assert_eq!(ada.confirm(&page).await.location(), "/settings/two-factor?done=factor-removed");
    let guest = app.guest();
    guest.sign_in(&ada.email()).await;
    assert!(guest.get("/settings/two-factor").await.body.contains("You have no second factor yet."));
}
