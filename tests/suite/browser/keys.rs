//! Stolen keystrokes without a frame: a key held while the page changes, and typing that continues on
//! the next page.

use std::time::Duration;

use serde_json::Value;

use super::covering::Extent;
use super::driver::Session;
use super::evidence::tell;
use super::input::{ENTER, SPACE, TAB};
use super::naive::PHRASE;
use super::victim::Victim;
use super::world::{Site, World};
use crate::actions::starts_without_script;

const HELD: Duration = Duration::from_millis(900);
const HELD_LONG: Duration = Duration::from_secs(3);

/// Holds a key on the attacker's page, which opens the path, and keeps holding it there.
async fn hold(world: &World, session: &Session, key: &str, path: &str, time: Duration) {
    session.goto(&world.aim(Site::Sibling, "/lead", path)).await;
    session.hold(key).await;
    session.arrive_at(&world.victim(path)).await;
    session.run("return document.readyState").await;
    session.hold_on(key, time).await;
}

/// A page with a fragment.
struct Fragment<'a> {
    page: &'a str,
    /// An id on the page, or nothing.
    id: String,
    /// The kind of element that has the id, as `input password`.
    element: String,
}

/// The fragments that a link to the open page could have: none, and every id on it.
async fn fragments<'a>(session: &Session, page: &'a str) -> Vec<Fragment<'a>> {
    let found = session
        .run(
            "return [['', ''], ...[...document.querySelectorAll('[id]')]
                .map(one => [one.id, one.tagName + ' ' + (one.type ?? '')])]",
        )
        .await;
    let text = |value: &Value| value.as_str().expect("a text").to_owned();
    let fragment = |one: &Value| Fragment { page, id: text(&one[0]), element: text(&one[1]) };
    found.as_array().expect("fragments").iter().map(fragment).collect()
}

/// The keys that press a control.
const PRESSING: [(&str, &str); 2] = [("Enter", ENTER), ("Space", SPACE)];

/// One of those keys, held on a page with a fragment.
type Held<'a> = (&'a Fragment<'a>, (&'static str, &'static str));

/// Each fragment with each key; or a subset that covers pages, kinds of elements and keys.
fn attacks<'a>(extent: Extent, fragments: &'a [Fragment<'a>]) -> Vec<Held<'a>> {
    let all = fragments.iter().flat_map(|fragment| PRESSING.map(|key| (fragment, key)));
    extent.select(all.collect(), |(fragment, (key, _))| {
        [fragment.page, &fragment.element, key].map(str::to_owned)
    })
}

#[tokio::test]
async fn a_held_key_presses_no_control_of_our_pages_with_any_fragment() {
    let world = World::https().await;
    let session = Session::open(&world.key).await;
    for (name, key) in PRESSING {
        // On the naive page the held key presses the button that the fragment names.
        hold(&world, &session, key, &format!("/naive?v={name}#delete"), HELD).await;
        world.settle(&session, Some(name)).await;
    }
    let victim = Victim::sign_up(&world, &session).await;
    let confirm = victim.begin("/settings/delete").await;
    let before = victim.account().await;
    let mut found = Vec::new();
    for path in ["/settings", "/settings/profile", "/settings/sessions", "/settings/delete", &confirm] {
        session.goto(&world.victim(path)).await;
        found.extend(fragments(&session, path).await);
    }
    let extent = Extent::chosen();
    let attacks = attacks(extent, &found);
    for (Fragment { page, id, .. }, (name, key)) in &attacks {
        world.forget();
        let time = if id.is_empty() { HELD_LONG } else { HELD };
        hold(&world, &session, key, &format!("{page}#{id}"), time).await;
        world.settle(&session, None).await;
        // The only request is the page itself: no control sent or opened anything.
        assert_eq!(world.seen(|seen| seen.requests), 1, "{page}#{id} {name}");
    }
    assert_eq!(victim.account().await, before, "the account is as it was");
    session.close().await;
    tell(&format!(
        "held Enter and Space, {}: 2 of 2 worked on the naive page, 0 of {} on {} fragments of our pages",
        extent.name(),
        attacks.len(),
        found.len()
    ));
}

/// The form itself is open, and a password manager has filled the password in.
#[tokio::test]
async fn a_held_key_does_not_submit_an_open_confirm_page() {
    let world = World::https().await;
    let session = Session::open(&world.key).await;
    session.goto(&world.victim("/naive/phrase?v=filled")).await;
    session.run(&format!("document.querySelector('[name=phrase]').value = '{PHRASE}'")).await;
    session.hold_on(ENTER, HELD).await;
    session.wait_until("a filled field with the focus is submitted", || world.deeds("filled") > 0).await;
    let victim = Victim::sign_up(&world, &session).await;
    let mut found = Vec::new();
    for start in starts_without_script() {
        victim.begin(start).await;
        found.extend(fragments(&session, start).await);
    }
    let extent = Extent::chosen();
    let attacks = attacks(extent, &found);
    for attacks in attacks.chunk_by(|one, other| one.0.page == other.0.page) {
        let start = attacks[0].0.page;
        victim.begin(start).await;
        victim.fill_password().await;
        world.forget();
        for (Fragment { id, .. }, (name, key)) in attacks {
            session.run(&format!("location.hash = {id:?}")).await;
            session.hold_on(key, HELD).await;
            assert_eq!(world.seen(|seen| seen.requests), 0, "{start} #{id} {name}");
        }
        assert_eq!(session.run("return document.querySelector('.tick').checked").await, false, "{start}");
    }
    session.close().await;
    tell(&format!(
        "held Enter and Space on an open confirm page, {}: 0 of {} on {} fragments submitted it",
        extent.name(),
        attacks.len(),
        found.len()
    ));
}

#[tokio::test]
async fn keystrokes_that_continue_from_an_attackers_page_submit_nothing() {
    let world = World::https().await;
    let session = Session::open(&world.key).await;
    let type_through = async |path: &str, keys: &[&str]| {
        session.goto(&world.aim(Site::Sibling, "/lead", path)).await;
        session.type_keys(&["x"], Duration::ZERO).await;
        session.arrive_at(&world.victim(path)).await;
        session.run("return document.readyState").await;
        session.type_keys(keys, Duration::from_millis(30)).await;
    };
    let walk = [TAB, SPACE, TAB, ENTER];
    type_through("/naive/tick?v=walk", &walk).await;
    world.settle(&session, Some("walk")).await;
    assert_eq!(world.deeds("walk"), 1, "keys walk through a page that needs two positions only");
    let phrase: Vec<String> = PHRASE.chars().map(String::from).chain([ENTER.to_owned()]).collect();
    let phrase: Vec<&str> = phrase.iter().map(String::as_str).collect();
    type_through("/naive/phrase?v=phrase", &phrase).await;
    world.settle(&session, Some("phrase")).await;
    assert_eq!(world.deeds("phrase"), 1, "keys type a fixed phrase");

    let victim = Victim::sign_up(&world, &session).await;
    let confirm = victim.begin("/settings/delete").await;
    let word = victim.word().await.expect("a word");
    // No attacker knows the word. Even with it the keys must do nothing.
    let word: Vec<String> = word.chars().map(String::from).chain([ENTER.to_owned()]).collect();
    let word: Vec<&str> = word.iter().map(String::as_str).collect();
    let before = victim.account().await;
    let padded = [&[TAB, SPACE, TAB][..], &word].concat();
    for path in ["/settings/email", "/settings/delete", &confirm] {
        for keys in [&walk[..], &phrase, &word, &padded] {
            world.forget();
            type_through(path, keys).await;
            world.settle(&session, None).await;
            assert_eq!(world.writes(), [""; 0], "{path} {keys:?}");
        }
    }
    assert_eq!(victim.account().await, before, "the account is as it was");
    session.close().await;
}
