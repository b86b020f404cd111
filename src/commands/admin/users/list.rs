//! `unframed admin users list`: lists accounts in the order of their email addresses.

use chrono::{DateTime, Utc};
use clap::Args;

use super::overview::{Overview, minute};
use crate::commands::Failure;
use crate::commands::admin::terminal;
use crate::db::{self, Pool};
use crate::domain::EmailAddress;
use crate::models::account::{self, AccountFilter};

const HEAD: &[&str] =
    &["email address", "id", "name", "created (UTC)", "status", "second factor", "sessions"];
/// The most accounts that one query reads.
const BATCH: usize = 500;

/// Which accounts to list, and how.
#[derive(Args)]
pub struct Arguments {
    /// The most accounts to list
    #[arg(long, value_name = "N", default_value_t = 100, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    limit: u32,
    /// List the accounts that follow this email address
    #[arg(long, value_name = "EMAIL", value_parser = EmailAddress::parse)]
    after: Option<EmailAddress>,
    /// List only disabled accounts
    #[arg(long)]
    disabled: bool,
    /// List only accounts that wait for their deletion
    #[arg(long)]
    deleting: bool,
    /// Print a JSON array with one object for each account
    #[arg(long)]
    json: bool,
}

/// Formats the list as a table or as JSON.
pub async fn run(pool: &Pool, arguments: &Arguments, now: DateTime<Utc>) -> Result<String, Failure> {
    let limit = usize::try_from(arguments.limit)?;
    // One more than the limit shows whether accounts follow.
    let mut list = read(pool, arguments, now, limit + 1).await?;
    let more = list.len() > limit;
    list.truncate(limit);
    if arguments.json { terminal::json(&list) } else { Ok(as_table(list, more)) }
}

async fn read(
    pool: &Pool,
    arguments: &Arguments,
    now: DateTime<Utc>,
    most: usize,
) -> Result<Vec<Overview>, Failure> {
    let filter = AccountFilter { disabled: arguments.disabled, deleting: arguments.deleting };
    let mut after = arguments.after.as_ref().map(|email| email.as_str().to_owned());
    let mut list = Vec::new();
    loop {
        let size = BATCH.min(most - list.len());
        let (limit, place) = (i64::try_from(size)?, after.as_deref());
        let batch = db::statement(pool, "account_list", async |conn| {
            account::list(conn, place, filter, now, limit).await
        });
        let batch = batch.await?;
        let is_last = batch.len() < size;
        list.extend(batch.into_iter().map(|(account, sessions)| Overview::new(account, sessions)));
        if is_last || list.len() >= most {
            return Ok(list);
        }
        after = list.last().map(|account| account.email.clone());
    }
}

fn as_table(list: Vec<Overview>, more: bool) -> String {
    let Some(last) = list.last().map(|account| terminal::visible(&account.email)) else {
        return "No such accounts.\n".to_owned();
    };
    let table = terminal::table(HEAD, 6, list.into_iter().map(row).collect());
    let next = format!("More accounts follow. To list them, add: --after {last}\n");
    if more { table + next.as_str() } else { table }
}

fn row(account: Overview) -> Vec<String> {
    let (created, status) = (minute(account.created_at), account.status().to_owned());
    let (factor, sessions) = (account.second_factor().to_owned(), account.sessions.to_string());
    vec![account.email, account.id.to_string(), account.name, created, status, factor, sessions]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_empty_list_is_a_sentence() {
        assert_eq!(as_table(Vec::new(), false), "No such accounts.\n");
    }
}
