//! Reports for comments and tickets, in GitHub's Markdown. What a site sent can neither end a span of code nor become
//! a link, a tag, a table cell, or a mention.

use std::io::{self, Write};

use super::format::Form;
use super::{Place, Report, Summary, counted};
use crate::verify::judge::{Finding, Severity};

/// The places that are listed of a finding.
const SHOWN_PLACES: usize = 20;

pub(super) struct Markdown {
    pub(super) many: bool,
}

impl Form for Markdown {
    fn begin(&mut self, out: &mut dyn Write) -> io::Result<()> {
        writeln!(out, "# unframed verify\n")
    }

    fn site(&mut self, out: &mut dyn Write, report: &Report) -> io::Result<()> {
        writeln!(out, "## {}\n", code(report.site()))?;
        write!(
            out,
            "{}, {}, {}",
            counted(report.answers(), "response"),
            counted(report.count(), "finding"),
            counted(report.count_of(Severity::Note), "note")
        )?;
        writeln!(out, ", {}.\n", counted(report.known().len(), "known finding"))?;
        for (finding, places) in report.findings() {
            write_finding(out, finding.severity.word(), finding, places)?;
            writeln!(out)?;
        }
        for known in report.known() {
            write_finding(out, "known", &known.finding, &known.places)?;
            writeln!(out, "- **Reason:** {} (until {})\n", prose(&known.reason), known.expires)?;
        }
        if !report.incomplete().is_empty() {
            writeln!(out, "### Not checked\n")?;
            for why in report.incomplete() {
                writeln!(out, "- {}", prose(why))?;
            }
            writeln!(out)?;
        }
        Ok(())
    }

    fn end(&mut self, out: &mut dyn Write, summary: &Summary) -> io::Result<()> {
        if !self.many {
            return Ok(());
        }
        writeln!(out, "## Summary\n\n| site | high | medium | low | notes | known | complete |")?;
        writeln!(out, "|---|--:|--:|--:|--:|--:|---|")?;
        for line in &summary.sites {
            let (site, complete) = (escaped(&line.site), if line.complete { "yes" } else { "no" });
            writeln!(
                out,
                "| {site} | {} | {} | {} | {} | {} | {complete} |",
                line.high, line.medium, line.low, line.notes, line.known
            )?;
        }
        if summary.rules.is_empty() {
            return Ok(());
        }
        writeln!(out, "\n| rule | sites |\n|---|--:|")?;
        for (rule, sites) in summary.rules_by_sites() {
            writeln!(out, "| `{rule}`: {} | {sites} |", escaped(rule.title()))?;
        }
        Ok(())
    }
}

fn write_finding(out: &mut dyn Write, kind: &str, finding: &Finding, places: &[Place]) -> io::Result<()> {
    let shown: Vec<String> = places.iter().take(SHOWN_PLACES).map(|place| code(&place.text)).collect();
    let more = match places.len() - shown.len() {
        0 => String::new(),
        more => format!(", and {more} more"),
    };
    writeln!(out, "### {kind}: {}\n", prose(&finding.what))?;
    writeln!(out, "- **At:** {}{more}", shown.join(", "))?;
    writeln!(out, "- **Browser:** {}", prose(&finding.browser))?;
    writeln!(out, "- **Change:** {}", prose(&finding.change))?;
    writeln!(out, "- **Rule:** `{}`, {}", finding.rule, finding.rule.page())
}

/// A sentence in which backticks enclose code, as in our own texts. Otherwise they are text: where they do not come in
/// pairs, or where two spans would touch, because a reader would take those as one.
fn prose(text: &str) -> String {
    let parts: Vec<&str> = text.split('`').collect();
    let touches = |index: usize, part: &str| match index {
        _ if index % 2 == 1 => part.is_empty(),
        0 => part.ends_with(MENTIONS),
        _ if index + 1 == parts.len() => part.starts_with(MENTIONS),
        _ => part.is_empty() || part.starts_with(MENTIONS) || part.ends_with(MENTIONS),
    };
    if parts.len().is_multiple_of(2) || parts.iter().enumerate().any(|(index, part)| touches(index, part)) {
        return escaped(text);
    }
    let shown = |(index, part): (usize, &&str)| if index % 2 == 0 { escaped(part) } else { code(part) };
    parts.iter().enumerate().map(shown).collect()
}

/// A span of code that no backtick within it can end.
fn code(text: &str) -> String {
    let longest = text.split(|c| c != '`').map(str::len).max().unwrap_or_default();
    if longest == 0 && !text.is_empty() && !text.starts_with(' ') && !text.ends_with(' ') {
        return format!("`{text}`");
    }
    let fence = "`".repeat(longest + 1);
    // A blank on each side belongs to the fence.
    format!("{fence} {text} {fence}")
}

/// What GitHub makes a link of: a mention and the number of an issue. It looks for them after it has removed escapes, but
/// not in code.
const MENTIONS: [char; 2] = ['@', '#'];

/// Plain text: each character that can have a meaning is escaped, or is code.
fn escaped(text: &str) -> String {
    const PLAIN: &str = ",;'\"()?%/-=+";
    let mut shown = String::with_capacity(text.len());
    let mut in_code = false;
    for c in text.chars() {
        if MENTIONS.contains(&c) != in_code {
            shown.push('`');
            in_code = !in_code;
        }
        if c.is_ascii_punctuation() && !in_code && !PLAIN.contains(c) {
            shown.push('\\');
        }
        shown.push(c);
    }
    if in_code {
        shown.push('`');
    }
    shown
}
