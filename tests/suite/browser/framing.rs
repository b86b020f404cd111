//! Every way into a frame × every page × what a proxy may lose on the way × where the attacker sits.

use std::fmt::Write as _;
use std::io::Write as _;
use std::time::{Duration, Instant};

use reqwest::StatusCode;
use serde_json::Value;

use super::attacker::{FRAME, NAIVE, NAIVE_BUTTON, VECTORS, region};
use super::condition::Condition;
use super::driver::Session;
use super::world::{Site, World};
use crate::harness::browser::PASSWORD;

/// The paper of our pages (`--paper` in the stylesheet), which covers most of each.
const PAPER: [u8; 3] = [0xf5, 0xf7, 0xf5];
/// So many pixels of that colour make a page visible.
const VISIBLE: usize = 2000;

const PAGES: [&str; 4] = ["/settings", "/settings/sessions", "/sign-in", "/there-is-no-such-page"];

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
    let target: String = url::form_urlencoded::byte_serialize(world.victim(path).as_bytes()).collect();
    session.goto(&world.attacker(site, &format!("/attack?u={target}"))).await;
    session
        .wait_until("each frame asked for its page", || {
            let back = world.seen(|seen| seen.stolen.iter().any(|what| what.starts_with("back")));
            back && world
                .seen(|seen| (0..VECTORS.len()).all(|index| seen.asked.contains(&format!("v{index}"))))
        })
        .await;
    tokio::time::sleep(Duration::from_millis(100)).await;
    let picture = session.screenshot().await;
    let (mut outcomes, mut frame) = (Vec::new(), 0);
    for (vector, tried) in VECTORS.iter().enumerate() {
        let controls = if matches!(tried.name, "object" | "embed") {
            None
        } else {
            frame += 1;
            Some(session.documents(frame - 1).await.iter().map(|document| document.controls).sum())
        };
        outcomes.push(Outcome {
            vector,
            visible: picture.count(region(vector), colour) >= VISIBLE,
            controls,
        });
    }
    outcomes
}

/// For each frame a place in the window: one of the points within a frame, in turn.
fn places(outcomes: &[Outcome], points: &[(i64, i64)]) -> Vec<(i64, i64)> {
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

/// Signs up by typing into the form, as a person does.
pub async fn sign_up(world: &World, session: &Session) -> String {
    use thirtyfour::prelude::*;
    let email = format!("victim-{}@example.com", uuid::Uuid::new_v4());
    session.goto(&world.victim("/sign-up")).await;
    for (name, value) in [("display_name", "Victim"), ("email", email.as_str()), ("password", PASSWORD)] {
        let field = session.driver.find(By::Name(name)).await.expect("a field");
        field.send_keys(value).await.expect("typed");
    }
    let button = session.driver.find(By::Css("main form button")).await.expect("a button");
    button.click().await.expect("clicked");
    let at = session.driver.current_url().await.expect("an address");
    assert_eq!(at.path(), "/settings", "signed up");
    email
}

/// What the database says of the victim: whether the session lives, and the page of the account.
async fn account(world: &World, session: &Session) -> (StatusCode, String) {
    let name = if world.victim("").starts_with("https") { "__Host-session" } else { "session" };
    session.goto(&world.victim("/healthz")).await;
    let guest = world.app.guest();
    if let Ok(cookie) = session.driver.get_named_cookie(name).await {
        guest.set_cookie(name, &cookie.value);
    }
    let answer = guest.get("/settings/sessions").await;
    let facts =
        answer.body.split("<h1>").nth(1).unwrap_or_default().split("Last used").next().unwrap_or_default();
    (answer.status, facts.to_owned())
}

/// Every vector works on the naive page: seen, and its button clicked.
async fn prove_teeth(world: &World, session: &Session, site: Site, path: &str) -> usize {
    let mut clicked = 0;
    let outcomes = attack(world, session, site, path, NAIVE).await;
    let falls = |outcome: &&Outcome| VECTORS[outcome.vector].errors || !path.ends_with("/error");
    for outcome in outcomes.iter().filter(falls) {
        assert!(outcome.visible, "the naive page is not seen: {} {site:?} {path}", outcome.name());
        assert!(outcome.controls != Some(0), "it cannot be looked into: {} {site:?} {path}", outcome.name());
    }
    session.click(&places(&outcomes, &[NAIVE_BUTTON])).await;
    let expected: Vec<&Outcome> =
        outcomes.iter().filter(falls).filter(|outcome| VECTORS[outcome.vector].submits).collect();
    for _ in 0..100 {
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
    clicked
}

/// With no wall left, our own page is seen in the frame too: where its buttons are, within a frame.
async fn find_buttons(world: &World, session: &Session, site: Site, path: &str) -> Vec<(i64, i64)> {
    world.set(Condition::Blind);
    let outcomes = attack(world, session, site, path, PAPER).await;
    let first = &outcomes[0];
    assert!(first.visible && first.controls > Some(0), "with no wall left {path} is seen: {first:?}");
    session.driver.enter_frame(0).await.expect("the first frame");
    let found = session.run(BUTTONS).await;
    session.driver.enter_default_frame().await.expect("the page");
    world.set(Condition::Intact);
    let number = |value: &Value| value.as_i64().expect("a number");
    let points: Vec<(i64, i64)> = found
        .as_array()
        .expect("points")
        .iter()
        .map(|point| (number(&point[0]), number(&point[1])))
        .collect();
    assert!(!points.is_empty(), "{path} has something to click");
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
    fn row(&mut self, page: &str, condition: &str, site: Site, attacks: usize, worked: usize) {
        self.attacks += attacks;
        let _ =
            writeln!(self.text, "{page:<24} {condition:<14} {:<11} {attacks:>8} {worked:>8}", site.name());
    }
}

async fn run(world: &World, label: &str, pages: &[&str], conditions: &[Condition]) {
    let start = Instant::now();
    let session = Session::open(&world.key).await;
    sign_up(world, &session).await;
    let mut table = Table::default();
    let mut teeth = 0;
    for site in Site::ALL {
        for path in ["/naive", "/naive/error"] {
            let clicked = prove_teeth(world, &session, site, path).await;
            table.row(path, "no walls", site, VECTORS.len(), clicked);
            teeth += clicked;
        }
    }
    let before = account(world, &session).await;
    assert_eq!(before.0, StatusCode::OK, "the victim is signed in");
    for page in pages {
        for site in Site::ALL {
            let points = find_buttons(world, &session, site, page).await;
            for condition in conditions {
                world.set(*condition);
                let outcomes = attack(world, &session, site, page, PAPER).await;
                for outcome in &outcomes {
                    let seen = outcome.visible || outcome.controls.unwrap_or_default() > 0;
                    assert!(!seen, "{page}, {}, {}: {}", condition.name(), site.name(), outcome.name());
                }
                let requests = world.seen(|seen| seen.requests);
                session.click(&places(&outcomes, &points)).await;
                let after = world.seen(|seen| seen.requests);
                assert_eq!(after, requests, "a click reached {page}, {}, {}", condition.name(), site.name());
                table.row(page, condition.name(), site, outcomes.len(), 0);
            }
        }
    }
    world.set(Condition::Intact);
    assert_eq!(account(world, &session).await, before, "the account is as it was");
    one_click_works_without_walls(world, &session).await;
    session.close().await;
    let text = format!(
        "\nframing, {label}: {} vectors, frames of {}×{}\n{:<24} {:<14} {:<11} {:>8} {:>8}\n{}{} attacks, {teeth} of them worked, on the naive page only; {} s\n\
         * the proxy takes the other walls away too, Sec-Fetch among them: the one that is left holds alone\n",
        VECTORS.len(),
        FRAME.0,
        FRAME.1,
        "page",
        "condition",
        "attacker",
        "attacks",
        "worked",
        table.text,
        table.attacks,
        start.elapsed().as_secs()
    );
    // Past the capture of the test's output: the table belongs to the evidence of each run.
    std::io::stdout().write_all(text.as_bytes()).expect("printed");
}

/// The same click that did nothing above ends the session where nothing protects the page.
async fn one_click_works_without_walls(world: &World, session: &Session) {
    let points = find_buttons(world, session, Site::Sibling, "/settings").await;
    world.set(Condition::Blind);
    let outcomes = attack(world, session, Site::Sibling, "/settings", PAPER).await;
    let sign_out = places(&outcomes[..1], &points[..1]);
    session.click(&sign_out).await;
    tokio::time::sleep(Duration::from_millis(500)).await;
    world.set(Condition::Intact);
    assert_eq!(
        account(world, session).await.0,
        StatusCode::SEE_OTHER,
        "the stolen click signed the victim out"
    );
}

#[tokio::test]
async fn no_page_can_be_seen_or_clicked_in_a_frame_over_https() {
    run(&World::https().await, "https", &PAGES, &Condition::ALL).await;
}

#[tokio::test]
async fn no_page_can_be_seen_or_clicked_in_a_frame_on_localhost() {
    let conditions = [Condition::Intact, Condition::WithoutAny];
    run(&World::localhost().await, "http://localhost", &["/settings"], &conditions).await;
}
