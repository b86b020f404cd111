//! The requests that every site can be sent, around its entry page.

use url::Url;
use uuid::Uuid;

use super::pages::FILES;
use super::{Probe, note, shown};
use crate::verify::links::LinkedFile;
use crate::verify::response::Response;
use crate::verify::rules::Rule;
use crate::verify::wire::Request;

impl Probe<'_> {
    pub(super) async fn look_around(&mut self, entry: &Url, page: &Response, named: &[Url]) {
        let files = self.open_pages(entry, page, named).await;
        for LinkedFile { url, destination } in files.into_iter().take(FILES) {
            if let Some(response) = self.ask_page(&url, |request| as_file(request, destination)).await {
                self.check_file(&url, &response);
                self.ask_again(&url, &response).await;
            }
        }
        if self.unframed {
            self.check_gate(entry, page).await;
        } else {
            self.ask_framed(entry).await;
        }
        self.ask_for_errors(entry).await;
        self.ask_too_much(entry).await;
    }

    async fn ask_for_errors(&mut self, entry: &Url) {
        for method in ["HEAD", "OPTIONS", "VERIFY"] {
            self.ask_unusual(&format!("{method} {}", shown(entry)), method, entry, |request| request).await;
        }
        // The place has the same name at each check: programs compare reports.
        let missing = format!("/unframed-verify-{}", Uuid::new_v4().simple());
        if let Ok(url) = entry.join(&missing) {
            let place = "GET /unframed-verify-…";
            if let Some(error) = self.ask_unusual(place, "GET", &url, |request| request).await {
                self.keep(&url, &error);
            }
        }
        for path in ["/static/unframed-verify.css", "/%ff%00", "/..%2f"] {
            if let Ok(url) = entry.join(path) {
                let place = format!("GET {}", shown(&url));
                self.ask_unusual(&place, "GET", &url, |request| request).await;
            }
        }
    }

    /// Notes a site that answers requests for a frame: most sites do.
    async fn ask_framed(&mut self, entry: &Url) {
        let place = format!("GET {}, framed", shown(entry));
        let Some(response) = self.ask_at(&place, entry, framed).await else { return };
        if response.status < 400 {
            let finding = note(
                Rule::GateNone,
                "a request for a frame is answered like any other",
                "relies on the response headers alone",
                "a server can also refuse `Sec-Fetch-Dest: iframe`; that still works where response headers get lost",
            );
            self.find(&place, finding);
        }
    }

    async fn ask_too_much(&mut self, entry: &Url) {
        let mut long = entry.clone();
        long.set_query(Some(&"a".repeat(16_000)));
        self.ask_unusual("GET with an address of 16 kB", "GET", &long, |request| request).await;
        let oversized = "a".repeat(160_000);
        let with = |request: Request| request.with("cookie", &format!("oversized={oversized}"));
        self.ask_unusual("GET with a cookie of 160 kB", "GET", entry, with).await;
        if self.session.wire().is_read_by_proxy() {
            let finding = note(
                Rule::ProbeProxy,
                "malformed requests were not sent, because the proxy on the way would answer them",
                "never sends such requests",
                "to check how the site answers them, except it from the proxy with NO_PROXY",
            );
            self.find(&format!("GET {}", shown(entry)), finding);
            return;
        }
        let host = entry.host_str().unwrap_or_default();
        for (place, bytes) in [
            ("a request without Host", "GET / HTTP/1.1\r\nConnection: close\r\n\r\n".to_owned()),
            ("a header line without a colon", format!("GET / HTTP/1.1\r\nHost: {host}\r\nnonsense\r\n\r\n")),
            ("a request that is not HTTP", "NONSENSE\r\n\r\n".to_owned()),
        ] {
            if !self.may_ask(place) {
                continue;
            }
            // Without an answer a browser shows nothing, which is fine.
            if let Ok(response) = self.session.wire().ask_raw(bytes.as_bytes(), false).await {
                self.judge(place, entry, &response, true);
            }
        }
    }
}

/// A request as a browser sends it for a frame on a page of another site.
pub(in crate::verify) fn framed(request: Request) -> Request {
    request.with("sec-fetch-dest", "iframe").with("sec-fetch-site", "cross-site").with("sec-fetch-user", "")
}

/// A request as a browser sends it for a file that a page of the site loads.
pub(in crate::verify) fn as_file(request: Request, destination: &str) -> Request {
    let request = request.with("sec-fetch-dest", destination).with("sec-fetch-mode", "no-cors");
    request.with("sec-fetch-site", "same-origin").with("sec-fetch-user", "")
}
