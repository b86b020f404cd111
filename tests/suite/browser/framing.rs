//! Every way into a frame × every page × what a proxy may lose on the way × where the attacker sits.

use std::fmt::Write as _;
use std::time::{Duration, Instant};

use serde_json::Value;

use super::attacker::{FRAME, VECTORS, region};
use super::condition::Condition;
use super::driver::Session;
use super::evidence::tell;
use super::input::Place;
use super::naive;
use super::victim::Victim;
use super::world::{Site, World};
use crate::harness::confirmation::fresh_email;

/// The paper of our pages (`--paper` in the stylesheet), which covers most of each.
const PAPER: [u8; 3] = [0xf5, 0xf7, 0xf5];
/// So many pixels of that colour make a page visible.
const VISIBLE: usize = 2000;

/// A page that is attacked.
struct Target {
    /// Its route.
    name: &'static str,
    path: String,
    /// What can be clicked there, whoever shows it; nothing on the card, which is made for frames.
    has_controls: bool,
    /// Whether it shows itself under this condition. The gate admits frames to the card, so where all
    /// response headers are lost anybody can show it: it is public, and there is nothing to click.
    shows: fn(Condition) -> bool,
}

impl Target {
    fn new(name: &'static str, path: impl Into<String>) -> Self {
        Self { name, path: path.into(), has_controls: true, shows: |_| false }
    }
}

/// What came of one vector.
#[derive(Debug)]
struct Outcome {
    vector: usize,
    /// The page's colour can be seen.
    visible: bool,
    /// Links, buttons and fields in the frames' documents; `None` where WebDriver cannot look in.
    controls: Option<u64>,
}

impl Outcome {
    fn name(&self) -> &'static str {
        VECTORS[self.vector].name
    }
}

/// Opens the attacker's page and looks at each frame.
async fn attack(world: &World, session: &Session, site: Site, path: &str, colour: [u8; 3]) -> Vec<Outcome> {
    world.forget();
    session.goto(&world.aim(site, "/attack", path)).await;
    session
        .wait_until("each frame asked for its page", || {
            let back = world.seen(|seen| seen.stolen.iter().any(|what| what.starts_with("back")));
            back && world
                .seen(|seen| (0..VECTORS.len()).all(|index| seen.asked.contains(&format!("v{index}"))))
        })
        .await;
    let mut frame = 0;
    let mut controls = Vec::new();
    for tried in VECTORS {
        controls.push(if matches!(tried.name, "object" | "embed") {
            None
        } else {
            frame += 1;
            Some(session.documents(frame - 1).await.iter().map(|document| document.controls).sum())
        });
    }
    // Last: by then all that can be painted is painted.
    let picture = session.screenshot().await;
    let visible = |vector| picture.count(region(vector), colour) >= VISIBLE;
    let outcome = |(vector, controls)| Outcome { vector, visible: visible(vector), controls };
    controls.into_iter().enumerate().map(outcome).collect()
}

/// For each frame a place in the window: one of the points within a frame, in turn.
fn places(outcomes: &[Outcome], points: &[Place]) -> Vec<Place> {
    let corner = |vector: usize| {
        let (left, top, ..) = region(vector);
        (i64::try_from(left).expect("small"), i64::try_from(top).expect("small"))
    };
    outcomes
        .iter()
        .zip(points.iter().cycle())
        .map(|(outcome, (x, y))| {
            let (left, top) = corner(outcome.vector);
            (left + x, top + y)
        })
        .collect()
}

/// Every vector works on the naive page: seen, and its button clicked.
async fn prove_teeth(world: &World, session: &Session, site: Site, path: &str) -> (usize, usize) {
    let mut clicked = 0;
    let outcomes = attack(world, session, site, path, naive::COLOUR).await;
    let falls = |outcome: &&Outcome| VECTORS[outcome.vector].errors || !path.ends_with("/error");
    for outcome in outcomes.iter().filter(falls) {
        assert!(outcome.visible, "the naive page is not seen: {} {site:?} {path}", outcome.name());
        assert!(outcome.controls != Some(0), "it cannot be looked into: {} {site:?} {path}", outcome.name());
    }
    session.click(&places(&outcomes, &[naive::BUTTON])).await;
    let expected: Vec<&Outcome> =
        outcomes.iter().filter(falls).filter(|outcome| VECTORS[outcome.vector].submits).collect();
    for _ in 0..1000 {
        let count = world.seen(|seen| seen.clicked.len());
        if count >= expected.len() {
            break;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    for outcome in &outcomes {
        let done = world.seen(|seen| seen.clicked.contains_key(&format!("v{}", outcome.vector)));
        let expected = VECTORS[outcome.vector].submits && falls(&outcome);
        assert_eq!(done, expected, "clicked: {} {site:?} {path}", outcome.name());
        clicked += usize::from(done);
    }
    (outcomes.iter().filter(|outcome| outcome.visible).count(), clicked)
}

/// With no wall left, our own page is seen in the frame too: where its buttons are, within a frame.
async fn find_buttons(world: &World, session: &Session, site: Site, target: &Target) -> Vec<Place> {
    let path = &target.path;
    world.set(Condition::Blind);
    let outcomes = attack(world, session, site, path, PAPER).await;
    let first = &outcomes[0];
    let controls = first.controls > Some(0);
    assert!(first.visible && controls == target.has_controls, "no wall is left for {path}: {first:?}");
    session.driver.enter_frame(0).await.expect("the first frame");
    let found = session.run(BUTTONS).await;
    session.driver.enter_default_frame().await.expect("the page");
    world.set(Condition::Intact);
    let number = |value: &Value| value.as_i64().expect("a number");
    let mut points: Vec<Place> = found
        .as_array()
        .expect("points")
        .iter()
        .map(|point| (number(&point[0]), number(&point[1])))
        .collect();
    assert_eq!(!points.is_empty(), target.has_controls, "{path} has something to click");
    if points.is_empty() {
        let middle = |length: usize| i64::try_from(length / 2).expect("small");
        points.push((middle(FRAME.0), middle(FRAME.1)));
    }
    points
}

const BUTTONS: &str = "return [...document.querySelectorAll('button, main a[href], header a[href]')]
    .map(one => [one, one.getBoundingClientRect()])
    .filter(([one, box]) => box.top >= 0 && box.bottom <= innerHeight && box.width > 20)
    .sort(([one], [other]) => (other.tagName === 'BUTTON') - (one.tagName === 'BUTTON'))
    .slice(0, 3)
    .map(([one, box]) => [Math.round(box.left + box.width / 2), Math.round(box.top + box.height / 2)]);";

/// A table of the run.
#[derive(Default)]
struct Table {
    text: String,
    attacks: usize,
}

impl Table {
    fn row(&mut self, page: &str, condition: &str, site: Site, attacks: usize, seen: usize, worked: usize) {
        self.attacks += attacks;
        let site = site.name();
        let _ =
            writeln!(self.text, "{page:<24} {condition:<14} {site:<11} {attacks:>8} {seen:>6} {worked:>8}");
    }
}

async fn run(victim: &Victim<'_>, label: &str, targets: &[Target], conditions: &[Condition]) {
    let start = Instant::now();
    let (world, session) = (victim.world, victim.session);
    let mut table = Table::default();
    let mut teeth = 0;
    for site in Site::ALL {
        for path in ["/naive", "/naive/error"] {
            let (seen, clicked) = prove_teeth(world, session, site, path).await;
            table.row(path, "no walls", site, VECTORS.len(), seen, clicked);
            teeth += clicked;
        }
    }
    let before = victim.account().await;
    for target in targets {
        for site in Site::ALL {
            let points = find_buttons(world, session, site, target).await;
            for condition in conditions {
                world.set(*condition);
                let outcomes = attack(world, session, site, &target.path, PAPER).await;
                let mut visible = 0;
                for outcome in &outcomes {
                    let at = (target.name, condition.name(), site.name(), outcome.name());
                    assert_eq!(outcome.controls.unwrap_or_default(), 0, "something to click: {at:?}");
                    assert!(!outcome.visible || (target.shows)(*condition), "seen: {at:?}");
                    visible += usize::from(outcome.visible);
                }
                let requests = world.seen(|seen| seen.requests);
                session.click(&places(&outcomes, &points)).await;
                let after = world.seen(|seen| seen.requests);
                assert_eq!(after, requests, "a click reached {}, {condition:?}, {site:?}", target.name);
                table.row(target.name, condition.name(), site, outcomes.len(), visible, 0);
            }
        }
    }
    world.set(Condition::Intact);
    assert_eq!(victim.account().await, before, "the account is as it was");
    one_click_works_without_walls(victim).await;
    let text = format!(
        "framing, {label}: {} vectors, frames of {}×{}\n{:<24} {:<14} {:<11} {:>8} {:>6} {:>8}\n{}{} attacks, {teeth} of them worked, on the naive page only; {} s\n\
         * the proxy takes the other walls away too, Sec-Fetch among them: the one that is left holds alone",
        VECTORS.len(),
        FRAME.0,
        FRAME.1,
        "page",
        "condition",
        "attacker",
        "attacks",
        "seen",
        "worked",
        table.text,
        table.attacks,
        start.elapsed().as_secs()
    );
    tell(&text);
}

/// The same click that did nothing above ends the session where nothing protects the page.
async fn one_click_works_without_walls(victim: &Victim<'_>) {
    let (world, session) = (victim.world, victim.session);
    let settings = Target::new("/settings", "/settings");
    let points = find_buttons(world, session, Site::Sibling, &settings).await;
    let before = victim.account().await.sessions;
    world.set(Condition::Blind);
    let outcomes = attack(world, session, Site::Sibling, "/settings", PAPER).await;
    let sign_out = places(&outcomes[..1], &points[..1]);
    session.click(&sign_out).await;
    let sent = || world.writes().contains(&"POST /sign-out".to_owned());
    session.wait_until("the form was sent", sent).await;
    world.set(Condition::Intact);
    assert_eq!(victim.account().await.sessions, before - 1, "the stolen click signed the victim out");
}

#[tokio::test]
async fn no_page_of_a_member_can_be_seen_or_clicked_in_a_frame() {
    let world = World::https().await;
    let session = Session::open(&world.key).await;
    let victim = Victim::sign_up(&world, &session).await;
    let confirm = victim.begin("/settings/delete").await;
    let targets = [
        Target::new("/settings", "/settings"),
        Target::new("/settings/sessions", "/settings/sessions"),
        Target::new("/settings/delete", "/settings/delete"),
        Target::new("/confirm/{id}", confirm),
    ];
    run(&victim, "https, pages of a member", &targets, &Condition::ALL).await;
    session.close().await;
}

#[tokio::test]
async fn no_page_that_needs_no_session_can_be_seen_or_clicked_in_a_frame() {
    let world = World::https().await;
    let session = Session::open(&world.key).await;
    let victim = Victim::sign_up(&world, &session).await;
    victim.open_start("/settings/email").await;
    let new = fresh_email("changed");
    victim.type_into("email", &new).await;
    victim.go_on().await;
    victim.confirm().await;
    let change = world.app.mailed_link(&new, 1, "/email-change/", "").await;
    let undo = world.app.mailed_link(&victim.email, 2, "/undo/", "/undo/").await;
    session.goto(&world.victim("/settings")).await;
    victim.click("form[action='/settings/card'] button").await;
    let card = victim.card().await;
    let nobody = format!("/card/{}", uuid::Uuid::new_v4());
    let targets = [
        Target::new("/sign-in", "/sign-in"),
        Target::new("/email-change/{token}", change),
        Target::new("/undo/{token}", undo),
        Target::new("an error", "/there-is-no-such-page"),
        Target::new("an error of a card", nobody),
        Target {
            has_controls: false,
            shows: |condition| condition == Condition::WithoutAny,
            ..Target::new("/card/{user_id}", card)
        },
    ];
    run(&victim, "https, pages of everybody", &targets, &Condition::ALL).await;
    session.close().await;
}

#[tokio::test]
async fn no_page_can_be_seen_or_clicked_in_a_frame_on_localhost() {
    let world = World::localhost().await;
    let session = Session::open(&world.key).await;
    let victim = Victim::sign_up(&world, &session).await;
    let confirm = victim.begin("/settings/delete").await;
    let targets = [Target::new("/settings", "/settings"), Target::new("/confirm/{id}", confirm)];
    let conditions = [Condition::Intact, Condition::WithoutAny];
    run(&victim, "http://localhost", &targets, &conditions).await;
    session.close().await;
}
