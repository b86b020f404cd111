//! The page templates of one language, loaded and checked at start.

use std::fs;
use std::sync::Arc;

use tera::{Context, Kwargs, State, Tera, TeraResult, Value};

use super::ViewProblem;
use crate::assets::Assets;
use crate::db;
use crate::locales::{self, Catalogue};

/// The layouts, which carry the meta policy.
pub(super) const LAYOUTS: [&str; 2] = ["layout.html", "bare.html"];

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

/// Checks a layout by making a page of it: it must show, and carry the meta policy.
pub(super) fn check_layouts(tera: &Tera, context: &Context, meta: &str) -> Result<(), ViewProblem> {
    for layout in LAYOUTS {
        let html = tera
            .render(&bare_page_of(layout), context)
            .map_err(|error| ViewProblem::Templates(format!("{layout}: {}", db::with_causes(&error))))?;
        if !html.split("</head>").next().is_some_and(|head| head.contains(meta)) {
            return Err(ViewProblem::Templates(format!(
                "{layout} does not carry the policy in its <head>: it needs <meta http-equiv=\"Content-Security-Policy\" content=\"{{{{ meta_csp | safe }}}}\">"
            )));
        }
    }
    Ok(())
}

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
