//! A case: a response, and the positions of a frame in which browsers show it.

use std::fmt;
use std::sync::LazyLock;

use unframed::verify::response::Response;

use super::position::{Position, filled_in};
use super::{frame_ancestors, policies, responses, sources, x_frame_options};

/// Lines of a head, one character per byte (Latin-1). `{own}`, `{sibling}`, `{cross}` and `{partner}` are origins of the
/// stage, `{port}` is their port.
pub type Lines = &'static [&'static str];
/// Positions of a frame.
pub type Positions = &'static [Position];

/// A response at some positions, with what the standards say.
#[derive(Clone, Copy)]
pub struct Case {
    /// Where it comes from.
    pub source: &'static str,
    pub status: u16,
    pub lines: Lines,
    pub body: Body,
    /// The lines of a redirect that leads to it.
    pub redirect: Option<Lines>,
    /// The lines of the 304 with which it is shown again.
    pub unchanged: Option<Lines>,
    /// Where it is tried.
    pub at: Positions,
    /// Where it is shown, by the standards; where browsers depart from them and `verify` follows, by those browsers.
    pub shown: Positions,
    /// Where it is shown again, after the 304.
    pub shown_again: Positions,
    /// Where Chromium does the opposite.
    pub chromium: Positions,
    /// Where Firefox does the opposite.
    pub firefox: Positions,
}

/// What a response contains. Each fills the frame with one colour.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Body {
    /// A page with this in its `<head>`.
    Page(&'static str),
    Svg,
}

/// A page that is shown at some of the positions at which it is tried.
pub const fn case(source: &'static str, lines: Lines, at: Positions, shown: Positions) -> Case {
    Case {
        source,
        status: 200,
        lines,
        body: Body::Page(""),
        redirect: None,
        unchanged: None,
        at,
        shown,
        shown_again: &[],
        chromium: &[],
        firefox: &[],
    }
}

/// The number of each case at a position.
pub fn cases_at(position: Position) -> Vec<usize> {
    let all = Case::all().iter().enumerate();
    all.filter(|(_, case)| case.at.contains(&position)).map(|(number, _)| number).collect()
}

impl Case {
    /// Every case. The first one is shown everywhere: without it nothing says that a position works.
    pub fn all() -> &'static [Self] {
        static ALL: LazyLock<Vec<Case>> = LazyLock::new(|| {
            let control = case("control", &[], &Position::ALL, &Position::ALL);
            let tables = [
                &[control][..],
                x_frame_options::CASES,
                frame_ancestors::CASES,
                policies::CASES,
                sources::CASES,
                responses::CASES,
            ];
            tables.concat()
        });
        &ALL
    }

    pub const fn chromium_departs(self, chromium: Positions) -> Self {
        Self { chromium, ..self }
    }

    pub const fn firefox_departs(self, firefox: Positions) -> Self {
        Self { firefox, ..self }
    }

    /// The response.
    pub fn response(&self, port: u16) -> Vec<u8> {
        let (kind, body) = match self.body {
            Body::Page(head) => (
                "text/html",
                format!("<!doctype html>{head}<title>Framed</title><body bgcolor='#ff00ff'><form></form>"),
            ),
            Body::Svg => (
                "image/svg+xml",
                "<svg xmlns='http://www.w3.org/2000/svg' width='100%' height='100%'>\
                 <rect width='100%' height='100%' fill='#ff00ff'/></svg>"
                    .to_owned(),
            ),
        };
        let tag = if self.unchanged.is_some() { "ETag: \"1\"\r\nCache-Control: no-cache\r\n" } else { "" };
        let more = format!("Content-Type: {kind}\r\nContent-Length: {}\r\n{tag}", body.len());
        [head(self.status, self.lines, &more, port), body.into_bytes()].concat()
    }

    /// The redirect that leads to it.
    pub fn redirect_head(&self, to: &str, port: u16) -> Vec<u8> {
        let lines = self.redirect.expect("a redirect");
        head(302, lines, &format!("Location: {to}\r\nContent-Length: 0\r\n"), port)
    }

    /// The 304.
    pub fn unchanged_head(&self, port: u16) -> Vec<u8> {
        head(304, self.unchanged.expect("a 304"), "ETag: \"1\"\r\nCache-Control: no-cache\r\n", port)
    }

    /// The response as `verify` reads it.
    pub fn judged(&self, port: u16) -> Response {
        let bytes = self.response(port);
        let end = bytes.windows(4).position(|four| four == b"\r\n\r\n").expect("a head") + 4;
        let response = Response::head(&bytes[..end]).expect("a response");
        Response { body: bytes[end..].to_vec(), ..response }
    }

    /// The stored copy after the 304 as `verify` sees it.
    pub fn judged_again(&self, port: u16) -> Response {
        self.judged(port).after(&Response::head(&self.unchanged_head(port)).expect("a response"))
    }
}

/// A head, from Latin-1.
fn head(status: u16, lines: Lines, more: &str, port: u16) -> Vec<u8> {
    let lines: String = lines.iter().map(|line| filled_in(line, port) + "\r\n").collect();
    let text = format!("HTTP/1.1 {status} Status\r\n{lines}{more}\r\n");
    text.chars().map(|c| u8::try_from(c).expect("Latin-1")).collect()
}

/// Lines as text, with bytes that are not ASCII as escapes.
fn shown(lines: Lines) -> String {
    let plain = |c: char| c == ' ' || c.is_ascii_graphic();
    let line = |line: &&str| -> String {
        line.chars().map(|c| if plain(c) { c.to_string() } else { c.escape_default().to_string() }).collect()
    };
    if lines.is_empty() {
        "no line".to_owned()
    } else {
        lines.iter().map(line).collect::<Vec<_>>().join(" ⏎ ")
    }
}

impl fmt::Display for Case {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(redirect) = self.redirect {
            write!(f, "302 {} → ", shown(redirect))?;
        }
        if self.status != 200 {
            write!(f, "{} ", self.status)?;
        }
        match self.body {
            Body::Page("") => {}
            Body::Page(head) => write!(f, "{head} ")?,
            Body::Svg => f.write_str("SVG ")?,
        }
        f.write_str(&shown(self.lines))?;
        if let Some(unchanged) = self.unchanged {
            write!(f, ", then 304 {}", shown(unchanged))?;
        }
        write!(f, " [{}]", self.source)
    }
}
