//! Framing attempts are counted, within bounds and without a query by the refused request.

use std::process::Stdio;
use std::sync::Arc;
use std::time::Duration;

use reqwest::{Method, StatusCode};
use tokio::sync::Notify;
use unframed::db;
use unframed::models::framing_attempt::{self, Counts, FramingAttempts, OTHERS};
use unframed::tallies;

use crate::harness::database::{self, RUNTIME};
use crate::harness::{Browser, TestApp};

/// An origin that no other test uses.
fn origin() -> String {
    format!("https://{}.example", uuid::Uuid::new_v4())
}

async fn frame(browser: &Browser, origin: &str, dest: &str, site: &str) {
    let referer = format!("{origin}/lure?secret=hunter2");
    let changes = [("sec-fetch-dest", dest), ("sec-fetch-site", site), ("referer", referer.as_str())];
    let answer = browser.send(Method::GET, "/settings", None, &changes).await;
    assert_eq!(answer.status, StatusCode::FORBIDDEN, "{dest}");
    assert!(answer.body.lines().count() == 1 && !answer.body.contains('<'), "{}", answer.body);
}

async fn written(app: &TestApp) -> Vec<FramingAttempts> {
    tallies::write(&app.state).await;
    let list = db::statement(&app.state.pool, "list", async |conn| {
        framing_attempt::list(conn, app.state.clock.now()).await
    });
    list.await.unwrap()
}

async fn counts_of(app: &TestApp, origin: &str) -> Counts {
    let rows = written(app).await;
    rows.into_iter().find(|row| row.origin == origin).unwrap_or_else(|| panic!("no row of {origin}")).counts
}

#[tokio::test]
async fn refused_framings_are_counted_by_origin_and_kind() {
    let app = TestApp::spawn().await;
    let (ada, origin) = (app.member("Ada").await, origin());
    for dest in ["iframe", "frame", "object", "embed"] {
        frame(&ada, &origin, dest, "cross-site").await;
    }
    frame(&ada, &origin, "iframe", "same-site").await;
    frame(&ada, &origin, "fencedframe", "cross-site").await;
    let referer = format!("{origin}/");
    let from_frame = [("sec-fetch-dest", "iframe"), ("referer", referer.as_str())];
    let answer = ada.send(Method::POST, "/settings/profile", Some(String::new()), &from_frame).await;
    assert_eq!(answer.status, StatusCode::FORBIDDEN);
    let ahead = [("sec-purpose", "prefetch"), ("referer", referer.as_str()), ("sec-fetch-site", "same-site")];
    let answer = ada.send(Method::GET, "/settings", None, &ahead).await;
    assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE);
    // Two requests that do not count: a refusal unrelated to frames, and a served page.
    let picture = [("sec-fetch-dest", "image"), ("sec-fetch-mode", "no-cors"), ("referer", referer.as_str())];
    assert_eq!(ada.send(Method::GET, "/settings", None, &picture).await.status, StatusCode::FORBIDDEN);
    let link = [("sec-fetch-site", "cross-site"), ("referer", referer.as_str())];
    assert_eq!(ada.send(Method::GET, "/settings", None, &link).await.status, StatusCode::OK);

    let expected = Counts {
        attempts: 8,
        cross_site: 5,
        same_site: 2,
        iframe: 2,
        frame: 1,
        object: 1,
        embed: 1,
        post_from_frame: 1,
        prefetch: 1,
        other: 1,
    };
    assert_eq!(counts_of(&app, &origin).await, expected);
    let stored = serde_json::to_string(&written(&app).await).unwrap();
    assert!(!stored.contains("hunter2") && !stored.contains("lure"), "{stored}");
}

#[tokio::test]
async fn two_instances_count_an_origin_in_the_same_row() {
    let (one, two) = (TestApp::spawn().await, TestApp::spawn().await);
    let origin = origin();
    for app in [&one, &two, &two] {
        frame(&app.guest(), &origin, "iframe", "cross-site").await;
    }
    assert_eq!(counts_of(&one, &origin).await.attempts, 1);
    assert_eq!(counts_of(&two, &origin).await.attempts, 3);
    assert_eq!(counts_of(&one, &origin).await.attempts, 3, "a written count is not written again");
}

#[tokio::test]
async fn a_flood_of_invented_referers_is_counted_in_the_row_for_other_origins() {
    let app = TestApp::spawn().await;
    let (guest, run) = (app.guest(), uuid::Uuid::new_v4());
    let before =
        written(&app).await.iter().find(|row| row.origin == OTHERS).map_or(0, |row| row.counts.attempts);
    for number in 0..130 {
        frame(&guest, &format!("https://{number}.{run}.example"), "iframe", "cross-site").await;
    }
    let rows = written(&app).await;
    let ours = rows.iter().filter(|row| row.origin.contains(&run.to_string())).count();
    let others = rows.iter().find(|row| row.origin == OTHERS).expect("a row for the others").counts.attempts;
    assert!(ours <= 100 && others >= before + 30, "{ours} rows, {before} then {others} others");
}

#[tokio::test]
async fn a_framed_request_runs_no_query() {
    let app = TestApp::spawn_configured(&[("DATABASE_POOL_SIZE", "1")]).await;
    let ada = app.member("Ada").await;
    let (held, release) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
    let hold = RUNTIME.spawn({
        let (pool, held, release) = (app.state.pool.clone(), Arc::clone(&held), Arc::clone(&release));
        async move {
            let holding = db::statement(&pool, "hold", async |_| {
                held.notify_one();
                release.notified().await;
                Ok(())
            });
            holding.await.unwrap();
        }
    });
    held.notified().await;
    let page = tokio::time::timeout(Duration::from_millis(200), ada.get("/settings")).await;
    assert!(page.is_err(), "a page needs the only connection, which is taken");
    for path in ["/settings", "/settings/sessions", "/sign-in", "/api/v1/user/settings", "/nope", "/card/x"] {
        for dest in ["iframe", "frame", "object", "embed"] {
            let changes = [("sec-fetch-dest", dest), ("sec-fetch-site", "same-site")];
            let answer = ada.send(Method::GET, path, None, &changes).await;
            assert_eq!(answer.status, StatusCode::FORBIDDEN, "{path} {dest}");
            assert_eq!(answer.header("x-frame-options"), Some("DENY"));
        }
        let answer = ada.send(Method::POST, path, Some(String::new()), &[("sec-fetch-dest", "iframe")]).await;
        assert_eq!(answer.status, StatusCode::FORBIDDEN, "POST {path}");
        let ahead = ada.send(Method::GET, path, None, &[("sec-purpose", "prefetch")]).await;
        assert_eq!(ahead.status, StatusCode::SERVICE_UNAVAILABLE, "{path} ahead of time");
    }
    assert!(!hold.is_finished(), "all requests were answered while the only connection was taken");
    release.notify_one();
    hold.await.unwrap();
}

#[tokio::test]
async fn the_command_line_shows_the_counts() {
    let app = TestApp::spawn().await;
    let origin = origin();
    frame(&app.guest(), &origin, "object", "cross-site").await;
    assert_eq!(counts_of(&app, &origin).await.attempts, 1);
    let run = async |arguments: &[&str]| {
        let output = tokio::process::Command::new(env!("CARGO_BIN_EXE_unframed"))
            .args(arguments)
            .env("DATABASE_URL", database::get().await.url.as_str())
            .stdin(Stdio::null())
            .output()
            .await
            .unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    };
    let table = run(&["admin", "framing-attempts"]).await;
    assert!(table.starts_with("embedding origin") && table.contains(&origin), "{table}");
    let json = run(&["admin", "framing-attempts", "--json"]).await;
    let rows: Vec<serde_json::Value> = serde_json::from_str(&json).unwrap();
    let row = rows.iter().find(|row| row["origin"] == origin).expect("the origin");
    assert_eq!((row["attempts"].as_i64(), row["object"].as_i64()), (Some(1), Some(1)), "{row}");
}
