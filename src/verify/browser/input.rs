//! Trusted input events, which the browser itself makes as for a mouse or a finger.

use serde_json::{Value, json};
use thirtyfour::common::command::{Actions, Command};
use thirtyfour::prelude::*;

/// A place in the window.
pub type Place = (i64, i64);

/// A pointer that is pressed and released at places in the window, one after the other.
pub async fn press(browser: &WebDriver, kind: &str, places: &[Place]) -> WebDriverResult<()> {
    let press = |&(x, y): &Place| {
        [
            json!({"type": "pointerMove", "duration": 0, "x": x, "y": y, "origin": "viewport"}),
            json!({"type": "pointerDown", "button": 0}),
            json!({"type": "pointerUp", "button": 0}),
        ]
    };
    let actions: Vec<Value> = places.iter().flat_map(press).collect();
    let pointer =
        json!([{"type": "pointer", "id": kind, "parameters": {"pointerType": kind}, "actions": actions}]);
    perform(browser, pointer).await
}

/// Performs input events, as WebDriver describes them.
pub async fn perform(browser: &WebDriver, sources: Value) -> WebDriverResult<()> {
    browser.cmd(Command::PerformActions(Actions::from(sources))).await.map(|_| ())
}
