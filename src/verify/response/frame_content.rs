//! What a frame shows of a response, and whether it can be clicked.

use memchr::memmem;

use super::Response;
use crate::verify::markup::{is_xml, tags};

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
        let is_pdf = response.media_type() == "application/pdf";
        match response.status {
            304 => Self::Stored,
            _ if response.is_redirect() => Self::Redirect,
            _ if response.body.is_empty() && !response.cut => Self::Empty,
            _ if !is_pdf && !response.is_markup() => Self::File,
            // What was not read may have controls.
            _ if response.cut => Self::Live,
            _ if is_pdf || is_unreadable(response) || is_assembled(response) => Self::Live,
            _ if tags(response).any(|tag| tag.is_live()) => Self::Live,
            _ => Self::Still,
        }
    }
}

/// Whether the body cannot be read as text: it is compressed, or has two bytes per character.
fn is_unreadable(response: &Response) -> bool {
    response.is_compressed() || response.body.contains(&0)
}

/// Whether a document may have elements that do not stand in its text: those of an entity or of a style sheet of XML.
fn is_assembled(response: &Response) -> bool {
    let has = |sign: &[u8]| memmem::find(&response.body, sign).is_some();
    is_xml(response) && (has(b"<!ENTITY") || has(b"<?xml-stylesheet"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_that_can_be_clicked_are_recognized() {
        let response = |status, kind: &str, body: &str| Response {
            status,
            fields: vec![("content-type".into(), kind.into()), ("location".into(), "/".into())],
            body: body.into(),
            cut: false,
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
        for body in ["<p>", ""] {
            let cut = Response { cut: true, ..response(200, "text/html", body) };
            assert_eq!(FrameContent::of(&cut), FrameContent::Live, "the rest may have controls: {body}");
        }
    }

    #[test]
    fn controls_of_xml_are_recognized_by_their_local_names_and_where_they_are_made() {
        const XHTML: &str = "application/xhtml+xml";
        const FORM: &str = "<h:html xmlns:h='http://www.w3.org/1999/xhtml'><h:form/></h:html>";
        let shown = |kind: &str, body: &str| {
            let fields = vec![("content-type".to_owned(), kind.to_owned())];
            FrameContent::of(&Response { status: 200, fields, body: body.into(), cut: false })
        };
        let sniffed = format!("<?xml version='1.0'?>{FORM}");
        for (kind, body) in [
            (XHTML, FORM),
            ("text/xml", FORM),
            ("", sniffed.as_str()),
            ("image/svg+xml", "<s:svg xmlns:s='http://www.w3.org/2000/svg'><s:a/></s:svg>"),
            (
                XHTML,
                "<!DOCTYPE html [<!ENTITY f '<form xmlns=\"http://www.w3.org/1999/xhtml\"/>'>]><html>&f;</html>",
            ),
            ("text/xml", "<?xml-stylesheet type='text/xsl' href='x.xsl'?><data/>"),
        ] {
            assert_eq!(shown(kind, body), FrameContent::Live, "{kind} {body}");
        }
        // In HTML this is an unknown element, and a namespace is an attribute like any other.
        assert_eq!(shown("text/html", FORM), FrameContent::Still);
        assert_eq!(
            shown(XHTML, "<h:html xmlns:h='http://www.w3.org/1999/xhtml'><h:p/></h:html>"),
            FrameContent::Still
        );
    }
}
