//! What a body of the API may be, fault by fault.

use actix_web::ResponseError as _;
use actix_web::test::TestRequest;
use futures_util::FutureExt as _;
use proptest::prelude::*;
use serde::Serialize;

use super::*;
use crate::domain::any_text::{config, made_of, text};

#[derive(Debug, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct Letter {
    title: String,
    #[serde(default)]
    pages: u8,
    #[serde(default)]
    lines: Vec<Object<Line>>,
}

#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct Line {
    label: String,
}

impl<T: Serialize> Serialize for Object<T> {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(serializer)
    }
}

fn fault(body: &str) -> (u16, String, String) {
    let problem = parse::<Letter>(body.as_bytes()).unwrap_err();
    let (field, detail) =
        problem.fields.first().map_or(("", problem.detail.as_str()), |fault| (&fault.field, &fault.detail));
    (problem.kind.status.as_u16(), field.to_owned(), detail.to_owned())
}

#[test]
fn each_fault_is_told_by_field() {
    let told = |field: &str, detail: &str| (422, field.to_owned(), detail.to_owned());
    for (body, expected) in [
        (r#"{}"#, told("title", text::FIELD_MISSING)),
        (r#"{"title":"x","color":1}"#, told("color", text::FIELD_UNKNOWN)),
        (r#"{"title":"x","a`b":1}"#, told("a`b", text::FIELD_UNKNOWN)),
        (r#"{"title":"x","title":"y"}"#, told("title", text::FIELD_REPEATED)),
        (r#"{"title":5}"#, told("title", "invalid type: integer `5`, expected a string")),
        (r#"{"title":null}"#, told("title", "invalid type: null, expected a string")),
        (r#"{"title":"x","pages":300}"#, told("pages", "invalid value: integer `300`, expected u8")),
        (
            r#"{"title":"x","lines":[{"label":"a"},{"label":1}]}"#,
            told("lines[1].label", "invalid type: integer `1`, expected a string"),
        ),
        (r#"{"title":"x","lines":[{}]}"#, told("lines[0].label", text::FIELD_MISSING)),
        (r#"{"title":"x","lines":[{"label":"a","x":1}]}"#, told("lines[0].x", text::FIELD_UNKNOWN)),
        (r#"{"title":"x","lines":[["a"]]}"#, told("lines[0]", "invalid type: sequence, expected an object")),
        (r#"["x"]"#, told(".", "invalid type: sequence, expected an object")),
        (r#""x""#, told(".", "invalid type: string \"x\", expected an object")),
    ] {
        assert_eq!(fault(body), expected, "{body}");
    }
}

#[test]
fn what_is_no_json_is_refused() {
    for body in [
        "",
        " ",
        "{",
        r#"{"title":"x"}x"#,
        r#"{"title":"x"}{}"#,
        r#"{'title':'x'}"#,
        r#"{"title":"x",}"#,
        "{\"title\":\"\u{1}\"}",
        r#"{"title":"\ud800"}"#,
        "\u{FEFF}{\"title\":\"x\"}",
        r#"{"title":NaN}"#,
    ] {
        assert_eq!(fault(body).0, 400, "{body}");
    }
    assert_eq!(parse::<Letter>(b"{\"title\":\"\xff\"}").unwrap_err().kind, INVALID_JSON);
}

#[test]
fn a_body_that_is_nested_too_deep_is_refused_and_brackets_in_texts_do_not_count() {
    let deep = |levels: usize| format!(r#"{{"title":"x","y":{}{}}}"#, "[".repeat(levels), "]".repeat(levels));
    assert_eq!(fault(&deep(API_BODY_DEPTH - 1)).1, "y");
    for levels in [API_BODY_DEPTH, 1000, 30_000] {
        assert_eq!(fault(&deep(levels)), (400, String::new(), text::BODY_TOO_DEEP.to_owned()));
    }
    let title = r#"[[[[[[[[[[\"{{{{{{{{{{\\"#;
    assert!(parse::<Letter>(format!(r#"{{"title":"{title}"}}"#).as_bytes()).is_ok());
}

/// The status of a body that is sent with these headers.
fn read(headers: &[(&str, &str)], body: Vec<u8>) -> u16 {
    let mut request = TestRequest::post().set_payload(body);
    for header in headers {
        request = request.append_header(*header);
    }
    let (request, mut payload) = request.to_http_parts();
    let body = ApiBody::<Letter>::from_request(&request, &mut payload).into_inner().unwrap();
    body.read().now_or_never().unwrap().map_or_else(|error| error.status_code().as_u16(), |_| 200)
}

#[test]
fn only_uncompressed_json_of_a_bounded_size_is_read() {
    let json = ("content-type", "application/json");
    let body = || br#"{"title":"x"}"#.to_vec();
    for accepted in [json, ("content-type", "Application/JSON; charset=UTF-8")] {
        assert_eq!(read(&[accepted], body()), 200, "{accepted:?}");
    }
    assert_eq!(read(&[json, ("content-encoding", "identity")], body()), 200);
    for refused in [
        &[][..],
        &[("content-type", "")],
        &[("content-type", "text/plain")],
        &[("content-type", "application/x-www-form-urlencoded")],
        &[("content-type", "application/json; charset=utf-16")],
        &[("content-type", "application/json, text/plain")],
        &[json, json],
        &[json, ("content-encoding", "gzip")],
    ] {
        assert_eq!(read(refused, body()), 415, "{refused:?}");
    }
    let padded = |bytes: usize| {
        let mut padded = body();
        padded.resize(bytes, b' ');
        padded
    };
    assert_eq!(read(&[json], padded(API_BODY_LIMIT)), 200);
    assert_eq!(read(&[json], padded(API_BODY_LIMIT + 1)), 413);
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn an_accepted_body_is_what_was_written_and_no_body_fails_otherwise(
        title in text(),
        body in prop_oneof![text(), made_of(&["{", "}", "\"title\"", ":", "\"x\"", ",", "[", "]", "1", "null", "\\"])],
    ) {
        let letter = Letter { title, pages: 7, lines: vec![Object(Line { label: "a".to_owned() })] };
        let written = serde_json::to_vec(&letter).unwrap();
        prop_assert_eq!(parse::<Letter>(&written).unwrap(), letter);
        if let Err(problem) = parse::<Letter>(body.as_bytes()) {
            prop_assert!(matches!(problem.kind.status.as_u16(), 400 | 422));
        }
    }
}
