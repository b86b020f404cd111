//! A domain type that parses text has a property test, and a fuzz target has seeds.

use regex::Regex;

use super::{read, root, sources};

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

#[test]
fn every_fuzz_target_is_declared_and_has_seeds() {
    let manifest = read("fuzz/Cargo.toml");
    for target in sources("fuzz/fuzz_targets", "rs") {
        assert!(
            manifest.contains(&format!("path = \"{}\"", &target.path["fuzz/".len()..])),
            "{}",
            target.path
        );
        let name = target.path.rsplit('/').next().unwrap_or_default().trim_end_matches(".rs");
        let seeds = root().join("fuzz/corpus").join(name);
        assert!(
            seeds.read_dir().is_ok_and(|mut files| files.next().is_some()),
            "{} is empty",
            seeds.display()
        );
    }
}
