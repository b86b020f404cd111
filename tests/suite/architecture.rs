//! The structure that docs/ARCHITECTURE.md describes, checked over the sources: the order of the rooms,
//! each arrow between them, and the rules that let a reader name every file from the address bar.

mod limits;
mod properties;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use regex::Regex;
use unframed::assets::ASSET_FOLDERS;
use unframed::config::VARIABLES;
use unframed::locales::Message;

/// A text file of the project.
pub struct Source {
    /// Its path from the root of the project.
    pub path: String,
    text: String,
}

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn read(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// All files below a folder whose name ends so.
pub fn sources(folder: &str, ending: &str) -> Vec<Source> {
    let (mut open, mut found) = (vec![root().join(folder)], Vec::new());
    while let Some(folder) = open.pop() {
        for entry in fs::read_dir(&folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display())) {
            let path = entry.unwrap().path();
            if path.is_dir() {
                open.push(path);
            } else if path.extension().is_some_and(|found| found == ending) {
                let name = path.strip_prefix(root()).unwrap().to_string_lossy().into_owned();
                found.push(Source { text: read(&name), path: name });
            }
        }
    }
    assert!(!found.is_empty(), "{folder} holds no .{ending}");
    found.sort_by(|a, b| a.path.cmp(&b.path));
    found
}

/// The lines of a source that are neither comments nor unit tests.
pub fn code(source: &Source) -> impl Iterator<Item = (usize, &str)> {
    let code = source.text.split("#[cfg(test)]").next().unwrap_or_default();
    code.lines().enumerate().filter(|(_, line)| !line.trim_start().starts_with("//"))
}

/// Each line of the sources under these folders that the pattern finds.
fn found(folders: &[&str], ending: &str, pattern: &str) -> Vec<String> {
    let pattern = Regex::new(pattern).unwrap();
    let mut found = Vec::new();
    for source in folders.iter().flat_map(|folder| sources(folder, ending)) {
        for (number, line) in code(&source).filter(|(_, line)| pattern.is_match(line)) {
            found.push(format!("{}:{}: {}", source.path, number + 1, line.trim()));
        }
    }
    found
}

fn assert_none(found: &[String], rule: &str) {
    assert!(found.is_empty(), "{rule}:\n{}", found.join("\n"));
}

/// The rooms from top to bottom, each with the rooms that it may import: all of them lower. A row that
/// allows more than the sources need fails the test.
const ROOMS: &[(&str, &[&str])] = &[
    (
        "commands",
        &[
            "inbox",
            "app",
            "metrics",
            "routes",
            "verify",
            "tallies",
            "deletion",
            "factor_reset",
            "key_rotation",
            "expiry",
            "actions",
            "state",
            "mail",
            "webhooks",
            "locales",
            "security",
            "models",
            "config",
            "db",
            "clock",
            "private_files",
            "logging",
            "domain",
        ],
    ),
    (
        "inbox",
        &["app", "routes", "state", "view", "error", "security", "config", "assets", "route_map", "domain"],
    ),
    ("app", &["routes", "pages", "extract", "state", "error", "security", "db", "route_map", "logging"]),
    ("metrics", &["state", "mail", "security", "models", "db"]),
    ("routes", &["pages", "api", "actions", "locales", "security", "route_map"]),
    ("verify", &["db", "assets", "route_map", "clock", "private_files", "domain"]),
    (
        "pages",
        &[
            // The page of the API shows its document.
            "api",
            "actions",
            "extract",
            "state",
            "view",
            "error",
            "locales",
            "security",
            "models",
            "config",
            "db",
            "route_map",
            "logging",
            "domain",
        ],
    ),
    ("api", &["extract", "state", "error", "security", "models", "db", "domain"]),
    ("tallies", &["state", "models", "db"]),
    ("deletion", &["state", "error", "models", "db", "domain"]),
    ("factor_reset", &["actions", "state", "error", "models", "db", "domain"]),
    ("key_rotation", &["state", "error", "models", "db"]),
    ("expiry", &["db", "clock"]),
    (
        "actions",
        &["extract", "state", "mail", "view", "error", "locales", "security", "models", "db", "domain"],
    ),
    ("extract", &["state", "view", "error", "locales", "security", "models", "db", "route_map", "domain"]),
    (
        "state",
        &[
            "mail",
            "webhooks",
            "view",
            "static_files",
            "locales",
            "security",
            "config",
            "db",
            "assets",
            "route_map",
            "clock",
            "domain",
        ],
    ),
    (
        "mail",
        &[
            "error",
            "locales",
            "security",
            "models",
            "config",
            "db",
            "assets",
            "clock",
            "private_files",
            "domain",
        ],
    ),
    ("webhooks", &["security", "models", "db", "clock", "domain"]),
    ("view", &["static_files", "error", "locales", "config", "db", "assets", "route_map", "domain"]),
    ("static_files", &["config", "assets", "route_map"]),
    ("error", &["locales", "security", "db", "domain"]),
    ("locales", &["assets", "domain"]),
    ("security", &["models", "config", "db", "route_map", "clock", "domain"]),
    ("models", &["domain", "schema"]),
    ("config", &["db", "assets", "logging", "domain"]),
    ("db", &["private_files", "domain"]),
    ("assets", &[]),
    ("route_map", &[]),
    ("clock", &[]),
    ("private_files", &[]),
    ("logging", &[]),
    ("domain", &[]),
    ("schema", &[]),
];

/// The room of a source: `src/pages/card.rs` and `src/pages.rs` are in `pages`.
fn room(path: &str) -> &str {
    let name = path.trim_start_matches("src/");
    name.split('/').next().unwrap_or(name).trim_end_matches(".rs")
}

/// The names that follow `prefix::` in a code line or a group of imports: of `crate::{a, b::c}` a and b.
fn imports(source: &Source, prefix: &str) -> BTreeSet<String> {
    let text: String = code(source).map(|(_, line)| format!("{line}\n")).collect();
    let single = Regex::new(&format!(r"\b{prefix}::([a-z_]+)")).unwrap();
    let group = Regex::new(&format!(r"(?s)\b{prefix}::\{{(.*?)\}};")).unwrap();
    let member = Regex::new(r"(?:^|,)\s*([a-z_]+)").unwrap();
    // Inner braces hold names within the member before them.
    let inner = Regex::new(r"\{[^{}]*\}?").unwrap();
    let mut found: BTreeSet<String> = single.captures_iter(&text).map(|found| found[1].to_owned()).collect();
    for names in group.captures_iter(&text) {
        let flat = inner.replace_all(&names[1], "").into_owned();
        found.extend(member.captures_iter(&flat).map(|found| found[1].to_owned()));
    }
    found
}

/// The arrows between rooms, each with a file that needs it.
fn arrows() -> BTreeMap<(String, String), String> {
    let mut arrows = BTreeMap::new();
    for source in
        sources("src", "rs").iter().filter(|source| !matches!(&*source.path, "src/main.rs" | "src/lib.rs"))
    {
        let from = room(&source.path);
        for to in imports(source, "crate").into_iter().filter(|to| to != from) {
            arrows.entry((from.to_owned(), to)).or_insert_with(|| source.path.clone());
        }
    }
    arrows
}

#[test]
fn rooms_import_only_lower_rooms_and_only_by_the_arrows_that_are_listed() {
    let order: Vec<&str> = ROOMS.iter().map(|(room, _)| *room).collect();
    let place = |room: &str| order.iter().position(|known| *known == room);
    for (from, allowed) in ROOMS {
        for to in *allowed {
            assert!(place(to) > place(from), "{from} -> {to} goes up");
        }
    }
    let found = arrows();
    assert!(found.len() > 50, "the sources are read: {}", found.len());
    for ((from, to), file) in &found {
        let allowed = ROOMS.iter().find(|(room, _)| room == from).map(|(_, allowed)| *allowed);
        let allowed = allowed.unwrap_or_else(|| panic!("{file}: the room {from} is not listed"));
        assert!(allowed.contains(&to.as_str()), "{file} needs {from} -> {to}, which is not allowed");
    }
    for (from, allowed) in ROOMS {
        for to in *allowed {
            let arrow = ((*from).to_owned(), (*to).to_owned());
            assert!(found.contains_key(&arrow), "no file needs {from} -> {to}: take it off the list");
        }
    }
}

#[test]
fn the_map_lists_the_rooms_in_the_order_that_is_checked() {
    let map = read("docs/ARCHITECTURE.md");
    let row = Regex::new(r"(?m)^\| (`.+?`) \|").unwrap();
    let name = Regex::new(r"`([a-z_]+)(?:\.rs|/)`").unwrap();
    let told: Vec<String> = row
        .captures_iter(&map)
        .flat_map(|row| name.captures_iter(&row[1]).map(|name| name[1].to_owned()).collect::<Vec<_>>())
        .filter(|name| name != "main")
        .collect();
    let order: Vec<&str> = ROOMS.iter().map(|(room, _)| *room).collect();
    assert_eq!(told, order, "left: docs/ARCHITECTURE.md, right: this test");
}

#[test]
fn every_file_that_the_docs_name_exists() {
    let named = Regex::new(r"`([\w./-]+\.(?:rs|html|css|ftl|sql|md))`").unwrap();
    let mut documents = sources("docs", "md");
    documents.push(Source { path: "README.md".to_owned(), text: read("README.md") });
    for document in documents {
        for file in named.captures_iter(&document.text).map(|found| found[1].to_owned()) {
            let exists = ["", "src"].iter().any(|folder| root().join(folder).join(&file).is_file());
            assert!(exists, "{} names {file}", document.path);
        }
    }
}

#[test]
fn the_members_of_these_rooms_form_no_circle_of_imports() {
    for folder in
        ["src/inbox", "src/models", "src/security", "src/actions", "src/domain", "src/db", "src/pages"]
    {
        let mut needs: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        let room_name = folder.trim_start_matches("src/");
        let files = sources(folder, "rs");
        for source in &files {
            let inner = source.path.trim_start_matches(folder).trim_start_matches('/');
            let name = inner.split('/').next().unwrap_or(inner).trim_end_matches(".rs").to_owned();
            let mut imported = imports(source, &format!("crate::{room_name}"));
            // `super::` in a file right below the room is the room.
            if !inner.contains('/') {
                imported.extend(imports(source, "super"));
            }
            imported.remove(&name);
            needs.entry(name).or_default().extend(imported);
        }
        let names: BTreeSet<String> = needs.keys().cloned().collect();
        needs.values_mut().for_each(|needed| needed.retain(|name| names.contains(name)));
        // Files that need none of the rest are taken away until nothing is left, or a circle.
        while let Some(leaf) =
            needs.iter().find(|(_, needed)| needed.is_empty()).map(|(name, _)| name.clone())
        {
            needs.remove(&leaf);
            needs.values_mut().for_each(|needed| {
                needed.remove(&leaf);
            });
        }
        assert!(needs.is_empty(), "a circle within {folder}: {needs:?}");
    }
}

#[test]
fn models_domain_and_db_know_no_http() {
    assert_none(&found(&["src/models", "src/domain", "src/db"], "rs", r"\bactix_\w+"), "no HTTP there");
}

#[test]
fn pages_api_extract_and_security_know_no_sql() {
    let folders = ["src/pages", "src/api", "src/extract", "src/security"];
    assert_none(
        &found(&folders, "rs", r"\bdiesel\w*::|\bcrate::schema\b|\bAsyncPgConnection\b"),
        "no SQL there",
    );
    assert_none(&found(&["src/domain"], "rs", r"\bdiesel"), "values know no SQL");
    let sql = r#""\s*(SELECT|INSERT INTO|UPDATE|DELETE FROM)\s"#;
    let elsewhere =
        ["src/pages", "src/api", "src/extract", "src/security", "src/mail", "src/commands", "src/domain"];
    assert_none(&found(&elsewhere, "rs", sql), "SQL is in models/, of the database itself in db/");
}

#[test]
fn pages_import_no_page_and_spell_no_header_or_cookie() {
    for source in sources("src/pages", "rs") {
        for (number, line) in code(&source) {
            let at = format!("{}:{}: {line}", source.path, number + 1);
            assert!(!line.contains("crate::pages"), "{at}");
            assert!(!line.contains("Cookie::") && !line.contains("X-Frame"), "{at}");
        }
    }
}

#[test]
fn every_page_has_its_test_and_its_template_is_where_its_url_says() {
    let constant = Regex::new(r#"const TEMPLATE: &'static str = "([^"]+)""#).unwrap();
    let mut used = BTreeSet::new();
    for source in sources("src", "rs") {
        let page = source.path.strip_prefix("src/pages/");
        // A module without a handler is a part of the page above it.
        if let Some(page) = page.filter(|_| source.text.contains("pub async fn ")) {
            let test = root().join("tests/suite/pages").join(page);
            assert!(test.is_file(), "{} has no test {}", source.path, test.display());
        }
        for template in constant.captures_iter(&source.text).map(|found| found[1].to_owned()) {
            assert!(root().join("templates").join(&template).is_file(), "{}: {template}", source.path);
            if let Some(page) = page {
                let own = format!("pages/{}", page.trim_end_matches(".rs"));
                let fits = template == format!("{own}.html") || template.starts_with(&format!("{own}/"));
                assert!(fits, "{} shows {template}", source.path);
            }
            assert!(used.insert(template.clone()), "{template} belongs to two pages");
        }
    }
    for template in sources("templates/pages", "html") {
        let name = template.path.trim_start_matches("templates/");
        assert!(used.contains(name), "no page shows {name}");
    }
    for source in sources("src/api", "rs").iter().filter(|source| source.text.contains("pub async fn ")) {
        let test = source.path.replacen("src/", "tests/suite/", 1);
        assert!(root().join(&test).is_file(), "{} has no test {test}", source.path);
    }
}

#[test]
fn the_variables_are_the_same_in_code_sample_and_docs() {
    let known: Vec<&str> = VARIABLES.iter().map(|(name, _)| *name).collect();
    let sample = read(".env.example");
    let listed: Vec<&str> = sample
        .lines()
        .filter(|line| !line.starts_with('#'))
        .filter_map(|line| Some(line.split_once('=')?.0))
        .collect();
    assert_eq!(listed, known, ".env.example");
    let row = Regex::new(r"(?m)^\| `([A-Z][A-Z_]+)` \|").unwrap();
    let page = read("docs/CONFIGURATION.md");
    let told: Vec<String> = row.captures_iter(&page).map(|found| found[1].to_owned()).collect();
    assert_eq!(told, known, "docs/CONFIGURATION.md");
    let config = read("src/config.rs") + read("src/config/reader.rs").as_str();
    for name in known.iter().filter(|name| **name != "RUST_LOG") {
        assert!(config.matches(&format!("\"{name}\"")).count() > 1, "{name} is listed and never read");
    }
}

#[test]
fn the_image_is_built_from_every_folder_that_is_part_of_the_program() {
    let (build, context, configuration) =
        (read("build.rs"), read("deploy/Dockerfile.dockerignore"), read("docs/CONFIGURATION.md"));
    for folder in ASSET_FOLDERS.into_iter().chain(["migrations"]) {
        assert!(build.contains(&format!("\"{folder}\"")), "{folder}");
        assert!(context.lines().any(|line| line == format!("!{folder}")), "{folder}");
    }
    // Cargo refuses a workspace without one of its members, even to build another.
    let members = read("Cargo.toml").lines().find(|line| line.starts_with("members = ")).unwrap().to_owned();
    for member in members.split('"').skip(1).step_by(2) {
        let folder = member.split('/').next().unwrap();
        assert!(context.lines().any(|line| line == format!("!{folder}")), "{member}");
    }
    for folder in ASSET_FOLDERS {
        let row = configuration.lines().find(|line| line.starts_with("| `ASSETS_DIR`")).unwrap();
        assert!(row.contains(&format!("`{folder}/`")), "{row}");
    }
}

#[test]
fn the_environment_is_read_in_one_place() {
    let all = found(&["src"], "rs", r"\bstd::env::|\benv::var");
    let elsewhere: Vec<String> = all.into_iter().filter(|line| !line.starts_with("src/config.rs")).collect();
    assert_none(&elsewhere, "only config.rs reads the environment");
}

#[test]
fn only_local_starts_an_inbox() {
    let started: BTreeSet<String> = sources("src", "rs")
        .iter()
        .filter(|source| room(&source.path) != "inbox" && imports(source, "crate").contains("inbox"))
        .map(|source| source.path.clone())
        .collect();
    assert_eq!(started, BTreeSet::from(["src/commands/local.rs".to_owned()]));
}

#[test]
fn routes_are_registered_in_one_table() {
    let registered =
        found(&["src"], "rs", r"web::(resource|scope|route)\(|\.route\(|#\[(get|post|put|delete|route)\(");
    let elsewhere: Vec<String> = registered
        .into_iter()
        .filter(|line| {
            !line.starts_with("src/routes")
                && !line.contains("web::resource(format!(\"{ASSET_FOLDER}")
                && !line.contains("resource.route(web::get().to(answer.clone()))")
        })
        .collect();
    assert_none(&elsewhere, "only routes.rs registers a URL, and app.rs the static files");
}

#[test]
fn rooms_have_names() {
    const NAMELESS: [&str; 9] =
        ["utils", "util", "helpers", "helper", "common", "misc", "types", "manager", "service"];
    for source in sources("src", "rs").iter().chain(&sources("tests", "rs")) {
        let path = Path::new(&source.path);
        assert_ne!(path.file_name().unwrap(), "mod.rs", "{}: a root is x.rs beside x/", source.path);
        for part in path.with_extension("").iter() {
            assert!(
                !NAMELESS.contains(&&*part.to_string_lossy()),
                "{}: its noun is not yet named",
                source.path
            );
        }
        let generated = source.path == "src/schema.rs";
        assert!(generated || source.text.starts_with("//! "), "{} does not say what it owns", source.path);
    }
}

/// The tag of the script that pages with passkeys run.
const SCRIPT: &str = r#"<script src="{{ script_url }}" integrity="{{ script_digest }}" defer></script>"#;

#[test]
fn templates_hold_no_script_no_inline_style_and_no_foothold() {
    let markup = Regex::new(r"(?s)\{#.*?#\}").unwrap();
    let forbidden = [
        ("a script", r"(?i)<script|javascript:"),
        ("an event handler", r"(?i)\son[a-z]+\s*="),
        ("an inline style", r"(?i)<style|\sstyle\s*="),
        ("a target", r"(?i)\s(form)?target\s*="),
        ("a base", r"(?i)<base\b"),
        ("a frame", r"(?i)<(i?frame|object|embed)\b"),
        ("an id on a control", r"(?is)<(input|button|select|textarea)\b[^>]*\sid\s*="),
        ("autofocus on a control", r"(?is)<(input|button|select|textarea|a)\b[^>]*\sautofocus\b"),
        ("a form that writes by GET", r#"(?i)<form\b[^>]*method="?get"#),
        ("a link to another site", r#"(?i)(href|src|action)="(https?:)?//"#),
    ];
    // Mail programs read no style sheet; a mail is no page.
    let pages = sources("templates", "html");
    for template in pages.iter().filter(|template| template.path != "templates/mail/layout.html") {
        let text = markup.replace_all(&template.text, "");
        // A field has an id only where its page says so: below.
        let text = text.replace(r#"{% if focusable %} id="{{ name }}"{% endif %}"#, "");
        // The one script stands in the layout alone, with its digest.
        let text = if template.path == "templates/layout.html" { text.replacen(SCRIPT, "", 1) } else { text };
        for (what, pattern) in forbidden {
            let found = Regex::new(pattern).unwrap().find(&text).map(|found| found.as_str().to_owned());
            assert_eq!(found, None, "{} holds {what}", template.path);
        }
        for focus in text.lines().filter(|line| line.contains("autofocus")) {
            let told =
                ["class=\"error-summary\"", "class=\"banner "].iter().any(|class| focus.contains(class));
            assert!(told && focus.contains("tabindex=\"-1\""), "{}: {focus}", template.path);
        }
    }
}

#[test]
fn no_field_of_a_sensitive_page_can_be_focused_by_a_fragment() {
    let sensitive =
        ["templates/action", "templates/pages/settings/email.html", "templates/pages/settings/delete"];
    let component = Regex::new(r"<(?:field|error_summary) [^\n]*(?:\n  [^\n]*)*\n?\]?[^\n]*/>").unwrap();
    let mut fields = 0;
    for template in sources("templates", "html") {
        if sensitive.iter().any(|start| template.path.starts_with(start)) {
            for found in component.find_iter(&template.text).filter(|found| found.as_str().contains("name")) {
                assert!(
                    found.as_str().contains("focusable={false}"),
                    "{}: {}",
                    template.path,
                    found.as_str()
                );
                fields += 1;
            }
        }
    }
    assert!(fields >= 5, "{fields} fields");
}

#[test]
fn no_sentence_for_users_stands_in_rust() {
    // A capital letter, three more words and a full stop within one literal. Programs read the API in English: its texts
    // are constants in src/api and src/error/problem.rs.
    let sentence = r#""[A-Z][a-z’']+( [^" ]+){3,}[.!?]""#;
    let found = found(&["src/inbox", "src/pages", "src/actions", "src/extract"], "rs", sentence);
    let texts: Vec<String> = found
        .into_iter()
        .filter(|line| !["log::", "reason =", "panic!", "expect("].iter().any(|other| line.contains(other)))
        .collect();
    assert_none(&texts, "texts for users are templates or messages of the catalogue");
    let error = sources("src", "rs").into_iter().find(|source| source.path == "src/error.rs").unwrap();
    let sentence = Regex::new(sentence).unwrap();
    let texts: Vec<&str> =
        code(&error).map(|(_, line)| line).filter(|line| sentence.is_match(line)).collect();
    assert!(texts.is_empty(), "{texts:?}");
}

#[test]
fn every_message_of_the_catalogue_is_shown_somewhere() {
    let all = sources("src", "rs");
    let text_of = |source: &Source| code(source).map(|(_, line)| format!("{line}\n")).collect::<String>();
    let elsewhere: String =
        all.iter().filter(|source| source.path != "src/locales.rs").map(text_of).collect();
    // The problems of parsed values are turned into messages there.
    let locales = all.iter().find(|source| source.path == "src/locales.rs").map(text_of).unwrap();
    let unused: Vec<String> = Message::ALL
        .iter()
        .map(|message| format!("{message:?}"))
        .filter(|name| {
            let used = Regex::new(&format!(r"\bMessage::{name}\b")).unwrap().is_match(&elsewhere);
            let mapped = Regex::new(&format!(r"=> Self::{name}\b")).unwrap().is_match(&locales);
            !used && !mapped
        })
        .collect();
    assert_none(&unused, "no page shows these messages");
}
