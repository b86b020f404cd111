//! The pages of a site beyond its entry page: those that the user names, and those that it links to.

use memchr::memmem;
use url::Url;

use super::frontier::{Claim, Frontier, Left};
use super::{Probe, VisitedPage, note};
use crate::verify::judge;
use crate::verify::links::{
    LinkedFile, linked_files, linked_pages, redirect, shown, sounds_like_a_sign_in, sounds_like_an_action,
    target,
};
use crate::verify::response::{LONGEST_BODY, Response};
use crate::verify::robots::Robots;
use crate::verify::rules::Rule;
use crate::verify::wire::Request;

/// The most pages that are followed from the entry page, unless the user says how many.
const PAGES: usize = 10;
/// The most files.
pub(super) const FILES: usize = 8;
/// The most redirects of robots.txt (RFC 9309 §2.3.1.2), and of a page that is not left to a crawl.
const REDIRECTS: usize = 5;

/// Where a page and its redirects have led.
enum End {
    /// To a response that is no redirect.
    Page,
    /// To a page that is opened by itself.
    Known(Url),
    /// To another origin.
    Elsewhere(Url),
    /// To a page that is not opened, and why.
    Left(Url, &'static str),
    /// From redirect to redirect.
    Endless,
}

impl Probe<'_> {
    /// Opens the named pages, and follows links. The files that the pages load.
    pub(super) async fn open_pages(
        &mut self,
        entry: &Url,
        page: &Response,
        named: &[Url],
    ) -> Vec<LinkedFile> {
        let mut files = linked_files(entry, page);
        self.ask_again(entry, page).await;
        let mut frontier = self.frontier(entry, named).await;
        for url in named.iter().filter(|url| *url != entry) {
            if let Some((url, response)) = self.open_named(url, entry, &mut frontier, &mut files).await
                && self.is_crawling()
            {
                frontier.add(links(&url, &response));
            }
        }
        let linked = linked_pages(entry, page);
        self.check_links(entry, page, linked.iter().filter(|url| *url != entry).count());
        frontier.add(linked);
        let most = if self.is_crawling() { self.options.crawl } else { PAGES };
        let (start, longest) = (self.start, self.longest());
        for _ in 0..most {
            let Some(url) = frontier.next(|| start.elapsed() >= longest) else { break };
            if !self.is_crawling() {
                self.follow(&url, &mut frontier, &mut files).await;
            } else if let Some(response) = self.open_page(&url, &mut files).await {
                frontier.add(links(&url, &response));
            }
        }
        frontier.close();
        self.note_left(&frontier, most);
        files
    }

    /// Opens a page that the user names. If it does not show itself, the check is incomplete.
    async fn open_named(
        &mut self,
        named: &Url,
        entry: &Url,
        frontier: &mut Frontier,
        files: &mut Vec<LinkedFile>,
    ) -> Option<(Url, Response)> {
        let (url, response, end) = self.follow(named, frontier, files).await?;
        let last = match &end {
            End::Page => &url,
            End::Known(next) => next,
            _ => named,
        };
        // A session that does not open the page is reported as such.
        if !self.session.is_signed() && self.is_sign_in(last) && !self.is_sign_in(named) {
            self.miss(&format!(
                "GET {} leads to the sign-in page {}: the page behind it was not seen",
                shown(named),
                shown(last)
            ));
            return Some((url, response));
        }
        let mut place = format!("GET {}", shown(&url));
        if url != *named {
            place = format!("{place}, to which GET {} leads,", shown(named));
        }
        match end {
            End::Page if (200..300).contains(&response.status) => self.named_opened = true,
            End::Page if response.status == 401 && self.session.is_signed() => {}
            End::Page => {
                self.miss(&format!("{place} answers {}: the page behind it was not seen", response.status));
            }
            // A guest is often sent to the entry page.
            End::Known(next) if self.session.is_signed() && next == *entry => self.miss(&format!(
                "{place} redirects to the entry page: no page of its own was seen, so the session may have ended"
            )),
            End::Known(_) => {}
            End::Elsewhere(next) => {
                self.miss_elsewhere(&place, &next);
            }
            End::Left(next, why) => self.miss(&format!(
                "{place} redirects to {}, {why}: it was not followed, so the page behind it was not checked",
                shown(&next)
            )),
            End::Endless => self.miss(&format!("{place} redirects without an end, so no page was seen")),
        }
        Some((url, response))
    }

    /// Opens a page and, as long as it redirects within the site, the page to which it leads. Returns the last of them.
    async fn follow(
        &mut self,
        first: &Url,
        frontier: &mut Frontier,
        files: &mut Vec<LinkedFile>,
    ) -> Option<(Url, Response, End)> {
        let (mut url, mut opened) = (first.clone(), Vec::new());
        loop {
            let response = self.open_page(&url, files).await?;
            opened.push(url.clone());
            let end = match redirect(&url, &response) {
                None => End::Page,
                Some(next) if next.origin() != url.origin() => End::Elsewhere(next),
                Some(next) if opened.len() > REDIRECTS || opened.contains(&next) => End::Endless,
                Some(next) => match frontier.claim(&next) {
                    Claim::Open => {
                        url = next;
                        continue;
                    }
                    Claim::Known => End::Known(next),
                    Claim::Acting => End::Left(next, "which sounds like an action, such as signing out"),
                    Claim::Disallowed => End::Left(next, "which robots.txt disallows"),
                },
            };
            return Some((url, response, end));
        }
    }

    fn is_crawling(&self) -> bool {
        self.options.crawl > 0
    }

    /// Opens a page as a person does, and once more as a browser that has stored it.
    async fn open_page(&mut self, url: &Url, files: &mut Vec<LinkedFile>) -> Option<Response> {
        let place = format!("GET {}", shown(url));
        if !self.may_ask(&place) {
            return None;
        }
        let response = match self.session.visit(url, Request::navigation("GET", &target(url))).await {
            Ok(response) => response,
            Err(error) => {
                self.miss(&format!("{place}: {error}"));
                self.silence(&place, &error);
                return None;
            }
        };
        self.judge(&place, url, &response, false);
        self.note_page(url, &response);
        if files.len() < FILES {
            let more = linked_files(url, &response).into_iter().filter(|file| !files.contains(file));
            let more: Vec<LinkedFile> = more.collect();
            files.extend(more);
        }
        self.ask_again(url, &response).await;
        Some(response)
    }

    /// Asks again with the validators of a response: a 304 changes the headers of the stored copy.
    pub(super) async fn ask_again(&mut self, url: &Url, response: &Response) {
        let validators = [("etag", "if-none-match"), ("last-modified", "if-modified-since")];
        let given = validators.iter().filter_map(|(of, with)| Some((*with, response.first(of)?)));
        // Control characters would end a line of the request.
        let given: Vec<(&str, &str)> = given.filter(|(_, value)| !value.contains(char::is_control)).collect();
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
            self.find(&place, finding);
        }
    }

    /// Keeps a page for the browser.
    pub(super) fn keep(&mut self, url: &Url, response: &Response) {
        if self.pages.len() < self.options.keep {
            self.pages.push(VisitedPage { url: url.clone(), response: response.clone() });
        } else {
            self.more_pages += 1;
        }
    }

    /// Keeps in mind which pages were opened, and whether the session still opens them.
    pub(super) fn note_page(&mut self, url: &Url, response: &Response) {
        self.keep(url, response);
        let place = format!("GET {}", shown(url));
        if response.is_compressed() {
            let finding = note(
                Rule::ProbeCompressed,
                "the body is compressed although the request asks for an uncompressed one",
                "unpacks it",
                "send it uncompressed where `Accept-Encoding: identity` asks for that: this check judges the headers and does not unpack the body, so it follows no links of it",
            );
            self.find(&place, finding);
        }
        if self.is_crawling() {
            self.miss_unread_links(&place, response);
        }
        if self.session.is_signed() && self.is_signed_out(url, response) {
            self.signed_out.push(place);
        }
    }

    fn is_signed_out(&self, url: &Url, response: &Response) -> bool {
        response.status == 401
            || (!self.is_sign_in(url) && redirect(url, response).is_some_and(|next| self.is_sign_in(&next)))
    }

    fn is_sign_in(&self, page: &Url) -> bool {
        let first = self.sign_in_page.as_ref();
        let same = first.is_some_and(|first| first.origin() == page.origin() && first.path() == page.path());
        same || sounds_like_a_sign_in(page)
    }

    /// Notes that links of a page were not read.
    fn miss_unread_links(&mut self, place: &str, response: &Response) {
        // Data in XML, such as a site map, has no links of a page.
        let is_data = matches!(response.media_type().as_str(), "text/xml" | "application/xml")
            && memmem::find(&response.body, b"1999/x").is_none();
        let is_shown = (200..300).contains(&response.status) && !response.is_attachment() && !is_data;
        if !is_shown || !response.is_markup() {
            return;
        }
        if response.is_compressed() {
            self.miss(&format!(
                "{place} is compressed: its links were not read; name inner pages with --path"
            ));
        } else if response.cut {
            let ends = if response.body.len() < LONGEST_BODY {
                "was cut before its end"
            } else {
                "is longer than 1 MB"
            };
            self.miss(&format!("{place} {ends}: its links beyond were not read"));
        }
    }

    fn check_links(&mut self, entry: &Url, page: &Response, links: usize) {
        if self.unframed || !self.options.paths.is_empty() {
            return;
        }
        if links < PAGES && !self.is_crawling() {
            self.miss_unread_links(&format!("GET {}", shown(entry)), page);
        }
        if links > 0 || !page.is_markup() || page.is_compressed() {
            return;
        }
        let finding = note(
            Rule::ProbeNoLinks,
            "the entry page links to no other page of the site, so no other page was checked",
            "may reach other pages through scripts or forms, which this check does not run or send",
            "name inner pages with --path",
        );
        self.find(&format!("GET {}", shown(entry)), finding);
    }

    /// The links that may be followed. `robots.txt` decides about a crawl, not about a few links.
    async fn frontier(&mut self, entry: &Url, named: &[Url]) -> Frontier {
        let robots = if self.is_crawling() { self.read_robots(entry).await } else { Robots::default() };
        Frontier::new(robots, named.iter().chain([entry]).cloned())
    }

    async fn read_robots(&mut self, entry: &Url) -> Robots {
        let Ok(mut url) = entry.join("/robots.txt") else { return Robots::default() };
        for _ in 0..=REDIRECTS {
            let Some(response) = self.ask_page(&url, |request| request).await else { break };
            match redirect(&url, &response) {
                // Another origin must not see the session, so its rules are unavailable.
                Some(next) if next.origin() != url.origin() || sounds_like_an_action(&next) => {
                    return Robots::default();
                }
                Some(next) => url = next,
                None if response.status >= 500 => break,
                None if response.status >= 300 => return Robots::default(),
                None => return Robots::parse(&response.text()),
            }
        }
        self.miss("robots.txt cannot be read, so no link was followed");
        Robots::closed()
    }

    /// Notes which links were not followed, and why.
    fn note_left(&mut self, frontier: &Frontier, most: usize) {
        let more = if self.is_crawling() {
            "raise --crawl, or name pages with --path"
        } else {
            "follow more links with --crawl, or name pages with --path"
        };
        let opens = "opens them when the user follows the links";
        let rows: [(&Left, Rule, String, &str); 3] = [
            (
                &frontier.beyond,
                Rule::CrawlLeft,
                format!("links that were left after {most} pages"),
                more,
            ),
            (
                &frontier.disallowed,
                Rule::CrawlRobots,
                "links that were not followed because robots.txt disallows them".to_owned(),
                "name such pages with --path, if they may be checked",
            ),
            (
                &frontier.acting,
                Rule::CrawlAction,
                "links that were not followed because their addresses sound like an action, such as signing out"
                    .to_owned(),
                "name such pages with --path, if opening them changes nothing",
            ),
        ];
        for (left, rule, why, change) in rows {
            for place in &left.places {
                self.find(place, note(rule, format!("{why}: {}", left.count), opens, change));
            }
        }
    }
}

/// Where a page leads: its links, or its redirect.
fn links(url: &Url, response: &Response) -> Vec<Url> {
    match redirect(url, response) {
        Some(next) if next.origin() == url.origin() => vec![next],
        Some(_) => Vec::new(),
        None => linked_pages(url, response),
    }
}
