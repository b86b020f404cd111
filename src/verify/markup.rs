//! The tags of a page, as a browser's tokenizer tells them apart: enough to see where a page leads
//! and whether it can be clicked. It builds no tree, and what stands in a script it takes for tags.

/// One opening tag.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Tag {
    /// In lower case.
    pub(super) name: String,
    /// Names in lower case, values as they were written.
    attributes: Vec<(String, String)>,
}

impl Tag {
    /// The value of an attribute; the first counts.
    pub(super) fn attribute(&self, name: &str) -> Option<&str> {
        self.attributes.iter().find(|(given, _)| given == name).map(|(_, value)| value.as_str())
    }

    /// Whether something can be clicked, run or typed into.
    pub(super) fn is_live(&self) -> bool {
        const LIVE: [&str; 18] = [
            "a", "area", "audio", "button", "details", "dialog", "embed", "form", "frame", "iframe", "input",
            "object", "script", "select", "summary", "textarea", "use", "video",
        ];
        LIVE.contains(&self.name.as_str())
            || self.attributes.iter().any(|(name, _)| {
                name.starts_with("on") || matches!(name.as_str(), "contenteditable" | "tabindex")
            })
    }

    /// Reads a tag behind its `<`; the second value is what follows it.
    fn read(text: &str) -> (Self, &str) {
        let blank = |c: char| c.is_ascii_whitespace();
        let end = text.find(|c: char| blank(c) || matches!(c, '/' | '>')).unwrap_or(text.len());
        let (name, mut rest) = text.split_at(end);
        let mut attributes = Vec::new();
        loop {
            rest = rest.trim_start_matches(|c: char| blank(c) || c == '/');
            if rest.is_empty() {
                break;
            }
            if let Some(after) = rest.strip_prefix('>') {
                rest = after;
                break;
            }
            // A `=` at its beginning belongs to the name.
            let ends = |(_, c): &(usize, char)| blank(*c) || matches!(*c, '=' | '/' | '>');
            let end = rest.char_indices().skip(1).find(ends).map_or(rest.len(), |(end, _)| end);
            let (name, after) = rest.split_at(end);
            rest = after.trim_start_matches(blank);
            let mut value = "";
            if let Some(given) = rest.strip_prefix('=') {
                let given = given.trim_start_matches(blank);
                let quote = given.chars().next().filter(|quote| matches!(quote, '"' | '\''));
                (value, rest) = match quote {
                    Some(quote) => {
                        let inner = given.get(1..).unwrap_or_default();
                        inner.split_once(quote).unwrap_or((inner, ""))
                    }
                    None => given.split_at(given.find(|c: char| blank(c) || c == '>').unwrap_or(given.len())),
                };
            }
            attributes.push((name.to_ascii_lowercase(), value.to_owned()));
        }
        (Self { name: name.to_ascii_lowercase(), attributes }, rest)
    }
}

/// The opening tags of a page, in order, without those in comments.
pub(super) fn tags(text: &str) -> Vec<Tag> {
    let (mut tags, mut rest) = (Vec::new(), text);
    while let Some((_, after)) = rest.split_once('<') {
        rest = after;
        if let Some(comment) = after.strip_prefix("!--") {
            rest = comment.split_once("-->").map_or("", |(_, rest)| rest);
        } else if after.starts_with(|c: char| c.is_ascii_alphabetic()) {
            let (tag, left) = Tag::read(after);
            tags.push(tag);
            rest = left;
        }
    }
    tags
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_are_read_however_they_are_written() {
        let text = "<P>a < b<!-- <a href=/no> --><A\nHREF = /x?y=1&z=2 title='>' ><br/><img src=a/b.png alt=\"\"></a><form action";
        let tags = tags(text);
        let names: Vec<&str> = tags.iter().map(|tag| tag.name.as_str()).collect();
        assert_eq!(names, ["p", "a", "br", "img", "form"]);
        assert_eq!((tags[1].attribute("href"), tags[1].attribute("title")), (Some("/x?y=1&z=2"), Some(">")));
        assert_eq!((tags[3].attribute("src"), tags[3].attribute("alt")), (Some("a/b.png"), Some("")));
        assert_eq!(tags[4].attribute("action"), Some(""));
    }
}
