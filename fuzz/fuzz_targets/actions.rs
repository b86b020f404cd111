//! Stored actions, as `kind`, line break, payload: what can be read is written and read again as the same.
#![no_main]

use libfuzzer_sys::fuzz_target;
use unframed::actions::Action;
use unframed::models::pending_action::StoredAction;

fuzz_target!(|text: &str| {
    let Some((kind, payload)) = text.split_once('\n') else { return };
    let stored = |payload: &str| StoredAction { kind: kind.to_owned(), payload: payload.to_owned() };
    let Ok(action) = Action::parse(&stored(payload)) else { return };
    assert_eq!(action.kind().name, kind);
    let again = Action::parse(&stored(&action.value().to_string())).expect("an action");
    assert_eq!(again.value(), action.value());
});
