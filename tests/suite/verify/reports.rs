//! Reports in every format: texts that a site chose break none of them.

mod html;
mod machines;
mod markdown;
mod output;

use chrono::NaiveDate;
use unframed::domain::invisible::is_invisible;
use unframed::verify::report::{Format, ReportWriter, printable};
use unframed::verify::{Finding, Report, Rule, Severity};

/// Texts that mean something to a terminal, to a format or to what shows it.
const HOSTILE: [&str; 24] = [
    "</script><script>alert(1)</script>",
    "</style><style>*{display:none}</style>",
    "]]><!--",
    "<![CDATA[ --> <?xml ?>",
    "\u{1b}[2J\u{1b}]0;title\u{7}\u{9b}31m",
    "\u{202e}gpj.exe\u{2066}\u{200b}\u{feff}\u{e0041}",
    "nothing\0here\u{fffe}\u{ffff}\u{fdd0}",
    "line\r\nbreak\u{2028}\u{2029}\u{85}end",
    "a|b|c \\| d",
    "`one ``two ```three",
    "```",
    "@octocat closes #1, GH-2 and octocat/hello@a5c3785ed8d6a35868bc169f07e40e889087fd2e",
    "[x](javascript:alert(1)) <https://evil.example> ![x](https://evil.example/x.png)",
    "https://evil.example/ www.evil.example a@evil.example",
    "\"double\" 'single' &quot; &#x3c; &lt;",
    "*bold* _em_ ~~gone~~ # head\u{a0}",
    "{{ 7 * 7 }}{% raw %}{# x #}${{ secrets.X }}",
    "\\\\ \\n \\u0000 \\",
    "'\"><img src=x onerror=alert(1)>",
    "javascript:alert(1)",
    "::error::annotation",
    "=cmd|' /C calc'!A0",
    "%3Cscript%3E%00",
    "ordinary: schön 日本 🙂",
];

const PNG: &[u8] = b"\x89PNG\r\n\x1a\n and what follows";

fn finding(severity: Severity, text: &str) -> Finding {
    let rule = if severity == Severity::Low { Rule::CookieHttponly } else { Rule::FramingNone };
    Finding { severity, rule, what: text.to_owned(), browser: text.to_owned(), change: text.to_owned() }
}

/// A report with this text wherever a site can put one: as finding, as note, as known finding, as what is not checked.
fn hostile(text: &str) -> Report {
    let mut report = Report::new(&format!("https://a.example/{text}"));
    let known = finding(Severity::Medium, text);
    report.answer(text, vec![finding(Severity::Note, text), known, finding(Severity::Low, text)]);
    report.set_apart(|_, _| Some((text.to_owned(), NaiveDate::from_ymd_opt(2027, 3, 31).expect("a day"))));
    report.find(&format!("GET /{text} (200)"), finding(Severity::Low, text));
    report.find_with_picture(text, finding(Severity::High, text), PNG.to_vec());
    report.miss(text.to_owned());
    report
}

fn written(format: Format, reports: &[Report]) -> String {
    let begun = ReportWriter::begin(Vec::new(), format, reports.len() != 1, Severity::Low);
    let mut writer = begun.expect("it begins");
    for report in reports {
        writer.add(report).expect("it is written");
    }
    let (bytes, summary) = writer.finish().expect("it ends");
    assert_eq!(summary.sites.len(), reports.len());
    String::from_utf8(bytes).expect("text")
}

fn all() -> Vec<Report> {
    HOSTILE.iter().map(|text| hostile(text)).collect()
}

#[test]
fn no_report_contains_a_character_that_acts_or_hides() {
    for format in [Format::Text, Format::Json, Format::Sarif, Format::Junit, Format::Markdown, Format::Html] {
        let text = written(format, &all());
        let bad =
            text.chars().find(|c| *c != '\n' && (is_invisible(*c) || matches!(c, '\u{fffe}' | '\u{ffff}')));
        assert_eq!(bad, None, "{format:?}");
    }
}

#[test]
fn a_text_is_shown_with_the_codes_of_what_cannot_be_shown() {
    assert_eq!(printable("a\u{1b}[2J\u{202e}\u{ffff}é"), "a\\u{1b}[2J\\u{202e}\\u{ffff}é");
    assert_eq!(printable(&"a".repeat(3_000)).chars().count(), 2_001);
    for text in HOSTILE.map(str::to_owned).into_iter().chain(["\u{1b}".repeat(900), "a##[".repeat(700)]) {
        let shown = printable(&text);
        assert!(shown.chars().count() <= 2_001, "{shown}");
        assert_eq!(printable(&shown), shown, "a journal keeps it as it is");
    }
}

#[test]
fn a_report_is_bounded_whatever_a_site_sends() {
    let mut report = Report::new("https://a.example");
    let cookies = (0..5_000).map(|i| finding(Severity::Low, &format!("the cookie {i} lacks HttpOnly")));
    report.answer("GET / (200)", cookies.collect());
    assert_eq!(report.count(), 500);
    assert_eq!(report.incomplete(), ["the report is full: further findings are left out"]);
    for i in 0..30 {
        let mut png = PNG.to_vec();
        png.push(i);
        let finding = finding(Severity::Low, "the cookie 0 lacks HttpOnly");
        report.find_with_picture(&format!("GET /{i}"), finding, png);
    }
    let places = report.findings().flat_map(|(_, places)| places);
    assert_eq!(places.filter(|place| place.picture.is_some()).count(), 20);
    report.find_with_picture(
        "GET /x",
        finding(Severity::Low, "the cookie 1 lacks HttpOnly"),
        b"GIF89a".to_vec(),
    );
    let stored: Report = serde_json::from_str(&serde_json::to_string(&report).unwrap()).unwrap();
    assert_eq!(stored, report);
}

#[test]
fn the_text_of_a_finding_names_its_page_and_known_findings_stand_apart() {
    let text = written(Format::Text, &[hostile("x")]);
    assert!(text.contains("page:     docs/rules/framing-none.md"), "{text}");
    assert!(
        text.contains("known  x [framing/none]") && text.contains("reason:   x (until 2027-03-31)"),
        "{text}"
    );
    assert!(text.contains("1 response, 2 findings, 1 note, 2 known findings"), "{text}");
    let summary = written(Format::Text, &all());
    assert!(summary.contains("\n   24  framing/none: Any site can frame a page\n"), "{summary}");
    assert!(
        summary.ends_with("\n24 sites: 24 with findings that count, 24 not checked completely\n"),
        "{summary}"
    );
}
