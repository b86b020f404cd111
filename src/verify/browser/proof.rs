//! Proves, before a page is judged, that the vectors work in this browser: each must show a page without
//! protection and let a click through, and none may show a page that denies frames.

use thirtyfour::prelude::*;

use super::frame::Shown;
use super::problem::BrowserProblem;
use super::programs::Browser;
use super::scene::{Scene, View};
use super::server::{DENIED, OPEN, Server};
use super::sites::{Names, Site};
use super::vectors::VECTORS;
use crate::domain::Origin;

/// What was proven on one site of the attacker.
#[derive(Debug)]
pub(super) struct Proof {
    pub(super) site: Site,
    /// The vectors that work.
    pub(super) vectors: Vec<usize>,
    /// What does not work.
    pub(super) problems: Vec<String>,
    /// What the browser says where a page denies frames, without the page's host.
    refusal: Option<String>,
}

impl Proof {
    /// What the browser says in a frame for another reason than that the page denies frames.
    pub(super) fn failure(&self, view: &View, target: &Origin) -> Option<String> {
        let texts = view.sights.iter().filter_map(|sight| match &sight.shown {
            Shown::Refused(text) => Some(text),
            Shown::Nothing | Shown::Elsewhere | Shown::Page(_) => None,
        });
        let other = |text: &&String| self.refusal.as_ref() != Some(&without_host(text, target));
        texts.into_iter().find(other).cloned()
    }
}

/// Frames the two control pages on each site of the attacker.
pub(super) async fn prove(
    server: &Server,
    session: &WebDriver,
    names: &Names,
    browser: Browser,
) -> Result<Vec<Proof>, BrowserProblem> {
    // Nothing is posted to a site.
    let all: Vec<usize> =
        VECTORS.iter().enumerate().filter(|(_, vector)| !vector.posts).map(|(index, _)| index).collect();
    let mut proofs = Vec::new();
    let mut refusal = None;
    for site in names.sites(server) {
        let control = names.control(&site.origin, server);
        let parsed =
            Origin::parse(&control).map_err(|problem| BrowserProblem::WebDriver(problem.to_string()))?;
        let scene = Scene { browser: session, server, attacker: site.origin.as_str() };
        let open = scene.view(&format!("{control}{OPEN}"), &all, true).await?;
        let mut vectors: Vec<usize> = open
            .sights
            .iter()
            .filter(|sight| sight.visible && sight.control.is_some())
            .map(|sight| sight.vector)
            .collect();
        let mut problems = Vec::new();
        let place = site.origin.as_str();
        if vectors.is_empty() || !open.sights.iter().any(|sight| sight.clicked == Some(true)) {
            vectors.clear();
            problems.push(format!(
                "{browser} shows nothing in frames of {place}, not even a page without protection: nothing was framed there. A proxy or a policy of this machine may be the reason"
            ));
        } else if vectors.len() < all.len() {
            let missing =
                all.iter().filter(|index| !vectors.contains(index)).filter_map(|index| VECTORS.get(*index));
            let missing: Vec<&str> = missing.map(|vector| vector.name).collect();
            problems.push(format!(
                "in frames of {place}, {browser} does not show a page without protection through: {}",
                missing.join(", ")
            ));
        }
        if refusal.is_none() && !vectors.is_empty() {
            let denied = scene.view(&format!("{control}{DENIED}"), &vectors, true).await?;
            let shown = |view: &View| view.sights.iter().any(|sight| matches!(sight.shown, Shown::Page(_)));
            if shown(&denied) {
                vectors.clear();
                problems.push(format!(
                    "in frames of {place}, {browser} shows even a page that denies frames: nothing was framed there"
                ));
            }
            refusal = denied.sights.iter().find_map(|sight| match &sight.shown {
                Shown::Refused(text) => Some(without_host(text, &parsed)),
                Shown::Nothing | Shown::Elsewhere | Shown::Page(_) => None,
            });
        }
        proofs.push(Proof { site, vectors, problems, refusal: refusal.clone() });
    }
    Ok(proofs)
}

fn without_host(text: &str, page: &Origin) -> String {
    text.replace(page.host().trim_matches(['[', ']']), "")
}
