//! What browsers reported against our Content-Security-Policy, counted by directive and route for
//! all instances together. Both come from lists of ours, so the number of rows is bounded.

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};
use diesel::prelude::*;
use diesel::upsert::excluded;
use diesel_async::{AsyncPgConnection, RunQueryDsl};

use crate::schema::violation_reports as table;

/// A row that saw no report for so long is forgotten.
pub const KEPT_FOR: TimeDelta = TimeDelta::days(30);
/// The most rows that are listed.
const LIST_LIMIT: i64 = 2000;

/// A directive and the pattern of a route.
pub type Key = (&'static str, &'static str);

/// The reports of one directive on one route.
#[derive(Clone, Debug, PartialEq, Eq, Queryable, Selectable, serde::Serialize)]
#[diesel(table_name = table, check_for_backend(diesel::pg::Pg))]
pub struct ViolationReports {
    /// The directive, or `(other)`.
    pub directive: String,
    /// The route's pattern, `(not told)` or `(other)`.
    pub page: String,
    /// How many.
    pub reports: i64,
    /// When the first was written down.
    #[serde(serialize_with = "crate::domain::moment::as_rfc3339")]
    pub first_seen_at: DateTime<Utc>,
    /// When the last was written down.
    #[serde(serialize_with = "crate::domain::moment::as_rfc3339")]
    pub last_seen_at: DateTime<Utc>,
}

/// Adds counts to those of other instances: one statement.
///
/// # Errors
/// As any query.
pub async fn add_in_txn(
    conn: &mut AsyncPgConnection,
    batch: &BTreeMap<Key, i64>,
    now: DateTime<Utc>,
) -> QueryResult<()> {
    let new: Vec<_> = batch
        .iter()
        .map(|((directive, page), reports)| {
            (
                table::directive.eq(directive),
                table::page.eq(page),
                table::reports.eq(reports),
                table::first_seen_at.eq(now),
                table::last_seen_at.eq(now),
                table::expires_at.eq(now + KEPT_FOR),
            )
        })
        .collect();
    diesel::insert_into(table::table)
        .values(new)
        .on_conflict((table::directive, table::page))
        .do_update()
        .set((
            table::reports.eq(table::reports + excluded(table::reports)),
            table::last_seen_at.eq(excluded(table::last_seen_at)),
            table::expires_at.eq(excluded(table::expires_at)),
        ))
        .execute(conn)
        .await
        .map(|_| ())
}

/// All that is known, the most reports first.
///
/// # Errors
/// As any query.
pub async fn list(conn: &mut AsyncPgConnection, now: DateTime<Utc>) -> QueryResult<Vec<ViolationReports>> {
    table::table
        .filter(table::expires_at.gt(now))
        .order((table::reports.desc(), table::directive, table::page))
        .limit(LIST_LIMIT)
        .select(ViolationReports::as_select())
        .load(conn)
        .await
}
