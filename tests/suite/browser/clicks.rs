//! Stolen clicks without a frame: the second half of a double click through a popup that closes, a
//! popup with our page in it, and repeated clicks in one place while pages follow each other.

use std::time::Duration;

use thirtyfour::prelude::*;
use unframed::verify::browser::input::Place;

use super::covering::Extent;
use super::driver::Session;
use super::evidence::tell;
use super::naive;
use super::victim::{ARRIVAL, Account, FINAL, START, TICK, Victim};
use super::world::{Site, World};
use crate::actions::starts_without_script;

/// When the page beneath the popup is opened.
#[derive(Clone, Copy, Debug)]
enum Beneath {
    /// Before the first click.
    Preloaded,
    /// By the first click.
    Late,
}

/// When the page is opened, and the milliseconds between the two clicks.
const DOUBLE_CLICKS: [(Beneath, u64); 6] = [
    (Beneath::Preloaded, 40),
    (Beneath::Preloaded, 120),
    (Beneath::Preloaded, 450),
    (Beneath::Preloaded, 1300),
    (Beneath::Late, 450),
    (Beneath::Late, 1300),
];

/// The page that begins the deletion of an account, the worst action that a click can reach.
const START_PAGE: &str = "/settings/delete";

/// A member with a pending deletion, and the places where a stolen click would have to land.
struct Waiting<'a> {
    victim: Victim<'a>,
    confirm: String,
    before: Account,
    places: Vec<(&'static str, Place)>,
}

/// The page and the place of one attack.
#[derive(Clone, Copy, Debug)]
struct Aim<'a> {
    site: Site,
    path: &'a str,
    /// The control that lies at the place, on its own page.
    control: &'static str,
    place: Place,
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

    /// Each place on each of the two pages, which are attacked from different sites. The attacker is
    /// assumed to know the address of the confirm page.
    fn aims(&self) -> Vec<Aim<'_>> {
        let pages = [(Site::Sibling, START_PAGE), (Site::Cross, self.confirm.as_str())];
        let aims = |(site, path)| {
            self.places.iter().map(move |&(control, place)| Aim { site, path, control, place })
        };
        pages.into_iter().flat_map(aims).collect()
    }

    fn assert_nothing_was_sent(&self, attack: &str) {
        assert_eq!(self.victim.world.writes(), [""; 0], "{attack}");
    }

    /// Asserts that no attack changed the account, and that the action could be confirmed all the time.
    async fn end(self) {
        assert_eq!(self.victim.account().await, self.before, "the account is as it was");
        self.victim.session.goto(&self.victim.world.victim(&self.confirm)).await;
        self.victim.click(ARRIVAL).await;
        self.victim.session.appears(TICK).await;
        self.victim.confirm().await;
        assert!(self.victim.account().await.leaves, "the owner can still confirm");
    }
}

/// Opens a popup from an attacker's page and switches to it. Returns the window beneath.
async fn open_popup(session: &Session, ready: Option<&str>) -> WindowHandle {
    let beneath = session.driver.window().await.expect("a window");
    let before = session.driver.windows().await.expect("windows");
    session.driver.find(By::Id("go")).await.expect("a button").click().await.expect("clicked");
    let popup = session.new_window(&before).await;
    if let Some(target) = ready {
        session.arrive_at(target).await;
    }
    session.driver.switch_to_window(popup).await.expect("the popup");
    session.run("return document.title").await;
    beneath
}

/// Lures the victim into a double click: the first click closes the popup, the second lands on the page
/// beneath.
async fn double_click(world: &World, session: &Session, attack: &DoubleClick<'_>) {
    let (page, ready) = match attack.beneath {
        Beneath::Preloaded => ("/double-click", Some(world.victim(attack.path))),
        Beneath::Late => ("/double-click-late", None),
    };
    session.goto(&world.aim(attack.site, page, attack.path)).await;
    let beneath = open_popup(session, ready.as_deref()).await;
    // The trick: the popup closes before the mouse button is released.
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
    /// The name of the attack, where it aims at a naive page.
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
    let mut attacks = Vec::new();
    for Aim { site, path, control, place } in waiting.aims() {
        for (beneath, gap) in DOUBLE_CLICKS {
            attacks.push((control, DoubleClick { naive: None, site, path, beneath, gap, place }));
        }
    }
    let extent = Extent::chosen();
    let attacks = extent.select(attacks, |(control, attack)| {
        let DoubleClick { path, beneath, gap, .. } = attack;
        [(*path).to_owned(), format!("{beneath:?}"), gap.to_string(), (*control).to_owned()]
    });
    world.forget();
    for (control, attack) in &attacks {
        double_click(&world, &session, attack).await;
        waiting.assert_nothing_was_sent(&format!("{attack:?}: {control}"));
    }
    let tries = attacks.len();
    waiting.end().await;
    session.close().await;
    tell(&format!(
        "double clicks through a popup, {}: {} of {} worked on the naive page, 0 of {tries} on start and confirm page",
        extent.name(),
        DOUBLE_CLICKS.len(),
        DOUBLE_CLICKS.len()
    ));
}

/// The open form lies beneath, and a password manager has filled the password in.
#[tokio::test]
async fn repeated_clicks_in_one_place_do_not_submit_an_open_confirm_page() {
    let world = World::https().await;
    let session = Session::open(&world.key).await;
    let victim = Victim::sign_up(&world, &session).await;
    let form = session.driver.window().await.expect("a window");
    let mut attacks = Vec::new();
    for start in starts_without_script() {
        for gap in [120, 1300] {
            attacks.extend([TICK, FINAL].map(|control| (start, gap, control)));
        }
    }
    let extent = Extent::chosen();
    let attacks = extent
        .select(attacks, |(start, gap, control)| [*start, &gap.to_string(), control].map(str::to_owned));
    for start in starts_without_script() {
        victim.begin(start).await;
        victim.fill_password().await;
        let tick = session.place(TICK).await;
        session.click(&[tick]).await;
        let last = session.place(FINAL).await;
        session.click(&[tick]).await;
        let before = victim.account().await;
        world.forget();
        for (_, gap, control) in attacks.iter().filter(|attack| attack.0 == start) {
            let (gap, place) = (Duration::from_millis(*gap), if *control == TICK { tick } else { last });
            session.driver.new_tab().await.expect("a tab");
            let attack = session.driver.windows().await.expect("windows").pop().expect("a tab");
            session.driver.switch_to_window(attack).await.expect("the tab");
            session.goto(&world.attacker(Site::Cross, "/double-click-late?u=")).await;
            open_popup(&session, None).await;
            session.try_to_click((100, 100)).await;
            session.driver.switch_to_window(form.clone()).await.expect("the form");
            tokio::time::sleep(gap).await;
            session.click_again(place, 4, gap).await;
            assert_eq!(world.writes(), [""; 0], "{start}: four clicks, {gap:?} apart, on {control}");
            // Four clicks leave the box unticked; a fifth would tick it, and show the last button.
            assert_eq!(session.run("return document.querySelector('.tick').checked").await, false);
        }
        // Clicks in both places do submit the form, except where a word or a code must be typed.
        let is_filled = victim.word().await.is_none() && victim.has("main [name=password]").await;
        session.click(&[tick, last]).await;
        if is_filled {
            session.disappears(TICK).await;
        }
        let ran = victim.account().await.confirmed - before.confirmed;
        assert_eq!(ran, i64::from(is_filled), "{start}");
    }
    session.close().await;
    tell(&format!(
        "repeated clicks on an open confirm page, {}: 0 of {} series submitted it",
        extent.name(),
        attacks.len()
    ));
}

#[tokio::test]
async fn a_double_click_does_nothing_on_our_page_in_a_popup() {
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
    let mut attacks = Vec::new();
    for aim in waiting.aims() {
        attacks.extend(gaps.map(|gap| (aim, gap)));
    }
    let extent = Extent::chosen();
    let attacks =
        extent.select(attacks, |(aim, gap)| [aim.path.to_owned(), aim.control.to_owned(), gap.to_string()]);
    world.forget();
    for (aim, gap) in &attacks {
        click_in_popup(&world, &session, (aim.site, aim.path, None), *gap, aim.place).await;
        waiting.assert_nothing_was_sent(&format!("{aim:?}, {gap} ms"));
    }
    let tries = attacks.len();
    waiting.end().await;
    session.close().await;
    tell(&format!(
        "our page in a popup, {}: 3 of 3 clicks worked on the naive page, 0 of {tries} on start and confirm page",
        extent.name()
    ));
}

/// The first click opens the target in a popup, the second lands in it.
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
    if let Some(v) = naive {
        // While its page changes, chromedriver takes twenty seconds to close a window.
        session.arrive_at(&world.victim(&format!("/naive/clicked?v={v}"))).await;
    }
    session.leave(beneath).await;
}

#[tokio::test]
async fn repeated_clicks_in_one_place_do_not_lead_through_our_pages() {
    let world = World::https().await;
    let session = Session::open(&world.key).await;
    // The first click opens the victim's first page, and three more complete the action there. Further
    // clicks do no harm.
    let series = [(450, 8), (120, 16)];
    for (gap, clicks) in series {
        let v = format!("series{gap}");
        session.goto(&world.aim(Site::Cross, "/lead", &format!("/naive/arrival?v={v}"))).await;
        session.click_again(naive::BUTTON, clicks, Duration::from_millis(gap)).await;
        session.wait_until("they lead through the naive pages", || world.deeds(&v) == 1).await;
    }
    let waiting = Waiting::begin(&world, &session).await;
    let mut attacks = Vec::new();
    for aim in waiting.aims() {
        attacks.extend(series.map(|(gap, clicks)| (aim, gap, clicks)));
    }
    let extent = Extent::chosen();
    let attacks = extent
        .select(attacks, |(aim, gap, _)| [aim.path.to_owned(), aim.control.to_owned(), gap.to_string()]);
    world.forget();
    for (aim, gap, clicks) in &attacks {
        session.goto(&world.aim(aim.site, "/lead", aim.path)).await;
        session.click_again(aim.place, *clicks, Duration::from_millis(*gap)).await;
        world.settle(&session, None).await;
        waiting.assert_nothing_was_sent(&format!("{aim:?}, {gap} ms"));
    }
    let tries = attacks.len();
    waiting.end().await;
    session.close().await;
    tell(&format!(
        "repeated clicks in one place, {}: 2 of 2 series led through the naive pages, 0 of {tries} through arrival, start and confirm page",
        extent.name()
    ));
}
