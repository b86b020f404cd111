//! The page templates of one language, loaded and checked at start.

mod fixed;

use std::collections::BTreeMap;
use std::io;
use std::sync::Arc;

use tera::{Context, Kwargs, State, Tera, TeraResult, Value};

use super::{Tag, ViewProblem};
use crate::assets::Assets;
use crate::db;
use crate::locales::{self, Catalogue};

/// The layouts, which carry the meta policy.
pub(super) const LAYOUTS: [&str; 2] = [LAYOUT, "bare.html"];
/// The layout of pages that no site may frame. Some of them run a script.
pub(super) const LAYOUT: &str = "layout.html";

/// Loads the templates, with the functions and filters that they use.
pub(super) fn load(assets: &Assets, catalogue: Arc<Catalogue>) -> Result<Tera, ViewProblem> {
    let mut texts = Vec::new();
    // The reports of `verify` are no pages, and have a filter of their own.
    let is_page = |name: &str| !name.starts_with("verify/");
    for (name, file) in assets.files("templates", ".html")?.into_iter().filter(|(name, _)| is_page(name)) {
        texts.push((name, fixed::with_fixed_messages(&file.text()?, &catalogue)));
    }
    let bare = LAYOUTS.map(|layout| (bare_page_of(layout), format!("{{% extends \"{layout}\" %}}")));
    texts.extend(bare);
    compile(texts, catalogue)
}

/// Compiles templates, which are given by name and text.
fn compile(texts: Vec<(String, String)>, catalogue: Arc<Catalogue>) -> Result<Tera, ViewProblem> {
    let mut tera = Tera::new();
    tera.set_escape_fn(escape);
    locales::register(&mut tera, catalogue);
    tera.register_filter("address", address);
    tera.register_filter("moment", moment);
    tera.add_raw_templates(texts).map_err(|error| ViewProblem::Templates(db::with_causes(&error)))?;
    Ok(tera)
}

/// The template of the account's navigation.
const ACCOUNT_NAV: &str = "account_nav.html";

/// The account's navigation as HTML: under the path of each page that it lists, marked as the current one, and under the
/// empty text, without a mark.
pub(super) fn account_nav(tera: &Tera, navigation: &Value) -> Result<Value, ViewProblem> {
    let groups = navigation.as_array().unwrap_or_default().iter();
    let links = groups.filter_map(|group| group.get_from_path("pages")?.as_array()).flatten();
    let places = links.filter_map(|link| link.get_from_path("path")?.as_str());
    let mut by_place = BTreeMap::new();
    for place in places.chain([""]) {
        let mut context = Context::new();
        context.insert_value("navigation", navigation.clone());
        context.insert("place", place);
        let html = tera.render(ACCOUNT_NAV, &context);
        let html = html.map_err(|error| ViewProblem::Templates(db::with_causes(&error)))?;
        by_place.insert(place.to_owned(), Value::safe_string(html.trim_end()));
    }
    Ok(Value::from(by_place))
}

/// The name of a page that has nothing but its layout.
fn bare_page_of(layout: &str) -> String {
    format!("check/{layout}")
}

/// Checks a layout by making a page of it: it must show, and carry these tags in its head.
pub(super) fn check_layout(
    tera: &Tera,
    layout: &str,
    context: &Context,
    tags: &[Tag],
) -> Result<(), ViewProblem> {
    let html = tera
        .render(&bare_page_of(layout), context)
        .map_err(|error| ViewProblem::Templates(format!("{layout}: {}", db::with_causes(&error))))?;
    let head = html.split("</head>").next().unwrap_or_default();
    let Some(missing) = tags.iter().find(|tag| !tag.is_in(head)) else { return Ok(()) };
    let (what, needed) = if missing.text().starts_with("<script") {
        ("the script of pages that use it", SCRIPT_TAG)
    } else {
        ("the policy", META_TAG)
    };
    Err(ViewProblem::Templates(format!("{layout} does not carry {what} in its <head>: it needs {needed}")))
}

const META_TAG: &str = r#"<meta http-equiv="Content-Security-Policy" content="{{ meta_csp | safe }}">"#;
const SCRIPT_TAG: &str = r#"{% if script_url %}<script src="{{ script_url }}" integrity="{{ script_digest }}" defer></script>{% endif %}"#;

/// Checks that each overriding template extends what ours extends. The one of a page that may be framed
/// holds no control: a click on a link inside a frame would open our pages as if from our own.
pub(super) fn check_overrides(assets: &Assets) -> Result<(), ViewProblem> {
    let ours = assets.without_overrides().files("templates", ".html")?;
    for (name, file) in assets.files("templates", ".html")?.into_iter().filter(|(_, file)| file.is_override) {
        let (shown, text) = (&file, file.text()?);
        if let Some(own) = ours.get(&name) {
            let own = own.text()?;
            if let Some(layout) = extended(&own).filter(|layout| extended(&text) != Some(layout)) {
                return Err(ViewProblem::Templates(format!(
                    "{shown} must begin with {{% extends \"{layout}\" %}}, as the template that it replaces"
                )));
            }
        }
        let framed = name == "bare.html" || extended(&text) == Some("bare.html");
        if framed && holds_control(&text) {
            return Err(ViewProblem::Templates(format!(
                "{shown} may be shown in a frame, so it must not hold a link, a form or a control"
            )));
        }
    }
    Ok(())
}

/// The template that a text extends.
fn extended(text: &str) -> Option<&str> {
    text.trim_start().strip_prefix("{% extends \"")?.split('"').next()
}

/// Whether HTML holds something to click or to type into.
pub(super) fn holds_control(html: &str) -> bool {
    let text = html.to_ascii_lowercase();
    let tags = [
        "a", "area", "form", "button", "input", "select", "textarea", "label", "details", "summary",
        "dialog", "audio", "video", "iframe", "object", "embed",
    ];
    let opens = |tag: &str| {
        text.match_indices(&format!("<{tag}")).any(|(at, found)| {
            !text[at + found.len()..].starts_with(|next: char| next.is_ascii_alphanumeric())
        })
    };
    tags.into_iter().any(opens) || ["contenteditable", "tabindex"].iter().any(|name| text.contains(name))
}

/// Escapes as Tera does, but writes a run of ordinary characters at once: Tera writes each byte for itself.
fn escape(text: &str, out: &mut dyn io::Write) -> io::Result<()> {
    let mut rest = text.as_bytes();
    let entity = |byte: &u8| match byte {
        b'&' => Some("&amp;"),
        b'<' => Some("&lt;"),
        b'>' => Some("&gt;"),
        b'"' => Some("&quot;"),
        b'\'' => Some("&#39;"),
        _ => None,
    };
    while let Some((at, entity)) = rest.iter().enumerate().find_map(|(at, byte)| Some((at, entity(byte)?))) {
        let (run, special) = rest.split_at(at);
        out.write_all(run)?;
        out.write_all(entity.as_bytes())?;
        rest = special.get(1..).unwrap_or_default();
    }
    out.write_all(rest)
}

/// The filter `address`: an email address. Where a line is too short, it breaks after the @ or a dot, and not
/// inside a word.
fn address(text: &str, _: Kwargs, state: &State<'_>) -> TeraResult<Value> {
    let text = state.escape(text)?;
    Ok(Value::safe_string(&text.replace('@', "@<wbr>").replace('.', ".<wbr>")))
}

/// The filter `moment`: a date and time, for people and for machines.
fn moment(moment: &Value, _: Kwargs, state: &State<'_>) -> TeraResult<Value> {
    let part = |name: &'static str| {
        let part = moment.as_map().and_then(|map| map.get(&name.into())).and_then(Value::as_str);
        state.escape(part.ok_or_else(|| tera::Error::message("`moment` needs a moment"))?)
    };
    Ok(Value::safe_string(&format!("<time datetime=\"{}\">{}</time>", part("iso")?, part("text")?)))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::domain::any_text::{config, text};

    proptest! {
        #![proptest_config(config())]

        #[test]
        fn our_escaping_writes_what_tera_writes(text in prop_oneof![text(), "[&<>\"'a-cé]{0,30}"]) {
            let (mut ours, mut theirs) = (Vec::new(), Vec::new());
            escape(&text, &mut ours).unwrap();
            tera::escape_html(&text, &mut theirs).unwrap();
            prop_assert_eq!(ours, theirs);
        }
    }
}
