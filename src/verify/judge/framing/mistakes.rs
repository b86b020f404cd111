//! Mistakes in what a response says about framing: browsers ignore it, or read it differently than meant.

use std::collections::HashSet;

use super::FramingHeaders;
use crate::verify::judge::policy::is_close;
use crate::verify::judge::reach::{Reach, none_is_beside_others, reach};
use crate::verify::judge::source::Source;
use crate::verify::judge::{Finding, Severity, brief};
use crate::verify::markup::tags;
use crate::verify::response::FrameContent;
use crate::verify::rules::Rule;

impl FramingHeaders<'_> {
    pub(super) fn find_mistakes(&self, findings: &mut Vec<Finding>) {
        // A mistake matters less where the other headers still protect the page.
        let full = if self.reach == Reach::Anyone { Severity::High } else { Severity::Medium };
        let listed: HashSet<&str> = match &self.reach {
            Reach::Listed(sources) => sources.iter().map(String::as_str).collect(),
            _ => HashSet::new(),
        };
        for policy in &self.enforced {
            for name in policy.names() {
                if name != "frame-ancestors" && is_close(name, "frame-ancestors") {
                    findings.push(Finding::new(
                        self.weighed(full),
                        Rule::FramingMisspelt,
                        format!("the policy contains `{name}`, which is not a directive"),
                        "ignores it, so it restricts no frames",
                        "write `frame-ancestors`",
                    ));
                }
            }
            if policy.dropped().any(|name| is_close(name, "frame-ancestors")) {
                findings.push(Finding::new(
                    self.weighed(full),
                    Rule::FramingNotAscii,
                    "frame-ancestors contains characters that a policy must not contain, such as curly quotes or non-breaking spaces",
                    "drops the whole directive",
                    "write straight quotes and plain spaces: `frame-ancestors 'none'`",
                ));
            }
            let sources = policy.get("frame-ancestors").unwrap_or_default();
            if none_is_beside_others(sources) {
                findings.push(Finding::new(
                    self.weighed(Severity::High),
                    Rule::FramingNoneBesideOthers,
                    format!(
                        "`frame-ancestors {}` contains 'none' and other sources",
                        brief(&sources.join(" "))
                    ),
                    "ignores 'none' and allows the other sources",
                    "write either `'none'` or the origins",
                ));
            }
            for source in sources {
                let lower = source.to_ascii_lowercase();
                let parsed = Source::parse(source).filter(|_| listed.contains(lower.as_str()));
                if let Some(domain) = parsed.as_ref().and_then(Source::top_level_domain) {
                    findings.push(Finding::new(
                        self.weighed(Severity::High),
                        Rule::FramingWide,
                        format!("frame-ancestors contains `{}`", brief(source)),
                        format!(
                            "lets every site below `{}` frame it, and anyone can register a name there",
                            brief(domain)
                        ),
                        "list the exact origins",
                    ));
                } else if let Some((browser, change)) = inexact_source(source) {
                    findings.push(Finding::new(
                        self.weighed(Severity::Low),
                        Rule::FramingOddSource,
                        format!("frame-ancestors contains `{}`", brief(source)),
                        browser,
                        change,
                    ));
                }
            }
        }
        self.find_malformed_lines(findings);
        if self.reach != Reach::Anyone {
            for what in self.meta_tags() {
                findings.push(Finding::new(
                    Severity::Low,
                    Rule::FramingMeta,
                    what,
                    "ignores it: only headers decide about framing",
                    "remove it from the page, so that no developer relies on it",
                ));
            }
        }
    }

    /// Lines of the head that Chromium accepts and Firefox does not.
    fn find_malformed_lines(&self, findings: &mut Vec<Finding>) {
        let Some(strictly) = self.response.strictly() else { return };
        let in_firefox = reach(&strictly);
        // Without such lines, a redirect or a file may be a page.
        let full = if in_firefox == Reach::Anyone { Severity::High } else { Severity::Medium };
        let more = match FrameContent::of(&strictly) {
            content if content == self.shown => None,
            FrameContent::Live => Some(full),
            FrameContent::Still if self.shown != FrameContent::Live => Some(full.min(Severity::Medium)),
            _ => None,
        };
        let (severity, browser) = if in_firefox != self.reach {
            let browser = "reads the lines in Chromium; Firefox ignores them or parts of them, so the two disagree about who may frame the page";
            let severity = self.weighed(Severity::High);
            (more.map_or(severity, |more| more.max(severity)), browser)
        } else if let Some(severity) = more {
            let browser = "reads the lines in Chromium; Firefox ignores them or parts of them, and shows a page where Chromium shows none";
            (severity, browser)
        } else {
            (Severity::Low, "reads the lines in Chromium; Firefox ignores them or parts of them")
        };
        findings.push(Finding::new(
            severity,
            Rule::FramingMalformedLines,
            "header lines contain a blank before the colon, or a carriage return without a line feed",
            browser,
            "write `Name: value`, and end each line with a carriage return and a line feed; look for a header that contains input of users",
        ));
    }

    /// What the page itself says about framing, which browsers ignore.
    pub(super) fn meta_tags(&self) -> Vec<&'static str> {
        let metas = tags(self.response).filter(|tag| tag.name == "meta");
        let ignored = metas.filter_map(|tag| {
            let content = tag.attribute("content").unwrap_or_default().to_ascii_lowercase();
            match tag.attribute("http-equiv")?.trim().to_ascii_lowercase().as_str() {
                "x-frame-options" => Some("a meta tag contains X-Frame-Options"),
                "content-security-policy" if content.contains("frame-ancestors") => {
                    Some("a meta tag contains frame-ancestors")
                }
                _ => None,
            }
        });
        ignored.collect()
    }
}

/// What browsers do with a source that is not an exact origin, and what to write instead.
fn inexact_source(source: &str) -> Option<(&'static str, &'static str)> {
    let lower = source.to_ascii_lowercase();
    let host = lower.split_once("://").map_or(lower.as_str(), |(_, host)| host);
    if lower == "none" || lower == "self" {
        Some(("treats it as a host name that does not exist", "put it in single quotes"))
    } else if matches!(lower.as_str(), "null" | "'null'" | "data:" | "blob:" | "about:") {
        Some(("never matches it: such an embedder has no origin", "remove it"))
    } else if host.starts_with('[') {
        Some(("never matches an IPv6 address", "write a host name"))
    } else if host.starts_with("*.") {
        Some((
            "allows every host below that name, including abandoned ones and those that users control",
            "list the exact origins",
        ))
    } else if host.trim_end_matches('/').contains('/') || host.contains(['?', '#']) {
        Some(("matches no path in Chromium and WebKit; Firefox ignores the path", "leave the path out"))
    } else if lower.starts_with("http://") {
        Some(("allows the unencrypted site, which anyone on the network path can forge", "write https://"))
    } else if lower != "'none'" && Source::parse(&lower).is_none() {
        Some((
            "ignores it: it is not a source",
            "write scheme, host and port, such as https://partner.example",
        ))
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::verify::judge::{Circumstances, judge};
    use crate::verify::response::Response;

    #[test]
    fn a_page_that_firefox_alone_shows_is_weighed_as_it_shows_it() {
        const LIVE: &str = "<form><button>Buy</button></form>";
        const STILL: &str = "<p>Nothing here";
        for (start, lines, body, severity) in [
            ("302 Found", "Location : /a\r\n", LIVE, Severity::High),
            ("302 Found", "X-A: b\rLocation: /a\r\n", LIVE, Severity::High),
            ("302 Found", "Location : /a\r\n", STILL, Severity::Medium),
            ("200 OK", "Content-Type : text/plain\r\n", LIVE, Severity::High),
            ("302 Found", "Location : /a\r\nX-Frame-Options: DENY\r\n", LIVE, Severity::Medium),
            ("302 Found", "Location : /a\r\nX-Frame-Options : DENY\r\n", LIVE, Severity::High),
            ("302 Found", "Location: /a\r\nServer : a\r\n", LIVE, Severity::Low),
            ("200 OK", "Server : a\r\n", LIVE, Severity::Low),
        ] {
            let head = format!("HTTP/1.1 {start}\r\nContent-Type: text/html\r\n{lines}\r\n");
            let response = Response { body: body.into(), ..Response::head(head.as_bytes()).unwrap() };
            let found = judge(&response, Circumstances::default());
            let found: Vec<Severity> = found
                .iter()
                .filter(|finding| finding.rule == Rule::FramingMalformedLines)
                .map(|finding| finding.severity)
                .collect();
            assert_eq!(found, [severity], "{start} {lines:?} {body}");
        }
    }
}
