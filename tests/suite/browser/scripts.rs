//! A scripted page runs our one script, and nothing else; every other page runs nothing. The page here makes a passkey
//! and signs in with it, in a real Chromium.

use std::sync::{Arc, Mutex};

use actix_web::http::{Method, StatusCode};
use actix_web::{HttpResponse, web};
use serde::{Deserialize, Serialize};
use serde_json::json;
use unframed::domain::{Language, Locale};
use unframed::error::AppError;
use unframed::route_map::{RouteKind, RoutePattern};
use unframed::routes;
use unframed::security::passkeys::{Assertion, Ceremony, Owner, Passkeys};
use unframed::state::AppState;
use unframed::view::{Audience, Page};
use uuid::Uuid;

use super::driver::Session;
use super::virtual_authenticator::VirtualAuthenticator;
use crate::harness::TestApp;
use crate::harness::database::private_folder;

const TEMPLATE: &str = r#"{% extends "layout.html" %}
{% block title %}Probe{% endblock %}
{% block content %}
<p id="result">{{ page.result }}</p>
<form method="post" action="{{ page.path }}" data-passkey="{{ page.kind }}" data-options="{{ page.options }}">
<p hidden data-passkey-problem="cancelled">Cancelled</p>
<p hidden data-passkey-problem="registered">Registered</p>
<p hidden data-passkey-problem="unsupported">Unsupported</p>
<input type="hidden" name="passkey">
<input type="hidden" name="kind" value="{{ page.kind }}">
<input type="hidden" name="sealed" value="{{ page.sealed }}">
<button id="go" name="pressed" value="yes">Go</button>
</form>
<script>window.inline = true;</script>
<script src="/static/x/other.js"></script>
<img src="/static/x/none.png" alt="" onerror="window.handler = true">
<a id="link" href="javascript:void(document.body.dataset.address = window.address = true)">A script in a link</a>
{% endblock %}"#;

/// The ids of stored passkeys are not looked up here: there is one.
struct Probe {
    user_id: Uuid,
    stored: Mutex<Vec<String>>,
}

#[derive(Serialize)]
struct ProbePage {
    path: &'static str,
    kind: String,
    options: String,
    sealed: String,
    result: String,
    #[serde(skip)]
    script: bool,
}

impl Page for ProbePage {
    const TEMPLATE: &'static str = "pages/probe.html";

    fn uses_script(&self) -> bool {
        self.script
    }
}

#[derive(Deserialize)]
struct Question {
    kind: String,
}

#[derive(Deserialize)]
struct Answer {
    kind: String,
    passkey: String,
    sealed: String,
    pressed: String,
}

const SESSION: &[u8] = b"session";

fn passkeys(state: &AppState) -> Passkeys {
    let config = &state.config;
    Passkeys::new(&config.public_url, "Acme & Söhne", &config.secret_keys, state.clock.clone()).unwrap()
}

fn shown(
    state: &AppState,
    probe: &Probe,
    kind: &str,
    result: &str,
    path: &'static str,
    script: bool,
) -> Result<HttpResponse, AppError> {
    let stored = probe.stored.lock().unwrap().clone();
    let stored: Vec<&str> = stored.iter().map(String::as_str).collect();
    let passkeys = passkeys(state);
    let owner = Owner { id: probe.user_id, email: "ada@example.com", display_name: "Ada \"<Lovelace>\"" };
    let started = match kind {
        "create" => passkeys.start_registration(owner, &stored, SESSION),
        "get" => passkeys.start_authentication(owner.id, &stored, SESSION),
        _ => passkeys.start_discoverable_authentication(SESSION),
    };
    let Ceremony { options, sealed } = started.unwrap();
    let kind = if kind == "create" { "create" } else { "get" };
    let page = ProbePage { path, kind: kind.to_owned(), options, sealed, result: result.to_owned(), script };
    let status = if result.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    state.view.page(status, Audience::Guest(Locale::in_utc(Language::English)), &page)
}

async fn show(
    state: web::Data<AppState>,
    probe: web::Data<Probe>,
    question: web::Query<Question>,
) -> Result<HttpResponse, AppError> {
    shown(&state, &probe, &question.kind, "", "/probe", true)
}

/// The same page where the template asks for no script.
async fn show_plain(state: web::Data<AppState>, probe: web::Data<Probe>) -> Result<HttpResponse, AppError> {
    shown(&state, &probe, "create", "", "/probe", false)
}

/// The page with the script, as a handler could show it that does not let the view make the response.
async fn show_unmarked(
    state: web::Data<AppState>,
    probe: web::Data<Probe>,
    question: web::Query<Question>,
) -> Result<HttpResponse, AppError> {
    let body = shown(&state, &probe, &question.kind, "", "/probe", true)?.into_body();
    Ok(HttpResponse::Ok().content_type("text/html; charset=utf-8").body(body))
}

async fn submit(
    state: web::Data<AppState>,
    probe: web::Data<Probe>,
    answer: web::Form<Answer>,
) -> Result<HttpResponse, AppError> {
    assert_eq!(answer.pressed, "yes", "the button that was pressed is sent, too");
    let (passkeys, sealed) = (passkeys(&state), answer.sealed.as_str());
    let result = if answer.kind == "create" {
        let made = passkeys.finish_registration(probe.user_id, sealed, &answer.passkey, SESSION);
        let made = made.unwrap_or_else(|problem| panic!("{problem}: {}", answer.passkey));
        probe.stored.lock().unwrap().push(made.credential);
        format!("created {}", answer.passkey.len())
    } else {
        let assertion = Assertion::parse(&answer.passkey).unwrap();
        let stored = probe.stored.lock().unwrap()[0].clone();
        let known = passkeys.finish_authentication(probe.user_id, &stored, sealed, &assertion, SESSION);
        let used = known.or_else(|_other_kind| {
            passkeys.finish_discoverable_authentication(probe.user_id, &stored, sealed, &assertion, SESSION)
        });
        let used = used.unwrap_or_else(|problem| panic!("{problem}: {}", answer.passkey));
        probe.stored.lock().unwrap()[0] = used.credential;
        format!("used {}", answer.passkey.len())
    };
    shown(&state, &probe, "get", &result, "/probe", true)
}

/// The application with the probe, and a browser.
async fn scene() -> (TestApp, Session, web::Data<Probe>) {
    let folder = private_folder("overrides");
    for (name, text) in
        [("templates/pages/probe.html", TEMPLATE), ("static/other.js", "window.other = true;")]
    {
        let path = folder.join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }
    let route = |path, script| RoutePattern {
        path,
        methods: vec![Method::GET, Method::POST],
        kind: RouteKind::Page,
        place: None,
        recent: false,
        enrols: false,
        script,
        leads_out: false,
        cached: false,
    };
    let mut table = routes::patterns();
    table.extend([
        route("/probe", true),
        route("/probe/plain", true),
        route("/probe/unscripted", false),
        route("/probe/refused", false),
    ]);
    let probe = web::Data::from(Arc::new(Probe { user_id: Uuid::new_v4(), stored: Mutex::new(Vec::new()) }));
    let shared = probe.clone();
    let more = move |config: &mut web::ServiceConfig| {
        config
            .app_data(shared.clone())
            .route("/probe", web::get().to(show))
            .route("/probe", web::post().to(submit))
            .route("/probe/plain", web::get().to(show_plain))
            .route("/probe/unscripted", web::get().to(show_unmarked))
            .route("/probe/refused", web::get().to(show));
    };
    let app = TestApp::spawn_on(table, &[("OVERRIDES_DIR", &folder.display().to_string())], more).await;
    (app, Session::open("").await, probe)
}

/// The result that the page shows after a form.
async fn result(session: &Session) -> String {
    session.appears("#result:not(:empty)").await;
    session.run("return document.querySelector('#result').textContent").await.as_str().unwrap().to_owned()
}

async fn press_go(session: &Session) {
    session.click(&[session.place("#go").await]).await;
}

#[tokio::test]
async fn a_scripted_page_makes_and_proves_a_passkey_by_an_ordinary_form() {
    let (app, session, probe) = scene().await;
    let authenticator = VirtualAuthenticator::plug_in(&session).await;
    session.goto(&format!("{}/probe?kind=create", app.origin)).await;
    press_go(&session).await;
    let created = result(&session).await;
    assert!(created.starts_with("created "), "{created}");
    let kept = authenticator.passkeys(&session).await;
    assert_eq!(kept.len(), 1);
    assert_eq!((&kept[0]["rpId"], &kept[0]["isResidentCredential"]), (&json!("localhost"), &json!(true)));
    // The page that shows the result is a 422: its form works, too.
    press_go(&session).await;
    session.appears("#result:not(:empty)").await;
    for kind in ["get", "any"] {
        session.goto(&format!("{}/probe?kind={kind}", app.origin)).await;
        press_go(&session).await;
        let used = result(&session).await;
        assert!(used.starts_with("used "), "{kind}: {used}");
    }
    assert_eq!(authenticator.passkeys(&session).await[0]["signCount"], 4);
    assert!(probe.stored.lock().unwrap()[0].contains("\"counter\":4"));

    // The authenticator has a passkey of this account already.
    session.goto(&format!("{}/probe?kind=create", app.origin)).await;
    press_go(&session).await;
    session.appears("[data-passkey-problem=registered]:not([hidden]):focus").await;
    assert_eq!(authenticator.passkeys(&session).await.len(), 1);
    session.close().await;
}

#[tokio::test]
async fn a_scripted_page_runs_nothing_but_our_script() {
    let (app, session, _) = scene().await;
    // The view and the URL table disagree: the page is not shown at all.
    let refused = app.guest().get("/probe/refused?kind=create").await;
    assert_eq!(refused.status, 500, "{}", refused.body);
    assert!(!refused.body.contains("<script") && !refused.body.contains("data-passkey"), "{}", refused.body);
    let ran = "return [window.inline, window.other, window.handler, window.address].map(Boolean)";
    let asks = "return fetch('/healthz').then(() => 'asked', () => 'blocked')";
    for (path, script) in [
        ("/probe?kind=create", true),
        ("/probe/plain", false),
        ("/probe/unscripted?kind=create", false),
        ("/sign-in", false),
    ] {
        session.goto(&format!("{}{path}", app.origin)).await;
        if path != "/sign-in" {
            // The browser follows the link a moment after the click: it has decided when it reports the refusal.
            session
                .run("addEventListener('securitypolicyviolation', () => { document.body.dataset.refused = true; })")
                .await;
            session.click(&[session.place("#link").await]).await;
            session.appears("[data-refused]").await;
        }
        assert_eq!(session.run(ran).await, json!([false, false, false, false]), "{path}");
        assert_eq!(session.run(asks).await, "blocked", "{path}");
        // Our script stops a form on its way and tells that there is no such authenticator interface.
        session
            .run(
                "globalThis.PublicKeyCredential = undefined;
                 document.querySelector('form[data-passkey]')?.setAttribute('action', '/healthz');",
            )
            .await;
        if path == "/sign-in" {
            continue;
        }
        press_go(&session).await;
        if script {
            session.appears("[data-passkey-problem=unsupported]:not([hidden]):focus").await;
        } else {
            session.disappears("form[data-passkey]").await;
        }
    }
    // Without the policy, each of these scripts runs.
    session.devtools("Page.setBypassCSP", json!({"enabled": true})).await;
    session.goto(&format!("{}/probe/unscripted?kind=create", app.origin)).await;
    session.click(&[session.place("#link").await]).await;
    session.appears("[data-address]").await;
    assert_eq!(session.run(ran).await, json!([true, true, true, true]));
    assert_eq!(session.run(asks).await, "asked");
    session.close().await;
}

#[tokio::test]
async fn two_presses_ask_once_and_a_refusal_is_told_and_can_be_repeated() {
    let (app, session, _) = scene().await;
    session.goto(&format!("{}/probe?kind=create", app.origin)).await;
    session
        .run(
            "window.asked = 0;
             const ask = () => new Promise((_, refuse) => { window.asked += 1; window.refuse = refuse; });
             Object.defineProperty(navigator.credentials, 'create', {value: ask});",
        )
        .await;
    let place = session.place("#go").await;
    session.click(&[place, place]).await;
    press_go(&session).await;
    assert_eq!(session.run("return window.asked").await, 1);
    session.run("window.refuse(new DOMException('', 'NotAllowedError'))").await;
    session.appears("[data-passkey-problem=cancelled]:not([hidden]):focus").await;
    press_go(&session).await;
    assert_eq!(session.run("return window.asked").await, 2);
    session.disappears("[data-passkey-problem]:not([hidden])").await;
    session.close().await;
}
