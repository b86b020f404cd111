//! What is wrong with what the browser showed, and where that differs from what the headers say.

use std::sync::Arc;

use super::frame::Shown;
use super::programs::Browser;
use super::scene::{Sight, View};
use super::sites::{Kind, Site};
use super::vectors::{VECTORS, region};
use crate::domain::Origin;
use crate::verify::judge::{Finding, Severity};
use crate::verify::rules::Rule;

/// A finding with its place and a picture of what was seen.
#[derive(Clone, Debug)]
pub struct BrowserFinding {
    /// For example `GET /settings (200), from a sibling: button “Save”`.
    pub place: String,
    /// The finding.
    pub finding: Finding,
    /// A PNG of the frame.
    pub picture: Option<Arc<[u8]>>,
}

/// One page on one site of the attacker.
pub(super) struct Case<'a> {
    pub(super) browser: Browser,
    pub(super) place: &'a str,
    pub(super) site: &'a Site,
    /// Whether its headers allow this site to frame it.
    pub(super) allowed: bool,
    /// Whether its policy says `'none'` and lists sources beside it.
    pub(super) says_none: bool,
    /// Whether the page replaced the attacker's page where it was not sandboxed.
    pub(super) busts: bool,
}

/// What the frames of a view showed.
struct Seen<'a> {
    frames: usize,
    visible: Vec<&'a Sight>,
    controls: usize,
    tried: usize,
    clicked: Vec<&'a Sight>,
}

impl<'a> Seen<'a> {
    fn of(view: &'a View) -> Self {
        let all = |filter: fn(&Sight) -> bool| view.sights.iter().filter(|sight| filter(sight)).collect();
        let visible: Vec<&Sight> = all(|sight| sight.visible);
        let clicked: Vec<&Sight> = all(|sight| sight.clicked == Some(true));
        Self {
            frames: view.sights.len(),
            visible,
            controls: view.sights.iter().filter(|sight| sight.control.is_some()).count(),
            tried: view.sights.iter().filter(|sight| sight.clicked.is_some()).count(),
            clicked,
        }
    }

    /// The frame to take a picture of.
    fn best(&self) -> Option<&'a Sight> {
        let both = self.clicked.iter().find(|sight| sight.visible);
        both.or(self.visible.first()).or(self.clicked.first()).copied()
    }

    fn words(&self) -> String {
        let names = |sights: &[&Sight]| {
            let names = sights.iter().filter_map(|sight| VECTORS.get(sight.vector)).map(|vector| vector.name);
            names.collect::<Vec<_>>().join(", ")
        };
        let which = if self.visible.is_empty() || self.visible.len() == self.frames {
            String::new()
        } else {
            format!(" ({})", names(&self.visible))
        };
        let mut words = format!("shows it in {} of {} frames{which}", self.visible.len(), self.frames);
        if self.controls > 0 {
            words.push_str(&format!("; {} have a control under the pointer", self.controls));
        }
        if self.tried > 0 {
            words.push_str(&format!("; of {} clicks, {} reached the page", self.tried, self.clicked.len()));
        }
        words
    }
}

/// Judges a view of a page.
pub(super) fn judge(case: &Case<'_>, view: &View) -> Vec<BrowserFinding> {
    let (seen, mut findings) = (Seen::of(view), Vec::new());
    let expected = case.allowed;
    let shown = !seen.visible.is_empty() || !seen.clicked.is_empty();
    let browser = case.browser;
    let on = match case.site.kind {
        Kind::Other => "another site".to_owned(),
        Kind::Sibling => "a sibling, a page of the same site and another origin".to_owned(),
        Kind::Listed => case.site.origin.to_string(),
    };
    let add = |severity, rule, what: String, browser: String, change: &str, findings: &mut Vec<_>| {
        let best = seen.best();
        let from = match case.site.kind {
            Kind::Other => ", from another site",
            Kind::Sibling => ", from a sibling",
            Kind::Listed => ", from a listed origin",
        };
        let control = best.and_then(|sight| sight.control.as_ref());
        let control = control.map(|control| format!(": {}", control.name)).unwrap_or_default();
        findings.push(BrowserFinding {
            place: format!("{}{from}{control}", case.place),
            finding: Finding::new(severity, rule, what, browser, change),
            picture: best.and_then(|sight| view.picture.cut(region(sight.vector))).map(Arc::from),
        });
    };
    let listed = case.site.kind == Kind::Listed && expected;
    if shown && listed && !case.says_none {
        let what = format!("{browser} shows it in frames of {on}, which its policy lists");
        let change = "nothing, if this origin is meant to frame it";
        add(Severity::Note, Rule::BrowserListed, what, seen.words(), change, &mut findings);
    } else if shown && !listed {
        let deny = "send `X-Frame-Options: DENY` and `frame-ancestors 'none'` with this response";
        let (severity, rule, effect) = if seen.clicked.is_empty() {
            (Severity::Medium, Rule::BrowserFramed, "and no click reached a control in it")
        } else {
            (Severity::High, Rule::BrowserClicked, "and clicks there reach it")
        };
        let what = format!("{browser} shows it in frames of {on}, {effect}");
        add(severity, rule, what, seen.words(), deny, &mut findings);
    }
    if shown && listed && case.says_none {
        let what = format!("its policy contains 'none', but {browser} shows it in frames of {on}");
        let words = format!("ignores 'none' beside other sources; {}", seen.words());
        let change = "write only `frame-ancestors 'none'`, or only the origins that may frame it";
        add(Severity::High, Rule::BrowserDisagrees, what, words, change, &mut findings);
    } else if shown && !expected {
        let what = format!("its headers forbid frames of {on}, but {browser} shows it there");
        let change = "compare the headers that a browser receives with those that this check received: they may depend on cookies, on User-Agent or on Sec-Fetch-Dest, or a cache may hold another response";
        add(Severity::High, Rule::BrowserDisagrees, what, seen.words(), change, &mut findings);
    } else if !shown && expected && !listed && !case.busts {
        let what = format!("its headers allow frames of {on}, but {browser} shows nothing of it there");
        let change = "let the headers forbid frames: what hides the page now may not be there tomorrow";
        add(Severity::Note, Rule::BrowserDisagrees, what, hidden_by(view), change, &mut findings);
    }
    if case.busts {
        let what = format!("in frames of {on}, the page replaces the page that frames it");
        let words = if shown { "lets a sandboxed frame forbid that" } else { "lets it do so" };
        let change = "let the headers forbid frames: a script runs only after the page is shown, and not in every frame";
        add(Severity::Note, Rule::BrowserBusts, what, words.to_owned(), change, &mut findings);
    }
    findings
}

/// Why nothing is seen.
fn hidden_by(view: &View) -> String {
    let count = |filter: fn(&Shown) -> bool| view.sights.iter().filter(|sight| filter(&sight.shown)).count();
    format!(
        "of {} frames, {} show an error page, {} a page without visible content, and {} a page of another site",
        view.sights.len(),
        count(|shown| matches!(shown, Shown::Refused(_))),
        count(|shown| matches!(shown, Shown::Page(_))),
        count(|shown| matches!(shown, Shown::Elsewhere)),
    )
}

/// Something about the check itself.
pub(super) fn note(site: &Origin, rule: Rule, what: String, browser: &str, change: &str) -> BrowserFinding {
    BrowserFinding {
        place: site.to_string(),
        finding: Finding::new(Severity::Note, rule, what, browser, change),
        picture: None,
    }
}
