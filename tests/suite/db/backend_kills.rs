//! The server terminates our connections again and again while members write.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::time::Duration;

use reqwest::StatusCode;
use unframed::db::dialect::Dialect;

use super::{count, run, words};
use crate::harness::app::TestApp;
use crate::harness::browser::{Answer, PASSWORD};
use crate::harness::confirmation::fresh_email;
use crate::harness::database::{self, RUNTIME};

const MEMBERS: usize = 8;
const NAMES_EACH: usize = 50;
const SIGN_UPS_EACH: usize = 13;

/// What a response says about a write.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Claim {
    Done,
    NotDone,
    Unknown,
}

fn claim(answer: &Answer) -> Claim {
    match answer.status {
        StatusCode::SEE_OTHER if !answer.location().starts_with("/sign-in") => Claim::Done,
        StatusCode::SERVICE_UNAVAILABLE if answer.body.contains("know whether your change") => Claim::Unknown,
        StatusCode::SERVICE_UNAVAILABLE if answer.body.contains("Nothing has changed") => Claim::NotDone,
        other => panic!("{other}: {}", answer.body),
    }
}

#[tokio::test]
async fn no_write_is_lost_or_doubled_while_backends_are_killed() {
    let url = database::alone().await;
    let mark = format!("kills-{}", uuid::Uuid::new_v4());
    let app = TestApp::spawn_configured(&[("DATABASE_URL", &format!("{url}&application_name={mark}"))]).await;
    let app = Arc::new(app);
    let mut members = Vec::new();
    for _ in 0..MEMBERS {
        let mut links = Vec::new();
        for _ in 0..SIGN_UPS_EACH {
            let email = fresh_email("new");
            links.push((app.guest().ask_for_sign_up(&email).await, email));
        }
        members.push((app.member("Before").await, links));
    }
    let done = Arc::new(AtomicBool::new(false));
    let killer = RUNTIME.spawn(kill_backends(url.clone(), mark, done.clone()));
    let responses: Arc<[AtomicU32; 3]> = Arc::default();
    let writers: Vec<_> = members
        .into_iter()
        .map(|(member, links)| {
            let (app, url, responses) = (app.clone(), url.clone(), responses.clone());
            tokio::spawn(async move {
                let mut conn = database::connect(&url).await;
                let token = loop {
                    let page = member.get("/settings").await;
                    if page.status == StatusCode::OK {
                        break page.csrf_token();
                    }
                };
                let email = member.email();
                let mut stored = "Before".to_owned();
                for turn in 0..NAMES_EACH {
                    let name = format!("Name {turn}");
                    let answer = member
                        .post("/settings/profile", &[("csrf_token", &token), ("display_name", &name)])
                        .await;
                    let claim = claim(&answer);
                    responses[claim as usize].fetch_add(1, Ordering::Relaxed);
                    let query = format!("SELECT display_name AS word FROM users WHERE email = '{email}'");
                    let [found] = words(&mut conn, &query).await.try_into().expect("one account");
                    match claim {
                        Claim::Done => assert_eq!(found, name, "a confirmed write is not in the database"),
                        Claim::NotDone => assert_eq!(found, stored, "a refused write is in the database"),
                        Claim::Unknown => assert!(found == name || found == stored, "{found}"),
                    }
                    stored = found;
                }
                for (link, email) in links {
                    let fields = [("display_name", "New"), ("password", PASSWORD)];
                    let claim = claim(&app.guest().post(&link, &fields).await);
                    responses[claim as usize].fetch_add(1, Ordering::Relaxed);
                    let accounts =
                        count(&mut conn, &format!("SELECT count(*) FROM users WHERE email = '{email}'")).await;
                    let sessions = format!(
                        "SELECT count(*) FROM sessions JOIN users ON users.id = user_id WHERE email = '{email}'"
                    );
                    let sessions = count(&mut conn, &sessions).await;
                    assert_eq!(accounts, sessions, "a sign-up was applied in part");
                    match claim {
                        Claim::Done => assert_eq!(accounts, 1, "a confirmed sign-up is not in the database"),
                        Claim::NotDone => assert_eq!(accounts, 0, "a refused sign-up is in the database"),
                        Claim::Unknown => {}
                    }
                }
            })
        })
        .collect();
    for writer in writers {
        writer.await.expect("every response is true");
    }
    done.store(true, Ordering::Relaxed);
    let kills = killer.await.expect("the killer does not panic");
    let [written, refused, unknown] = [0, 1, 2].map(|kind| responses[kind].load(Ordering::Relaxed));
    let tallies = app.state.pool.journal().tallies();
    let retries: BTreeMap<_, _> = tallies.iter().map(|(name, tally)| (name, tally.retries)).collect();
    println!(
        "backend kills: {} writes, {kills} connections killed; responses: {written} done, {refused} refused with nothing changed, {unknown} unknown; retries by label: {retries:?}",
        written + refused + unknown
    );
    assert!(kills > 20, "only {kills} kills");
    assert!(retries.values().sum::<u64>() > 0, "no kill hit a transaction: the test tests nothing");
    assert!(written > refused + unknown, "most writes did not succeed");
}

/// Kills the connections with this application name every 100 ms, and returns how many it killed.
async fn kill_backends(url: String, mark: String, done: Arc<AtomicBool>) -> i64 {
    let mut conn = database::connect(&url).await;
    let mut kills = 0;
    while !done.load(Ordering::Relaxed) {
        tokio::time::sleep(Duration::from_millis(100)).await;
        match database::get().await.server.dialect {
            Dialect::PostgreSql => {
                let query = format!(
                    "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE application_name = '{mark}'"
                );
                kills += count(&mut conn, &query).await;
            }
            Dialect::CockroachDb => {
                let sessions = format!(
                    "(SELECT session_id FROM [SHOW CLUSTER SESSIONS] WHERE application_name = '{mark}')"
                );
                kills += count(&mut conn, &format!("SELECT count(*) FROM {sessions}")).await;
                run(&mut conn, &[&format!("CANCEL SESSIONS IF EXISTS {sessions}")]).await;
            }
        }
    }
    kills
}
