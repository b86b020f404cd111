//! The number of refused framing attempts by embedding origin, for all instances together. The number of
//! rows is bounded: all invented origins end in one row.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::AddAssign;

use chrono::{DateTime, TimeDelta, Utc};
use diesel::prelude::*;
use diesel::upsert::excluded;
use diesel_async::{AsyncPgConnection, RunQueryDsl};

use crate::schema::framing_attempts as table;

/// The row of all origins beyond [`ORIGINS_KEPT`].
pub const OTHERS: &str = "(others)";
/// The row of attempts whose browser did not name the embedding origin.
pub const UNKNOWN: &str = "unknown";
/// The maximum number of origins with their own row.
pub const ORIGINS_KEPT: i64 = 500;
/// A row expires after this time without an attempt.
pub const KEPT_FOR: TimeDelta = TimeDelta::days(30);

/// The number of attempts, in total and by kind.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Insertable, Queryable, Selectable, serde::Serialize)]
#[diesel(table_name = table, check_for_backend(diesel::pg::Pg))]
pub struct Counts {
    /// All attempts.
    pub attempts: i64,
    /// Attempts that the browser marked as cross-site.
    pub cross_site: i64,
    /// Attempts from another host of our own site.
    pub same_site: i64,
    /// Loads into an iframe.
    pub iframe: i64,
    /// Loads into a frame of a frameset.
    pub frame: i64,
    /// Loads into an object element.
    pub object: i64,
    /// Loads into an embed element.
    pub embed: i64,
    /// Forms that were sent into a frame or from inside one.
    pub post_from_frame: i64,
    /// Prefetches and prerenders.
    pub prefetch: i64,
    /// Navigations into anything else.
    pub other: i64,
}

impl AddAssign for Counts {
    fn add_assign(&mut self, more: Self) {
        self.attempts += more.attempts;
        self.cross_site += more.cross_site;
        self.same_site += more.same_site;
        self.iframe += more.iframe;
        self.frame += more.frame;
        self.object += more.object;
        self.embed += more.embed;
        self.post_from_frame += more.post_from_frame;
        self.prefetch += more.prefetch;
        self.other += more.other;
    }
}

/// The attempts of one origin.
#[derive(Clone, Debug, PartialEq, Eq, Queryable, Selectable, serde::Serialize)]
#[diesel(table_name = table, check_for_backend(diesel::pg::Pg))]
pub struct FramingAttempts {
    /// The origin of the embedding page, [`UNKNOWN`] or [`OTHERS`].
    pub origin: String,
    /// The number of attempts.
    #[diesel(embed)]
    #[serde(flatten)]
    pub counts: Counts,
    /// When an attempt was first stored.
    #[serde(serialize_with = "crate::domain::moment::as_rfc3339")]
    pub first_seen_at: DateTime<Utc>,
    /// When an attempt was last stored.
    #[serde(serialize_with = "crate::domain::moment::as_rfc3339")]
    pub last_seen_at: DateTime<Utc>,
}

#[derive(Insertable)]
#[diesel(table_name = table)]
struct NewFramingAttempts<'a> {
    origin: &'a str,
    #[diesel(embed)]
    counts: Counts,
    first_seen_at: DateTime<Utc>,
    last_seen_at: DateTime<Utc>,
    expires_at: DateTime<Utc>,
}

/// Adds the counts of this instance. When [`ORIGINS_KEPT`] origins have a row, the attempts of a new origin
/// count under [`OTHERS`].
pub async fn add_in_txn(
    conn: &mut AsyncPgConnection,
    batch: &BTreeMap<String, Counts>,
    now: DateTime<Utc>,
) -> QueryResult<()> {
    let named: Vec<&str> = batch.keys().map(String::as_str).collect();
    let known: BTreeSet<String> = table::table
        .filter(table::origin.eq_any(named))
        .select(table::origin)
        .load(conn)
        .await?
        .into_iter()
        .collect();
    let rows: i64 = table::table.count().get_result(conn).await?;
    let mut free = (ORIGINS_KEPT - rows).max(0);
    let mut counts: BTreeMap<&str, Counts> = BTreeMap::new();
    for (origin, more) in batch {
        let has_row = known.contains(origin) || origin == OTHERS || origin == UNKNOWN;
        let row = if has_row {
            origin
        } else if free > 0 {
            free -= 1;
            origin
        } else {
            OTHERS
        };
        *counts.entry(row).or_default() += *more;
    }
    let new: Vec<NewFramingAttempts<'_>> = counts
        .into_iter()
        .map(|(origin, counts)| NewFramingAttempts {
            origin,
            counts,
            first_seen_at: now,
            last_seen_at: now,
            expires_at: now + KEPT_FOR,
        })
        .collect();
    diesel::insert_into(table::table)
        .values(new)
        .on_conflict(table::origin)
        .do_update()
        .set((
            table::attempts.eq(table::attempts + excluded(table::attempts)),
            table::cross_site.eq(table::cross_site + excluded(table::cross_site)),
            table::same_site.eq(table::same_site + excluded(table::same_site)),
            table::iframe.eq(table::iframe + excluded(table::iframe)),
            table::frame.eq(table::frame + excluded(table::frame)),
            table::object.eq(table::object + excluded(table::object)),
            table::embed.eq(table::embed + excluded(table::embed)),
            table::post_from_frame.eq(table::post_from_frame + excluded(table::post_from_frame)),
            table::prefetch.eq(table::prefetch + excluded(table::prefetch)),
            table::other.eq(table::other + excluded(table::other)),
            table::last_seen_at.eq(excluded(table::last_seen_at)),
            table::expires_at.eq(excluded(table::expires_at)),
        ))
        .execute(conn)
        .await
        .map(|_| ())
}

/// Lists all origins, those with the most attempts first.
pub async fn list(conn: &mut AsyncPgConnection, now: DateTime<Utc>) -> QueryResult<Vec<FramingAttempts>> {
    table::table
        .filter(table::expires_at.gt(now))
        .order((table::attempts.desc(), table::origin))
        .limit(ORIGINS_KEPT + 2)
        .select(FramingAttempts::as_select())
        .load(conn)
        .await
}
