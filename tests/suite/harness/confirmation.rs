//! Steps to a confirm page, and the form on it exactly as it was served.

use std::sync::{Arc, LazyLock, Mutex};

use regex::Regex;
use reqwest::{Method, StatusCode};

use super::{Answer, Browser, PASSWORD, SoftAuthenticator, TestApp};

/// An open confirm page with its form.
#[derive(Clone, Debug)]
pub struct Confirming {
    /// Its path.
    pub path: String,
    /// The fields that the browser sends if the user changes nothing.
    pub served: Vec<(String, String)>,
    /// The word and digits to be typed, if the page asks for them.
    pub word: Option<String>,
    /// The field of the proof and its right value.
    pub proof: (&'static str, String),
}

impl Confirming {
    /// Reads the form of a page that asks for the password.
    pub fn read(path: &str, page: &Answer) -> Self {
        let form = page
            .find(r#"(?s)(<form class="confirm".*?</form>)"#)
            .unwrap_or_else(|| panic!("{} without a form: {}", page.status, page.body));
        let served = inputs(&form)
            .into_iter()
            .filter(|input| !input.contains("checkbox") || input.contains(" checked"))
            .map(|input| (attribute(&input, "name"), attribute(&input, "value")))
            .collect();
        let word = page.find(r#"id="word-sentence">[^<]*<strong>([^<]+)</strong>"#);
        let proof = ("password", PASSWORD.to_owned());
        Self { path: path.to_owned(), served, word, proof }
    }

    /// The served form with some fields changed or added.
    pub fn with(&self, changes: &[(&str, &str)]) -> Vec<(String, String)> {
        let mut fields = self.served.clone();
        fields.retain(|(name, _)| changes.iter().all(|(changed, _)| changed != name));
        fields.extend(changes.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
        fields
    }

    /// The form as an honest user fills it in.
    pub fn filled(&self) -> Vec<(String, String)> {
        let word = self.word.clone().unwrap_or_default();
        let (proof, value) = &self.proof;
        self.with(&[("understood", "yes"), (proof, value), ("word", &word)])
    }

    /// The value of a served field.
    pub fn value(&self, name: &str) -> &str {
        self.served.iter().find(|(known, _)| known == name).map_or("", |(_, value)| value)
    }
}

fn inputs(form: &str) -> Vec<String> {
    static INPUT: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"<input\b[^>]*>").unwrap());
    INPUT.find_iter(form).map(|found| found.as_str().to_owned()).collect()
}

fn attribute(input: &str, name: &str) -> String {
    let start = format!("{name}=\"");
    let named = |(at, _): &(usize, &str)| input[..*at].ends_with(char::is_whitespace);
    let value = input.match_indices(&start).find(named).map(|(at, _)| &input[at + start.len()..]);
    value.and_then(|value| value.split('"').next()).unwrap_or_default().to_owned()
}

/// An email address that no account has.
pub fn fresh_email(name: &str) -> String {
    format!("{name}-{}@example.com", uuid::Uuid::new_v4())
}

/// An email address as mails to other addresses show it: not as a link.
pub fn in_mail(address: &str) -> String {
    address.replace('.', "[.]").replace('@', "[@]")
}

impl Browser {
    /// Goes from a start page to its confirm page. A field that is not in `typed` is sent as served; an
    /// email address is invented.
    pub async fn begin(&self, start: &str, typed: &[(&str, &str)]) -> Confirming {
        let begun = self.try_to_begin_with(start, typed).await;
        assert_eq!(begun.status, StatusCode::SEE_OTHER, "{start}: {}", begun.body);
        let path = begun.location().to_owned();
        let page = self.get(&path).await;
        assert_eq!(page.status, StatusCode::OK, "{}", page.body);
        let proof = self.confirming(&path, &page).proof;
        if proof.0 == "password" {
            return self.confirming(&path, &page);
        }
        // The user has waited for a code meanwhile, and opens the page afresh.
        let page = self.get(&path).await;
        let proof = if proof.0 == "passkey" { ("passkey", self.passkey(&page)) } else { proof };
        Confirming { proof, ..Confirming::read(&path, &page) }
    }

    /// Begins to add a passkey of the device in hand, and proves it with that of another one.
    pub async fn begin_with_device(
        &self,
        start: &str,
        typed: &[(&str, &str)],
        prover: &Arc<Mutex<SoftAuthenticator>>,
    ) -> Confirming {
        let begun = self.try_to_begin_with(start, typed).await;
        let made = self.take_device(prover.clone());
        let path = begun.location();
        let confirming = self.confirming(path, &self.get(path).await);
        self.take_device(made);
        confirming
    }

    /// Reads the form of a confirm page, with the proof that it asks for.
    pub fn confirming(&self, path: &str, page: &Answer) -> Confirming {
        let mut confirming = Confirming::read(path, page);
        if page.body.contains("data-passkey=") {
            confirming.proof = ("passkey", self.passkey(page));
        } else if page.body.contains(r#"id="code-label">Recovery code<"#) {
            confirming.proof = ("code", self.recovery_code());
        } else if page.body.contains(r#"name="code""#) {
            confirming.proof = ("code", self.code());
        }
        confirming
    }

    /// Sends the filled form of a start page, and returns the answer.
    pub async fn try_to_begin(&self, start: &str) -> Answer {
        self.try_to_begin_with(start, &[]).await
    }

    async fn try_to_begin_with(&self, start: &str, typed: &[(&str, &str)]) -> Answer {
        self.prepare_for(start).await;
        let start = self.path_of(start).await;
        let page = self.get(&start).await;
        let form = page
            .find(&format!(r#"(?s)(<form[^>]* action="{start}".*?</form>)"#))
            .unwrap_or_else(|| panic!("{start} has no form: {}", page.body));
        let mut fields: Vec<(String, String)> = inputs(&form)
            .iter()
            .filter(|input| input.contains(" name="))
            .map(|input| {
                let name = attribute(input, "name");
                let given =
                    typed.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned());
                let value = given.unwrap_or_else(|| match attribute(input, "type").as_str() {
                    "email" => fresh_email("any"),
                    "password" => PASSWORD.to_owned(),
                    _ if name == "code" => self.scan(&page),
                    _ if name == "name" => "Phone".to_owned(),
                    _ if name == "passkey" => self.passkey(&page),
                    _ => attribute(input, "value"),
                });
                (name, value)
            })
            .collect();
        if let Some(choice) = page.find(r#"(?s)<select name="days".*?<option value="([^"]+)" selected"#) {
            fields.push(("days".to_owned(), choice));
        }
        // Of a list, the last choice.
        if let Some(choice) = page.find(r#"(?s)<select name="factor".*<option value="([^"]+)""#) {
            fields.push(("factor".to_owned(), choice));
        }
        self.post_all(&start, &fields).await
    }

    /// [`Self::begin`] without typed fields, which works for every kind of action.
    pub async fn begin_any(&self, start: &str) -> Confirming {
        self.begin(start, &[]).await
    }

    /// A form of our own page, field by field.
    pub async fn post_all(&self, path: &str, fields: &[(String, String)]) -> Answer {
        let fields: Vec<(&str, &str)> =
            fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        let answer = self.post(path, &fields).await;
        if path.starts_with("/confirm/") {
            self.keep_factors(&answer).await;
        }
        answer
    }

    /// Fills in and sends a confirm page as an honest user does.
    pub async fn confirm(&self, page: &Confirming) -> Answer {
        self.let_human_time_pass();
        let mut page = page.clone();
        if page.proof.0 == "code" && page.proof.1.len() == 6 {
            page.proof.1 = self.code();
        }
        self.post_all(&page.path, &page.filled()).await
    }

    /// Begins and confirms an action.
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

    /// A navigation with a `Sec-Fetch-Site`: `""` stands for a browser without Fetch Metadata.
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
    /// Presses the button of an undo link, and chooses [`PASSWORD`] again on the page that follows.
    pub async fn undo(&self, link: &str) {
        let owner = self.guest();
        let undone = owner.post(link, &[]).await;
        assert_eq!(undone.status, StatusCode::SEE_OTHER, "{}", undone.body);
        let form = owner.get(undone.location()).await;
        assert!(form.body.contains("the former password no longer works"), "{}", form.body);
        let reset = undone.location().split('?').next().expect("a path");
        let chosen = owner.post(reset, &[("password", PASSWORD)]).await;
        assert_eq!(chosen.location(), "/sign-in?done=password-changed", "{}", chosen.body);
    }

    /// The path of the link that begins with `kind`, such as `/undo/`, in the mail that contains `saying`,
    /// of exactly `count` mails queued to an email address.
    pub async fn mailed_link(&self, address: &str, count: usize, kind: &str, saying: &str) -> String {
        let mails = self.mails_to(address, count).await;
        let mail = mails.iter().find(|mail| mail.contains(saying)).unwrap_or_else(|| panic!("{mails:#?}"));
        let link = Regex::new(&format!(r"({kind}[A-Za-z0-9_-]{{43}})")).unwrap();
        link.captures(mail).map(|found| found[1].to_owned()).unwrap_or_else(|| panic!("{mail}"))
    }
}
