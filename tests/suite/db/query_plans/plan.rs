//! The plan of a statement, and what is wrong with it in a database that grows.

use regex::Regex;
use serde_json::Value;
use tokio_postgres::{Client, SimpleQueryMessage};

/// A plan as `EXPLAIN (FORMAT JSON)` gives it.
pub(super) struct Plan(Value);

impl Plan {
    /// The plan that PostgreSQL makes for a statement without knowing its parameters.
    pub(super) async fn of(client: &Client, sql: &str) -> Result<Self, tokio_postgres::Error> {
        // The application sends the types of the parameters, and this PREPARE guesses them: from "now + capacity" it would
        // guess two intervals.
        let moment = Regex::new(r#"(\$\d+)( \+ (excluded|"throttles")\.)"#).unwrap();
        let typed = moment.replace_all(sql, "${1}::TIMESTAMPTZ${2}");
        client.batch_execute(&format!("DEALLOCATE ALL; PREPARE statement AS {typed}")).await?;
        let parameters = Regex::new(r"\$(\d+)").unwrap();
        let count =
            parameters.captures_iter(sql).filter_map(|found| found[1].parse().ok()).max().unwrap_or(0);
        let nulls = vec!["NULL"; count].join(", ");
        let values = if count == 0 { String::new() } else { format!("({nulls})") };
        let rows = client.simple_query(&format!("EXPLAIN (FORMAT JSON) EXECUTE statement{values}")).await?;
        let text = rows.iter().find_map(|row| match row {
            SimpleQueryMessage::Row(row) => row.get(0),
            _ => None,
        });
        let plan: Value = serde_json::from_str(text.expect("a plan")).expect("JSON");
        Ok(Self(plan[0]["Plan"].clone()))
    }

    /// The reads that take longer the more rows a table has, a line each. Tables with a bound are left out.
    pub(super) fn faults(&self, is_bounded: impl Fn(&str) -> bool) -> Vec<String> {
        let mut faults = Vec::new();
        collect(&self.0, &[], &is_bounded, &mut faults);
        faults
    }
}

fn text<'a>(node: &'a Value, key: &str) -> &'a str {
    node[key].as_str().unwrap_or_default()
}

/// Adds the faults of a node and of those below it. `above` are the kinds of the nodes above, from the top.
fn collect(node: &Value, above: &[&str], is_bounded: &impl Fn(&str) -> bool, faults: &mut Vec<String>) {
    let (kind, table) = (text(node, "Node Type"), text(node, "Relation Name"));
    let index = text(node, "Index Name");
    let (condition, filter) = (text(node, "Index Cond"), text(node, "Filter"));
    match kind {
        "Seq Scan" if !is_bounded(table) => faults.push(format!("reads all of {table}, filter: {filter}")),
        "Index Scan" | "Index Only Scan" | "Bitmap Index Scan" if !is_bounded(table) => {
            // A row is found by its key or by that of its account. Only a page may be part of a longer range.
            let is_page = filter.is_empty() && reads_only_a_page(above);
            if !condition.contains(" = ") && !is_page {
                faults.push(format!("reads a part of {index} that grows: {condition}, filter: {filter}"));
            }
        }
        _ => {}
    }
    let path: Vec<&str> = above.iter().copied().chain([kind]).collect();
    for below in node["Plans"].as_array().into_iter().flatten() {
        collect(below, &path, is_bounded, faults);
    }
}

/// Whether a LIMIT ends the read: no node between reads all its rows first, as a sort does.
fn reads_only_a_page(above: &[&str]) -> bool {
    let passing = ["LockRows", "Result", "Subquery Scan"];
    above.iter().rev().find(|kind| !passing.contains(kind)) == Some(&"Limit")
}
