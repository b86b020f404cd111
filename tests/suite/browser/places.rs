//! The four controls of a sensitive action (the link on arrival, the button that begins, the checkbox
//! and the last button) never overlap, at any width. Otherwise repeated clicks in one place would lead
//! through the pages.

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

/// A control at one width and text size.
struct Control {
    role: &'static str,
    /// The start page of the action that clicks would lead through.
    action: &'static str,
    /// The proof that the confirm page asks for.
    proof: &'static str,
    page: String,
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

/// Measures where a control lies, at each width and text size.
async fn measure(
    session: &Session,
    role: &'static str,
    action: &'static str,
    page: &str,
    found: &mut Vec<Control>,
) {
    for &width in widths() {
        let window = json!({"width": width, "height": 2400, "deviceScaleFactor": 1, "mobile": false});
        session.devtools("Emulation.setDeviceMetricsOverride", window).await;
        let script = format!(
            "{BROKEN_WORDS}
             const root = document.documentElement, tick = document.querySelector('.tick');
             if (tick) tick.checked = {ticked};
             return {TEXT_SIZES:?}.map(size => {{
                 root.style.fontSize = size + '%';
                 const control = document.querySelector({role:?}), box = control.getBoundingClientRect();
                 const broken = [control, ...document.querySelectorAll('button')].flatMap(brokenWords);
                 return {{box: [box.left, box.top, box.right, box.bottom], broken}};
             }});",
            ticked = role == FINAL,
        );
        let seen = session.run(&script).await;
        for (text, seen) in TEXT_SIZES.into_iter().zip(seen.as_array().expect("boxes")) {
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
            found.push(Control { role, action, proof: "", page: page.to_owned(), width, text, edges });
        }
    }
    session.run("document.documentElement.style.fontSize = ''").await;
    session.devtools("Emulation.clearDeviceMetricsOverride", Value::Object(Default::default())).await;
}

#[tokio::test]
async fn the_four_controls_of_an_action_never_overlap() {
    for language in Language::ALL {
        sweep(*language).await;
    }
}

/// Measures the pages of an action, and leaves it unconfirmed.
async fn measure_action(
    world: &World,
    session: &Session,
    victim: &Victim<'_>,
    start: &'static str,
    found: &mut Vec<Control>,
) {
    victim.prepare_for(start).await;
    let path = victim.path_of(start).await;
    session.goto(&world.victim(&path)).await;
    measure(session, ARRIVAL, start, "arrival", found).await;
    victim.click(ARRIVAL).await;
    session.appears(START).await;
    measure(session, START, start, "start", found).await;
    let fields = victim.fields().await;
    if !fields.is_empty() {
        // The page shows the form again, with an error summary above it.
        victim.fill(&fields, true).await;
        victim.click(START).await;
        session.appears(".error-summary").await;
        measure(session, START, start, "start, refused", found).await;
        let mut fields = victim.fields().await;
        for field in fields.iter_mut().filter(|field| field.css == "[name=email]") {
            field.value = fresh_email(&"long".repeat(6));
        }
        victim.fill(&fields, false).await;
    }
    let confirm = victim.go_on().await;
    measure(session, TICK, start, "confirm", found).await;
    measure(session, FINAL, start, "confirm", found).await;
    session.run("document.querySelector('form.confirm').submit()").await;
    session.appears(".error-summary").await;
    measure(session, TICK, start, "confirm, refused", found).await;
    measure(session, FINAL, start, "confirm, refused", found).await;
    session.goto(&world.victim(&confirm)).await;
    measure(session, ARRIVAL, start, "arrival before confirm", found).await;
}

/// Measures all positions in one language, whose words may be longer than those of another.
async fn sweep(language: Language) {
    let world = World::https().await;
    let session = Session::open(&world.key).await;
    let headers = json!({"headers": {"Accept-Language": language.tag()}});
    session.devtools("Network.enable", json!({})).await;
    session.devtools("Network.setExtraHTTPHeaders", headers).await;
    let victim = Victim::sign_up(&world, &session).await;
    let mut found = Vec::new();
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
            let from = found.len();
            measure_action(&world, &session, &victim, start, &mut found).await;
            found.iter_mut().skip(from).for_each(|control| control.proof = proof);
        }
    }
    let (mut pairs, mut overlaps) = (0, Vec::new());
    for (index, one) in found.iter().enumerate() {
        for other in found.iter().skip(index + 1) {
            let alike = (one.action, one.proof, one.width, one.text)
                == (other.action, other.proof, other.width, other.text);
            if alike && one.role != other.role {
                pairs += 1;
                if one.overlaps(other) {
                    let (width, text) = (one.width, one.text);
                    overlaps.push(format!(
                        "{} by {}: {} and {}, {width} px, text at {text} %: {:?} {:?}",
                        one.action, one.proof, one.page, other.page, one.edges, other.edges
                    ));
                }
            }
        }
    }
    assert!(overlaps.is_empty(), "{} of {pairs}:\n{}", overlaps.len(), overlaps.join("\n"));
    session.close().await;
    tell(&format!(
        "places, {}, {language:?}: {} widths, text at 100, 150 and 200 %: {pairs} pairs of controls, 0 overlap",
        Extent::chosen().name(),
        widths().len()
    ));
}
