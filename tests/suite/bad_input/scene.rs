//! The way to each form, and everything that the form could change.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use actix_web::http::Method;
use chrono::TimeDelta;
use regex::Regex;
use unframed::actions::{ApproveConfirmation, SensitiveAction as _};
use unframed::routes;

use super::flaws::Body;
use super::forms::{For, Form};
use crate::harness::wire::{WireAnswer, exchange, request};
use crate::harness::{Answer, Browser, NEW_PASSWORD, PASSWORD, TestApp};

/// An open form, and the account that it could change.
pub struct Scene<'a> {
    app: &'a TestApp,
    form: &'static Form,
    /// Part of every address and name that the scene uses.
    pub tag: String,
    /// The user at the form.
    sender: Browser,
    /// The browser of the account.
    pub owner: Browser,
    /// The path of the page with the form.
    page: String,
    /// The path to which the form is sent.
    pub path: String,
}

/// What a form could change.
#[derive(Debug, PartialEq, Eq)]
pub struct Snapshot {
    /// Each page of the account, and that of the form.
    pub pages: BTreeMap<String, String>,
    /// The activity of the account, without wrong proofs.
    pub events: Vec<String>,
    pub wrong_proofs: usize,
    /// The mails to all addresses of the scene.
    pub mails: i64,
}

/// What the time alone changes on a page.
static PASSING: LazyLock<Regex> = LazyLock::new(|| {
    let ago = r#"<dd>[^<]*<span class="exact">|<span class="visually-hidden">[^<]*</span>"#;
    let secret = r#"<code>[A-Z2-7 ]+</code>|name="secret" value="[^"]*"|<path d="[^"]*"|otpauth:[^"]*"#;
    let question = r#"data-options="[^"]*"|name="ceremony" value="[^"]*""#;
    Regex::new(&format!(r"(?s)<time\b.*?</time>|{ago}|{secret}|{question}")).unwrap()
});
static EVENT: LazyLock<Regex> = LazyLock::new(|| Regex::new(r#"<p class="event-what">([^<]+)</p>"#).unwrap());
static FIELD: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r#"(?s)<(?:input|select|button)\b[^>]*\bname="([^"]+)"[^>]*>"#).unwrap());
static VALUE: LazyLock<Regex> = LazyLock::new(|| Regex::new(r#"\bvalue="([^"]*)""#).unwrap());

const WRONG_PROOFS: [&str; 3] = [
    "Someone tried to sign in with a wrong password",
    "Wrong password or word on a confirm page",
    "Someone signed in with your password and a wrong second factor",
];

impl<'a> Scene<'a> {
    /// Opens a form as its user does.
    pub async fn open(app: &'a TestApp, form: &'static Form) -> Self {
        let tag = uuid::Uuid::new_v4().simple().to_string()[..12].to_owned();
        let (sender, owner) = (app.guest(), app.guest());
        owner.sign_up(&format!("a{tag}")).await;
        let mut scene = Self { app, form, tag, sender, owner, page: String::new(), path: String::new() };
        scene.path = scene.reach().await;
        scene.page = match form.route {
            "/sign-in" | "/sign-in/passkey" => format!("{}?next=%2Fsettings%2Fprofile", form.route),
            "/confirm/{id}" if form.state == "by code" => format!("{}?proof=typed", scene.path),
            "/sign-out" => "/settings".to_owned(),
            "/settings/card" => "/settings/profile".to_owned(),
            _ => {
                let above = ["/cancel", "/send-again", "/keep", "/decline"]
                    .iter()
                    .find_map(|end| scene.path.strip_suffix(end));
                let mut lists = ["/settings/sessions", "/settings/tokens"].into_iter();
                let list = lists.find(|list| scene.path.ends_with("/revoke") && scene.path.starts_with(list));
                list.or(above).unwrap_or(&scene.path).to_owned()
            }
        };
        scene
    }

    /// An email address of the scene that no account has.
    fn new_address(&self) -> String {
        format!("a{}-new@example.com", self.tag)
    }

    /// Makes the form's page available, and returns the path of the form.
    async fn reach(&self) -> String {
        let (app, owner, new) = (self.app, &self.owner, self.new_address());
        let email = owner.email();
        match (self.form.route, self.form.state) {
            ("/sign-in/passkey", _) => {
                owner.add_passkey().await;
                owner.share_factors_with(&self.sender);
                self.form.route.to_owned()
            }
            ("/sign-in/second-factor", state) => {
                if state == "by passkey" {
                    owner.add_passkey().await;
                } else {
                    owner.add_authenticator().await;
                }
                owner.share_factors_with(&self.sender);
                self.sender.post("/sign-in", &[("email", &email), ("password", PASSWORD)]).await;
                self.form.route.to_owned()
            }
            ("/settings/two-factor/remove" | "/settings/two-factor/recovery-codes", _) => {
                owner.add_authenticator().await;
                self.form.route.to_owned()
            }
            ("/sign-up/{token}", state) => {
                let link = self.sender.ask_for_sign_up(&new).await;
                if state == "expired" {
                    app.wait(TimeDelta::minutes(31));
                }
                link
            }
            ("/forgot-password/{token}", state) => {
                self.sender.post("/forgot-password", &[("email", &email)]).await;
                let link = app.mailed_link(&email, 2, "/forgot-password/", "Choose a new").await;
                if state == "expired" {
                    app.wait(TimeDelta::minutes(11));
                }
                link
            }
            ("/email-change/{token}", _) => {
                owner.carry_out("/settings/email", &[("email", &new)]).await;
                app.mailed_link(&new, 1, "/email-change/", "Confirm your new").await
            }
            ("/undo/{token}", _) => {
                owner.carry_out("/settings/email", &[("email", &new)]).await;
                app.mailed_link(&email, 2, "/undo/", "Request to change").await
            }
            ("/settings/sessions/{id}/revoke", _) => {
                app.guest().sign_in(&email).await;
                let list = owner.get("/settings/sessions").await;
                list.find(r#"action="(/settings/sessions/[0-9a-f-]{36}/revoke)""#).expect("another session")
            }
            ("/settings/tokens/{id}/revoke", _) => {
                owner.make_token(&["settings_read"]).await;
                let list = owner.get("/settings/tokens").await;
                list.find(r#"action="(/settings/tokens/[0-9a-f-]{36}/revoke)""#).expect("a token")
            }
            ("/settings/email/send-again" | "/settings/email/cancel", _) => {
                owner.carry_out("/settings/email", &[("email", &new)]).await;
                self.form.route.to_owned()
            }
            ("/settings/delete/keep", _) => {
                owner.carry_out("/settings/delete", &[]).await;
                owner.sign_in(&email).await;
                self.form.route.to_owned()
            }
            (route @ ("/confirm/{id}" | "/confirm/{id}/cancel"), state) => {
                if !state.is_empty() {
                    owner.add_authenticator().await;
                    owner.add_passkey().await;
                }
                let begun = owner.begin_any("/settings/delete").await;
                route.replace("/confirm/{id}", &begun.path)
            }
            (route @ ("/confirmations/{id}" | "/confirmations/{id}/decline"), _) => {
                let path = owner.path_of(ApproveConfirmation::START).await;
                route.replace(ApproveConfirmation::START, &path)
            }
            (route, _) => {
                assert!(!route.contains('{'), "{route}: scene.rs does not say how to reach this form");
                route.to_owned()
            }
        }
    }

    fn browser(&self) -> &Browser {
        if self.form.user == For::Member { &self.owner } else { &self.sender }
    }

    /// The form as it is served now, filled in; without fields if the page has no such form any more.
    pub async fn complete(&self) -> Vec<(String, String)> {
        let page = self.browser().get(&self.page).await;
        let (route, path) = (self.form.route, &self.path);
        // Two forms of one page differ in their script.
        let scripted = self.form.fields.iter().any(|field| field.name == "passkey");
        let forms = Regex::new(&format!(r#"(?s)<form[^>]* action="{path}".*?</form>"#)).expect("a pattern");
        let form =
            forms.find_iter(&page.body).find(|form| form.as_str().contains("data-passkey") == scripted);
        let Some(form) = form.map(|form| form.as_str().to_owned()) else { return Vec::new() };
        let served = served_fields(&form);
        let mut names: Vec<&str> = served.iter().map(|(name, _)| name.as_str()).collect();
        let mut known: Vec<&str> = self.form.fields.iter().map(|field| field.name).collect();
        names.sort_unstable();
        known.sort_unstable();
        assert_eq!(names, known, "{route}: left the form as served, right forms.rs");
        if route == "/confirm/{id}" {
            self.app.let_human_time_pass();
            return self.browser().confirming(path, &page).filled();
        }
        served.into_iter().map(|(name, value)| (name.clone(), self.fill(&name, value, &page))).collect()
    }

    fn fill(&self, name: &str, served: String, page: &Answer) -> String {
        let chosen = match (name, self.form.route) {
            ("code", "/sign-in/second-factor") => &self.sender.code(),
            ("code", _) => &self.owner.scan(page),
            ("passkey", _) => &self.browser().passkey(page),
            ("factor", _) => &page.find(r#"<option value="([0-9a-f-]{36})""#).unwrap_or_default(),
            ("name", _) => "Phone",
            ("email", "/sign-in" | "/forgot-password") => &self.owner.email(),
            ("email", _) => &self.new_address(),
            ("password", "/sign-in") => PASSWORD,
            ("password", _) => NEW_PASSWORD,
            ("display_name", _) => "Mallory",
            ("language", _) => "de",
            ("time_zone", _) => "Asia/Kolkata",
            ("remember" | "end_others" | "settings_read" | "settings_write" | "activity_read", _) => "yes",
            ("days", _) => "90",
            ("csrf_token" | "next" | "renew" | "card" | "secret" | "ceremony", _) => return served,
            _ => panic!("{}: scene.rs does not say how to fill in {name}", self.form.route),
        };
        chosen.to_owned()
    }

    /// Sends a body to a path, from a network that has sent nothing yet.
    pub async fn send_to(&self, path: &str, body: &Body) -> Option<WireAnswer> {
        let (guest, length) = (self.app.guest(), body.bytes.len().to_string());
        let carried = |name| self.browser().cookie(name).map(|token| format!("{name}={token}"));
        let session = carried("session").or_else(|| carried("sign-in"));
        let mut fields = vec![
            ("Sec-Fetch-Dest", "document"),
            ("Sec-Fetch-Mode", "navigate"),
            ("Sec-Fetch-Site", "same-origin"),
            ("Origin", &self.app.origin),
            ("X-Forwarded-For", guest.address()),
            ("Content-Length", &length),
        ];
        fields.extend(session.as_deref().map(|session| ("Cookie", session)));
        fields
            .extend(Some(("Content-Type", body.media_type)).filter(|(_, media_type)| !media_type.is_empty()));
        let mut bytes = request("POST", path, &fields, None).into_bytes();
        bytes.extend(&body.bytes);
        exchange(self.app.address, bytes).await
    }

    /// Reads what the form could change.
    pub async fn snapshot(&self) -> Snapshot {
        let mut pages = BTreeMap::new();
        for path in account_pages() {
            pages.insert(path.to_owned(), lasting(&self.owner.get(path).await.body));
        }
        let form = self.browser().get(&self.page).await;
        let open = form.body.contains(&format!("action=\"{}\"", self.path));
        pages.insert("the form".to_owned(), format!("{}, open: {open}", form.status));
        let activity = pages.remove("/settings/activity").expect("a page of the account");
        let (wrong, events): (Vec<_>, Vec<_>) = EVENT
            .captures_iter(&activity)
            .map(|found| found[1].to_owned())
            .partition(|event| WRONG_PROOFS.contains(&event.as_str()));
        Snapshot { pages, events, wrong_proofs: wrong.len(), mails: self.mails().await }
    }

    /// The number of mails to all addresses of the scene.
    pub async fn mails(&self) -> i64 {
        self.app.count(&format!("outgoing_mails WHERE recipient LIKE '%{}%'", self.tag)).await
    }
}

impl Snapshot {
    /// All that is different later, except for this many wrong proofs.
    pub fn changes(&self, later: &Self, proofs: usize) -> Vec<String> {
        let mut changes = Vec::new();
        for ((path, before), after) in
            self.pages.iter().zip(later.pages.values()).filter(|(one, other)| one.1 != *other)
        {
            let lines = before.lines().zip(after.lines()).find(|(one, other)| one != other);
            changes.push(format!("{path} has changed: {lines:?}"));
        }
        if self.events != later.events || later.wrong_proofs > self.wrong_proofs + proofs {
            changes.push(format!(
                "the activity lists {:?} and {} wrong proofs",
                later.events, later.wrong_proofs
            ));
        }
        if self.mails != later.mails {
            changes.push(format!("{} mails", later.mails - self.mails));
        }
        changes
    }
}

/// The paths of all pages of the account, from the URL table.
fn account_pages() -> Vec<&'static str> {
    let reads = |path: &str| path.starts_with("/settings") || path.starts_with("/api/");
    routes::patterns()
        .iter()
        .filter(|route| route.methods.contains(&Method::GET) && !route.path.contains('{'))
        .map(|route| route.path)
        .filter(|path| reads(path))
        .collect()
}

/// The page without what the time alone changes.
fn lasting(page: &str) -> String {
    PASSING.replace_all(page, "").into_owned()
}

/// The names and values of the fields of a form as served.
fn served_fields(form: &str) -> Vec<(String, String)> {
    FIELD
        .captures_iter(form)
        .map(|found| {
            let served = VALUE.captures(&found[0]).map(|value| value[1].to_owned());
            (found[1].to_owned(), served.unwrap_or_default())
        })
        .collect()
}
