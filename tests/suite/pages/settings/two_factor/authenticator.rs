//! `/settings/two-factor/authenticator`.

use reqwest::StatusCode;

use crate::harness::TestApp;
use crate::harness::second_factor::offered_secret;

const START: &str = "/settings/two-factor/authenticator";

#[tokio::test]
async fn a_wrong_code_and_a_bad_name_are_refused_in_place_and_the_key_stays() {
    let app = TestApp::spawn().await;
    let ada = app.member("Ada").await;
    let page = ada.get(START).await;
    let secret = offered_secret(&page);
    let sealed = page.find(r#"name="secret" value="([^"]+)""#).unwrap();
    for (name, code, problem) in [
        ("Phone", "000000", "That code doesn’t fit this key."),
        ("Phone", "", "Enter a code."),
        ("", "000000", "Enter a name, such as Phone."),
        ("\u{202E}", "", "Leave out line breaks and invisible characters."),
        (&"x".repeat(41), "", "The name must have 40 characters or fewer."),
    ] {
        let typed = [("name", name), ("code", code), ("secret", sealed.as_str())];
        let again = ada.submit(START, &typed).await;
        assert_eq!(again.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", again.body);
        assert!(again.body.contains(problem), "{problem}: {}", again.body);
        assert!(offered_secret(&again) == secret, "the key that was scanned stays");
    }
    let stranger = ada.submit(START, &[("name", "Phone"), ("code", "000000"), ("secret", "AAAA")]).await;
    assert!(offered_secret(&stranger) != secret, "{}", stranger.body);
}
