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

/// Frames the two control pages: on the first site by every vector, and on the others, where the vectors work
/// as well if anything does, by two.
pub(super) async fn prove(
    server: &Server,
    session: &WebDriver,
    names: &Names,
    browser: Browser,
) -> Result<Vec<Proof>, BrowserProblem> {
    let mut proofs: Vec<Proof> = Vec::new();
    for site in names.sites(server) {
        let proven = proofs.iter().find(|proof| !proof.vectors.is_empty());
        let control = names.control(&site.origin, server);
        let scene = Scene { browser: session, server, attacker: site.origin.as_str() };
        let asked = proven.map_or_else(without_posts, |proof| two_of(&proof.vectors));
        let open = scene.view(&format!("{control}{OPEN}"), &asked, true).await?;
        let shown = open.sights.iter().filter(|sight| sight.visible && sight.control.is_some());
        let shown: Vec<usize> = shown.map(|sight| sight.vector).collect();
        let place = site.origin.as_str();
        let mut problems = Vec::new();
        let nothing = shown.is_empty() || !open.sights.iter().any(|sight| sight.clicked == Some(true));
        if nothing {
            problems.push(format!(
                "{browser} shows nothing in frames of {place}, not even a page without protection: nothing was framed there. A proxy or a policy of this machine may be the reason"
            ));
        } else if shown.len() < asked.len() {
            let missing = asked.iter().filter(|index| !shown.contains(index));
            let missing = missing.filter_map(|index| VECTORS.get(*index)).map(|vector| vector.name);
            problems.push(format!(
                "in frames of {place}, {browser} does not show a page without protection through: {}",
                missing.collect::<Vec<_>>().join(", ")
            ));
        }
        let (mut vectors, mut refusal) = match proven {
            _ if nothing => (Vec::new(), None),
            Some(proof) => (proof.vectors.clone(), proof.refusal.clone()),
            None => (shown, None),
        };
        if proven.is_none() && !nothing {
            let denied = scene.view(&format!("{control}{DENIED}"), &vectors, true).await?;
            if denied.sights.iter().any(|sight| matches!(sight.shown, Shown::Page(_))) {
                vectors.clear();
                problems.push(format!(
                    "in frames of {place}, {browser} shows even a page that denies frames: nothing was framed there"
                ));
            }
            let page = Origin::parse(&control).ok();
            refusal = denied.sights.iter().find_map(|sight| match &sight.shown {
                Shown::Refused(text) => Some(without_host(text, page.as_ref()?)),
                Shown::Nothing | Shown::Elsewhere | Shown::Page(_) => None,
            });
        }
        proofs.push(Proof { site, vectors, problems, refusal });
    }
    Ok(proofs)
}

/// The vectors that do not post: nothing is posted to a site.
fn without_posts() -> Vec<usize> {
    VECTORS.iter().enumerate().filter(|(_, vector)| !vector.posts).map(|(index, _)| index).collect()
}

/// One vector that is sandboxed and one that is not.
fn two_of(vectors: &[usize]) -> Vec<usize> {
    let sandboxed = |index: &usize| VECTORS.get(*index).is_some_and(|vector| vector.sandboxed);
    let one = vectors.iter().find(|index| !sandboxed(index));
    one.into_iter().chain(vectors.iter().find(|index| sandboxed(index))).copied().collect()
}

fn without_host(text: &str, page: &Origin) -> String {
    text.replace(page.host().trim_matches(['[', ']']), "")
}
