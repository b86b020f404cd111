//! Links between the documents, and the index of docs/.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Component, Path, PathBuf};

use super::reading::{Document, documents, root};

/// A relative link as a path from the root of the project, and its fragment.
fn target(from: &Document, link: &str) -> Option<(PathBuf, String)> {
    if link.contains("://") || link.starts_with("mailto:") {
        return None;
    }
    let (path, fragment) = link.split_once('#').unwrap_or((link, ""));
    if path.is_empty() {
        return Some((from.path.clone(), fragment.to_owned()));
    }
    let mut resolved = from.path.parent().expect("a folder").to_owned();
    for part in Path::new(path).components() {
        match part {
            Component::ParentDir => {
                assert!(resolved.pop(), "{}: {link} leaves the project", from.path.display())
            }
            Component::Normal(name) => resolved.push(name),
            other => assert_eq!(other, Component::CurDir, "{}: {link}", from.path.display()),
        }
    }
    Some((resolved, fragment.to_owned()))
}

#[test]
fn every_relative_link_leads_to_a_file_and_a_heading() {
    let (mut checked, mut faults) = (0, Vec::new());
    for document in documents() {
        for (link, place) in document.links() {
            let Some((path, fragment)) = target(&document, &link) else { continue };
            checked += 1;
            if !root().join(&path).exists() {
                faults.push(format!("{place}: {link}: there is no {}", path.display()));
            } else if !fragment.is_empty() && !Document::new(&path).anchors().contains(&fragment) {
                faults.push(format!("{place}: {link}: {} has no such heading", path.display()));
            }
        }
    }
    println!("{checked} relative links");
    assert!(checked > 50, "{checked}");
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

/// All that the documents which `chosen` accepts link to, as paths from the root.
fn linked(chosen: impl Fn(&Path) -> bool) -> BTreeSet<PathBuf> {
    let documents = documents();
    let chosen = documents.iter().filter(|document| chosen(&document.path));
    chosen
        .flat_map(|document| {
            document.links().into_iter().filter_map(|(link, _)| Some(target(document, &link)?.0))
        })
        .collect()
}

#[test]
fn the_index_of_docs_lists_every_document() {
    let index = Path::new("docs/README.md");
    let listed = linked(|path| path == index);
    for document in documents() {
        // docs/rules/README.md lists those: `verify::rules`.
        let is_rule = document.path.starts_with("docs/rules") && !document.path.ends_with("README.md");
        assert!(
            document.path == index || is_rule || listed.contains(&document.path),
            "docs/README.md does not list {}",
            document.path.display()
        );
    }
}

#[test]
fn every_picture_is_shown() {
    let shown = linked(|_| true);
    for entry in fs::read_dir(root().join("docs/screenshots")).unwrap() {
        let path = Path::new("docs/screenshots").join(entry.unwrap().file_name());
        assert!(shown.contains(&path), "no document shows {}", path.display());
    }
}
