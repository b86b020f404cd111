//! The page templates of one language, loaded and checked at start.

use std::fs;
use std::sync::Arc;

use tera::{Context, Kwargs, State, Tera, TeraResult, Value};

use super::ViewProblem;
use crate::assets::Assets;
use crate::db;
use crate::locales::{self, Catalogue};

/// The layouts, which carry the meta policy.
pub(super) const LAYOUTS: [&str; 2] = [LAYOUT, "bare.html"];
/// The layout of pages that no site may frame. Some of them run a script.
pub(super) const LAYOUT: &str = "layout.html";

/// Loads the templates, with the functions and filters that they use.
pub(super) fn load(assets: &Assets, catalogue: Arc<Catalogue>) -> Result<Tera, ViewProblem> {
    let mut tera = Tera::new();
    locales::register(&mut tera, catalogue);
    tera.register_filter("address", address);
    tera.register_filter("moment", moment);
    let files = assets.files("templates", ".html")?;
    let files = files.into_iter().map(|(name, file)| (file.path, Some(name)));
    tera.add_template_files(files).map_err(|error| ViewProblem::Templates(db::with_causes(&error)))?;
    for layout in LAYOUTS {
        tera.add_raw_template(&bare_page_of(layout), &format!("{{% extends \"{layout}\" %}}"))
            .map_err(|error| ViewProblem::Templates(db::with_causes(&error)))?;
    }
    Ok(tera)
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
    tags: &[String],
) -> Result<(), ViewProblem> {
    let html = tera
        .render(&bare_page_of(layout), context)
        .map_err(|error| ViewProblem::Templates(format!("{layout}: {}", db::with_causes(&error))))?;
    let head = html.split("</head>").next().unwrap_or_default();
    let Some(missing) = tags.iter().find(|tag| !head.contains(*tag)) else { return Ok(()) };
    let (what, needed) = if missing.starts_with("<script") {
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
        let shown = file.path.display();
        let text = fs::read_to_string(&file.path)?;
        if let Some(own) = ours.get(&name) {
            let own = fs::read_to_string(&own.path)?;
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
