//! Attacks without a frame, by real input events: a double click whose second half lands on the
//! page beneath, and a key that is held while the page changes.

use std::time::Duration;

use serde_json::{Value, json};
use thirtyfour::prelude::*;

use super::attacker::NAIVE_BUTTON;
use super::driver::Session;
use super::framing::sign_up;
use super::world::{Site, World};

const ENTER: &str = "\u{e007}";

fn press((x, y): (i64, i64)) -> Value {
    json!([{"type": "pointer", "id": "mouse", "parameters": {"pointerType": "mouse"}, "actions": [
        {"type": "pointerMove", "duration": 0, "x": x, "y": y, "origin": "viewport"},
        {"type": "pointerDown", "button": 0},
        {"type": "pointerUp", "button": 0},
    ]}])
}

fn escaped(url: &str) -> String {
    url::form_urlencoded::byte_serialize(url.as_bytes()).collect()
}

/// Lures a double click: its first click closes a window, its second, after `gap`, lands on `place`.
async fn double_click(world: &World, session: &Session, path: &str, place: (i64, i64), gap: Duration) {
    let target = world.victim(path);
    session.goto(&world.attacker(Site::Cross, &format!("/double-click?u={}", escaped(&target)))).await;
    let beneath = session.driver.window().await.expect("a window");
    session.driver.find(By::Id("go")).await.expect("a button").click().await.expect("clicked");
    let mut popup = None;
    for _ in 0..100 {
        let windows = session.driver.windows().await.expect("windows");
        popup = windows.into_iter().find(|window| *window != beneath);
        if popup.is_some() && session.driver.current_url().await.is_ok_and(|url| url.as_str() == target) {
            break;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    session.driver.switch_to_window(popup.expect("the popup opens")).await.expect("the popup");
    session.run("return document.title").await;
    // The window is gone before the button is released: that is the trick.
    let _ = session.try_to_perform(press((100, 100))).await;
    tokio::time::sleep(gap).await;
    session.driver.switch_to_window(beneath).await.expect("the window beneath");
    session.perform(press(place)).await;
    tokio::time::sleep(Duration::from_millis(200)).await;
}

/// Holds Enter on the attacker's page, which moves on, and for a second more.
async fn hold_enter(world: &World, session: &Session, path: &str) {
    let target = world.victim(path);
    session.goto(&world.attacker(Site::Sibling, &format!("/hold?u={}", escaped(&target)))).await;
    let key = |actions: Value| json!([{"type": "key", "id": "keyboard", "actions": actions}]);
    let down = json!({"type": "keyDown", "value": ENTER});
    session.perform(key(json!([down]))).await;
    for _ in 0..100 {
        if session.driver.current_url().await.is_ok_and(|url| url.as_str() == target) {
            break;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    session.run("return document.readyState").await;
    // A held key repeats.
    let pause = json!({"type": "pause", "duration": 90});
    let repeats: Vec<Value> = (0..10).flat_map(|_| [down.clone(), pause.clone()]).collect();
    session.perform(key(repeats.into())).await;
    session.perform(key(json!([{"type": "keyUp", "value": ENTER}]))).await;
    tokio::time::sleep(Duration::from_millis(200)).await;
}

#[tokio::test]
async fn a_double_click_through_a_popup_lands_on_a_page_that_one_click_is_enough_for() {
    let world = World::https().await;
    let session = Session::open(&world.key).await;
    for gap in [40, 120, 450, 1300] {
        world.forget();
        let v = format!("/naive?v=gap{gap}");
        double_click(&world, &session, &v, NAIVE_BUTTON, Duration::from_millis(gap)).await;
        let clicked = world.seen(|seen| seen.clicked.get(&format!("gap{gap}")).copied());
        assert_eq!(clicked, Some(1), "a gap of {gap} ms");
    }
    session.close().await;
}

#[tokio::test]
async fn a_held_key_presses_nothing_on_our_pages_whatever_the_link_names() {
    let world = World::https().await;
    let session = Session::open(&world.key).await;
    hold_enter(&world, &session, "/naive?v=held#delete").await;
    let clicked = world.seen(|seen| seen.clicked.get("held").copied());
    assert!(clicked.is_some(), "on the naive page the held key presses the button that the link names");
    sign_up(&world, &session).await;
    for path in ["/settings", "/settings/sessions"] {
        session.goto(&world.victim(path)).await;
        let ids =
            session.run("return ['', ...[...document.querySelectorAll('[id]')].map(one => one.id)]").await;
        for id in ids.as_array().expect("ids") {
            let id = id.as_str().expect("an id");
            world.forget();
            hold_enter(&world, &session, &format!("{path}#{id}")).await;
            // The page itself, and nothing that a control would have sent or opened.
            assert_eq!(world.seen(|seen| seen.requests), 1, "{path}#{id}");
        }
    }
    session.close().await;
}
