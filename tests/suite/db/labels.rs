//! The label of each transaction names a noun and a verb, so that a log line leads to one call.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use regex::Regex;

/// Nouns of the database itself and of all tables that expire; the others are the names of the models.
const DATABASE_NOUNS: [&str; 3] = ["expiry", "schema", "server"];

/// A call of `db::transaction`, `db::idempotent_transaction` or `db::statement`.
pub(super) struct LabelledCall {
    /// The file and line.
    place: String,
    /// The name of the called function.
    pub(super) function: String,
    pub(super) label: String,
}

/// All calls in the sources that have a label.
pub(super) fn labelled_calls() -> Vec<LabelledCall> {
    let call =
        Regex::new(r#"\bdb::(transaction|idempotent_transaction|statement)\(\s*([^,]+),\s*("([^"]*)")?"#)
            .unwrap();
    let mut calls = Vec::new();
    for path in sources(Path::new("src")) {
        let source = fs::read_to_string(root().join(&path)).unwrap();
        for found in call.captures_iter(&source) {
            let line = source[..found.get(0).unwrap().start()].matches('\n').count() + 1;
            let place = format!("{}:{line}", path.display());
            let label = found.get(4).unwrap_or_else(|| panic!("{place}: the label is not a literal"));
            calls.push(LabelledCall {
                place,
                function: found[1].to_owned(),
                label: label.as_str().to_owned(),
            });
        }
    }
    calls
}

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn sources(folder: &Path) -> Vec<PathBuf> {
    let mut paths: Vec<PathBuf> = fs::read_dir(root().join(folder))
        .unwrap()
        .map(|entry| folder.join(entry.unwrap().file_name()))
        .flat_map(|path| if root().join(&path).is_dir() { sources(&path) } else { vec![path] })
        .filter(|path| path.extension().is_some_and(|extension| extension == "rs"))
        .collect();
    paths.sort();
    paths
}

fn nouns() -> BTreeSet<String> {
    let models = fs::read_dir(root().join("src/models")).unwrap().map(|entry| entry.unwrap().path());
    models
        .filter(|path| path.is_file())
        .map(|path| path.file_stem().unwrap().to_string_lossy().into_owned())
        .chain(DATABASE_NOUNS.map(str::to_owned))
        .collect()
}

#[test]
fn every_label_is_a_noun_of_a_model_and_a_verb() {
    let (form, nouns) = (Regex::new("^[a-z]+(_[a-z]+)+$").unwrap(), nouns());
    assert!(nouns.contains("user") && nouns.contains("outgoing_mail"), "{nouns:?}");
    let begins_with_noun = |label: &str| {
        nouns.iter().any(|noun| label.strip_prefix(noun).is_some_and(|verb| verb.starts_with('_')))
    };
    let wrong: Vec<String> = labelled_calls()
        .into_iter()
        .filter(|call| !form.is_match(&call.label) || !begins_with_noun(&call.label))
        .map(|call| format!("{}: {}", call.place, call.label))
        .collect();
    assert!(wrong.is_empty(), "not <noun>_<verb> with one of {nouns:?}:\n{}", wrong.join("\n"));
}

#[test]
fn every_label_is_used_by_one_call() {
    let mut places: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for call in labelled_calls() {
        places.entry(call.label).or_default().push(call.place);
    }
    assert!(places.len() > 10, "only {} labels were found: the test tests nothing", places.len());
    places.retain(|_, places| places.len() > 1);
    assert!(places.is_empty(), "{places:#?}");
}

#[test]
fn every_call_has_the_prefix_that_this_test_looks_for() {
    let bare = Regex::new(r"[^:._a-z](transaction|idempotent_transaction|statement)\(").unwrap();
    let wrong: Vec<String> = sources(Path::new("src"))
        .into_iter()
        .filter(|path| path != Path::new("src/db/transaction.rs"))
        .flat_map(|path| {
            let source = fs::read_to_string(root().join(&path)).unwrap();
            let lines: Vec<String> = source
                .lines()
                .enumerate()
                .filter(|(_, line)| !line.trim_start().starts_with("//") && bare.is_match(line))
                .map(|(number, line)| format!("{}:{}: {}", path.display(), number + 1, line.trim()))
                .collect();
            lines
        })
        .collect();
    assert!(wrong.is_empty(), "call these functions as db::…:\n{}", wrong.join("\n"));
}
