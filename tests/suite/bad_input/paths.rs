//! Forms that are complete, and are sent to another account's path or to one that does not exist. The answer is the
//! same for both.

use unframed::domain::SecretToken;
use uuid::Uuid;

use super::flaws::{Body, Flaw};
use super::forms::{FORMS, Form};
use super::scene::Scene;
use crate::harness::TestApp;
use crate::harness::wire::WireAnswer;
use crate::security::wire::{Keep, faults_at};

/// The only form whose answer to an unknown id is no 404: a button may be pressed after another browser has ended the
/// session.
const NEUTRAL: [(&str, &str); 2] = [
    ("/settings/sessions/{id}/revoke", "/settings/sessions?done=session-ended-before"),
    ("/settings/tokens/{id}/revoke", "/settings/tokens?done=token-revoked-before"),
];

/// Values for a parameter that are no id.
fn malformed(good: &str) -> Vec<String> {
    vec![
        good[1..].to_owned(),
        format!("{good}A"),
        format!("{good}%00"),
        format!("{good}%0d%0aX-Injected:%20yes"),
        "%00".to_owned(),
        "%ff%fe".to_owned(),
        "%D0%B0".to_owned(),
        "..%2f..%2fsettings".to_owned(),
        "-1".to_owned(),
        "a".repeat(10_000),
        format!("%27%20OR%201=1--{good}"),
    ]
}

async fn send(scene: &Scene<'_>, path: &str, body: &Body) -> WireAnswer {
    let answer = scene.send_to(path, body).await.unwrap_or_else(|| panic!("{path:.200}: no answer"));
    assert_eq!(faults_at(path, &answer, Keep::Never), [""; 0], "{path:.200}");
    answer
}

fn assert_not_found(form: &Form, path: &str, answer: &WireAnswer) {
    assert_eq!(answer.status, 404, "{} at {path:.200}: {}", form.route, answer.body);
    assert_eq!(answer.lines("content-type"), ["text/html; charset=utf-8"], "{path:.200}");
    assert!(answer.body.contains("<h1>") && !answer.body.contains("<form method=\"post\" action=\"/confirm"));
}

#[tokio::test]
async fn an_unknown_or_foreign_id_in_a_path_changes_nothing_and_tells_nothing() {
    let app = TestApp::spawn().await;
    for form in FORMS.iter().filter(|form| form.route.contains('{') && form.state.is_empty()) {
        let (mine, theirs) = (Scene::open(&app, form).await, Scene::open(&app, form).await);
        let body = Flaw::UnknownField.spoil(&mine.complete().await, "", &mine.tag);
        let before = (mine.snapshot().await, theirs.snapshot().await);
        let (start, end) = form.route.split_once('{').expect("a parameter");
        let end = end.split_once('}').expect("a parameter").1;
        let good = mine.path.strip_prefix(start).and_then(|rest| rest.strip_suffix(end)).expect("the path");
        for value in malformed(good) {
            let path = format!("{start}{value}{end}");
            assert_not_found(form, &path, &send(&mine, &path, &body).await);
        }
        let neutral = NEUTRAL.iter().find(|(route, _)| *route == form.route).map(|(_, leads_to)| *leads_to);
        let unknown = match neutral {
            Some(_) => Uuid::new_v4().to_string(),
            None => SecretToken::generate().unwrap().encode(),
        };
        let unknown = send(&mine, &format!("{start}{unknown}{end}"), &body).await;
        match neutral {
            Some(leads_to) => assert_eq!((unknown.status, unknown.lines("location")), (303, vec![leads_to])),
            None => assert_not_found(form, "an unknown id", &unknown),
        }
        // A mailed link is the proof itself; other paths belong to a session.
        if form.route.contains("{id}") {
            let foreign = send(&mine, &theirs.path, &body).await;
            assert_eq!((foreign.status, foreign.body), (unknown.status, unknown.body), "{}", form.route);
            assert_eq!(foreign.fields.len(), unknown.fields.len(), "{}", form.route);
        }
        assert_eq!(
            (mine.snapshot().await, theirs.snapshot().await),
            before,
            "{}: left now, right before",
            form.route
        );
    }
}

#[tokio::test]
async fn the_token_of_one_kind_of_link_opens_no_other_kind() {
    let app = TestApp::spawn().await;
    let links = || FORMS.iter().filter(|form| form.route.ends_with("/{token}") && form.state.is_empty());
    for form in links() {
        let scene = Scene::open(&app, form).await;
        let body = Flaw::UnknownField.spoil(&scene.complete().await, "", &scene.tag);
        let before = scene.snapshot().await;
        let token = scene.path.rsplit('/').next().expect("a token");
        for other in links().filter(|other| other.route != form.route) {
            let path = other.route.replace("{token}", token);
            assert_not_found(other, &path, &send(&scene, &path, &body).await);
        }
        assert_eq!(scene.snapshot().await, before, "{}: left now, right before", form.route);
    }
}
