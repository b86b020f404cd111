//! Form tokens, stamps, tickets and secret tokens: only the text that we wrote is accepted.
#![no_main]

use std::sync::LazyLock;

use chrono::{DateTime, TimeDelta, Utc};
use libfuzzer_sys::fuzz_target;
use unframed::domain::SecretToken;
use unframed::security::csrf::Csrf;
use unframed::security::form_stamp::{FormStamp, StampReading};
use unframed_fuzz::{digest, keys};

static CSRF: LazyLock<Csrf> = LazyLock::new(|| Csrf::new(&keys()));
static STAMPS: LazyLock<FormStamp> = LazyLock::new(|| FormStamp::new(&keys()));

fn served_at() -> DateTime<Utc> {
    DateTime::from_timestamp(1_796_000_000, 0).expect("a moment")
}

/// The part after the dot.
fn tag(text: &str) -> Option<&str> {
    text.split_once('.').map(|(_, tag)| tag)
}

fuzz_target!(|text: &str| {
    let (action, session, later) = (digest(1), digest(2), served_at() + TimeDelta::seconds(9));
    assert_eq!(CSRF.verify(session, text), text == CSRF.token(session));
    let stamp = STAMPS.serve(action, session, served_at());
    match STAMPS.read(action, session, text, later) {
        StampReading::Invalid => assert_ne!(text, stamp),
        // The number before the dot may have a plus or zeros in front.
        read => assert!(read == StampReading::ServedAt(served_at()) && tag(text) == tag(&stamp)),
    }
    let ticket = STAMPS.ticket("/settings/email", session, served_at());
    if STAMPS.admits("/settings/email", session, text, later) {
        assert_eq!(tag(text), tag(&ticket));
    } else {
        assert_ne!(text, ticket);
    }
    if let Some(token) = SecretToken::decode(text) {
        assert_eq!(token.encode(), text);
    }
});
