//! The pages of a site that a person can visit, as the probe received them. A browser opens them again.

use url::Url;

use super::shown;
use crate::domain::Origin;
use crate::verify::Report;
use crate::verify::response::Response;

/// A page that was requested as by a person who visits it.
#[derive(Clone, Debug)]
pub struct VisitedPage {
    /// Its URL.
    pub url: Url,
    /// The response.
    pub response: Response,
}

impl VisitedPage {
    /// Where it stands in a report, for example `GET /settings (200)`.
    #[must_use]
    pub fn place(&self) -> String {
        format!("GET {} ({})", shown(&self.url), self.response.status)
    }
}

/// A report with the pages that it is about.
#[derive(Clone, Debug)]
pub struct Visit {
    /// The report.
    pub report: Report,
    /// The site, after redirects from http to https or to `www.`.
    pub site: Origin,
    /// The entry page, the pages that it links to, and an error page.
    pub pages: Vec<VisitedPage>,
}
