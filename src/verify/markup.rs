//! The opening tags of a page, as a browser's tokenizer reads them (WHATWG HTML §13.2.5). They show where
//! a page leads, what its forms ask for, and whether there is anything to click. No tree is built.

use html5gum::{DefaultEmitter, HtmlString, StartTag, Token, Tokenizer};
use memchr::memmem;

use super::response::Response;

/// The name under which the end of a form stands among the opening tags.
pub(super) const FORM_END: &str = "/form";

/// The name under which a part stands that is text where a browser reads HTML, and may be markup where it reads SVG or
/// MathML. No tree is built, so it stays open which.
const DOUBT: &str = "<";

/// One opening tag.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Tag {
    /// In lower case; in XML the local name.
    pub(super) name: String,
    /// Names in lower case, values decoded; of repeated attributes the first.
    attributes: Vec<(String, String)>,
}

impl Tag {
    /// The value of an attribute.
    pub(super) fn attribute(&self, name: &str) -> Option<&str> {
        self.attributes.iter().find(|(given, _)| given == name).map(|(_, value)| value.as_str())
    }

    /// Whether the user can click it or type into it, or whether it can run something.
    pub(super) fn is_live(&self) -> bool {
        const LIVE: [&str; 22] = [
            "a", "area", "audio", "button", "details", "dialog", "embed", "form", "frame", "iframe", "input",
            // A sandboxed frame runs no scripts and shows what `noscript` contains.
            "noscript", "object", "script", "select", "summary", "textarea", "use", "video",
            // The tokenizer takes the first of them for the second.
            "noframe", "noframes", DOUBT,
        ];
        LIVE.contains(&self.name.as_str())
            || self.attributes.iter().any(|(name, _)| {
                name.starts_with("on") || matches!(name.as_str(), "contenteditable" | "tabindex")
            })
    }
}

impl From<StartTag<()>> for Tag {
    fn from(tag: StartTag<()>) -> Self {
        let text = |bytes: &HtmlString| String::from_utf8_lossy(bytes).into_owned();
        let attributes = tag.attributes.iter().map(|(name, value)| (text(name), text(value)));
        Self { name: text(&tag.name), attributes: attributes.collect() }
    }
}

/// The opening tags of a page, in order, and the ends of its forms. Comments and the text of scripts and
/// styles contain none. A page may have a million: each is read when it is asked for.
pub(super) fn tags(page: &Response) -> impl Iterator<Item = Tag> {
    let (mut emitter, xml) = (DefaultEmitter::default(), is_xml(page));
    // XML has no elements that contain only text, and closes `<title/>` at once.
    emitter.naively_switch_states(!xml);
    let tokens = Tokenizer::new_with_emitter(page.body.as_slice(), emitter);
    let mut foreign = Foreign::default();
    let unnamed = |name: &str| Tag { name: name.to_owned(), attributes: Vec::new() };
    tokens.filter_map(move |Ok(token)| match token {
        Token::StartTag(tag) => {
            let Tag { name, attributes } = Tag::from(tag);
            foreign.open(&name);
            Some(Tag { name: if xml { local(&name).to_owned() } else { name }, attributes })
        }
        Token::String(text) if !xml => foreign.hides(&text).then(|| unnamed(DOUBT)),
        Token::Comment(text) => {
            let doubt = if xml { goes_on(&text) } else { foreign.has_section(&text) };
            doubt.then(|| unnamed(DOUBT))
        }
        Token::EndTag(tag) => {
            foreign.in_text = false;
            let name = String::from_utf8_lossy(&tag.name);
            let is_form = name == "form" || (xml && local(&name) == "form");
            is_form.then(|| unnamed(FORM_END))
        }
        _ => None,
    })
}

/// What a page in HTML has of other languages. Where they end again cannot be told without a tree, so they count up to
/// its end.
#[derive(Default)]
struct Foreign {
    begun: bool,
    /// The text of an element follows that has elements in such a language.
    in_text: bool,
}

impl Foreign {
    fn open(&mut self, name: &str) {
        // In a frameset, browsers ignore the tags of other elements, and so read what they contain.
        self.begun |= matches!(name, "svg" | "math" | "frameset");
        self.in_text = self.begun && matches!(name, "noembed" | "plaintext" | "style" | "title" | "xmp");
    }

    /// Whether a text may contain elements.
    fn hides(&self, text: &[u8]) -> bool {
        self.in_text && text.contains(&b'<')
    }

    /// Whether a comment begins with a section of characters, which ends elsewhere than a comment.
    fn has_section(&self, comment: &[u8]) -> bool {
        self.begun && comment.starts_with(b"[CDATA[")
    }
}

/// Whether a comment of HTML is the start of a section of characters or an instruction of XML, which ends elsewhere.
fn goes_on(comment: &[u8]) -> bool {
    (comment.starts_with(b"[CDATA[") && !comment.ends_with(b"]]"))
        || (comment.starts_with(b"?") && !comment.ends_with(b"?"))
}

/// Whether browsers read a page as XML. Without a media type, they look at its start.
pub(super) fn is_xml(page: &Response) -> bool {
    let kind = page.media_type();
    let start = page.body.get(..64).unwrap_or(&page.body);
    kind.ends_with("xml")
        || kind == "text/xsl"
        || (kind.is_empty() && memmem::find(start, b"<?xml").is_some())
}

/// The name of an element of XML without the prefix of its namespace.
fn local(name: &str) -> &str {
    name.rsplit(':').next().unwrap_or(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(kind: &str, text: &str) -> Vec<String> {
        tags(&page(kind, text)).map(|tag| tag.name).collect()
    }

    fn page(kind: &str, text: &str) -> Response {
        let fields = vec![("content-type".to_owned(), kind.to_owned())];
        Response { status: 200, fields, body: text.into(), cut: false }
    }

    #[test]
    fn tags_are_read_in_every_spelling_that_browsers_accept() {
        let text = "<P>a < b<!-- <a href=/no> --><A\nHREF = /x?y=1&amp;z=2 title='>' ><br/><img src=a/b.png alt=\"\"></a><form action>";
        assert_eq!(names("text/html", text), ["p", "a", "br", "img", "form"]);
        let tags: Vec<Tag> = tags(&page("text/html", text)).collect();
        assert_eq!((tags[1].attribute("href"), tags[1].attribute("title")), (Some("/x?y=1&z=2"), Some(">")));
        assert_eq!((tags[3].attribute("src"), tags[3].attribute("alt")), (Some("a/b.png"), Some("")));
        assert_eq!(tags[4].attribute("action"), Some(""));
    }

    #[test]
    fn text_inside_scripts_and_titles_is_not_read_as_tags_in_html() {
        let text = "<title><a></title><script>if (a<b) '<form>'</script><p>";
        assert_eq!(names("text/html; charset=utf-8", text), ["title", "script", "p"]);
        assert_eq!(names("image/svg+xml", "<svg><title/><a href='/'/></svg>"), ["svg", "title", "a"]);
    }

    #[test]
    fn what_a_section_or_an_instruction_of_xml_may_hide_counts_as_live() {
        let is_live = |text: &str| tags(&page("application/xhtml+xml", text)).any(|tag| tag.is_live());
        for live in ["<p><![CDATA[ p > a <!-- ]]></p><form/>", "<?x > <!-- ?><form/>"] {
            assert!(is_live(live), "{live}");
        }
        for still in ["<?xml version='1.0'?><p><![CDATA[ form ]]></p>", "<p><!-- > <form/> --></p>"] {
            assert!(!is_live(still), "{still}");
        }
    }

    #[test]
    fn what_svg_may_show_as_an_element_counts_as_live() {
        let is_live = |text: &str| tags(&page("text/html", text)).any(|tag| tag.is_live());
        for live in [
            "<svg><style><p><form><button>Buy",
            "<svg><style/><p><form><button>Buy</style>",
            "<svg><![CDATA[ > <!-- ]]></svg><form><button>Buy",
            "<svg><desc></svg></desc><title><p><button>Buy</title>",
            "<math><xmp><p><button>Buy</xmp></math>",
            "<style><!--</style><svg><title><button>Buy</title></svg>",
            "<frameset><style><frame src=/buy></style>",
            "<noframe><button>Buy</noframe>",
            "<noframes><!--</noframes><button>Buy",
        ] {
            assert!(is_live(live), "{live}");
        }
        for still in [
            "<title>a < b</title><style>/* <a> */</style><svg><path d='M0 0'/></svg>",
            "<svg><title>Logo</title><style>.a { fill: red }</style><path/></svg><p>a &lt; b <!-- <form> -->",
            "<![CDATA[ <form> ]]><p>",
        ] {
            assert!(!is_live(still), "{still}");
        }
    }
}
