//! The owners of imported accounts sign in with the passwords that they had.

use regex::Regex;
use reqwest::StatusCode;

use super::{ARGON2, DEVISE, DJANGO, IMPORTED_PASSWORD, file, four, import};
use crate::harness::TestApp;
use crate::harness::app::NEW_HASH;
use crate::harness::browser::PASSWORD;
use crate::harness::confirmation::{Confirming, fresh_email};

const DJANGO_BCRYPT: &str = "bcrypt_sha256$$2b$04$qsqzskZUCxtvxtLIItXUu.Y5Ubs7UIJCKRwJHgLEb4Ped9RAYpC2.";
const SCRYPT: &str =
    "$scrypt$ln=10,r=8,p=2$6J1T6j2ndI7R+p9zjjEmZA$ubJy7Oz6iRx/+7uFyikB3xgLPyDzh7gk/QkMug5Stqc";
const ARGON2I: &str =
    "$argon2i$v=19$m=1024,t=2,p=1$ak1dX8oX3UYrHqezzcH4cA$O9rItB4gLF3tu8bflkbfN0ip6p852HMX5n3kLaG9odQ";
const PASSLIB: &str = "$pbkdf2$5000$GsO4V0rJWcuZ0xqjtJZyrg$wvurWdhUnZdFSYkvq.ouGo06NUk";

/// The condition for an account with our hash.
fn renewed(email: &str) -> String {
    format!("users WHERE email = '{email}' AND password_hash LIKE '{NEW_HASH}%'")
}

async fn sign_in(app: &TestApp, email: &str, password: &str) -> StatusCode {
    app.guest().post("/sign-in", &[("email", email), ("password", password)]).await.status
}

/// Imports a file, and signs in to each of its accounts.
async fn import_and_sign_in(name: &str, text: &str, emails: &[String]) {
    let app = TestApp::spawn().await;
    let run = import(&[&file(name, text)]).await;
    assert_eq!((run.code, run.stderr.as_str()), (Some(0), ""), "{}", run.stdout);
    for email in emails {
        let almost = IMPORTED_PASSWORD.trim_end_matches('\u{e9}');
        assert_eq!(sign_in(&app, email, almost).await, StatusCode::UNPROCESSABLE_ENTITY, "{email}");
        assert_eq!(app.count(&renewed(email)).await, 0, "{email}");
        assert_eq!(sign_in(&app, email, IMPORTED_PASSWORD).await, StatusCode::SEE_OTHER, "{email}");
        assert_eq!(app.count(&renewed(email)).await, 1, "{email}");
        assert_eq!(sign_in(&app, email, almost).await, StatusCode::UNPROCESSABLE_ENTITY, "{email}");
        assert_eq!(sign_in(&app, email, IMPORTED_PASSWORD).await, StatusCode::SEE_OTHER, "{email}");
    }
}

#[tokio::test]
async fn from_csv() {
    let [ada, bob, cid, dan] = four();
    let text = format!(
        "\u{feff}Email,Encrypted Password\r\n{ada},{DJANGO}\r\n{bob},{DEVISE}\r\n{cid},\"{ARGON2}\"\r\n{dan},{DJANGO_BCRYPT}\r\n"
    );
    import_and_sign_in("users.csv", &text, &[ada, bob, cid, dan]).await;
}

#[tokio::test]
async fn from_a_json_array() {
    let [ada, bob, cid, _] = four();
    let text = serde_json::json!([
        {"email": ada, "passwordHash": SCRYPT},
        {"email": bob, "password": ARGON2I, "active": true},
        {"email": cid, "password": PASSLIB},
    ]);
    import_and_sign_in("users.json", &text.to_string(), &[ada, bob, cid]).await;
}

#[tokio::test]
async fn from_json_lines() {
    let [ada, bob, ..] = four();
    let row = |email: &str, hash: &str| serde_json::json!({"email": email, "password": hash}).to_string();
    let text = format!("{}\n{}\n", row(&ada, DEVISE), row(&bob, ARGON2));
    import_and_sign_in("users.jsonl", &text, &[ada, bob]).await;
}

#[tokio::test]
async fn from_a_realm_of_keycloak() {
    let [ada, bob, ..] = four();
    let user = |email: &str, salt: &str, digest: &str, credential: &str| {
        let secret = serde_json::json!({"value": digest, "salt": salt, "additionalParameters": {}});
        let password = serde_json::json!({
            "type": "password", "secretData": secret.to_string(), "credentialData": credential,
        });
        serde_json::json!({
            "username": email, "email": email, "emailVerified": true, "enabled": true,
            "firstName": "Ada", "lastName": "Lovelace", "credentials": [password],
        })
    };
    let pbkdf2 = user(
        &ada,
        "wiIpwxh8QS6NVRj6om76Bw==",
        "HdE69bpnqvp6ApvPuXMbvR8SYjvYIye5/MKK4yc3Qhm1NG6ujjh7DyZoS1y8zTVLduFaF8HfyoW9DwYwfRjlUA==",
        r#"{"hashIterations":27500,"algorithm":"pbkdf2-sha256","additionalParameters":{}}"#,
    );
    let argon2 = user(
        &bob,
        "kUPaf23oXoSqUeysk4VqiQ==",
        "CNdJ0Jg36GQAX0OAjM8bZWQjRP7DGHcWrKNy8ImR83k=",
        r#"{"hashIterations":5,"algorithm":"argon2","additionalParameters":{"hashLength":["32"],"memory":["1024"],"type":["id"],"version":["1.3"],"parallelism":["1"]}}"#,
    );
    let service = serde_json::json!({"username": "service-account-api", "serviceAccountClientId": "api"});
    let text = serde_json::json!({"realm": "example", "users": [pbkdf2, service, argon2]});
    import_and_sign_in("realm.json", &text.to_string(), &[ada, bob]).await;
}

#[tokio::test]
async fn from_django_dumpdata() {
    let ada = fresh_email("ada");
    let user = serde_json::json!({
        "username": "ada", "email": ada, "password": DJANGO, "is_active": true, "last_login": null, "groups": [],
    });
    let text = serde_json::json!([
        {"model": "auth.group", "pk": 1, "fields": {"name": "staff"}},
        {"model": "auth.user", "pk": 1, "fields": user},
    ]);
    import_and_sign_in("dump.json", &text.to_string(), &[ada]).await;
}

#[tokio::test]
async fn a_disabled_account_stays_closed_and_one_without_a_password_is_opened_by_mail() {
    let (app, [ada, bob, ..]) = (TestApp::spawn().await, four());
    let text = format!("email,password,disabled\n{ada},{DEVISE},true\n{bob},,\n");
    assert_eq!(import(&[&file("users.csv", &text)]).await.code, Some(0));
    let refused = app.guest().post("/sign-in", &[("email", &ada), ("password", IMPORTED_PASSWORD)]).await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN);
    assert!(refused.body.contains("This account is disabled."), "{}", refused.body);
    for password in ["", IMPORTED_PASSWORD] {
        assert_eq!(sign_in(&app, &bob, password).await, StatusCode::UNPROCESSABLE_ENTITY);
    }
    let owner = app.guest();
    owner.post("/forgot-password", &[("email", &bob)]).await;
    let mail = app.all_mails_to(&bob).await.remove(0);
    let link = Regex::new("/forgot-password/[A-Za-z0-9_-]{43}").unwrap();
    let chosen = owner.post(link.find(&mail).unwrap().as_str(), &[("password", PASSWORD)]).await;
    assert_eq!(chosen.location(), "/sign-in?done=password-changed", "{}", chosen.body);
    owner.sign_in(&bob).await;
}

/// A session can outlive the renewal of the hash only if another import or a restored backup brings the former one
/// back. The confirm page accepts the password then, too.
#[tokio::test]
async fn the_password_of_an_imported_hash_proves_presence_on_a_confirm_page() {
    let app = TestApp::spawn().await;
    let ada = app.member("Ada").await;
    let (email, stored) = (ada.email(), DEVISE.replace("$2a$", "$2b$"));
    let set = format!("UPDATE users SET password_hash = '{stored}' WHERE email = '{email}'");
    assert_eq!(app.execute(set).await, 1);
    let page = ada.begin_any("/settings/sessions/revoke-others").await;
    let refused = ada.confirm(&page).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "another password");
    let page = Confirming::read(&page.path, &refused);
    ada.let_human_time_pass();
    let fields = page.with(&[("understood", "yes"), ("password", IMPORTED_PASSWORD)]);
    let done = ada.post_all(&page.path, &fields).await;
    assert_eq!(done.status, StatusCode::SEE_OTHER, "{}", done.body);
}
