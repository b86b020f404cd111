//! Counts requests by row of the table. A path may hold a secret, and a client can invent any number of them: all paths
//! that no row serves share one count.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use actix_web::http::{Method, StatusCode};
use prometheus_client::metrics::histogram::Histogram;

use super::ASSET_FOLDER;

/// The upper bounds of the times that are told apart, in seconds.
const BOUNDS: [f64; 11] = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0];
/// The methods that are told apart; HEAD counts as GET.
const METHODS: [&str; 3] = ["GET", "POST", "other"];
const STATUSES: [&str; 5] = ["1xx", "2xx", "3xx", "4xx", "5xx"];
/// The label of all static files.
const ASSETS: &str = "/static/{hash}/{file}";
/// The label of all paths that no row serves.
const UNKNOWN: &str = "(unknown)";

/// The requests with one method to one row of the table.
#[derive(Debug)]
pub struct Lane {
    /// The pattern of the row.
    pub route: &'static str,
    /// The method.
    pub method: &'static str,
    /// The time from the request's head to the response's head, in seconds.
    pub seconds: Histogram,
    statuses: [AtomicU64; STATUSES.len()],
}

impl Lane {
    /// The number of responses by class of status.
    pub fn statuses(&self) -> impl Iterator<Item = (&'static str, u64)> {
        STATUSES.into_iter().zip(self.statuses.iter().map(|count| count.load(Ordering::Relaxed)))
    }
}

/// The row of the table that a path belongs to.
#[derive(Clone, Copy, Debug)]
pub struct Row(usize);

/// All requests since the start.
#[derive(Debug)]
pub struct Traffic {
    lanes: Vec<Lane>,
    stale_forms: AtomicU64,
}

impl Traffic {
    pub(super) fn new(routes: impl Iterator<Item = &'static str>) -> Self {
        let routes = routes.chain([ASSETS, UNKNOWN]);
        let lane = |route| {
            METHODS.map(|method| Lane {
                route,
                method,
                seconds: Histogram::new(BOUNDS),
                statuses: Default::default(),
            })
        };
        Self { lanes: routes.flat_map(lane).collect(), stale_forms: AtomicU64::new(0) }
    }

    /// The row of a path, where `position` is the one that serves it.
    pub(super) fn row(&self, position: Option<usize>, path: &str) -> Row {
        let rows = self.lanes.len() / METHODS.len();
        Row(position.unwrap_or(if path.starts_with(ASSET_FOLDER) { rows - 2 } else { rows - 1 }))
    }

    /// Counts a request.
    pub fn note(&self, Row(row): Row, method: &Method, status: StatusCode, time: Duration) {
        let method = match *method {
            Method::GET | Method::HEAD => 0,
            Method::POST => 1,
            _ => 2,
        };
        let Some(lane) = self.lanes.get(row * METHODS.len() + method) else { return };
        if let Some(count) = lane.statuses.get(usize::from(status.as_u16() / 100).saturating_sub(1)) {
            count.fetch_add(1, Ordering::Relaxed);
        }
        lane.seconds.observe(time.as_secs_f64());
    }

    /// Counts a form without the token of its session.
    pub fn note_stale_form(&self) {
        self.stale_forms.fetch_add(1, Ordering::Relaxed);
    }

    /// The number of forms without the token of their session.
    #[must_use]
    pub fn stale_forms(&self) -> u64 {
        self.stale_forms.load(Ordering::Relaxed)
    }

    /// The requests of each row and method that has had any.
    pub fn lanes(&self) -> impl Iterator<Item = &Lane> {
        self.lanes.iter().filter(|lane| lane.statuses().any(|(_, count)| count > 0))
    }
}
