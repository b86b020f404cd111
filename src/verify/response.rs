//! A response exactly as it came over the wire. No field line is merged or repaired.

use super::markup::tags;

/// The most bytes of a body that are read.
pub(super) const LONGEST_BODY: usize = 1024 * 1024;

/// The only white space that is removed around a value.
const BLANK: [char; 2] = [' ', '\t'];

/// Status, field lines and body.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Response {
    /// The status code.
    pub status: u16,
    /// Names in lower case and trimmed values, one character per byte (Latin-1), as browsers decode them.
    pub fields: Vec<(String, String)>,
    /// The body, decoded if it was chunked, and cut if it is too long.
    pub body: Vec<u8>,
}

impl Response {
    /// Reads the status line and the field lines, up to and including the empty line. `None` if it is not
    /// HTTP/1.
    #[must_use]
    pub fn head(bytes: &[u8]) -> Option<Self> {
        let text: String = bytes.iter().map(|byte| char::from(*byte)).collect();
        let mut lines = text.split('\n').map(|line| line.strip_suffix('\r').unwrap_or(line));
        let status_line = lines.next()?.strip_prefix("HTTP/1.")?;
        let status = status_line.split(' ').nth(1)?.parse().ok()?;
        let mut fields: Vec<(String, String)> = Vec::new();
        for line in lines {
            if let (true, Some((_, value))) = (line.starts_with([' ', '\t']), fields.last_mut()) {
                // Browsers still accept the continuation of a line.
                let more = line.trim_matches(BLANK);
                if !(value.is_empty() || more.is_empty()) {
                    value.push(' ');
                }
                value.push_str(more);
            } else if let Some((name, value)) = line.split_once(':') {
                fields.push((name.to_ascii_lowercase(), value.trim_matches(BLANK).to_owned()));
            }
        }
        Some(Self { status, fields, body: Vec::new() })
    }

    /// The browser's stored copy of this response after a 304. The policy of the 304 replaces the copy's;
    /// Chromium does not take X-Frame-Options from a 304.
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

    /// The media type in lower case without its parameters: the last one that is valid, as in browsers. Empty if there is
    /// none: browsers then look at the body.
    #[must_use]
    pub fn media_type(&self) -> String {
        let given = self.lines("content-type").flat_map(|line| line.split(','));
        let given =
            given.map(|value| value.split(';').next().unwrap_or_default().trim().to_ascii_lowercase());
        let valid = |value: &String| {
            value.contains('/')
                && !matches!(value.as_str(), "*/*" | "unknown/unknown" | "application/unknown")
        };
        given.filter(valid).last().unwrap_or_default()
    }

    /// Whether browsers go to the place that it names.
    #[must_use]
    pub fn is_redirect(&self) -> bool {
        matches!(self.status, 301 | 302 | 303 | 307 | 308)
            && self.first("location").is_some_and(|location| !location.is_empty())
    }

    /// The body as text.
    #[must_use]
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }
}

/// What a frame shows of a response.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FrameContent {
    /// A document with links, controls or scripts.
    Live,
    /// A document in which nothing can be clicked.
    Still,
    /// A style sheet, an image or data, where nothing can be clicked.
    File,
    /// A redirect, which browsers follow without showing anything.
    Redirect,
    /// The browser's stored copy, updated with the headers of this response.
    Stored,
    /// Nothing, because there is no body.
    Empty,
}

impl FrameContent {
    /// Decides by status, media type and body.
    #[must_use]
    pub fn of(response: &Response) -> Self {
        let kind = response.media_type();
        let document = matches!(
            kind.as_str(),
            "" | "text/html"
                | "application/xhtml+xml"
                | "text/xml"
                | "application/xml"
                | "image/svg+xml"
                | "application/pdf"
        );
        match response.status {
            304 => Self::Stored,
            _ if response.is_redirect() => Self::Redirect,
            _ if response.body.is_empty() => Self::Empty,
            _ if !document => Self::File,
            // What was not read may have controls.
            _ if response.body.len() >= LONGEST_BODY => Self::Live,
            _ if kind == "application/pdf" || is_unreadable(response) => Self::Live,
            _ if tags(response).any(|tag| tag.is_live()) => Self::Live,
            _ => Self::Still,
        }
    }
}

/// Whether the body cannot be read as text: it is compressed, or has two bytes per character.
fn is_unreadable(response: &Response) -> bool {
    let encoded = response.lines("content-encoding").any(|line| !line.eq_ignore_ascii_case("identity"));
    encoded || response.body.contains(&0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_header_line_is_kept_as_sent() {
        let head = b"HTTP/1.1 200 OK\r\nX-Frame-Options: DENY\r\nx-frame-options:\tDENY; \nEmpty:\r\nFolded:\r\n DENY\r\n\tx\r\n\r\n";
        let response = Response::head(head).unwrap();
        assert_eq!(response.status, 200);
        assert_eq!(response.lines("x-frame-options").collect::<Vec<_>>(), ["DENY", "DENY;"]);
        assert_eq!((response.first("empty"), response.first("folded")), (Some(""), Some("DENY x")));
        assert_eq!(Response::head(b"SSH-2.0\r\n\r\n"), None);
    }

    #[test]
    fn a_field_line_of_very_many_pieces_is_joined_at_once() {
        let head = [b"HTTP/1.1 200 OK\r\nX: a\r\n".to_vec(), b" a\n".repeat(87_000)].concat();
        assert_eq!(Response::head(&head).unwrap().first("x").unwrap().len(), 2 * 87_000 + 1);
    }

    #[test]
    fn pages_that_can_be_clicked_are_recognized() {
        let response = |status, kind: &str, body: &str| Response {
            status,
            fields: vec![("content-type".into(), kind.into()), ("location".into(), "/".into())],
            body: body.into(),
        };
        for (response, shown) in [
            (response(200, "text/html; charset=utf-8", "<form action=/>"), FrameContent::Live),
            (response(404, "text/html", "<h1>404 Not Found</h1>"), FrameContent::Still),
            (response(200, "text/css", "a { color: red }"), FrameContent::File),
            (response(302, "text/html", "<a href=/>"), FrameContent::Redirect),
            (response(304, "text/html", ""), FrameContent::Stored),
            (response(200, "text/html", ""), FrameContent::Empty),
        ] {
            assert_eq!(FrameContent::of(&response), shown, "{response:?}");
        }
        for live in [
            "<A\nHREF=/buy>",
            "<select>",
            "<details>",
            "<p onclick=pay()>",
            "<area href=/>",
            "<p\tTabIndex=0>",
        ] {
            assert_eq!(FrameContent::of(&response(200, "text/html", live)), FrameContent::Live, "{live}");
        }
        for still in
            ["<p>There is nothing on this page.</p>", "<!-- <form> -->", "<abbr title=' on'>", "a <b"]
        {
            assert_eq!(FrameContent::of(&response(200, "text/html", still)), FrameContent::Still, "{still}");
        }
        let mut packed = response(200, "text/html", "\u{1f}\u{8b}");
        packed.fields.push(("content-encoding".into(), "gzip".into()));
        assert_eq!(FrameContent::of(&packed), FrameContent::Live);
        assert_eq!(FrameContent::of(&response(200, "text/html", "<\0a\0")), FrameContent::Live);
    }

    #[test]
    fn redirects_and_media_types_are_read_as_in_browsers() {
        let answer = |status, fields: &[(&str, &str)]| Response {
            status,
            fields: fields.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect(),
            body: b"<button>".to_vec(),
        };
        for (status, location, expected) in [
            (302, Some("/a"), true),
            (308, Some("/a"), true),
            (300, Some("/a"), false),
            (302, Some(""), false),
            (302, None, false),
        ] {
            let fields: Vec<_> = location.map(|location| ("location", location)).into_iter().collect();
            assert_eq!(answer(status, &fields).is_redirect(), expected, "{status} {location:?}");
        }
        for (lines, expected) in [
            (&["text/plain", "text/html; charset=utf-8"][..], "text/html"),
            (&["text/plain, Text/HTML"], "text/html"),
            (&["text/html", "html"], "text/html"),
            (&["unknown/unknown"], ""),
            (&[], ""),
        ] {
            let fields: Vec<_> = lines.iter().map(|line| ("content-type", *line)).collect();
            assert_eq!(answer(200, &fields).media_type(), expected, "{lines:?}");
        }
    }
}
