//! The HTML report: one file that loads nothing and runs nothing, whatever a site put into it.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use html5gum::{Token, Tokenizer};
use sha2::{Digest as _, Sha256};
use unframed::verify::report::{Format, printable};

use super::{HOSTILE, PNG, all, hostile, written};

const TAGS: [&str; 33] = [
    "html", "head", "meta", "title", "style", "body", "main", "h1", "h2", "h3", "h4", "p", "a", "section",
    "article", "span", "bdi", "dl", "dt", "dd", "code", "img", "ul", "li", "div", "table", "thead", "tbody",
    "tr", "th", "td", "b", "i",
];

/// The name of a tag, and its attributes with their values.
type StartTag = (String, Vec<(String, String)>);

/// The tags, and all text.
fn parsed(html: &str) -> (Vec<StartTag>, String) {
    let (mut tags, mut text) = (Vec::new(), String::new());
    let utf8 = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).expect("UTF-8");
    for token in Tokenizer::new(html) {
        match token.expect("a token") {
            Token::StartTag(tag) => {
                let attributes = tag.attributes.iter().map(|(name, value)| (utf8(name), utf8(value)));
                tags.push((utf8(&tag.name), attributes.collect()));
            }
            Token::String(piece) => text.push_str(&utf8(&piece)),
            Token::Comment(comment) => panic!("a comment: {comment:?}"),
            Token::Error(error) => panic!("{error:?}"),
            _ => {}
        }
    }
    (tags, text)
}

#[test]
fn no_text_of_a_site_becomes_a_tag_or_an_attribute() {
    for text in HOSTILE {
        let (tags, shown) = parsed(&written(Format::Html, &[hostile(text)]));
        for (tag, attributes) in &tags {
            assert!(TAGS.contains(&tag.as_str()), "{text}: <{tag}>");
            for (name, value) in attributes {
                match name.as_str() {
                    "src" => assert!(value.starts_with("data:image/png;base64,"), "{value}"),
                    "href" => assert!(value.starts_with('#'), "{value}"),
                    "class" | "id" | "alt" | "lang" | "charset" | "http-equiv" | "content" | "name"
                    | "scope" => {}
                    other => panic!("{text}: {tag} has {other}"),
                }
            }
        }
        // Backticks mark code.
        let (shown, text) = (shown.replace('`', ""), printable(text).replace('`', ""));
        assert!(shown.matches(&text).count() >= 10, "{text}: {shown}");
    }
}

#[test]
fn what_stands_between_backticks_is_shown_as_code() {
    let html = written(Format::Html, &[hostile("send `a<b` and `c`, not `d")]);
    let shown = "<bdi>send <code>a&lt;b</code> and <code>c</code>, not `d</bdi>";
    assert!(html.contains(shown), "{html}");
}

#[test]
fn the_policy_of_the_file_allows_its_own_style_and_pictures_only() {
    let html = written(Format::Html, &all());
    let (tags, _) = parsed(&html);
    let policies: Vec<&str> = tags
        .iter()
        .filter(|(_, attributes)| attributes.iter().any(|(_, value)| value == "Content-Security-Policy"))
        .flat_map(|(_, attributes)| attributes.iter().filter(|(name, _)| name == "content"))
        .map(|(_, value)| value.as_str())
        .collect();
    let style = html.split_once("<style>").unwrap().1.split_once("</style>").unwrap().0;
    let digest = BASE64_STANDARD.encode(Sha256::digest(style));
    assert_eq!(
        policies,
        [format!(
            "default-src 'none'; img-src data:; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
        )]
    );
    assert!(!style.contains("url(") && !style.contains("@import"), "{style}");
}

#[test]
fn pictures_are_in_the_file_up_to_a_bound() {
    let (tags, _) = parsed(&written(Format::Html, &[hostile("x")]));
    let sources: Vec<&String> = tags
        .iter()
        .flat_map(|(_, attributes)| attributes)
        .filter(|(name, _)| name == "src")
        .map(|(_, value)| value)
        .collect();
    assert_eq!(sources, [&format!("data:image/png;base64,{}", BASE64_STANDARD.encode(PNG))]);
    let many: Vec<_> = (0..250).map(|i| hostile(&i.to_string())).collect();
    let html = written(Format::Html, &many);
    assert_eq!(html.matches("<img ").count(), 200);
    assert_eq!(
        html.matches("Pictures that are left out because the file would be too large: 1.").count(),
        50
    );
}
