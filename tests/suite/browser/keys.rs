//! Keys that are stolen without a frame: held while the page changes, or typed on into the page that
//! comes.

use std::time::Duration;

use super::driver::Session;
use super::evidence::tell;
use super::input::{ENTER, SPACE, TAB};
use super::naive::PHRASE;
use super::victim::{STARTS, Victim};
use super::world::{Site, World};

const HELD: Duration = Duration::from_millis(900);
const HELD_LONG: Duration = Duration::from_secs(3);

/// Holds a key on the attacker's page, which moves on, and for a while more.
async fn hold(world: &World, session: &Session, key: &str, path: &str, time: Duration) {
    session.goto(&world.aim(Site::Sibling, "/lead", path)).await;
    session.hold(key).await;
    session.arrive_at(&world.victim(path)).await;
    session.run("return document.readyState").await;
    session.hold_on(key, time).await;
}

/// Every id of the page that is open, which a link could name, and none.
async fn fragments(session: &Session) -> Vec<String> {
    let ids = "return ['', ...[...document.querySelectorAll('[id]')].map(one => one.id)]";
    let ids = session.run(ids).await;
    ids.as_array().expect("ids").iter().map(|id| id.as_str().expect("an id").to_owned()).collect()
}

#[tokio::test]
async fn a_held_key_presses_nothing_on_our_pages_whatever_the_link_names() {
    let world = World::https().await;
    let session = Session::open(&world.key).await;
    for (name, key) in [("enter", ENTER), ("space", SPACE)] {
        // On the naive page the held key presses the button that the link names.
        hold(&world, &session, key, &format!("/naive?v={name}#delete"), HELD).await;
        world.settle(&session, Some(name)).await;
    }
    let victim = Victim::sign_up(&world, &session).await;
    let confirm = victim.begin("/settings/delete").await;
    let before = victim.account().await;
    let mut tries = 0;
    for path in ["/settings", "/settings/sessions", "/settings/delete", &confirm] {
        session.goto(&world.victim(path)).await;
        for id in fragments(&session).await {
            for key in [ENTER, SPACE] {
                world.forget();
                let time = if id.is_empty() { HELD_LONG } else { HELD };
                hold(&world, &session, key, &format!("{path}#{id}"), time).await;
                world.settle(&session, None).await;
                // The page itself, and nothing that a control would have sent or opened.
                assert_eq!(world.seen(|seen| seen.requests), 1, "{path}#{id} {key:?}");
                tries += 1;
            }
        }
    }
    assert_eq!(victim.account().await, before, "the account is as it was");
    session.close().await;
    tell(&format!(
        "held Enter and Space: 2 of 2 worked on the naive page, 0 of {tries} on ours, with every id as fragment"
    ));
}

/// The form itself is open, and the password is in it already.
#[tokio::test]
async fn a_held_key_sends_no_confirm_page_that_lies_open_and_has_its_password() {
    let world = World::https().await;
    let session = Session::open(&world.key).await;
    session.goto(&world.victim("/naive/phrase?v=filled")).await;
    session.run(&format!("document.querySelector('[name=phrase]').value = '{PHRASE}'")).await;
    session.hold_on(ENTER, HELD).await;
    session.wait_until("a filled field that has the focus is sent", || world.deeds("filled") > 0).await;
    let victim = Victim::sign_up(&world, &session).await;
    for start in STARTS {
        victim.begin(start).await;
        victim.fill_password().await;
        world.forget();
        for id in fragments(&session).await {
            session.run(&format!("location.hash = {id:?}")).await;
            for key in [ENTER, SPACE] {
                session.hold_on(key, HELD).await;
                assert_eq!(world.seen(|seen| seen.requests), 0, "{start} #{id} {key:?}");
            }
        }
        assert_eq!(session.run("return document.querySelector('.tick').checked").await, false, "{start}");
    }
    session.close().await;
}

#[tokio::test]
async fn keys_typed_through_do_nothing_on_the_pages_that_could_harm() {
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
    assert_eq!(world.deeds("walk"), 1, "two positions alone are walked through");
    let phrase: Vec<String> = PHRASE.chars().map(String::from).chain([ENTER.to_owned()]).collect();
    let phrase: Vec<&str> = phrase.iter().map(String::as_str).collect();
    type_through("/naive/phrase?v=phrase", &phrase).await;
    world.settle(&session, Some("phrase")).await;
    assert_eq!(world.deeds("phrase"), 1, "a fixed phrase is typed through");

    let victim = Victim::sign_up(&world, &session).await;
    let confirm = victim.begin("/settings/delete").await;
    let word = victim.word().await.expect("a word");
    // Known to no attacker; even so.
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
