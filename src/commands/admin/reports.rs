//! `unframed admin reports`: lists the reported violations of our Content-Security-Policy.

use crate::clock::Clock;
use crate::commands::Failure;
use crate::db::{self, Pool};
use crate::models::violation_report::{self, ViolationReports};

use super::terminal;

const HEAD: &[&str] = &["directive", "page", "first report (UTC)", "last report (UTC)", "reports"];

/// Formats the list as a table or as JSON.
pub async fn show(pool: &Pool, json: bool) -> Result<String, Failure> {
    let list = db::statement(pool, "violation_report_list", async |conn| {
        violation_report::list(conn, Clock::system().now()).await
    });
    let list = list.await?;
    if json {
        return terminal::json(&list);
    }
    Ok(as_table(list))
}

fn as_table(list: Vec<ViolationReports>) -> String {
    if list.is_empty() {
        return "No reports in the last 30 days. A running server stores its counts every 10 seconds.\n"
            .to_owned();
    }
    let rows: Vec<Vec<String>> = list.into_iter().map(row).collect();
    terminal::table(HEAD, 4, rows)
}

fn row(reports: ViolationReports) -> Vec<String> {
    let format = "%Y-%m-%d %H:%M";
    vec![
        reports.directive,
        reports.page,
        reports.first_seen_at.format(format).to_string(),
        reports.last_seen_at.format(format).to_string(),
        reports.reports.to_string(),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_empty_list_is_a_sentence() {
        assert!(as_table(Vec::new()).starts_with("No reports in the last 30 days."));
    }
}
