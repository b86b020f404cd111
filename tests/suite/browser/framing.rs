//! Attacks by frames: vectors × pages × conditions of the headers × sites of the attacker. One load of
//! the attacker's page shows a target through several vectors at once.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::time::Instant;

use serde_json::Value;
use unframed::actions::{ApproveConfirmation, SensitiveAction as _};
use unframed::verify::browser::attacker::{in_a_frame, through};
use unframed::verify::browser::input::Place;
use unframed::verify::browser::vectors::{FRAME, VECTORS, region};

use super::condition::Condition;
use super::covering::Extent;
use super::driver::Session;
use super::evidence::tell;
use super::naive;
use super::victim::Victim;
use super::world::{Seen, Site, World};
use crate::harness::confirmation::fresh_email;

/// The background of our pages (`--paper` in the stylesheet), which covers most of each page.
const PAPER: [u8; 3] = [0xf5, 0xf7, 0xf5];
/// A page with this many pixels of its colour counts as visible.
const VISIBLE: usize = 2000;

/// A page under attack.
struct Target {
    /// Its route.
    name: &'static str,
    path: String,
    /// Whether it has controls. The card has none, because other sites may embed it.
    has_controls: bool,
    /// Whether a frame may show it under this condition. The gate admits frames to the card, so without
    /// response headers every site can show it: it is public, and has nothing to click.
    shows: fn(Condition) -> bool,
}

impl Target {
    fn new(name: &'static str, path: impl Into<String>) -> Self {
        Self { name, path: path.into(), has_controls: true, shows: |_| false }
    }
}

/// One load of the attacker's page: a target through some of the vectors.
struct Load<'a> {
    target: &'a Target,
    site: Site,
    condition: Condition,
    vectors: Vec<usize>,
}

/// The loads of a run.
fn loads<'a>(
    extent: Extent,
    sites: [Site; 2],
    targets: &'a [Target],
    conditions: &[Condition],
) -> Vec<Load<'a>> {
    let mut scenes = Vec::new();
    for target in targets {
        for site in sites {
            scenes.extend(conditions.iter().map(|&condition| (target, site, condition)));
        }
    }
    let names = |(target, site, condition): &(&Target, Site, Condition)| {
        [target.name, site.name(), condition.name()].map(str::to_owned)
    };
    // First few scenes, then few vectors in each: a frame takes time, and so does a load.
    let scenes = extent.select(scenes, names);
    let attacks = scenes.iter().flat_map(|&scene| (0..VECTORS.len()).map(move |vector| (scene, vector)));
    let attacks = extent.select(attacks.collect(), |(scene, vector)| {
        let [page, site, condition] = names(scene);
        [page, site, condition, vector.to_string()]
    });
    let same_scene = |(one, _): &_, (other, _): &_| names(one) == names(other);
    let load = |attacks: &[((&'a Target, Site, Condition), usize)]| {
        let (target, site, condition) = attacks[0].0;
        Load { target, site, condition, vectors: attacks.iter().map(|(_, vector)| *vector).collect() }
    };
    attacks.chunk_by(same_scene).map(load).collect()
}

#[test]
fn a_pairwise_run_holds_every_pair_of_vector_page_condition_and_site() {
    let targets = ["one", "two", "three", "four", "five", "six"].map(|name| Target::new(name, "/"));
    for targets in [&targets[..2], &targets[..4], &targets[..]] {
        let pairs = |extent: Extent| {
            let mut pairs = BTreeSet::new();
            for Load { target, site, condition, vectors } in
                loads(extent, Site::ALL, targets, &Condition::ALL)
            {
                pairs.extend([
                    format!("{} {site:?}", target.name),
                    format!("{} {condition:?}", target.name),
                    format!("{site:?} {condition:?}"),
                ]);
                for vector in vectors.iter().map(|vector| VECTORS[*vector].name) {
                    pairs.extend([
                        format!("{} {vector}", target.name),
                        format!("{site:?} {vector}"),
                        format!("{condition:?} {vector}"),
                    ]);
                }
            }
            pairs
        };
        assert_eq!(pairs(Extent::Pairwise), pairs(Extent::Full), "{} pages", targets.len());
    }
}

#[test]
fn a_full_run_holds_every_vector_page_condition_and_site() {
    let targets = ["one", "two", "three"].map(|name| Target::new(name, "/"));
    let loads = loads(Extent::Full, Site::ALL, &targets, &Condition::ALL);
    assert_eq!(loads.len(), targets.len() * Condition::ALL.len() * Site::ALL.len());
    assert!(loads.iter().all(|load| load.vectors.len() == VECTORS.len()));
}

/// The result of one vector.
#[derive(Debug)]
struct Outcome {
    vector: usize,
    /// Whether the page's colour shows.
    visible: bool,
    /// Links, buttons and fields in the frame's documents; `None` where WebDriver cannot enter.
    controls: Option<u64>,
}

impl Outcome {
    fn name(&self) -> &'static str {
        VECTORS[self.vector].name
    }
}

/// Opens the attacker's page and looks at each frame.
async fn attack(
    world: &World,
    session: &Session,
    (site, path): (Site, &str),
    vectors: &[usize],
    colour: [u8; 3],
) -> Vec<Outcome> {
    world.forget();
    session.goto(&world.attacker(site, &through(vectors, &world.victim(path), "v"))).await;
    let asked = |seen: &Seen, index: usize| {
        let back =
            VECTORS[index].name != "history back" || seen.stolen.iter().any(|what| what.starts_with("back"));
        back && seen.asked.contains(&format!("v{index}"))
    };
    session
        .wait_until("each frame asks for its page", || {
            world.seen(|seen| vectors.iter().all(|&index| asked(seen, index)))
        })
        .await;
    let mut frame = 0;
    let mut controls = Vec::new();
    for &index in vectors {
        controls.push(if matches!(VECTORS[index].name, "object" | "embed") {
            None
        } else {
            frame += 1;
            Some(session.controls_in_frame(frame - 1).await)
        });
    }
    // The picture comes last, when the browser has painted everything.
    let picture = session.screenshot().await;
    let visible = |vector| picture.count(region(vector), colour) >= VISIBLE;
    let outcome = |(&vector, controls)| Outcome { vector, visible: visible(vector), controls };
    vectors.iter().zip(controls).map(outcome).collect()
}

/// A place in the window for each frame: one of the points within a frame.
fn places(outcomes: &[Outcome], points: &[Place]) -> Vec<Place> {
    let place = |outcome: &Outcome| {
        let (left, top, ..) = region(outcome.vector);
        let (x, y) = points[outcome.vector % points.len()];
        (i64::try_from(left).expect("small") + x, i64::try_from(top).expect("small") + y)
    };
    outcomes.iter().map(place).collect()
}

/// The pages that every vector must show, and where a click must act.
const NAIVE: [&str; 2] = ["/naive", "/naive/error"];

/// Proves that the vectors work on a naive page: they show the page, and a click on its button acts.
/// Returns how many show it, and how many clicks act.
async fn prove_teeth(
    world: &World,
    session: &Session,
    (site, path): (Site, &str),
    vectors: &[usize],
) -> (usize, usize) {
    let outcomes = attack(world, session, (site, path), vectors, naive::COLOUR).await;
    let falls = |outcome: &&Outcome| VECTORS[outcome.vector].errors || !path.ends_with("/error");
    for outcome in outcomes.iter().filter(falls) {
        assert!(outcome.visible, "the naive page is not seen: {} {site:?} {path}", outcome.name());
        assert!(
            outcome.controls != Some(0),
            "its controls are not found: {} {site:?} {path}",
            outcome.name()
        );
    }
    session.click(&places(&outcomes, &[naive::BUTTON])).await;
    let submits = |outcome: &&Outcome| falls(outcome) && VECTORS[outcome.vector].submits;
    let expected = outcomes.iter().filter(submits).count();
    let deeds = || world.seen(|seen| seen.clicked.len());
    session.wait_until("the naive pages act", || deeds() >= expected).await;
    for outcome in &outcomes {
        let done = world.deeds(&format!("v{}", outcome.vector)) > 0;
        assert_eq!(done, submits(&outcome), "clicked: {} {site:?} {path}", outcome.name());
    }
    (outcomes.iter().filter(|outcome| outcome.visible).count(), expected)
}

/// Opens the attacker's page with the target in one frame, and no protection left.
async fn open_unprotected(world: &World, session: &Session, site: Site, path: &str) {
    world.set(Condition::Blind);
    session.goto(&world.attacker(site, &in_a_frame(&world.victim(path)))).await;
}

/// Finds where the buttons lie within a frame: without any protection the frame shows our own page too.
async fn find_buttons(world: &World, session: &Session, site: Site, target: &Target) -> Vec<Place> {
    let path = &target.path;
    open_unprotected(world, session, site, path).await;
    let controls = session.controls_in_frame(0).await > 0;
    let visible = session.screenshot().await.count(region(0), PAPER) >= VISIBLE;
    assert!(visible && controls == target.has_controls, "an unprotected frame does not show {path}");
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

/// The table of a run.
#[derive(Default)]
struct Table {
    text: String,
    attacks: usize,
}

impl Table {
    fn row(&mut self, page: &str, condition: &str, site: Site, [attacks, seen, worked]: [usize; 3]) {
        self.attacks += attacks;
        let site = site.name();
        let _ =
            writeln!(self.text, "{page:<24} {condition:<14} {site:<11} {attacks:>8} {seen:>6} {worked:>8}");
    }
}

async fn run(victim: &Victim<'_>, label: &str, targets: &[Target], conditions: &[Condition]) {
    run_from(Site::ALL, victim, label, targets, conditions).await;
}

async fn run_from(
    sites: [Site; 2],
    victim: &Victim<'_>,
    label: &str,
    targets: &[Target],
    conditions: &[Condition],
) {
    let start = Instant::now();
    let (world, session) = (victim.world, victim.session);
    let extent = Extent::chosen();
    let mut table = Table::default();
    let mut teeth = 0;
    let mut naive = Vec::new();
    for site in sites {
        for path in NAIVE {
            naive.extend((0..VECTORS.len()).map(|vector| (site, path, vector)));
        }
    }
    let naive = extent.select(naive, |(site, path, vector)| {
        [site.name().to_owned(), (*path).to_owned(), vector.to_string()]
    });
    for attacks in naive.chunk_by(|one, other| (one.0, one.1) == (other.0, other.1)) {
        let (site, path, _) = attacks[0];
        let vectors: Vec<_> = attacks.iter().map(|(.., vector)| *vector).collect();
        let (seen, clicked) = prove_teeth(world, session, (site, path), &vectors).await;
        table.row(path, "unprotected", site, [vectors.len(), seen, clicked]);
        teeth += clicked;
    }
    let before = victim.account().await;
    let loads = loads(extent, sites, targets, conditions);
    for loads in loads.chunk_by(|one, other| (one.target.name, one.site) == (other.target.name, other.site)) {
        let points = find_buttons(world, session, loads[0].site, loads[0].target).await;
        for Load { target, site, condition, vectors } in loads {
            world.set(*condition);
            let outcomes = attack(world, session, (*site, &target.path), vectors, PAPER).await;
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
            table.row(target.name, condition.name(), *site, [outcomes.len(), visible, 0]);
        }
    }
    world.set(Condition::Intact);
    assert_eq!(victim.account().await, before, "the account is as it was");
    one_click_works_without_protection(victim).await;
    let text = format!(
        "framing, {label}, {}: {} vectors, frames of {}×{}\n{:<24} {:<14} {:<11} {:>8} {:>6} {:>8}\n{}{} attacks, {teeth} of them worked, on the naive page only; {} s\n\
         * the proxy also removes Sec-Fetch-* and every other protection: the remaining one holds alone",
        extent.name(),
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

/// The click that does nothing above ends the session where nothing protects the page.
async fn one_click_works_without_protection(victim: &Victim<'_>) {
    let (world, session) = (victim.world, victim.session);
    let settings = Target::new("/settings", "/settings");
    let points = find_buttons(world, session, Site::Sibling, &settings).await;
    let before = victim.account().await.sessions;
    world.forget();
    open_unprotected(world, session, Site::Sibling, "/settings").await;
    session.click(&points[..1]).await;
    let sent = || world.writes().contains(&"POST /sign-out".to_owned());
    session.wait_until("the form was sent", sent).await;
    world.set(Condition::Intact);
    assert_eq!(victim.account().await.sessions, before - 1, "the stolen click signed the victim out");
}

#[tokio::test]
async fn no_member_page_can_be_seen_or_clicked_in_a_frame() {
    let world = World::https().await;
    let session = Session::open(&world.key).await;
    let victim = Victim::sign_up(&world, &session).await;
    let confirm = victim.begin("/settings/delete").await;
    let targets = [
        Target::new("/settings", "/settings"),
        Target::new("/settings/profile", "/settings/profile"),
        Target::new("/settings/sessions", "/settings/sessions"),
        Target::new("/settings/delete", "/settings/delete"),
        Target::new("/confirm/{id}", confirm),
    ];
    run(&victim, "https, member pages", &targets, &Condition::ALL).await;
    session.close().await;
}

#[tokio::test]
async fn no_public_page_can_be_clicked_in_a_frame() {
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
    let sign_up = world.app.guest().ask_for_sign_up(&fresh_email("new")).await;
    session.goto(&world.victim("/settings/profile")).await;
    victim.click("form[action='/settings/card'] button").await;
    let card = victim.card().await;
    let unknown = format!("/card/{}", uuid::Uuid::new_v4());
    let targets = [
        Target::new("/sign-in", "/sign-in"),
        Target::new("/sign-up/{token}", sign_up),
        Target::new("/email-change/{token}", change),
        Target::new("/undo/{token}", undo),
        Target::new("an error", "/there-is-no-such-page"),
        Target::new("an error of a card", unknown),
        Target {
            has_controls: false,
            shows: |condition| condition == Condition::WithoutAny,
            ..Target::new("/card/{user_id}", card)
        },
    ];
    run(&victim, "https, public pages", &targets, &Condition::ALL).await;
    session.close().await;
}

/// The partner stands for the application, whose own origin the policy of these pages names in `form-action`.
#[tokio::test]
async fn no_page_of_a_confirmation_can_be_clicked_in_a_frame_of_its_application_or_of_a_stranger() {
    let world = World::https().await;
    let session = Session::open(&world.key).await;
    let victim = Victim::sign_up(&world, &session).await;
    victim.open_start(ApproveConfirmation::START).await;
    let request = victim.path().await;
    let confirm = victim.go_on().await;
    let targets =
        [Target::new("/confirmations/{id}", request.as_str()), Target::new("/confirm/{id}", confirm)];
    let sites = [Site::Partner, Site::Cross];
    run_from(sites, &victim, "https, a confirmation", &targets, &Condition::ALL).await;
    let id = request.rsplit('/').next().expect("an id");
    let open = format!("confirmations WHERE id = '{id}' AND outcome IS NULL");
    assert_eq!(world.app.count(&open).await, 1, "nothing was decided");
    session.close().await;
}

#[tokio::test]
async fn no_page_on_localhost_can_be_seen_or_clicked_in_a_frame() {
    let world = World::localhost().await;
    let session = Session::open(&world.key).await;
    let victim = Victim::sign_up(&world, &session).await;
    let confirm = victim.begin("/settings/delete").await;
    let targets = [Target::new("/settings", "/settings"), Target::new("/confirm/{id}", confirm)];
    let conditions = [Condition::Intact, Condition::WithoutAny];
    run(&victim, "http://localhost", &targets, &conditions).await;
    session.close().await;
}
