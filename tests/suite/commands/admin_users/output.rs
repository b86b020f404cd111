//! What `list` and `show` print.

use serde_json::Value;

use super::{done, users_on};
use crate::harness::{TestApp, database};

#[tokio::test]
async fn a_list_goes_on_after_an_email_address_and_can_be_narrowed() {
    let url = database::alone().await;
    // More accounts than one query reads. No page could create them in time.
    let many = "INSERT INTO users (email, display_name, created_at, updated_at, disabled_at, delete_after) \
                SELECT 'u' || lpad(n::TEXT, 4, '0') || '@example.com', 'User ' || n::TEXT, now(), now(), \
                CASE WHEN n % 100 = 0 THEN now() END, CASE WHEN n % 200 = 0 THEN now() END \
                FROM generate_series(1, 1100) AS n";
    let app = TestApp::spawn_configured(&[("DATABASE_URL", &url)]).await;
    assert_eq!(app.execute(many).await, 1100);
    let ada = app.member("Ada").await;
    let list = async |arguments: &[&str]| users_on(&url, &[&["list"], arguments].concat()).await;
    let emails = async |arguments: &[&str]| -> Vec<String> {
        let run = list(&[arguments, &["--json"]].concat()).await;
        let rows: Vec<Value> = serde_json::from_str(&run.stdout).expect("JSON");
        rows.iter().map(|row| row["email"].as_str().unwrap().to_owned()).collect()
    };
    let table = list(&["--limit", "2"]).await.stdout;
    let lines: Vec<&str> = table.lines().collect();
    assert!(lines[0].starts_with("email address ") && lines[0].ends_with("sessions"), "{table}");
    assert!(lines[1].starts_with(&ada.email()) && lines[1].ends_with(" 1"), "{table}");
    assert!(lines[2].starts_with("u0001@example.com ") && lines[2].contains(" no password "), "{table}");
    assert_eq!(lines[3..], ["More accounts follow. To list them, add: --after u0001@example.com"], "{table}");
    assert_eq!(emails(&["--limit", "1", "--after", "u0001@example.com"]).await, ["u0002@example.com"]);
    assert_eq!(emails(&[]).await.len(), 100);
    let all = emails(&["--limit", "5000"]).await;
    assert!(all.len() == 1101 && all.is_sorted(), "{}", all.len());
    assert_eq!(emails(&["--limit", "1101"]).await, all);
    assert_eq!(emails(&["--disabled"]).await.len(), 11);
    let both = emails(&["--deleting", "--disabled"]).await;
    assert_eq!((both.len(), both[0].as_str()), (5, "u0200@example.com"));
    assert_eq!(list(&["--after", "zoe@example.com"]).await.stdout, "No such accounts.\n");
}

#[tokio::test]
async fn no_escape_sequence_that_a_user_agent_holds_reaches_the_terminal() {
    let app = TestApp::spawn().await;
    let ada = app.member("Ada").await;
    let id = ada.user_id().await;
    // A browser cannot send these, but the column could hold them.
    let hostile = "E'x\\x1b[2J\\x1b]0;owned\\x07\\u009b31m\\u202ey'";
    let changed = app
        .execute(format!("UPDATE security_events SET user_agent = {hostile} WHERE user_id = '{id}'"))
        .await;
    assert!(changed > 0);
    let table = done(&["show", &id.to_string()]).await;
    assert!(table.contains("x\\u{1b}[2J\\u{1b}]0;owned\\u{7}\\u{9b}31m\\u{202e}y"), "{table}");
    let text = done(&["show", &id.to_string(), "--json"]).await;
    for output in [&table, &text] {
        assert!(!output.contains(|c: char| (c.is_control() && c != '\n') || c == '\u{202e}'), "{output:?}");
    }
    let shown: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(shown["events"][0]["user_agent"], "x\u{1b}[2J\u{1b}]0;owned\u{7}\u{9b}31m\u{202e}y");
}
