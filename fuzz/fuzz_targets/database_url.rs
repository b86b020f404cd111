//! Connection strings: whatever stands in the password, the password is never shown.
#![no_main]

use libfuzzer_sys::fuzz_target;
use unframed::db::DatabaseUrl;
use url::form_urlencoded;

fuzz_target!(|text: &str| {
    let query = text.split_once('?').map_or("", |(_, query)| query);
    // Reads no file outside this folder.
    if form_urlencoded::parse(query.as_bytes())
        .any(|(name, value)| name.starts_with("ssl") && value.contains('/'))
    {
        return;
    }
    if let Ok(url) = DatabaseUrl::parse(text, "fuzz") {
        assert_eq!(url.without_statement_timeout().shown(), url.shown());
        assert_eq!(format!("{url:?}"), format!("DatabaseUrl({})", url.shown()));
    }
    let shown = match DatabaseUrl::parse(&format!("postgresql://u:{text}hunter2@localhost/d"), "fuzz") {
        Ok(url) => format!("{url:?}"),
        Err(problem) => format!("{problem} {problem:?}"),
    };
    assert!(!shown.contains("hunter2") || text.contains("hunter2"), "{shown}");
});
