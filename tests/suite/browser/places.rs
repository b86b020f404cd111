//! The four controls of a sensitive action (the link on arrival, the button that begins, the checkbox
//! and the last button) never overlap, at any width. Otherwise repeated clicks in one place would lead
//! through the pages.

use std::collections::BTreeMap;
use std::ops::Range;

use serde_json::{Value, json};
use unframed::actions::{AddPasskey, MakeRecoveryCodes, RemoveFactor, SensitiveAction as _};
use unframed::domain::Language;

use super::covering::Extent;
use super::driver::Session;
use super::evidence::tell;
use super::victim::{ARRIVAL, FINAL, START, TICK, Victim};
use super::world::World;
use crate::actions::starts;
use crate::harness::confirmation::fresh_email;

/// Widths of the window in CSS pixels, for a full run.
const WIDTHS: &[u32] = &[320, 344, 360, 390, 414, 480, 540, 600, 640, 641, 768, 1024, 1280, 1920];
/// Widths for a pairwise run: of phones, on both sides of the stylesheet's breakpoint, of larger screens.
const MAIN_WIDTHS: &[u32] = &[320, 360, 640, 641, 768, 1280];
/// Sizes of the text, in percent of the default. A width has all of them at once.
const TEXT_SIZES: [u32; 3] = [100, 150, 200];

fn widths() -> &'static [u32] {
    if Extent::chosen() == Extent::Full { WIDTHS } else { MAIN_WIDTHS }
}

/// A function that finds the words of a control that are broken into several lines or do not fit.
const BROKEN_WORDS: &str = "const brokenWords = control => {
    const broken = [], texts = document.createTreeWalker(control, NodeFilter.SHOW_TEXT);
    while (texts.nextNode()) {
        const text = texts.currentNode;
        if (text.parentElement.closest('.visually-hidden')) continue;
        for (const word of text.data.matchAll(/\\S+/g)) {
            const range = document.createRange();
            range.setStart(text, word.index);
            range.setEnd(text, word.index + word[0].length);
            const tops = new Set([...range.getClientRects()].map(rect => Math.round(rect.top)));
            if (tops.size > 1) broken.push(word[0]);
        }
    }
    const wider = control.tagName === 'BUTTON' && control.scrollWidth > control.clientWidth + 1;
    return wider ? [...broken, `wider than its button: ${control.textContent}`] : broken;
};";

/// What decides where the controls of a page lie: its words and elements, without targets and values.
const CONTENT: &str = "const copy = document.body.cloneNode(true);
    for (const one of copy.querySelectorAll('*')) {
        for (const name of ['action', 'd', 'data-options', 'href', 'value']) one.removeAttribute(name);
    }
    return copy.innerHTML;";

/// A control at one width and text size.
#[derive(Clone, Copy)]
struct Control {
    role: &'static str,
    /// The start page of the action that clicks would lead through.
    action: &'static str,
    /// The proof that the confirm page asks for.
    proof: &'static str,
    page: &'static str,
    width: u32,
    text: u32,
    /// Left, top, right, bottom.
    edges: [f64; 4],
}

impl Control {
    fn overlaps(&self, other: &Self) -> bool {
        let ([left, top, right, bottom], [l, t, r, b]) = (self.edges, other.edges);
        left < r && l < right && top < b && t < bottom
    }
}

/// The controls that were measured in one language.
struct Measured<'a> {
    session: &'a Session,
    /// The start page of the action whose pages are open, and the proof that it asks for.
    action: &'static str,
    proof: &'static str,
    found: Vec<Control>,
    /// Which of them are those of a page with this content.
    known: BTreeMap<String, Range<usize>>,
}

impl Measured<'_> {
    /// Measures where controls of the open page lie, at each width and text size. A page that differs from an earlier one
    /// in nothing that is shown is not measured again.
    async fn measure(&mut self, roles: &[&'static str], page: &'static str) {
        let (action, proof, from) = (self.action, self.proof, self.found.len());
        let content = format!("{roles:?} {}", self.session.run(CONTENT).await);
        if let Some(known) = self.known.get(&content) {
            let again =
                self.found[known.clone()].iter().map(|known| Control { action, proof, page, ..*known });
            let again: Vec<Control> = again.collect();
            self.found.extend(again);
            return;
        }
        for &width in widths() {
            self.measure_at(width, roles, page).await;
        }
        self.session.run("document.documentElement.style.fontSize = ''").await;
        let usual = Value::Object(Default::default());
        self.session.devtools("Emulation.clearDeviceMetricsOverride", usual).await;
        self.known.insert(content, from..self.found.len());
    }

    async fn measure_at(&mut self, width: u32, roles: &[&'static str], page: &'static str) {
        let window = json!({"width": width, "height": 2400, "deviceScaleFactor": 1, "mobile": false});
        self.session.devtools("Emulation.setDeviceMetricsOverride", window).await;
        let script = format!(
            "{BROKEN_WORDS}
             const root = document.documentElement, tick = document.querySelector('.tick');
             return {TEXT_SIZES:?}.flatMap(size => {{
                 root.style.fontSize = size + '%';
                 return {roles:?}.map(role => {{
                     if (tick) tick.checked = role === {FINAL:?};
                     const control = document.querySelector(role), box = control.getBoundingClientRect();
                     const broken = [control, ...document.querySelectorAll('button')].flatMap(brokenWords);
                     return {{box: [box.left, box.top, box.right, box.bottom], broken}};
                 }});
             }});"
        );
        let seen = self.session.run(&script).await;
        let measured = TEXT_SIZES.into_iter().flat_map(|text| roles.iter().map(move |role| (text, *role)));
        for ((text, role), seen) in measured.zip(seen.as_array().expect("boxes")) {
            let edge = |index: usize| seen["box"][index].as_f64().expect("a number");
            let broken = seen["broken"].as_array().expect("words");
            assert!(broken.is_empty(), "{page}, {width} px, text at {text} %: broken words: {broken:?}");
            let edges = [edge(0), edge(1), edge(2), edge(3)];
            assert!(
                edges[2] - edges[0] >= 24.0 && edges[3] - edges[1] >= 24.0,
                "{role} on {page} is small: {edges:?}"
            );
            assert!(
                edges[0] >= 0.0 && edges[2] <= f64::from(width),
                "{role} on {page} leaves the window of {width}"
            );
            let Self { action, proof, .. } = *self;
            self.found.push(Control { role, action, proof, page, width, text, edges });
        }
    }

    /// Measures the pages of an action, and leaves it unconfirmed.
    async fn measure_action(&mut self, world: &World, victim: &Victim<'_>) {
        let (session, start) = (self.session, self.action);
        victim.prepare_for(start).await;
        let path = victim.path_of(start).await;
        session.goto(&world.victim(&path)).await;
        self.measure(&[ARRIVAL], "arrival").await;
        victim.click(ARRIVAL).await;
        session.appears(START).await;
        self.measure(&[START], "start").await;
        let fields = victim.fields().await;
        if !fields.is_empty() {
            // The page shows the form again, with an error summary above it.
            victim.fill(&fields, true).await;
            victim.click(START).await;
            session.appears(".error-summary").await;
            self.measure(&[START], "start, refused").await;
            let mut fields = victim.fields().await;
            for field in fields.iter_mut().filter(|field| field.css == "[name=email]") {
                field.value = fresh_email(&"long".repeat(6));
            }
            victim.fill(&fields, false).await;
        }
        let confirm = victim.go_on().await;
        self.measure(&[TICK, FINAL], "confirm").await;
        let ticked =
            "document.querySelector('.tick').checked = true; document.querySelector('form.confirm').submit()";
        session.run(ticked).await;
        session.appears(".error-summary").await;
        self.measure(&[TICK, FINAL], "confirm, refused").await;
        session.goto(&world.victim(&confirm)).await;
        self.measure(&[ARRIVAL], "arrival before confirm").await;
    }
}

#[tokio::test]
async fn the_four_controls_of_an_action_never_overlap() {
    for language in Language::ALL {
        sweep(*language).await;
    }
}

/// Measures all positions in one language, whose words may be longer than those of another.
async fn sweep(language: Language) {
    let world = World::https().await;
    let session = Session::open(&world.key).await;
    let headers = json!({"headers": {"Accept-Language": language.tag()}});
    session.devtools("Network.enable", json!({})).await;
    session.devtools("Network.setExtraHTTPHeaders", headers).await;
    let victim = Victim::sign_up(&world, &session).await;
    let mut measured =
        Measured { session: &session, action: "", proof: "", found: Vec::new(), known: BTreeMap::new() };
    // With a password, then with a code, and then with a passkey as the proof.
    for proof in ["password", "code", "passkey"] {
        match proof {
            "code" => victim.add_authenticator().await,
            "passkey" => victim.add_passkey().await,
            _ => {}
        }
        for start in starts() {
            let needs_factor = [RemoveFactor::START, MakeRecoveryCodes::START].contains(&start);
            // An authenticator makes one passkey for an account.
            let has_passkey = proof == "passkey" && start == AddPasskey::START;
            if (proof == "password" && needs_factor) || has_passkey {
                continue;
            }
            (measured.action, measured.proof) = (start, proof);
            measured.measure_action(&world, &victim).await;
        }
    }
    let mut alike: BTreeMap<_, Vec<&Control>> = BTreeMap::new();
    for control in &measured.found {
        let Control { action, proof, width, text, .. } = *control;
        alike.entry((action, proof, width, text)).or_default().push(control);
    }
    let (mut pairs, mut overlaps) = (0, Vec::new());
    for ((action, proof, width, text), controls) in &alike {
        for (index, one) in controls.iter().enumerate() {
            for other in controls.iter().skip(index + 1).filter(|other| other.role != one.role) {
                pairs += 1;
                if one.overlaps(other) {
                    overlaps.push(format!(
                        "{action} by {proof}: {} and {}, {width} px, text at {text} %: {:?} {:?}",
                        one.page, other.page, one.edges, other.edges
                    ));
                }
            }
        }
    }
    assert!(overlaps.is_empty(), "{} of {pairs}:\n{}", overlaps.len(), overlaps.join("\n"));
    let (found, pages) = (measured.found.len(), measured.known.len());
    session.close().await;
    tell(&format!(
        "places, {}, {language:?}: {} widths, text at 100, 150 and 200 %: {found} places of controls on {pages} different pages, {pairs} pairs, 0 overlap",
        Extent::chosen().name(),
        widths().len()
    ));
}
