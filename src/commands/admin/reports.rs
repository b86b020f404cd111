//! `unframed admin reports`.

use crate::clock::Clock;
use crate::commands::Failure;
use crate::db::{self, Pool};
use crate::models::violation_report::{self, ViolationReports};

use super::{as_json, table};

const HEAD: &[&str] = &["directive", "page", "first report (UTC)", "last report (UTC)", "reports"];

/// The list, as a table or as JSON.
///
/// # Errors
/// The cause in one line.
pub async fn show(pool: &Pool, json: bool) -> Result<String, Failure> {
    let list = db::statement(pool, "violation_reports_list", async |conn| {
        violation_report::list(conn, Clock::system().now()).await
    });
    let list = list.await.map_err(|error| error.to_string())?;
    if json {
        return as_json(&list);
    }
    Ok(as_table(list))
}

fn as_table(list: Vec<ViolationReports>) -> String {
    if list.is_empty() {
        return "No report came in the last 30 days. A running server writes its counts every 10 seconds.\n"
            .to_owned();
    }
    let rows: Vec<Vec<String>> = list.into_iter().map(row).collect();
    table::render(HEAD, 4, &rows)
}

fn row(reports: ViolationReports) -> Vec<String> {
    let moment = "%Y-%m-%d %H:%M";
    vec![
        reports.directive,
        reports.page,
        reports.first_seen_at.format(moment).to_string(),
        reports.last_seen_at.format(moment).to_string(),
        reports.reports.to_string(),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_counted_is_said_in_words() {
        assert!(as_table(Vec::new()).starts_with("No report came in the last 30 days."));
    }
}
