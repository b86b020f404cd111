//! `/healthz` and `/readyz`.

use crate::harness::database;
use crate::harness::{Answer, Relay, TestApp};

fn told(answer: &Answer) -> (u16, &str) {
    assert_eq!(answer.header("content-type"), Some("text/plain; charset=utf-8"));
    (answer.status.as_u16(), answer.body.as_str())
}

#[tokio::test]
async fn the_server_is_ready_while_the_database_answers_and_alive_even_without_it() {
    let relay = Relay::start().await;
    let app = TestApp::spawn_configured(&[("DATABASE_URL", &relay.url)]).await;
    let probe = app.guest();
    assert_eq!(told(&probe.get("/readyz").await), (200, "ready\n"));
    relay.cut();
    assert_eq!(told(&probe.get("/readyz").await), (503, "the database does not answer\n"));
    assert_eq!(told(&probe.get("/healthz").await), (200, "ok\n"));
    relay.mend();
    assert_eq!(told(&probe.get("/readyz").await), (200, "ready\n"));
}

#[tokio::test]
async fn the_server_is_not_ready_while_the_schema_is_behind() {
    let url = database::empty().await;
    let app = TestApp::spawn_configured(&[("DATABASE_URL", &url)]).await;
    let answer = app.guest().get("/readyz").await;
    assert_eq!(told(&answer), (503, "the schema is behind: run `unframed migrate`\n"));
}
