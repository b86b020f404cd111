//! axe-core on a page, with the light and the dark colours, on a wide and on a narrow screen, with text of the usual
//! and of twice the size.

use serde_json::{Value, json};

use super::covering::Extent;
use super::driver::Session;
use super::evidence::tell;
use super::tour::{Check, State};

const AXE: &str = include_str!("../../vendor/axe-core/axe.min.js");

/// Shows the page with text of `size` percent in a window of `width`. If it is new, runs the rules of WCAG 2.2 A and AA
/// and the best practices, and sums up the results. A document that scrolls sideways is a fault in any case.
const RUN: &str = "
    const root = document.documentElement;
    root.style.fontSize = `${size}%`;
    const sticksOut = node => {
        const range = document.createRange();
        range.selectNodeContents(node);
        return range.getBoundingClientRect().right > width;
    };
    const sideways = () => {
        const found = [], texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT, sticksOut);
        while (texts.nextNode()) found.push(texts.currentNode.parentElement.outerHTML);
        for (const element of document.body.querySelectorAll('*')) {
            const right = element.getBoundingClientRect().right;
            if (right > width) found.push(`${element.tagName}.${element.className} to ${right}`);
        }
        return [`the page scrolls sideways, it is ${root.scrollWidth} px wide: ${found.join(' ')}`];
    };
    const wide = root.scrollWidth > width ? sideways() : [];
    if (!isNew) return {faults: wide};
    const values = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];
    const options = {runOnly: {type: 'tag', values}, resultTypes: ['violations', 'incomplete']};
    return axe.run(document, options).then(({violations, incomplete, passes, inapplicable}) => {
        // A contrast cannot be decided where one thing lies upon another, which no page means.
        const undecided = incomplete.filter(({id}) => id === 'color-contrast');
        const faults = [...violations, ...undecided].flatMap(({id, help, nodes}) => nodes.map(
            ({html, any, all, none}) => `${id} (${help}): ${html}\\n`
                + [...any, ...all, ...none].map(({message}) => message).join('\\n')));
        return {
            faults: [...faults, ...wide],
            passed: passes.map(({id}) => id),
            run: [violations, incomplete, passes, inapplicable].flat().map(({id}) => id),
        };
    })";

/// How a page is shown.
#[derive(Clone, Copy, Debug)]
struct Condition {
    scheme: &'static str,
    /// The width of the window, in CSS pixels.
    width: u32,
    /// The size of the text, in percent of the default.
    text: u32,
}

/// The two that share nothing.
const ROOMY: Condition = Condition { scheme: "light", width: 1280, text: 100 };
const TIGHT: Condition = Condition { scheme: "dark", width: 320, text: 200 };

impl Condition {
    /// All combinations for a full run; otherwise the two. The roomy one is the last, in which the page is left.
    fn chosen() -> Vec<Self> {
        match Extent::chosen() {
            Extent::Pairwise => vec![TIGHT, ROOMY],
            Extent::Full => ["dark", "light"]
                .into_iter()
                .flat_map(|scheme| [320, 1280].map(|width| (scheme, width)))
                .flat_map(|(scheme, width)| [200, 100].map(|text| Self { scheme, width, text }))
                .collect(),
        }
    }

    /// Shows pages in this condition.
    async fn apply(self, session: &Session) {
        let Self { scheme, width, .. } = self;
        let features = json!({"features": [
            {"name": "prefers-color-scheme", "value": scheme},
            // Colours change at once, not in a transition.
            {"name": "prefers-reduced-motion", "value": "reduce"},
        ]});
        session.devtools("Emulation.setEmulatedMedia", features).await;
        let window = json!({"width": width, "height": 1000, "deviceScaleFactor": 1, "mobile": false});
        session.devtools("Emulation.setDeviceMetricsOverride", window).await;
    }

    /// Looks at the page in this condition.
    async fn run(self, session: &Session, is_new: bool) -> Value {
        self.apply(session).await;
        let Self { width, text, .. } = self;
        session.run(&format!("const size = {text}, width = {width}, isNew = {is_new};{RUN}")).await
    }
}

/// The findings so far.
#[derive(Default)]
pub struct Axe {
    states: usize,
    runs: usize,
    passed: usize,
    faults: Vec<String>,
}

impl Axe {
    async fn run(&mut self, session: &Session, state: &State, condition: Condition) {
        let result = condition.run(session, state.is_new).await;
        let at = format!("{} ({}), {}, {condition:?}", state.name, state.path, state.language);
        self.faults.extend(texts(&result["faults"]).iter().map(|fault| format!("{at}: {fault}")));
        if !state.is_new {
            return;
        }
        self.runs += 1;
        let run = texts(&result["run"]);
        for rule in ["color-contrast", "target-size", "region"] {
            assert!(run.iter().any(|id| id == rule), "axe does not run {rule}: {run:?}");
        }
        self.passed += texts(&result["passed"]).len();
    }

    /// Tells what was tried, and returns the faults.
    pub fn finish(self) -> Vec<String> {
        let Self { states, runs, passed, faults } = self;
        tell(&format!(
            "axe-core, {}: {states} states of pages, {runs} runs on those of different shapes: {passed} rules passed, {} faults",
            Extent::chosen().name(),
            faults.len()
        ));
        faults
    }
}

fn texts(found: &Value) -> Vec<String> {
    let found = found.as_array().expect("a list").iter();
    found.map(|text| text.as_str().expect("a text").to_owned()).collect()
}

impl Check for Axe {
    async fn prepare(&mut self, session: &Session) {
        // The policy of our pages applies to their own scripts, not to the browser's.
        session.devtools("Page.addScriptToEvaluateOnNewDocument", json!({"source": AXE})).await;
        // Before the first page is loaded: its colours must not be in a transition.
        ROOMY.apply(session).await;
    }

    async fn check(&mut self, session: &Session, state: &State) {
        self.states += 1;
        for condition in Condition::chosen() {
            self.run(session, state, condition).await;
        }
    }
}
