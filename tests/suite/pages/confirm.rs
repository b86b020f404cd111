//! `/confirm/{id}`: clicks alone never confirm an action, whatever its kind.

mod passkey;

use futures_util::future::join_all;
use reqwest::{Method, StatusCode};
use unframed::actions::{ApproveConfirmation, SensitiveAction as _};
use unframed::domain::SecretToken;

use crate::actions::starts;
use crate::harness::confirmation::{Confirming, fresh_email};
use crate::harness::{Answer, Browser, PASSWORD, TestApp};

fn assert_refused(answer: &Answer, why: &str) {
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{why}: {}", answer.body);
    assert!(answer.body.contains(r#"class="tick""#), "the form is shown again: {}", answer.body);
    assert!(!answer.body.contains(PASSWORD), "the password is not shown again");
}

#[tokio::test]
async fn every_kind_of_action_refuses_the_form_as_served_even_right_after_sign_in() {
    let app = TestApp::spawn().await;
    for start in starts() {
        let ada = app.member("Ada").await;
        ada.prepare_for(start).await;
        let fresh = app.guest();
        ada.share_factors_with(&fresh);
        fresh.sign_in(&ada.email()).await;
        for person in [&ada, &fresh] {
            let page = person.begin_any(start).await;
            app.let_human_time_pass();
            let answer = person.post_all(&page.path, &page.served).await;
            assert_refused(&answer, start);
            // One more click, on the tick, is not enough either; nor is the tick with a word.
            for more in [vec![("understood", "yes")], vec![("understood", "yes"), ("word", "delete 0000")]] {
                assert_refused(&person.post_all(&page.path, &page.with(&more)).await, start);
            }
            assert!(person.still_waits(&page).await, "{start} ran");
        }
    }
}

#[tokio::test]
async fn an_action_needs_the_tick_the_password_the_word_and_the_stamp() {
    let app = TestApp::spawn().await;
    let ada = app.member("Ada").await;
    for start in starts() {
        let page = ada.begin_any(start).await;
        app.let_human_time_pass();
        for missing in ["understood", page.proof.0, "word", "stamp"] {
            let mut fields = page.filled();
            fields.retain(|(name, _)| name != missing);
            if missing == "word" && page.word.is_none() {
                continue;
            }
            assert_refused(&ada.post_all(&page.path, &fields).await, &format!("{start} without {missing}"));
            assert!(ada.still_waits(&page).await, "{start} ran without {missing}");
        }
        // A refusal does not spend the stamp: the complete form of the same page is accepted.
        assert_eq!(ada.post_all(&page.path, &page.filled()).await.status, StatusCode::SEE_OTHER, "{start}");
        if start == "/settings/delete" {
            ada.sign_in(&ada.email()).await;
        }
    }
}

#[tokio::test]
async fn a_form_sent_faster_than_a_person_can_read_is_refused_and_shown_again() {
    let app = TestApp::spawn().await;
    let ada = app.member("Ada").await;
    for start in starts() {
        let page = ada.begin_any(start).await;
        app.wait(chrono::TimeDelta::milliseconds(500));
        let answer = ada.post_all(&page.path, &page.filled()).await;
        assert_refused(&answer, start);
        assert!(answer.body.contains("Check the details, then confirm"), "{}", answer.body);
        assert!(ada.still_waits(&page).await, "{start} ran");
    }
}

#[tokio::test]
async fn the_stamp_and_the_word_of_another_action_are_refused() {
    let app = TestApp::spawn().await;
    let ada = app.member("Ada").await;
    for start in starts() {
        let other = ada.begin_any(start).await;
        let page = ada.begin_any(start).await;
        app.let_human_time_pass();
        let mut fields = page.filled();
        fields.retain(|(name, _)| name != "stamp");
        fields.push(("stamp".to_owned(), other.value("stamp").to_owned()));
        let answer = ada.post_all(&page.path, &fields).await;
        assert_refused(&answer, start);
        assert!(answer.body.contains("belonged to another page"), "{}", answer.body);
        assert!(ada.still_waits(&page).await, "{start} ran");
    }
    let (other, page) = (ada.begin_any("/settings/delete").await, ada.begin_any("/settings/delete").await);
    if other.word != page.word {
        app.let_human_time_pass();
        let word = other.word.unwrap();
        let mut fields = page.filled();
        fields.retain(|(name, _)| name != "word");
        fields.push(("word".to_owned(), word));
        let answer = ada.post_all(&page.path, &fields).await;
        assert_refused(&answer, "another action's word");
        assert!(answer.body.contains("doesn’t match"), "{}", answer.body);
    }
    assert!(ada.still_waits(&page).await);
}

#[tokio::test]
async fn a_stamp_and_a_word_work_for_a_single_attempt() {
    let app = TestApp::spawn().await;
    let ada = app.member("Ada").await;
    let page = ada.begin_any("/settings/delete").await;
    app.let_human_time_pass();
    let mut wrong = page.filled();
    wrong.retain(|(name, _)| name != "password");
    wrong.push(("password".to_owned(), "not the right password".to_owned()));
    let again = ada.post_all(&page.path, &wrong).await;
    assert_refused(&again, "a wrong password");
    assert!(again.body.contains("That password is wrong"), "{}", again.body);
    let fresh = Confirming::read(&page.path, &again);
    let replayed = ada.post_all(&page.path, &page.filled()).await;
    assert_refused(&replayed, "a spent word with the right password");
    assert!(replayed.body.contains("was already sent"), "{}", replayed.body);
    assert_eq!(ada.confirm(&fresh).await.location(), "/deletion-scheduled");
}

#[tokio::test]
async fn five_wrong_attempts_end_an_action() {
    let app = TestApp::spawn().await;
    let ada = app.member("Ada").await;
    let mut page = ada.begin_any("/settings/sessions/revoke-others").await;
    for attempt in 1..=5 {
        app.let_human_time_pass();
        let fields = page.with(&[("understood", "yes"), ("password", "not the right password")]);
        let answer = ada.post_all(&page.path, &fields).await;
        if attempt < 5 {
            assert_refused(&answer, "wrong");
            page = Confirming::read(&page.path, &answer);
        } else {
            assert_eq!(answer.status, StatusCode::GONE, "{}", answer.body);
            assert!(answer.body.contains("This was cancelled"), "{}", answer.body);
        }
    }
    assert_eq!(ada.confirm(&page).await.status, StatusCode::GONE, "not even with the right password");
}

#[tokio::test]
async fn exactly_one_of_sixteen_simultaneous_confirmations_runs() {
    let app = TestApp::spawn().await;
    let ada = app.member("Ada").await;
    let new = fresh_email("countess");
    let page = ada.begin("/settings/email", &[("email", &new)]).await;
    app.let_human_time_pass();
    let fields = page.filled();
    let answers = join_all((0..16).map(|_| ada.post_all(&page.path, &fields))).await;
    let statuses: Vec<u16> = answers.iter().map(|answer| answer.status.as_u16()).collect();
    assert_eq!(statuses.iter().filter(|status| **status == 303).count(), 1, "{statuses:?}");
    assert_eq!(statuses.iter().filter(|status| **status == 410).count(), 15, "{statuses:?}");
    let told = answers.iter().filter(|answer| answer.body.contains("This is already done")).count();
    assert_eq!(told, 15, "the other fifteen answers say that it is done");
    // The old address gets the welcome and the notice, the new address one link.
    assert_eq!(app.mails_to(&ada.email(), 2).await.len(), 2);
    assert_eq!(app.mails_to(&new, 1).await.len(), 1);
}

#[tokio::test]
async fn a_confirmed_action_says_so_and_does_not_run_again() {
    let app = TestApp::spawn().await;
    let ada = app.member("Ada").await;
    let page = ada.begin_any("/settings/sessions/revoke-others").await;
    assert_eq!(ada.confirm(&page).await.location(), "/settings/sessions?done=session-ended&count=0");
    let phone = app.guest();
    phone.sign_in(&ada.email()).await;
    for answer in [ada.post_all(&page.path, &page.filled()).await, ada.get(&page.path).await] {
        assert_eq!(answer.status, StatusCode::GONE, "{}", answer.body);
        assert!(answer.body.contains("This is already done"), "{}", answer.body);
    }
    assert_eq!(phone.get("/settings").await.status, StatusCode::OK, "the action ran once");
}

#[tokio::test]
async fn extra_posted_fields_do_not_change_the_action_that_was_shown() {
    let app = TestApp::spawn().await;
    let ada = app.member("Ada").await;
    let (shown, planted) = (fresh_email("shown"), fresh_email("planted"));
    let page = ada.begin("/settings/email", &[("email", &shown)]).await;
    assert!(ada.get(&page.path).await.body.contains(&shown), "the new address is shown");
    app.let_human_time_pass();
    let mut fields = page.filled();
    for name in ["email", "to", "new_email", "payload", "kind"] {
        fields.push((name.to_owned(), planted.clone()));
    }
    assert_eq!(ada.post_all(&page.path, &fields).await.location(), "/settings?done=email-sent");
    assert!(app.mails_to(&shown, 1).await[0].contains("/email-change/"));
    assert!(ada.get("/settings/email").await.body.contains(&shown));
    assert!(!ada.get("/settings/email").await.body.contains(&planted));
}

#[tokio::test]
async fn an_action_belongs_to_the_session_that_began_it() {
    let app = TestApp::spawn().await;
    let (ada, mallory, phone) = (app.member("Ada").await, app.member("Mallory").await, app.guest());
    phone.sign_in(&ada.email()).await;
    let page = ada.begin_any("/settings/delete").await;
    app.let_human_time_pass();
    for other in [&mallory, &phone] {
        let token = other.get("/settings").await.csrf_token();
        let mut fields = page.filled();
        fields.retain(|(name, _)| name != "csrf_token");
        fields.push(("csrf_token".to_owned(), token.clone()));
        let unknown = format!("/confirm/{}", SecretToken::generate().unwrap().encode());
        let mut told = Vec::new();
        for path in [page.path.as_str(), &unknown, "/confirm/nonsense"] {
            let cancel = format!("{path}/cancel");
            for answer in [
                other.get(path).await,
                other.arrive(path, "cross-site").await,
                other.post_all(path, &fields).await,
                other.post(&cancel, &[("csrf_token", &token)]).await,
            ] {
                assert_eq!(answer.status, StatusCode::NOT_FOUND, "{path}");
                assert!(answer.body.contains("<h1>We can’t find this</h1>"), "{}", answer.body);
                let main = answer.find(r"(?s)<main(.*)</main>").unwrap();
                assert!(main.contains(r#"href="/settings""#) && !main.contains("<form"), "{main}");
                told.push(answer.body);
            }
        }
        told.dedup();
        assert_eq!(told.len(), 1, "the answers do not tell a foreign action from an unknown one");
    }
    assert!(ada.still_waits(&page).await);
    let guest = app.guest().get(&page.path).await;
    assert!(guest.location().starts_with("/sign-in?next=%2Fconfirm%2F"), "{}", guest.location());
}

async fn assert_over(browser: &Browser, page: &Confirming, title: &str) {
    browser.let_human_time_pass();
    for answer in [browser.get(&page.path).await, browser.post_all(&page.path, &page.filled()).await] {
        assert_eq!(answer.status, StatusCode::GONE, "{}", answer.body);
        assert!(answer.body.contains(title) && !answer.body.contains("<form class=\"confirm\""));
    }
}

#[tokio::test]
async fn a_cancelled_and_a_replaced_action_cannot_be_confirmed() {
    let app = TestApp::spawn().await;
    let ada = app.member("Ada").await;
    for start in starts() {
        let (former, page) = (ada.begin_any(start).await, ada.begin_any(start).await);
        assert_over(&ada, &former, "This was cancelled").await;
        let cancel = format!("{}/cancel", page.path);
        let answer = ada.submit(&cancel, &[]).await;
        // A confirmation can still be declined.
        let asked = start == ApproveConfirmation::START;
        let next = if asked { "/confirmations/" } else { "/settings?done=cancelled" };
        assert!(answer.location().starts_with(next), "{start}: {}", answer.location());
        assert_over(&ada, &page, "This was cancelled").await;
        assert_eq!(
            ada.submit(&cancel, &[]).await.status,
            StatusCode::GONE,
            "a second cancellation is refused"
        );
    }
    assert!(ada.get("/settings?done=cancelled").await.body.contains("Cancelled. Nothing has changed."));
}

#[tokio::test]
async fn an_action_waits_ten_minutes() {
    let app = TestApp::spawn().await;
    let ada = app.member("Ada").await;
    let page = ada.begin_any("/settings/delete").await;
    app.wait(chrono::TimeDelta::minutes(9));
    assert!(ada.still_waits(&page).await, "after nine minutes");
    app.wait(chrono::TimeDelta::minutes(1));
    assert_over(&ada, &page, "This took too long").await;
}

#[tokio::test]
async fn the_form_opens_only_from_our_own_pages() {
    let app = TestApp::spawn().await;
    let ada = app.member("Ada").await;
    ada.add_authenticator().await;
    let page = ada.begin_any("/settings/delete").await;
    let mut paths = vec![page.path.clone()];
    for start in starts() {
        paths.push(ada.path_of(start).await);
    }
    for path in &paths {
        for site in ["cross-site", "same-site", "none"] {
            let answer = ada.arrive(path, site).await;
            assert_eq!(answer.status, StatusCode::OK, "{path} {site}");
            let main = answer.find(r"(?s)<main(.*)</main>").unwrap();
            assert!(!main.contains("<form") && !main.contains("<input"), "{path} {site}: {main}");
            assert!(main.contains(&format!("<a href=\"{path}\">Continue</a>")), "{path}: {main}");
        }
        // A browser without Fetch Metadata gets a link that opens this page for this session.
        let link = ada.arrive(path, "").await.find(r#"<a href="([^"]+)">Continue</a>"#).unwrap();
        assert!(link.starts_with(&format!("{path}?ticket=")), "{link}");
        assert!(ada.arrive(&link, "").await.body.contains("<main") && has_form(&ada.arrive(&link, "").await));
        assert!(
            !has_form(&ada.arrive(&link, "cross-site").await),
            "a ticket opens nothing from another site"
        );
        assert!(!has_form(&ada.arrive(path, "").await), "the form needs the ticket");
    }
    let ticket = ada.arrive("/settings/email", "").await.find(r#"href="/settings/email(\?ticket=[^"]+)""#);
    let elsewhere = format!("/settings/delete{}", ticket.unwrap());
    assert!(!has_form(&ada.arrive(&elsewhere, "").await), "a ticket is for one page");
}

#[tokio::test]
async fn a_browser_without_fetch_metadata_sees_only_our_own_notices_after_the_arrival_page() {
    let app = TestApp::spawn().await;
    let ada = app.member("Ada").await;
    let done = "/settings/email?done=email-sent";
    let arrive = async |path: &str, referer: &str| {
        let silent = ["sec-fetch-site", "sec-fetch-dest", "sec-fetch-mode"].map(|name| (name, ""));
        let changes = [silent.as_slice(), &[("referer", referer)]].concat();
        ada.send(Method::GET, path, None, &changes).await
    };
    let link = |answer: Answer| answer.find(r#"<a href="([^"]+)">Continue"#).unwrap().replace("&amp;", "&");
    let own = format!("{}/confirm/x", app.origin);
    let onward = link(arrive(done, &own).await);
    assert!(
        onward.starts_with("/settings/email?ticket=") && onward.ends_with("&done=email-sent"),
        "{onward}"
    );
    let page = arrive(&onward, &own).await;
    assert!(page.body.contains("sent an email to your new address"), "{}", page.body);
    // The link carries only a notice of our own.
    for (path, referer) in [
        (done, ""),
        (done, "https://evil.example/"),
        ("/settings/email?done=email-sent-now", own.as_str()),
        ("/settings/email?other=text", &own),
    ] {
        let onward = link(arrive(path, referer).await);
        assert!(!onward.contains('&') && !onward.contains("done"), "{path} from {referer}: {onward}");
    }
    let elsewhere = ada.arrive(done, "cross-site").await;
    assert_eq!(link(elsewhere), "/settings/email");
}

fn has_form(answer: &Answer) -> bool {
    answer.find(r"(?s)<main(.*)</main>").unwrap().contains("<form")
}

#[tokio::test]
async fn no_control_of_a_confirm_page_can_be_reached_by_a_fragment_or_autofocus() {
    let app = TestApp::spawn().await;
    let ada = app.member("Ada").await;
    for start in starts() {
        let page = ada.begin_any(start).await;
        app.let_human_time_pass();
        for answer in [ada.get(&page.path).await, ada.post_all(&page.path, &page.served).await] {
            let foothold =
                answer.find(r"(?s)(<(?:input|button)\b[^>]*\s(?:id=|autofocus|formaction|form=)[^>]*>)");
            assert_eq!(foothold, None, "{start}");
            let tick = answer.find(r#"(<input class="tick"[^>]*>)"#).unwrap();
            assert!(tick.contains(" required") && !tick.contains(" checked"), "{tick}");
            let proof = format!("name=\"{}\"", page.proof.0);
            let order = [r#"class="tick""#, proof.as_str(), r#"<p class="final">"#];
            let places: Vec<usize> = order.iter().map(|part| answer.body.find(part).unwrap()).collect();
            assert!(places.is_sorted(), "{start}: the tick comes before the proof: {places:?}");
        }
    }
}

#[tokio::test]
async fn a_stale_form_is_shown_again_and_a_signed_out_form_keeps_no_secret() {
    let app = TestApp::spawn().await;
    let ada = app.member("Ada").await;
    let page = ada.begin_any("/settings/delete").await;
    app.let_human_time_pass();
    let mut fields = page.filled();
    fields.retain(|(name, _)| name != "csrf_token");
    let stale = ada.post_all(&page.path, &fields).await;
    assert_eq!(stale.status, StatusCode::FORBIDDEN);
    assert!(stale.body.contains("This form had expired") && stale.body.contains(r#"class="tick""#));
    assert!(ada.still_waits(&page).await);
    let out = app.guest().post_all(&page.path, &page.filled()).await;
    assert_eq!(out.status, StatusCode::UNAUTHORIZED);
    assert!(!out.body.contains(page.value("stamp")) && !out.body.contains(PASSWORD), "{}", out.body);
}
