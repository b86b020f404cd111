//! Behind a real nginx, no client chooses its own IP address, nor hides it.

use std::net::{IpAddr, Ipv4Addr};

use reqwest::StatusCode;
use reqwest::header::{HeaderMap, HeaderName, HeaderValue};

use crate::harness::{Nginx, PASSWORD, TestApp};

/// The client's IP address. nginx itself connects from 127.0.0.1, which is trusted.
const CLIENT: IpAddr = IpAddr::V4(Ipv4Addr::new(127, 0, 0, 2));
/// What a client may write to hide its IP address or to have another one.
const FORGERIES: &[(&str, &[u8])] = &[
    ("forwarded", b"for=6.6.6.6"),
    ("forwarded", b"for=\"[2001:db8::6]\";host=\"x"),
    ("x-forwarded-for", b"6.6.6.6"),
    ("x-forwarded-for", b"127.0.0.1"),
    ("x-forwarded-for", b"6.6.6.6, 127.0.0.1, 127.0.0.1"),
    ("x-forwarded-for", b""),
    ("x-forwarded-for", b"\"6.6.6.6"),
    ("x-forwarded-for", b"_x"),
    ("x-forwarded-for", b"[2001:db8::6]:80"),
    ("x-forwarded-for", b"::ffff:6.6.6.6"),
    ("x-forwarded-for", b"\xff\xfe\x80"),
    ("x-real-ip", b"6.6.6.6"),
];

/// Sends a sign-in through nginx and returns the status of the answer.
async fn sign_in(app: &TestApp, nginx: &Nginx, email: &str, password: &str, forged: HeaderMap) -> StatusCode {
    let client = reqwest::Client::builder().local_address(CLIENT).redirect(reqwest::redirect::Policy::none());
    let form = url::form_urlencoded::Serializer::new(String::new())
        .extend_pairs([("email", email), ("password", password)])
        .finish();
    let request = client.build().expect("a client").post(format!("{}sign-in", nginx.url())).headers(forged);
    let request = request
        .header("content-type", "application/x-www-form-urlencoded")
        .header("origin", &app.origin)
        .header("sec-fetch-site", "same-origin")
        .header("sec-fetch-dest", "document")
        .header("sec-fetch-mode", "navigate");
    request.body(form).send().await.expect("an answer").status()
}

fn lines(lines: &[(&str, &[u8])]) -> HeaderMap {
    let pair = |(name, value): &(&str, &[u8])| {
        (name.parse::<HeaderName>().unwrap(), HeaderValue::from_bytes(value).unwrap())
    };
    let mut headers = HeaderMap::new();
    lines.iter().map(pair).for_each(|(name, value)| {
        headers.append(name, value);
    });
    headers
}

/// Signs in with each forgery, and with all of them at once, and checks the IP address of the session.
async fn assert_seen_as_itself(app: &TestApp, nginx: &Nginx) {
    let long = [b"6.6.6.6, ".repeat(300).as_slice(), b"7.7.7.7"].concat();
    let mut attempts: Vec<HeaderMap> = FORGERIES.iter().map(|line| lines(&[*line])).collect();
    attempts.extend([lines(&[]), lines(FORGERIES), lines(&[("x-forwarded-for", &long)])]);
    for forged in attempts {
        let ada = app.member("Ada").await;
        let shown = format!("{forged:?}");
        let status = sign_in(app, nginx, &ada.email(), PASSWORD, forged).await;
        assert_eq!(status, StatusCode::SEE_OTHER, "{shown}");
        let id = ada.user_id().await;
        let seen = format!("sessions WHERE user_id = '{id}' AND client_address = '{CLIENT}'");
        assert_eq!(app.count(&seen).await, 1, "{shown}");
    }
}

#[tokio::test]
async fn behind_the_nginx_that_we_ship() {
    let app = TestApp::spawn().await;
    assert_seen_as_itself(&app, &Nginx::shipped(&app)).await;
}

#[tokio::test]
async fn behind_an_nginx_that_appends_to_the_clients_own_header() {
    let app = TestApp::spawn().await;
    let nginx = Nginx::before(&app, "proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;");
    assert_seen_as_itself(&app, &nginx).await;
}

#[tokio::test]
async fn behind_an_nginx_that_writes_the_standard_header() {
    let app = TestApp::spawn_configured(&[("CLIENT_ADDRESS_HEADER", "Forwarded")]).await;
    let nginx = Nginx::before(&app, "proxy_set_header Forwarded \"for=$remote_addr\";");
    assert_seen_as_itself(&app, &nginx).await;
}

#[tokio::test]
async fn a_forged_header_brings_no_more_guesses_and_costs_the_owner_none() {
    let app = TestApp::spawn().await;
    let nginx = Nginx::before(&app, "proxy_set_header X-Forwarded-For $remote_addr;");
    let ada = app.member("Ada").await;
    let mut statuses = Vec::new();
    for number in 0..15 {
        let forged = [
            ("forwarded", format!("for=198.51.100.{number}")),
            ("forwarded", format!("for={}", ada.address())),
            ("x-forwarded-for", ada.address().to_owned()),
        ];
        let forged: Vec<(&str, &[u8])> =
            forged.iter().map(|(name, value)| (*name, value.as_bytes())).collect();
        statuses.push(sign_in(&app, &nginx, &ada.email(), "not that one", lines(&forged)).await);
    }
    assert_eq!(statuses[..10], [StatusCode::UNPROCESSABLE_ENTITY; 10]);
    assert_eq!(statuses[10..], [StatusCode::TOO_MANY_REQUESTS; 5]);
    for _ in 0..3 {
        ada.sign_in(&ada.email()).await;
    }
}
