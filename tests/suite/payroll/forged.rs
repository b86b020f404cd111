//! Receipts that nobody signed, and genuine ones that are about something else.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use reqwest::StatusCode;
use ring::hmac;
use ring::rand::SystemRandom;
use ring::signature::Ed25519KeyPair;
use serde_json::{Value, json};

use crate::harness::{Payroll, TestApp};

fn encoded(value: &Value) -> String {
    URL_SAFE_NO_PAD.encode(value.to_string())
}

fn decoded(part: &str) -> Value {
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).expect("base64url")).expect("JSON")
}

#[tokio::test]
async fn no_forged_receipt_pays() {
    let app = TestApp::spawn().await;
    let (ada, payroll) = (app.member("Ada").await, Payroll::start(&app).await);
    let cookie = payroll.sign_in(&ada.email()).await;
    let id = payroll.press(&cookie, 1).await;
    ada.decline(id).await;
    let genuine = payroll.application.read(id).await.text("receipt").to_owned();
    let parts: Vec<&str> = genuine.split('.').collect();
    let [header, payload, signature] = parts[..] else { panic!("{genuine}") };
    let mut approved = decoded(payload);
    approved["outcome"] = json!("approved");
    approved["proof"] = json!("passkey");
    let (approved, kid) = (encoded(&approved), decoded(header)["kid"].clone());
    let document = Ed25519KeyPair::generate_pkcs8(&SystemRandom::new()).unwrap();
    let own = Ed25519KeyPair::from_pkcs8(document.as_ref()).unwrap();
    let signed_by_own = |header: &Value| {
        let signed = format!("{}.{approved}", encoded(header));
        format!("{signed}.{}", URL_SAFE_NO_PAD.encode(own.sign(signed.as_bytes())))
    };
    let published: Value =
        serde_json::from_str(&app.guest().get("/.well-known/jwks.json").await.body).unwrap();
    let public = published["keys"][0]["x"].as_str().unwrap();
    let by_hmac = |key: &[u8]| {
        let header = json!({"alg": "HS256", "kid": kid, "typ": "unframed-receipt+jwt"});
        let signed = format!("{}.{approved}", encoded(&header));
        let tag = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, key), signed.as_bytes());
        format!("{signed}.{}", URL_SAFE_NO_PAD.encode(tag))
    };
    let own_key = {
        use ring::signature::KeyPair as _;
        URL_SAFE_NO_PAD.encode(own.public_key())
    };
    let none = json!({"alg": "none", "kid": kid, "typ": "unframed-receipt+jwt"});
    let forged = [
        ("another payload under the signature", format!("{header}.{approved}.{signature}")),
        (
            "signed by another key",
            signed_by_own(&json!({"alg": "EdDSA", "kid": kid, "typ": "unframed-receipt+jwt"})),
        ),
        (
            "of a key that is not published",
            signed_by_own(&json!({"alg": "EdDSA", "kid": "own", "typ": "unframed-receipt+jwt"})),
        ),
        (
            "with its own key",
            signed_by_own(&json!({
                "alg": "EdDSA", "kid": "own", "typ": "unframed-receipt+jwt",
                "jwk": {"kty": "OKP", "crv": "Ed25519", "x": own_key},
            })),
        ),
        ("of another type", signed_by_own(&json!({"alg": "EdDSA", "kid": kid, "typ": "JWT"}))),
        ("unsigned", format!("{}.{approved}.", encoded(&none))),
        ("unsigned, with the signature", format!("{}.{approved}.{signature}", encoded(&none))),
        ("a public key as a secret", by_hmac(public.as_bytes())),
        ("the same as bytes", by_hmac(&URL_SAFE_NO_PAD.decode(public).unwrap())),
        ("without a signature", format!("{header}.{payload}.")),
        ("with a part too many", format!("{genuine}.x")),
        ("cut", genuine[..genuine.len() - 2].to_owned()),
        ("empty", String::new()),
        ("dots", "..".to_owned()),
        ("no base64url", "é.é.é".to_owned()),
    ];
    for (how, receipt) in &forged {
        assert_eq!(payroll.hook(receipt).await, StatusCode::BAD_REQUEST, "{how}");
        let page = payroll.get(&cookie, &Payroll::way_back(1, id, receipt)).await;
        assert_eq!(page.status, StatusCode::BAD_REQUEST, "{how}: {page:#?}");
        assert!(page.body.contains("this receipt is not genuine"), "{how}: {}", page.body);
    }
    assert_eq!(payroll.transfers(&cookie).await, 0);
    println!("{} forged receipts were refused, each by the return URL and by the webhook", forged.len());
    // The genuine one still counts.
    assert_eq!(payroll.hook(&genuine).await, StatusCode::NO_CONTENT);
    assert!(payroll.get(&cookie, "/payments/1").await.body.contains("Declined."));
}

#[tokio::test]
async fn no_genuine_receipt_of_something_else_pays() {
    let (app, elsewhere) = (TestApp::spawn().await, TestApp::spawn().await);
    let (ada, eve) = (app.member("Ada").await, app.member("Eve").await);
    let payroll = Payroll::start(&app).await;
    let cookie = payroll.sign_in(&ada.email()).await;
    let id = payroll.press(&cookie, 1).await;
    let shown = json!({
        "title": "Pay 4,200.00 EUR to Grace",
        "details": [{"label": "Account", "value": "DE89 3704 0044 0532 0130 00"}, {"label": "Payment", "value": "salary 1 of November"}],
        "return_url": payroll.url("/payments/1/return"),
    });
    // The same words, confirmed by another user, whom Payroll did not ask.
    let asked = payroll.application.ask(&eve.email(), shown.clone()).await;
    let waiting = payroll.application.read(id).await;
    assert_eq!(asked.text("displayed"), waiting.text("displayed"), "the same words");
    eve.approve(asked.text("id").parse().unwrap()).await;
    let of_eve = payroll.application.read(asked.text("id").parse().unwrap()).await.text("receipt").to_owned();
    // A payment of Eve's own, which was made.
    let other = payroll.press(&payroll.sign_in(&eve.email()).await, 2).await;
    eve.approve(other).await;
    let of_other = payroll.application.read(other).await.text("receipt").to_owned();
    assert_eq!(payroll.hook(&of_other).await, StatusCode::NO_CONTENT);
    assert_eq!(payroll.transfers(&cookie).await, 1);
    for receipt in [&of_eve, &of_other] {
        for (payment, confirmation) in [(1, id), (1, other), (2, id)] {
            let page = payroll.get(&cookie, &Payroll::way_back(payment, confirmation, receipt)).await;
            assert_eq!(page.status, StatusCode::BAD_REQUEST, "{page:#?}");
            assert!(page.body.contains("this receipt is about something else"), "{}", page.body);
        }
        assert_eq!(payroll.hook(receipt).await, StatusCode::NO_CONTENT, "sending it again would help nobody");
    }
    // Another application, and another unframed with the same keys.
    let theirs = app.application().await;
    let bought = theirs.asked(&ada).await;
    ada.approve(bought).await;
    let of_theirs = theirs.read(bought).await.text("receipt").to_owned();
    let there = payroll.application.at(&elsewhere).asked_with(&ada, shown).await;
    ada.at(&elsewhere).approve(there).await;
    let of_elsewhere = payroll.application.read(there).await.text("receipt").to_owned();
    for receipt in [&of_theirs, &of_elsewhere] {
        assert!(app.verified(receipt).await["iss"].is_string(), "the signature is right");
        assert_eq!(payroll.hook(receipt).await, StatusCode::BAD_REQUEST);
        let page = payroll.get(&cookie, &Payroll::way_back(1, id, receipt)).await;
        assert!(page.body.contains("this receipt is not genuine"), "{}", page.body);
    }
    assert_eq!(payroll.transfers(&cookie).await, 1, "Eve's own payment, and none of Ada's");
}
