//! Reports for people: one file without scripts, with pictures in it, that loads nothing. Its own policy forbids it to.
//! The templates and the style are in `templates/verify/`.

use std::io::{self, Write};

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use serde::Serialize;
use sha2::{Digest as _, Sha256};
use tera::{Context, Kwargs, State, Tera, TeraResult, Value};

use super::format::Form;
use super::{Place, Report, Summary};
use crate::assets::Assets;
use crate::db;
use crate::verify::judge::{Finding, Severity};

/// The places that are listed of a finding.
const SHOWN_PLACES: usize = 50;
/// The most pictures of a file, and their bytes before Base64.
const MOST_PICTURES: usize = 200;
const MOST_PICTURE_BYTES: usize = 32 * 1024 * 1024;

pub(super) struct Html {
    many: bool,
    templates: Tera,
    style: String,
    sites: usize,
    pictures: usize,
    picture_bytes: usize,
}

#[derive(Serialize)]
struct Section<'a> {
    site: &'a str,
    number: usize,
    responses: usize,
    count: usize,
    notes: usize,
    findings: Vec<Entry<'a>>,
    known: Vec<Entry<'a>>,
    incomplete: &'a [String],
    pictures_left_out: usize,
}

#[derive(Serialize)]
struct Entry<'a> {
    kind: &'static str,
    finding: &'a Finding,
    page: &'static str,
    title: &'static str,
    places: Vec<ShownPlace<'a>>,
    more: usize,
    reason: &'a str,
    expires: String,
}

#[derive(Serialize)]
struct ShownPlace<'a> {
    text: &'a str,
    /// Base64; empty if there is none.
    picture: String,
}

impl Html {
    /// Loads the templates.
    ///
    /// # Errors
    /// A template is faulty.
    pub(super) fn new(many: bool) -> io::Result<Self> {
        let assets = Assets::embedded(None);
        let file = |name: &str| {
            let bytes = assets.own_file("templates", &format!("verify/{name}"))?;
            String::from_utf8(bytes.into_owned()).map_err(io::Error::other)
        };
        let mut templates = Tera::new();
        templates.register_filter("with_code", with_code);
        for name in ["begin.html", "site.html", "end.html"] {
            templates.add_raw_template(name, &file(name)?).map_err(fault)?;
        }
        let style = file("report.css")?;
        Ok(Self { many, templates, style, sites: 0, pictures: 0, picture_bytes: 0 })
    }

    fn render(&self, out: &mut dyn Write, template: &str, page: &impl Serialize) -> io::Result<()> {
        let mut context = Context::new();
        context.insert("page", page);
        out.write_all(self.templates.render(template, &context).map_err(fault)?.as_bytes())
    }

    fn entry<'a>(&mut self, kind: &'static str, finding: &'a Finding, places: &'a [Place]) -> Entry<'a> {
        let shown: Vec<ShownPlace<'a>> = places
            .iter()
            .take(SHOWN_PLACES)
            .map(|place| ShownPlace { text: &place.text, picture: self.picture(place) })
            .collect();
        Entry {
            kind,
            finding,
            page: finding.rule.page(),
            title: finding.rule.title(),
            more: places.len() - shown.len(),
            places: shown,
            reason: "",
            expires: String::new(),
        }
    }

    /// The picture of a place, as long as the file has room for it.
    fn picture(&mut self, place: &Place) -> String {
        let Some(picture) = &place.picture else { return String::new() };
        if self.pictures >= MOST_PICTURES || self.picture_bytes + picture.size() > MOST_PICTURE_BYTES {
            return String::new();
        }
        self.pictures += 1;
        self.picture_bytes += picture.size();
        picture.base64()
    }
}

/// The filter `with_code`: what stands between backticks is code. An odd backtick stands for itself.
fn with_code(text: &str, _: Kwargs, state: &State<'_>) -> TeraResult<Value> {
    let mut html = String::new();
    let mut rest = text;
    while let Some((before, code)) = rest.split_once('`')
        && let Some((code, after)) = code.split_once('`')
    {
        html += &format!("{}<code>{}</code>", state.escape(before)?, state.escape(code)?);
        rest = after;
    }
    html += &state.escape(rest)?;
    Ok(Value::safe_string(&html))
}

impl Form for Html {
    fn begin(&mut self, out: &mut dyn Write) -> io::Result<()> {
        #[derive(Serialize)]
        struct Begin {
            style: String,
            style_digest: String,
            many: bool,
        }
        let page = Begin {
            style: format!("<style>{}</style>", self.style),
            style_digest: format!("sha256-{}", BASE64_STANDARD.encode(Sha256::digest(&self.style))),
            many: self.many,
        };
        self.render(out, "begin.html", &page)
    }

    fn site(&mut self, out: &mut dyn Write, report: &Report) -> io::Result<()> {
        self.sites += 1;
        let before = self.pictures;
        let findings: Vec<Entry<'_>> = report
            .findings()
            .map(|(finding, places)| self.entry(finding.severity.word(), finding, places))
            .collect();
        let mut known = Vec::new();
        for given in report.known() {
            let entry = self.entry("known", &given.finding, &given.places);
            known.push(Entry { reason: &given.reason, expires: given.expires.to_string(), ..entry });
        }
        let places = report.findings().flat_map(|(_, places)| places);
        let places = places.chain(report.known().iter().flat_map(|known| &known.places));
        let given = places.filter(|place| place.picture.is_some()).count();
        let section = Section {
            site: report.site(),
            number: self.sites,
            responses: report.answers(),
            count: report.count(),
            notes: report.count_of(Severity::Note),
            findings,
            known,
            incomplete: report.incomplete(),
            pictures_left_out: given - (self.pictures - before),
        };
        self.render(out, "site.html", &section)
    }

    fn end(&mut self, out: &mut dyn Write, summary: &Summary) -> io::Result<()> {
        #[derive(Serialize)]
        struct End<'a> {
            summary: Option<&'a Summary>,
            rules: Vec<RuleLine>,
        }
        #[derive(Serialize)]
        struct RuleLine {
            name: &'static str,
            title: &'static str,
            sites: usize,
        }
        let rules = summary.rules_by_sites().into_iter();
        let rules =
            rules.map(|(rule, sites)| RuleLine { name: rule.name(), title: rule.title(), sites }).collect();
        self.render(out, "end.html", &End { summary: self.many.then_some(summary), rules })
    }
}

fn fault(error: tera::Error) -> io::Error {
    io::Error::other(db::with_causes(&error))
}
