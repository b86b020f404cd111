//! The body of a mail: paragraphs, of which some are links. From it come both versions of a mail, the plain
//! text and the HTML, so that they always say the same.

use serde::Serialize;
use textwrap::{Options, WordSeparator, WordSplitter};

/// The width of the plain text in characters.
const WIDTH: usize = 72;

/// The paragraphs of a mail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MailBody(Vec<Paragraph>);

/// A paragraph, or a link with a label such as `Create account:`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum Paragraph {
    /// A link. Its own web address stands below its label, so that readers see where it leads.
    Link {
        /// The label without its colon; empty for a bare link.
        label: String,
        /// The web address.
        url: String,
    },
    /// Sentences.
    Text {
        /// The sentences.
        text: String,
    },
}

impl MailBody {
    /// Reads a text: paragraphs stand between empty lines. A web address alone on the last line of a paragraph
    /// is a link, and the line before it its label.
    #[must_use]
    pub fn parse(text: &str) -> Self {
        let paragraphs = text.split("\n\n").map(str::trim).filter(|paragraph| !paragraph.is_empty());
        Self(paragraphs.map(paragraph).collect())
    }

    /// The paragraphs.
    #[must_use]
    pub fn paragraphs(&self) -> &[Paragraph] {
        &self.0
    }

    /// The first link to a page. A paragraph may be the web address of the site, too.
    #[must_use]
    pub fn link(&self) -> Option<&str> {
        self.0.iter().find_map(|paragraph| match paragraph {
            Paragraph::Link { url, .. } => {
                url::Url::parse(url).is_ok_and(|url| url.path().len() > 1).then_some(url.as_str())
            }
            Paragraph::Text { .. } => None,
        })
    }

    /// The plain text. A link stands on a line of its own and is never broken.
    #[must_use]
    pub fn text(&self) -> String {
        let shown = self.0.iter().map(|paragraph| match paragraph {
            Paragraph::Link { label, url } if label.is_empty() => url.clone(),
            Paragraph::Link { label, url } => format!("{label}:\n\n{url}"),
            Paragraph::Text { text } => wrap(text),
        });
        shown.collect::<Vec<_>>().join("\n\n") + "\n"
    }
}

impl Paragraph {
    /// The same paragraph with its sentences in lines of limited length.
    #[must_use]
    pub fn wrapped(&self) -> Self {
        match self {
            Self::Text { text } => Self::Text { text: wrap(text) },
            Self::Link { .. } => self.clone(),
        }
    }
}

fn wrap(text: &str) -> String {
    let options = Options::new(WIDTH)
        .break_words(false)
        .word_separator(WordSeparator::AsciiSpace)
        .word_splitter(WordSplitter::NoHyphenation);
    textwrap::fill(text, options)
}

fn paragraph(text: &str) -> Paragraph {
    let (before, last) = text.rsplit_once('\n').unwrap_or(("", text));
    let is_web_address =
        (last.starts_with("https://") || last.starts_with("http://")) && !last.contains(char::is_whitespace);
    if is_web_address && !before.contains('\n') && (before.is_empty() || before.ends_with(':')) {
        return Paragraph::Link { label: before.trim_end_matches(':').to_owned(), url: last.to_owned() };
    }
    Paragraph::Text { text: text.split_whitespace().collect::<Vec<_>>().join(" ") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_body_is_read_as_paragraphs_and_links() {
        let body =
            MailBody::parse("One\ntwo.\n\nKeep account:\nhttps://a.example/undo/x\n\nhttp://a.example\n");
        let link = |label: &str, url: &str| Paragraph::Link { label: label.to_owned(), url: url.to_owned() };
        let text = |text: &str| Paragraph::Text { text: text.to_owned() };
        assert_eq!(
            body.paragraphs(),
            [
                text("One two."),
                link("Keep account", "https://a.example/undo/x"),
                link("", "http://a.example")
            ]
        );
        assert_eq!(
            body.text(),
            "One two.\n\nKeep account:\n\nhttps://a.example/undo/x\n\nhttp://a.example\n"
        );
        assert_eq!(body.link(), Some("https://a.example/undo/x"));
        for sentence in
            ["See\nhttps://a.example/x", "https://a.example/x now", "one:\ntwo:\nhttps://a.example/x"]
        {
            assert!(matches!(MailBody::parse(sentence).paragraphs(), [Paragraph::Text { .. }]), "{sentence}");
        }
    }

    #[test]
    fn the_plain_text_is_wrapped_and_a_link_is_not() {
        let url = format!("https://account.example.com/{}", "x".repeat(200));
        let text = MailBody::parse(&format!("{}\n\nOpen:\n{url}", "word ".repeat(60))).text();
        assert!(text.lines().all(|line| line == url || line.chars().count() <= WIDTH), "{text}");
        assert!(text.lines().any(|line| line == url));
    }
}
