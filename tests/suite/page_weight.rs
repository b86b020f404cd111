//! What a browser fetches for a page: how much, how often, and what it may keep.

use std::collections::BTreeSet;

use regex::Regex;
use reqwest::Client;
use unframed::routes;

use crate::harness::TestApp;

/// The most bytes of a page's HTML, which is sent as it is: compressing secrets beside what a stranger can write would let
/// the stranger guess them (BREACH).
const HTML_LIMIT: usize = 12_000;
/// The page that offers every time zone in a list, and the most bytes of its HTML.
const LONGEST: (&str, usize) = ("/settings/language", 30_000);
/// The most bytes of a page with all that it loads, as a browser receives them at its first visit.
const FIRST_VISIT_LIMIT: usize = 20_000;
/// The most requests of a first visit.
const REQUESTS_LIMIT: usize = 4;

#[tokio::test]
async fn a_first_visit_to_any_page_of_the_account_is_light_and_the_next_one_loads_only_its_html() {
    let app = TestApp::spawn().await;
    let ada = app.member("Ada").await;
    let loaded = Regex::new(r#"<(?:link|img|script)\b[^>]*?\b(?:href|src)="([^"]+)""#).unwrap();
    let navigation = routes::map().unwrap().navigation();
    let mut heaviest = (0, "", 0, 0);
    for (path, _) in navigation.values().flatten() {
        let page = ada.get(path).await;
        assert_eq!(page.status, 200, "{path}");
        assert!(page.header("cache-control").is_some_and(|kept| kept.contains("no-store")), "{path}");
        let files: BTreeSet<&str> =
            loaded.captures_iter(&page.body).map(|found| found.get(1).unwrap().as_str()).collect();
        let mut bytes = page.body.len();
        for file in &files {
            let request = Client::new().get(format!("http://{}{file}", app.address));
            let answer = request.header("accept-encoding", "gzip, deflate, br").send().await.unwrap();
            assert_eq!(answer.status(), 200, "{path}: {file}");
            let kept = answer.headers()["cache-control"].to_str().unwrap().to_owned();
            assert!(kept.contains("immutable") && kept.contains("max-age=31536000"), "{file}: {kept}");
            bytes += answer.bytes().await.unwrap().len();
        }
        let more = if *path == LONGEST.0 { LONGEST.1 - HTML_LIMIT } else { 0 };
        assert!(page.body.len() <= HTML_LIMIT + more, "{path}: {} bytes of HTML", page.body.len());
        assert!(bytes <= FIRST_VISIT_LIMIT + more, "{path}: {bytes} bytes at the first visit");
        assert!(files.len() < REQUESTS_LIMIT, "{path} loads {files:?}");
        if more == 0 {
            heaviest = heaviest.max((bytes, *path, page.body.len(), files.len() + 1));
        }
    }
    let (bytes, path, html, requests) = heaviest;
    println!("the heaviest, {path}: {html} bytes of HTML, {bytes} in all, in {requests} requests");
}
