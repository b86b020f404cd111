//! The pages and files that a page names, by a look at its tags: enough to know where to look next.

use url::Url;

use super::markup::tags;
use super::response::Response;

/// The pages and files of the same origin that a page names. What sounds like an action is left out.
pub(super) fn collect(
    base: &Url,
    page: &Response,
    pages: &mut Vec<Url>,
    files: &mut Vec<(Url, &'static str)>,
) {
    const ACTIONS: [&str; 8] =
        ["logout", "log-out", "signout", "sign-out", "delete", "remove", "unsubscribe", "cancel"];
    if page.media_type() != "text/html" {
        return;
    }
    let tags = tags(&page.text());
    let named = |name: &str, attribute: &str| -> Vec<Url> {
        let values = tags.iter().filter(|tag| tag.name == name).filter_map(|tag| tag.attribute(attribute));
        let resolved = values.filter_map(|value| {
            let mut url = base.join(&value.replace("&amp;", "&")).ok()?;
            url.set_fragment(None);
            (url.origin() == base.origin()).then_some(url)
        });
        resolved.collect()
    };
    for url in named("a", "href") {
        let sounds = url.as_str().to_ascii_lowercase();
        if !ACTIONS.iter().any(|action| sounds.contains(action)) && !pages.contains(&url) {
            pages.push(url);
        }
    }
    for (tag, attribute, dest) in
        [("link", "href", "style"), ("script", "src", "script"), ("img", "src", "image")]
    {
        for url in named(tag, attribute) {
            if !files.iter().any(|(given, _)| *given == url) {
                files.push((url, dest));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_and_files_of_the_same_origin_are_found_and_actions_are_left_out() {
        let base = Url::parse("https://example.com/start/").unwrap();
        let page = Response {
            status: 200,
            fields: vec![("content-type".into(), "text/html".into())],
            body: br#"<a class="x" href="/about#team">a</a><A
HREF=b?x=1&amp;y=2>b</A><a href="//other.example/">c</a>
                <a href="/logout">out</a><abbr href="/no"></abbr><link rel="stylesheet" href="/app.css"><img alt="" src="i.svg">"#
                .to_vec(),
        };
        let (mut pages, mut files) = (Vec::new(), Vec::new());
        collect(&base, &page, &mut pages, &mut files);
        let pages: Vec<&str> = pages.iter().map(Url::as_str).collect();
        assert_eq!(pages, ["https://example.com/about", "https://example.com/start/b?x=1&y=2"]);
        let files: Vec<(&str, &str)> = files.iter().map(|(url, dest)| (url.as_str(), *dest)).collect();
        assert_eq!(
            files,
            [("https://example.com/app.css", "style"), ("https://example.com/start/i.svg", "image")]
        );
    }
}
