//! `/settings` and `/settings/profile`.

mod card;
mod delete;
mod email;
mod sessions;

use reqwest::{Method, StatusCode};

use crate::harness::{Answer, TestApp};

#[tokio::test]
async fn a_member_changes_the_name() {
    let app = TestApp::spawn().await;
    let ada = app.member("Ada").await;
    let answer = ada.submit("/settings/profile", &[("display_name", "Ada Lovelace")]).await;
    assert_eq!((answer.status, answer.location()), (StatusCode::SEE_OTHER, "/settings?done=saved"));
    let page = ada.get("/settings?done=saved").await;
    assert!(
        page.body.contains("Ada Lovelace") && page.body.contains("Your changes are saved"),
        "{}",
        page.body
    );
    assert!(page.body.contains(&ada.email()));
}

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
        ("/settings?done=saved", "Your changes are saved."),
        ("/settings?done=cancelled", "Cancelled. Nothing has changed."),
        ("/settings?done=kept", "Your account will not be deleted."),
        ("/settings/sessions?done=session-ended&count=0", "You weren’t signed in anywhere else."),
        ("/settings/sessions?done=session-ended&count=1", "Signed out of 1 other place."),
        ("/settings/sessions?done=session-ended&count=7", "Signed out of 7 other places."),
        ("/settings/sessions?done=session-ended-before", "You were already signed out there."),
    ] {
        assert_eq!(banner(&ada.get(path).await).as_deref(), Some(words), "{path}");
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
async fn a_guest_is_redirected_to_sign_in() {
    let app = TestApp::spawn().await;
    let answer = app.guest().get("/settings?done=saved").await;
    assert_eq!((answer.status, answer.location()), (StatusCode::SEE_OTHER, "/sign-in?next=%2Fsettings"));
}

#[tokio::test]
async fn an_invalid_name_is_shown_again_with_an_error() {
    let app = TestApp::spawn().await;
    let ada = app.member("Ada").await;
    for (typed, error) in [
        ("   ", "Enter your name."),
        (&"x".repeat(81), "80 characters or fewer"),
        ("a\u{202E}b", "Remove line breaks and invisible characters."),
    ] {
        let page = ada.submit("/settings/profile", &[("display_name", typed)]).await;
        assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY, "{typed:?}");
        assert!(
            page.body.contains(error) && page.body.contains(&format!("value=\"{typed}\"")),
            "{}",
            page.body
        );
    }
    assert!(ada.get("/settings").await.body.contains("value=\"Ada\""), "nothing has changed");
}

#[tokio::test]
async fn a_name_is_shown_as_text() {
    let app = TestApp::spawn().await;
    let ada = app.member("Ada").await;
    let answer = ada.submit("/settings/profile", &[("display_name", "<b>\"Ada\"</b>")]).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER);
    let page = ada.get("/settings").await;
    assert!(!page.body.contains("<b>") && page.body.contains("&lt;b&gt;&quot;Ada"), "{}", page.body);
}

#[tokio::test]
async fn a_stale_form_comes_back_filled_with_a_token_that_works() {
    let app = TestApp::spawn().await;
    let ada = app.member("Ada").await;
    let page = ada.post("/settings/profile", &[("csrf_token", "stale"), ("display_name", "Countess")]).await;
    assert_eq!(page.status, StatusCode::FORBIDDEN);
    assert!(page.body.contains("value=\"Countess\"") && page.body.contains("This form had expired"));
    assert!(ada.get("/settings").await.body.contains("value=\"Ada\""), "nothing has changed");
    let token = page.csrf_token();
    let again = ada.post("/settings/profile", &[("csrf_token", &token), ("display_name", "Countess")]).await;
    assert_eq!(again.status, StatusCode::SEE_OTHER);
    assert!(ada.get("/settings").await.body.contains("value=\"Countess\""));
}

#[tokio::test]
async fn a_form_sent_after_the_session_ended_gives_back_what_was_typed_but_no_secret() {
    let app = TestApp::spawn().await;
    let ada = app.member("Ada").await;
    let token = ada.get("/settings").await.csrf_token();
    ada.submit("/sign-out", &[]).await;
    let form = [
        ("csrf_token", token.as_str()),
        ("display_name", "Long <typed> name"),
        ("new_password", "hush hush"),
    ];
    let page = ada.post("/settings/profile", &form).await;
    assert_eq!(page.status, StatusCode::UNAUTHORIZED);
    assert!(page.body.contains("Long &lt;typed&gt; name") && page.body.contains("nothing was saved"));
    assert!(!page.body.contains("hush hush") && !page.body.contains(&token), "{}", page.body);
    assert!(page.body.contains("/sign-in?next=%2Fsettings"), "{}", page.body);
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
        let next = if path == "/settings/email" { "%2Fsettings%2Femail" } else { "%2Fsettings" };
        assert_eq!(sign_in, format!("/sign-in?next={next}"), "{path}");
    }
}
