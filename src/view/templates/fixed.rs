//! Messages that never vary, written into the text of a template before it is compiled.

use crate::locales::Catalogue;

/// Replaces each `{{ message(key="…") }}` that always shows the same text by that text. Everything else stays as it is,
/// a message that the catalogue lacks included: to show that one is an error.
pub(super) fn with_fixed_messages(template: &str, catalogue: &Catalogue) -> String {
    // What stands in a raw block is shown, and not run.
    if template.contains("endraw") {
        return template.to_owned();
    }
    let mut result = String::with_capacity(template.len());
    let mut rest = template;
    while let Some(start) = rest.find('{') {
        let (text, from_tag) = rest.split_at(start);
        let (tag, after) = from_tag.split_at(length_of_tag(from_tag));
        result.push_str(text);
        result.push_str(text_of(tag, catalogue).unwrap_or(tag));
        rest = after;
    }
    result.push_str(rest);
    result
}

/// The text that a tag always shows. A text with braces could be read as a tag, and spaces at its ends could be trimmed
/// by the tags beside it.
fn text_of<'a>(tag: &str, catalogue: &'a Catalogue) -> Option<&'a str> {
    let key = tag.strip_prefix("{{ message(key=\"")?.strip_suffix("\") }}")?;
    let text = catalogue.fixed(key)?;
    let is_plain = !text.is_empty() && text.trim() == text && !text.contains(['{', '}']);
    is_plain.then_some(text)
}

/// The bytes from an opening brace to the end of the tag or comment that it begins. The brace stands alone if it begins
/// neither.
fn length_of_tag(text: &str) -> usize {
    let end = match text.as_bytes().get(1) {
        Some(b'#') => return text.find("#}").map_or(text.len(), |at| at + 2),
        Some(b'{') => "}}",
        Some(b'%') => "%}",
        _ => return 1,
    };
    let mut quote = None;
    for (at, character) in text.char_indices() {
        match quote {
            Some(open) if open == character => quote = None,
            Some(_) => {}
            None if matches!(character, '"' | '\'' | '`') => quote = Some(character),
            None if at > 1 && text.get(at..).is_some_and(|rest| rest.starts_with(end)) => {
                return at + end.len();
            }
            None => {}
        }
    }
    text.len()
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;
    use std::sync::Arc;

    use tera::Context;

    use super::super::compile;
    use super::*;
    use crate::assets::Assets;
    use crate::domain::Language;
    use crate::locales::Catalogues;

    fn catalogues() -> Catalogues {
        Catalogues::load(&Assets::new(PathBuf::from(env!("CARGO_MANIFEST_DIR")), None)).unwrap()
    }

    /// A template as written, and with its fixed messages, rendered.
    fn both(template: &str, catalogues: &Catalogues, language: Language) -> [Result<String, String>; 2] {
        let catalogue = catalogues.of(language);
        [template.to_owned(), with_fixed_messages(template, catalogue)].map(|text| {
            let tera = compile(vec![("x.html".to_owned(), text)], Arc::clone(catalogue))
                .map_err(|error| error.to_string())?;
            let mut context = Context::new();
            context.insert("name", "<Ada>");
            // The excerpt in the message of an error is that of the text.
            tera.render("x.html", &context).map_err(|_excerpt| "an error".to_owned())
        })
    }

    #[test]
    fn a_template_shows_the_same_with_and_without_its_fixed_messages() {
        let catalogues = catalogues();
        for template in [
            r#"{{ message(key="sign-in") }}"#,
            r#"<a>{{ message(key="sign-in") }}</a> { {{ name }} } {{ message(key="account") }}"#,
            "a \n{%- if name %}\n{{ message(key=\"sign-in\") }}\n{%- endif -%}\n b",
            r#"{# {{ message(key="sign-in") }} #}x{{- message(key="sign-in") -}} y"#,
            r#"{% raw %}{{ message(key="sign-in") }}{% endraw %}"#,
            r#"{{ '{{ message(key="sign-in") }}' }}"#,
            r#"{{ "}}" }}{{ message(key="sign-in") }}{{ name }}"#,
            r#"{% if name == '%}' %}{{ message(key="sign-in") }}{% endif %}"#,
            r#"{{ message(key="sign-in") | upper }}{% set x = message(key="sign-in") %}{{ x }}"#,
            r#"{{ message(key="no-such-message") }}"#,
            r#"{{ message(key="layout-back") }}"#,
            r#"{{ message(key="layout-back", service=name) }}"#,
            r#"{{ message(key="sign-in", service=name) }}"#,
            r#"{{ message(key="") }}{"#,
            "{{ message(key=\"sign-in\"",
            "{# open",
        ] {
            for language in Language::ALL {
                let [written, fixed] = both(template, &catalogues, *language);
                assert_eq!(written, fixed, "{template}");
            }
        }
        assert!(both("{{ name }}", &catalogues, Language::English)[0].as_ref().unwrap().contains("&lt;Ada"));
    }

    #[test]
    fn every_message_shows_the_same_with_and_without_the_replacement() {
        let (catalogues, assets) =
            (catalogues(), Assets::new(PathBuf::from(env!("CARGO_MANIFEST_DIR")), None));
        let mut replaced = 0;
        for file in assets.files("templates", ".html").unwrap().into_values() {
            let text = file.text().unwrap();
            for tag in text.split_inclusive("}}").filter_map(|part| Some(&part[part.rfind("{{")?..])) {
                if !tag.starts_with("{{ message(key=\"") {
                    continue;
                }
                for language in Language::ALL {
                    let [written, fixed] = both(tag, &catalogues, *language);
                    assert_eq!(written, fixed, "{tag}");
                    replaced += usize::from(with_fixed_messages(tag, catalogues.of(*language)) != tag);
                }
            }
        }
        assert!(replaced > 300, "{replaced} messages were replaced");
    }
}
