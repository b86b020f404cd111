//! Which connection strings are accepted, and what they set.

use proptest::prelude::*;

use super::*;
use crate::domain::any_text::{config, made_of, short};

fn refusal(url: &str) -> String {
    DatabaseUrl::parse(url, "test").unwrap_err().to_string()
}

#[test]
fn plain_text_is_accepted_on_loopback_only() {
    for url in [
        "postgresql://root@127.0.0.1:26257/defaultdb?sslmode=disable",
        "postgres://root@localhost:26257/defaultdb",
        "postgresql://root@[::1]:26257,localhost:26258/defaultdb?sslmode=disable",
    ] {
        assert_eq!(DatabaseUrl::parse(url, "test").unwrap().verified_by(), None, "{url}");
    }
    assert!(
        refusal("postgresql://root@db.example:26257/d?sslmode=disable")
            .contains("only for a database on this machine")
    );
    assert!(
        refusal("postgresql://root@localhost:1,db.example:2/d?sslmode=disable").contains("on this machine")
    );
    assert!(
        refusal("postgresql://root@localhost/d?sslmode=disable&hostaddr=192.0.2.1")
            .contains("on this machine")
    );
}

#[test]
fn a_weaker_or_unknown_sslmode_is_refused_by_name() {
    for mode in ["allow", "prefer", "verify-ca", "VERIFY-FULL", ""] {
        let text = refusal(&format!("postgresql://root@db.example/d?sslmode={mode}"));
        assert!(text.contains(&format!("sslmode={mode} is")), "{text}");
    }
}

#[test]
fn a_connection_string_from_cockroachdb_is_accepted() {
    let url = DatabaseUrl::parse(
        "postgresql://app:s3cr%20et@a.example:26257,b.example:26258/defaultdb?sslmode=verify-full\
         &sslrootcert=system&options=--cluster%3Dfrisky-cat-1&load_balance_hosts=random&application_name=mine",
        "serve",
    );
    // A system without any roots is refused with advice.
    let url = match url {
        Ok(url) => url,
        Err(problem) => {
            return assert!(problem.to_string().contains("install ca-certificates"), "{problem}");
        }
    };
    assert_eq!(url.shown(), "a.example:26257,b.example:26258/defaultdb");
    assert_eq!(url.config.get_password(), Some(b"s3cr et".as_slice()));
    assert_eq!(url.config.get_application_name(), Some("mine"));
    assert_eq!(url.config.get_ssl_mode(), SslMode::Require);
    let options = url.config.get_options().unwrap();
    assert!(options.contains("--cluster=frisky-cat-1"), "{options}");
    assert!(!format!("{url:?}").contains("s3cr"), "{url:?}");
}

#[test]
fn the_urls_options_override_our_timeouts() {
    let url =
        DatabaseUrl::parse("postgres://u@localhost/d?options=-c%20statement_timeout%3D2s", "test").unwrap();
    let options = url.config.get_options().unwrap();
    assert!(options.find("statement_timeout=10s") < options.find("statement_timeout=2s"), "{options}");
    assert_eq!(url.config.get_application_name(), Some("unframed-test"));
}

#[test]
fn no_refusal_quotes_the_password() {
    for url in [
        "mysql://u:hunter2@localhost/d",
        "postgres://u:hunter2@localhost:notaport/d",
        "postgres://u:hunter2@localhost/d?no_such_option=1",
        "postgres://u:hunter2@localhost/d?sslmode=verify-full&sslrootcert=/no/such/file",
        "postgres://u:hunter2@localhost/d?sslmode=verify-full&sslcert=/x",
        "postgres://u:hunter2@localhost/d?sslmode=disable&sslkey=/x",
        // Not encoded: the parser would read a host, a database or a parameter named `hunter2`.
        "postgres://u:x@hunter2@localhost/d",
        "postgres://u:x@y/hunter2@localhost/d",
        "postgres://u:12?hunter2@localhost/d",
        "postgres://u:12/d?sslmode=hunter2@localhost/d",
        "postgres://",
    ] {
        let text = refusal(url);
        assert!(!text.is_empty() && !text.contains("hunter2"), "{url}: {text}");
    }
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn a_password_is_never_shown_however_it_is_written(before in short(8), after in short(8), port in any::<bool>()) {
        let port = if port { "12" } else { "" };
        let text = format!("postgresql://u:{port}{before}hunter2{after}@localhost:26257/d");
        let shown = match DatabaseUrl::parse(&text, "test") {
            Ok(url) => format!("{url:?} {}", url.shown()),
            Err(problem) => format!("{problem} {problem:?}"),
        };
        prop_assert!(!shown.contains("hunter2"), "{shown}");
    }
}

proptest! {
    // Each URL of another host reads the system's certificates.
    #![proptest_config(ProptestConfig { cases: 64, ..config() })]

    #[test]
    fn no_spelling_leads_across_a_network_in_plain_text(
        address in made_of(&["u@", "localhost", "127.0.0.1", "[::1]", "db.example", "%2Ftmp", ":26257", ",", "/d"]),
        query in made_of(&[
            "sslmode=disable", "ssl%6Dode=disable", "sslmode", "host=", "hostaddr=", "localhost", "127.0.0.1",
            "10.0.0.1", "db.example", "&", "%26", "=", ",",
        ]),
    ) {
        let Ok(url) = DatabaseUrl::parse(&format!("postgresql://{address}?{query}"), "test") else { return Ok(()) };
        if url.verified_by().is_none() {
            let local = |host: &Host| match host {
                Host::Tcp(name) => ["localhost", "127.0.0.1", "::1"].contains(&name.as_str()),
                Host::Unix(_) => true,
            };
            prop_assert!(url.config.get_hosts().iter().all(local), "{url:?}");
            prop_assert!(url.config.get_hostaddrs().iter().all(std::net::IpAddr::is_loopback), "{url:?}");
            prop_assert_eq!(url.config.get_ssl_mode(), SslMode::Disable);
        } else {
            prop_assert_eq!(url.config.get_ssl_mode(), SslMode::Require);
        }
    }
}
