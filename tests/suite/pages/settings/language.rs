//! `/settings/language`, and the language of everything that a reader sees.

use chrono::TimeDelta;
use reqwest::{Method, StatusCode};

use crate::harness::confirmation::fresh_email;
use crate::harness::{Answer, Browser, TestApp};

/// A navigation of a browser that asks for languages.
async fn ask(browser: &Browser, path: &str, languages: &str) -> Answer {
    browser.send(Method::GET, path, None, &[("accept-language", languages)]).await
}

fn language(page: &Answer) -> String {
    let tag = page.find(r#"<html lang="([a-z]+)">"#).unwrap_or_else(|| panic!("no language: {}", page.body));
    assert_eq!(page.header("content-language"), Some(tag.as_str()));
    tag
}

#[tokio::test]
async fn a_page_is_in_the_first_language_that_we_have() {
    let app = TestApp::spawn().await;
    let guest = app.guest();
    let long = format!("de,{}", "tlh,".repeat(2500));
    for (asked, tag, title) in [
        ("de-AT,de;q=0.9,en;q=0.5", "de", "<h1>Anmelden</h1>"),
        ("fr, de;q=0.2", "de", "<h1>Anmelden</h1>"),
        ("tlh, x-pirate;q=0.9", "en", "<h1>Sign in</h1>"),
        ("*", "en", "<h1>Sign in</h1>"),
        ("de;q=nonsense", "en", "<h1>Sign in</h1>"),
        (&long, "en", "<h1>Sign in</h1>"),
        ("", "en", "<h1>Sign in</h1>"),
    ] {
        let page = ask(&guest, "/sign-in", asked).await;
        assert_eq!((page.status, language(&page).as_str()), (StatusCode::OK, tag), "{:.40}", asked);
        assert!(page.body.contains(title), "{:.40}: {}", asked, page.body);
        assert_eq!(page.header("vary"), Some("Accept-Language"));
    }
    let missing = ask(&guest, "/nope", "de").await;
    assert_eq!((missing.status, language(&missing).as_str()), (StatusCode::NOT_FOUND, "de"));
    assert!(missing.body.contains("Seite nicht gefunden"), "{}", missing.body);
    let changes = [("accept-language", "de"), ("sec-fetch-dest", "iframe")];
    let framed = guest.send(Method::GET, "/sign-in", None, &changes).await;
    assert_eq!(framed.status, StatusCode::FORBIDDEN);
    assert!(framed.body.starts_with("Abgelehnt: "), "{}", framed.body);
}

#[tokio::test]
async fn a_chosen_language_and_time_zone_hold_for_pages_and_mails() {
    let app = TestApp::spawn().await;
    let ada = app.member("Ada").await;
    let (page, email) = (ada.get("/settings/language").await, ada.email());
    assert!(page.body.contains(r#"<option value="de" lang="de">Deutsch</option>"#), "{}", page.body);
    assert!(page.body.contains(r#"<option value="UTC" selected>"#), "{}", page.body);
    let choice = [("language", "de"), ("time_zone", "Asia/Kolkata")];
    let saved = ada.submit("/settings/language", &choice).await;
    assert_eq!(saved.location(), "/settings/language?done=language", "{}", saved.body);
    let page = ada.get(saved.location()).await;
    assert_eq!(language(&page), "de");
    for part in [
        "Wir verwenden jetzt diese Sprache",
        r#"<option value="de" lang="de" selected>"#,
        r#"<option value="Asia/Kolkata" selected>"#,
        " UTC+5:30</time>",
    ] {
        assert!(page.body.contains(part), "{part}: {}", page.body);
    }
    // The account's choice wins over the browser's, on error pages too.
    assert_eq!(language(&ask(&ada, "/settings/sessions", "en").await), "de");
    let overview = ada.get("/settings").await;
    assert!(overview.body.contains("Deutsch, Kolkata"), "{}", overview.body);
    app.guest().sign_in(&email).await;
    app.wait(TimeDelta::minutes(5));
    let sessions = ada.get("/settings/sessions").await;
    assert!(
        sessions.body.contains("Zuletzt aktiv") && sessions.body.contains("Vor 5 Minuten"),
        "{}",
        sessions.body
    );

    let word = ada.begin("/settings/delete", &[]).await;
    let typed = word.filled();
    assert!(typed.iter().any(|(_, value)| value.starts_with("entfernen ")), "{typed:?}");
    assert_eq!(ada.confirm(&word).await.status, StatusCode::SEE_OTHER);
    let mails = app.all_mails_to(&email).await;
    let told = mails.last().expect("a mail");
    assert!(
        told.contains("Subject: Ihr Konto bei unframed wird nach dem ") && told.contains(" UTC+5:30"),
        "{told}"
    );

    let by_browser = [("language", ""), ("time_zone", "UTC")];
    ada.sign_in(&email).await;
    assert_eq!(ada.submit("/settings/language", &by_browser).await.status, StatusCode::SEE_OTHER);
    assert_eq!(language(&ask(&ada, "/settings", "en").await), "en");
}

#[tokio::test]
async fn an_unknown_language_or_time_zone_is_refused_at_its_field() {
    let app = TestApp::spawn().await;
    let ada = app.member("Ada").await;
    for (language, zone, errors) in [
        ("tlh", "Europe/Berlin", &["Choose a language from the list."][..]),
        ("de", "Mars/Base", &["Choose a time zone from the list."]),
        ("de-AT", "US/Pacific", &["Choose a language from the list.", "Choose a time zone from the list."]),
        ("de", "", &["Choose a time zone from the list."]),
    ] {
        let page = ada.submit("/settings/language", &[("language", language), ("time_zone", zone)]).await;
        assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY, "{language} {zone}");
        for error in errors {
            assert!(page.body.contains(error), "{error}: {}", page.body);
        }
        assert_eq!(page.body.matches("aria-invalid").count(), errors.len());
    }
    let kept = ada.submit("/settings/language", &[("language", "tlh"), ("time_zone", "Europe/Berlin")]).await;
    assert!(kept.body.contains(r#"<option value="Europe/Berlin" selected>"#), "{}", kept.body);
    assert!(ada.get("/settings/language").await.body.contains(r#"<option value="UTC" selected>"#));
}

#[tokio::test]
async fn a_stale_form_keeps_the_choice() {
    let app = TestApp::spawn().await;
    let ada = app.member("Ada").await;
    let form = [("csrf_token", "stale"), ("language", "de"), ("time_zone", "Asia/Tokyo")];
    let page = ada.post("/settings/language", &form).await;
    assert_eq!(page.status, StatusCode::FORBIDDEN);
    for part in
        ["This form had expired", r#"value="Asia/Tokyo" selected"#, r#"value="de" lang="de" selected"#]
    {
        assert!(page.body.contains(part), "{part}: {}", page.body);
    }
}

#[tokio::test]
async fn a_guest_gets_mails_in_the_language_of_the_browser() {
    let app = TestApp::spawn().await;
    let (guest, email) = (app.guest(), fresh_email("gast"));
    let form = format!("email={}", email.replace('@', "%40"));
    let sent = guest.send(Method::POST, "/sign-up", Some(form), &[("accept-language", "de-CH")]).await;
    assert_eq!(sent.status, StatusCode::SEE_OTHER, "{}", sent.body);
    let mails = app.all_mails_to(&email).await;
    assert!(mails[0].contains("Subject: Erstellen Sie Ihr Konto bei unframed"), "{mails:?}");
    assert!(mails[0].contains("mit Firefox auf Linux (IP-Adresse "), "{mails:?}");
}

#[tokio::test]
async fn a_notice_is_in_the_language_of_its_reader_whatever_the_request_asks_for() {
    let app = TestApp::spawn().await;
    let ada = app.member("Ada").await;
    let (old, new) = (ada.email(), fresh_email("neu"));
    let choice = [("language", "de"), ("time_zone", "Asia/Tokyo")];
    ada.submit("/settings/language", &choice).await;
    ada.carry_out("/settings/email", &[("email", &new)]).await;
    let link = app.mailed_link(&new, 1, "/email-change/", "Bestätigen Sie Ihre neue").await;
    let english = [("accept-language", "en")];
    let guest = app.guest();
    let changed = guest.send(Method::POST, &link, None, &english).await;
    assert_eq!(changed.status, StatusCode::SEE_OTHER, "{}", changed.body);
    let undo = app.mailed_link(&old, 3, "/undo/", "wurde geändert").await;
    let told = app.mails_to(&old, 3).await;
    assert!(told[2].contains("UTC+9"), "{told:#?}");
    let undone = guest.send(Method::POST, &undo, None, &english).await;
    assert_eq!(undone.status, StatusCode::SEE_OTHER, "{}", undone.body);
    let told = app.mails_to(&new, 2).await;
    assert!(told[1].contains("rückgängig gemacht") && told[1].contains("UTC+9"), "{told:#?}");

    // A guest who tries to sign up with the address of a German account.
    let form = format!("email={}", old.replace('@', "%40"));
    guest.send(Method::POST, "/sign-up", Some(form), &english).await;
    let told = app.mails_to(&old, 4).await;
    assert!(told[3].contains("Sie haben schon ein Konto bei unframed"), "{told:#?}");
    // A member who asks for it.
    let eve = app.member("Eve").await;
    eve.carry_out("/settings/email", &[("email", &old)]).await;
    let told = app.mails_to(&old, 5).await;
    assert!(told[4].contains("Antrag, Ihre E-Mail-Adresse für ein anderes Konto"), "{told:#?}");
}

#[tokio::test]
async fn an_account_keeps_the_language_in_which_it_was_created() {
    let app = TestApp::spawn().await;
    let (guest, email) = (app.guest(), fresh_email("gast"));
    let link = guest.ask_for_sign_up(&email).await;
    let form = format!("display_name=Gast&password={}", crate::harness::PASSWORD.replace(' ', "+"));
    let german = [("accept-language", "de-AT,de;q=0.9")];
    let created = guest.send(Method::POST, &link, Some(form), &german).await;
    assert_eq!(created.location(), "/settings", "{}", created.body);
    assert_eq!(language(&ask(&guest, "/settings", "en").await), "de");
    email.clone_into(&mut guest.email.lock().unwrap());
    guest.carry_out("/settings/delete", &[]).await;
    app.wait(TimeDelta::days(8));
    let id = app.count(&format!("users WHERE email = '{email}'")).await;
    assert_eq!(id, 1);
    unframed::deletion::sweep(&app.state).await;
    let told = app.mails_to(&email, 3).await;
    assert!(told[2].contains("Subject: Ihr Konto bei unframed wurde gelöscht"), "{told:#?}");
}
