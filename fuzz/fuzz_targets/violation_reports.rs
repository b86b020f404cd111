//! Browsers' reports, as `single` or `list`, line break, body: only names of our own are counted.
#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use unframed::domain::csp_directive::DIRECTIVES;
use unframed::route_map::RouteMap;
use unframed::security::violation_reports::{Format, ViolationReports};
use unframed_fuzz::own;

static ROUTES: LazyLock<RouteMap> = LazyLock::new(|| unframed::routes::map().expect("the table"));

fuzz_target!(|input: &[u8]| {
    let (format, body) = match (input.strip_prefix(b"single\n"), input.strip_prefix(b"list\n")) {
        (Some(body), _) => (Format::Single, body),
        (_, Some(body)) => (Format::List, body),
        _ => return,
    };
    let reports = ViolationReports::default();
    let noted = reports.note(format, body, &ROUTES, &own());
    let counts = reports.take();
    assert!(noted.is_ok() || counts.is_empty());
    assert!(counts.values().sum::<i64>() <= 50);
    for (directive, route) in counts.into_keys() {
        assert!(directive == "(other)" || DIRECTIVES.contains(&directive), "{directive}");
        let ours = ROUTES.patterns().any(|pattern| pattern.path == route);
        assert!(ours || route == "(other)" || route == "(not told)", "{route}");
    }
});
