//! The pages and files of its own site that a page names.

use std::collections::HashSet;

use percent_encoding::percent_decode_str;
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

/// The most links of a page, and the longest one, that are read.
const MOST: usize = 2_000;
const LONGEST: usize = 2_048;

/// The pages of the same origin that a page links to, each once.
pub(super) fn linked_pages(url: &Url, page: &Response) -> Vec<Url> {
    let (mut base, mut seen, mut pages) = (Base::of(url), HashSet::new(), Vec::new());
    for tag in html_tags(page) {
        base.read(&tag);
        let is_link = matches!(tag.name.as_str(), "a" | "area") && !changes_something(&tag);
        let Some(url) = Some("href").filter(|_| is_link).and_then(|name| base.resolve(&tag, name)) else {
            continue;
        };
        if seen.insert(url.clone()) {
            pages.push(url);
        }
        if pages.len() >= MOST {
            break;
        }
    }
    pages
}

/// The files of the same origin that a page loads, each once.
pub(super) fn linked_files(url: &Url, page: &Response) -> Vec<LinkedFile> {
    let (mut base, mut files, mut seen) = (Base::of(url), Vec::new(), HashSet::new());
    for tag in html_tags(page) {
        base.read(&tag);
        let (attribute, destination) = match tag.name.as_str() {
            "link" => ("href", destination(&tag)),
            "script" => ("src", Some("script")),
            "img" => ("src", Some("image")),
            _ => continue,
        };
        let url = base.resolve(&tag, attribute).filter(|url| !sounds_like_an_action(url));
        let (Some(url), Some(destination)) = (url, destination) else { continue };
        if seen.insert(url.clone()) {
            files.push(LinkedFile { url, destination });
        }
        if files.len() >= MOST {
            break;
        }
    }
    files
}

/// What a browser sends as Sec-Fetch-Dest for the file that a `link` loads, if it loads one.
fn destination(link: &Tag) -> Option<&'static str> {
    let of_preload = || match link.attribute("as").unwrap_or_default().to_ascii_lowercase().as_str() {
        "font" => Some("font"),
        "image" => Some("image"),
        "script" => Some("script"),
        "style" => Some("style"),
        "fetch" => Some("empty"),
        _ => None,
    };
    let words = link.attribute("rel").unwrap_or_default().split_ascii_whitespace();
    words.map(str::to_ascii_lowercase).find_map(|word| match word.as_str() {
        "stylesheet" => Some("style"),
        "icon" => Some("image"),
        "manifest" => Some("manifest"),
        "modulepreload" => Some("script"),
        "preload" => of_preload(),
        _ => None,
    })
}

/// Where a response redirects to.
pub(super) fn redirect(url: &Url, response: &Response) -> Option<Url> {
    let location = response.first("location").filter(|_| response.is_redirect())?;
    let mut next = url.join(location).ok()?;
    next.set_fragment(None);
    Some(next)
}

/// Path and query, as a request names them.
pub(super) fn target(url: &Url) -> String {
    url.query().map_or_else(|| url.path().to_owned(), |query| format!("{}?{query}", url.path()))
}

/// Path and query, short enough for a report.
pub(super) fn shown(url: &Url) -> String {
    let target = target(url);
    target.get(..80).map_or_else(|| target.clone(), |short| format!("{short}…"))
}

/// Whether opening the URL may sign out, delete or change something, on a site that acts on GET. The host does
/// not count: only path and query say what a page does.
pub(super) fn sounds_like_an_action(url: &Url) -> bool {
    const ACTIONS: [&str; 35] = [
        "logout",
        "logoff",
        "signout",
        "signoff",
        "endsession",
        "abmelden",
        "ausloggen",
        "deconnexion",
        "d\u{e9}connexion",
        "cerrarsesion",
        "cerrarsesi\u{f3}n",
        "delete",
        "destroy",
        "remove",
        "erase",
        "purge",
        "loeschen",
        "l\u{f6}schen",
        "supprimer",
        "eliminar",
        "revoke",
        "disable",
        "deactivate",
        "unsubscribe",
        "unlink",
        "uninstall",
        "cancel",
        "kuendigen",
        "k\u{fc}ndigen",
        "approve",
        "reject",
        "disconnect",
        "impersonate",
        "killsession",
        "terminate",
    ];
    let decoded = percent_decode_str(&target(url)).decode_utf8_lossy().to_lowercase();
    // `log-out`, `log_out`, `logOut` and `log%20out` are one word.
    let word: String = decoded.chars().filter(|c| !matches!(c, '-' | '_' | '.' | ' ' | '+')).collect();
    ACTIONS.iter().any(|action| word.contains(action))
}

/// Whether the path is that of a sign-in page, by its words.
pub(super) fn sounds_like_a_sign_in(url: &Url) -> bool {
    const WORDS: [&str; 6] = ["login", "logon", "signin", "anmelden", "connexion", "oauth"];
    let is_known = |word: &str| {
        word == "sso" || WORDS.iter().any(|known| word.starts_with(known) || word.ends_with(known))
    };
    let path = url.path().to_ascii_lowercase();
    // `sign-in` is one word, and `wp-login` has two.
    let has_known = |segment: &str| {
        let whole: String = segment.chars().filter(char::is_ascii_alphanumeric).collect();
        is_known(&whole) || segment.split(|letter: char| !letter.is_ascii_alphanumeric()).any(is_known)
    };
    path.split('/').any(has_known) || path.contains("session/new") || path.contains("sessions/new")
}

/// Whether following the link does not just open a page.
fn changes_something(tag: &Tag) -> bool {
    const MARKS: [&str; 5] = ["download", "ping", "data-method", "data-turbo-method", "hx-delete"];
    MARKS.iter().any(|mark| tag.attribute(mark).is_some())
}

/// What relative links are relative to: the page, or its first `<base href>`.
struct Base {
    page: Url,
    named: Option<Url>,
}

impl Base {
    fn of(page: &Url) -> Self {
        Self { page: page.clone(), named: None }
    }

    fn read(&mut self, tag: &Tag) {
        if tag.name == "base" && self.named.is_none() {
            self.named = tag.attribute("href").and_then(|href| self.page.join(href).ok());
        }
    }

    /// A link of the page's own origin, without its fragment. Each link would copy a base that is too long.
    fn resolve(&self, tag: &Tag, attribute: &str) -> Option<Url> {
        let link = tag.attribute(attribute).filter(|link| link.len() <= LONGEST)?;
        let base =
            Some(self.named.as_ref().unwrap_or(&self.page)).filter(|base| base.as_str().len() <= LONGEST)?;
        let mut url = base.join(link).ok()?;
        url.set_fragment(None);
        (url.origin() == self.page.origin()).then_some(url)
    }
}

fn html_tags(page: &Response) -> impl Iterator<Item = Tag> {
    Some(page).filter(|page| page.is_markup()).into_iter().flat_map(tags)
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
            cut: false,
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

    fn links(body: &str) -> Vec<String> {
        let fields = vec![("content-type".into(), "text/html".into())];
        let page = Response { status: 200, fields, body: body.into(), cut: false };
        let pages = linked_pages(&Url::parse("https://example.com/start/").unwrap(), &page);
        pages.iter().map(target).collect()
    }

    fn files(body: &str) -> Vec<(String, &'static str)> {
        let fields = vec![("content-type".into(), "text/html".into())];
        let page = Response { status: 200, fields, body: body.into(), cut: false };
        let files = linked_files(&Url::parse("https://example.com/start/").unwrap(), &page);
        files.iter().map(|file| (target(&file.url), file.destination)).collect()
    }

    #[test]
    fn a_sign_in_page_is_told_by_its_words() {
        for (path, expected) in [
            ("/login", true),
            ("/accounts/login/", true),
            ("/settings", false),
            ("/en/sign-in", true),
            ("/log_in/", true),
            ("/wp-login.php", true),
            ("/UserLogin", true),
            ("/oauth2/authorize", true),
            ("/auth/sso?next=/", true),
            ("/session/new", true),
            ("/accessories", false),
            ("/lessons/professors", false),
            ("/blog/one", false),
            ("/blog/introduction", false),
            ("/catalog/online", false),
            ("/?next=/login", false),
        ] {
            let url = Url::parse("https://login.example").unwrap().join(path).unwrap();
            assert_eq!(sounds_like_a_sign_in(&url), expected, "{path}");
        }
    }

    #[test]
    fn links_are_read_in_every_kind_of_document() {
        const XHTML: &str = "<h:html xmlns:h='http://www.w3.org/1999/xhtml'><h:a href='/a'/></h:html>";
        for (kind, body, found) in [
            (Some("application/xhtml+xml"), XHTML, true),
            (Some("application/xml; charset=utf-8"), XHTML, true),
            (Some("text/xml"), XHTML, true),
            (Some("text/xsl"), XHTML, true),
            (Some("text/html charset=utf-8"), "<a href=/a>x</a>", true),
            (Some("image/svg+xml"), "<svg xmlns='http://www.w3.org/2000/svg'><a href='/a'/></svg>", true),
            (None, "<title>x</title><a href=/a>x</a>", true),
            (Some("text/plain"), "<a href=/a>x</a>", false),
            (Some("application/json"), "\"<a href=/a>x</a>\"", false),
        ] {
            let fields = kind.map(|kind| ("content-type".to_owned(), kind.to_owned())).into_iter().collect();
            let page = Response { status: 200, fields, body: body.into(), cut: false };
            let pages = linked_pages(&Url::parse("https://example.com/").unwrap(), &page);
            assert_eq!(pages.len(), usize::from(found), "{kind:?} {body}");
        }
    }

    #[test]
    fn only_links_that_load_a_file_are_files() {
        for (link, destination) in [
            ("rel=Stylesheet", Some("style")),
            ("rel='alternate stylesheet'", Some("style")),
            ("rel='shortcut icon'", Some("image")),
            ("rel=manifest", Some("manifest")),
            ("rel=modulepreload", Some("script")),
            ("rel=preload as=font", Some("font")),
            ("rel=preload as=fetch", Some("empty")),
            ("rel=preload", None),
            ("rel=next", None),
            ("rel=canonical", None),
            ("rel=alternate", None),
            ("rel=prefetch", None),
            ("", None),
        ] {
            let expected: Vec<_> =
                destination.map(|destination| ("/x".to_owned(), destination)).into_iter().collect();
            assert_eq!(files(&format!("<link {link} href=/x>")), expected, "{link}");
        }
    }

    #[test]
    fn a_file_whose_address_sounds_like_an_action_is_not_loaded() {
        let body = "<img src=/logout><script src='/items?do=delete'></script><link rel=icon href=/sign-out>\
                    <img src=/i.png>";
        assert_eq!(files(body), [("/i.png".to_owned(), "image")]);
    }

    #[test]
    fn links_below_a_base_of_a_megabyte_are_not_followed() {
        let base = format!("<base href=/{}/>", "a".repeat(500_000));
        let links_and_files: String =
            (0..20_000).map(|number| format!("<a href={number}><img src={number}>")).collect();
        let body = format!("{base}{links_and_files}");
        assert_eq!((links(&body), files(&body)), (Vec::new(), Vec::new()));
    }

    #[test]
    fn a_base_moves_links_and_downloads_are_not_followed() {
        let body = "<base href=/shop/><base href=/no/><a href=a>a</a><map><area href=b></map><a href=c download>c</a>\
                    <a href=d data-method=delete>d</a><a href=https://other.example/e>e</a>";
        assert_eq!(links(body), ["/shop/a", "/shop/b"]);
        assert_eq!(
            links("<base href=https://other.example/><a href=a>a</a><a href=//example.com/b>"),
            ["/b"]
        );
    }

    #[test]
    fn a_page_with_very_many_or_very_long_links_gives_a_bounded_list() {
        let many: String = (0..20_000).map(|number| format!("<a href={number}>")).collect();
        assert_eq!(links(&many).len(), MOST);
        assert_eq!(links(&format!("<a href=/{}><a href=/b>", "a".repeat(1_000_000))), ["/b"]);
    }

    #[test]
    fn a_link_that_may_act_is_told_by_its_words() {
        for (path, acts) in [
            ("/LogOut", true),
            ("/log-out", true),
            ("/auth/destroy", true),
            ("/a?action=delete&id=1", true),
            ("/abmelden", true),
            ("/konto/l%C3%B6schen", true),
            ("/session.end_session", true),
            ("/about", false),
            ("/settings/sessions", false),
        ] {
            let url = Url::parse("https://delete.example").unwrap().join(path).unwrap();
            assert_eq!(sounds_like_an_action(&url), acts, "{url}");
        }
    }
}
