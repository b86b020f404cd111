//! Pages that exist only while something is under way: a card, an action that waits to be confirmed,
//! the links of two mails, and files under the name that they have today. A walk that finds one of
//! them dead says nothing of the page, so that ends it.

use std::time::Duration;

use url::Url;

use super::{EMBEDDER, METHODS, SITE, Visitor, Walk, own, posted};
use crate::verify::judge::{Reach, reach};
use crate::verify::links::collect;
use crate::verify::probe::{as_file, framed};
use crate::verify::response::Response;
use crate::verify::wire::Request;

/// Longer than the least time that a confirm page takes from a person.
const HUMAN_TIME: Duration = Duration::from_millis(1600);
/// How long a mail may take, in steps of a tenth of a second.
const MAIL_STEPS: usize = 200;

/// What lies open.
pub(super) struct Live {
    card: String,
    confirms: Vec<String>,
    /// The links of the mails to the new address and to the former one.
    email_change: String,
    undo: String,
    files: Vec<(Url, &'static str)>,
}

impl Walk {
    /// Begins whatever can be begun, through the pages.
    pub(super) async fn begin_everything(&mut self, member: &Visitor) -> Result<Live, String> {
        let settings = self.open("/settings", member).await?;
        let (mut pages, mut files) = (Vec::new(), Vec::new());
        let base = Url::parse(SITE).map_err(|error| error.to_string())?;
        collect(&base, &settings, &mut pages, &mut files);
        let token = hidden(&settings, "csrf_token")?;
        self.send("/settings/card", &format!("csrf_token={token}&card=on"), member).await?;
        let card = after(&self.open("/settings", member).await?.text(), "/card/")?;
        let email = |name: &str| format!("csrf_token={token}&email={name}%40unframed.example");
        let confirm = self.send("/settings/email", &email("new"), member).await?;
        let page = self.open(&confirm, member).await?;
        let stamp = hidden(&page, "stamp")?;
        tokio::time::sleep(HUMAN_TIME).await;
        let proof = format!("csrf_token={token}&stamp={stamp}&understood=yes&password={}", member.password);
        self.send(&confirm, &proof, member).await?;
        let email_change = self.mailed("/email-change/").await?;
        let undo = self.mailed("/undo/").await?;
        let mut confirms = Vec::new();
        for (start, form) in [
            ("/settings/email", email("newer")),
            ("/settings/sessions/revoke-others", format!("csrf_token={token}")),
            ("/settings/delete", format!("csrf_token={token}")),
        ] {
            confirms.push(self.send(start, &form, member).await?);
        }
        Ok(Live { card, confirms, email_change, undo, files })
    }

    /// All of it by every method but POST, which would use it up.
    pub(super) async fn look_at(
        &mut self,
        live: &Live,
        guest: &Visitor,
        member: &Visitor,
    ) -> Result<(), String> {
        let card = self.open(&live.card, guest).await?;
        if !matches!(reach(&card), Reach::Listed(sites) if sites == [EMBEDDER]) {
            return Err(format!("the card cannot be framed by {EMBEDDER}: the walk went wrong"));
        }
        for path in live.confirms.iter().chain([&live.email_change, &live.undo]) {
            let page = self.open(path, member).await?;
            if !page.text().contains(&format!("action=\"{path}\"")) {
                return Err(format!("{} has no form: the walk went wrong", pattern(path)));
            }
        }
        let cancels = live.confirms.iter().map(|path| format!("{path}/cancel"));
        let pages = live.confirms.iter().chain([&live.card, &live.email_change, &live.undo]).cloned();
        for path in pages.chain(cancels) {
            for visitor in [guest, member] {
                for method in METHODS.into_iter().filter(|method| *method != "POST") {
                    let request = own(Request::navigation(method, &path).with("cookie", &visitor.cookie));
                    self.ask(&place(method, &path, visitor), &request).await;
                }
                let request = framed(Request::navigation("GET", &path).with("cookie", &visitor.cookie));
                self.ask(&format!("{}, framed", place("GET", &path, visitor)), &request).await;
            }
        }
        for start in ["/settings/email", "/settings/delete", "/settings/sessions/revoke-others"] {
            self.open(start, member).await?;
        }
        if live.files.is_empty() {
            return Err("the settings name no file: the walk went wrong".to_owned());
        }
        for (url, dest) in &live.files {
            let file = |method: &str| as_file(Request::navigation(method, url.path()), dest);
            let got = self.ask(&format!("GET {} as a {dest}", url.path()), &file("GET")).await;
            for method in METHODS {
                self.ask(&format!("{method} {} as a {dest}", url.path()), &file(method)).await;
            }
            for (given, asked) in [("etag", "if-none-match"), ("last-modified", "if-modified-since")] {
                let value = got.as_ref().and_then(|response| response.first(given)).unwrap_or_default();
                let again = file("GET").with(asked, value).with("range", "bytes=0-1");
                self.ask(&format!("GET {} again, by {asked}", url.path()), &file("GET").with(asked, value))
                    .await;
                self.ask(&format!("GET {}, a part of it", url.path()), &again).await;
            }
        }
        Ok(())
    }

    /// At last the links act, as their forms do, and say so.
    pub(super) async fn use_links(&mut self, live: &Live, guest: &Visitor) -> Result<(), String> {
        for path in live.confirms.iter().map(|path| format!("{path}/cancel")).chain(live.confirms.clone()) {
            self.ask(&place("POST", &path, guest), &posted(&path, "a=b")).await;
        }
        for path in [&live.email_change, &live.undo] {
            let done = self.ask(&place("POST", path, guest), &posted(path, "")).await;
            if done.is_none_or(|response| response.status >= 400) {
                return Err(format!("{} does not act: the walk went wrong", pattern(path)));
            }
            self.ask(&format!("{} afterwards", place("GET", path, guest)), &Request::navigation("GET", path))
                .await;
            self.ask(&format!("{} again", place("POST", path, guest)), &posted(path, "")).await;
        }
        Ok(())
    }

    /// A page that must be there, opened from a page of ours.
    async fn open(&mut self, path: &str, visitor: &Visitor) -> Result<Response, String> {
        let request = Request::navigation("GET", path)
            .with("sec-fetch-site", "same-origin")
            .with("cookie", &visitor.cookie);
        let place = format!("{}, from a page of ours", place("GET", path, visitor));
        let response = self.ask(&place, &request).await;
        response.filter(|response| response.status == 200).ok_or_else(|| format!("{place}: no such page"))
    }

    /// A form that must be taken; where it leads.
    async fn send(&mut self, path: &str, form: &str, visitor: &Visitor) -> Result<String, String> {
        let place = format!("{}, filled", place("POST", path, visitor));
        let response = self.ask(&place, &posted(path, form).with("cookie", &visitor.cookie)).await;
        let taken = response.filter(|response| response.status == 303);
        let location = taken.as_ref().and_then(|response| response.first("location"));
        location.map(str::to_owned).ok_or_else(|| format!("{place}: it was not taken"))
    }

    /// The path of the link of that kind in some mail.
    async fn mailed(&self, kind: &str) -> Result<String, String> {
        for _ in 0..MAIL_STEPS {
            let mails = std::fs::read_dir(&self.mails).into_iter().flatten().flatten();
            let mut texts = mails.filter_map(|mail| std::fs::read_to_string(mail.path()).ok());
            if let Some(path) = texts.find_map(|text| after(&text, kind).ok()) {
                return Ok(path);
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        Err(format!("no mail has a link to {kind}"))
    }
}

/// A path that begins so, up to what no path holds.
fn after(text: &str, start: &str) -> Result<String, String> {
    let path = text.split_once(start).and_then(|(_, rest)| {
        rest.split(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '-' | '_'))).next()
    });
    let path = path.filter(|rest| !rest.is_empty());
    path.map(|rest| format!("{start}{rest}")).ok_or_else(|| format!("no link to {start}"))
}

/// The value of a hidden field of a page of ours.
fn hidden(page: &Response, name: &str) -> Result<String, String> {
    let text = page.text();
    let value =
        text.split_once(&format!("name=\"{name}\" value=\"")).and_then(|(_, rest)| rest.split('"').next());
    value.map(str::to_owned).ok_or_else(|| format!("no field {name}"))
}

/// A path without the secret in it.
fn pattern(path: &str) -> String {
    let mut parts: Vec<&str> = path.split('/').collect();
    if let Some(part) =
        parts.get_mut(2).filter(|_| !path.starts_with("/settings") && !path.starts_with("/static"))
    {
        *part = "…";
    }
    parts.join("/")
}

fn place(method: &str, path: &str, visitor: &Visitor) -> String {
    format!("{method} {}, {}", pattern(path), visitor.name)
}
