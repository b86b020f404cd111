//! `/settings/two-factor/passkey`.

use reqwest::StatusCode;

use crate::harness::TestApp;

const START: &str = "/settings/two-factor/passkey";

#[tokio::test]
async fn the_form_runs_the_script_and_the_page_before_it_does_not() {
    let app = TestApp::spawn().await;
    let ada = app.member("Ada").await;
    let script = format!("src=\"{}\"", app.state.view.asset_url("passkeys.js"));
    let arrival = ada.arrive(START, "none").await;
    assert_eq!(arrival.status, StatusCode::OK);
    assert!(!arrival.body.contains("<script") && !arrival.body.contains("data-passkey"), "{}", arrival.body);
    let form = ada.get(START).await;
    assert_eq!(form.body.matches("<script").count(), 1, "{}", form.body);
    assert!(form.body.contains(&script) && form.body.contains("integrity=\"sha256-"), "{}", form.body);
    assert!(form.body.contains(r#"data-passkey="create""#), "{}", form.body);
    let list = ada.get("/settings/two-factor").await;
    assert!(!list.body.contains("<script"), "{}", list.body);
}

#[tokio::test]
async fn a_name_that_is_refused_is_kept_and_the_question_is_a_new_one() {
    let app = TestApp::spawn().await;
    let ada = app.member("Ada").await;
    let page = ada.get(START).await;
    let passkey = ada.passkey(&page);
    let ceremony = page.find(r#"name="ceremony" value="([^"]+)""#).unwrap();
    let long = "x".repeat(41);
    for (name, problem) in [
        ("", "Enter a name, such as Phone."),
        ("My\u{202E}key", "Leave out line breaks and invisible characters."),
        (long.as_str(), "The name must have 40 characters or fewer."),
    ] {
        let typed = [("name", name), ("passkey", passkey.as_str()), ("ceremony", ceremony.as_str())];
        let again = ada.submit(START, &typed).await;
        assert_eq!(again.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", again.body);
        assert!(again.body.contains(problem), "{problem}: {}", again.body);
        assert!(again.body.contains(&format!("value=\"{name}\"")), "{name}: {}", again.body);
        assert!(!again.body.contains(&ceremony), "{}", again.body);
    }
}

#[tokio::test]
async fn a_form_that_comes_without_the_script_says_so_in_place() {
    let app = TestApp::spawn().await;
    let ada = app.member("Ada").await;
    let page = ada.get(START).await;
    assert!(page.body.contains("<noscript>"), "{}", page.body);
    let ceremony = page.find(r#"name="ceremony" value="([^"]+)""#).unwrap();
    let typed = [("name", "My phone"), ("passkey", ""), ("ceremony", ceremony.as_str())];
    let told = ada.submit(START, &typed).await;
    assert_eq!(told.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(told.body.contains("Your browser sent no passkey"), "{}", told.body);
    assert!(told.body.contains(r#"value="My phone""#), "{}", told.body);
}

#[tokio::test]
async fn a_device_is_told_which_passkeys_the_account_has() {
    let app = TestApp::spawn().await;
    let ada = app.member("Ada").await;
    ada.add_passkey().await;
    let page = ada.get(START).await;
    let options = page.find(r#"data-options="([^"]+)""#).unwrap().replace("&quot;", "\"");
    assert!(ada.device().lock().unwrap().is_excluded(&options), "{options}");
}

#[tokio::test]
async fn a_site_without_a_host_name_offers_no_passkeys() {
    let app = TestApp::spawn_configured(&[("PUBLIC_URL", "http://127.0.0.1:8080")]).await;
    let ada = app.member("Ada").await;
    let page = ada.get(START).await;
    assert!(page.body.contains("Passkeys need a domain name"), "{}", page.body);
    assert!(
        !page.body.contains("<script")
            && !page.body.contains("<form method=\"post\" action=\"/settings/two-factor"),
        "{}",
        page.body
    );
    let told = ada.submit(START, &[("name", "Key"), ("passkey", "{}")]).await;
    assert_eq!(told.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(told.body.contains("This site can’t use passkeys"), "{}", told.body);
    assert!(!ada.get("/settings/two-factor").await.body.contains("Add a passkey"));
    let sign_in = app.guest().get("/sign-in/passkey").await;
    assert!(sign_in.body.contains("Passkeys need a domain name"), "{}", sign_in.body);
}
