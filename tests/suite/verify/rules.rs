//! Each rule has its page, and each page its rule.

use std::collections::BTreeSet;

use unframed::verify::{Rule, Severity};

use super::verify;
use crate::documents::reading::root;

/// What each page must speak of, beside its rule.
const SERVERS: [&str; 15] = [
    "nginx",
    "Apache",
    "Caddy",
    "HAProxy",
    "Traefik",
    "Envoy",
    "Cloudflare",
    "Actix",
    "axum",
    "Express",
    "Django",
    "Rails",
    "Spring",
    "Laravel",
    "FastAPI",
];

#[test]
fn names_are_unique_and_in_order_and_end_in_their_page() {
    let names: Vec<&str> = Rule::ALL.iter().map(|rule| rule.name()).collect();
    assert!(names.windows(2).all(|two| two[0] < two[1]), "{names:?}");
    for rule in Rule::ALL {
        assert_eq!(rule.page(), format!("docs/rules/{}.md", rule.name().replace('/', "-")));
        let group = format!("{:?}", rule.group()).to_lowercase();
        assert!(rule.name().starts_with(&format!("{group}/")), "{rule}");
        assert_eq!(Rule::named(rule.name()), Some(*rule));
    }
    assert_eq!(Rule::named("framing/nothing"), None);
}

#[test]
fn each_rule_has_a_page_with_what_why_and_how_and_each_page_a_rule() {
    let index = std::fs::read_to_string(root().join("docs/rules/README.md")).expect("the index");
    for rule in Rule::ALL {
        let text = rule.text();
        let severity = match rule.worst() {
            Severity::Note => "only a note",
            Severity::Low => "low",
            Severity::Medium => "medium at most",
            Severity::High => "high at most",
        };
        let start = format!("# {rule}\n\n{}. Severity: {severity}.\n", rule.title());
        assert!(text.starts_with(&start), "{rule}: {text}");
        let sections: Vec<&str> = text.lines().filter(|line| line.starts_with("## ")).collect();
        assert_eq!(sections, ["## What it finds", "## Why it matters", "## How to fix it"], "{rule}");
        assert!(text.contains("\nSource: ["), "{rule} has no source");
        for server in SERVERS {
            assert!(text.contains(server), "{rule} does not say what to do on {server}");
        }
        let row = format!(
            "| [{rule}]({}) | {} | {} |",
            rule.page().trim_start_matches("docs/rules/"),
            rule.title(),
            rule.worst().word()
        );
        assert!(index.contains(&row), "docs/rules/README.md has no line {row}");
    }
    let pages: BTreeSet<String> = std::fs::read_dir(root().join("docs/rules"))
        .expect("a folder")
        .map(|entry| format!("docs/rules/{}", entry.expect("an entry").file_name().to_string_lossy()))
        .collect();
    let others = ["docs/rules/README.md", "docs/rules/servers.md"];
    let known: BTreeSet<String> =
        Rule::ALL.iter().map(|rule| rule.page()).chain(others).map(str::to_owned).collect();
    assert_eq!(pages, known);
}

#[test]
fn the_common_page_has_a_section_for_each_server() {
    let page = std::fs::read_to_string(root().join("docs/rules/servers.md")).expect("the page");
    for server in SERVERS {
        let section = page.split("\n## ").find(|section| section.starts_with(server)).expect(server);
        assert!(
            section.contains("frame-ancestors 'none'")
                || section.contains("frame_ancestors :none")
                || section.contains("frameAncestors: [\"'none'\"]")
                || section.contains("\"frame-ancestors\": [\"'none'\"]"),
            "{server}"
        );
        assert!(section.contains("Source: ["), "{server}");
    }
}

#[test]
fn a_page_is_printed_without_the_sources() {
    let output = verify(&["--explain", "framing/none"]);
    assert_eq!(output.status.code(), Some(0));
    assert_eq!(String::from_utf8_lossy(&output.stdout), Rule::FramingNone.text());
    let output = verify(&["--explain", "framing/non"]);
    let errors = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(2));
    assert!(errors.contains("framing/none"), "{errors}");
    assert!(!String::from_utf8_lossy(&verify(&["--help"]).stdout).contains("csp/unsafe-eval"));
}
