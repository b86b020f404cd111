//! The pages of an attacker, who frames a target by every vector. They are text: whoever serves them decides
//! on which sites.

use std::fmt::Write as _;

use super::vectors::{FRAME, VECTORS, region};

/// A page of the attacker.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AttackPage {
    /// The status.
    pub status: u16,
    /// Where it redirects.
    pub location: Option<String>,
    /// The HTML.
    pub body: String,
}

/// The page at a path of the attacker's; `None` if there is none. `parameter` reads the query.
pub fn page(path: &str, parameter: impl Fn(&str) -> String) -> Option<AttackPage> {
    let target = parameter("u");
    let html = |body: String| Some(AttackPage { status: 200, location: None, body });
    match path {
        "/attack" => html(attack(&target, &parameter("vectors"), &parameter("tag"))),
        "/wrap" => html(wrap(&parameter("kind"), &target)?),
        "/redirect" => {
            let status = parameter("status").parse().ok().filter(|status| (300..400).contains(status))?;
            Some(AttackPage { status, location: Some(target), body: String::new() })
        }
        "/blank" => html("<!doctype html><title>Attacker</title>".to_owned()),
        _ => None,
    }
}

/// The address, at the attacker's, of a page that shows the target through these vectors. With a tag, which
/// suits a target without a query, each frame asks for the target with `?tag=v` and the index of its vector.
#[must_use]
pub fn through(vectors: &[usize], target: &str, tag: &str) -> String {
    let vectors: Vec<String> = vectors.iter().map(usize::to_string).collect();
    format!("/attack?vectors={}&tag={tag}&u={}", vectors.join(","), escape(target))
}

/// The address, at the attacker's, of a page with the target in its only frame.
#[must_use]
pub fn in_a_frame(target: &str) -> String {
    format!("/wrap?kind=iframe&u={}", escape(target))
}

/// Escapes a text for a query.
#[must_use]
pub fn escape(text: &str) -> String {
    url::form_urlencoded::byte_serialize(text.as_bytes()).collect()
}

/// Escapes a text for HTML, also within an attribute in either quotes.
fn html(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            other => escaped.push(other),
        }
    }
    escaped
}

/// A text as a literal of JavaScript that can stand within `<script>`.
fn script(text: &str) -> String {
    serde_json::Value::from(text).to_string().replace('<', "\\u003c")
}

/// Escapes a text for a URL whose content is the text itself: `data:` or `javascript:`.
fn in_url(text: &str) -> String {
    escape(text).replace('+', "%20")
}

/// Puts a target into the markup of a vector.
fn fill(markup: &str, target: &str, name: &str) -> String {
    let document = format!("<body style='margin:0'>{}", frame(target));
    let (action, query) = target.split_once('?').unwrap_or((target, ""));
    let mut fields = String::new();
    for (field, value) in url::form_urlencoded::parse(query.as_bytes()) {
        // Writing to a String does not fail.
        let _ = write!(fields, "<input type='hidden' name='{}' value='{}'>", html(&field), html(&value));
    }
    let values = [
        ("{target}", html(target)),
        ("{script}", script(target)),
        ("{query}", escape(target)),
        ("{document}", html(&document)),
        ("{document_script}", script(&document)),
        ("{document_url}", in_url(&document)),
        ("{document_script_url}", in_url(&script(&document))),
        ("{action}", html(action)),
        ("{fields}", fields),
        ("{name}", name.to_owned()),
    ];
    // From left to right, so that a target that contains such a word is not filled in again.
    let (mut filled, mut rest) = (String::new(), markup);
    while let Some(start) = rest.find('{') {
        let (before, from) = rest.split_at(start);
        filled.push_str(before);
        let known = values.iter().find(|(word, _)| from.starts_with(word));
        let (word, value) = known.map_or(("{", "{"), |(word, value)| (*word, value.as_str()));
        filled.push_str(value);
        rest = from.get(word.len()..).unwrap_or_default();
    }
    filled + rest
}

fn frame(target: &str) -> String {
    let (width, height) = FRAME;
    format!(
        "<iframe style='display:block;border:0;width:{width}px;height:{height}px' src='{}'></iframe>",
        html(target)
    )
}

/// One page with vectors, which a list of indices names, all aimed at one target.
fn attack(target: &str, vectors: &str, tag: &str) -> String {
    let (width, height) = FRAME;
    let mut page = format!(
        "<!doctype html><meta charset='utf-8'><title>Attack</title><style>
         body {{ margin: 0; background: #ccc }}
         div {{ position: absolute; overflow: hidden; width: {width}px; height: {height}px }}
         iframe, object, embed, svg {{ display: block; border: 0; width: {width}px; height: {height}px }}</style>"
    );
    for index in vectors.split(',').filter_map(|index| index.parse::<usize>().ok()) {
        let Some(vector) = VECTORS.get(index) else { continue };
        let (left, top, ..) = region(index);
        let aimed = if tag.is_empty() { target.to_owned() } else { format!("{target}?{tag}=v{index}") };
        let markup = fill(vector.markup, &aimed, &format!("f{index}"));
        let _ = writeln!(page, "<div id='v{index}' style='left:{left}px;top:{top}px'>{markup}</div>");
    }
    page
}

fn wrap(kind: &str, target: &str) -> Option<String> {
    let page = match kind {
        "iframe" => format!("<!doctype html><body style='margin:0'>{}", frame(target)),
        "frameset" => {
            format!("<frameset cols='*' frameborder=0 border=0><frame src='{}'></frameset>", html(target))
        }
        "refresh" => format!("<meta http-equiv='refresh' content='0;url={}'>", html(target)),
        // The frame shows the target, then a page of the attacker's, then goes back.
        "history" => format!(
            "<!doctype html><body style='margin:0'>{}<script>
             const frame = document.querySelector('iframe');
             let loads = 0;
             frame.onload = () => {{
                 loads += 1;
                 // A navigation while the page still loads adds no entry to the history.
                 if (loads === 1) setTimeout(() => {{ frame.contentWindow.location.href = '/blank'; }}, 100);
                 if (loads === 2) setTimeout(() => history.back(), 100);
                 if (loads === 3) fetch('/collect?back');
             }};</script>",
            frame(target)
        ),
        _ => return None,
    };
    Some(page)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_target_cannot_leave_its_place_in_the_markup() {
        let target = "https://shop.example/a'b?x=\"&copy;=1&y='><script>`${1}`{name}";
        for vector in VECTORS {
            let filled = fill(vector.markup, target, "f0");
            let scripts = vector.markup.matches("<script>").count();
            assert_eq!(filled.matches("<script>").count(), scripts, "{}: {filled}", vector.name);
            let as_script = vector.markup.contains("{script}");
            assert!(as_script || !filled.contains("&copy;"), "{}: {filled}", vector.name);
            let of_the_markup = vector.markup.replace("{name}", "").matches('{').count();
            assert!(vector.markup.contains('{') && of_the_markup > 0, "{} has a target", vector.name);
        }
        assert_eq!(fill("<a {type: '{name}'} {target}", "{name}'", "f0"), "<a {type: 'f0'} {name}&#39;");
        assert_eq!(
            fill("{action} {fields}", "https://x.example/p?a=1&b=%3c", "f0"),
            "https://x.example/p <input type='hidden' name='a' value='1'><input type='hidden' name='b' value='&lt;'>"
        );
    }

    #[test]
    fn an_attack_holds_the_vectors_that_it_names_and_no_other() {
        let ask = |name: &str| match name {
            "u" => "https://shop.example/".to_owned(),
            "vectors" => "0,2,999,x".to_owned(),
            _ => String::new(),
        };
        let page = page("/attack", ask).unwrap();
        assert_eq!(page.body.matches("<div id=").count(), 2);
        assert!(page.body.contains("<iframe credentialless src='https://shop.example/'>"), "{}", page.body);
        assert_eq!(super::page("/elsewhere", ask), None);
        assert_eq!(super::page("/redirect", |_| "999".to_owned()), None, "no such status");
    }
}
