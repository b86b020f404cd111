//! One frame of the attacker's page: which document it shows, and whether a click can reach a control in it.

use serde_json::Value;
use thirtyfour::error::WebDriverErrorInner;
use thirtyfour::prelude::*;

use super::vectors::VECTORS;

/// What a frame shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Shown {
    /// No document, or one of the attacker's.
    Nothing,
    /// The browser's own error page, with its text.
    Refused(String),
    /// A document from this URL.
    Page(String),
    /// A document of another site than the target's.
    Elsewhere,
}

/// A control in a frame under a shield, which receives the click in its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Control {
    /// Its kind and its text, for example `button “Buy”`.
    pub(super) name: String,
    /// Its middle, from the corner of the frame.
    pub(super) place: (i64, i64),
}

/// The document of the window or frame that the driver is in; `None` while it loads.
pub(super) async fn document(browser: &WebDriver, attacker: &str) -> WebDriverResult<Option<Shown>> {
    let seen = browser.execute(DOCUMENT, vec![]).await?;
    let text = |index: usize| seen.json().get(index).and_then(Value::as_str).unwrap_or_default().to_owned();
    let (url, state) = (text(0), text(1));
    if state != "complete" {
        return Ok(None);
    }
    let blank = ["about:blank", "about:srcdoc", "blob:", "data:", "javascript:"];
    let errors = ["chrome-error:", "about:neterror", "about:certerror", "about:blocked"];
    let starts = |with: &[&str]| with.iter().any(|start| url.starts_with(start));
    Ok(Some(if starts(&errors) {
        Shown::Refused(text(2))
    } else if starts(&blank) || url.starts_with(&format!("{attacker}/")) {
        Shown::Nothing
    } else {
        Shown::Page(url)
    }))
}

/// Enters the frame of a vector, which may be within another one. `false` if it is not there: an `object` shows
/// its fallback content where the page is refused.
pub(super) async fn enter(browser: &WebDriver, vector: usize) -> WebDriverResult<bool> {
    browser.enter_default_frame().await?;
    let outer = format!("#v{vector} iframe, #v{vector} object, #v{vector} embed");
    let nested = VECTORS.get(vector).is_some_and(|vector| vector.nested);
    Ok(step_into(browser, &outer).await? && (!nested || step_into(browser, "iframe, frame").await?))
}

async fn step_into(browser: &WebDriver, css: &str) -> WebDriverResult<bool> {
    let entered = match browser.find(By::Css(css)).await {
        Ok(frame) => frame.enter_frame().await,
        Err(error) => Err(error),
    };
    match entered {
        Ok(()) => Ok(true),
        Err(error) => match error.as_inner() {
            WebDriverErrorInner::NoSuchElement(_)
            | WebDriverErrorInner::NoSuchFrame(_)
            | WebDriverErrorInner::NoSuchWindow(_)
            | WebDriverErrorInner::StaleElementReference(_) => Ok(false),
            _ => Err(error),
        },
    }
}

/// Looks for a control that a click at its middle would hit, and puts a shield over that place. The driver is
/// in the frame.
pub(super) async fn shield_control(browser: &WebDriver) -> WebDriverResult<Option<Control>> {
    let found = browser.execute(SHIELD, vec![]).await?;
    let control = || {
        let json = found.json();
        let name = json.get(0)?.as_str()?.to_owned();
        Some(Control { name, place: (json.get(1)?.as_i64()?, json.get(2)?.as_i64()?) })
    };
    Ok(control())
}

/// Whether the shield is still where a click will go. The driver is in the frame.
pub(super) async fn shield_is_on_top(browser: &WebDriver) -> WebDriverResult<bool> {
    answer(browser, ON_TOP).await
}

/// Whether a click has hit the shield. The driver is in the frame.
pub(super) async fn shield_was_clicked(browser: &WebDriver) -> WebDriverResult<bool> {
    answer(browser, CLICKED).await
}

async fn answer(browser: &WebDriver, question: &str) -> WebDriverResult<bool> {
    Ok(browser.execute(question, vec![]).await?.json().as_bool().unwrap_or_default())
}

const DOCUMENT: &str = "const text = document.body && document.body.innerText || '';
    return [document.URL.slice(0, 4000), document.readyState, text.slice(0, 200)];";

/// The shield is a check box of our own above the middle of the control: it takes the click, so the control does
/// not act, and it remembers the click where scripts do not run. What it changes stays within its shadow tree.
const SHIELD: &str = "
    const make = name => document.createElementNS('http://www.w3.org/1999/xhtml', name);
    const wanted = 'button, input:not([type=hidden]), a[href], select, textarea, summary, area[href], label, [role=button], [role=link], [onclick], [contenteditable], [tabindex]';
    const all = [...document.querySelectorAll(wanted)].slice(0, 300);
    const weight = one => one.matches('button, input, [role=button]') ? 0 : 1;
    for (const one of all.sort((a, b) => weight(a) - weight(b))) {
        if (one.disabled || one.closest('[inert]')) continue;
        one.scrollIntoView({block: 'center', inline: 'center', behavior: 'instant'});
        const box = one.getBoundingClientRect();
        if (box.width < 4 || box.height < 4) continue;
        const [x, y] = [Math.round(box.left + box.width / 2), Math.round(box.top + box.height / 2)];
        const hit = document.elementFromPoint(x, y);
        if (!hit || !(one === hit || one.contains(hit))) continue;
        const host = make('div'), mark = make('input');
        host.setAttribute('data-unframed-verify', '');
        host.style.cssText = `all: initial; position: fixed; left: ${x - 8}px; top: ${y - 8}px; width: 16px; height: 16px; z-index: 2147483647`;
        mark.type = 'checkbox';
        mark.style.cssText = 'all: initial; display: block; width: 16px; height: 16px; opacity: 0';
        host.attachShadow({mode: 'open'}).append(mark);
        (one.closest('dialog[open], [popover]') || document.documentElement).append(host);
        if (document.elementFromPoint(x, y) !== host) { host.remove(); continue; }
        const name = one.localName === 'a' ? 'link' : one.localName;
        const text = (one.innerText || one.getAttribute('aria-label') || (/^(button|submit|reset)$/.test(one.type) && one.value) || one.name || '').trim();
        return [text ? `${name} “${text.replace(/\\s+/g, ' ').slice(0, 40)}”` : name, x, y];
    }
    return null;";

const ON_TOP: &str = "const host = document.querySelector('[data-unframed-verify]');
    const box = host && host.getBoundingClientRect();
    return Boolean(box && document.elementFromPoint(box.left + box.width / 2, box.top + box.height / 2) === host);";

const CLICKED: &str = "const host = document.querySelector('[data-unframed-verify]');
    return Boolean(host && host.shadowRoot && host.shadowRoot.firstChild && host.shadowRoot.firstChild.checked);";
