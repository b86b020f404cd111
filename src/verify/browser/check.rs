//! Goes through the pages of a site: one browser for all of them, and another one after a page that hangs or
//! crashes it.

use std::mem::ManuallyDrop;
use std::path::Path;
use std::time::{Duration, Instant};

use serde_json::json;
use thirtyfour::prelude::*;

use super::cookies;
use super::driver::Driver;
use super::frame::{self, Shown};
use super::judge::{self, BrowserFinding, Case};
use super::problem::BrowserProblem;
use super::programs::{Browser, Programs};
use super::proof::{self, Proof};
use super::scene::{self, Scene};
use super::server::Server;
use super::session::{self, Launch};
use super::sites::{Kind, Names, Site};
use super::vectors::{VECTORS, Vector};
use crate::domain::Origin;
use crate::verify::judge::{Embedder, Reach, may_frame, reach, says_none_beside_others};
use crate::verify::probe::VisitedPage;
use crate::verify::response::FrameContent;
use crate::verify::response::LONGEST_BODY;
use crate::verify::rules::Rule;
use crate::verify::session::cookie_jar::StoredCookie;

/// The longest that a check may take, by default.
pub const LONGEST: Duration = Duration::from_mins(10);
/// How long a page may load, and the longest that one command of WebDriver may take.
const LIMITS: (Duration, Duration) = (Duration::from_secs(15), Duration::from_secs(90));
/// The longest that one page may take on one site, by default.
pub const PAGE_LIMIT: Duration = Duration::from_secs(45);
/// The most browsers that pages may hang or crash.
const MOST_LOST: usize = 3;
/// The longest URL that is framed.
const LONGEST_URL: usize = 4000;

/// How to check with a browser.
#[derive(Clone, Debug)]
pub struct BrowserCheck<'a> {
    /// The browser.
    pub programs: &'a Programs,
    /// The folder for temporary files.
    pub folder: &'a Path,
    /// Cookies that the browser sends to the site.
    pub cookies: &'a [StoredCookie],
    /// The most pages.
    pub most_pages: usize,
    /// The longest that the check may take.
    pub longest: Duration,
    /// The longest that one page may take on one site.
    pub page_limit: Duration,
}

/// What a check with a browser found.
#[derive(Clone, Debug, Default)]
pub struct Checked {
    /// The findings, with pictures.
    pub findings: Vec<BrowserFinding>,
    /// What was not checked, and why.
    pub incomplete: Vec<String>,
}

/// Frames each page and looks. The pages come from `target`.
///
/// # Errors
/// The browser does not start.
pub async fn check(
    target: &Origin,
    pages: &[VisitedPage],
    options: &BrowserCheck<'_>,
) -> Result<Checked, BrowserProblem> {
    let reaches: Vec<Reach> = pages.iter().map(|page| reach(&page.response)).collect();
    let names = Names::new(target, options.programs.browser, reaches.iter());
    let server = Server::start(&names.of_certificate()).await?;
    let mut run = Run { options, target, names, server, checked: Checked::default() };
    let browser = run.start().await?;
    run.describe();
    let proofs = proof::prove(&run.server, &browser.session, &run.names, options.programs.browser).await?;
    run.checked.incomplete.extend(proofs.iter().flat_map(|proof| proof.problems.clone()));
    run.go(pages, &reaches, &proofs, browser).await;
    Ok(run.checked)
}

/// A page with what its headers say, and where to frame it.
#[derive(Clone, Copy)]
struct Framed<'a> {
    page: &'a VisitedPage,
    reach: &'a Reach,
    proofs: &'a [Proof],
}

struct Run<'a> {
    options: &'a BrowserCheck<'a>,
    target: &'a Origin,
    names: Names,
    server: Server,
    checked: Checked,
}

/// A browser with its driver. Dropping it ends both, whatever they are doing.
struct Running {
    _driver: Driver,
    /// Not dropped: it would ask a browser that may hang to end.
    session: ManuallyDrop<WebDriver>,
}

impl Run<'_> {
    async fn start(&self) -> Result<Running, BrowserProblem> {
        let programs = self.options.programs;
        let driver = Driver::start(programs, self.options.folder).await?;
        let mut preferences = json!({"download_restrictions": 3});
        if !self.options.cookies.is_empty() {
            // Cookies of other sites are allowed, as they are for people who have chosen so.
            preferences = json!({"download_restrictions": 3, "profile.cookie_controls_mode": 0, "profile.block_third_party_cookies": false});
        }
        let launch = Launch {
            names: self.names.rules(&self.server, !self.options.cookies.is_empty()),
            local_names: self.names.own(),
            key: &self.server.key,
            sandbox: session::reason_against_sandbox().is_none(),
            preferences,
            limits: LIMITS,
        };
        let session = session::start(&driver, programs, driver.folder(), &launch).await?;
        let running = Running { session: ManuallyDrop::new(session), _driver: driver };
        if !self.options.cookies.is_empty() {
            scene::open(&running.session, self.target.as_str()).await?;
            cookies::set(&running.session, self.target, self.options.cookies).await?;
        }
        Ok(running)
    }

    /// Notes what the check itself is like.
    fn describe(&mut self) {
        let browser = self.options.programs.browser;
        let mut add = |rule, what, browser: &str, change: &str| {
            self.checked.findings.push(judge::note(self.target, rule, what, browser, change));
        };
        if let (Browser::Chromium, Some(why)) = (browser, session::reason_against_sandbox()) {
            let what = format!("Chromium ran without its sandbox, because {why}");
            let effect = "isolates pages less than usual";
            add(
                Rule::BrowserNoSandbox,
                what,
                effect,
                "check sites that you do not trust as another user than root",
            );
        }
        if let Some(what) = self.names.left_out() {
            add(Rule::BrowserLeftOut, what, "was not asked", "use `--browser chromium` for those");
        }
        if let Some(what) = cookies::assumed(self.options.cookies) {
            let effect = "sends them in frames on every site over https, as cookies with SameSite=None; over http, except on this machine, as Lax";
            let change = "nothing: with Lax or Strict the same page is signed in only in frames of a sibling";
            add(Rule::BrowserCookies, what, effect, change);
        }
    }

    async fn go(&mut self, pages: &[VisitedPage], reaches: &[Reach], proofs: &[Proof], browser: Running) {
        let (start, mut browser, mut lost, mut framed) = (Instant::now(), Some(browser), 0, 0);
        let mut left_out = Vec::new();
        for (page, reach) in pages.iter().zip(reaches) {
            if !is_document(page) {
                continue;
            }
            let place = page.place();
            if page.response.body.len() >= LONGEST_BODY || page.url.as_str().len() > LONGEST_URL {
                self.checked.incomplete.push(format!("{place}: too large for {} frames", VECTORS.len()));
                continue;
            }
            let over = framed >= self.options.most_pages || start.elapsed() > self.options.longest;
            if over || lost >= MOST_LOST {
                left_out.push(place);
                continue;
            }
            framed += 1;
            let target = Framed { page, reach, proofs };
            let ready = match browser.take() {
                Some(ready) => Ok(ready),
                None => self.start().await.map_err(|problem| problem.to_string()),
            };
            browser = match self.attempt(ready, target, false).await {
                Ok(ready) => Some(ready),
                Err(why) => {
                    lost += 1;
                    let rest = "it was framed again, without scripts";
                    self.checked.incomplete.push(format!("{place}: {why}: {rest}"));
                    let ready = self.start().await.map_err(|problem| problem.to_string());
                    let again = self.attempt(ready, target, true).await;
                    again
                        .map_err(|why| {
                            self.checked.incomplete.push(format!("{place}, without scripts: {why}"))
                        })
                        .ok()
                }
            };
        }
        if !left_out.is_empty() {
            let why = if lost >= MOST_LOST {
                format!("{lost} pages stopped the browser")
            } else if framed >= self.options.most_pages {
                format!("stopped after {framed} page{}", if framed == 1 { "" } else { "s" })
            } else {
                format!("stopped after {} s", self.options.longest.as_secs())
            };
            self.checked.incomplete.push(format!("{why}: not framed in a browser: {}", left_out.join(", ")));
        }
    }

    /// Frames one page on each site. If it fails, the browser is not used any more. `silent`: only in frames in
    /// which no script of the page runs.
    async fn attempt(
        &mut self,
        ready: Result<Running, String>,
        framed: Framed<'_>,
        silent: bool,
    ) -> Result<Running, String> {
        let browser = ready?;
        let (name, limit) = (self.options.programs.browser, self.options.page_limit);
        let late = |_elapsed| format!("{name} did not finish within {} s", limit.as_secs());
        if !silent {
            let opened = tokio::time::timeout(limit, self.open(&browser.session, framed.page));
            match opened.await.map_err(late)?.map_err(|problem| problem.to_string())? {
                Some(Shown::Refused(text)) => {
                    let place = framed.page.place();
                    self.checked.incomplete.push(format!("{place}: {name} does not open it: {text}"));
                    return Ok(browser);
                }
                Some(Shown::Nothing) => return Ok(browser),
                Some(Shown::Page(_) | Shown::Elsewhere) | None => {}
            }
        }
        for proof in framed.proofs.iter().filter(|proof| !proof.vectors.is_empty()) {
            let listed = matches!(framed.reach, Reach::Listed(_)) && self.allows(framed.page, &proof.site);
            if proof.site.kind == Kind::Listed && !listed {
                continue;
            }
            let seen = tokio::time::timeout(limit, self.frame(&browser.session, framed, proof, silent));
            let (findings, problem) = seen.await.map_err(late)?.map_err(|problem| problem.to_string())?;
            self.checked.findings.extend(findings);
            self.checked.incomplete.extend(problem);
        }
        Ok(browser)
    }

    /// Whether the headers of the page allow a page of this site to frame it.
    fn allows(&self, page: &VisitedPage, site: &Site) -> bool {
        may_frame(&page.response, &[Embedder::Page(site.origin.clone())], self.target)
    }

    /// Opens the page in the window, as a visitor does.
    async fn open(&self, browser: &WebDriver, page: &VisitedPage) -> Result<Option<Shown>, BrowserProblem> {
        scene::open(browser, page.url.as_str()).await?;
        Ok(scene::past_dialogs(async || frame::document(browser, "no attacker").await).await?)
    }

    async fn frame(
        &self,
        browser: &WebDriver,
        framed: Framed<'_>,
        proof: &Proof,
        silent: bool,
    ) -> Result<(Vec<BrowserFinding>, Option<String>), BrowserProblem> {
        let attacker = proof.site.origin.as_str();
        let scene = Scene { browser, server: &self.server, attacker };
        let of = |kind: fn(&Vector) -> bool| {
            let all = proof.vectors.iter().filter(|index| VECTORS.get(**index).is_some_and(kind));
            all.copied().collect::<Vec<usize>>()
        };
        let vectors = if silent { of(|vector| vector.silent) } else { proof.vectors.clone() };
        let page = framed.page;
        let mut view = scene.view(page.url.as_str(), &vectors, false).await?;
        let busts = view.busts;
        if busts && view.sights.iter().all(|sight| sight.clicked.is_none()) {
            view = scene.view(page.url.as_str(), &of(|vector| vector.sandboxed), false).await?;
        }
        let place = page.place();
        let case = Case {
            browser: self.options.programs.browser,
            place: &place,
            site: &proof.site,
            allowed: self.allows(page, &proof.site),
            says_none: says_none_beside_others(&page.response),
            busts,
        };
        let problem = proof.failure(&view, self.target);
        let problem = problem.map(|text| format!("{place}: in a frame, {} says: {text}", case.browser));
        Ok((judge::judge(&case, &view), problem))
    }
}

/// Whether a browser may show the response as a page. One that looks empty is framed, too: the browser may see more.
fn is_document(page: &VisitedPage) -> bool {
    let shown = FrameContent::of(&page.response);
    !page.response.is_attachment()
        && (matches!(shown, FrameContent::Live | FrameContent::Still)
            || (shown == FrameContent::Empty && ![204, 205].contains(&page.response.status)))
}
