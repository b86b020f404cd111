//! What the commands print. Users choose parts of it, such as a User-Agent, so no control character and no invisible
//! character reaches the terminal as itself: an escape sequence could rewrite what the operator reads.

use comfy_table::presets::NOTHING;
use comfy_table::{CellAlignment, Table};
use serde::Serialize;

use crate::commands::Failure;
use crate::domain::invisible::is_invisible;

/// Formats rows in columns. The columns from index `numbers` on are right-aligned.
pub(super) fn table(head: &[&str], numbers: usize, rows: Vec<Vec<String>>) -> String {
    let mut table = Table::new();
    table.load_style(NOTHING).set_header(head.to_vec());
    table.add_rows(rows.into_iter().map(|row| row.iter().map(|cell| visible(cell)).collect::<Vec<_>>()));
    for (index, column) in table.column_iter_mut().enumerate() {
        column.set_padding((0, 2));
        column.set_cell_alignment(if index < numbers { CellAlignment::Left } else { CellAlignment::Right });
    }
    table.trim_fmt() + "\n"
}

/// Formats a value as JSON. Invisible characters in its texts are escaped, so that a terminal shows them and a parser
/// reads them unchanged.
pub(super) fn json(value: &impl Serialize) -> Result<String, Failure> {
    Ok(escaped(&serde_json::to_string_pretty(value)?) + "\n")
}

/// The same on one line.
pub(super) fn json_line(value: &impl Serialize) -> Result<String, Failure> {
    Ok(escaped(&serde_json::to_string(value)?) + "\n")
}

fn escaped(json: &str) -> String {
    let mut text = String::with_capacity(json.len());
    for c in json.chars() {
        if c != '\n' && is_invisible(c) {
            for unit in c.encode_utf16(&mut [0; 2]) {
                text += &format!("\\u{unit:04x}");
            }
        } else {
            text.push(c);
        }
    }
    text
}

/// A text on one line, with each invisible character written as its code.
pub(super) fn visible(text: &str) -> String {
    let shown = |c: char| if is_invisible(c) { c.escape_unicode().to_string() } else { c.to_string() };
    text.chars().map(shown).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_as_wide_as_their_widest_cell_on_the_screen() {
        let rows = vec![
            vec!["https://evil.example".to_owned(), "7".to_owned()],
            vec!["李小龍".into(), "1200".into()],
        ];
        let expected = "origin                attempts\nhttps://evil.example         7\n李小龍                    1200\n";
        assert_eq!(table(&["origin", "attempts"], 1, rows), expected);
    }

    #[test]
    fn no_escape_sequence_and_no_direction_mark_reaches_the_terminal() {
        let hostile = "a\u{1b}[2Jb\u{9b}1mc\u{202e}d\r\ne\u{e0041}";
        let shown = "a\\u{1b}[2Jb\\u{9b}1mc\\u{202e}d\\u{d}\\u{a}e\\u{e0041}";
        assert_eq!(visible(hostile), shown);
        assert_eq!(table(&["a"], 1, vec![vec![hostile.to_owned()]]).lines().nth(1), Some(shown));
        let text = json(&[hostile]).unwrap();
        assert!(!text.trim_end().chars().any(|c| c != '\n' && is_invisible(c)), "{text}");
        assert_eq!(serde_json::from_str::<Vec<String>>(&text).unwrap(), [hostile]);
        let line = json_line(&[hostile]).unwrap();
        assert_eq!(line.trim_end(), text.split_whitespace().collect::<String>());
    }
}
