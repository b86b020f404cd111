//! A response exactly as it came over the wire. No field line is merged or repaired.

mod frame_content;

pub use self::frame_content::FrameContent;

/// The most bytes of a body that are read.
pub(super) const LONGEST_BODY: usize = 1024 * 1024;

/// The only white space that is removed around a value.
const BLANK: [char; 2] = [' ', '\t'];
/// The characters of which one or more end a line of a head in Chromium.
const LINE_END: [char; 2] = ['\r', '\n'];
/// The name under which a carriage return that no line feed follows stands among the fields.
const STRAY: &str = "\r";

/// Status, field lines and body.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Response {
    /// The status code.
    pub status: u16,
    /// Names in lower case and trimmed values, one character per byte (Latin-1), as browsers decode them. A blank before
    /// the colon belongs to the name.
    pub fields: Vec<(String, String)>,
    /// The body, decoded if it was chunked.
    pub body: Vec<u8>,
    /// The body goes on: it is too long, or its end did not come in time.
    pub cut: bool,
}

impl Response {
    /// Reads the status line and the field lines, up to and including the empty line, as Chromium does. `None` if it is
    /// not HTTP/1.
    #[must_use]
    pub fn head(bytes: &[u8]) -> Option<Self> {
        let text: String = bytes.iter().map(|byte| char::from(*byte)).collect();
        let (status_line, mut rest) = text.split_at(text.find(LINE_END).unwrap_or(text.len()));
        let status_line = status_line.strip_prefix("HTTP/1.")?;
        let status = status_line.split(' ').nth(1)?.parse().ok()?;
        let mut fields: Vec<(String, String)> = Vec::new();
        // The field that the next line may continue.
        let mut open = None;
        while !rest.is_empty() {
            let line = rest.trim_start_matches(LINE_END);
            let ends = rest.get(..rest.len() - line.len()).unwrap_or_default();
            if ends.replace("\r\n", "\n").contains('\r') {
                fields.push((STRAY.to_owned(), String::new()));
            }
            let (line, after) = line.split_at(line.find(LINE_END).unwrap_or(line.len()));
            rest = after;
            let is_more = line.starts_with(BLANK);
            if let Some((_, value)) = open.filter(|_| is_more).and_then(|at: usize| fields.get_mut(at)) {
                // Browsers still accept the continuation of a line.
                let more = line.trim_matches(BLANK);
                if !(value.is_empty() || more.is_empty()) {
                    value.push(' ');
                }
                value.push_str(more);
                continue;
            }
            let field = line.split_once(':').filter(|(name, _)| !name.is_empty() && !is_more);
            open = field.map(|_| fields.len());
            fields.extend(
                field.map(|(name, value)| (name.to_ascii_lowercase(), value.trim_matches(BLANK).to_owned())),
            );
        }
        Some(Self { status, fields, ..Self::default() })
    }

    /// The response with those fields only that every browser reads. Chromium accepts a blank before a colon, and ends a
    /// line at a carriage return without a line feed. Firefox ignores the one field, and takes the other for a part of
    /// the line. `None` if there is neither.
    #[must_use]
    pub fn strictly(&self) -> Option<Self> {
        let is_stray = |at: usize| self.fields.get(at).is_some_and(|(name, _)| name == STRAY);
        let is_odd = |at: usize, name: &str| {
            name.ends_with(BLANK)
                || is_stray(at)
                || is_stray(at + 1)
                || at.checked_sub(1).is_some_and(is_stray)
        };
        let kept = self.fields.iter().enumerate().filter(|(at, (name, _))| !is_odd(*at, name));
        let fields: Vec<_> = kept.map(|(_, field)| field.clone()).collect();
        (fields.len() < self.fields.len()).then(|| Self { fields, ..self.clone() })
    }

    /// The browser's stored copy of this response after a 304. The policy of the 304 replaces the copy's;
    /// Chromium does not take X-Frame-Options from a 304.
    #[must_use]
    pub fn after(&self, not_modified: &Self) -> Self {
        const REPLACED: &str = "content-security-policy";
        let mut copy = self.clone();
        if not_modified.first(REPLACED).is_some() {
            copy.fields.retain(|(name, _)| !is_named(name, REPLACED));
            let lines = not_modified.fields.iter().filter(|(name, _)| is_named(name, REPLACED));
            copy.fields.extend(lines.cloned());
        }
        copy
    }

    /// All lines of a field, in order.
    pub fn lines<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.fields.iter().filter(move |(given, _)| is_named(given, name)).map(|(_, value)| value.as_str())
    }

    /// The first line of a field.
    #[must_use]
    pub fn first(&self, name: &str) -> Option<&str> {
        self.fields.iter().find(|(given, _)| is_named(given, name)).map(|(_, value)| value.as_str())
    }

    /// The media type in lower case without its parameters: the last one that is valid, as in browsers. Empty if there is
    /// none: browsers then look at the body.
    #[must_use]
    pub fn media_type(&self) -> String {
        let essence = |value: String| {
            // As in Chromium, where `text/html charset=utf-8` is a page, too.
            let ends = |character| BLANK.contains(&character) || [';', '('].contains(&character);
            value.trim_matches(BLANK).split(ends).next().unwrap_or_default().to_ascii_lowercase()
        };
        let given = self.lines("content-type").flat_map(values).map(essence);
        let valid = |value: &String| {
            value.contains('/')
                && !matches!(value.as_str(), "*/*" | "unknown/unknown" | "application/unknown")
        };
        given.filter(valid).last().unwrap_or_default()
    }

    /// Whether browsers read it as HTML or XML that they show as a page; without a media type, they look at its start.
    pub(super) fn is_markup(&self) -> bool {
        matches!(
            self.media_type().as_str(),
            "" | "text/html"
                | "application/xhtml+xml"
                | "text/xml"
                | "application/xml"
                | "text/xsl"
                | "image/svg+xml"
        )
    }

    /// Whether the body must be unpacked before it can be read.
    pub(super) fn is_compressed(&self) -> bool {
        self.lines("content-encoding").any(|line| !line.eq_ignore_ascii_case("identity"))
    }

    /// Whether browsers save it instead of showing it.
    pub(super) fn is_attachment(&self) -> bool {
        let value = self.first("content-disposition").unwrap_or_default();
        value.to_ascii_lowercase().starts_with("attachment")
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

/// The values of a line: commas separate them outside quotes. A quotation ends with its line, as in Chromium; by Fetch it
/// goes on (§2.2.2).
pub(super) fn values(line: &str) -> Vec<String> {
    let (mut values, mut quoted, mut escaped) = (vec![String::new()], false, false);
    for character in line.chars() {
        match character {
            _ if escaped => escaped = false,
            '\\' if quoted => escaped = true,
            '"' => quoted = !quoted,
            ',' if !quoted => {
                values.push(String::new());
                continue;
            }
            _ => {}
        }
        if let Some(value) = values.last_mut() {
            value.push(character);
        }
    }
    values.into_iter().map(|value| value.trim_matches(BLANK).to_owned()).collect()
}

/// Whether a field has this name in Chromium.
fn is_named(given: &str, name: &str) -> bool {
    given.trim_end_matches(BLANK) == name
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
    fn a_head_is_read_as_chromium_reads_it() {
        let read =
            |lines: &str| Response::head(format!("HTTP/1.1 200 OK{lines}\r\n\r\n").as_bytes()).unwrap();
        for lines in [
            "\r\nX-A: b\rX-Frame-Options: DENY",
            "\rX-Frame-Options: DENY",
            "\r\nX-Frame-Options : DENY",
            "\r\nX-Frame-Options\t : DENY",
            "\r\nX-Frame-Options: DENY\r\r\nX-A: b",
            "\r\nX-Frame-Options: DENY\r",
        ] {
            let response = read(lines);
            assert_eq!(response.lines("x-frame-options").collect::<Vec<_>>(), ["DENY"], "{lines:?}");
            let strictly = response.strictly().unwrap();
            assert_eq!(strictly.first("x-frame-options"), None, "Firefox: {lines:?}");
        }
        // What Chromium skips is no field, and no line continues it.
        let skipped = read("\r\n X-Frame-Options: DENY\r\nX-A: b\r\nnonsense\r\n c\r\n: DENY\r\n d");
        assert_eq!(skipped.fields, [("x-a".to_owned(), "b".to_owned())]);
        assert_eq!(skipped.strictly(), None);
    }

    #[test]
    fn redirects_and_media_types_are_read_as_in_browsers() {
        let answer = |status, fields: &[(&str, &str)]| Response {
            status,
            fields: fields.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect(),
            body: b"<button>".to_vec(),
            cut: false,
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
            (&["text/html; x=\", image/png\""], "text/html"),
            (&["unknown/unknown"], ""),
            (&[], ""),
        ] {
            let fields: Vec<_> = lines.iter().map(|line| ("content-type", *line)).collect();
            assert_eq!(answer(200, &fields).media_type(), expected, "{lines:?}");
        }
    }
}
