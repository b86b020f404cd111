//! Clicks that are stolen without a frame: the second half of a double click through a window that
//! closes, our page as that window, and clicks repeated in one place while pages follow each other.

use std::time::Duration;

use thirtyfour::prelude::*;

use super::driver::Session;
use super::evidence::tell;
use super::input::Place;
use super::naive;
use super::victim::{ARRIVAL, Account, FINAL, START, TICK, Victim};
use super::world::{Site, World};

/// How the page beneath the small window comes there.
#[derive(Clone, Copy, Debug)]
enum Beneath {
    /// It lies there before the first click.
    Preloaded,
    /// It is opened by the first click.
    Late,
}

/// When the page comes, and milliseconds between the first click and the second.
const DOUBLE_CLICKS: [(Beneath, u64); 6] = [
    (Beneath::Preloaded, 40),
    (Beneath::Preloaded, 120),
    (Beneath::Preloaded, 450),
    (Beneath::Preloaded, 1300),
    (Beneath::Late, 450),
    (Beneath::Late, 1300),
];

/// The page that begins the deletion of an account, the worst that a click could do.
const START_PAGE: &str = "/settings/delete";

/// A member with a deletion that waits to be confirmed, and where a stolen click would have to land.
struct Waiting<'a> {
    victim: Victim<'a>,
    confirm: String,
    before: Account,
    places: Vec<(&'static str, Place)>,
}

impl<'a> Waiting<'a> {
    async fn begin(world: &'a World, session: &'a Session) -> Self {
        let victim = Victim::sign_up(world, session).await;
        session.goto(&world.victim(START_PAGE)).await;
        let mut places = vec![("the link on arrival", session.place(ARRIVAL).await)];
        victim.click(ARRIVAL).await;
        session.appears(START).await;
        places.push(("the button that begins", session.place(START).await));
        let confirm = victim.go_on().await;
        let tick = session.place(TICK).await;
        session.click(&[tick]).await;
        places.extend([("the tick", tick), ("the last button", session.place(FINAL).await)]);
        session.goto(&world.victim(&confirm)).await;
        session.appears(ARRIVAL).await;
        places.push(("the link before the confirm page", session.place(ARRIVAL).await));
        let before = victim.account().await;
        Self { victim, confirm, before, places }
    }

    /// The two pages that are attacked, each from another site. That an attacker knew the address of
    /// the confirm page is assumed against us.
    fn targets(&self) -> [(Site, &str); 2] {
        [(Site::Sibling, START_PAGE), (Site::Cross, &self.confirm)]
    }

    fn assert_nothing_was_sent(&self, attack: &str) {
        assert_eq!(self.victim.world.writes(), [""; 0], "{attack}");
    }

    /// Nothing came of any attack, and the action was there to be stolen all the time.
    async fn end(self) {
        assert_eq!(self.victim.account().await, self.before, "the account is as it was");
        self.victim.session.goto(&self.victim.world.victim(&self.confirm)).await;
        self.victim.click(ARRIVAL).await;
        self.victim.session.appears(TICK).await;
        self.victim.confirm().await;
        assert!(self.victim.account().await.leaves, "its owner could confirm it");
    }
}

/// Opens a small window from an attacker's page and goes into it; says which window is beneath.
async fn open_popup(session: &Session, ready: Option<&str>) -> (WindowHandle, WindowHandle) {
    let beneath = session.driver.window().await.expect("a window");
    let before = session.driver.windows().await.expect("windows");
    session.driver.find(By::Id("go")).await.expect("a button").click().await.expect("clicked");
    let popup = session.new_window(&before).await;
    if let Some(target) = ready {
        session.arrive_at(target).await;
    }
    session.driver.switch_to_window(popup.clone()).await.expect("the popup");
    session.run("return document.title").await;
    (beneath, popup)
}

/// Lures a double click: its first click closes a window, its second, after `gap`, lands on `place`
/// of the page beneath.
async fn double_click(world: &World, session: &Session, attack: &DoubleClick<'_>) {
    let (page, ready) = match attack.beneath {
        Beneath::Preloaded => ("/double-click", Some(world.victim(attack.path))),
        Beneath::Late => ("/double-click-late", None),
    };
    session.goto(&world.aim(attack.site, page, attack.path)).await;
    let (beneath, _) = open_popup(session, ready.as_deref()).await;
    // The window is gone before the button is released: that is the trick.
    session.try_to_click((100, 100)).await;
    tokio::time::sleep(Duration::from_millis(attack.gap)).await;
    session.driver.switch_to_window(beneath).await.expect("the window beneath");
    session.arrive_at(&world.victim(attack.path)).await;
    session.click(&[attack.place]).await;
    world.settle(session, attack.naive).await;
}

/// One double click.
#[derive(Debug)]
struct DoubleClick<'a> {
    /// The name of the attack, on a naive page.
    naive: Option<&'a str>,
    site: Site,
    path: &'a str,
    beneath: Beneath,
    gap: u64,
    place: Place,
}

#[tokio::test]
async fn a_double_click_through_a_popup_does_nothing_on_our_pages() {
    let world = World::https().await;
    let session = Session::open(&world.key).await;
    for (beneath, gap) in DOUBLE_CLICKS {
        let v = format!("{beneath:?}{gap}");
        let path = format!("/naive?v={v}");
        let attack = DoubleClick {
            naive: Some(&v),
            site: Site::Cross,
            path: &path,
            beneath,
            gap,
            place: naive::BUTTON,
        };
        double_click(&world, &session, &attack).await;
        assert_eq!(world.deeds(&v), 1, "on the naive page: {beneath:?}, {gap} ms");
    }
    let waiting = Waiting::begin(&world, &session).await;
    world.forget();
    let mut tries = 0;
    for (site, path) in waiting.targets() {
        for (beneath, gap) in DOUBLE_CLICKS {
            for (name, place) in &waiting.places {
                let attack = DoubleClick { naive: None, site, path, beneath, gap, place: *place };
                double_click(&world, &session, &attack).await;
                waiting.assert_nothing_was_sent(&format!("{attack:?}: {name}"));
                tries += 1;
            }
        }
    }
    waiting.end().await;
    session.close().await;
    tell(&format!(
        "double clicks through a popup: {} of {} worked on the naive page, 0 of {tries} on start and confirm page",
        DOUBLE_CLICKS.len(),
        DOUBLE_CLICKS.len()
    ));
}

/// The form itself lies beneath, opened by its owner, and the password is in it already.
#[tokio::test]
async fn clicks_in_one_place_do_nothing_on_a_confirm_page_that_its_owner_opened() {
    let world = World::https().await;
    let session = Session::open(&world.key).await;
    let victim = Victim::sign_up(&world, &session).await;
    let form = session.driver.window().await.expect("a window");
    for start in super::victim::STARTS {
        victim.begin(start).await;
        victim.fill_password().await;
        let tick = session.place(TICK).await;
        session.click(&[tick]).await;
        let last = session.place(FINAL).await;
        session.click(&[tick]).await;
        let before = victim.account().await;
        world.forget();
        for (gap, place) in [(120, tick), (1300, tick), (120, last), (1300, last)] {
            session.driver.new_tab().await.expect("a tab");
            let attack = session.driver.windows().await.expect("windows").pop().expect("a tab");
            session.driver.switch_to_window(attack).await.expect("the tab");
            session.goto(&world.attacker(Site::Cross, "/double-click-late?u=")).await;
            open_popup(&session, None).await;
            session.try_to_click((100, 100)).await;
            session.driver.switch_to_window(form.clone()).await.expect("the form");
            tokio::time::sleep(Duration::from_millis(gap)).await;
            session.click_again(place, 4, Duration::from_millis(gap)).await;
            assert_eq!(world.writes(), [""; 0], "{start}: four clicks, each {gap} ms, at {place:?}");
            // Four clicks take the tick off again; a fifth leaves it on, which shows the other place.
            assert_eq!(session.run("return document.querySelector('.tick').checked").await, false);
        }
        // Both places are what it takes, and for a deletion the words as well.
        session.click(&[tick, last]).await;
        let asks_for_words = victim.word().await.is_some();
        if !asks_for_words {
            session.disappears(TICK).await;
        }
        let ran = victim.account().await.confirmed - before.confirmed;
        assert_eq!(ran, i64::from(!asks_for_words), "{start}");
    }
    session.close().await;
}

#[tokio::test]
async fn a_click_on_our_page_as_the_popup_does_nothing() {
    let world = World::https().await;
    let session = Session::open(&world.key).await;
    let gaps = [300, 700, 1300];
    for gap in gaps {
        let v = format!("popup{gap}");
        let path = format!("/naive?v={v}");
        click_in_popup(&world, &session, (Site::Cross, &path, Some(&v)), gap, naive::BUTTON).await;
        assert_eq!(world.deeds(&v), 1, "on the naive page: {gap} ms");
    }
    let waiting = Waiting::begin(&world, &session).await;
    world.forget();
    let mut tries = 0;
    for (site, path) in waiting.targets() {
        for (gap, (name, place)) in
            gaps.into_iter().flat_map(|gap| waiting.places.iter().map(move |at| (gap, at)))
        {
            click_in_popup(&world, &session, (site, path, None), gap, *place).await;
            waiting.assert_nothing_was_sent(&format!("{path}, {gap} ms: {name}"));
            tries += 1;
        }
    }
    waiting.end().await;
    session.close().await;
    tell(&format!(
        "our page as the popup: 3 of 3 clicks worked on the naive page, 0 of {tries} on start and confirm page"
    ));
}

/// The first click opens the target as a small window, the second lands in it.
async fn click_in_popup(
    world: &World,
    session: &Session,
    (site, path, naive): (Site, &str, Option<&str>),
    gap: u64,
    place: Place,
) {
    session.goto(&world.aim(site, "/popup", path)).await;
    let beneath = session.driver.window().await.expect("a window");
    let before = session.driver.windows().await.expect("windows");
    session.click(&[place]).await;
    let popup = session.new_window(&before).await;
    session.driver.switch_to_window(popup).await.expect("the popup");
    session.arrive_at(&world.victim(path)).await;
    tokio::time::sleep(Duration::from_millis(gap)).await;
    session.click(&[place]).await;
    world.settle(session, naive).await;
    session.leave(beneath).await;
}

#[tokio::test]
async fn clicks_repeated_in_one_place_do_not_lead_through_our_pages() {
    let world = World::https().await;
    let session = Session::open(&world.key).await;
    // The first leads to the victim's first page; three more are needed there, more are no harm.
    let series = [(450, 8), (120, 16)];
    for (gap, clicks) in series {
        let v = format!("series{gap}");
        session.goto(&world.aim(Site::Cross, "/lead", &format!("/naive/arrival?v={v}"))).await;
        session.click_again(naive::BUTTON, clicks, Duration::from_millis(gap)).await;
        session.wait_until("they lead through the naive pages", || world.deeds(&v) == 1).await;
    }
    let waiting = Waiting::begin(&world, &session).await;
    world.forget();
    let mut tries = 0;
    for (site, path) in waiting.targets() {
        for (gap, clicks) in series {
            for (name, place) in &waiting.places {
                session.goto(&world.aim(site, "/lead", path)).await;
                session.click_again(*place, clicks, Duration::from_millis(gap)).await;
                tokio::time::sleep(Duration::from_millis(200)).await;
                waiting.assert_nothing_was_sent(&format!("{path}, {gap} ms: {name}"));
                tries += 1;
            }
        }
    }
    waiting.end().await;
    session.close().await;
    tell(&format!(
        "clicks repeated in one place: 2 of 2 series led through the naive pages, 0 of {tries} through arrival, start and confirm page"
    ));
}
