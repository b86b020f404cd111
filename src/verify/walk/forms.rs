//! The forms of our own pages, filled in as a person does.

use chrono::{DateTime, Utc};
use url::form_urlencoded::Serializer;
use uuid::Uuid;

use super::visitor::{Visitor, new_email};
use crate::domain::AuthenticatorSecret;
use crate::verify::form::{Form, forms};
use crate::verify::markup::Tag;
use crate::verify::response::Response;

/// The form of a page that leads to a path.
pub(super) fn form_of(page: &Response, path: &str) -> Option<Form> {
    forms(page).into_iter().find(|form| form.action == path)
}

impl Form {
    /// The body that a browser sends after the visitor has filled the form in: hidden fields as served,
    /// required boxes ticked, an address, a password, and the words that the page asks for.
    ///
    /// A list is answered with its last choice, and a code is the one of the visitor's authenticator app at `now`.
    pub(super) fn filled(&self, page: &Response, visitor: &Visitor, now: DateTime<Utc>) -> String {
        let mut body = Serializer::new(String::new());
        for field in &self.fields {
            let Some(name) = field.attribute("name") else { continue };
            if field.name == "button" {
                continue;
            }
            if field.name == "select" {
                let choices = self.fields.iter().filter(|other| other.name == "option");
                let last = choices.filter_map(|choice| choice.attribute("value")).next_back();
                body.append_pair(name, last.unwrap_or_default());
                continue;
            }
            let served = field.attribute("value");
            let value = match field.attribute("type").unwrap_or("text") {
                "hidden" => served.unwrap_or_default().to_owned(),
                "checkbox" | "radio"
                    if field.attribute("required").is_none() && field.attribute("checked").is_none() =>
                {
                    continue;
                }
                "checkbox" | "radio" => served.unwrap_or("on").to_owned(),
                "submit" | "button" | "image" | "reset" | "file" => continue,
                // Before they are signed in, visitors give their own address and password, at sign-up.
                "email" if visitor.is_signed_in() => new_email(),
                "email" => visitor.email.clone(),
                "password" if visitor.is_signed_in() && is_new_password(field) => Uuid::new_v4().to_string(),
                "password" => visitor.password.clone(),
                _ if name == "code" => code(field, page, visitor, now),
                _ => words_to_type(page).unwrap_or_else(|| "Verify".to_owned()),
            };
            body.append_pair(name, &value);
        }
        body.finish()
    }
}

impl Form {
    /// Whether it asks for a code of an authenticator app.
    pub(super) fn asks_for_code(&self) -> bool {
        self.fields.iter().any(|field| field.attribute("autocomplete") == Some(ONE_TIME_CODE))
    }
}

/// What a field for the code of an app says (HTML, autofill).
const ONE_TIME_CODE: &str = "one-time-code";

/// The code of the app whose key the page offers, or of the visitor's app; where no code of an app is asked for, a recovery
/// code.
fn code(field: &Tag, page: &Response, visitor: &Visitor, now: DateTime<Utc>) -> String {
    if field.attribute("autocomplete") != Some(ONE_TIME_CODE) {
        return visitor.recovery_codes.first().cloned().unwrap_or_default();
    }
    let secret = offered_secret(page).or_else(|| visitor.secret.clone());
    secret.map(|secret| secret.code(now)).unwrap_or_default()
}

/// The secret of the key that a page offers to an authenticator app.
pub(super) fn offered_secret(page: &Response) -> Option<AuthenticatorSecret> {
    codes(page).into_iter().find_map(|text| AuthenticatorSecret::of_key(&text))
}

/// The texts that a page shows as code, such as keys and recovery codes.
pub(super) fn codes(page: &Response) -> Vec<String> {
    let text = page.text();
    let parts = text.split("<code>").skip(1).filter_map(|part| part.split_once("</code>"));
    parts.map(|(code, _)| code.to_owned()).collect()
}

fn is_new_password(field: &Tag) -> bool {
    field.attribute("autocomplete") == Some("new-password")
}

/// The words that a page asks for, as in `<p id="word-sentence">Type <strong>delete 1234</strong>`.
fn words_to_type(page: &Response) -> Option<String> {
    let text = page.text();
    let (_, sentence) = text.split_once("id=\"word-sentence\"")?;
    let (_, words) = sentence.split_once("<strong>")?;
    words.split_once("</strong>").map(|(words, _)| words.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_is_filled_in_by_the_types_of_its_fields() {
        let page = Response {
            status: 200,
            fields: vec![("content-type".into(), "text/html".into())],
            body: br#"<form action=/sign-out><input type=hidden name=t value=1></form>
                <form method=post action="/confirm/7"><input type="hidden" name="csrf_token" value="a&amp;b">
                <input type=checkbox name=understood value=yes required><input type=checkbox name=more>
                <select name=factor><option value=""><option value=1><option value=2></select>
                <input type=password name=password><input type=password name=new autocomplete=new-password>
                <p id="word-sentence">Type <strong>delete 1234</strong>.</p><input name=word><input type=submit name=no></form>
                <form action="/confirm/7/cancel"></form>"#
                .to_vec(),
            cut: false,
        };
        let member = Visitor { cookie: "session=1".into(), ..Visitor::new_member() };
        let body = form_of(&page, "/confirm/7").unwrap().filled(&page, &member, Utc::now());
        let fields: Vec<_> = url::form_urlencoded::parse(body.as_bytes()).into_owned().collect();
        let names: Vec<&str> = fields.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(names, ["csrf_token", "understood", "factor", "password", "new", "word"]);
        let values: Vec<&str> = fields.iter().map(|(_, value)| value.as_str()).collect();
        assert_eq!((values[0], values[1], values[2], values[5]), ("a&b", "yes", "2", "delete 1234"));
        assert_eq!(values[3], member.password);
        assert!(!values[4].is_empty() && values[4] != member.password);
        assert!(form_of(&page, "/nowhere").is_none());
    }
}
