//! Many sites: the list of them, and the check of several at a time. Reports come in the order of the list, and no more
//! of them are kept than a few for each check that runs at the same time.

pub mod journal;
mod site_url;

use std::cell::RefCell;
use std::collections::HashSet;
use std::io;

use futures_util::{StreamExt as _, stream};
use tokio::sync::Semaphore;

use self::journal::Journal;
pub use self::site_url::{SiteUrl, SiteUrlProblem};
use super::report::Report;

/// The most sites of a list.
const MOST_SITES: usize = 100_000;
/// The most wrong lines that are named.
const MOST_NAMED: usize = 20;
/// How many finished reports may wait for an earlier one, for each check that runs at the same time.
const WAITING: usize = 4;

/// A list with lines that are no URL of a site.
#[derive(Debug, thiserror::Error)]
pub enum ListProblem {
    /// These lines are wrong.
    #[error("{}", .0.join("\n"))]
    Lines(Vec<String>),
    /// There is no URL in it.
    #[error("the list contains no URL")]
    Empty,
    /// There are too many.
    #[error("the list contains more than {MOST_SITES} URLs")]
    TooLong,
}

/// Reads a list: a URL a line, comments after `#` at the start of a line. A repeated URL counts once.
///
/// # Errors
/// Every line that is wrong, with its number.
pub fn read_list(text: &str) -> Result<Vec<SiteUrl>, ListProblem> {
    let (mut sites, mut given, mut wrong) = (Vec::new(), HashSet::new(), Vec::new());
    for (index, line) in text.lines().enumerate() {
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        match SiteUrl::parse(line) {
            Ok(site) if given.insert(site.as_str().to_owned()) => sites.push(site),
            Ok(_) => {}
            Err(problem) => wrong.push(format!("line {}: {problem}", index + 1)),
        }
    }
    if wrong.len() > MOST_NAMED {
        let more = wrong.len() - MOST_NAMED;
        wrong.truncate(MOST_NAMED);
        wrong.push(format!("and {more} more lines"));
    }
    match (wrong.is_empty(), sites.len()) {
        (false, _) => Err(ListProblem::Lines(wrong)),
        (true, 0) => Err(ListProblem::Empty),
        (true, count) if count > MOST_SITES => Err(ListProblem::TooLong),
        (true, _) => Ok(sites),
    }
}

/// Checks all sites, `parallel` at a time. A site that the journal has is not asked again; the others are added to it as
/// soon as they are finished. `finished` sees each report then, `each` in the order of the list.
///
/// # Errors
/// Those of the journal and of `each`.
pub async fn check_all(
    sites: &[SiteUrl],
    parallel: usize,
    journal: Option<Journal>,
    check: impl AsyncFn(&SiteUrl) -> Report,
    finished: impl Fn(&Report),
    mut each: impl FnMut(Report) -> io::Result<()>,
) -> io::Result<()> {
    let (journal, turns) = (journal.map(RefCell::new), Semaphore::new(parallel));
    let (journal, check, finished, turns) = (&journal, &check, &finished, &turns);
    let reports = stream::iter(sites).map(|site| async move {
        let stored = journal.as_ref().map(|journal| journal.borrow().report(site)).transpose()?.flatten();
        let report = match stored {
            Some(report) => report,
            None => {
                let _turn = turns.acquire().await.map_err(io::Error::other)?;
                let report = check(site).await;
                if let Some(journal) = journal {
                    journal.borrow_mut().add(site, &report)?;
                }
                report
            }
        };
        finished(&report);
        io::Result::Ok(report.named(site.as_str()))
    });
    let mut reports = std::pin::pin!(reports.buffered(parallel.saturating_mul(WAITING)));
    while let Some(report) = reports.next().await {
        each(report?)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_names_each_wrong_line() {
        let text = "# ours\nhttps://a.example\n\n  http://b.example/c?d  \nhttps://a.example/\n";
        let sites = read_list(text).unwrap();
        let urls: Vec<&str> = sites.iter().map(SiteUrl::as_str).collect();
        assert_eq!(urls, ["https://a.example/", "http://b.example/c?d"]);
        let wrong =
            read_list("ftp://a.example\nhttps://a.example\nhttps://u:secret@b.example\nb").unwrap_err();
        let shown = wrong.to_string();
        assert_eq!(
            shown.lines().map(|line| &line[..7]).collect::<Vec<_>>(),
            ["line 1:", "line 3:", "line 4:"]
        );
        assert!(!shown.contains("secret"), "{shown}");
        assert!(matches!(read_list("# nothing\n"), Err(ListProblem::Empty)));
        assert!(read_list(&"x\n".repeat(30)).unwrap_err().to_string().ends_with("and 10 more lines"));
    }
}
