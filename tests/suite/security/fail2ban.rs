//! The filter in `deploy/fail2ban` finds the lines that a real `unframed serve` logs.

use std::process::Stdio;
use std::time::Duration;

use regex::Regex;
use reqwest::StatusCode;
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::Command;

use crate::harness::confirmation::fresh_email;
use crate::harness::database::{self, private_folder};
use crate::harness::program::unframed;
use crate::harness::{TestApp, wire};

/// The IP address that the filter bans for a line of the log, if any. Like fail2ban it takes the date out first.
fn banned(line: &str) -> Option<String> {
    let filter = include_str!("../../../deploy/fail2ban/filter.conf");
    let (_, settings) = filter.split_once("prefregex = ").expect("the expression for all lines");
    let (prefix, settings) = settings.split_once("\nfailregex = ").expect("the expressions");
    let (list, _) = settings.split_once("\ndatepattern = ").expect("the pattern of dates");
    let prefix = prefix.replace("<F-CONTENT>", "(?<content>").replace("</F-CONTENT>", ")");
    let date = Regex::new(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ").expect("a pattern");
    let undated = date.replace(line, "").into_owned();
    let prefix = Regex::new(&prefix).expect("an expression");
    let content = prefix.captures(&undated)?["content"].to_owned();
    list.lines().find_map(|line| {
        let pattern = line.trim().replace("<ADDR>", "(?<addr>[0-9a-f.:]+)");
        let found = Regex::new(&pattern).expect("an expression").captures(&content)?["addr"].to_owned();
        Some(found)
    })
}

#[test]
fn the_filter_bans_nobody_for_text_from_elsewhere() {
    let line =
        "[2026-11-25T21:09:31Z WARN  unframed::pages::sign_in] sign-in failed: user 7f0c from 203.0.113.7";
    let identified = line.replace("sign_in]", "sign_in 0x3k9f2m5c7h1q8t]");
    let journal = format!("host unframed[4711]: {line}");
    for real in [line, &identified, &journal] {
        assert_eq!(banned(real).as_deref(), Some("203.0.113.7"), "{real}");
    }
    let quoted = format!("[2026-11-25T21:09:31Z WARN  unframed::mail::outbox] refused: {line}");
    let other = format!("host other[1]: text {line}");
    let longer = format!("{line} and more");
    for forged in [quoted.as_str(), &other, &longer, "sign-in failed: user 7f0c from 203.0.113.7"] {
        assert_eq!(banned(forged), None, "{forged}");
    }
}

#[tokio::test]
async fn failed_and_refused_sign_ins_are_logged_with_what_to_ban_and_without_email_addresses() {
    // `serve` sends every mail in its database.
    let url = database::alone().await;
    let app = TestApp::spawn_configured(&[("DATABASE_URL", &url)]).await;
    let (known, unknown) = (app.member("Ada").await, fresh_email("unknown"));
    let id = known.user_id().await;
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let (listen, origin) = (format!("127.0.0.1:{port}"), format!("http://localhost:{port}"));
    let mails = format!("folder:{}", private_folder("fail2ban").join("mails").display());
    let mut serving = Command::from(unframed(
        &["serve"],
        &[
            ("DATABASE_URL", url.as_str()),
            ("SECRET_KEY", "uN3kq0m8Jt5rXw2yQvB7cZfL1dHs9aGpEoRi4TxYbUM="),
            ("MAIL_URL", &mails),
            ("LISTEN", &listen),
            ("PUBLIC_URL", &origin),
            ("TRUSTED_PROXIES", "127.0.0.1"),
        ],
    ));
    let mut serving = serving.stderr(Stdio::piped()).kill_on_drop(true).spawn().expect("it starts");
    let mut log = BufReader::new(serving.stderr.take().expect("its log")).lines();
    let mut wait_for = async |wanted: &str| loop {
        let line = tokio::time::timeout(Duration::from_secs(60), log.next_line()).await.expect("in time");
        let line = line.expect("text").expect("it has not ended");
        if line.contains(wanted) {
            return line;
        }
    };
    wait_for("unframed is at").await;
    let sign_in = async |email: &str, from: &str| {
        let form = format!("email={}&password=not+that+one", email.replace('@', "%40"));
        let fields = [
            ("Content-Type", "application/x-www-form-urlencoded"),
            ("Origin", origin.as_str()),
            ("X-Forwarded-For", from),
        ];
        let request = wire::request("POST", "/sign-in", &fields, Some(&form));
        wire::exchange(listen.parse().unwrap(), request).await.expect("an answer").status
    };
    let mut lines = Vec::new();
    for (email, from) in [(known.email().as_str(), "203.0.113.77"), (unknown.as_str(), "2001:db8:77::7")] {
        assert_eq!(sign_in(email, from).await, StatusCode::UNPROCESSABLE_ENTITY);
        lines.push(wait_for("sign-in failed").await);
        for _ in 0..9 {
            sign_in(email, from).await;
        }
        assert_eq!(sign_in(email, from).await, StatusCode::TOO_MANY_REQUESTS);
        lines.push(wait_for("refused by a rate limit").await);
    }
    let banned: Vec<String> = lines
        .iter()
        .map(|line| banned(line).unwrap_or_else(|| panic!("no expression finds: {line}")))
        .collect();
    assert_eq!(banned, ["203.0.113.77", "203.0.113.77", "2001:db8:77::7", "2001:db8:77::7"]);
    assert!(lines[0].contains(&format!("user {id} from")), "{}", lines[0]);
    assert!(!lines.concat().contains("example.com"), "{lines:#?}");
    let digest = Regex::new("address ([0-9a-f]{12}) from").unwrap();
    assert!(digest.is_match(&lines[2]), "{}", lines[2]);
}
