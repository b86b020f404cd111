//! Who tries to frame us: the gate counts what it refuses here, in memory and by embedding origin
//! only; a task beside the server adds the counts to the database, where those of all instances
//! meet. Made-up Referers grow neither.

use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use actix_web::http::Method;
use actix_web::http::header::{self, HeaderMap};

use super::fetch_metadata::{Verdict, destination, mode, referer_origin, site};
use super::tally::Tally;
use crate::db::{self, DatabaseError, Pool};
use crate::domain::Origin;
use crate::models::framing_attempt::{self, Counts, OTHERS, UNKNOWN};

/// The most origins that are told apart between two writes.
const ORIGINS_HELD: usize = 100;
/// An origin longer than any host name is not kept.
const ORIGIN_BYTES: usize = 300;
/// One origin is spoken of in the log once in so long.
const LOG_WINDOW: Duration = Duration::from_secs(3600);
/// The most origins that the log speaks of in that time.
const ORIGINS_LOGGED: usize = 50;

/// The attempts since the last write.
#[derive(Debug)]
pub struct FramingAttempts {
    tally: Tally<String, Counts>,
    spoken: Mutex<Option<(Instant, BTreeSet<String>)>>,
}

impl Default for FramingAttempts {
    fn default() -> Self {
        Self { tally: Tally::new(ORIGINS_HELD, OTHERS.to_owned()), spoken: Mutex::default() }
    }
}

impl FramingAttempts {
    /// Counts a refused request, if it came from a frame or ahead of time, and says whether it did.
    pub fn note(&self, method: &Method, headers: &HeaderMap, verdict: Verdict) -> bool {
        let counts = counts(method, headers, verdict);
        if let Some(counts) = counts {
            self.tally.add(embedder(headers), counts);
        }
        counts.is_some()
    }

    /// Writes down what was counted: nothing at all where nothing was. What certainly was not
    /// written is kept for the next time.
    pub async fn write(&self, pool: &Pool) {
        let batch = self.tally.take();
        if batch.is_empty() {
            return;
        }
        for (origin, counts) in &batch {
            if self.is_news(origin, Instant::now()) {
                log::warn!(
                    "refused to be framed or prefetched by {origin}: {} in the last seconds",
                    counts.attempts
                );
            }
        }
        let written = db::transaction(pool, "framing_attempts_add", async |conn| {
            framing_attempt::add_in_txn(conn, &batch, crate::models::now()).await
        });
        match written.await {
            Ok(()) | Err(DatabaseError::CommitUnknown(_)) => {}
            Err(_) => self.tally.put_back(batch),
        }
    }

    /// Whether the log has not spoken of an origin within [`LOG_WINDOW`].
    fn is_news(&self, origin: &str, now: Instant) -> bool {
        let mut spoken = self.spoken.lock().unwrap_or_else(PoisonError::into_inner);
        let (_, origins) = match &mut *spoken {
            Some(window) if now.duration_since(window.0) < LOG_WINDOW => window,
            ended => ended.insert((now, BTreeSet::new())),
        };
        origins.len() < ORIGINS_LOGGED && origins.insert(origin.to_owned())
    }
}

/// One attempt, counted by its kind; `None` for a refusal that has nothing to do with frames.
fn counts(method: &Method, headers: &HeaderMap, verdict: Verdict) -> Option<Counts> {
    let mut counts = Counts { attempts: 1, ..Counts::default() };
    match site(headers) {
        Some("cross-site") => counts.cross_site = 1,
        Some("same-site") => counts.same_site = 1,
        _ => {}
    }
    let dest = destination(headers);
    let in_frame = matches!(dest, Some("iframe" | "frame" | "object" | "embed"));
    let kind = match (verdict, dest) {
        (Verdict::Pass | Verdict::PassSilent, _) => return None,
        (Verdict::RefusePrefetch, _) => &mut counts.prefetch,
        (Verdict::Refuse, _) if in_frame && !matches!(*method, Method::GET | Method::HEAD) => {
            &mut counts.post_from_frame
        }
        (Verdict::Refuse, Some("iframe")) => &mut counts.iframe,
        (Verdict::Refuse, Some("frame")) => &mut counts.frame,
        (Verdict::Refuse, Some("object")) => &mut counts.object,
        (Verdict::Refuse, Some("embed")) => &mut counts.embed,
        (Verdict::Refuse, Some(dest)) if dest != "document" && mode(headers) == Some("navigate") => {
            &mut counts.other
        }
        (Verdict::Refuse, _) => return None,
    };
    *kind = 1;
    Some(counts)
}

/// The page around the frame, by its origin alone: a path may hold a secret.
fn embedder(headers: &HeaderMap) -> String {
    let sent = || Origin::parse(headers.get(header::ORIGIN)?.to_str().ok()?).ok();
    referer_origin(headers)
        .or_else(sent)
        .map(|origin| origin.as_str().to_owned())
        .filter(|origin| origin.len() <= ORIGIN_BYTES)
        .unwrap_or_else(|| UNKNOWN.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_log_speaks_of_an_origin_once_an_hour_and_of_few_origins() {
        let (attempts, start) = (FramingAttempts::default(), Instant::now());
        assert!(attempts.is_news("https://evil.example", start));
        assert!(!attempts.is_news("https://evil.example", start + Duration::from_secs(3599)));
        let spoken = (0..1000).filter(|n| attempts.is_news(&format!("https://{n}.example"), start)).count();
        assert_eq!(spoken, ORIGINS_LOGGED - 1);
        assert!(attempts.is_news("https://evil.example", start + LOG_WINDOW));
    }
}
