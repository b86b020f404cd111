//! One line of the log. Control characters are escaped, so that no quoted text can end a line or colour a terminal.

use std::fmt::Write as _;
use std::str::FromStr;

use serde::Serialize;

use super::request_id::RequestId;

/// The form of the lines.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum LogFormat {
    /// For people, and for `deploy/fail2ban`.
    #[default]
    Text,
    /// For programs: one object a line.
    Json,
}

/// `LOG_FORMAT` is neither `text` nor `json`.
#[derive(Debug)]
pub struct UnknownFormat;

impl FromStr for LogFormat {
    type Err = UnknownFormat;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "text" => Ok(Self::Text),
            "json" => Ok(Self::Json),
            _ => Err(UnknownFormat),
        }
    }
}

/// An event to be logged.
#[derive(Serialize)]
struct Line<'a> {
    time: &'a str,
    level: &'static str,
    target: &'a str,
    message: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    request_id: Option<&'a str>,
}

impl LogFormat {
    /// The line of an event, without the line break. `time` is a UTC time as in RFC 3339.
    #[must_use]
    pub fn line(
        self,
        time: &str,
        level: log::Level,
        target: &str,
        message: &str,
        request_id: Option<&RequestId>,
    ) -> String {
        match self {
            Self::Text => {
                let id = request_id.map(|id| format!(" {id}")).unwrap_or_default();
                let mut line = format!("[{time} {level:<5} {target}{id}] ");
                push_escaped(&mut line, message);
                line
            }
            Self::Json => {
                let level = level.as_str();
                let line =
                    Line { time, level, target, message, request_id: request_id.map(RequestId::as_str) };
                // Texts and a table of texts: it has no way to fail.
                serde_json::to_string(&line).unwrap_or_default()
            }
        }
    }
}

/// Line breaks of every kind and other control characters become visible.
fn push_escaped(line: &mut String, text: &str) {
    for character in text.chars() {
        if character.is_control() || matches!(character, '\u{2028}' | '\u{2029}') {
            // Writing to a text cannot fail.
            let _ = write!(line, "{}", character.escape_default());
        } else {
            line.push(character);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TIME: &str = "2026-11-25T21:09:31Z";
    const ODD: &str =
        "a \"quote\"\n[2026-11-25T21:09:31Z WARN  unframed] forged\r\t\u{1b}[31m \\ \u{2028} \u{85} ü";

    fn line(format: LogFormat, id: Option<&RequestId>) -> String {
        format.line(TIME, log::Level::Warn, "unframed::pages::sign_in", ODD, id)
    }

    #[test]
    fn a_line_of_text_quotes_line_breaks_and_control_characters() {
        let id = RequestId::parse(b"3f2a").unwrap();
        let line = line(LogFormat::Text, Some(&id));
        assert!(
            line.starts_with("[2026-11-25T21:09:31Z WARN  unframed::pages::sign_in 3f2a] a \"quote\"\\n["),
            "{line}"
        );
        assert!(line.contains("forged\\r\\t\\u{1b}[31m \\ \\u{2028} \\u{85} ü"), "{line}");
        assert!(!line.chars().any(char::is_control), "{line}");
    }

    #[test]
    fn a_line_of_json_is_one_object_that_gives_the_message_back() {
        let id = RequestId::parse(b"3f2a").unwrap();
        let text = line(LogFormat::Json, Some(&id));
        assert!(!text.chars().any(|character| matches!(character, '\n' | '\r')), "{text}");
        let object: serde_json::Value = serde_json::from_str(&text).unwrap();
        let expected = serde_json::json!({
            "time": TIME, "level": "WARN", "target": "unframed::pages::sign_in", "message": ODD, "request_id": "3f2a"
        });
        assert_eq!(object, expected);
        let outside: serde_json::Value = serde_json::from_str(&line(LogFormat::Json, None)).unwrap();
        assert_eq!(outside.get("request_id"), None, "outside of requests there is none");
    }
}
