//! Reports for CI in the XML that JUnit made common: a suite for each site, a case for each finding. The first case of
//! a suite says whether everything was checked, so no suite is empty: some readers refuse those.

use std::io::{self, Write};

use super::format::Form;
use super::{Place, Report, Summary, listed};
use crate::verify::judge::{Finding, Severity};

pub(super) struct Junit {
    pub(super) fail_on: Severity,
}

impl Form for Junit {
    fn begin(&mut self, out: &mut dyn Write) -> io::Result<()> {
        writeln!(out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"unframed verify\">")
    }

    fn site(&mut self, out: &mut dyn Write, report: &Report) -> io::Result<()> {
        let counted: Vec<_> =
            report.findings().filter(|(finding, _)| finding.severity > Severity::Note).collect();
        let failures = counted.iter().filter(|(finding, _)| finding.severity >= self.fail_on).count();
        let (site, known) = (escaped(report.site()), report.known());
        writeln!(
            out,
            "<testsuite name=\"{site}\" tests=\"{}\" failures=\"{failures}\" errors=\"{}\" skipped=\"{}\" time=\"0\">",
            1 + counted.len() + known.len(),
            u8::from(!report.incomplete().is_empty()),
            known.len()
        )?;
        write!(out, "<testcase classname=\"{site}\" name=\"the check is complete\" time=\"0\">")?;
        if !report.incomplete().is_empty() {
            let first = escaped(report.incomplete().first().map_or("", String::as_str));
            let all = report.incomplete().join("\n");
            write!(out, "<error message=\"{first}\" type=\"incomplete\">{}</error>", escaped(&all))?;
        }
        writeln!(out, "</testcase>")?;
        for (finding, places) in counted {
            let what = escaped(&finding.what);
            let (kind, details) = (finding.severity.word(), escaped(&details(finding, places)));
            begin_case(out, &site, finding)?;
            // A finding that does not fail the check is a case that passes, with its text.
            if finding.severity >= self.fail_on {
                writeln!(out, "<failure message=\"{what}\" type=\"{kind}\">{details}</failure></testcase>")?;
            } else {
                writeln!(out, "<system-out>{kind}: {details}</system-out></testcase>")?;
            }
        }
        for known in known {
            begin_case(out, &site, &known.finding)?;
            let why = escaped(&format!("known until {}: {}", known.expires, known.reason));
            writeln!(out, "<skipped message=\"{why}\"/></testcase>")?;
        }
        writeln!(out, "</testsuite>")
    }

    fn end(&mut self, out: &mut dyn Write, _: &Summary) -> io::Result<()> {
        writeln!(out, "</testsuites>")
    }
}

fn begin_case(out: &mut dyn Write, site: &str, finding: &Finding) -> io::Result<()> {
    let name = escaped(&format!("{}: {}", finding.rule, finding.what));
    write!(out, "<testcase classname=\"{site}\" name=\"{name}\" time=\"0\">")
}

fn details(finding: &Finding, places: &[Place]) -> String {
    format!(
        "{}\nat: {}\nbrowser: {}\nchange: {}\npage: {}",
        finding.what,
        listed(places, 20),
        finding.browser,
        finding.change,
        finding.rule.page()
    )
}

/// A text within an element or an attribute. A report contains no character that XML 1.0 forbids.
fn escaped(text: &str) -> String {
    let mut xml = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => xml.push_str("&amp;"),
            '<' => xml.push_str("&lt;"),
            '>' => xml.push_str("&gt;"),
            '"' => xml.push_str("&quot;"),
            '\'' => xml.push_str("&apos;"),
            '\n' => xml.push_str("&#10;"),
            c => xml.push(c),
        }
    }
    xml
}
