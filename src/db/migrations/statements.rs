//! The statements of an SQL file, told apart without a database: the migrator sends them one by one,
//! so that nothing depends on how a server treats several statements in one message.

/// A piece of SQL that is never split.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Token {
    /// A space or a comment.
    Blank,
    /// The semicolon that ends a statement.
    End,
    /// Part of a statement.
    Code,
}

/// Splits at each semicolon outside strings, quoted identifiers and comments. A piece that holds only
/// blanks and comments is no statement.
#[must_use]
pub fn split(sql: &str) -> Vec<&str> {
    let mut statements = Vec::new();
    let (mut start, mut at, mut has_code) = (0, 0, false);
    while let Some((token, length)) = sql.get(at..).and_then(next) {
        match token {
            Token::Blank if !has_code => start = at + length,
            Token::Blank => {}
            Token::Code => has_code = true,
            Token::End => {
                statements.extend(sql.get(start..at).filter(|_| has_code).map(str::trim));
                (start, has_code) = (at + length, false);
            }
        }
        at += length;
    }
    statements.extend(sql.get(start..).filter(|_| has_code).map(str::trim));
    statements
}

/// The token that a text begins with, and its length in bytes.
fn next(text: &str) -> Option<(Token, usize)> {
    let first = text.chars().next()?;
    Some(match first {
        ';' => (Token::End, 1),
        '-' if text.starts_with("--") => (Token::Blank, text.find('\n').unwrap_or(text.len())),
        '/' if text.starts_with("/*") => (Token::Blank, block_comment(text)),
        // A doubled quote, which stands for itself, reads as two strings without a gap.
        '\'' | '"' => (Token::Code, through(text, 1, first.encode_utf8(&mut [0; 4]))),
        'E' | 'e' if text.get(1..2) == Some("'") => (Token::Code, escape_string(text)),
        '$' => (Token::Code, dollar_string(text).unwrap_or(1)),
        // A whole word at once: its last letter is no `E` of a string, its `$` begins none.
        _ if is_word(first) => (Token::Code, text.find(|c| !is_word(c) && c != '$').unwrap_or(text.len())),
        _ if first.is_whitespace() => (Token::Blank, first.len_utf8()),
        _ => (Token::Code, first.len_utf8()),
    })
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

/// The length up to and with the first `end` at or after `from`; all of a text that has none.
fn through(text: &str, from: usize, end: &str) -> usize {
    let found = text.get(from..).and_then(|tail| tail.find(end));
    found.map_or(text.len(), |at| from + at + end.len())
}

/// Block comments nest.
fn block_comment(text: &str) -> usize {
    let (mut depth, mut at) = (0_usize, 0);
    while let Some(tail) = text.get(at..).filter(|tail| !tail.is_empty()) {
        if tail.starts_with("/*") {
            depth += 1;
            at += 2;
        } else if tail.starts_with("*/") {
            depth -= 1;
            at += 2;
            if depth == 0 {
                break;
            }
        } else {
            at += tail.chars().next().map_or(1, char::len_utf8);
        }
    }
    at
}

/// `E'..'`, in which a backslash escapes the next character.
fn escape_string(text: &str) -> usize {
    let mut escaped = false;
    for (at, c) in text.char_indices().skip(2) {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '\'' => return at + 1,
            _ => {}
        }
    }
    text.len()
}

/// `$$..$$` or `$tag$..$tag$`; `None` for a parameter such as `$1`.
fn dollar_string(text: &str) -> Option<usize> {
    let tag_length = text.get(1..)?.find('$')? + 2;
    let tag = text.get(..tag_length)?;
    let name = tag.trim_matches('$');
    let is_tag = name.chars().all(is_word) && !name.starts_with(|c: char| c.is_ascii_digit());
    is_tag.then(|| through(text, tag_length, tag))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn statements_end_at_semicolons_and_the_last_one_needs_none() {
        assert_eq!(split("SELECT 1;\nSELECT 2;"), ["SELECT 1", "SELECT 2"]);
        assert_eq!(split("SELECT 1;\n\n SELECT 2 "), ["SELECT 1", "SELECT 2"]);
        assert_eq!(split(" ;; ;"), Vec::<&str>::new());
        assert_eq!(split(""), Vec::<&str>::new());
    }

    #[test]
    fn a_semicolon_in_a_string_an_identifier_or_a_comment_ends_nothing() {
        for one in [
            "SELECT ';'",
            "SELECT 'it''s; fine'",
            "SELECT 'a\\'",
            "SELECT \"a;b\"\"c;\"",
            "SELECT E'it\\'s; fine'",
            "SELECT $$a;b$$, $tag$ ; $$ ; $tag$",
            "SELECT 1 -- one; two\n + 2",
            "SELECT 1 /* ; /* ; */ ; */ + 2",
            "SELECT '--', ';'",
            "SELECT 'ü;é' /* ü;é */ AS \"ü;é\"",
            "SELECT name'; '",
            "SELECT price$1",
        ] {
            assert_eq!(split(one), [one]);
            assert_eq!(split(&format!("{one};SELECT 2")), [one, "SELECT 2"], "{one}");
        }
    }

    #[test]
    fn comments_between_statements_belong_to_none() {
        assert_eq!(split("-- one; two\nSELECT 1; -- three;\n/* four; */"), ["SELECT 1"]);
        assert_eq!(split("/* only; this */ -- and; this"), Vec::<&str>::new());
    }

    #[test]
    fn an_unfinished_string_is_left_to_the_server_to_refuse() {
        for broken in ["SELECT 'a; b", "SELECT \"a; b", "SELECT E'a; b\\", "SELECT $x$ a; b", "SELECT 1 /* ;"]
        {
            assert_eq!(split(broken), [broken]);
        }
    }

    #[test]
    fn parameters_are_no_strings() {
        assert_eq!(split("SELECT $1; SELECT $2"), ["SELECT $1", "SELECT $2"]);
        assert_eq!(split("SELECT a$b; SELECT c$d"), ["SELECT a$b", "SELECT c$d"]);
    }
}
