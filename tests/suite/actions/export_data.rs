//! Exporting the data of an account: what the file holds.

use std::collections::{BTreeMap, BTreeSet};

use diesel::sql_types::Text;
use diesel_async::RunQueryDsl;
use serde_json::Value;
use unframed::db;
use unframed::models::data_export::contents::{EXPORTED, OwnerColumn};
use unframed::models::user::OWNED_TABLES;

use crate::harness::TestApp;

#[derive(diesel::QueryableByName)]
struct ColumnName {
    #[diesel(sql_type = Text)]
    table_name: String,
    #[diesel(sql_type = Text)]
    column_name: String,
}

/// The columns of each table, as the database has them.
async fn schema(app: &TestApp) -> BTreeMap<String, BTreeSet<String>> {
    let sql = "SELECT table_name::TEXT AS table_name, column_name::TEXT AS column_name \
               FROM information_schema.columns WHERE table_schema = 'public'";
    let columns: Vec<ColumnName> = db::statement(&app.state.pool, "test", async |conn| {
        RunQueryDsl::load(diesel::sql_query(sql), conn).await
    })
    .await
    .unwrap();
    let mut tables: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for ColumnName { table_name, column_name } in columns {
        tables.entry(table_name).or_default().insert(column_name);
    }
    tables
}

#[tokio::test]
async fn every_table_with_a_user_is_exported_and_deleted_and_every_column_is_shown_or_withheld() {
    let app = TestApp::spawn().await;
    let schema = schema(&app).await;
    let owned: BTreeSet<&str> = schema
        .iter()
        .filter(|(_, columns)| columns.contains("user_id"))
        .map(|(table, _)| table.as_str())
        .collect();
    assert_eq!(owned, OWNED_TABLES.iter().copied().collect(), "left: the schema, right: the deletion");
    let exported: BTreeSet<&str> = EXPORTED
        .iter()
        .filter(|table| table.owner == OwnerColumn::Id("user_id"))
        .map(|table| table.table)
        .collect();
    assert_eq!(owned, exported, "left: the schema, right: the export");
    for table in EXPORTED {
        let known: BTreeSet<String> = table
            .columns
            .iter()
            .map(|column| column.name.to_owned())
            .chain(table.withheld.iter().map(|(name, _)| (*name).to_owned()))
            .collect();
        assert_eq!(schema[table.table], known, "{}", table.table);
        assert!(table.withheld.iter().all(|(_, reason)| reason.len() > 10), "{}", table.table);
    }
    let document = include_str!("../../../docs/EXPORT.md");
    for table in EXPORTED {
        for column in table.columns {
            assert!(document.contains(&format!("`{}`", column.name)), "docs/EXPORT.md: {}", column.name);
        }
        assert!(document.contains(&format!("## `{}`", table.table)), "docs/EXPORT.md: {}", table.table);
    }
}

#[tokio::test]
async fn the_file_holds_the_account_and_no_secret() {
    let app = TestApp::spawn().await;
    let (ada, bob) = (app.member("Ada").await, app.member("Bob").await);
    app.guest().sign_in(&ada.email()).await;
    ada.begin("/settings/password", &[]).await;
    let ready = ada.carry_out("/settings/export", &[]).await;
    let page = ada.get(ready.location()).await;
    let path = page.find(r#"href="(/settings/export/[^"]+/download)""#).expect("the link to the file");
    let file = ada.get(&path).await;
    assert_eq!(file.header("content-type"), Some("application/json; charset=utf-8"));
    let disposition = file.header("content-disposition").unwrap();
    assert!(disposition.starts_with("attachment; filename=\"account-"), "{disposition}");
    let json: Value =
        serde_json::from_str(&file.body).unwrap_or_else(|error| panic!("{error}: {}", file.body));
    assert_eq!(json["format"], "unframed account export 1");
    assert_eq!(json["users"][0]["email"], ada.email());
    assert_eq!(json["sessions"].as_array().map(Vec::len), Some(2));
    let kinds: BTreeSet<&str> = json["security_events"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|event| event["kind"].as_str())
        .collect();
    let expected = ["account-created", "data-exported", "signed-in-new-device"];
    assert_eq!(kinds, expected.into_iter().collect());
    let tables: Vec<&String> = json.as_object().unwrap().keys().collect();
    assert_eq!(tables.len(), EXPORTED.len() + 2, "{tables:?}");
    for secret in ["argon2", "token_digest", "password_hash", "sealed_body", &bob.email()] {
        assert!(!file.body.contains(secret), "{secret} in {}", file.body);
    }
    let created = json["users"][0]["created_at"].as_str().unwrap();
    assert!(created.ends_with('Z') && chrono::DateTime::parse_from_rfc3339(created).is_ok(), "{created}");
}

#[tokio::test]
async fn a_long_history_is_read_in_parts_and_each_event_once() {
    let app = TestApp::spawn().await;
    let ada = app.member("Ada").await;
    let id = ada.user_id().await;
    TestApp::execute(
        &app,
        format!(
            "INSERT INTO security_events (user_id, kind, created_at, expires_at) \
         SELECT '{id}', 'signed-out', now(), now() + INTERVAL '1 day' FROM generate_series(1, 999)"
        ),
    )
    .await;
    let ready = ada.carry_out("/settings/export", &[]).await;
    let file = ada.get(&format!("{}/download", ready.location())).await;
    let json: Value = serde_json::from_str(&file.body).expect("JSON");
    let ids: BTreeSet<&str> =
        json["security_events"].as_array().unwrap().iter().filter_map(|event| event["id"].as_str()).collect();
    assert_eq!(ids.len(), 999 + 2, "the sign-up and the export, too");
}
