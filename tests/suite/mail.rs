//! Mails that become files: who can read them, and which program prints their links.

use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use chrono::TimeDelta;
use diesel::QueryDsl as _;
use diesel_async::RunQueryDsl as _;
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::process::{Child, Command};
use unframed::clock::Clock;
use unframed::config::{Config, environment};
use unframed::mail::MailSeal;
use unframed::models::outgoing_mail::{self, NewOutgoingMail};
use unframed::schema::outgoing_mails;
use uuid::Uuid;

use crate::harness::database::{self, private_folder};
use crate::harness::program::unframed;
use crate::harness::wire::exchange;

/// What the link of a queued mail holds.
const TOKEN: &str = "Zm9yLXRoZS1vd25lci1vZi10aGlzLW1haWxib3gtb25seQ";

const SECRET_KEY: &str = "q83vEjRWeJCrze8SNFZ4kKvN7xI0VniQq83vEjRWeJA=";

fn start(command: std::process::Command) -> Child {
    let mut command = Command::from(command);
    command.stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true).spawn().expect("it starts")
}

/// Starts `serve`, with one more variable.
fn serve(database_url: &str, mail_url: &str, more: (&str, &str)) -> Child {
    let variables = [
        ("DATABASE_URL", database_url),
        ("SECRET_KEY", SECRET_KEY),
        ("MAIL_URL", mail_url),
        ("LISTEN", "127.0.0.1:0"),
        more,
    ];
    start(unframed(&["serve"], &variables))
}

/// Queues a mail with a link, as a server with this `SECRET_KEY` does.
async fn queue(url: &str, secret_key: &str) {
    let text = format!("Open\n\nhttp://localhost:8080/undo/{TOKEN}\n");
    queue_text(url, secret_key, "A link", &text).await;
}

/// Queues a German mail with this text.
async fn queue_text(url: &str, secret_key: &str, subject: &str, text: &str) {
    let lookup = |name: &str| match name {
        "DATABASE_URL" => Some(url.to_owned()),
        "SECRET_KEY" => Some(secret_key.to_owned()),
        "MAIL_URL" => Some("folder:/nonexistent".to_owned()),
        _ => None,
    };
    let config = Config::read(lookup, "test").expect("a good configuration");
    let (id, now) = (Uuid::new_v4(), Clock::system().now());
    let sealed_body = MailSeal::new(&config.secret_keys).seal(id, text).expect("sealed");
    let mail = NewOutgoingMail {
        id,
        recipient: "ada@example.com",
        subject,
        language: "de",
        sealed_body: &sealed_body,
        created_at: now,
        next_attempt_at: now,
        expires_at: now + TimeDelta::hours(1),
    };
    outgoing_mail::create(&mut database::connect(url).await, &mail).await.expect("the mail is queued");
}

/// Waits for the mail that was queued, and checks who can read it.
async fn delivered(folder: &Path) -> PathBuf {
    let deliver = async {
        loop {
            let files = std::fs::read_dir(folder).into_iter().flatten().flatten();
            for file in files.map(|file| file.path()) {
                if std::fs::read_to_string(&file).is_ok_and(|mail| mail.contains(TOKEN)) {
                    return file;
                }
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    };
    let file = tokio::time::timeout(Duration::from_secs(60), deliver).await.expect("the mail is delivered");
    let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!((mode(folder), mode(&file)), (0o700, 0o600), "{}", file.display());
    file
}

/// Ends a program once its log holds `wanted`, and returns its standard output and standard error.
async fn end_after(mut child: Child, wanted: &str) -> (String, String) {
    let (mut stdout, stderr) = (child.stdout.take().unwrap(), child.stderr.take().unwrap());
    let (mut stderr, mut out, mut err) = (BufReader::new(stderr), String::new(), String::new());
    let read = async {
        while !err.contains(wanted) {
            assert_ne!(stderr.read_line(&mut err).await.expect("text"), 0, "it has not ended: {err}");
        }
    };
    tokio::time::timeout(Duration::from_secs(60), read).await.expect("the line is logged");
    child.kill().await.expect("it ends");
    stdout.read_to_string(&mut out).await.expect("text");
    stderr.read_to_string(&mut err).await.expect("text");
    (out, err)
}

#[tokio::test]
async fn serve_names_the_file_of_a_mail_and_never_its_link() {
    let url = database::alone().await;
    let mails = private_folder("serve").join("mails");
    queue(&url, SECRET_KEY).await;
    // No level of the log shows a link.
    let serving = serve(&url, &format!("folder:{}", mails.display()), ("RUST_LOG", "unframed=trace"));
    delivered(&mails).await;
    let (stdout, stderr) = end_after(serving, &format!("mail: {}/", mails.display())).await;
    assert!(!stdout.contains(TOKEN) && !stderr.contains(TOKEN), "{stdout}{stderr}");
}

#[tokio::test]
async fn a_mail_has_a_plain_and_an_html_version_that_say_the_same_and_load_nothing() {
    let url = database::alone().await;
    let mails = private_folder("versions").join("mails");
    let link = format!("http://localhost:8080/undo/{TOKEN}");
    let sentence = "Jemand möchte <b>alles</b> ändern. ".repeat(40);
    let text = format!("{sentence}\n\nÄnderung stoppen:\n{link}\n\nEnde.\n");
    queue_text(&url, SECRET_KEY, "Ändern & <stoppen>", &text).await;
    let serving = serve(&url, &format!("folder:{}", mails.display()), ("SITE_NAME", "Acme & Söhne"));
    let file = delivered(&mails).await;
    end_after(serving, "mail: ").await;
    let mail = std::fs::read_to_string(file).unwrap();
    assert!(mail.lines().all(|line| line.len() <= 998 && !line.contains('\t')), "{mail}");
    let (head, parts) = mail.split_once("\r\n\r\n").unwrap();
    assert!(
        head.contains("Content-Type: multipart/alternative;") && head.contains("Content-Language: de"),
        "{head}"
    );
    let (plain, html) = parts.split_once("Content-Type: text/html").expect("the HTML is the last version");
    assert!(plain.contains("Content-Type: text/plain"), "{plain}");
    assert!(plain.contains(&format!("\r\n\r\nÄnderung stoppen:\r\n\r\n{link}\r\n\r\nEnde.\r\n")), "{plain}");
    assert!(plain.lines().all(|line| line.chars().count() <= 78), "{plain}");
    for part in [
        "<html lang=\"de\">",
        "<title>Ändern &amp; &lt;stoppen&gt;</title>",
        "Acme &amp; Söhne",
        "&lt;b&gt;alles&lt;&#x2F;b&gt;",
        &format!("<a class=\"button\" href=\"{link}\""),
        ">Änderung stoppen</a>",
        "Ende.</p>",
    ] {
        assert!(html.replace("&lt;/b", "&lt;&#x2F;b").contains(part), "{part}: {html}");
    }
    for loaded in ["<img", "src=", "<link", "url(", "@import", "<script", "<iframe"] {
        assert!(!html.contains(loaded), "{loaded}: {html}");
    }
    assert_eq!(html.matches("://").count(), html.matches(&link).count(), "no other web address: {html}");
}

#[tokio::test]
async fn local_prints_the_link_of_a_mail_shows_it_in_the_inbox_and_does_not_log_it() {
    let folder = private_folder("local-mail").canonicalize().unwrap();
    let path = environment("PATH").unwrap_or_default();
    let variables =
        [("PATH", path.as_str()), ("LISTEN", "127.0.0.1:0"), ("PUBLIC_URL", "http://localhost:8080")];
    let mut local = start(unframed(&["local", "--folder", &folder.display().to_string()], &variables));
    let mut stdout = BufReader::new(local.stdout.take().unwrap()).lines();
    let mut line = async |wanted: &str| {
        let read = async {
            loop {
                let line = stdout.next_line().await.expect("text").expect("it has not ended");
                if line.starts_with(wanted) {
                    return line;
                }
            }
        };
        tokio::time::timeout(Duration::from_secs(60), read).await.expect("the line appears")
    };
    let ready = line("unframed is at ").await;
    let (_, port) = ready.split_once("(emails: http://localhost:").expect("it names the inbox");
    let inbox = format!("127.0.0.1:{}", port.split(',').next().unwrap());
    let url = std::fs::read_to_string(folder.join("database_url")).expect("the URL of the database");
    let secret_key = std::fs::read_to_string(folder.join("secret_key")).expect("the secret");
    queue(&url, &secret_key).await;
    let mails = folder.join("mails");
    delivered(&mails).await;
    let printed = line("mail: ").await;
    assert!(printed.starts_with(&format!("mail: {}/", mails.display())), "{printed}");
    assert!(printed.ends_with(&format!(".eml (http://localhost:8080/undo/{TOKEN})")), "{printed}");
    let (_, id) = printed.split_once("/mails/").unwrap();
    let id = id.split('.').next().unwrap();
    let shown = exchange(
        inbox.parse().unwrap(),
        format!("GET /mails/{id} HTTP/1.1\r\nHost: {inbox}\r\nConnection: close\r\n\r\n"),
    )
    .await;
    let shown = shown.expect("an answer");
    assert!(shown.body.contains(&format!("href=\"http://localhost:8080/undo/{TOKEN}\"")), "{shown:?}");
    let mut stderr = local.stderr.take().unwrap();
    local.kill().await.expect("it ends");
    let mut logged = String::new();
    stderr.read_to_string(&mut logged).await.expect("text");
    assert!(!logged.contains(TOKEN), "{logged}");
}

/// An SMTP server that accepts no recipient and says why in a line of its own choice.
async fn refusing_smtp_server(reply: String) -> std::net::SocketAddr {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let address = listener.local_addr().expect("an address");
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let (read, mut write) = stream.into_split();
            let mut lines = BufReader::new(read).lines();
            write.write_all(b"220 mail.example.com\r\n").await.expect("a greeting");
            while let Ok(Some(line)) = lines.next_line().await {
                let answer = if line.starts_with("RCPT") { &reply } else { "250 mail.example.com\r\n" };
                if write.write_all(answer.as_bytes()).await.is_err() {
                    break;
                }
            }
        }
    });
    address
}

#[tokio::test]
async fn the_text_of_an_smtp_server_is_not_logged_and_a_refused_recipient_is_given_up() {
    let forged = "[2026-11-25T21:09:31Z WARN  unframed::pages::sign_in] sign-in failed: user 1 from 6.6.6.6";
    for (status, kept) in [("550 5.1.1 ada@example.com ", 0), ("450 4.2.1 ada@example.com ", 1), ("", 1)] {
        let url = database::alone().await;
        queue(&url, SECRET_KEY).await;
        let server = refusing_smtp_server(format!("{status}{forged}\r\n")).await;
        let serving = serve(&url, &format!("smtp://{server}"), ("RUST_LOG", "info"));
        let (_, log) = end_after(serving, "SMTP server").await;
        assert!(!log.contains("6.6.6.6") && !log.contains("ada@example.com"), "{log}");
        let mut conn = database::connect(&url).await;
        let left = outgoing_mails::table.count().get_result::<i64>(&mut conn).await.expect("counted");
        assert_eq!(left, kept, "{log}");
    }
}
