//! On a site that runs this program: whether its frame gate hears what browsers say, at every page
//! that can be asked for, and refuses what it must refuse and nothing else.

use std::sync::LazyLock;

use actix_web::dev::ResourceDef;
use actix_web::http::Method;
use url::Url;

use super::around::{as_file, framed};
use super::{Probe, shown};
use crate::routes::{self, Kind};
use crate::verify::judge::{Finding, Reach, Severity, reach};
use crate::verify::response::Response;
use crate::verify::walk::filled;
use crate::verify::wire::Request;

/// The title of our pages, and what the gate says.
const SIGNS: [&str; 2] = [" · unframed</title>", "this page is not shown inside other pages"];
/// A page that is JSON: the gate lets a script of the site ask for it, and no navigation by a script.
const API: &str = "/api/v1/user/settings";

/// Whether an answer is this program's.
pub(super) fn is_ours(response: &Response) -> bool {
    let text = response.text();
    SIGNS.iter().any(|sign| text.contains(sign))
}

/// Whether listed sites may be allowed to frame it.
pub(in crate::verify) fn is_embeddable(path: &str) -> bool {
    static EMBEDDABLE: LazyLock<Vec<ResourceDef>> = LazyLock::new(|| {
        let table = routes::table().into_iter();
        table
            .filter(|entry| entry.kind == Kind::Embeddable)
            .map(|entry| ResourceDef::new(entry.path))
            .collect()
    });
    EMBEDDABLE.iter().any(|route| route.is_match(path))
}

/// Every page of the URL table; what needs an id gets one that nobody has.
fn known_pages(entry: &Url) -> Vec<Url> {
    let table = routes::table();
    let pages = table.iter().filter(|known| known.methods.contains(&Method::GET));
    pages.filter_map(|known| entry.join(&filled(known.path)).ok()).collect()
}

impl Probe {
    pub(super) async fn check_gate(&mut self, entry: &Url, page: &Response) {
        self.check_page(entry, page).await;
        for url in known_pages(entry).into_iter().filter(|url| url != entry) {
            if let Some(response) = self.ask_page(&url, |request| request).await {
                self.check_page(&url, &response).await;
            }
        }
        let prefetch = |request: Request| request.with("sec-purpose", "prefetch;prerender");
        let place = format!("GET {}, ahead of time", shown(entry));
        if let Some(response) = self.ask_at(&place, entry, prefetch).await
            && !matches!(response.status, 403 | 503)
        {
            let what = "a request ahead of time is answered like any other";
            self.open(&place, &response, what, "Sec-Purpose");
        }
        self.check_mode(entry).await;
    }

    /// A page must open when somebody goes there, and must not in a frame.
    async fn check_page(&mut self, url: &Url, response: &Response) {
        if response.status == 403 {
            let what = "the frame gate refuses a page that somebody goes to";
            self.shut(&format!("GET {}", shown(url)), response, what);
        }
        let place = format!("GET {}, framed", shown(url));
        let Some(in_frame) = self.ask_at(&place, url, framed).await else { return };
        let listed = is_embeddable(url.path()) && matches!(reach(response), Reach::Listed(_));
        if listed && in_frame.status != response.status {
            let what = "listed sites may frame this page, and the frame gate refuses it to them";
            self.shut(&place, &in_frame, what);
        }
        // A card that nobody has shows nothing, whoever asks.
        let nothing = is_embeddable(url.path()) && in_frame.status == 404;
        if !listed && !nothing && in_frame.status != 403 {
            let what = "a request for a frame is answered like any other";
            self.open(&place, &in_frame, what, "Sec-Fetch-Dest");
        }
    }

    /// Files of the site need Sec-Fetch-Site to be seen as its own.
    pub(super) fn check_file(&mut self, url: &Url, response: &Response) {
        if self.unframed && response.status == 403 {
            let what = "the frame gate refuses a file that the site's own page asks for";
            self.shut(&format!("GET {}", shown(url)), response, what);
        }
    }

    async fn check_mode(&mut self, entry: &Url) {
        let Ok(url) = entry.join(API) else { return };
        let by_script = |request: Request| as_file(request, "empty").with("sec-fetch-mode", "cors");
        let place = format!("GET {API}, by a script of the site");
        if let Some(response) = self.ask_at(&place, &url, by_script).await
            && response.status == 403
        {
            self.shut(&place, &response, "the frame gate refuses a script of the site");
        }
        let navigating = |request: Request| as_file(request, "empty").with("sec-fetch-mode", "navigate");
        let place = format!("GET {API}, as no browser asks");
        if let Some(response) = self.ask_at(&place, &url, navigating).await
            && response.status != 403
        {
            let what = "a navigation that says it is a script's is answered like any other";
            self.open(&place, &response, what, "Sec-Fetch-Mode");
        }
    }

    fn open(&mut self, place: &str, response: &Response, what: &str, lost: &str) {
        let grave = lost == "Sec-Fetch-Dest";
        self.gate(
            place,
            response,
            Finding {
                severity: if grave { Severity::High } else { Severity::Medium },
                rule: "gate/open",
                what: what.to_owned(),
                browser: "relies on the response headers alone".to_owned(),
                change: format!(
                    "{lost} does not arrive as it was sent: in nginx look for `proxy_set_header {lost} …`, also in single locations; let the proxy pass Sec-Fetch-Dest, Sec-Fetch-Mode, Sec-Fetch-Site and Sec-Purpose on"
                ),
            },
        );
    }

    fn shut(&mut self, place: &str, response: &Response, what: &str) {
        self.gate(
            place,
            response,
            Finding {
                severity: Severity::Medium,
                rule: "gate/shut",
                what: what.to_owned(),
                browser: "shows a refusal in place of the page".to_owned(),
                change: "some of Sec-Fetch-Dest, Sec-Fetch-Mode and Sec-Fetch-Site do not arrive as they were sent: in nginx look for `proxy_set_header Sec-Fetch-… …`; let the proxy pass all of them on".to_owned(),
            },
        );
    }

    fn gate(&mut self, place: &str, response: &Response, finding: Finding) {
        self.report.find(&format!("{place} ({})", response.status), finding);
    }
}
