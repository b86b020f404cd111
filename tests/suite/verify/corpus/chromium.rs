//! Chromium, by the driver of the browser tests.

use super::case::{Case, Positions};
use super::{Screenshot, Viewer};
use crate::browser::driver::Session;

/// A Chromium of its own.
pub struct Chromium(Session);

impl Chromium {
    /// Starts it. It trusts the certificate authority with this key digest.
    pub async fn open(key: &str) -> Self {
        Self(Session::open(key).await)
    }

    pub async fn close(self) {
        self.0.close().await;
    }
}

impl Viewer for Chromium {
    fn name(&self) -> &'static str {
        "Chromium"
    }

    async fn open(&mut self, url: &str) {
        self.0.goto(url).await;
    }

    async fn picture(&mut self) -> Screenshot {
        self.0.screenshot().await
    }

    fn departures(&self, case: &Case) -> Positions {
        case.chromium
    }
}
