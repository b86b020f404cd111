//! Trusted input events of a test, which the browser itself makes as for a mouse, a finger and a keyboard.

use std::time::Duration;

use serde_json::{Value, json};
use unframed::verify::browser::input::{Place, perform, press};

use super::driver::Session;

/// WebDriver's names for keys.
pub const TAB: &str = "\u{e004}";
pub const ENTER: &str = "\u{e007}";
pub const SPACE: &str = " ";
pub const SHIFT: &str = "\u{e008}";

fn keyboard(actions: &[Value]) -> Value {
    json!([{"type": "key", "id": "keyboard", "actions": actions}])
}

fn pause(time: Duration) -> Value {
    json!({"type": "pause", "duration": u64::try_from(time.as_millis()).expect("a short time")})
}

impl Session {
    /// Clicks with the mouse at places in the window, in this order.
    pub async fn click(&self, places: &[Place]) {
        press(&self.driver, "mouse", places).await.expect("the input is taken");
    }

    /// Clicks at a place in a window that the click may close.
    pub async fn try_to_click(&self, place: Place) {
        let _ = press(&self.driver, "mouse", &[place]).await;
    }

    /// Clicks several times in one place.
    pub async fn click_again(&self, place: Place, times: usize, gap: Duration) {
        for _ in 0..times {
            self.click(&[place]).await;
            tokio::time::sleep(gap).await;
        }
    }

    /// Taps with a finger.
    pub async fn tap(&self, place: Place) {
        press(&self.driver, "touch", &[place]).await.expect("the input is taken");
    }

    /// Presses keys, one after the other, with a pause after each.
    pub async fn type_keys(&self, keys: &[&str], rest: Duration) {
        for key in keys {
            let stroke = [json!({"type": "keyDown", "value": key}), json!({"type": "keyUp", "value": key})];
            self.perform(keyboard(&stroke)).await;
            tokio::time::sleep(rest).await;
        }
    }

    /// Presses a key several times in a row, while another one may be held.
    pub async fn press_in_a_row(&self, held: Option<&str>, key: &str, times: u64) {
        let (down, up) =
            (|key| json!({"type": "keyDown", "value": key}), |key| json!({"type": "keyUp", "value": key}));
        let strokes = (0..times).flat_map(|_| [down(key), up(key)]);
        let strokes: Vec<Value> = held.map(down).into_iter().chain(strokes).chain(held.map(up)).collect();
        self.perform(keyboard(&strokes)).await;
    }

    /// Presses a key without releasing it.
    pub async fn hold(&self, key: &str) {
        self.perform(keyboard(&[json!({"type": "keyDown", "value": key})])).await;
    }

    /// Holds a key, so that it repeats, and releases it.
    pub async fn hold_on(&self, key: &str, time: Duration) {
        let rest = Duration::from_millis(90);
        let repeats = time.as_millis() / rest.as_millis();
        let strokes = (0..repeats).flat_map(|_| [json!({"type": "keyDown", "value": key}), pause(rest)]);
        self.perform(keyboard(&strokes.collect::<Vec<_>>())).await;
        self.perform(keyboard(&[json!({"type": "keyUp", "value": key})])).await;
    }

    /// Drops text at a place, as if dragged there from another window.
    pub async fn drop_text(&self, text: &str, (x, y): Place) {
        let data = json!({
            "items": [{"mimeType": "text/plain", "data": text}],
            "files": [],
            "dragOperationsMask": 1,
        });
        for kind in ["dragEnter", "dragOver", "drop"] {
            let event = json!({"type": kind, "x": x, "y": y, "data": data});
            self.devtools("Input.dispatchDragEvent", event).await;
        }
    }

    async fn perform(&self, sources: Value) {
        perform(&self.driver, sources).await.expect("the input is taken");
    }
}
