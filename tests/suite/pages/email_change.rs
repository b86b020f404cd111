//! `/email-change/{token}`: the link that is emailed to a new address.

use futures_util::future::join;
use reqwest::StatusCode;
use unframed::domain::SecretToken;

use crate::harness::confirmation::{fresh_email, in_mail};
use crate::harness::{Browser, PASSWORD, TestApp};

/// Requests a change of the email address and returns the path of the link that confirms it.
async fn asked(app: &TestApp, member: &Browser, new: &str) -> String {
    member.carry_out("/settings/email", &[("email", new)]).await;
    app.mailed_link(new, 1, "/email-change/", "Confirm your new unframed email address").await
}

#[tokio::test]
async fn opening_the_link_changes_nothing_and_pressing_the_button_does() {
    let app = TestApp::spawn().await;
    let ada = app.member("Ada").await;
    let (old, new) = (ada.email(), fresh_email("countess"));
    let link = asked(&app, &ada, &new).await;
    for _ in 0..3 {
        let page = app.guest().arrive(&link, "cross-site").await;
        assert_eq!(page.status, StatusCode::OK);
        assert!(page.body.contains(&old) && page.body.contains(&new), "{}", page.body);
    }
    assert!(
        ada.get("/settings").await.body.contains(&old),
        "opening the link changes nothing, because mail scanners open links"
    );
    let done = app.guest().post(&link, &[]).await;
    assert_eq!((done.status, done.location()), (StatusCode::SEE_OTHER, link.as_str()));
    assert!(app.guest().get(&link).await.body.contains("Your email address is changed"));
    assert!(ada.get("/settings").await.body.contains(&new), "the session is still valid");
    app.guest().sign_in(&new).await;
    let former = app.guest().post("/sign-in", &[("email", &old), ("password", PASSWORD)]).await;
    assert_eq!(former.status, StatusCode::UNPROCESSABLE_ENTITY);
    let mails = app.mails_to(&old, 3).await;
    let told = mails.iter().find(|mail| mail.contains("Your unframed email address was changed")).unwrap();
    assert!(told.contains(&in_mail(&new)) && told.contains("/undo/"), "{told}");
}

#[tokio::test]
async fn a_link_works_once() {
    let app = TestApp::spawn().await;
    let ada = app.member("Ada").await;
    let link = asked(&app, &ada, &fresh_email("countess")).await;
    let guest = app.guest();
    let (one, two) = join(guest.post(&link, &[]), guest.post(&link, &[])).await;
    let mut statuses = [one.status.as_u16(), two.status.as_u16()];
    statuses.sort_unstable();
    assert_eq!(statuses, [303, 410]);
    assert_eq!(guest.post(&link, &[]).await.status, StatusCode::GONE);
    assert_eq!(app.mails_to(&ada.email(), 3).await.len(), 3, "welcome, request, change");
}

#[tokio::test]
async fn a_stale_link_cannot_confirm_a_later_address() {
    let app = TestApp::spawn().await;
    let ada = app.member("Ada").await;
    let (first, second) = (fresh_email("first"), fresh_email("second"));
    let stale = asked(&app, &ada, &first).await;
    let fresh = asked(&app, &ada, &second).await;
    let answer = app.guest().post(&stale, &[]).await;
    assert_eq!(answer.status, StatusCode::GONE);
    assert!(answer.body.contains("a newer one replaced it"), "{}", answer.body);
    let own = format!("You sign in with <strong>{second}");
    assert!(!ada.get("/settings/email").await.body.contains(&own), "nothing has changed");
    assert_eq!(app.guest().post(&fresh, &[]).await.status, StatusCode::SEE_OTHER);
    assert!(ada.get("/settings/email").await.body.contains(&own));
    let used = app.guest().get(&fresh).await;
    assert!(used.body.contains(&format!("Your email address is now <strong>{second}")), "{}", used.body);
    assert_eq!(app.guest().post(&stale, &[]).await.status, StatusCode::GONE);
    assert!(ada.get("/settings/email").await.body.contains(&own));
}

#[tokio::test]
async fn only_one_of_two_accounts_that_confirm_the_same_address_gets_it() {
    let app = TestApp::spawn().await;
    let ada = app.member("Ada").await;
    let wanted = fresh_email("wanted");
    let one = asked(&app, &ada, &wanted).await;
    app.wait(chrono::TimeDelta::hours(1));
    let grace = app.member("Grace").await;
    grace.carry_out("/settings/email", &[("email", &wanted)]).await;
    let mails = app.mails_to(&wanted, 2).await;
    let link = regex::Regex::new("/email-change/[A-Za-z0-9_-]{43}").unwrap();
    let links: Vec<&str> = mails.iter().map(|mail| link.find(mail).expect("a link").as_str()).collect();
    let two = *links.iter().find(|link| **link != one).expect("another link");
    let guest = app.guest();
    let answers = join(guest.post(&one, &[]), guest.post(two, &[])).await;
    let mut statuses = [answers.0.status.as_u16(), answers.1.status.as_u16()];
    statuses.sort_unstable();
    assert_eq!(statuses, [303, 409]);
    assert_eq!(app.count(&format!("users WHERE email = '{wanted}'")).await, 1);
}

#[tokio::test]
async fn an_unknown_link_is_404() {
    let app = TestApp::spawn().await;
    for token in [SecretToken::generate().unwrap().encode(), "nonsense".to_owned()] {
        let path = format!("/email-change/{token}");
        assert_eq!(app.guest().get(&path).await.status, StatusCode::NOT_FOUND);
        assert_eq!(app.guest().post(&path, &[]).await.status, StatusCode::NOT_FOUND);
    }
}

#[tokio::test]
async fn a_deletion_request_voids_a_pending_link() {
    let app = TestApp::spawn().await;
    for by_link in [true, false] {
        let ada = app.member("Ada").await;
        let (old, new) = (ada.email(), fresh_email("countess"));
        let (guest, link) = (app.guest(), asked(&app, &ada, &new).await);
        let assert_dead = async |when: &str| {
            for answer in [guest.get(&link).await, guest.post(&link, &[]).await] {
                assert_eq!(answer.status, StatusCode::GONE, "{when}: {}", answer.body);
                assert!(answer.body.contains("or your account is waiting to be deleted"), "{}", answer.body);
            }
        };
        ada.carry_out("/settings/delete", &[]).await;
        assert_dead("while it waits").await;
        if by_link {
            let keep = app.mailed_link(&old, 3, "/undo/", "will be deleted after").await;
            app.undo(&keep).await;
        }
        ada.sign_in(&old).await;
        if !by_link {
            assert_eq!(ada.submit("/settings/delete/keep", &[]).await.location(), "/settings?done=kept");
        }
        assert_dead("once it is kept").await;
        let page = ada.get("/settings/email").await;
        assert!(page.body.contains(&old) && !page.body.contains(&new), "nothing waits: {}", page.body);
    }
}

#[tokio::test]
async fn after_an_undo_the_link_no_longer_claims_the_address() {
    let app = TestApp::spawn().await;
    let ada = app.member("Ada").await;
    let link = asked(&app, &ada, &fresh_email("countess")).await;
    let guest = app.guest();
    assert_eq!(guest.post(&link, &[]).await.status, StatusCode::SEE_OTHER);
    assert!(guest.get(&link).await.body.contains("Your email address is changed"));
    let undo = app.mailed_link(&ada.email(), 3, "/undo/", "Your unframed email address was changed").await;
    assert_eq!(guest.post(&undo, &[]).await.status, StatusCode::SEE_OTHER);
    for answer in [guest.get(&link).await, guest.post(&link, &[]).await] {
        assert_eq!(answer.status, StatusCode::GONE);
        assert!(answer.body.contains("the address was changed again since"), "{}", answer.body);
        assert!(!answer.body.contains("Your email address is changed"), "{}", answer.body);
    }
}
