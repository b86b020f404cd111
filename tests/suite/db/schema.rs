//! `src/schema.rs` is what the migrations make, and every table of expiring rows is cleaned.

use std::collections::BTreeSet;

use regex::Regex;
use unframed::db::migrations;

use super::words;
use crate::harness::database;

#[tokio::test]
async fn the_generated_schema_is_the_live_one() {
    let mut conn = database::connect(&database::alone().await).await;
    let live: BTreeSet<String> = words(
        &mut conn,
        "SELECT table_name || '.' || column_name || ' ' || data_type \
         || CASE is_nullable WHEN 'YES' THEN ' nullable' ELSE '' END AS word \
         FROM information_schema.columns \
         WHERE table_schema = 'public' AND table_name <> '__diesel_schema_migrations'",
    )
    .await
    .into_iter()
    // CockroachDB's hidden column of a hash-sharded index.
    .filter(|column| !column.contains(".crdb_internal_"))
    .collect();
    let source = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/src/schema.rs")).unwrap();
    let table = Regex::new(r"(?s)diesel::table! \{.*?\n    (\w+) \(.*?\) \{(.*?)\n    \}").unwrap();
    let column = Regex::new(r"(?m)^\s*(\w+) -> (Nullable<)?(\w+)").unwrap();
    let mut generated = BTreeSet::new();
    for table in table.captures_iter(&source) {
        for column in column.captures_iter(&table[2]) {
            let kind = match &column[3] {
                "Int8" => "bigint",
                "Uuid" => "uuid",
                "Text" => "text",
                "Timestamptz" => "timestamp with time zone",
                "Bytea" => "bytea",
                "Bool" => "boolean",
                "Jsonb" => "jsonb",
                other => panic!("{} of {}.{} is a type we do not use", other, &table[1], &column[1]),
            };
            let nullable = if column.get(2).is_some() { " nullable" } else { "" };
            generated.insert(format!("{}.{} {kind}{nullable}", &table[1], &column[1]));
        }
    }
    assert!(generated.len() > 20, "{generated:?}");
    assert_eq!(generated, live, "left: src/schema.rs, right: the database");
}

#[tokio::test]
async fn every_table_with_an_end_is_cleaned_on_both_databases() {
    let mut conn = database::connect(&database::alone().await).await;
    let with_end: BTreeSet<String> = words(
        &mut conn,
        "SELECT table_name::TEXT AS word FROM information_schema.columns \
         WHERE table_schema = 'public' AND column_name = 'expires_at'",
    )
    .await
    .into_iter()
    // One row for each kind of work, taken over and not deleted.
    .filter(|table| table != "leases")
    .collect();
    let by_database: BTreeSet<String> = migrations::expiring_tables().map(str::to_owned).collect();
    assert_eq!(by_database, with_end, "left: row-level TTL, right: tables with expires_at");
    let sweep = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/src/expiry.rs")).unwrap();
    for table in with_end {
        let model = table.trim_end_matches('s');
        assert!(sweep.contains(&format!("{model}::delete_expired")), "src/expiry.rs leaves out {table}");
    }
}
