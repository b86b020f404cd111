//! `src/schema.rs` is the schema that the migrations make, and the list of expiring tables is true.

use std::collections::{BTreeMap, BTreeSet};

use regex::Regex;
use unframed::db::dialect::Dialect;
use unframed::db::expiring::{EXPIRING, Expiring};

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
                "Interval" => "interval",
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

/// The tables of `src/schema.rs` with their columns.
pub(super) fn generated_tables() -> BTreeMap<String, BTreeSet<String>> {
    let source = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/src/schema.rs")).unwrap();
    let table = Regex::new(r"(?s)diesel::table! \{.*?\n    (\w+) \(.*?\) \{(.*?)\n    \}").unwrap();
    let column = Regex::new(r"(?m)^\s*(\w+) -> ").unwrap();
    table
        .captures_iter(&source)
        .map(|table| {
            (table[1].to_owned(), column.captures_iter(&table[2]).map(|one| one[1].to_owned()).collect())
        })
        .collect()
}

#[test]
fn every_table_with_an_expiry_is_in_the_list_of_expiring_tables() {
    let expires = |columns: &BTreeSet<String>| {
        ["expires_at", "delete_at"].iter().any(|&column| columns.contains(column))
    };
    let with_expiry: BTreeSet<String> = generated_tables()
        .into_iter()
        // One row for each task: the next holder takes it over, nothing deletes it.
        .filter(|(table, columns)| expires(columns) && table != "leases")
        .map(|(table, _)| table)
        .collect();
    let listed: BTreeSet<String> = EXPIRING.iter().map(|entry| entry.table.to_owned()).collect();
    assert_eq!(listed.len(), EXPIRING.len(), "a table is listed twice");
    assert_eq!(listed, with_expiry, "left: EXPIRING, right: tables with expires_at or delete_at");
}

#[tokio::test]
async fn each_expiring_table_has_the_column_the_key_and_the_index_that_the_list_says() {
    let mut conn = database::connect(&database::alone().await).await;
    for entry in EXPIRING {
        let Expiring { table, column, key, postgres_index, .. } = entry;
        let columns = words(
            &mut conn,
            &format!(
                "SELECT column_name::TEXT AS word FROM information_schema.columns \
                 WHERE table_schema = 'public' AND table_name = '{table}' AND column_name = '{column}' \
                 AND is_nullable = CASE column_name WHEN 'delete_at' THEN is_nullable ELSE 'NO' END \
                 AND data_type = 'timestamp with time zone'"
            ),
        )
        .await;
        assert_eq!(columns, [*column], "{table}");
        let primary_key = words(
            &mut conn,
            &format!(
                "SELECT column_name::TEXT AS word FROM information_schema.key_column_usage \
                 WHERE table_schema = 'public' AND table_name = '{table}' \
                 AND constraint_name = '{table}_pkey' ORDER BY ordinal_position"
            ),
        )
        .await;
        assert_eq!(primary_key, *key, "{table}");
        let indexes = words(
            &mut conn,
            &format!(
                "SELECT indexdef AS word FROM pg_indexes WHERE schemaname = 'public' \
                 AND tablename = '{table}' AND indexname = '{postgres_index}'"
            ),
        )
        .await;
        match database::get().await.server.dialect {
            Dialect::PostgreSql => {
                assert_eq!(indexes.len(), 1, "{table} has no index {postgres_index}");
                assert!(indexes[0].ends_with(&format!("({column})")), "{indexes:?}");
            }
            Dialect::CockroachDb => assert_eq!(indexes, Vec::<String>::new(), "{table}: only for PostgreSQL"),
        }
    }
    let of_deletion = words(
        &mut conn,
        "SELECT indexname::TEXT AS word FROM pg_indexes WHERE indexname LIKE '%\\_delete\\_expired'",
    );
    let unlisted: Vec<String> = of_deletion
        .await
        .into_iter()
        .filter(|index| !EXPIRING.iter().any(|entry| entry.postgres_index == index))
        .collect();
    assert_eq!(unlisted, Vec::<String>::new(), "EXPIRING does not list them");
}
