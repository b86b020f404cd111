//! The pages of a site that a person can visit, as the probe received them. A browser opens them again.

use url::Url;

use crate::verify::links::shown;
use crate::verify::response::Response;

/// A page that was requested as by a person who visits it.
#[derive(Clone, Debug)]
pub struct VisitedPage {
    /// Its URL. It may repeat a secret: print it through [`Session::hide`](crate::verify::session::Session::hide).
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
