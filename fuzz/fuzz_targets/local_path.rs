//! The page to return to: by the URL Standard, an accepted path leads to our own origin from every page of ours.
#![no_main]

use libfuzzer_sys::fuzz_target;
use unframed::domain::LocalPath;
use url::Url;

fuzz_target!(|typed: &str| {
    let Some(path) = LocalPath::parse(typed) else { return };
    assert_eq!(LocalPath::parse(path.as_str()).as_ref(), Some(&path));
    for page in ["https://account.example", "http://localhost:8080/sign-in?next=%2F", "https://a.example/b/c"]
    {
        let page = Url::parse(page).expect("a URL");
        let target = page.join(path.as_str()).expect("a URL");
        assert_eq!(target.origin(), page.origin());
        assert!(!target.path().starts_with("//") && target.query().is_none() && target.fragment().is_none());
    }
    let query = path.query();
    let next: Vec<_> = url::form_urlencoded::parse(query.trim_start_matches('?').as_bytes()).collect();
    assert!(next.len() == 1 && next[0].0 == "next" && next[0].1 == path.as_str());
});
