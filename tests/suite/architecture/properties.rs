//! A domain type that parses text has a property test.

use regex::Regex;

use super::sources;

#[test]
fn every_domain_type_that_reads_text_has_a_property_test() {
    // A function that makes the type out of a text.
    let reads =
        Regex::new(r"pub (?:const )?fn \w+\([^)]*&str[^)]*\)\s*->\s*(?:Self|Option<Self>|Result<Self)")
            .unwrap();
    let sources = sources("src/domain", "rs");
    let mut parsers = 0;
    for source in &sources {
        let code = source.text.split("#[cfg(test)]").next().unwrap_or_default();
        if !reads.is_match(code) {
            continue;
        }
        parsers += 1;
        let folder = format!("{}/", source.path.trim_end_matches(".rs"));
        let own = sources.iter().filter(|other| other.path == source.path || other.path.starts_with(&folder));
        let tested = own.into_iter().any(|other| other.text.contains("proptest! {"));
        assert!(tested, "{} makes a value out of a text and has no `proptest!`", source.path);
    }
    assert!(parsers >= 10, "{parsers}: the pattern finds the parsers no more");
}
