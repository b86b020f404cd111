//! Reads the documents as a Markdown renderer does.

use std::collections::BTreeSet;
use std::fs;
use std::ops::Range;
use std::path::{Path, PathBuf};

use pulldown_cmark::{CodeBlockKind, Event, Options, Parser, Tag, TagEnd};
use regex::Regex;

use super::table;

/// The languages of code blocks that hold no command. `bash` is a whole program: `clients.rs` runs those of docs/CLIENTS.md.
const OTHER_LANGUAGES: &[&str] =
    &["bash", "ftl", "javascript", "json", "python", "rust", "sql", "text", "toml", "yaml"];

pub fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// A Markdown file of the project.
pub struct Document {
    /// Its path from the root of the project.
    pub path: PathBuf,
    text: String,
}

/// A command in a document.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Command {
    /// The command on one line, without its comment.
    pub text: String,
    /// Whether it stands in a sentence. There it may leave out arguments: it names the command.
    pub mentioned: bool,
}

/// All documents.
pub fn documents() -> Vec<Document> {
    let mut found = Vec::new();
    for folder in ["", "docs", "docs/rules", "deploy", "examples/payroll"] {
        for entry in
            fs::read_dir(root().join(folder)).expect("a folder").map(|entry| entry.expect("an entry").path())
        {
            if entry.extension().is_some_and(|ending| ending == "md") {
                let path = entry.strip_prefix(root()).expect("below the root").to_owned();
                found.push(Document { path, text: fs::read_to_string(&entry).expect("text") });
            }
        }
    }
    assert!(found.len() > 10, "the documents are found");
    found.sort_by(|one, other| one.path.cmp(&other.path));
    found
}

impl Document {
    pub fn new(path: &Path) -> Self {
        let text = fs::read_to_string(root().join(path)).expect("a document");
        Self { path: path.to_owned(), text }
    }

    fn events(&self) -> impl Iterator<Item = (Event<'_>, Range<usize>)> {
        Parser::new_ext(&self.text, Options::ENABLE_TABLES).into_offset_iter()
    }

    /// Where something stands, such as `README.md:12`.
    fn place(&self, at: &Range<usize>) -> String {
        let before = self.text.get(..at.start).unwrap_or_default();
        format!("{}:{}", self.path.display(), before.matches('\n').count() + 1)
    }

    /// The code blocks with their language and their place.
    pub fn blocks(&self) -> Vec<(String, String, String)> {
        let (mut blocks, mut open) = (Vec::new(), None);
        for (event, at) in self.events() {
            match event {
                Event::Start(Tag::CodeBlock(CodeBlockKind::Fenced(language))) => {
                    open = Some((language.to_string(), String::new(), self.place(&at)));
                }
                Event::Start(Tag::CodeBlock(CodeBlockKind::Indented)) => {
                    open = Some((String::new(), String::new(), self.place(&at)));
                }
                Event::Text(text) => {
                    if let Some((_, code, _)) = &mut open {
                        code.push_str(&text);
                    }
                }
                Event::End(TagEnd::CodeBlock) => blocks.extend(open.take()),
                _ => {}
            }
        }
        blocks
    }

    /// The commands, each with its place.
    pub fn commands(&self) -> Vec<(Command, String)> {
        let mut found = Vec::new();
        let comment = Regex::new(r"(^|\s+)# .*$").unwrap();
        for (language, code, place) in self.blocks() {
            let code = code.replace("\\\n", " ");
            let lines: Vec<&str> = match language.as_str() {
                "sh" => code.lines().collect(),
                "console" => code.lines().filter_map(|line| line.strip_prefix("$ ")).collect(),
                other => {
                    assert!(
                        OTHER_LANGUAGES.contains(&other),
                        "{place}: fence this block and name its language: `sh` for commands, `console` for commands with \
                         `$ ` and their output, or one of {OTHER_LANGUAGES:?}"
                    );
                    continue;
                }
            };
            for line in lines {
                let text = one_line(&comment.replace(line, ""));
                if !text.is_empty() {
                    found.push((Command { text, mentioned: false }, place.clone()));
                }
            }
        }
        for (event, at) in self.events() {
            if let Event::Code(code) = event {
                let text = one_line(&code);
                if table::is_command(&text) {
                    found.push((Command { text, mentioned: true }, self.place(&at)));
                }
            }
        }
        found
    }

    /// What the document links to or shows, each with its place.
    pub fn links(&self) -> Vec<(String, String)> {
        let attribute = Regex::new(r#"(?:href|src|srcset)="([^"]*)""#).unwrap();
        let mut found = Vec::new();
        for (event, at) in self.events() {
            match event {
                Event::Start(Tag::Link { dest_url, .. } | Tag::Image { dest_url, .. }) => {
                    found.push((dest_url.to_string(), self.place(&at)));
                }
                Event::Html(html) | Event::InlineHtml(html) => {
                    let links =
                        attribute.captures_iter(&html).map(|link| (link[1].to_owned(), self.place(&at)));
                    found.extend(links);
                }
                _ => {}
            }
        }
        found
    }

    /// The names that a fragment can lead to, as GitHub makes them of headings.
    pub fn anchors(&self) -> BTreeSet<String> {
        let (mut anchors, mut open) = (BTreeSet::new(), None::<String>);
        for (event, _) in self.events() {
            match event {
                Event::Start(Tag::Heading { .. }) => open = Some(String::new()),
                Event::Text(text) | Event::Code(text) => {
                    if let Some(heading) = &mut open {
                        heading.push_str(&text);
                    }
                }
                Event::End(TagEnd::Heading(_)) => {
                    let kept = |c: char| match c {
                        ' ' => Some('-'),
                        '-' | '_' => Some(c),
                        c => c.is_alphanumeric().then_some(c),
                    };
                    let heading = open.take().expect("an open heading").to_lowercase();
                    anchors.insert(heading.chars().filter_map(kept).collect());
                }
                _ => {}
            }
        }
        anchors
    }
}

/// The text with single spaces.
fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
