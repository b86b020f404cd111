//! A proof counts only if its password and its session are still valid when the change runs.

use std::sync::mpsc;

use reqwest::StatusCode;
use unframed::actions::{MakeRecoveryCodes, RemoveFactor, SensitiveAction as _};
use unframed::security::password_hashing::Work;
use unframed::security::work_queue::WorkQueue;

use super::starts;
use crate::harness::database::RUNTIME;
use crate::harness::{Browser, TestApp};

/// Occupies every turn of a queue until the senders are dropped, so that comparisons wait.
async fn occupy(queue: &WorkQueue) -> Vec<mpsc::Sender<()>> {
    let turns = queue.turns();
    let mut holders = Vec::new();
    for _ in 0..turns {
        let (hold, released) = mpsc::channel::<()>();
        let queue = queue.clone();
        RUNTIME.spawn(async move {
            let _ = queue.in_turn(std::net::Ipv4Addr::LOCALHOST.into(), move || released.recv()).await;
        });
        holders.push(hold);
    }
    until(|| queue.running() == turns).await;
    holders
}

async fn until(holds: impl Fn() -> bool) {
    for _ in 0..10_000 {
        if holds() {
            return;
        }
        tokio::task::yield_now().await;
        tokio::time::sleep(std::time::Duration::from_millis(1)).await;
    }
    panic!("not within ten seconds");
}

async fn end_session_of(owner: &Browser, other: &Browser) {
    let page = other.get("/settings/sessions").await;
    let revoke = page.find(r#"action="(/settings/sessions/[0-9a-f-]{36}/revoke)""#).expect("another session");
    let answer = other.submit(&revoke, &[]).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.body);
    assert_eq!(owner.get("/settings").await.status, StatusCode::SEE_OTHER, "the session has ended");
}

#[tokio::test]
async fn a_form_that_was_sent_twice_runs_once_and_its_second_answer_says_so() {
    let app = TestApp::spawn().await;
    for start in starts() {
        let ada = app.member("Ada").await;
        let page = ada.begin_any(start).await;
        app.let_human_time_pass();
        let queue = app.state.hashing.queue(Work::Proof);
        let holders = occupy(queue).await;
        let fields = page.filled();
        // A second factor is checked without a queue: there the two may also run one after the other.
        let compared = if page.proof.0 == "password" { 2 } else { 0 };
        let (one, other, ()) =
            tokio::join!(ada.post_all(&page.path, &fields), ada.post_all(&page.path, &fields), async {
                // Both have passed the check of their session before either runs.
                until(|| queue.waiting() == compared).await;
                drop(holders);
            });
        let (ran, second) = if one.status == StatusCode::SEE_OTHER { (one, other) } else { (other, one) };
        assert_eq!(ran.status, StatusCode::SEE_OTHER, "{start}: {}", ran.body);
        assert_eq!(second.status, StatusCode::GONE, "{start}: {}", second.body);
        assert!(second.body.contains("This is already done"), "{start}: {}", second.body);
    }
}

#[tokio::test]
async fn no_action_runs_for_a_session_that_ends_during_the_password_check() {
    // The actions that need a second factor are not proven by a password.
    for start in
        starts().into_iter().filter(|start| ![RemoveFactor::START, MakeRecoveryCodes::START].contains(start))
    {
        let app = TestApp::spawn().await;
        let (thief, owner) = (app.member("Ada").await, app.guest());
        owner.sign_in(&thief.email()).await;
        let id = thief.user_id().await;
        let page = thief.begin_any(start).await;
        app.let_human_time_pass();
        let queue = app.state.hashing.queue(Work::Proof);
        let holders = occupy(queue).await;
        let fields = page.filled();
        let (answer, ()) = tokio::join!(thief.post_all(&page.path, &fields), async {
            until(|| queue.waiting() > 0).await;
            end_session_of(&thief, &owner).await;
            drop(holders);
        });
        assert_eq!(answer.status, StatusCode::UNAUTHORIZED, "{start}: {}", answer.body);
        assert!(
            !answer.body.contains("Signed in as"),
            "{start}: the header names no member: {}",
            answer.body
        );
        let ran = format!("pending_actions WHERE user_id = '{id}' AND used_at IS NOT NULL");
        assert_eq!(app.count(&ran).await, 0, "{start} ran");
        assert_eq!(
            owner.get("/settings").await.status,
            StatusCode::OK,
            "{start}: the owner is still signed in"
        );
    }
}
