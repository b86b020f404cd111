//! The configurations for nginx and Caddy that we ship, in front of a page of the team.

use std::net::SocketAddr;

use crate::harness::wire::{WireAnswer, exchange, request};
use crate::harness::{Browser, Nginx, Proxy, TestApp};

/// The page of the team: it shows what the proxy tells it.
fn team() -> Nginx {
    Nginx::run(|address| {
        format!(
            "server {{ listen {address}; default_type text/plain; location / {{ return 200 \
             \"$http_x_unframed_user_id|$http_x_unframed_email|$http_x_unframed_display_name|$http_cookie|$request_method\"; }} }}"
        )
    })
}

/// Asks a proxy for the page, with names that the client invents.
async fn ask(proxy: SocketAddr, method: &str, cookie: Option<&str>) -> WireAnswer {
    let mut fields = vec![
        ("Sec-Fetch-Dest", "iframe"),
        ("Sec-Fetch-Mode", "navigate"),
        ("Sec-Fetch-Site", "same-origin"),
        ("X-Unframed-User-Id", "forged"),
        ("X-Unframed-Email", "forged"),
        ("X-Unframed-Display-Name", "forged"),
    ];
    fields.extend(cookie.map(|cookie| ("Cookie", cookie)));
    let body = (method == "POST").then_some("a=b");
    let answer = exchange(proxy, request(method, "/team/reports?year=2026", &fields, body)).await;
    answer.expect("an answer")
}

async fn assert_guards(app: &TestApp, ada: &Browser, proxy: SocketAddr) {
    let session = format!("session={}", ada.cookie("session").unwrap());
    for method in ["GET", "POST"] {
        let named = ask(proxy, method, Some(&session)).await;
        assert_eq!(named.status, 200, "{named:?}");
        let expected = format!("{}|{}|Zo%C3%AB|", ada.user_id().await, ada.email());
        assert!(named.body.contains(&expected), "{named:?}");
        assert!(
            named.body.contains(&format!("||{method}")) || named.body.contains(&format!("|{method}")),
            "{named:?}"
        );
        assert!(!named.body.contains("session="), "the team gets no cookie of the account: {named:?}");
        for cookie in [None, Some("session=x")] {
            let guest = ask(proxy, method, cookie).await;
            assert_eq!(guest.status, 303, "{guest:?}");
            let sign_in = format!("{}/sign-in?next=%2Fteam%2Freports", app.origin);
            assert_eq!(guest.lines("location"), [sign_in.as_str()]);
            assert!(!guest.body.contains("forged"), "{guest:?}");
        }
    }
}

async fn member(app: &TestApp) -> Browser {
    let ada = app.member("Ada").await;
    ada.submit("/settings/profile", &[("display_name", "Zoë")]).await;
    ada
}

#[tokio::test]
async fn the_nginx_configuration_that_we_ship_lets_members_in_and_names_them() {
    let (app, team) = (TestApp::spawn().await, team());
    let ada = member(&app).await;
    let shipped = include_str!("../../../../deploy/forward-auth.nginx.conf");
    let (unframed, pages) = (app.address, team.address);
    let proxy = Nginx::run(|address| {
        format!(
            "upstream unframed {{ server {unframed}; }} upstream team {{ server {pages}; }}
             server {{ listen {address}; {shipped} }}"
        )
    });
    assert_guards(&app, &ada, proxy.address).await;
}

#[tokio::test]
async fn the_caddy_configuration_that_we_ship_lets_members_in_and_names_them() {
    let (app, team) = (TestApp::spawn().await, team());
    let ada = member(&app).await;
    let shipped = include_str!("../../../../deploy/forward-auth.Caddyfile");
    let shipped = shipped.replace("app1:8080", &app.address.to_string());
    let shipped = shipped.replace("team:8080", &team.address.to_string());
    let proxy = Proxy::run("caddy", &["run", "--adapter", "caddyfile", "--config"], |address| {
        format!(
            "{{\n\tadmin off\n\tauto_https off\n}}\nhttp://:{} {{\n\tbind 127.0.0.1\n{shipped}\n}}\n",
            address.port()
        )
    });
    assert_guards(&app, &ada, proxy.address).await;
}
