//! The forms of a page, and what a browser sends for one.

use std::collections::HashSet;

use super::markup::{FORM_END, Tag, tags};
use super::response::Response;

/// The most forms and fields of a page that are read.
const MOST: usize = 2_000;

/// A form as a page shows it.
pub struct Form {
    tag: Tag,
    /// Where it leads, as written; empty for the page itself.
    pub(super) action: String,
    pub(super) fields: Vec<Tag>,
}

/// The forms of a page, in order.
#[must_use]
pub fn forms(page: &Response) -> Vec<Form> {
    let (mut forms, mut open) = (Vec::<Form>::new(), false);
    let parts = tags(page).filter(|tag| tag.name == FORM_END || is_part(&tag.name));
    for tag in parts.take(MOST) {
        match (tag.name.as_str(), forms.last_mut()) {
            ("form", _) if !open => {
                let action = tag.attribute("action").unwrap_or_default().to_owned();
                forms.push(Form { tag, action, fields: Vec::new() });
                open = true;
            }
            (FORM_END, _) => open = false,
            (_, Some(form)) if open && tag.name != "form" => form.fields.push(tag),
            _ => {}
        }
    }
    forms
}

fn is_part(name: &str) -> bool {
    matches!(name, "form" | "input" | "textarea" | "select" | "option" | "button")
}

impl Form {
    /// An attribute of the form itself.
    pub(super) fn attribute(&self, name: &str) -> Option<&str> {
        self.tag.attribute(name)
    }

    /// The names of the fields that a browser sends, each once.
    #[must_use]
    pub fn names(&self) -> Vec<&str> {
        let mut seen = HashSet::new();
        let names = self.fields.iter().filter_map(|field| field.attribute("name"));
        names.filter(|name| seen.insert(*name)).collect()
    }

    /// Whether the user can fill in a field of that name.
    pub(super) fn asks_for(&self, name: &str) -> bool {
        let visible =
            |field: &Tag| !field.attribute("type").is_some_and(|kind| kind.eq_ignore_ascii_case("hidden"));
        self.fields.iter().any(|field| field.attribute("name") == Some(name) && visible(field))
    }

    /// What a browser sends after the user has filled these fields in and pressed the first button: the other
    /// fields go as the page served them, hidden ones among them.
    #[must_use]
    pub fn filled_in(&self, values: &[(String, String)]) -> Vec<(String, String)> {
        let (mut sent, mut pressed) = (Vec::<(String, String)>::new(), false);
        for (at, field) in self.fields.iter().enumerate() {
            let Some(name) = field.attribute("name").filter(|name| !name.is_empty()) else { continue };
            if let Some((_, value)) = values.iter().find(|(given, _)| given == name) {
                // Of a group of radio buttons one value is sent.
                if !sent.iter().any(|(given, _)| given == name) {
                    sent.push((name.to_owned(), value.clone()));
                }
                continue;
            }
            let options = || self.fields.iter().skip(at + 1).take_while(|field| field.name == "option");
            sent.extend(served(field, options, &mut pressed).map(|value| (name.to_owned(), value)));
        }
        sent
    }
}

/// The value that a browser sends for a field that nobody touches.
fn served<'a, O>(field: &Tag, options: impl Fn() -> O, pressed: &mut bool) -> Option<String>
where
    O: Iterator<Item = &'a Tag>,
{
    if field.attribute("disabled").is_some() {
        return None;
    }
    let kind = field.attribute("type").unwrap_or_default().to_ascii_lowercase();
    let value = field.attribute("value");
    let value = match (field.name.as_str(), kind.as_str()) {
        ("option", _) | ("input", "button" | "reset" | "file" | "image") | ("button", "button" | "reset") => {
            None
        }
        ("input", "submit") | ("button", _) if *pressed => None,
        ("input", "submit") | ("button", _) => {
            *pressed = true;
            value
        }
        ("input", "checkbox" | "radio") => field.attribute("checked").map(|_| value.unwrap_or("on")),
        ("select", _) => {
            let chosen = options().find(|option| option.attribute("selected").is_some());
            chosen.or_else(|| options().next()).and_then(|option| option.attribute("value"))
        }
        _ => Some(value.unwrap_or_default()),
    };
    value.map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page(body: &str) -> Response {
        Response {
            status: 200,
            fields: vec![("content-type".into(), "text/html".into())],
            body: body.as_bytes().to_vec(),
            cut: false,
        }
    }

    #[test]
    fn a_page_of_very_many_forms_and_fields_is_read_as_far_as_a_bound() {
        let fields: String = (0..50_000).map(|number| format!("<input name={number}>")).collect();
        let many = forms(&page(&format!("<form>{fields}")));
        let [form] = &many[..] else { panic!("{} forms", many.len()) };
        assert_eq!((form.fields.len(), form.names().len()), (MOST - 1, MOST - 1));
        assert_eq!(forms(&page(&"<form></form>".repeat(50_000))).len(), MOST / 2);
    }

    #[test]
    fn a_form_is_sent_as_a_browser_sends_it() {
        let page = page(
            r#"<input name=outside value=1><form action=/search><input name=q></form><input name=between>
            <form id=in method=post action=/in><input type=hidden name=csrf value="a&amp;b"><input name=user value=x>
            <input type=password name=password><input type=checkbox name=stay value=y checked><input type=checkbox name=no>
            <select name=lang><option value=de><option value=en selected></select><textarea name=note></textarea>
            <input type=radio name=r value=1><input type=radio name=r value=2 checked><input name=off value=1 disabled>
            <input type=button name=b value=1><button name=go value=in>Go</button><button name=go value=up>Up</button>"#,
        );
        let forms = forms(&page);
        let [search, form] = &forms[..] else { panic!("{} forms", forms.len()) };
        assert_eq!((search.names(), form.attribute("id")), (vec!["q"], Some("in")));
        let values = [("user".to_owned(), "ada".to_owned()), ("password".to_owned(), "p".to_owned())];
        let sent = form.filled_in(&values);
        let sent: Vec<_> = sent.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        assert_eq!(
            sent,
            [
                ("csrf", "a&b"),
                ("user", "ada"),
                ("password", "p"),
                ("stay", "y"),
                ("lang", "en"),
                ("note", ""),
                ("r", "2"),
                ("go", "in"),
            ]
        );
    }
}
