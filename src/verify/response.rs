//! A response as it stood on the wire: every field line kept, none merged, none repaired.

use super::markup::{Tag, tags};

/// What may stand around a value; no other blank is taken off.
const BLANK: [char; 2] = [' ', '\t'];

/// Status, field lines and body.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Response {
    /// The status code.
    pub status: u16,
    /// Names in lower case, values trimmed; each byte one character (Latin-1), as browsers decode them.
    pub fields: Vec<(String, String)>,
    /// The body, decoded if it was chunked; cut where it is long.
    pub body: Vec<u8>,
}

impl Response {
    /// Reads status line and field lines, up to and with the empty line. `None` when it is no HTTP/1.
    #[must_use]
    pub fn head(bytes: &[u8]) -> Option<Self> {
        let text: String = bytes.iter().map(|byte| char::from(*byte)).collect();
        let mut lines = text.split('\n').map(|line| line.strip_suffix('\r').unwrap_or(line));
        let status_line = lines.next()?.strip_prefix("HTTP/1.")?;
        let status = status_line.split(' ').nth(1)?.parse().ok()?;
        let mut fields: Vec<(String, String)> = Vec::new();
        for line in lines {
            if let (true, Some((_, value))) = (line.starts_with([' ', '\t']), fields.last_mut()) {
                // The continuation of the line above, as browsers still take it.
                *value = format!("{value} {}", line.trim_matches(BLANK)).trim_matches(BLANK).to_owned();
            } else if let Some((name, value)) = line.split_once(':') {
                fields.push((name.to_ascii_lowercase(), value.trim_matches(BLANK).to_owned()));
            }
        }
        Some(Self { status, fields, body: Vec::new() })
    }

    /// The stored copy of this response after a 304: its policy gives way to that of the 304, while
    /// X-Frame-Options of a 304 never reaches the copy in Chromium.
    #[must_use]
    pub fn after(&self, not_modified: &Self) -> Self {
        const REPLACED: &str = "content-security-policy";
        let mut copy = self.clone();
        if not_modified.first(REPLACED).is_some() {
            copy.fields.retain(|(name, _)| name != REPLACED);
            let lines = not_modified.fields.iter().filter(|(name, _)| name == REPLACED);
            copy.fields.extend(lines.cloned());
        }
        copy
    }

    /// All lines of a field, in order.
    pub fn lines<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.fields.iter().filter(move |(given, _)| given == name).map(|(_, value)| value.as_str())
    }

    /// The first line of a field.
    #[must_use]
    pub fn first(&self, name: &str) -> Option<&str> {
        self.fields.iter().find(|(given, _)| given == name).map(|(_, value)| value.as_str())
    }

    /// The media type without its parameters, in lower case; empty where none is named.
    #[must_use]
    pub fn media_type(&self) -> String {
        let line = self.first("content-type").unwrap_or_default();
        line.split(';').next().unwrap_or_default().trim().to_ascii_lowercase()
    }

    /// The body as text.
    #[must_use]
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }
}

/// What comes of a response in a frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shown {
    /// A document with links, controls or scripts.
    Live,
    /// A document in which nothing can be clicked.
    Still,
    /// A style sheet, an image, data: if it shows at all, nothing can be clicked.
    File,
    /// A redirect: the browser goes on without showing anything.
    Redirect,
    /// The browser's stored copy, with the headers of this answer put over it.
    Stored,
    /// Nothing: there is no body.
    Empty,
}

impl Shown {
    /// Judged by status, type and body.
    #[must_use]
    pub fn of(response: &Response) -> Self {
        let kind = response.media_type();
        let document = matches!(
            kind.as_str(),
            "" | "text/html" | "application/xhtml+xml" | "image/svg+xml" | "application/pdf"
        );
        match response.status {
            304 => Self::Stored,
            300..=399 if response.first("location").is_some() => Self::Redirect,
            _ if response.body.is_empty() => Self::Empty,
            _ if !document => Self::File,
            _ if kind == "application/pdf" || is_unread(response) => Self::Live,
            _ if tags(&response.text()).iter().any(Tag::is_live) => Self::Live,
            _ => Self::Still,
        }
    }
}

/// Whether the text is not what the bytes look like: compressed, or two bytes a character.
fn is_unread(response: &Response) -> bool {
    let encoded = response.lines("content-encoding").any(|line| !line.eq_ignore_ascii_case("identity"));
    encoded || response.body.contains(&0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_is_kept_as_it_came() {
        let head = b"HTTP/1.1 200 OK\r\nX-Frame-Options: DENY\r\nx-frame-options:\tDENY; \nEmpty:\r\nFolded:\r\n DENY\r\n\tx\r\n\r\n";
        let response = Response::head(head).unwrap();
        assert_eq!(response.status, 200);
        assert_eq!(response.lines("x-frame-options").collect::<Vec<_>>(), ["DENY", "DENY;"]);
        assert_eq!((response.first("empty"), response.first("folded")), (Some(""), Some("DENY x")));
        assert_eq!(Response::head(b"SSH-2.0\r\n\r\n"), None);
    }

    #[test]
    fn what_can_be_clicked_is_told_from_what_cannot() {
        let response = |status, kind: &str, body: &str| Response {
            status,
            fields: vec![("content-type".into(), kind.into()), ("location".into(), "/".into())],
            body: body.into(),
        };
        for (response, shown) in [
            (response(200, "text/html; charset=utf-8", "<form action=/>"), Shown::Live),
            (response(404, "text/html", "<h1>404 Not Found</h1>"), Shown::Still),
            (response(200, "text/css", "a { color: red }"), Shown::File),
            (response(302, "text/html", "<a href=/>"), Shown::Redirect),
            (response(304, "text/html", ""), Shown::Stored),
            (response(200, "text/html", ""), Shown::Empty),
        ] {
            assert_eq!(Shown::of(&response), shown, "{response:?}");
        }
        for live in [
            "<A\nHREF=/buy>",
            "<select>",
            "<details>",
            "<p onclick=pay()>",
            "<area href=/>",
            "<p\tTabIndex=0>",
        ] {
            assert_eq!(Shown::of(&response(200, "text/html", live)), Shown::Live, "{live}");
        }
        for still in
            ["<p>There is nothing on this page.</p>", "<!-- <form> -->", "<abbr title=' on'>", "a <b"]
        {
            assert_eq!(Shown::of(&response(200, "text/html", still)), Shown::Still, "{still}");
        }
        let mut packed = response(200, "text/html", "\u{1f}\u{8b}");
        packed.fields.push(("content-encoding".into(), "gzip".into()));
        assert_eq!(Shown::of(&packed), Shown::Live);
        assert_eq!(Shown::of(&response(200, "text/html", "<\0a\0")), Shown::Live);
    }
}
