//! The pages and files of its own site that a page names.

use std::collections::HashSet;

use url::Url;

use super::markup::{Tag, tags};
use super::response::Response;

/// A file that a page loads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct LinkedFile {
    pub(super) url: Url,
    /// What a browser sends as Sec-Fetch-Dest when it loads the file.
    pub(super) destination: &'static str,
}

/// The pages of the same origin that a page links to, each once.
pub(super) fn linked_pages(base: &Url, page: &Response) -> Vec<Url> {
    let tags = html_tags(page);
    let links = tags.iter().filter(|tag| tag.name == "a").filter_map(|tag| resolve(base, tag, "href"));
    let mut seen = HashSet::new();
    links.filter(|url| seen.insert(url.clone())).collect()
}

/// The files of the same origin that a page loads, each once.
pub(super) fn linked_files(base: &Url, page: &Response) -> Vec<LinkedFile> {
    let (mut files, mut seen) = (Vec::new(), HashSet::new());
    for tag in html_tags(page) {
        let (attribute, destination) = match tag.name.as_str() {
            "link" => ("href", "style"),
            "script" => ("src", "script"),
            "img" => ("src", "image"),
            _ => continue,
        };
        let Some(url) = resolve(base, &tag, attribute) else { continue };
        if seen.insert(url.clone()) {
            files.push(LinkedFile { url, destination });
        }
    }
    files
}

/// Whether opening the URL may change something, on a site that acts on GET.
pub(super) fn sounds_like_an_action(url: &Url) -> bool {
    const ACTIONS: [&str; 8] =
        ["logout", "log-out", "signout", "sign-out", "delete", "remove", "unsubscribe", "cancel"];
    let text = url.as_str().to_ascii_lowercase();
    ACTIONS.iter().any(|action| text.contains(action))
}

fn html_tags(page: &Response) -> Vec<Tag> {
    if page.media_type() == "text/html" { tags(page) } else { Vec::new() }
}

fn resolve(base: &Url, tag: &Tag, attribute: &str) -> Option<Url> {
    let mut url = base.join(tag.attribute(attribute)?).ok()?;
    url.set_fragment(None);
    (url.origin() == base.origin()).then_some(url)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_and_files_of_the_same_origin_are_found() {
        let base = Url::parse("https://example.com/start/").unwrap();
        let page = Response {
            status: 200,
            fields: vec![("content-type".into(), "text/html".into())],
            body: br#"<a class="x" href="/about#team">a</a><A
HREF=b?x=1&amp;y=2>b</A><a href="//other.example/">c</a><a href="/about">again</a>
                <abbr href="/no"></abbr><link rel="stylesheet" href="/app.css"><img alt="" src="i.svg">"#
                .to_vec(),
        };
        let pages = linked_pages(&base, &page);
        let pages: Vec<&str> = pages.iter().map(Url::as_str).collect();
        assert_eq!(pages, ["https://example.com/about", "https://example.com/start/b?x=1&y=2"]);
        let files = linked_files(&base, &page);
        let files: Vec<(&str, &str)> =
            files.iter().map(|file| (file.url.as_str(), file.destination)).collect();
        assert_eq!(
            files,
            [("https://example.com/app.css", "style"), ("https://example.com/start/i.svg", "image")]
        );
    }

    #[test]
    fn a_link_that_may_act_is_told_by_its_words() {
        for (url, acts) in [("https://example.com/LogOut", true), ("https://example.com/about", false)] {
            assert_eq!(sounds_like_an_action(&Url::parse(url).unwrap()), acts, "{url}");
        }
    }
}
