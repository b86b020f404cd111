//! All figures by name, in the OpenMetrics text format. Labels come from our own tables; the only one that strangers
//! choose, the embedder, has a bounded number of values.

use std::fmt;
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use actix_web::web;
use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, EncodeMetric, MetricEncoder, text};
use prometheus_client::metrics::MetricType;
use prometheus_client::metrics::counter::ConstCounter;
use prometheus_client::metrics::gauge::ConstGauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::Registry;

use super::process;
use crate::db;
use crate::mail::transport::Deliveries;
use crate::models::{outgoing_mail, outgoing_webhook};
use crate::security::framing::Framing;
use crate::security::password_hashing::Work;
use crate::state::AppState;

/// Where the figures are read from.
#[derive(Clone)]
pub struct Figures {
    state: web::Data<AppState>,
    deliveries: Arc<Deliveries>,
    started: f64,
}

impl fmt::Debug for Figures {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Figures").finish_non_exhaustive()
    }
}

/// The figures of one moment.
#[derive(Debug)]
struct Moment {
    figures: Figures,
    mails_waiting: Option<i64>,
    webhooks_waiting: Option<i64>,
}

/// Labels of a row.
type Labels = Vec<(&'static str, String)>;

const QUEUES: [(&str, Work); 5] = [
    ("sign-in", Work::SignIn),
    ("known device sign-in", Work::KnownDeviceSignIn),
    ("proof", Work::Proof),
    ("check", Work::Check),
    ("new hash", Work::NewHash),
];

impl Figures {
    /// The figures of an application that starts now.
    #[must_use]
    pub fn new(state: web::Data<AppState>, deliveries: Arc<Deliveries>) -> Self {
        let started = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs_f64();
        Self { state, deliveries, started }
    }

    pub(super) fn framing(&self) -> &Arc<Framing> {
        &self.state.framing
    }

    /// The text of this moment. It costs two queries.
    ///
    /// # Errors
    /// A bug: text was refused.
    pub async fn text(&self) -> Result<String, fmt::Error> {
        let waiting = db::statement(&self.state.pool, "outgoing_mail_count", async |conn| {
            outgoing_mail::count(conn).await
        });
        let receipts = db::statement(&self.state.pool, "outgoing_webhook_count", async |conn| {
            outgoing_webhook::count(conn).await
        });
        // Without the database, all other figures are worth the more.
        let moment = Moment {
            figures: self.clone(),
            mails_waiting: waiting.await.ok(),
            webhooks_waiting: receipts.await.ok(),
        };
        let mut registry = Registry::default();
        registry.register_collector(Box::new(moment));
        let mut page = String::new();
        text::encode(&mut page, &registry)?;
        Ok(page)
    }
}

/// Writes one metric after the other.
struct Writer<'a>(DescriptorEncoder<'a>);

impl Writer<'_> {
    fn family<M: EncodeMetric>(
        &mut self,
        name: &str,
        help: &str,
        kind: MetricType,
        rows: impl IntoIterator<Item = (Labels, M)>,
    ) -> fmt::Result {
        let mut family: MetricEncoder<'_> = self.0.encode_descriptor(name, help, None, kind)?;
        for (labels, metric) in rows {
            metric.encode(family.encode_family(&labels)?)?;
        }
        Ok(())
    }

    fn counters(
        &mut self,
        name: &str,
        help: &str,
        rows: impl IntoIterator<Item = (Labels, u64)>,
    ) -> fmt::Result {
        let rows = rows.into_iter().map(|(labels, value)| (labels, ConstCounter::new(value)));
        self.family(name, help, MetricType::Counter, rows)
    }

    fn gauges(
        &mut self,
        name: &str,
        help: &str,
        rows: impl IntoIterator<Item = (Labels, f64)>,
    ) -> fmt::Result {
        let rows = rows.into_iter().map(|(labels, value)| (labels, ConstGauge::new(value)));
        self.family(name, help, MetricType::Gauge, rows)
    }

    fn gauge(&mut self, name: &str, help: &str, value: impl Into<Option<f64>>) -> fmt::Result {
        self.gauges(name, help, value.into().map(|value| (Vec::new(), value)))
    }

    fn histograms(
        &mut self,
        name: &str,
        help: &str,
        rows: impl IntoIterator<Item = (Labels, Histogram)>,
    ) -> fmt::Result {
        self.family(name, help, MetricType::Histogram, rows)
    }
}

fn label(name: &'static str, value: impl ToString) -> Labels {
    vec![(name, value.to_string())]
}

#[expect(clippy::cast_precision_loss, reason = "counts that are shown on a graph")]
fn number(count: impl TryInto<i64>) -> f64 {
    count.try_into().unwrap_or_default() as f64
}

impl Collector for Moment {
    fn encode(&self, encoder: DescriptorEncoder<'_>) -> fmt::Result {
        let mut write = Writer(encoder);
        self.write_process(&mut write)?;
        self.write_requests(&mut write)?;
        self.write_refusals(&mut write)?;
        self.write_database(&mut write)?;
        self.write_work(&mut write)
    }
}

impl Moment {
    fn write_process(&self, write: &mut Writer<'_>) -> fmt::Result {
        let version = [(label("version", env!("CARGO_PKG_VERSION")), 1.0)];
        write.gauges(
            "unframed_build_info",
            "The version of this program, as a label of the constant 1",
            version,
        )?;
        let draining = f64::from(u8::from(self.figures.state.is_draining()));
        write.gauge("unframed_draining", "1 while the process shuts down, otherwise 0", draining)?;
        write.gauge(
            "process_start_time_seconds",
            "The start of the process in seconds since 1970",
            self.figures.started,
        )?;
        write.gauge(
            "process_resident_memory_bytes",
            "The memory of the process that is in RAM",
            process::resident_bytes().map(number),
        )?;
        write.gauge(
            "process_open_fds",
            "The open files of the process, sockets included",
            process::open_files().map(number),
        )
    }

    fn write_requests(&self, write: &mut Writer<'_>) -> fmt::Result {
        let traffic = self.figures.state.routes.traffic();
        let lanes = traffic.lanes().flat_map(|lane| {
            lane.statuses().filter(|(_, count)| *count > 0).map(|(status, count)| {
                let status = ("status", status.to_owned());
                (vec![("route", lane.route.to_owned()), ("method", lane.method.to_owned()), status], count)
            })
        });
        write.counters(
            "unframed_http_requests",
            "Requests by pattern of the route, method and class of the status",
            lanes,
        )?;
        let times = traffic.lanes().map(|lane| {
            (vec![("route", lane.route.to_owned()), ("method", lane.method.to_owned())], lane.seconds.clone())
        });
        write.histograms(
            "unframed_http_request_duration_seconds",
            "Time until the head of the response",
            times,
        )
    }

    fn write_refusals(&self, write: &mut Writer<'_>) -> fmt::Result {
        let state = &self.figures.state;
        let gate = state.gate.refusals().map(|(reason, count)| (label("reason", reason), count));
        write.counters(
            "unframed_gate_refusals",
            "Requests that the frame gate refused, by what was refused",
            gate,
        )?;
        let embedders = state.gate.attempts().by_embedder().into_iter();
        let embedders = embedders.map(|(embedder, count)| (label("embedder", embedder), count));
        write.counters(
            "unframed_framing_attempts",
            "Refused attempts to frame or prefetch a page, by the origin that tried; the first origins have a label each",
            embedders,
        )?;
        write.counters(
            "unframed_csrf_refusals",
            "Forms without the token of their session",
            [(Vec::new(), state.routes.traffic().stale_forms())],
        )?;
        let limits =
            state.throttle.refusals().into_iter().map(|(name, count)| (label("attempt", name), count));
        write.counters("unframed_rate_limit_refusals", "Attempts that a rate limit refused, by kind", limits)
    }

    fn write_database(&self, write: &mut Writer<'_>) -> fmt::Result {
        let pool = &self.figures.state.pool;
        let (open, idle) = pool.connections();
        let connections = [
            (label("state", "idle"), number(idle)),
            (label("state", "busy"), number(open.saturating_sub(idle))),
        ];
        write.gauges("unframed_database_connections", "Open connections to the database", connections)?;
        write.histograms(
            "unframed_database_wait_seconds",
            "Time until a transaction had a connection, or had waited too long for one",
            [(Vec::new(), pool.waits().seconds.clone())],
        )?;
        write.counters(
            "unframed_database_wait_failures",
            "Transactions that got no connection",
            [(Vec::new(), pool.waits().failures())],
        )?;
        let tallies = pool.journal().tallies();
        let rows = tallies.iter().flat_map(|(transaction, tally)| {
            [("retry", tally.retries), ("failure", tally.failures), ("unknown commit", tally.unknown_commits)]
                .map(|(event, count)| {
                    (vec![("transaction", (*transaction).to_owned()), ("event", event.to_owned())], count)
                })
        });
        write.counters(
            "unframed_transaction_events",
            "Retries, failures and unknown commits of transactions, by label",
            rows,
        )
    }

    fn write_work(&self, write: &mut Writer<'_>) -> fmt::Result {
        let mails = self.figures.deliveries.counts().map(|(result, count)| (label("result", result), count));
        write.counters("unframed_mails", "Mails by the result of an attempt to send them", mails)?;
        write.gauge(
            "unframed_mails_waiting",
            "Queued mails, of all instances; absent while the database does not answer",
            self.mails_waiting.map(number),
        )?;
        let receipts = self.figures.state.webhook_tally.counts();
        let receipts = receipts.map(|(result, count)| (label("result", result), count));
        write.counters(
            "unframed_webhooks",
            "Receipts for applications by the result of an attempt to send them",
            receipts,
        )?;
        write.gauge(
            "unframed_webhooks_waiting",
            "Queued receipts for applications, of all instances; absent while the database does not answer",
            self.webhooks_waiting.map(number),
        )?;
        let hashing = &self.figures.state.hashing;
        let lengths = QUEUES.iter().flat_map(|(name, work)| {
            let queue = hashing.queue(*work);
            [("running", queue.running()), ("waiting", queue.waiting())].map(|(state, count)| {
                (vec![("queue", (*name).to_owned()), ("state", state.to_owned())], number(count))
            })
        });
        write.gauges(
            "unframed_password_queue_requests",
            "Requests in the queues of password work",
            lengths,
        )?;
        let waits =
            QUEUES.map(|(name, work)| (label("queue", name), hashing.queue(work).waits().seconds.clone()));
        write.histograms("unframed_password_queue_wait_seconds", "Time until password work began", waits)?;
        let refused =
            QUEUES.map(|(name, work)| (label("queue", name), hashing.queue(work).waits().failures()));
        write.counters(
            "unframed_password_queue_refusals",
            "Requests that found a queue of password work full",
            refused,
        )
    }
}
