//! Counts the framing attempts that the gate refuses, in memory and by embedding origin only. The task
//! in `tallies` adds the counts to the database; the log names each origin once an hour. All three are
//! bounded, whatever Referer a client invents.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use actix_web::http::Method;
use actix_web::http::header::{self, HeaderMap};

use super::fetch_metadata::{GateDecision, destination, mode, referer_origin, site};
use super::tally::Tally;
use crate::domain::Origin;
use crate::models::framing_attempt::{Counts, OTHERS, UNKNOWN};

/// The most origins that are counted separately between two writes.
const ORIGINS_HELD: usize = 100;
/// The most origins that the metrics count separately, from start to end of the process.
pub const ORIGINS_MEASURED: usize = 50;
/// An origin longer than any host name is not kept.
const ORIGIN_BYTES: usize = 300;
/// The log names an origin at most once in this time.
const LOG_WINDOW: Duration = Duration::from_secs(3600);
/// The most origins that the log names in [`LOG_WINDOW`].
const ORIGINS_LOGGED: usize = 50;

/// The attempts since the last write.
#[derive(Debug)]
pub struct FramingAttempts {
    tally: Tally<String, Counts>,
    since_start: Tally<String, u64>,
    named: Mutex<LoggedOrigins>,
}

/// The origins that the log has named within [`LOG_WINDOW`].
#[derive(Debug, Default)]
struct LoggedOrigins {
    origins: BTreeMap<String, Instant>,
    too_many: Option<Instant>,
}

impl Default for FramingAttempts {
    fn default() -> Self {
        Self {
            tally: Tally::new(ORIGINS_HELD, OTHERS.to_owned()),
            since_start: Tally::new(ORIGINS_MEASURED, OTHERS.to_owned()),
            named: Mutex::default(),
        }
    }
}

impl FramingAttempts {
    /// Counts a refused request if it is a framing attempt or a prefetch, and returns whether it is.
    pub fn note(&self, method: &Method, headers: &HeaderMap, decision: GateDecision) -> bool {
        let counts = counts(method, headers, decision);
        if let Some(counts) = counts {
            let embedder = embedder(headers);
            self.since_start.add(embedder.clone(), 1);
            self.tally.add(embedder, counts);
        }
        counts.is_some()
    }

    /// Takes the counts since the last call, and logs the origins that are new.
    #[must_use]
    pub fn take(&self) -> BTreeMap<String, Counts> {
        let batch = self.tally.take();
        for line in self.news(&batch, Instant::now()) {
            log::warn!("{line}");
        }
        batch
    }

    /// The attempts since the start, by origin. The first ones are counted separately, all further ones together.
    #[must_use]
    pub fn by_embedder(&self) -> BTreeMap<String, u64> {
        self.since_start.counts()
    }

    /// Returns counts that could not be stored.
    pub fn put_back(&self, batch: BTreeMap<String, Counts>) {
        self.tally.put_back(batch);
    }

    /// The lines for the log: each origin once within [`LOG_WINDOW`]. Where there are more than
    /// [`ORIGINS_LOGGED`], one line says that the others are not named, so that made-up Referers do not
    /// silence the log unnoticed.
    fn news(&self, batch: &BTreeMap<String, Counts>, now: Instant) -> Vec<String> {
        let mut named = self.named.lock().unwrap_or_else(PoisonError::into_inner);
        let LoggedOrigins { origins, too_many } = &mut *named;
        let lately = |at: Instant| now.duration_since(at) < LOG_WINDOW;
        origins.retain(|_, at| lately(*at));
        let mut lines = Vec::new();
        for (origin, Counts { attempts, .. }) in batch {
            if origins.contains_key(origin) {
                continue;
            }
            if origins.len() < ORIGINS_LOGGED {
                origins.insert(origin.clone(), now);
                lines.push(format!(
                    "refused to be framed or prefetched by {origin}: {attempts} in the last seconds"
                ));
            } else if !too_many.is_some_and(lately) {
                *too_many = Some(now);
                lines.push(format!(
                    "more than {ORIGINS_LOGGED} origins were refused within an hour: the others are not \
                     named here, `unframed admin framing-attempts` lists them"
                ));
            }
        }
        lines
    }
}

/// One attempt, counted by its kind; `None` if the refusal has nothing to do with frames.
fn counts(method: &Method, headers: &HeaderMap, decision: GateDecision) -> Option<Counts> {
    let mut counts = Counts { attempts: 1, ..Counts::default() };
    match site(headers) {
        Some("cross-site") => counts.cross_site = 1,
        Some("same-site") => counts.same_site = 1,
        _ => {}
    }
    let dest = destination(headers);
    let in_frame = matches!(dest, Some("iframe" | "frame" | "object" | "embed"));
    let kind = match (decision, dest) {
        (GateDecision::Pass | GateDecision::PassSilent, _) => return None,
        (GateDecision::RefusePrefetch, _) => &mut counts.prefetch,
        (GateDecision::Refuse, _) if in_frame && !matches!(*method, Method::GET | Method::HEAD) => {
            &mut counts.post_from_frame
        }
        (GateDecision::Refuse, Some("iframe")) => &mut counts.iframe,
        (GateDecision::Refuse, Some("frame")) => &mut counts.frame,
        (GateDecision::Refuse, Some("object")) => &mut counts.object,
        (GateDecision::Refuse, Some("embed")) => &mut counts.embed,
        (GateDecision::Refuse, Some(dest)) if dest != "document" && mode(headers) == Some("navigate") => {
            &mut counts.other
        }
        (GateDecision::Refuse, _) => return None,
    };
    *kind = 1;
    Some(counts)
}

/// The origin of the page around the frame. Its path is left out: it may hold a secret.
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

    const EVIL: &str = "https://evil.example";

    /// The log lines for one attempt by each origin.
    fn log_lines(attempts: &FramingAttempts, origins: &[String], now: Instant) -> Vec<String> {
        let counts = |origin: &String| (origin.clone(), Counts { attempts: 1, ..Counts::default() });
        attempts.news(&origins.iter().map(counts).collect(), now)
    }

    fn made_up(numbers: std::ops::Range<usize>) -> Vec<String> {
        numbers.map(|number| format!("https://{number}.example")).collect()
    }

    #[test]
    fn the_log_names_an_origin_at_most_once_an_hour() {
        let (attempts, start) = (FramingAttempts::default(), Instant::now());
        let minute = |minutes: u64| start + Duration::from_secs(minutes * 60);
        log_lines(&attempts, &made_up(0..1), start);
        let line = "refused to be framed or prefetched by https://evil.example: 1 in the last seconds";
        for (at, lines) in [(59, vec![line]), (61, vec![]), (118, vec![]), (119, vec![line])] {
            assert_eq!(log_lines(&attempts, &[EVIL.to_owned()], minute(at)), lines, "minute {at}");
        }
    }

    #[test]
    fn made_up_referers_do_not_silence_the_log_unnoticed() {
        let (attempts, start) = (FramingAttempts::default(), Instant::now());
        let named = |lines: &[String], what: &str| lines.iter().filter(|line| line.contains(what)).count();
        let flood = log_lines(&attempts, &made_up(0..1000), start);
        assert_eq!((flood.len(), named(&flood, "refused to be framed")), (51, 50));
        assert_eq!(named(&flood, "`unframed admin framing-attempts`"), 1, "{:?}", flood.last());
        let later = start + Duration::from_secs(3599);
        assert_eq!(log_lines(&attempts, &[EVIL.to_owned()], later), [""; 0], "the line appears once an hour");
        assert_eq!(attempts.named.lock().unwrap().origins.len(), ORIGINS_LOGGED, "the memory is bounded");
        let room = log_lines(&attempts, &[EVIL.to_owned()], start + LOG_WINDOW);
        assert!(room.len() == 1 && room[0].contains(EVIL), "{room:?}");
    }
}
