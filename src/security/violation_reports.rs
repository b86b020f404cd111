//! Browsers' reports of violations of our Content-Security-Policy. Any client can send one, so reports
//! are not believed and not kept: each is counted under a directive that we know and one of our routes,
//! or else as other.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::time::Instant;

use serde::Deserialize;
use serde_json::Value;

use super::content_security_policy::{DIRECTIVES, FRAME_ANCESTORS};
use super::network_buckets::NetworkBuckets;
use super::tally::Tally;
use crate::domain::Origin;
use crate::models::violation_report::Key;
use crate::route_map::RouteMap;

/// The path to which browsers send reports.
pub const PATH: &str = "/reports";
/// The most bytes of a body.
pub const BODY_LIMIT: usize = 16 * 1024;
/// The most reports of one body that are counted.
const REPORTS_READ: usize = 50;
/// The most pairs of directive and route that are counted separately between two writes.
const KEYS_HELD: usize = 1000;
/// The bodies that one network may send at once.
const BURST: f64 = 60.0;
/// The bodies that one network may send in each second after a burst.
const PER_SECOND: f64 = 5.0;
/// The most networks that are limited separately.
const NETWORKS_HELD: usize = 1000;

const OTHER: &str = "(other)";
/// Chromium names only the origin of a page that it did not show in a frame.
const NOT_TOLD: &str = "(not told)";

/// The two formats in which browsers send reports.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// `application/csp-report` (CSP Level 2, `report-uri`).
    Single,
    /// `application/reports+json` (Reporting API): a list.
    List,
}

impl Format {
    /// The format of a media type in lower case without parameters.
    #[must_use]
    pub fn of(media_type: &str) -> Option<Self> {
        match media_type {
            "application/csp-report" => Some(Self::Single),
            "application/reports+json" => Some(Self::List),
            _ => None,
        }
    }
}

/// A body without a readable report.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MalformedReport;

#[derive(Deserialize)]
struct Single {
    #[serde(rename = "csp-report")]
    report: SingleReport,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
struct SingleReport {
    document_uri: String,
    effective_directive: Option<String>,
    violated_directive: Option<String>,
}

/// An entry of a list.
enum ListEntry {
    Violation(ListedReport),
    /// A report of another kind, which we do not count.
    Other,
}

impl ListEntry {
    /// Reads an entry; `None` if it is not a report.
    fn read(entry: Value) -> Option<Self> {
        #[derive(Deserialize)]
        struct Entry {
            #[serde(rename = "type")]
            kind: String,
            #[serde(default)]
            body: Value,
        }
        let Entry { kind, body } = serde_json::from_value(entry).ok()?;
        if kind != "csp-violation" {
            return Some(Self::Other);
        }
        serde_json::from_value(body).ok().map(Self::Violation)
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ListedReport {
    #[serde(rename = "documentURL")]
    document_url: String,
    effective_directive: String,
}

/// The reports since the last write.
#[derive(Debug)]
pub struct ViolationReports {
    tally: Tally<Key, i64>,
    buckets: NetworkBuckets,
}

impl Default for ViolationReports {
    fn default() -> Self {
        Self {
            tally: Tally::new(KEYS_HELD, (OTHER, OTHER)),
            buckets: NetworkBuckets::new(BURST, PER_SECOND, NETWORKS_HELD),
        }
    }
}

impl ViolationReports {
    /// Whether another body is taken from this client now.
    pub fn admit(&self, client: IpAddr, now: Instant) -> bool {
        self.buckets.admit(client, now)
    }

    /// Counts the reports of a body. In a list, malformed entries are skipped.
    ///
    /// # Errors
    /// [`MalformedReport`] if the body is not empty and holds no readable report.
    pub fn note(
        &self,
        format: Format,
        body: &[u8],
        routes: &RouteMap,
        own: &Origin,
    ) -> Result<(), MalformedReport> {
        let count = |directive: &str, document: &str| {
            let directive = known_directive(directive);
            let page = match page(document, routes, own) {
                "/" if directive == FRAME_ANCESTORS => NOT_TOLD,
                page => page,
            };
            self.tally.add((directive, page), 1);
        };
        match format {
            Format::Single => {
                let Single { report } = serde_json::from_slice(body).map_err(|_error| MalformedReport)?;
                let directive =
                    report.effective_directive.or(report.violated_directive).ok_or(MalformedReport)?;
                count(&directive, &report.document_uri);
            }
            Format::List => {
                let list: Vec<Value> = serde_json::from_slice(body).map_err(|_error| MalformedReport)?;
                let is_empty = list.is_empty();
                let read: Vec<ListEntry> = list.into_iter().filter_map(ListEntry::read).collect();
                if read.is_empty() && !is_empty {
                    return Err(MalformedReport);
                }
                let violation =
                    |entry| if let ListEntry::Violation(report) = entry { Some(report) } else { None };
                for report in read.into_iter().filter_map(violation).take(REPORTS_READ) {
                    count(&report.effective_directive, &report.document_url);
                }
            }
        }
        Ok(())
    }

    /// Takes the counts since the last call.
    #[must_use]
    pub fn take(&self) -> BTreeMap<Key, i64> {
        self.tally.take()
    }

    /// Returns counts that could not be stored.
    pub fn put_back(&self, batch: BTreeMap<Key, i64>) {
        self.tally.put_back(batch);
    }
}

/// The directive by its name. Older browsers send it with its values.
fn known_directive(text: &str) -> &'static str {
    let name = text.split_ascii_whitespace().next().unwrap_or_default();
    DIRECTIVES.iter().find(|directive| **directive == name).copied().unwrap_or(OTHER)
}

/// The route of a page, as its pattern: without ids and query.
fn page(document: &str, routes: &RouteMap, own: &Origin) -> &'static str {
    let Ok(url) = url::Url::parse(document) else { return OTHER };
    if url.origin().ascii_serialization() != own.as_str() {
        return OTHER;
    }
    routes.find(url.path()).map_or(OTHER, |route| route.path)
}

#[cfg(test)]
mod tests {
    use actix_web::http::Method;
    use proptest::prelude::*;

    use super::*;
    use crate::domain::any_text::{config, made_of, text};
    use crate::route_map::{RouteKind, RoutePattern};

    fn patterns() -> Vec<RoutePattern> {
        let page = |path| RoutePattern {
            path,
            methods: vec![Method::GET],
            kind: RouteKind::Page,
            place: None,
            recent: false,
            enrols: false,
            script: false,
            leads_out: false,
            cached: false,
        };
        ["/", "/sign-in", "/settings/sessions/{id}/revoke"].map(page).to_vec()
    }

    fn counted(format: Format, body: &str) -> Result<Vec<(Key, i64)>, MalformedReport> {
        let (reports, routes) = (ViolationReports::default(), RouteMap::new(patterns()).unwrap());
        let own = Origin::parse("https://account.example").unwrap();
        reports.note(format, body.as_bytes(), &routes, &own)?;
        Ok(reports.tally.take().into_iter().collect())
    }

    fn single(document: &str, directive: &str) -> Key {
        let body = serde_json::json!({ "csp-report": {
            "document-uri": document, "violated-directive": directive, "blocked-uri": "x",
        } });
        counted(Format::Single, &body.to_string()).unwrap()[0].0
    }

    #[test]
    fn a_report_is_counted_under_names_of_our_own() {
        let session = "https://account.example/settings/sessions/6f1c/revoke?token=hunter2#x";
        assert_eq!(
            single(session, "frame-ancestors 'none'"),
            ("frame-ancestors", "/settings/sessions/{id}/revoke")
        );
        assert_eq!(single("https://account.example", "img-src"), ("img-src", "/"));
        assert_eq!(single("https://account.example", "frame-ancestors"), ("frame-ancestors", NOT_TOLD));
        assert_eq!(single("https://account.example/nope", "img-src"), ("img-src", OTHER));
        assert_eq!(single("https://evil.example/settings", "img-src"), ("img-src", OTHER));
        assert_eq!(single("about", "<script>"), (OTHER, OTHER));
    }

    #[test]
    fn only_the_violations_of_a_list_are_counted() {
        let violation = serde_json::json!({ "type": "csp-violation", "body": {
            "documentURL": "https://account.example/sign-in", "effectiveDirective": "style-src-elem",
        } });
        let other = serde_json::json!({ "type": "deprecation", "body": { "id": "x" } });
        let body = serde_json::json!([violation, other, violation]).to_string();
        assert_eq!(counted(Format::List, &body), Ok(vec![(("style-src-elem", "/sign-in"), 2)]));
        let flood = serde_json::Value::from(vec![violation; 500]).to_string();
        assert_eq!(counted(Format::List, &flood).unwrap()[0].1, 50);
        assert_eq!(counted(Format::List, "[]"), Ok(vec![]));
    }

    #[test]
    fn a_malformed_entry_does_not_keep_the_others_from_being_counted() {
        let good = r#"{"type":"csp-violation","body":{"documentURL":"https://account.example/sign-in","effectiveDirective":"img-src"}}"#;
        for bad in [
            r#"{"type":"csp-violation"}"#,
            r#"{"type":"csp-violation","body":{"documentURL":1}}"#,
            r#"{"type":"deprecation"}"#,
            r#"{"body":{}}"#,
            "[]",
            "7",
        ] {
            let around = format!("[{good},{bad},{good}]");
            assert_eq!(counted(Format::List, &around), Ok(vec![(("img-src", "/sign-in"), 2)]), "{bad}");
        }
    }

    #[test]
    fn a_body_without_a_report_is_malformed() {
        for body in
            ["", "{", "[]", "{}", "null", r#"{"csp-report":{}}"#, r#"{"csp-report":{"document-uri":"x"}}"#]
        {
            assert_eq!(counted(Format::Single, body), Err(MalformedReport), "{body}");
        }
        for body in ["", "{}", "[1]", r#"[{"type":"csp-violation","body":{}}, {"type":"csp-violation"}]"#] {
            assert_eq!(counted(Format::List, body), Err(MalformedReport), "{body}");
        }
    }

    proptest! {
        #![proptest_config(config())]

        #[test]
        fn only_names_of_our_own_are_counted(
            body in prop_oneof![1 => text(), 4 => made_of(&[
                "[", "]", "{", "}", ",", ":", "\"csp-report\"", "\"document-uri\"", "\"effective-directive\"", "\"type\"",
                "\"csp-violation\"", "\"body\"", "\"documentURL\"", "\"effectiveDirective\"", "\"img-src\"", "\"x\"", "1",
            ])],
            document in prop_oneof![text(), made_of(&["https://account.example", "/", "sign-in", "?", "@", "evil"])],
            directive in prop_oneof![text(), made_of(&["img-src", " ", "frame-ancestors", "x"])],
        ) {
            let single = serde_json::json!({
                "csp-report": { "document-uri": document, "effective-directive": directive }
            });
            let listed = serde_json::json!([{
                "type": "csp-violation", "body": { "documentURL": document, "effectiveDirective": directive }
            }]);
            for body in [body, single.to_string(), listed.to_string()] {
                for format in [Format::Single, Format::List] {
                    for ((directive, route), _) in counted(format, &body).unwrap_or_default() {
                        prop_assert!(directive == OTHER || DIRECTIVES.contains(&directive));
                        let ours = patterns().iter().any(|pattern| pattern.path == route);
                        prop_assert!(ours || [OTHER, NOT_TOLD].contains(&route));
                    }
                }
            }
        }
    }
}
