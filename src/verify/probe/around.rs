//! The requests that every site can be sent, around its entry page.

use url::Url;
use uuid::Uuid;

use super::{Probe, note, shown};
use crate::verify::judge;
use crate::verify::links::{LinkedFile, linked_files, linked_pages, sounds_like_an_action};
use crate::verify::response::Response;
use crate::verify::rules::Rule;
use crate::verify::wire::Request;

/// The most pages and the most files that are followed.
const PAGES: usize = 10;
const FILES: usize = 8;

impl Probe<'_> {
    pub(super) async fn look_around(&mut self, entry: &Url, page: &Response) {
        let mut pages = linked_pages(entry, page);
        let mut files = linked_files(entry, page);
        pages.retain(|url| url != entry && !sounds_like_an_action(url));
        if pages.is_empty() && page.media_type() == "text/html" && !self.unframed {
            let finding = note(
                Rule::ProbeNoLinks,
                "the entry page links to no other page of the site, so no other page was checked",
                "may reach other pages through scripts or forms, which this check does not run or send",
                "run the check with the URL of an inner page, too",
            );
            self.report.find(&format!("GET {}", shown(entry)), finding);
        }
        pages.truncate(PAGES);
        let mut stored = vec![(entry.clone(), page.clone())];
        for url in pages {
            if let Some(response) = self.ask_page(&url, |request| request).await {
                for file in linked_files(&url, &response) {
                    if !files.contains(&file) {
                        files.push(file);
                    }
                }
                stored.push((url, response));
            }
        }
        for LinkedFile { url, destination } in files.into_iter().take(FILES) {
            if let Some(response) = self.ask_page(&url, |request| as_file(request, destination)).await {
                self.check_file(&url, &response);
                stored.push((url, response));
            }
        }
        for (url, response) in stored {
            self.ask_again(&url, &response).await;
        }
        if self.unframed {
            self.check_gate(entry, page).await;
        } else {
            self.ask_framed(entry).await;
        }
        self.ask_for_errors(entry).await;
        self.ask_too_much(entry).await;
    }

    /// Asks again with the validators of a response: a 304 changes the headers of the stored copy.
    async fn ask_again(&mut self, url: &Url, response: &Response) {
        let validators = [("etag", "if-none-match"), ("last-modified", "if-modified-since")];
        let given: Vec<(&str, &str)> =
            validators.iter().filter_map(|(of, with)| Some((*with, response.first(of)?))).collect();
        if given.is_empty() {
            return;
        }
        let with =
            |request: Request| given.iter().fold(request, |request, (name, value)| request.with(name, value));
        let Some(again) = self.ask_page(url, with).await.filter(|again| again.status == 304) else { return };
        let circumstances = self.circumstances(url, false);
        let before = judge::judge(response, circumstances);
        let after = judge::judge(&response.after(&again), circumstances);
        let place = format!("GET {} (the stored copy after a 304)", shown(url));
        for finding in after.into_iter().filter(|finding| !before.contains(finding)) {
            self.report.find(&place, finding);
        }
    }

    async fn ask_for_errors(&mut self, entry: &Url) {
        for method in ["HEAD", "OPTIONS", "VERIFY"] {
            self.ask_unusual(&format!("{method} {}", shown(entry)), method, entry, |request| request).await;
        }
        // The place has the same name at each check: programs compare reports.
        let missing = format!("/unframed-verify-{}", Uuid::new_v4().simple());
        if let Ok(url) = entry.join(&missing) {
            self.ask_unusual("GET /unframed-verify-…", "GET", &url, |request| request).await;
        }
        for path in ["/static/unframed-verify.css", "/%ff%00", "/..%2f"] {
            if let Ok(url) = entry.join(path) {
                self.ask_unusual(&format!("GET {}", shown(&url)), "GET", &url, |request| request).await;
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
            self.report.find(&place, finding);
        }
    }

    async fn ask_too_much(&mut self, entry: &Url) {
        let mut long = entry.clone();
        long.set_query(Some(&"a".repeat(16_000)));
        self.ask_unusual("GET with an address of 16 kB", "GET", &long, |request| request).await;
        let oversized = "a".repeat(160_000);
        let with = |request: Request| request.with("cookie", &format!("oversized={oversized}"));
        self.ask_unusual("GET with a cookie of 160 kB", "GET", entry, with).await;
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
            if let Ok(response) = self.wire.ask_raw(bytes.as_bytes(), false).await {
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
