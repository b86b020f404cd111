//! Every form with every kind of ill-formed body: each is answered with a page, changes nothing and sends no mail.
//! The forms are those of the URL table; `forms.rs` names their fields and the few flaws that a form may have.

mod api;
mod flaws;
mod forms;
mod paths;
mod reports;
mod scene;

use std::collections::BTreeSet;

use actix_web::http::Method;
use futures_util::stream::{self, StreamExt as _};
use unframed::routes;

use self::flaws::{Body, Flaw, Value, flaws};
use self::forms::{FORMS, For, Form, NO_FORMS};
use self::scene::Scene;
use crate::harness::TestApp;
use crate::harness::wire::WireAnswer;
use crate::security::wire::{Keep, faults_at};

#[test]
fn every_route_that_takes_post_is_in_the_table() {
    let routes = routes::patterns();
    let taken: BTreeSet<&str> =
        routes.iter().filter(|route| route.methods.contains(&Method::POST)).map(|route| route.path).collect();
    let known: BTreeSet<&str> =
        FORMS.iter().map(|form| form.route).chain(NO_FORMS.iter().map(|(path, _)| *path)).collect();
    let missing: Vec<_> = taken.difference(&known).collect();
    assert!(missing.is_empty(), "tests/suite/bad_input/forms.rs has no entry for POST {missing:?}");
    let gone: Vec<_> = known.difference(&taken).collect();
    assert!(gone.is_empty(), "tests/suite/bad_input/forms.rs names {gone:?}, which takes no POST");
}

#[tokio::test]
async fn an_ill_formed_body_of_a_guests_form_changes_nothing() {
    try_all(For::Guest).await;
}

#[tokio::test]
async fn an_ill_formed_body_of_the_form_for_a_second_factor_changes_nothing() {
    try_all(For::Half).await;
}

#[tokio::test]
async fn an_ill_formed_body_of_a_mailed_links_form_changes_nothing() {
    try_all(For::Reader).await;
}

#[tokio::test]
async fn an_ill_formed_body_of_a_members_form_changes_nothing() {
    try_all(For::Member).await;
}

/// The wrong proofs that a pending action survives.
const PROOFS_AT_ONCE: usize = 4;

/// The forms that are tried at the same time, each with an application of its own.
const FORMS_AT_ONCE: usize = 4;

async fn try_all(user: For) {
    let forms = FORMS.iter().filter(|form| form.user == user);
    let tried: Vec<(usize, Vec<String>)> =
        stream::iter(forms.map(try_form)).buffer_unordered(FORMS_AT_ONCE).collect().await;
    let bodies: usize = tried.iter().map(|(bodies, _)| bodies).sum();
    let wrong: Vec<String> = tried.into_iter().flat_map(|(_, wrong)| wrong).collect();
    println!("{user:?}: {bodies} ill-formed bodies");
    assert!(wrong.is_empty(), "{} faults in {bodies} answers:\n{}", wrong.len(), wrong.join("\n"));
}

/// Sends each form once, complete, as its user does. Only the caller uses the application's clock.
pub async fn send_every_form(app: &TestApp) {
    for form in FORMS {
        let scene = Scene::open(app, form).await;
        let body = Flaw::UnknownField.spoil(&scene.complete().await, "", &scene.tag);
        let faults = done_faults(form, &scene.path, scene.send_to(&scene.path, &body).await.as_ref());
        assert!(faults.is_empty(), "{form}: {faults:#?}");
    }
}

/// Tries all flaws of a form. Returns their number, and all that is wrong with the answers.
async fn try_form(form: &'static Form) -> (usize, Vec<String>) {
    let app = TestApp::spawn().await;
    let foreign = app.member("Mallory").await.get("/settings").await.csrf_token();
    let flaws = flaws(form);
    let bodies = flaws.len();
    let (taken, refused): (Vec<Flaw>, Vec<Flaw>) =
        flaws.into_iter().partition(|flaw| flaw.is_taken(form).is_some());
    let (proofs, others): (Vec<Flaw>, Vec<Flaw>) =
        refused.into_iter().partition(|flaw| flaw.is_wrong_proof());
    let mut wrong = take(&app, form, &taken, &foreign).await;
    for some in others.chunks(form.at_once).chain(proofs.chunks(PROOFS_AT_ONCE)) {
        wrong.extend(refuse(&app, form, some, &foreign).await);
    }
    (bodies, wrong)
}

/// Sends forms that must change nothing, and then the complete form, which must do its work.
async fn refuse(app: &TestApp, form: &'static Form, flaws: &[Flaw], foreign: &str) -> Vec<String> {
    let scene = Scene::open(app, form).await;
    let before = scene.snapshot().await;
    let mut wrong = Vec::new();
    let mut complete = scene.complete().await;
    for flaw in flaws {
        if flaw.is_wrong_proof() {
            // A wrong proof spends the rendering of a confirm page.
            complete = scene.complete().await;
        }
        let body = flaw.spoil(&complete, foreign, &scene.tag);
        let faults = match scene.send_to(&scene.path, &body).await {
            Some(answer) => refusal_faults(form, &scene.path, &answer, &body),
            None => vec!["no answer".to_owned()],
        };
        wrong.extend(faults.into_iter().map(|fault| format!("{form} with {flaw:?}: {fault}")));
    }
    let after = scene.snapshot().await;
    let proofs = flaws.iter().filter(|flaw| flaw.is_wrong_proof()).count();
    let changes = before.changes(&after, proofs);
    wrong.extend(changes.into_iter().map(|change| format!("{form} with one of {flaws:?}: {change}")));
    let control = Flaw::UnknownField.spoil(&scene.complete().await, foreign, &scene.tag);
    let faults = done_faults(form, &scene.path, scene.send_to(&scene.path, &control).await.as_ref());
    wrong.extend(faults.into_iter().map(|fault| format!("{form}, complete: {fault}")));
    let mails = scene.mails().await - after.mails;
    if mails != form.mails {
        wrong.push(format!("{form}, complete: {mails} mails"));
    }
    wrong
}

/// Sends forms with flaws that a form may have: each is answered as the complete form is.
async fn take(app: &TestApp, form: &'static Form, flaws: &[Flaw], foreign: &str) -> Vec<String> {
    let mut wrong = Vec::new();
    for flaw in flaws {
        let scene = Scene::open(app, form).await;
        let owners_mails = app.all_mails_to(&scene.owner.email()).await.len();
        let body = flaw.spoil(&scene.complete().await, foreign, &scene.tag);
        let answer = scene.send_to(&scene.path, &body).await;
        let mut faults = done_faults(form, &scene.path, answer.as_ref());
        let look_alike = matches!(flaw, Flaw::Value(_, Value::LookAlike));
        if look_alike && app.all_mails_to(&scene.owner.email()).await.len() != owners_mails {
            faults.push("a mail to the address that it looks like".to_owned());
        }
        let reason = flaw.is_taken(form).unwrap_or_default();
        wrong.extend(faults.into_iter().map(|fault| format!("{form} with {flaw:?} ({reason}): {fault}")));
    }
    wrong
}

/// All that is wrong with the answer to an ill-formed body.
fn refusal_faults(form: &Form, path: &str, answer: &WireAnswer, body: &Body) -> Vec<String> {
    let mut faults = faults_at(path, answer, Keep::Never);
    if !(400..500).contains(&answer.status) || answer.status == 429 {
        faults.push(format!("status {}: {}", answer.status, answer.body));
    }
    if answer.lines("content-type") != ["text/html; charset=utf-8"] || !answer.body.contains("<h1>") {
        faults.push(format!("no page: {}", answer.body));
    }
    if answer.lines("set-cookie").iter().any(|cookie| cookie.starts_with("session=")) {
        faults.push("it sets a session".to_owned());
    }
    let typed =
        |name: &str| body.typed.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str());
    if typed("password").is_some_and(|password| password.len() > 7 && answer.body.contains(password)) {
        faults.push("it shows the password".to_owned());
    }
    let shown_again = matches!(answer.status, 403 | 422) && !body.typed.is_empty();
    for field in form.fields.iter().filter(|field| shown_again && field.kind.is_kept()) {
        let value = kept(&answer.body, path, field.name);
        if value.as_deref() != Some(typed(field.name).unwrap_or_default()) {
            faults.push(format!("{} is not kept, but {value:.200?}", field.name));
        }
    }
    faults
}

/// All that is wrong with the answer to a complete form.
fn done_faults(form: &Form, path: &str, answer: Option<&WireAnswer>) -> Vec<String> {
    let Some(answer) = answer else { return vec!["no answer".to_owned()] };
    let mut faults = faults_at(path, answer, Keep::Never);
    let next = answer.lines("location").first().copied().unwrap_or_default();
    if answer.status != 303 || !next.starts_with(form.leads_to) {
        faults.push(format!("{}, to {next:?}: {}", answer.status, answer.body));
    }
    faults
}

/// The value of a field of the form that a page shows again.
fn kept(page: &str, path: &str, name: &str) -> Option<String> {
    let form = page.split_once(&format!("action=\"{path}\""))?.1.split("</form>").next()?;
    let field = form.split_once(&format!("name=\"{name}\""))?.1;
    let value = field.split_once("value=\"")?.1.split('"').next()?;
    let written = [
        ("&lt;", "<"),
        ("&gt;", ">"),
        ("&quot;", "\""),
        ("&#39;", "'"),
        ("&#x27;", "'"),
        ("&#x2F;", "/"),
        ("&amp;", "&"),
    ];
    Some(written.iter().fold(value.to_owned(), |value, (code, character)| value.replace(code, character)))
}
