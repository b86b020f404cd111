//! The protections stop no honest user: each sensitive action by mouse, by touch, and by keyboard alone
//! with scripts off.

use std::time::Duration;

use serde_json::json;

use super::driver::Session;
use super::input::{ENTER, SPACE, TAB};
use super::victim::{ARRIVAL, FINAL, START, TICK, Victim, let_human_time_pass};
use super::world::World;
use crate::actions::{starts, starts_without_script};

/// The input device of a user.
#[derive(Clone, Copy, Debug)]
enum Hand {
    Mouse,
    Finger,
    Keyboard,
}

impl Hand {
    /// Presses a control; the keyboard moves the focus there first.
    async fn press(self, victim: &Victim<'_>, css: &str, key: &str) {
        match self {
            Self::Mouse => victim.session.click(&[victim.session.place(css).await]).await,
            Self::Finger => victim.session.tap(victim.session.place(css).await).await,
            Self::Keyboard => {
                tab_to(victim, css).await;
                victim.session.type_keys(&[key], Duration::ZERO).await;
            }
        }
    }

    async fn fill(self, victim: &Victim<'_>, name: &str, value: &str) {
        let css = format!("[name={name}]");
        match self {
            Self::Keyboard => tab_to(victim, &css).await,
            _ => self.press(victim, &css, "").await,
        }
        let keys: Vec<String> = value.chars().map(String::from).collect();
        let keys: Vec<&str> = keys.iter().map(String::as_str).collect();
        victim.session.type_keys(&keys, Duration::ZERO).await;
    }
}

/// Presses Tab until a control has the focus.
async fn tab_to(victim: &Victim<'_>, css: &str) {
    for _ in 0..20 {
        if victim.session.run(&format!("return document.activeElement.matches({css:?})")).await == true {
            return;
        }
        victim.session.type_keys(&[TAB], Duration::ZERO).await;
    }
    panic!("Tab does not reach {css}");
}

#[tokio::test]
async fn a_user_completes_each_action_by_mouse_by_touch_and_by_keyboard_without_scripts() {
    let world = World::https().await;
    let session = Session::open(&world.key).await;
    session.devtools("Emulation.setTouchEmulationEnabled", json!({"enabled": true})).await;
    for hand in [Hand::Mouse, Hand::Finger, Hand::Keyboard] {
        let off = matches!(hand, Hand::Keyboard);
        session.devtools("Emulation.setScriptExecutionDisabled", json!({"value": false})).await;
        let victim = Victim::sign_up(&world, &session).await;
        session.devtools("Emulation.setScriptExecutionDisabled", json!({"value": off})).await;
        // A passkey needs a script.
        let starts = if off { starts_without_script() } else { starts() };
        for start in starts {
            victim.prepare_for(start).await;
            let path = victim.path_of(start).await;
            session.goto(&world.victim(&path)).await;
            hand.press(&victim, ARRIVAL, ENTER).await;
            session.appears(START).await;
            let fields = victim.fields().await;
            for field in &fields {
                // A list is opened and chosen from in ways that differ by system.
                match field.css.strip_prefix("[name=").and_then(|name| name.strip_suffix(']')) {
                    Some(name) if name != "factor" => hand.fill(&victim, name, &field.value).await,
                    _ => victim.fill(std::slice::from_ref(field), false).await,
                }
            }
            hand.press(&victim, START, ENTER).await;
            session.appears(TICK).await;
            let before = victim.account().await.confirmed;
            let_human_time_pass(&world);
            hand.press(&victim, TICK, SPACE).await;
            if let Some((name, value)) = victim.proof().await {
                hand.fill(&victim, name, &value).await;
            }
            if let Some(word) = victim.word().await {
                hand.fill(&victim, "word", &word).await;
            }
            hand.press(&victim, FINAL, ENTER).await;
            session.disappears(TICK).await;
            victim.write_recovery_codes_down().await;
            let page = session.run("return document.body.innerText").await;
            assert_eq!(victim.account().await.confirmed, before + 1, "{start} by {hand:?}: {page}");
        }
    }
    session.close().await;
}
