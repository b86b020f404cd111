//! The sign-in of `verify`, as `recipe` or `page`, line break, content: a recipe needs no more than its variables, and a
//! form is sent with each field that is filled in, once.
#![no_main]

use libfuzzer_sys::fuzz_target;
use unframed::verify::form::forms;
use unframed::verify::response::Response;
use unframed::verify::sign_in::{Recipe, RecipeProblem};

const VALUE: &str = "hunter22-Secret";

fn recipe(text: &str) {
    let with = Recipe::parse(text, |_| Some(VALUE.to_owned())).err();
    let without = Recipe::parse(text, |_| None).err();
    assert!(!matches!(with, Some(RecipeProblem::NotSet { .. })));
    if without != with {
        assert!(matches!(without, Some(RecipeProblem::NotSet { .. })), "{without:?}");
    }
    if let Some(RecipeProblem::Malformed { line, .. }) = &with {
        assert!((1..=1 + text.matches('\n').count()).contains(line));
    }
    assert!(with.is_none_or(|problem| !problem.to_string().contains(VALUE) || text.contains(VALUE)));
}

fn page(body: &str) {
    let fields = vec![("content-type".to_owned(), "text/html".to_owned())];
    for form in forms(&Response { status: 200, fields, body: body.into(), cut: false }) {
        let mut names = form.names();
        let values: Vec<(String, String)> =
            names.iter().map(|name| ((*name).to_owned(), VALUE.to_owned())).collect();
        let sent = form.filled_in(&values);
        names.retain(|name| !name.is_empty());
        let sent_names: Vec<&str> = sent.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(sent_names, names);
        assert!(sent.iter().all(|(_, value)| value == VALUE));
        let _ = form.filled_in(&[]);
    }
}

fuzz_target!(|input: &str| {
    match (input.strip_prefix("recipe\n"), input.strip_prefix("page\n")) {
        (Some(text), _) => recipe(text),
        (_, Some(body)) => page(body),
        _ => {}
    }
});
