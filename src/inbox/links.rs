//! The links in the text of a mail. Only those to pages of the application become links: what else a mail
//! quotes, such as a name, may have been chosen by anyone.

use serde::Serialize;
use url::Url;

use crate::domain::Origin;

/// A part of a text.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub(super) struct Span {
    /// The text as it stands in the mail.
    pub(super) text: String,
    /// The URL that it leads to.
    pub(super) link: Option<String>,
}

/// Cuts a text into links to pages of `app` and what is between them.
pub(super) fn spans(text: &str, app: &Origin) -> Vec<Span> {
    let (mut spans, mut plain, mut rest) = (Vec::new(), String::new(), text);
    while let Some((before, url, after)) = next_url(rest) {
        plain.push_str(before);
        match to_page_of(url, app) {
            Some(link) => {
                spans.push(Span { text: std::mem::take(&mut plain), link: None });
                spans.push(Span { text: url.to_owned(), link: Some(link) });
            }
            None => plain.push_str(url),
        }
        rest = after;
    }
    plain.push_str(rest);
    spans.push(Span { text: plain, link: None });
    spans.retain(|span| !span.text.is_empty());
    spans
}

/// The text before the next URL, the URL and the text after it. Punctuation at its end belongs to the
/// sentence.
fn next_url(text: &str) -> Option<(&str, &str, &str)> {
    let start = ["http://", "https://"].iter().filter_map(|scheme| text.find(scheme)).min()?;
    let (before, from) = text.split_at_checked(start)?;
    let ends = |c: char| c.is_whitespace() || c.is_control() || matches!(c, '<' | '>' | '"');
    let word = from.split(ends).next()?;
    let url = word.trim_end_matches(['.', ',', ';', ':', '!', '?', ')', ']', '\'', '’', '”']);
    let (url, after) = from.split_at_checked(url.len())?;
    Some((before, url, after))
}

/// The URL as a browser would write it, if it leads to the application.
fn to_page_of(url: &str, app: &Origin) -> Option<String> {
    let url = Url::parse(url).ok()?;
    let bare = url.username().is_empty() && url.password().is_none();
    let own = url.origin().ascii_serialization() == app.as_str();
    (bare && own).then(|| url.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The links of a text. Checks that no character of it is lost.
    fn links(text: &str) -> Vec<String> {
        let app = Origin::parse("http://localhost:8080").unwrap();
        let spans = spans(text, &app);
        assert_eq!(spans.iter().map(|span| span.text.as_str()).collect::<String>(), text);
        spans.into_iter().filter_map(|span| span.link).collect()
    }

    #[test]
    fn a_link_to_a_page_of_the_application_can_be_followed() {
        let page = "http://localhost:8080/undo/Zm9y_-";
        for text in [
            page.to_owned(),
            format!("Open\n\n{page}\n\nwithin 7 days."),
            format!("Open {page}."),
            format!("(see <{page}>)"),
            format!("http://evil.example/ or {page}, http://localhost:8081/"),
        ] {
            assert_eq!(links(&text), [page], "{text}");
        }
        assert_eq!(links("At http://localhost:8080. Bye"), ["http://localhost:8080/"]);
        assert_eq!(links("http://localhost:8080/a?b=c&d=e#f"), ["http://localhost:8080/a?b=c&d=e#f"]);
        assert_eq!(links("http://localhost:8080/a\"onclick=x"), ["http://localhost:8080/a"]);
    }

    #[test]
    fn a_link_to_anywhere_else_is_text() {
        for text in [
            "",
            "no link",
            "http://",
            "http://evil.example/",
            "http://localhost:8080.evil.example/",
            "http://localhost:8080@evil.example/",
            "http://user@localhost:8080/",
            "https://localhost:8080/",
            "http://localhost/",
            "http://localhost:80801/",
            "//localhost:8080/",
            "javascript:alert(1)//http:/localhost:8080/",
            "data:text/html,<b>",
            "ftp://localhost:8080/",
            "localhost:8080/undo/abc",
        ] {
            assert_eq!(links(text), [""; 0], "{text}");
        }
    }
}
