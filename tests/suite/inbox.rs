//! The inbox of `unframed local`: a site of its own that shows the mails of a folder.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use actix_web::dev::ServerHandle;
use unframed::domain::Origin;
use unframed::inbox::{self, Inbox};
use uuid::Uuid;

use crate::harness::app::launch;
use crate::harness::database::{RUNTIME, private_folder};
use crate::harness::wire::{WireAnswer, exchange};

const APP: &str = "http://localhost:8080";

/// A running inbox. It ends with this value.
struct Running {
    address: SocketAddr,
    folder: PathBuf,
    server: ServerHandle,
}

impl Running {
    async fn start() -> Self {
        let folder = private_folder("inbox").join("mails");
        let listener = inbox::listen(0).expect("a free port");
        let address = listener.local_addr().expect("an address");
        let (assets, app) = (Path::new(env!("CARGO_MANIFEST_DIR")), Origin::parse(APP).unwrap());
        let shown = Inbox::new(assets, folder.clone(), app, address.port()).expect("an inbox");
        let server = launch(move || inbox::serve(listener, shown).expect("it listens")).await;
        Self { address, folder, server }
    }

    /// Writes a mail as `local` does, and returns its path.
    fn write(&self, mail: &str) -> String {
        let id = Uuid::new_v4();
        self.write_file(&format!("{id}.eml"), &mail.replace('\n', "\r\n"));
        format!("/mails/{id}")
    }

    fn write_file(&self, name: &str, text: &str) {
        std::fs::create_dir_all(&self.folder).expect("a folder");
        std::fs::write(self.folder.join(name), text).expect("a file");
    }

    /// A navigation by GET, with other lines in place of those of a browser.
    async fn get(&self, path: &str, changes: &[(&str, &str)]) -> WireAnswer {
        self.ask("GET", path, changes).await
    }

    async fn ask(&self, method: &str, path: &str, changes: &[(&str, &str)]) -> WireAnswer {
        let host = format!("localhost:{}", self.address.port());
        let usual = [("Host", host.as_str()), ("Sec-Fetch-Dest", "document"), ("Sec-Fetch-Mode", "navigate")];
        let kept = usual.iter().filter(|(name, _)| changes.iter().all(|(changed, _)| changed != name));
        let lines: String = kept.chain(changes).map(|(name, value)| format!("{name}: {value}\r\n")).collect();
        let request = format!("{method} {path} HTTP/1.1\r\n{lines}Connection: close\r\n\r\n");
        let answer = exchange(self.address, request).await.expect("an answer");
        assert_eq!(answer.lines("x-frame-options"), ["DENY"], "{method} {path}: {answer:#?}");
        let policy = answer.lines("content-security-policy");
        assert!(
            policy.len() == 1 && policy[0].contains("frame-ancestors 'none'"),
            "{method} {path}: {answer:#?}"
        );
        answer
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        RUNTIME.spawn(self.server.stop(false));
    }
}

const MAIL: &str = "From: unframed <no-reply@localhost>\nTo: ada@example.com\nSubject: Create your account\n\
    Date: Wed, 25 Nov 2026 20:00:00 +0000\nContent-Type: text/plain; charset=utf-8\n\n\
    Open this page:\n\nhttp://localhost:8080/sign-up/abc\n";

#[tokio::test]
async fn an_empty_inbox_says_how_to_get_a_mail() {
    let inbox = Running::start().await;
    let page = inbox.get("/", &[]).await;
    assert_eq!(page.status, 200);
    assert!(
        page.body.contains("No emails yet") && page.body.contains(&format!("{APP}/sign-up")),
        "{}",
        page.body
    );
}

#[tokio::test]
async fn a_mail_is_listed_and_its_link_can_be_followed() {
    let inbox = Running::start().await;
    let path = inbox.write(MAIL);
    let list = inbox.get("/", &[]).await;
    for part in ["Create your account", "ada@example.com", &format!("href=\"{path}\"")] {
        assert!(list.body.contains(part), "{part}: {}", list.body);
    }
    let mail = inbox.get(&path, &[]).await;
    assert_eq!(mail.status, 200, "{}", mail.body);
    for part in [
        "25 November 2026",
        "href=\"http:&#x2F;&#x2F;localhost:8080&#x2F;sign-up&#x2F;abc\"",
        "Open this page:",
    ] {
        let plain = mail.body.replace("&#x2F;", "/");
        assert!(plain.contains(&part.replace("&#x2F;", "/")), "{part}: {}", mail.body);
    }
    assert_eq!(inbox.ask("HEAD", &path, &[]).await.status, 200);
}

#[tokio::test]
async fn the_newest_mail_comes_first() {
    let inbox = Running::start().await;
    for (name, day) in [("Older", 24), ("Newer", 25)] {
        inbox.write(&MAIL.replace("Create your account", name).replace("25 Nov", &format!("{day} Nov")));
        // The order is that of the files' times.
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
    let list = inbox.get("/", &[]).await.body;
    assert!(list.find("Newer").expect("listed") < list.find("Older").expect("listed"), "{list}");
}

#[tokio::test]
async fn what_a_mail_quotes_is_text() {
    let inbox = Running::start().await;
    let attack = "<script>alert(1)</script>\"'><img src=x>";
    let path = inbox.write(
        &MAIL
            .replace("Create your account", attack)
            .replace(
                "To: ada@example.com",
                &format!("To: \"<b>\" <ada@example.com>, {attack} <x@example.com>"),
            )
            .replace("Open this page:", &format!("{attack} http://evil.example/ javascript:alert(1)")),
    );
    for page in [inbox.get("/", &[]).await, inbox.get(&path, &[]).await] {
        assert_eq!(page.status, 200);
        for raw in ["<script>alert", "<img src=x", "href=\"http://evil", "href=\"javascript"] {
            assert!(!page.body.contains(raw), "{raw}: {}", page.body);
        }
    }
}

#[tokio::test]
async fn a_file_that_is_no_mail_is_listed_with_its_problem() {
    let inbox = Running::start().await;
    inbox.write(MAIL);
    inbox.write_file("notes.txt", "hello");
    inbox.write_file(&format!("{}.eml", Uuid::new_v4()), "\0\x01 nothing");
    inbox.write_file(&format!("{}.eml", Uuid::new_v4()), &format!("{MAIL}{}", "x".repeat(1024 * 1024)));
    std::fs::create_dir(inbox.folder.join(format!("{}.eml", Uuid::new_v4()))).unwrap();
    std::os::unix::fs::symlink("/etc/passwd", inbox.folder.join(format!("{}.eml", Uuid::new_v4()))).unwrap();
    let list = inbox.get("/", &[]).await;
    assert_eq!(list.status, 200, "{}", list.body);
    for (said, times) in [
        ("Create your account", 1),
        ("unframed did not write this file.", 3),
        ("This file is not a complete email.", 1),
        ("This file is too large to be an email", 1),
    ] {
        assert_eq!(list.body.matches(said).count(), times, "{said}: {}", list.body);
    }
    assert!(!list.body.contains("root:"), "{}", list.body);
}

#[tokio::test]
async fn only_the_mails_of_the_folder_can_be_asked_for() {
    let inbox = Running::start().await;
    inbox.write(MAIL);
    let unknown = format!("/mails/{}", Uuid::new_v4());
    for path in [
        unknown.as_str(),
        "/mails/x",
        "/mails/",
        "/mails/../secret_key",
        "/mails/..%2Fsecret_key",
        "/mails/%2e%2e%2fsecret_key",
        "/mails/..%5csecret_key",
        "/mails/%00",
        "/nope",
    ] {
        let answer = inbox.get(path, &[]).await;
        assert_eq!(answer.status, 404, "{path}: {}", answer.body);
    }
    assert_eq!(inbox.ask("POST", "/", &[]).await.status, 403, "it has no form");
    let own = format!("http://localhost:{}", inbox.address.port());
    let form = [("Origin", own.as_str()), ("Sec-Fetch-Site", "same-origin")];
    assert_eq!(inbox.ask("POST", "/", &form).await.status, 405);
}

#[tokio::test]
async fn a_frame_a_prefetch_and_another_host_get_nothing_of_a_mail() {
    let inbox = Running::start().await;
    let path = inbox.write(MAIL);
    let port = inbox.address.port();
    let rebound = format!("evil.example:{port}");
    for (changes, status) in [
        ([("Sec-Fetch-Dest", "iframe"), ("Sec-Fetch-Site", "cross-site")], 403),
        ([("Sec-Fetch-Dest", "empty"), ("Sec-Fetch-Mode", "cors")], 403),
        ([("Sec-Purpose", "prefetch"), ("Sec-Fetch-Site", "cross-site")], 503),
        ([("Host", rebound.as_str()), ("Sec-Fetch-Site", "none")], 421),
        ([("Host", "localhost:8080"), ("Sec-Fetch-Site", "none")], 421),
    ] {
        for path in ["/", &path] {
            let answer = inbox.get(path, &changes).await;
            assert_eq!(answer.status, status, "{path} {changes:?}: {}", answer.body);
            assert!(!answer.body.contains("ada@example.com"), "{path} {changes:?}: {}", answer.body);
        }
    }
    for host in ["localhost", "127.0.0.1", "[::1]"] {
        let host = format!("{host}:{port}");
        assert_eq!(inbox.get(&path, &[("Host", &host)]).await.status, 200, "{host}");
    }
}
