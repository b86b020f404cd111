//! The check of a site that runs this program: at every page that a guest can request, its frame gate must
//! receive what browsers send, refuse what it has to refuse, and nothing else.

use actix_web::http::Method;
use url::Url;

use super::around::{as_file, framed};
use super::{Probe, shown};
use crate::route_map::{RouteKind, RoutePattern};
use crate::verify::judge::{Finding, Reach, Severity, reach};
use crate::verify::response::Response;
use crate::verify::rules::Rule;
use crate::verify::walk::without_ids;
use crate::verify::wire::Request;

/// Whether this program made the response. Proxies may remove either sign, and rarely both.
pub(super) fn is_ours(response: &Response) -> bool {
    response.text().contains(" · unframed</title>")
        || response.lines("document-policy").any(|line| line == "force-load-at-top")
}

impl Probe<'_> {
    /// Every page of the URL table that the filter accepts, with an id that does not exist.
    fn known_pages(&self, entry: &Url, filter: impl Fn(&RoutePattern) -> bool) -> Vec<Url> {
        let routes = self.routes.patterns().filter(|route| route.methods.contains(&Method::GET));
        routes
            .filter(|route| filter(route))
            .filter_map(|route| entry.join(&without_ids(route.path)).ok())
            .collect()
    }

    pub(super) async fn check_gate(&mut self, entry: &Url, page: &Response) {
        self.check_page(entry, page).await;
        // A proxy's question is not a page: what a browser said to the page behind the proxy changes nothing.
        let pages = self.known_pages(entry, |route| route.kind != RouteKind::ForwardAuth);
        for url in pages.into_iter().filter(|url| url != entry) {
            if let Some(response) = self.ask_page(&url, |request| request).await {
                // The API asks for a token: a session opens none of it.
                if self.routes.kind(url.path()) != RouteKind::Api {
                    self.note_page(&url, &response);
                }
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

    /// A page must open when a person visits it, and must not open in a frame.
    async fn check_page(&mut self, url: &Url, response: &Response) {
        if response.status == 403 {
            let what = "the frame gate refuses a page that a person visits";
            self.shut(&format!("GET {}", shown(url)), response, what);
        }
        let place = format!("GET {}, framed", shown(url));
        let Some(in_frame) = self.ask_at(&place, url, framed).await else { return };
        let embeddable = self.is_embeddable(url);
        let listed = embeddable && matches!(reach(response), Reach::Listed(_));
        if listed && in_frame.status != response.status {
            let what = "listed sites may frame this page, but the frame gate refuses them";
            self.shut(&place, &in_frame, what);
        }
        // A card that does not exist shows nothing to any site.
        let nothing = embeddable && in_frame.status == 404;
        if !listed && !nothing && in_frame.status != 403 {
            let what = "a request for a frame is answered like any other";
            self.open(&place, &in_frame, what, "Sec-Fetch-Dest");
        }
    }

    /// The site's own files open only if Sec-Fetch-Site arrives.
    pub(super) fn check_file(&mut self, url: &Url, response: &Response) {
        if self.unframed && response.status == 403 {
            let what = "the frame gate refuses a file that the site's own page loads";
            self.shut(&format!("GET {}", shown(url)), response, what);
        }
    }

    /// A script of the site may ask the API. A request that claims to be both a script's and a navigation
    /// must be refused, so it shows whether Sec-Fetch-Mode arrives.
    async fn check_mode(&mut self, entry: &Url) {
        let api = self.known_pages(entry, |route| route.kind == RouteKind::Api);
        let Some(url) = api.into_iter().next() else { return };
        let by_script = |request: Request| as_file(request, "empty").with("sec-fetch-mode", "cors");
        let place = format!("GET {}, by a script of the site", shown(&url));
        if let Some(response) = self.ask_at(&place, &url, by_script).await
            && response.status == 403
        {
            self.shut(&place, &response, "the frame gate refuses a script of the site");
        }
        let navigating = |request: Request| as_file(request, "empty").with("sec-fetch-mode", "navigate");
        let place = format!("GET {}, as no browser asks", shown(&url));
        if let Some(response) = self.ask_at(&place, &url, navigating).await
            && response.status != 403
        {
            let what = "a navigation that claims to come from a script is answered like any other";
            self.open(&place, &response, what, "Sec-Fetch-Mode");
        }
    }

    fn open(&mut self, place: &str, response: &Response, what: &str, lost: &str) {
        let severity = if lost == "Sec-Fetch-Dest" { Severity::High } else { Severity::Medium };
        let change = format!(
            "{lost} does not arrive as the browser sent it: in nginx look for `proxy_set_header {lost} …`, also inside each `location`; the proxy must pass on Sec-Fetch-Dest, Sec-Fetch-Mode, Sec-Fetch-Site and Sec-Purpose"
        );
        let finding =
            Finding::new(severity, Rule::GateOpen, what, "relies on the response headers alone", change);
        self.find_at_gate(place, response, finding);
    }

    fn shut(&mut self, place: &str, response: &Response, what: &str) {
        let finding = Finding::new(
            Severity::Medium,
            Rule::GateShut,
            what,
            "shows a refusal instead of the page",
            "Sec-Fetch-Dest, Sec-Fetch-Mode or Sec-Fetch-Site does not arrive as the browser sent it: in nginx look for `proxy_set_header Sec-Fetch-… …`; the proxy must pass all of them on",
        );
        self.find_at_gate(place, response, finding);
    }

    fn find_at_gate(&mut self, place: &str, response: &Response, finding: Finding) {
        self.find(&format!("{place} ({})", response.status), finding);
    }
}
