//! Approving what another application asks for: the receipt, the one outcome, and each way in which it ends.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::TimeDelta;
use futures_util::future::join_all;
use reqwest::StatusCode;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use unframed::actions::{RemoveFactor, SensitiveAction as _};
use uuid::Uuid;

use crate::harness::application::RETURN_ORIGIN;
use crate::harness::confirmation::Confirming;
use crate::harness::{Answer, Browser, TestApp};

/// Goes from the page of a confirmation to its confirm page.
async fn begin(user: &Browser, id: Uuid) -> Confirming {
    let begun = user.submit(&format!("/confirmations/{id}"), &[]).await;
    assert_eq!(begun.status, StatusCode::SEE_OTHER, "{}", begun.body);
    let path = begun.location().to_owned();
    let page = user.get(&path).await;
    assert_eq!(page.status, StatusCode::OK, "{}", page.body);
    user.confirming(&path, &page)
}

async fn approve(user: &Browser, id: Uuid) -> Answer {
    let page = begin(user, id).await;
    user.confirm(&page).await
}

async fn decline(user: &Browser, id: Uuid) -> Answer {
    user.submit(&format!("/confirmations/{id}/decline"), &[]).await
}

/// The receipt in the query of the URL to which the user returns.
fn returned_receipt(answer: &Answer) -> String {
    assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.body);
    let url = url::Url::parse(answer.location()).expect("a URL");
    assert_eq!(url.origin().ascii_serialization(), RETURN_ORIGIN);
    let found = url.query_pairs().find(|(name, _)| name == "receipt");
    found.map(|(_, receipt)| receipt.into_owned()).expect("a receipt")
}

/// The digest of what `Application::request` shows, computed from the document alone.
fn displayed(danger: &str) -> String {
    let shown = format!(
        r#"{{"application":"Payroll","danger":"{danger}","details":[{{"label":"To","value":"Bob"}},{{"label":"Account","value":"DE02 1203"}}],"return_url":"https://payroll.example/runs/7?step=2","title":"Pay 1,200 € to Bob"}}"#
    );
    URL_SAFE_NO_PAD.encode(Sha256::digest(shown))
}

#[tokio::test]
async fn an_approval_leads_back_with_a_receipt_of_exactly_what_was_shown() {
    let app = TestApp::spawn().await;
    let (ada, application) = (app.member("Ada").await, app.application().await);
    let id = application.asked(&ada).await;
    let done = approve(&ada, id).await;
    let receipt = returned_receipt(&done);
    let start = format!("{RETURN_ORIGIN}/runs/7?step=2&confirmation={id}&receipt=");
    assert!(done.location().starts_with(&start), "{}", done.location());
    let claims = app.verified(&receipt).await;
    let user = ada.user_id().await.to_string();
    for (name, value) in [
        ("iss", app.origin.as_str()),
        ("aud", &application.id.to_string()),
        ("sub", &user),
        ("confirmation", &id.to_string()),
        ("outcome", "approved"),
        ("displayed", &displayed("normal")),
        ("proof", "password"),
    ] {
        assert_eq!(claims[name], value, "{name}");
    }
    assert!((claims["iat"].as_i64().unwrap() - app.state.clock.now().timestamp()).abs() <= 2);
    assert!(claims["jti"].as_str().unwrap().parse::<Uuid>().is_ok());
    assert_eq!(claims.as_object().unwrap().len(), 9, "{claims}");
    let read = application.read(id).await;
    assert_eq!((read.text("state"), read.text("receipt")), ("approved", receipt.as_str()));
    assert_eq!(read.text("displayed"), displayed("normal"));
    assert!(read.body["decided_at"].is_string());
    let activity = ada.get("/settings/activity").await;
    assert!(activity.body.contains("Request of an application approved"), "{}", activity.body);
    assert!(activity.body.contains("<bdi>Payroll</bdi>"), "{}", activity.body);
    // The welcome mail, and the notice.
    let mails = app.mails_to(&ada.email(), 2).await;
    assert!(mails[1].contains("Request of an application approved: Payroll") && mails[1].contains("/undo/"));
}

#[tokio::test]
async fn a_refusal_takes_one_click_and_leads_back_with_a_receipt_too() {
    let app = TestApp::spawn().await;
    let (ada, application) = (app.member("Ada").await, app.application().await);
    let id = application.asked(&ada).await;
    let receipt = returned_receipt(&decline(&ada, id).await);
    let claims = app.verified(&receipt).await;
    assert_eq!((&claims["outcome"], claims.get("proof")), (&Value::from("declined"), None));
    assert_eq!(application.read(id).await.text("receipt"), receipt);
    let activity = ada.get("/settings/activity").await;
    assert!(activity.body.contains("Request of an application declined"), "{}", activity.body);
    app.mails_to(&ada.email(), 1).await;
}

#[tokio::test]
async fn high_danger_takes_a_second_factor_and_no_other_proof() {
    let app = TestApp::spawn().await;
    let (ada, application) = (app.member("Ada").await, app.application().await);
    let asked = application.ask(&ada.email(), json!({"danger": "high"})).await;
    let path = format!("/confirmations/{}", asked.text("id"));
    let page = ada.get(&path).await;
    assert!(page.body.contains("your account has none") && page.body.contains(">Decline</button>"));
    assert!(!page.body.contains(&format!("action=\"{path}\"><div")), "no button goes on");
    let refused = ada.submit(&path, &[]).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    ada.add_authenticator().await;
    let id: Uuid = asked.text("id").parse().unwrap();
    let claims = app.verified(&returned_receipt(&approve(&ada, id).await)).await;
    assert_eq!((&claims["proof"], &claims["displayed"]), (&json!("totp"), &json!(displayed("high"))));
}

#[tokio::test]
async fn a_member_who_removes_the_second_factor_meanwhile_cannot_approve_by_password() {
    let app = TestApp::spawn().await;
    let (ada, application) = (app.member("Ada").await, app.application().await);
    ada.add_authenticator().await;
    let asked = application.ask(&ada.email(), json!({"danger": "high"})).await;
    let id: Uuid = asked.text("id").parse().unwrap();
    let begun = begin(&ada, id).await;
    ada.carry_out(RemoveFactor::START, &[]).await;
    let page = ada.get(&begun.path).await;
    let by_password = Confirming::read(&begun.path, &page);
    assert_eq!(by_password.proof.0, "password");
    let answer = ada.confirm(&by_password).await;
    assert_eq!(answer.location(), format!("/confirmations/{id}"), "{}", answer.body);
    assert_eq!(application.read(id).await.text("state"), "open");
}

#[tokio::test]
async fn of_approve_decline_and_withdraw_by_sixteen_clients_on_two_instances_one_wins() {
    let (one, other) = (TestApp::spawn().await, TestApp::spawn().await);
    let (ada, application) = (one.member("Ada").await, one.application().await);
    let elsewhere = (ada.at(&other), application.at(&other));
    let mut won = std::collections::BTreeMap::new();
    // Another browser of the same user, with a confirm page of its own.
    let phone = one.guest();
    phone.sign_in(&ada.email()).await;
    let phone_elsewhere = phone.at(&other);
    for round in 0..9 {
        let id = application.asked(&ada).await;
        let (page, phones) = (begin(&ada, id).await, begin(&phone, id).await);
        one.let_human_time_pass();
        other.wait(TimeDelta::seconds(10 * (round + 1)));
        let token = ada.get("/settings").await.csrf_token();
        let (filled, phone_filled) = (page.filled(), phones.filled());
        let race = (0..16).map(|client| {
            let (user, application) =
                if client % 2 == 0 { (&ada, &application) } else { (&elsewhere.0, &elsewhere.1) };
            let phone = if client % 2 == 0 { &phone } else { &phone_elsewhere };
            let (page, filled, token) = (&page, &filled, &token);
            let (phones, phone_filled) = (&phones, &phone_filled);
            async move {
                // A password takes longest, so in every third race all approve.
                if round % 3 == 0 && client % 4 < 2 {
                    return phone.post_all(&phones.path, phone_filled).await.status.as_u16();
                }
                match (client + round) % 3 {
                    _ if round % 3 == 0 => user.post_all(&page.path, filled).await.status.as_u16(),
                    0 => user.post_all(&page.path, filled).await.status.as_u16(),
                    1 => {
                        let path = format!("/confirmations/{id}/decline");
                        user.post(&path, &[("csrf_token", token)]).await.status.as_u16()
                    }
                    _ => application.withdraw(id).await.status.as_u16(),
                }
            }
        });
        let answers = join_all(race).await;
        assert!(answers.iter().all(|status| [200, 303, 409, 410, 422].contains(status)), "{answers:?}");
        let read = application.read(id).await;
        let state = read.text("state").to_owned();
        let outcomes = format!("confirmations WHERE id = '{id}' AND outcome = '{state}'");
        assert_eq!(one.count(&outcomes).await, 1, "{read:#?}");
        let events = format!(
            "security_events WHERE user_id = '{}' AND kind IN ('confirmation-approved', 'confirmation-declined')",
            ada.user_id().await
        );
        let decided = won.values().sum::<i64>() - won.get("withdrawn").copied().unwrap_or(0);
        assert_eq!(one.count(&events).await, decided + i64::from(state != "withdrawn"), "{state}");
        match (state.as_str(), read.body["receipt"].as_str()) {
            ("withdrawn", None) => {}
            ("approved" | "declined", Some(receipt)) => {
                assert_eq!(one.verified(receipt).await["outcome"], state);
            }
            _ => panic!("{read:#?}"),
        }
        *won.entry(state).or_insert(0) += 1;
    }
    assert!(won["approved"] >= 3, "{won:?}");
    println!("16 clients on two instances, 9 races: {won:?}");
}

#[tokio::test]
async fn the_first_key_is_made_once_by_sixteen_clients_on_two_instances() {
    let url = crate::harness::database::alone().await;
    let variables = [("DATABASE_URL", url.as_str())];
    let one = TestApp::spawn_configured(&variables).await;
    let other = TestApp::spawn_configured(&variables).await;
    let application = one.application().await;
    let mut users = Vec::new();
    for _ in 0..8 {
        let user = one.member("Ada").await;
        users.push((application.asked(&user).await, user));
    }
    let tokens = join_all(users.iter().map(|(_, user)| user.get("/settings"))).await;
    let race = users.iter().zip(&tokens).enumerate().flat_map(|(at, ((id, user), page))| {
        let (here, there) = (user.at(&one), user.at(&other));
        let token = page.csrf_token();
        let id = *id;
        let send = move |user: Browser, token: String| async move {
            user.post(&format!("/confirmations/{id}/decline"), &[("csrf_token", &token)]).await
        };
        let _ = at;
        [send(here, token.clone()), send(there, token)]
    });
    let answers = join_all(race).await;
    let led = answers.iter().filter(|answer| {
        answer.status == StatusCode::SEE_OTHER && answer.location().starts_with(RETURN_ORIGIN)
    });
    assert_eq!(led.count(), 8, "each was declined once");
    assert_eq!(one.count("signing_keys").await, 1);
}

#[tokio::test]
async fn each_end_has_its_page_and_its_answer() {
    let app = TestApp::spawn().await;
    let (ada, application) = (app.member("Ada").await, app.application().await);
    let assert_over = async |id: Uuid, title: &str, state: &str| {
        let path = format!("/confirmations/{id}");
        for answer in [ada.get(&path).await, ada.submit(&path, &[]).await, decline(&ada, id).await] {
            assert_eq!(answer.status, StatusCode::GONE, "{}", answer.body);
            assert!(answer.body.contains(&format!("<h1>{title}</h1>")), "{}", answer.body);
            assert!(!answer.body.contains("/decline\""), "{}", answer.body);
        }
        assert_eq!(application.read(id).await.text("state"), state);
    };
    let (approved, declined) = (application.asked(&ada).await, application.asked(&ada).await);
    let led = approve(&ada, approved).await;
    assert_over(approved, "You approved this", "approved").await;
    let page = ada.get(&format!("/confirmations/{approved}")).await;
    assert!(
        page.body.contains(&led.location().replace('&', "&amp;")),
        "the page links to the application again"
    );
    decline(&ada, declined).await;
    assert_over(declined, "You declined this", "declined").await;
    let withdrawn = application.asked(&ada).await;
    let begun = begin(&ada, withdrawn).await;
    assert_eq!(application.withdraw(withdrawn).await.text("state"), "withdrawn");
    assert_over(withdrawn, "This request was withdrawn", "withdrawn").await;
    // The confirm page that was open meanwhile.
    assert_eq!(ada.confirm(&begun).await.location(), format!("/confirmations/{withdrawn}"));
    assert_eq!(application.withdraw(withdrawn).await.status, StatusCode::OK, "again");
    assert_eq!(application.withdraw(approved).await.status, StatusCode::CONFLICT);
    let expired = application.asked(&ada).await;
    let begun = begin(&ada, expired).await;
    app.execute(format!("UPDATE confirmations SET expires_at = created_at WHERE id = '{expired}'")).await;
    assert_over(expired, "This request has expired", "expired").await;
    assert_eq!(ada.confirm(&begun).await.location(), format!("/confirmations/{expired}"));
    assert_eq!(application.withdraw(expired).await.status, StatusCode::CONFLICT);
    let disabled = application.asked(&ada).await;
    let begun = begin(&ada, disabled).await;
    app.disable(&application).await;
    let page = ada.get(&format!("/confirmations/{disabled}")).await;
    assert_eq!(page.status, StatusCode::GONE);
    assert!(page.body.contains("This request can’t be decided"), "{}", page.body);
    assert_eq!(ada.confirm(&begun).await.location(), format!("/confirmations/{disabled}"));
    assert_eq!(application.read(disabled).await.status, StatusCode::UNAUTHORIZED);
    let undecided = format!("confirmations WHERE id IN ('{expired}', '{disabled}') AND outcome IS NULL");
    assert_eq!(app.count(&undecided).await, 2);
}

#[tokio::test]
async fn the_confirmation_of_a_deleted_account_is_gone() {
    let app = TestApp::spawn().await;
    let (ada, application) = (app.member("Ada").await, app.application().await);
    let (id, user) = (application.asked(&ada).await, ada.user_id().await);
    ada.carry_out("/settings/delete", &[]).await;
    app.wait(TimeDelta::days(8));
    unframed::deletion::delete(&app.state, &app.account(user).await).await.unwrap();
    assert_eq!(application.read(id).await.status, StatusCode::NOT_FOUND);
    assert_eq!(application.withdraw(id).await.status, StatusCode::NOT_FOUND);
    let page = app.member("Bob").await.get(&format!("/confirmations/{id}")).await;
    assert_eq!(page.status, StatusCode::NOT_FOUND);
}

/// The value of `form-action` in the header and in the meta tag of a page, which are the same.
fn form_action(page: &Answer) -> String {
    let named = |policy: &str| {
        let found = policy.split("; ").find(|directive| directive.starts_with("form-action "));
        found.unwrap_or_else(|| panic!("{policy}")).to_owned()
    };
    let header = named(page.header("content-security-policy").expect("a policy"));
    if let Some(meta) = page.find(r#"http-equiv="Content-Security-Policy" content="([^"]+)""#) {
        assert_eq!(header, named(&meta), "left: the header, right: the meta tag");
    }
    header
}

#[tokio::test]
async fn only_the_pages_of_a_confirmation_may_lead_to_its_application() {
    let app = TestApp::spawn().await;
    let (ada, application) = (app.member("Ada").await, app.application().await);
    let id = application.asked(&ada).await;
    let path = format!("/confirmations/{id}");
    let page = begin(&ada, id).await;
    let led = format!("form-action 'self' {RETURN_ORIGIN}");
    app.let_human_time_pass();
    for answer in [
        ada.get(&path).await,
        ada.post(&path, &[("csrf_token", "stale")]).await,
        ada.get(&page.path).await,
        ada.post_all(&page.path, &page.served).await,
        ada.post(&page.path, &[("csrf_token", "stale")]).await,
    ] {
        assert_eq!(form_action(&answer), led, "{}", answer.status);
    }
    // Another action on the same route, and every other page.
    let other = ada.begin_any("/settings/export").await;
    assert_eq!(form_action(&ada.get(&other.path).await), "form-action 'self'");
    for route in unframed::routes::patterns() {
        let path = route.path.replace("{id}", &Uuid::new_v4().to_string()).replace("{token}", "x");
        let path = path.replace("{user_id}", &Uuid::new_v4().to_string());
        assert_eq!(form_action(&ada.get(&path).await), "form-action 'self'", "{path}");
    }
    let arrival = ada.arrive(&path, "cross-site").await;
    assert_eq!(form_action(&arrival), "form-action 'self'", "the arrival page has no form");
    approve(&ada, id).await;
    assert_eq!(form_action(&ada.get(&path).await), "form-action 'self'", "nor has that of its end");
}
