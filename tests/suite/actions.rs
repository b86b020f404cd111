//! Sensitive actions: the rules that hold for every kind, derived from the list of kinds, and a file for
//! each kind.

mod add_authenticator;
mod add_passkey;
mod approve_confirmation;
mod change_email;
mod change_password;
mod create_access_token;
mod delete_account;
mod export_data;
mod make_recovery_codes;
mod proof;
mod remove_factor;
mod revoke_other_sessions;
mod secure_account;
mod undo;

use std::collections::BTreeSet;
use std::path::Path;

use chrono::TimeDelta;
use unframed::actions::{KINDS, undo as undos};
use unframed::assets::Assets;
use unframed::domain::Language;
use unframed::locales::Catalogues;
use unframed::route_map::{RouteKind, Sensitivity};

use crate::harness::TestApp;
use crate::harness::application::RETURN_ORIGIN;

/// The start pages of all kinds.
pub fn starts() -> Vec<&'static str> {
    KINDS.iter().map(|kind| kind.start).collect()
}

/// The start pages of all kinds that a browser without scripts can begin.
pub fn starts_without_script() -> Vec<&'static str> {
    let scripted =
        |start: &str| unframed::routes::patterns().iter().any(|route| route.path == start && route.script);
    starts().into_iter().filter(|start| !scripted(start)).collect()
}

#[test]
fn every_kind_has_its_route_template_source_and_test() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    for kind in KINDS {
        for part in [
            format!("src/actions/{}.rs", kind.name),
            format!("templates/actions/{}.html", kind.name),
            format!("tests/suite/actions/{}.rs", kind.name),
        ] {
            assert!(root.join(&part).is_file(), "{} has no {part}", kind.name);
        }
        let registered = include_str!("actions.rs").contains(&format!("\nmod {};\n", kind.name));
        assert!(registered, "tests/suite/actions.rs does not name the test of {}", kind.name);
    }
    let names: BTreeSet<&str> = KINDS.iter().map(|kind| kind.name).collect();
    assert_eq!(names.len(), KINDS.len(), "two kinds share a name");
    let routes = unframed::routes::patterns();
    let start_routes: BTreeSet<&str> = routes
        .iter()
        .filter(|route| route.kind == RouteKind::Sensitive(Sensitivity::Start))
        .map(|route| route.path)
        .collect();
    assert_eq!(start_routes, starts().into_iter().collect(), "left: the URL table, right: the kinds");
}

#[tokio::test]
async fn an_action_that_is_confirmed_after_the_recent_sign_in_is_over_leads_to_a_page_that_opens() {
    let app = TestApp::spawn().await;
    for kind in KINDS {
        let ada = app.member("Ada").await;
        app.wait(TimeDelta::minutes(8));
        let page = ada.begin_any(kind.start).await;
        app.wait(TimeDelta::minutes(3));
        let done = ada.confirm(&page).await;
        if done.location().starts_with(RETURN_ORIGIN) {
            continue;
        }
        let landing = ada.get(done.location()).await;
        assert_eq!(landing.status, 200, "{}: {}", kind.name, done.location());
    }
}

#[test]
fn every_template_of_an_action_belongs_to_a_kind() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("templates/actions");
    for entry in std::fs::read_dir(folder).unwrap() {
        let name = entry.unwrap().file_name().to_string_lossy().replace(".html", "");
        let known = KINDS.iter().any(|kind| kind.name == name) || undos::KINDS.contains(&name.as_str());
        assert!(known, "{name}.html has no kind");
    }
}

#[test]
fn the_word_of_a_kind_is_one_lower_case_word() {
    // Users type it, and the page compares it without regard to case.
    let catalogues = Catalogues::load(&Assets::new(env!("CARGO_MANIFEST_DIR").into(), None)).unwrap();
    for word in KINDS.iter().filter_map(|kind| kind.word) {
        for language in Language::ALL {
            let word = catalogues.of(*language).text(word);
            assert!(!word.is_empty() && word.chars().all(char::is_lowercase), "{word}");
        }
    }
}
