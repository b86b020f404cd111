//! The field's corpus: responses and positions of a frame, with what the standards say. Each is judged by
//! `verify`, and shown in a real Chromium (in Firefox, too, where it is installed). All of them must agree.

mod case;
mod chromium;
mod firefox;
mod frame_ancestors;
mod policies;
mod position;
mod responses;
mod server;
mod sources;
mod x_frame_options;

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::time::{Duration, Instant};

use unframed::verify::browser::screenshot::{Region, Screenshot};
use unframed::verify::judge::may_frame;

use self::case::{Case, Positions};
use self::position::Position;
use self::server::{COLOUR, Server};
use crate::browser::evidence::tell;

/// A case at a position, shown for the first or, with the stored copy, for the second time.
type Row = (usize, Position, usize);

/// A browser that shows a page.
trait Viewer {
    fn name(&self) -> &'static str;
    async fn open(&mut self, url: &str);
    async fn picture(&mut self) -> Screenshot;
    /// The positions at which it does the opposite of what the standard says.
    fn departures(&self, case: &Case) -> Positions;
}

/// Whether a browser is known to depart from the standard in a row. Of a case with a 304 that means the stored copy.
fn departs(viewer: &impl Viewer, (case, position, visit): Row) -> bool {
    let case = &Case::all()[case];
    viewer.departures(case).contains(&position) && (visit == 2 || case.unchanged.is_none())
}

/// All rows in which the page must show up, and those in which it must not.
fn rows() -> Vec<(Row, bool)> {
    let mut rows = Vec::new();
    for (number, case) in Case::all().iter().enumerate() {
        for &position in case.at {
            rows.push(((number, position, 1), case.shown.contains(&position)));
            if case.unchanged.is_some() {
                rows.push(((number, position, 2), case.shown_again.contains(&position)));
            }
        }
    }
    rows
}

/// The rows that a browser shows.
async fn shown_in(viewer: &mut impl Viewer, server: &Server) -> BTreeSet<Row> {
    let rows = rows();
    let mut shown = BTreeSet::new();
    for group in Position::groups() {
        let frames = Position::frames(&group);
        let stored: Vec<_> =
            frames.iter().filter(|(_, case, _)| Case::all()[*case].unchanged.is_some()).collect();
        let visits = if stored.is_empty() { 1 } else { 2 };
        for visit in 1..=visits {
            server.forget();
            viewer.open(&Position::top(&group, server.port, visit)).await;
            server.has_answered(&group).await;
            let expected: BTreeSet<Row> = rows
                .iter()
                .filter(|((_, at, of), _)| group.contains(at) && *of == visit)
                .filter(|(row, shown)| *shown != departs(viewer, *row))
                .map(|(row, _)| *row)
                .collect();
            // Frames are painted one after the other. What must show up may take its time.
            let deadline = Instant::now() + Duration::from_secs(20);
            let seen = loop {
                let picture = viewer.picture().await;
                let visible = |region: Region| picture.count(region, COLOUR) > region.2 * region.3 / 2;
                let seen = frames.iter().filter(|(.., region)| visible(*region));
                let seen: BTreeSet<Row> = seen.map(|(position, case, _)| (*case, *position, visit)).collect();
                if seen.is_superset(&expected) || Instant::now() > deadline {
                    break seen;
                }
                tokio::time::sleep(Duration::from_millis(50)).await;
            };
            shown.extend(seen);
            if visit == 2 {
                let copies =
                    stored.iter().filter(|(at, case, _)| Case::all()[*case].shown.contains(at)).count();
                assert!(
                    server.forget() >= copies,
                    "{group:?}: the browser asks whether its copies are current"
                );
            }
        }
    }
    let known: BTreeSet<Row> = rows.into_iter().map(|(row, _)| row).collect();
    shown.intersection(&known).copied().collect()
}

/// The rows that `verify` says a browser shows.
fn shown_by_verify(port: u16) -> BTreeSet<Row> {
    let shows = |&(number, position, visit): &Row| {
        let case = &Case::all()[number];
        let response = if visit == 1 { case.judged(port) } else { case.judged_again(port) };
        may_frame(&response, &position.embedders(port), &position.target(port))
    };
    rows().into_iter().map(|(row, _)| row).filter(shows).collect()
}

/// Prints value × verdict × browser, and returns the rows that disagree.
fn compare(viewer: &impl Viewer, verify: &BTreeSet<Row>, browser: &BTreeSet<Row>) -> Vec<String> {
    let (mut table, mut faults, mut departures) = (String::new(), Vec::new(), 0);
    let rows = rows();
    for (number, case) in Case::all().iter().enumerate() {
        let (mut by_verify, mut by_browser) = (Vec::new(), Vec::new());
        for (row, standard) in rows.iter().filter(|((of, ..), _)| *of == number) {
            let (_, position, visit) = *row;
            let name = if visit == 1 { format!("{position:?}") } else { format!("{position:?} again") };
            let departs = departs(viewer, *row);
            departures += usize::from(departs);
            let (judged, seen) = (verify.contains(row), browser.contains(row));
            if judged != *standard || seen != (*standard != departs) {
                faults.push(format!(
                    "{case} at {name}: shown by the standard {standard}, by verify {judged}, in {} {seen}{}",
                    viewer.name(),
                    if departs { " (which is known to depart from the standard there)" } else { "" },
                ));
            }
            if judged {
                by_verify.push(name.clone());
            }
            if seen {
                by_browser.push(name);
            }
        }
        let list = |shown: &[String]| if shown.is_empty() { "nowhere".to_owned() } else { shown.join(" ") };
        let (by_verify, by_browser) = (list(&by_verify), list(&by_browser));
        let browser = if by_browser == by_verify { "the same".to_owned() } else { by_browser };
        let _ = writeln!(table, "{case} | {by_verify} | {browser}");
    }
    println!("value | verify: may be framed | {}\n{table}", viewer.name());
    tell(&format!(
        "{}: {} values, {} rows, {} disagreements with verify, {departures} known departures of the browser from the standard",
        viewer.name(),
        Case::all().len(),
        rows.len(),
        faults.len(),
    ));
    faults
}

#[tokio::test]
async fn verify_says_of_each_response_and_position_what_chromium_does() {
    let server = Server::start();
    let mut chromium = chromium::Chromium::open(&server.key).await;
    let shown = shown_in(&mut chromium, &server).await;
    let faults = compare(&chromium, &shown_by_verify(server.port), &shown);
    assert!(faults.is_empty(), "{}", faults.join("\n"));
    chromium.close().await;
}

#[tokio::test]
async fn verify_says_of_each_response_and_position_what_firefox_does() {
    let Some(mut firefox) = firefox::Firefox::open().await else {
        tell("SKIPPED: Firefox is not installed, so the corpus was not shown in it (on Debian: firefox-esr)");
        return;
    };
    let server = Server::start();
    let shown = shown_in(&mut firefox, &server).await;
    let faults = compare(&firefox, &shown_by_verify(server.port), &shown);
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn the_corpus_has_no_case_twice_and_names_the_source_of_each() {
    let mut seen = BTreeSet::new();
    for case in Case::all() {
        assert!(!case.source.is_empty(), "{case}");
        let what = format!("{case} {:?}", case.at);
        assert!(seen.insert(what) || case.lines.is_empty(), "{case} is there twice");
        for position in case.shown.iter().chain(case.shown_again).chain(case.chromium).chain(case.firefox) {
            assert!(case.at.contains(position), "{case}: {position:?} is not tried");
        }
    }
    let rows = rows();
    let shown = rows.iter().filter(|(_, shown)| *shown).count();
    assert!(shown > 150 && rows.len() - shown > 150, "{} rows, {shown} shown", rows.len());
}
