//! `unframed admin framing-attempts`: lists the origins that tried to frame us.

use crate::clock::Clock;
use crate::commands::Failure;
use crate::db::{self, Pool};
use crate::models::framing_attempt::{self, FramingAttempts};

use super::terminal;

const HEAD: &[&str] = &[
    "embedding origin",
    "first seen (UTC)",
    "last seen (UTC)",
    "attempts",
    "cross-site",
    "same-site",
    "iframe",
    "frame",
    "object",
    "embed",
    "post",
    "prefetch",
    "other",
];

/// Formats the list as a table or as JSON.
pub async fn show(pool: &Pool, json: bool) -> Result<String, Failure> {
    let list = db::statement(pool, "framing_attempt_list", async |conn| {
        framing_attempt::list(conn, Clock::system().now()).await
    });
    let list = list.await?;
    if json {
        return terminal::json(&list);
    }
    Ok(as_table(list))
}

fn as_table(list: Vec<FramingAttempts>) -> String {
    if list.is_empty() {
        return "No framing attempts in the last 30 days. A running server stores its counts every 10 seconds.\n"
            .to_owned();
    }
    let rows: Vec<Vec<String>> = list.into_iter().map(row).collect();
    terminal::table(HEAD, 3, rows)
}

fn row(attempts: FramingAttempts) -> Vec<String> {
    let FramingAttempts { origin, counts, first_seen_at, last_seen_at } = attempts;
    let format = "%Y-%m-%d %H:%M";
    let mut row =
        vec![origin, first_seen_at.format(format).to_string(), last_seen_at.format(format).to_string()];
    let numbers = [
        counts.attempts,
        counts.cross_site,
        counts.same_site,
        counts.iframe,
        counts.frame,
        counts.object,
        counts.embed,
        counts.post_from_frame,
        counts.prefetch,
        counts.other,
    ];
    row.extend(numbers.map(|number| number.to_string()));
    row
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_empty_list_is_a_sentence() {
        assert!(as_table(Vec::new()).starts_with("No framing attempts in the last 30 days."));
    }
}
