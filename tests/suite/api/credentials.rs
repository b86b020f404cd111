//! What opens the API: an access token that covers the operation, in one `Authorization: Bearer`, and nothing else.

use actix_web::http::Method as RouteMethod;
use chrono::TimeDelta;
use reqwest::{Method, StatusCode};
use unframed::domain::{ApiSecret, ApiSecretKind};
use unframed::route_map::RouteKind;
use unframed::routes;

use crate::harness::api_client::ALL_SCOPES;
use crate::harness::{Answer, NEW_PASSWORD, TestApp};

const SETTINGS: &str = "/api/v1/user/settings";

/// The operations of the route table that write, with a made-up id.
fn writes() -> Vec<(Method, String)> {
    let api = routes::patterns().into_iter().filter(|route| route.kind == RouteKind::Api);
    let writes = api.flat_map(|route| {
        let methods = route.methods.into_iter().filter(|method| !method.is_safe());
        methods.map(move |method| (method, route.path.replace("{id}", &uuid::Uuid::new_v4().to_string())))
    });
    let method = |method: RouteMethod| Method::from_bytes(method.as_str().as_bytes()).expect("a method");
    writes.map(|(found, path)| (method(found), path)).collect()
}

#[tokio::test]
async fn a_cookie_authorises_no_write() {
    let app = TestApp::spawn().await;
    let ada = app.member("Ada").await;
    let script =
        [("sec-fetch-dest", "empty"), ("sec-fetch-mode", "cors"), ("content-type", "application/json")];
    let silent = [("sec-fetch-dest", ""), ("sec-fetch-mode", ""), ("sec-fetch-site", ""), ("if-match", "*")];
    let writes = writes();
    assert!(writes.len() >= 2, "{writes:?}");
    for (method, path) in writes {
        for headers in [&script[..], &silent] {
            let body = Some(r#"{"display_name":"Mallory"}"#.to_owned());
            let answer = ada.send(method.clone(), &path, body, headers).await;
            assert_eq!(answer.status, StatusCode::UNAUTHORIZED, "{method} {path}: {}", answer.body);
            assert_eq!(answer.problem(), "no-credentials", "{method} {path}");
        }
        // A form of our own page.
        let form = ada.send(method.clone(), &path, Some(String::new()), &[]).await;
        assert_eq!(form.status, StatusCode::FORBIDDEN, "{method} {path}: {}", form.body);
    }
    assert_eq!(ada.get(SETTINGS).await.json()["display_name"], "Ada");
}

fn assert_refused(answer: &Answer, what: &str) {
    assert_eq!(answer.status, StatusCode::UNAUTHORIZED, "{what}: {}", answer.body);
    assert_eq!(answer.problem(), "invalid-credentials", "{what}");
    assert_eq!(answer.header("www-authenticate"), Some(r#"Bearer error="invalid_token""#), "{what}");
}

#[tokio::test]
async fn a_wrong_secret_never_falls_back_to_the_cookie() {
    let app = TestApp::spawn().await;
    let ada = app.member("Ada").await;
    let token = ada.make_token(&["settings_read"]).await;
    assert_eq!(app.program(&token).get(SETTINGS).await.status, StatusCode::OK);
    let unknown = ApiSecret::generate(ApiSecretKind::AccessToken).unwrap().text();
    let other_kind = ApiSecret::generate(ApiSecretKind::Application).unwrap().text();
    for secret in [&unknown, &other_kind, "x", &token[1..], &token.to_uppercase(), &format!("{token}0")] {
        assert_refused(&app.program(secret).get(SETTINGS).await, secret);
        let bearer = format!("Bearer {secret}");
        assert_refused(&ada.send(Method::GET, SETTINGS, None, &[("authorization", &bearer)]).await, secret);
    }
    let basic = format!("Basic {token}");
    let basic = app.program("").send(Method::GET, SETTINGS, None, &[("authorization", &basic)]).await;
    assert_refused(&basic, "another scheme");
    // In a URL, a token would stand in logs.
    let in_url = app.program("").get(&format!("{SETTINGS}?access_token={token}")).await;
    assert_eq!(in_url.problem(), "no-credentials");
}

#[tokio::test]
async fn a_token_opens_what_its_scopes_say_and_no_page() {
    let app = TestApp::spawn().await;
    let ada = app.member("Ada").await;
    for scope in ALL_SCOPES {
        let program = app.program(&ada.make_token(&[scope]).await);
        let id = uuid::Uuid::new_v4();
        for (method, path, needs) in [
            (Method::GET, SETTINGS.to_owned(), "settings_read"),
            (Method::PATCH, SETTINGS.to_owned(), "settings_write"),
            (Method::GET, "/api/v1/user/sessions".to_owned(), "settings_read"),
            (Method::DELETE, format!("/api/v1/user/sessions/{id}"), "settings_write"),
            (Method::GET, "/api/v1/user/activity".to_owned(), "activity_read"),
        ] {
            let body = (method == Method::PATCH).then_some("{}");
            let answer = program.send(method.clone(), &path, body, &[("if-match", "*")]).await;
            if needs == scope {
                assert!(
                    [200, 404].contains(&answer.status.as_u16()),
                    "{scope}: {method} {path}: {}",
                    answer.body
                );
                continue;
            }
            assert_eq!(answer.status, StatusCode::FORBIDDEN, "{scope}: {method} {path}: {}", answer.body);
            assert_eq!(answer.problem(), "insufficient-scope");
            let named = needs.replace('_', ":");
            let challenge = format!(r#"Bearer error="insufficient_scope", scope="{named}""#);
            assert_eq!(answer.header("www-authenticate"), Some(challenge.as_str()));
        }
        let page = program.get("/settings").await;
        assert_eq!((page.status, page.location()), (StatusCode::SEE_OTHER, "/sign-in?next=%2Fsettings"));
    }
}

#[tokio::test]
async fn a_token_ends_by_itself() {
    let app = TestApp::spawn().await;
    let program = app.program(&app.member("Ada").await.make_token(&["settings_read"]).await);
    app.wait(TimeDelta::days(29));
    assert_eq!(program.get(SETTINGS).await.status, StatusCode::OK);
    app.wait(TimeDelta::days(1));
    assert_refused(&program.get(SETTINGS).await, "after 30 days");
}

#[tokio::test]
async fn the_token_of_a_disabled_or_leaving_account_does_not_work() {
    let app = TestApp::spawn().await;
    for (column, value) in [("disabled_at", "now()"), ("delete_after", "now() + INTERVAL '7 days'")] {
        let ada = app.member("Ada").await;
        let program = app.program(&ada.make_token(&["settings_read"]).await);
        let set =
            |value: &str| format!("UPDATE users SET {column} = {value} WHERE email = '{}'", ada.email());
        assert_eq!(app.execute(set(value)).await, 1);
        assert_refused(&program.get(SETTINGS).await, column);
        assert_eq!(app.execute(set("NULL")).await, 1);
        assert_eq!(program.get(SETTINGS).await.status, StatusCode::OK, "the control");
    }
}

#[tokio::test]
async fn what_takes_an_account_back_revokes_its_tokens() {
    let app = TestApp::spawn().await;
    for way in ["password change", "password reset", "undo", "deletion"] {
        let ada = app.member("Ada").await;
        let program = app.program(&ada.make_token(&["settings_read"]).await);
        let mails = app.all_mails_to(&ada.email()).await;
        let made =
            mails.iter().find(|mail| mail.contains("Access token made")).expect("a mail about the token");
        let undo =
            regex::Regex::new("/undo/[A-Za-z0-9_-]{43}").unwrap().find(made).unwrap().as_str().to_owned();
        match way {
            "password change" => {
                let typed = [("password", NEW_PASSWORD), ("end_others", "yes")];
                ada.carry_out("/settings/password", &typed).await;
            }
            "password reset" => {
                let guest = app.guest();
                guest.post("/forgot-password", &[("email", &ada.email())]).await;
                let mails = app.all_mails_to(&ada.email()).await;
                let link = regex::Regex::new("/forgot-password/[A-Za-z0-9_-]{43}").unwrap();
                let link = mails.iter().find_map(|mail| link.find(mail)).expect("a link").as_str();
                guest.post(link, &[("password", NEW_PASSWORD)]).await;
            }
            "undo" => app.undo(&undo).await,
            _ => drop(ada.carry_out("/settings/delete", &[]).await),
        }
        let rows =
            format!("access_tokens WHERE user_id IN (SELECT id FROM users WHERE email = '{}')", ada.email());
        assert_eq!(app.count(&rows).await, 0, "{way}");
        assert_refused(&program.get(SETTINGS).await, way);
    }
}

#[tokio::test]
async fn a_token_may_send_many_requests_and_not_any_number() {
    let app = TestApp::spawn().await;
    let ada = app.member("Ada").await;
    let program = app.program(&ada.make_token(&["settings_read"]).await);
    assert_eq!(program.get(SETTINGS).await.status, StatusCode::OK);
    app.spend_requests_of(&program).await;
    let limited = program.send_beyond_limit(Method::GET, SETTINGS, None, &[]).await;
    assert!(limited.header("retry-after").unwrap().parse::<u32>().unwrap() >= 1);
    assert_eq!(limited.problem(), "about:blank");
    let other = app.program(&ada.make_token(&["settings_read"]).await);
    assert_eq!(other.get(SETTINGS).await.status, StatusCode::OK, "another token has a limit of its own");
}

#[tokio::test]
async fn the_last_use_is_noted_at_most_once_a_minute() {
    let app = TestApp::spawn().await;
    let ada = app.member("Ada").await;
    let program = app.program(&ada.make_token(&["settings_read"]).await);
    let used =
        format!("access_tokens WHERE user_id = '{}' AND last_used_at IS NOT NULL", ada.user_id().await);
    assert_eq!(app.count(&used).await, 0);
    program.get(SETTINGS).await;
    assert_eq!(app.count(&used).await, 1);
    let first = format!("{used} AND last_used_at < now() - INTERVAL '1 hour'");
    app.execute(format!(
        "UPDATE access_tokens SET last_used_at = last_used_at - INTERVAL '2 hours' WHERE user_id = '{}'",
        ada.user_id().await
    ))
    .await;
    program.get(SETTINGS).await;
    assert_eq!(app.count(&first).await, 0, "after more than a minute it moves");
}

#[tokio::test]
async fn where_the_team_requires_a_second_factor_a_token_alone_is_not_enough() {
    let app = TestApp::spawn_configured(&[("REQUIRE_SECOND_FACTOR", "yes")]).await;
    let ada = app.member("Ada").await;
    ada.add_authenticator().await;
    let program = app.program(&ada.make_token(&["settings_read"]).await);
    assert_eq!(program.get(SETTINGS).await.status, StatusCode::OK);
    app.execute(format!("UPDATE users SET second_factor_since = NULL WHERE email = '{}'", ada.email())).await;
    let refused = program.get(SETTINGS).await;
    assert_eq!((refused.status, refused.problem().as_str()), (StatusCode::FORBIDDEN, "about:blank"));
}
