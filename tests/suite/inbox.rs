//! The inbox of `unframed local`: a site of its own that shows the mails of a folder.

use std::fs::File;
use std::net::{SocketAddr, TcpListener};
use std::path::PathBuf;
use std::time::{Duration, SystemTime};

use actix_web::dev::ServerHandle;
use unframed::assets::Assets;
use unframed::domain::Origin;
use unframed::inbox::{self, Inbox};
use uuid::Uuid;

use crate::harness::app::launch;
use crate::harness::database::{RUNTIME, private_folder};
use crate::harness::wire::{WireAnswer, exchange};
use crate::security::wire::{Keep, faults};

const APP: &str = "http://localhost:8080";

/// A running inbox. It ends with this value.
pub struct Running {
    pub address: SocketAddr,
    folder: PathBuf,
    server: ServerHandle,
}

impl Running {
    pub async fn start() -> Self {
        let folder = private_folder("inbox").join("mails");
        let listener = inbox::listen(0).expect("a free port");
        let address = listener.local_addr().expect("an address");
        let assets = Assets::new(env!("CARGO_MANIFEST_DIR").into(), None);
        let app = Origin::parse(APP).unwrap();
        let shown = Inbox::new(&assets, folder.clone(), app, address.port()).expect("an inbox");
        let server = launch(move || inbox::serve(listener, shown).expect("it listens")).await;
        Self { address, folder, server }
    }

    /// Writes a mail as `local` does, and returns its path.
    pub fn write(&self, mail: &str) -> String {
        let id = Uuid::new_v4();
        self.write_file(&format!("{id}.eml"), &mail.replace('\n', "\r\n"));
        format!("/mails/{id}")
    }

    pub fn write_file(&self, name: &str, text: &str) {
        std::fs::create_dir_all(&self.folder).expect("a folder");
        std::fs::write(self.folder.join(name), text).expect("a file");
    }

    /// Makes a file look as old as this.
    fn age(&self, name: &str, age: Duration) {
        let file = File::options().write(true).open(self.folder.join(name)).expect("a file");
        file.set_modified(SystemTime::now() - age).expect("its time is set");
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
        let kept = path.starts_with("/static/") && answer.status == 200;
        let keep = if kept { Keep::Forever } else { Keep::Never };
        let mut faults = faults(&answer, keep);
        if path.ends_with("/html") && answer.status == 200 {
            // A preview has a policy of its own.
            assert_eq!(answer.lines("content-security-policy"), [PREVIEW_POLICY]);
            assert_eq!(answer.lines("cross-origin-opener-policy"), ["unsafe-none"]);
            let of_pages = ["CSP ", "cross-origin-opener-policy"];
            faults.retain(|fault| of_pages.iter().all(|name| !fault.starts_with(name)));
        }
        assert_eq!(faults, [""; 0], "{method} {path}: {answer:#?}");
        answer
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        RUNTIME.spawn(self.server.stop(false));
    }
}

/// The policy of a mail that is shown as mail programs show it.
const PREVIEW_POLICY: &str = "default-src 'none'; script-src 'none'; style-src 'unsafe-inline'; img-src data:; form-action 'none'; \
    base-uri 'none'; frame-ancestors 'none'; sandbox";

pub const MAIL: &str = "From: unframed <no-reply@localhost>\nTo: ada@example.com\nSubject: Create your account\n\
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
    for part in ["25 November 2026", r#"href="http://localhost:8080/sign-up/abc""#, "Open this page:"] {
        assert!(mail.body.contains(part), "{part}: {}", mail.body);
    }
    assert_eq!(inbox.ask("HEAD", &path, &[]).await.status, 200);
}

#[tokio::test]
async fn the_newest_mail_comes_first_and_the_oldest_of_many_are_not_listed() {
    let inbox = Running::start().await;
    for number in 0..=200 {
        let path = inbox.write(&MAIL.replace("Create your account", &format!("Mail {number}.")));
        let name = path.replace("/mails/", "") + ".eml";
        inbox.age(&name, Duration::from_secs(60 * (number + 1)));
    }
    let list = inbox.get("/", &[]).await.body;
    let place = |number: u64| list.find(&format!("Mail {number}."));
    assert!(place(0).expect("listed") < place(1).expect("listed"), "{list}");
    assert!(place(199).is_some() && place(200).is_none(), "{list}");
    assert!(list.contains("1 older file is not listed."), "{list}");
}

#[tokio::test]
async fn the_text_of_a_mail_with_an_html_part_is_shown_decoded() {
    let inbox = Running::start().await;
    let path = inbox.write(
        "From: no-reply@localhost\nTo: =?utf-8?q?Zo=C3=AB?= <zoe@example.com>\nSubject: =?utf-8?q?Caf=C3=A9?=\n\
         MIME-Version: 1.0\nContent-Type: multipart/alternative; boundary=\"b\"\n\n\
         --b\nContent-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: quoted-printable\n\n\
         Bonjour Zo=C3=AB\n\nhttp://localhost:8080/undo/=\nabc=3Dd\n\n\
         --b\nContent-Type: text/html; charset=utf-8\n\n<p>Only in HTML</p>\n--b--\n",
    );
    let body = inbox.get(&path, &[]).await.body;
    for part in ["<bdi>Café</bdi>", "Zoë &lt;zoe@example.com&gt;", "Bonjour Zoë"] {
        assert!(body.contains(part), "{part}: {body}");
    }
    assert!(body.contains(r#"href="http://localhost:8080/undo/abc=d" rel="noreferrer""#), "{body}");
    assert!(!body.contains("Only in HTML"), "{body}");
    assert!(body.contains(&format!("href=\"{path}/html\"")), "{body}");
}

#[tokio::test]
async fn the_html_version_of_a_mail_is_shown_with_its_own_styles_and_without_anything_else() {
    let inbox = Running::start().await;
    let html = "<p style=\"color: red\">Only in HTML</p><script>alert(1)</script>";
    let path = inbox.write(&format!(
        "To: zoe@example.com\nSubject: Two\nMIME-Version: 1.0\n\
         Content-Type: multipart/alternative; boundary=\"b\"\n\n\
         --b\nContent-Type: text/plain; charset=utf-8\n\nOnly in text\n\n\
         --b\nContent-Type: text/html; charset=utf-8\n\n{html}\n--b--\n",
    ));
    let preview = inbox.get(&format!("{path}/html"), &[]).await;
    assert_eq!((preview.status, preview.body.trim()), (200, html));
    let framed = inbox.get(&format!("{path}/html"), &[("Sec-Fetch-Dest", "iframe")]).await;
    assert_eq!(framed.status, 403);
    let plain = inbox.write(MAIL);
    assert_eq!(inbox.get(&format!("{plain}/html"), &[]).await.status, 404);
    assert!(!inbox.get(&plain, &[]).await.body.contains("HTML version"));
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
    let link = Uuid::new_v4();
    std::os::unix::fs::symlink("/etc/passwd", inbox.folder.join(format!("{link}.eml"))).unwrap();
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
    let page = inbox.get(&format!("/mails/{link}"), &[]).await.body;
    assert!(page.contains("This email can’t be shown") && !page.contains("root:"), "{page}");
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
    for method in ["POST", "PUT", "DELETE"] {
        let refused = inbox.ask(method, "/", &form).await;
        assert_eq!((refused.status, refused.lines("allow")), (405, vec!["GET, HEAD"]), "{method}");
    }
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

#[tokio::test]
async fn a_page_of_the_inbox_loads_the_stylesheet_of_the_application() {
    let inbox = Running::start().await;
    let page = inbox.get("/", &[]).await.body;
    let (_, path) = page.split_once("rel=\"stylesheet\" href=\"").expect("a stylesheet");
    let path = path.split('"').next().unwrap();
    let style = [("Sec-Fetch-Dest", "style"), ("Sec-Fetch-Site", "same-origin")];
    assert_eq!(inbox.get(path, &style).await.status, 200);
    let other_site = [("Sec-Fetch-Dest", "style"), ("Sec-Fetch-Site", "cross-site")];
    assert_eq!(inbox.get(path, &other_site).await.status, 403);
    assert_eq!(inbox.get(path, &[("Host", "evil.example")]).await.status, 421);
}

#[test]
fn the_inbox_takes_the_next_port_or_another_one_and_only_on_this_machine() {
    let port_of = |listener: &TcpListener| listener.local_addr().unwrap().port();
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = port_of(&taken);
    for app in [port - 1, u16::MAX, 0] {
        let address = inbox::listen(app).expect("a free port").local_addr().unwrap();
        assert!(address.ip().is_loopback() && ![0, port].contains(&address.port()), "{app}: {address}");
    }
    drop(taken);
    // Another test may take a port before the inbox does, but hardly each of several.
    let next = (0..5).any(|_| {
        let free = port_of(&TcpListener::bind("127.0.0.1:0").unwrap());
        port_of(&inbox::listen(free - 1).unwrap()) == free
    });
    assert!(next, "the inbox takes the port after the application's if it is free");
}
