//! A baseline of `verify`: a problem names a line of the file, and known findings are set apart, not lost.
#![no_main]

use chrono::NaiveDate;
use libfuzzer_sys::fuzz_target;
use unframed::verify::baseline::Baseline;
use unframed::verify::{Finding, Report, Rule, Severity};

fn report() -> Report {
    let mut report = Report::new("https://account.example");
    for (severity, rule, what) in [
        (Severity::High, Rule::FramingNone, "any site can frame it"),
        (Severity::Medium, Rule::CspUnsafeInline, "script-src contains 'unsafe-inline'"),
        (Severity::Low, Rule::CookieHttponly, "the cookie a*b lacks HttpOnly"),
        (Severity::Note, Rule::GateNone, "a request for a frame is answered"),
    ] {
        for place in ["GET / (200)", "GET /help*?a=1 (404)"] {
            let (browser, change) = ("does so".to_owned(), "nothing".to_owned());
            report.find(place, Finding { severity, rule, what: what.to_owned(), browser, change });
        }
    }
    report
}

/// Each place of each finding, known or not.
fn places(report: &Report) -> usize {
    let open: usize = report.findings().map(|(_, places)| places.len()).sum();
    open + report.known().iter().map(|known| known.places.len()).sum::<usize>()
}

fuzz_target!(|text: &str| {
    let today = NaiveDate::from_ymd_opt(2027, 3, 31).expect("a day");
    match Baseline::parse(text) {
        Err(problem) => assert!((1..=1 + text.matches('\n').count()).contains(&problem.line), "{problem}"),
        Ok(mut baseline) => {
            let mut report = report();
            let before = (places(&report), report.count_of(Severity::Note));
            baseline.apply(&mut report, today);
            assert_eq!((places(&report), report.count_of(Severity::Note)), before);
            assert!(report.known().iter().all(|known| known.expires >= today && !known.reason.is_empty()));
            let _ = baseline.remarks(today);
        }
    }
});
