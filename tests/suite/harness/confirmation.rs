//! Walking to a confirm page, and the form on it exactly as it was served.

use std::time::Duration;

use regex::Regex;
use reqwest::{Method, StatusCode};

use super::{Answer, Browser, PASSWORD, TestApp};

/// A confirm page that lies open, with the form on it.
#[derive(Clone, Debug)]
pub struct Confirming {
    /// Its path.
    pub path: String,
    /// What the browser would send untouched.
    pub served: Vec<(String, String)>,
    /// The words to be typed, where some are asked for.
    pub word: Option<String>,
}

impl Confirming {
    /// Reads the form of a page.
    pub fn read(path: &str, page: &Answer) -> Self {
        let form = page
            .find(r#"(?s)(<form class="confirm".*?</form>)"#)
            .unwrap_or_else(|| panic!("{} without a form: {}", page.status, page.body));
        let served = inputs(&form)
            .into_iter()
            .filter(|input| !input.contains("checkbox") || input.contains(" checked"))
            .map(|input| (attribute(&input, "name"), attribute(&input, "value")))
            .collect();
        Self { path: path.to_owned(), served, word: page.find(r"Type <strong>(delete \d{4})</strong>") }
    }

    /// The served form with some fields changed or added.
    pub fn with(&self, changes: &[(&str, &str)]) -> Vec<(String, String)> {
        let mut fields = self.served.clone();
        fields.retain(|(name, _)| changes.iter().all(|(changed, _)| changed != name));
        fields.extend(changes.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
        fields
    }

    /// As an honest person fills it.
    pub fn filled(&self) -> Vec<(String, String)> {
        let word = self.word.clone().unwrap_or_default();
        self.with(&[("understood", "yes"), ("password", PASSWORD), ("word", &word)])
    }

    /// The value of a served field.
    pub fn value(&self, name: &str) -> &str {
        self.served.iter().find(|(known, _)| known == name).map_or("", |(_, value)| value)
    }
}

fn inputs(form: &str) -> Vec<String> {
    Regex::new(r"(?s)<input\b[^>]*>")
        .unwrap()
        .find_iter(form)
        .map(|found| found.as_str().to_owned())
        .collect()
}

fn attribute(input: &str, name: &str) -> String {
    let pattern = Regex::new(&format!(r#"\s{name}="([^"]*)""#)).unwrap();
    pattern.captures(input).map(|found| found[1].to_owned()).unwrap_or_default()
}

/// Waits as long as a person needs at least.
pub async fn human_time() {
    tokio::time::sleep(Duration::from_millis(1600)).await;
}

/// An address that nobody has.
pub fn fresh_email(name: &str) -> String {
    format!("{name}-{}@example.com", uuid::Uuid::new_v4())
}

impl Browser {
    /// Walks from a start page to its confirm page.
    pub async fn begin(&self, start: &str, typed: &[(&str, &str)]) -> Confirming {
        let mut fields = vec![("csrf_token".to_owned(), self.get(start).await.csrf_token())];
        fields.extend(typed.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
        let begun = self.post_all(start, &fields).await;
        assert_eq!(begun.status, StatusCode::SEE_OTHER, "{start}: {}", begun.body);
        let path = begun.location().to_owned();
        let page = self.get(&path).await;
        assert_eq!(page.status, StatusCode::OK, "{}", page.body);
        Confirming::read(&path, &page)
    }

    /// The same for any kind: a change of address is to a fresh one.
    pub async fn begin_any(&self, start: &str) -> Confirming {
        let email = fresh_email("any");
        let typed = [("email", email.as_str())];
        self.begin(start, if start == "/settings/email" { &typed } else { &[] }).await
    }

    /// A form of our own page, field by field.
    pub async fn post_all(&self, path: &str, fields: &[(String, String)]) -> Answer {
        let fields: Vec<(&str, &str)> =
            fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        self.post(path, &fields).await
    }

    /// Fills and sends a confirm page as an honest person does.
    pub async fn confirm(&self, page: &Confirming) -> Answer {
        human_time().await;
        self.post_all(&page.path, &page.filled()).await
    }

    /// Walks the whole way to a confirmed action.
    pub async fn carry_out(&self, start: &str, typed: &[(&str, &str)]) -> Answer {
        let page = self.begin(start, typed).await;
        let done = self.confirm(&page).await;
        assert_eq!(done.status, StatusCode::SEE_OTHER, "{}", done.body);
        done
    }

    /// Whether the action of a confirm page still waits.
    pub async fn still_waits(&self, page: &Confirming) -> bool {
        let answer = self.get(&page.path).await;
        answer.status == StatusCode::OK && answer.body.contains(r#"class="tick""#)
    }

    /// A navigation that says where it comes from: `""` for a browser that says nothing at all.
    pub async fn arrive(&self, path: &str, site: &str) -> Answer {
        let silent = [("sec-fetch-site", ""), ("sec-fetch-dest", ""), ("sec-fetch-mode", "")];
        let said = [("sec-fetch-site", site)];
        self.send(Method::GET, path, None, if site.is_empty() { &silent } else { &said }).await
    }

    /// The account's id.
    pub async fn user_id(&self) -> uuid::Uuid {
        let answer = self.get("/api/v1/user/settings").await;
        let id = answer.find(r#""id":"([0-9a-f-]{36})""#).unwrap_or_else(|| panic!("{}", answer.body));
        id.parse().expect("an id")
    }
}

impl TestApp {
    /// The path of the link in the newest mail to an address that has one of this kind, as
    /// `/undo/`; waits for `count` mails.
    pub async fn mailed_link(&self, address: &str, count: usize, kind: &str, saying: &str) -> String {
        let mails = self.mails_to(address, count).await;
        let mail = mails.iter().find(|mail| mail.contains(saying)).unwrap_or_else(|| panic!("{mails:#?}"));
        let link = Regex::new(&format!(r"({kind}[A-Za-z0-9_-]{{43}})")).unwrap();
        link.captures(mail).map(|found| found[1].to_owned()).unwrap_or_else(|| panic!("{mail}"))
    }
}
