//! JSON, SARIF and JUnit, read again by parsers of others.

use std::collections::BTreeSet;

use roxmltree::{Document, Node};
use serde_json::Value;
use unframed::verify::report::{Format, printable};
use unframed::verify::{Report, Rule};

use super::{HOSTILE, all, hostile, written};

const SCHEMA: &str = include_str!("../../../vendor/sarif/sarif-schema-2.1.0.json");

#[test]
fn json_keeps_every_text() {
    for text in HOSTILE {
        let report: Value = serde_json::from_str(&written(Format::Json, &[hostile(text)])).expect("JSON");
        let (shown, list) = (printable(text), report["list"].as_array().expect("a list"));
        assert_eq!(list.len(), 3, "{report:#}");
        for entry in list {
            assert_eq!((&entry["what"], &entry["change"]), (&shown.as_str().into(), &shown.as_str().into()));
        }
        assert_eq!(
            (&list[0]["rule"], &list[0]["page"]),
            (&"framing/none".into(), &"docs/rules/framing-none.md".into())
        );
        assert_eq!(
            (&report["known"][0]["reason"], &report["known"][0]["expires"]),
            (&shown.as_str().into(), &"2027-03-31".into())
        );
        assert_eq!(report["incomplete"][0], shown.as_str());
    }
}

#[test]
fn json_of_many_sites_is_one_object_with_a_summary() {
    for reports in [Vec::new(), all()] {
        let whole: Value = serde_json::from_str(&written(Format::Json, &reports)).expect("JSON");
        assert_eq!(whole["sites"].as_array().map(Vec::len), Some(reports.len()));
        assert_eq!(whole["summary"]["sites"].as_array().map(Vec::len), Some(reports.len()));
    }
    let whole: Value = serde_json::from_str(&written(Format::Json, &all())).expect("JSON");
    assert_eq!(whole["summary"]["rules"]["framing/none"], 24);
    let line = &whole["summary"]["sites"][0];
    assert_eq!(
        (&line["high"], &line["low"], &line["known"], &line["complete"]),
        (&1.into(), &1.into(), &2.into(), &false.into())
    );
}

#[test]
fn sarif_is_valid_by_its_schema() {
    // One of its patterns has a bracket too many, which stands for itself in JavaScript alone.
    let schema = SCHEMA.replace("^[a-zA-Z]{2}|^[a-zA-Z]{2}-[a-zA-Z]{2}]?$", "^[a-zA-Z]{2}(-[a-zA-Z]{2})?$");
    let schema: Value = serde_json::from_str(&schema).expect("JSON");
    let validator = jsonschema::options().should_validate_formats(true).build(&schema).expect("a schema");
    for reports in [Vec::new(), vec![Report::new("https://a.example")], all()] {
        let log: Value = serde_json::from_str(&written(Format::Sarif, &reports)).expect("JSON");
        let errors: Vec<String> =
            validator.iter_errors(&log).map(|error| format!("{}: {error}", error.instance_path())).collect();
        assert_eq!(errors, [""; 0]);
        let results = log["runs"][0]["results"].as_array().expect("results");
        assert_eq!(results.len(), if reports.len() == 24 { 24 * 4 } else { 0 });
    }
    let broken = written(Format::Sarif, &all()).replace("\"version\":\"2.1.0\"", "\"version\":\"2.2.0\"");
    assert!(!validator.is_valid(&serde_json::from_str(&broken).unwrap()), "the schema is looked at");
}

#[test]
fn sarif_names_rules_places_and_fingerprints() {
    let log: Value = serde_json::from_str(&written(Format::Sarif, &all())).expect("JSON");
    let run = &log["runs"][0];
    let rules = run["tool"]["driver"]["rules"].as_array().expect("rules");
    assert_eq!(rules.len(), Rule::ALL.len());
    for (rule, row) in Rule::ALL.iter().zip(rules) {
        assert_eq!(row["id"], rule.name());
        assert!(
            row["helpUri"].as_str().is_some_and(|uri| uri.starts_with("https://") && uri.len() > 20),
            "{row:#}"
        );
        let page = row["help"]["markdown"].as_str().unwrap();
        assert!(
            page.contains("](") && page.split("](").skip(1).all(|link| link.starts_with("https://")),
            "a link that leads nowhere: {page}"
        );
        assert!(page.contains("## How to fix it"), "{page}");
        let severity: f64 = row["properties"]["security-severity"].as_str().unwrap().parse().unwrap();
        assert!((0.0..=10.0).contains(&severity));
    }
    let results = run["results"].as_array().expect("results");
    let mut prints = BTreeSet::new();
    for result in results {
        let index = usize::try_from(result["ruleIndex"].as_u64().unwrap()).unwrap();
        assert_eq!(rules[index]["id"], result["ruleId"]);
        let uri = result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"].as_str().unwrap();
        // GitHub refuses a file with an absolute address in it.
        assert!(uri.starts_with("a.example/") && !uri.contains(':'), "{uri}");
        assert!(uri.bytes().all(|byte| byte.is_ascii_graphic() && !b"<>\"`{}|\\^".contains(&byte)), "{uri}");
        prints.insert(result["partialFingerprints"]["unframedFinding/v1"].as_str().unwrap().to_owned());
    }
    // Two of the known findings are the same as the two others, at other places.
    assert_eq!(prints.len(), 24 * 2);
    let again: Value = serde_json::from_str(&written(Format::Sarif, &all())).expect("JSON");
    assert_eq!(again, log, "the same findings have the same report");
    assert_eq!(run["invocations"][0]["executionSuccessful"], false);
    let suppressed = results.iter().filter(|result| result["suppressions"][0]["kind"] == "external").count();
    assert_eq!(suppressed, 24 * 2);
}

#[test]
fn a_port_is_no_scheme_of_a_sarif_location() {
    let mut report = Report::new("http://localhost:8080");
    report.find("GET /a%20b?c=d, framed (200)", super::finding(unframed::verify::Severity::High, "x"));
    let log: Value = serde_json::from_str(&written(Format::Sarif, &[report])).expect("JSON");
    let location = &log["runs"][0]["results"][0]["locations"][0];
    assert_eq!(location["physicalLocation"]["artifactLocation"]["uri"], "localhost%3A8080/a%20b");
    let name = &location["logicalLocations"][0]["fullyQualifiedName"];
    assert_eq!(name, "http://localhost:8080 GET /a%20b?c=d, framed (200)");
}

#[test]
fn junit_is_well_formed_and_counts_what_it_lists() {
    let xml = written(Format::Junit, &all());
    let document = Document::parse(&xml).expect("XML");
    let suites: Vec<Node<'_, '_>> =
        document.descendants().filter(|node| node.has_tag_name("testsuite")).collect();
    assert_eq!(suites.len(), HOSTILE.len());
    for (suite, text) in suites.iter().zip(HOSTILE) {
        let count =
            |name: &str| suite.descendants().filter(|node| node.has_tag_name(name)).count().to_string();
        for (attribute, element) in
            [("tests", "testcase"), ("failures", "failure"), ("errors", "error"), ("skipped", "skipped")]
        {
            assert_eq!(suite.attribute(attribute), Some(count(element).as_str()), "{attribute}");
        }
        assert_eq!(
            (count("testcase"), count("failure"), count("skipped")),
            ("5".into(), "2".into(), "2".into())
        );
        let failure = suite.descendants().find(|node| node.has_tag_name("failure")).unwrap();
        assert_eq!(failure.attribute("message"), Some(printable(text).as_str()));
        assert!(failure.text().unwrap().contains(&printable(text)));
    }
}

#[test]
fn a_site_without_findings_is_a_suite_with_a_case_that_passes() {
    let xml = written(Format::Junit, &[Report::new("https://a.example")]);
    let document = Document::parse(&xml).expect("XML");
    let cases = document.descendants().filter(|node| node.has_tag_name("testcase"));
    assert_eq!(cases.map(|case| case.children().count()).collect::<Vec<_>>(), [0]);
}
