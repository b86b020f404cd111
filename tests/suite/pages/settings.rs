//! `/settings`.

mod activity;
mod card;
mod delete;
mod email;
mod export;
mod language;
mod password;
mod profile;
mod sessions;
mod tokens;
mod two_factor;

use std::collections::BTreeSet;

use reqwest::{Method, StatusCode};

use crate::harness::{Answer, TestApp};

/// The notice of the change that was just made.
fn banner(answer: &Answer) -> Option<String> {
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
    answer.find(r#"(?s)role="status"[^>]*><p>(.*?)</p>"#)
}

#[tokio::test]
async fn a_link_from_elsewhere_cannot_make_a_page_say_that_something_was_done() {
    let app = TestApp::spawn().await;
    let ada = app.member("Ada").await;
    let silent = [("sec-fetch-site", ""), ("sec-fetch-dest", ""), ("sec-fetch-mode", "")];
    let from = |referer| [silent.as_slice(), &[("referer", referer)]].concat();
    let (ours, theirs) = (format!("{}/sign-in", app.origin), "https://evil.example/?done=kept");
    for (path, words) in [
        ("/settings/profile?done=saved", "Your changes are saved."),
        ("/settings/profile?done=card-off", "Your public card is off."),
        ("/settings?done=cancelled", "Cancelled. Nothing has changed."),
        ("/settings?done=kept", "Your account will not be deleted."),
        ("/settings/sessions?done=session-ended&count=0", "You weren’t signed in anywhere else."),
        ("/settings/sessions?done=session-ended&count=1", "Signed out of 1 other place."),
        ("/settings/sessions?done=session-ended&count=7", "Signed out of 7 other places."),
        ("/settings/sessions?done=session-ended-before", "You were already signed out there."),
    ] {
        let planted = || ada.set_cookie("done", path.split_once('?').unwrap().1);
        planted();
        assert_eq!(banner(&ada.get(path).await).as_deref(), Some(words), "{path}");
        planted();
        for site in ["cross-site", "same-site", "none"] {
            assert_eq!(banner(&ada.arrive(path, site).await), None, "{path} {site}");
        }
        // A browser without Fetch Metadata: another site can suppress the Referer, but not choose it.
        let ask = async |changes: &[(&str, &str)]| ada.send(Method::GET, path, None, changes).await;
        assert_eq!(banner(&ask(&from(&ours)).await).as_deref(), Some(words), "{path}");
        for changes in [silent.to_vec(), from(theirs)] {
            assert_eq!(banner(&ask(&changes).await), None, "{path} {changes:?}");
        }
        let through_sign_in = format!("/sign-in?next={}", path.replace('?', "%3F").replace('&', "%26"));
        let onward = ada.get(&through_sign_in).await;
        assert_eq!(onward.location(), path.split('?').next().unwrap());
    }
}

#[tokio::test]
async fn a_change_is_announced_once_and_not_on_reload() {
    let app = TestApp::spawn().await;
    let ada = app.member("Ada").await;
    for name in ["Countess", "Lovelace"] {
        let saved = ada.submit("/settings/profile", &[("display_name", name)]).await;
        let first = ada.get(saved.location()).await;
        assert_eq!(banner(&first).as_deref(), Some("Your changes are saved."));
        assert_eq!(ada.cookie("done"), None);
        assert_eq!(banner(&ada.get(saved.location()).await), None, "a reload");
    }
    // A request that shows no page does not use the announcement up.
    let saved = ada.submit("/settings/profile", &[("display_name", "Ada")]).await;
    ada.send(Method::HEAD, saved.location(), None, &[]).await;
    assert!(banner(&ada.get(saved.location()).await).is_some());
    // The cookie of another change announces nothing.
    let saved = ada.submit("/settings/profile", &[("display_name", "Ada")]).await;
    assert_eq!(saved.status, StatusCode::SEE_OTHER);
    assert_eq!(banner(&ada.get("/settings/profile?done=card-on").await), None);
    assert_eq!(banner(&ada.get("/settings?done=saved").await).as_deref(), Some("Your changes are saved."));
}

#[tokio::test]
async fn a_guest_is_redirected_to_sign_in() {
    let app = TestApp::spawn().await;
    let answer = app.guest().get("/settings?done=saved").await;
    assert_eq!((answer.status, answer.location()), (StatusCode::SEE_OTHER, "/sign-in?next=%2Fsettings"));
}

#[tokio::test]
async fn a_deleted_account_is_404() {
    let app = TestApp::spawn().await;
    let ada = app.member("Ada").await;
    assert_eq!(app.execute(format!("DELETE FROM users WHERE email = '{}'", ada.email())).await, 1);
    let page = ada.get("/settings").await;
    assert_eq!(page.status, StatusCode::NOT_FOUND);
    assert!(page.body.contains("This account no longer exists"), "{}", page.body);
    assert_eq!(ada.get("/").await.status, StatusCode::OK, "the user counts as a guest");
    ada.sign_up("Ada").await;
    assert_eq!(ada.get("/settings").await.status, StatusCode::OK);
}

#[tokio::test]
async fn a_form_without_a_session_shows_what_was_typed_and_leads_back_to_its_page() {
    let app = TestApp::spawn().await;
    for (path, form, typed) in [
        ("/settings/profile", "display_name=Countess", Some("Countess")),
        ("/settings/card", "card=on", None),
        ("/confirm/x", "stamp=s&understood=yes&word=delete+1234&password=secret", None),
        ("/settings/email", "email=a%40example.com", Some("a@example.com")),
    ] {
        let guest = app.guest();
        let referer = format!("{}{path}", app.origin);
        let changes = [("referer", referer.as_str())];
        let answer = guest.send(Method::POST, path, Some(form.to_owned()), &changes).await;
        assert_eq!(answer.status, StatusCode::UNAUTHORIZED, "{path}");
        let shown = answer.find(r"(?s)<textarea[^>]*>\s*(.*?)</textarea>");
        assert_eq!(shown.as_deref(), typed, "{path}");
        let sign_in = answer.find(r#"<a class="button" href="([^"]+)""#).unwrap().replace("&amp;", "&");
        let next = match path {
            "/settings/email" => "%2Fsettings%2Femail",
            "/settings/profile" => "%2Fsettings%2Fprofile",
            // The action goes on in the session that follows.
            "/confirm/x" => "%2Fconfirm%2Fx",
            _ => "%2Fsettings",
        };
        assert_eq!(sign_in, format!("/sign-in?next={next}"), "{path}");
    }
}

#[tokio::test]
async fn the_overview_summarizes_the_account_and_has_no_form() {
    let app = TestApp::spawn().await;
    let (ada, phone) = (app.member("Ada").await, app.guest());
    let page = ada.get("/settings").await;
    for part in ["Ada", &ada.email(), "Only here", "Off", "Active", "href=\"/settings/profile\""] {
        assert!(page.body.contains(part), "{part}: {}", page.body);
    }
    let forms: Vec<&str> = page.body.match_indices("<form").map(|(at, _)| &page.body[at..at + 60]).collect();
    assert!(forms.len() == 1 && forms[0].contains("/sign-out"), "{forms:?}");
    phone.sign_in(&ada.email()).await;
    assert!(ada.get("/settings").await.body.contains("Here and in 1 other place"));
}

#[tokio::test]
async fn each_page_of_the_navigation_is_marked_in_it() {
    let app = TestApp::spawn().await;
    let ada = app.member("Ada").await;
    let paths: Vec<&str> =
        app.state.routes.navigation().into_values().flatten().map(|(path, _)| path).collect();
    assert!(paths.len() >= 5, "{paths:?}");
    for path in &paths {
        let page = ada.get(path).await;
        assert_eq!(page.status, StatusCode::OK, "{path}");
        for link in &paths {
            let current = format!("<a href=\"{link}\" aria-current=\"page\">");
            assert_eq!(page.body.contains(&current), link == path, "{link} on {path}: {}", page.body);
            assert!(page.body.contains(&format!("<a href=\"{link}\"")), "{link} on {path}");
        }
        let title = page.find("<title>(.*?)</title>").expect("a title");
        assert!(title.ends_with(" · unframed"), "{title}");
    }
    let (unknown, guest) = (ada.get("/nope").await, app.guest().get("/nope").await);
    let navigates =
        |body: &str| body.contains("aria-label=\"Account\"") && body.contains("/settings/profile");
    assert!(navigates(&unknown.body) && !navigates(&guest.body), "a member keeps the navigation");
    assert!(!unknown.body.contains("Ada"), "{}", unknown.body);
}

#[tokio::test]
async fn the_overview_is_light() {
    let app = TestApp::spawn().await;
    let ada = app.member("Ada").await;
    let page = ada.get("/settings").await;
    assert_eq!(page.status, StatusCode::OK);
    assert!(page.body.len() <= 12_000, "{} bytes of HTML", page.body.len());
    let loaded = regex::Regex::new(r#"<(?:link|script|img)\b[^>]*\b(?:href|src)="([^"]+)""#).unwrap();
    let loaded: BTreeSet<&str> =
        loaded.captures_iter(&page.body).filter_map(|found| Some(found.get(1)?.as_str())).collect();
    assert!((2..=3).contains(&loaded.len()), "besides the page: {loaded:?}");
    for path in loaded {
        assert_eq!(ada.get(path).await.status, StatusCode::OK, "{path}");
    }
}
