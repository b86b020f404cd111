//! What the environment is read as, and what is refused.

use super::*;

fn read(pairs: &[(&str, &str)]) -> Result<Config, Faults> {
    let good = [
        ("DATABASE_URL", "postgresql://root@localhost:26257/defaultdb?sslmode=disable"),
        ("SECRET_KEY", "uN3kq0m8Jt5rXw2yQvB7cZfL1dHs9aGpEoRi4TxYbUM="),
        ("MAIL_URL", "folder:/tmp"),
        ("ASSETS_DIR", env!("CARGO_MANIFEST_DIR")),
    ];
    let pairs: Vec<(String, String)> =
        good.iter().chain(pairs).map(|(n, v)| ((*n).into(), (*v).into())).collect();
    let lookup = |name: &str| {
        pairs.iter().rev().find(|(n, _)| n == name).map(|(_, v)| v.clone()).filter(|v| !v.is_empty())
    };
    Config::read(lookup, "test")
}

fn fault(name: &str, value: &str) -> String {
    let Faults(faults) = read(&[(name, value)]).unwrap_err();
    assert_eq!(faults.len(), 1, "{faults:?}");
    faults[0].clone()
}

#[test]
fn all_faults_are_told_at_once_and_no_secret_with_them() {
    let Faults(faults) = read(&[
        ("DATABASE_URL", "postgres://u:hunter2@db.example/d?sslmode=prefer"),
        ("LISTEN", "8080"),
        ("SECRET_KEY", "hunter2"),
        ("MAIL_URL", "imap://u:hunter2@x"),
        ("TRUSTED_PROXIES", "10.0.0.0/8, nonsense"),
        ("SESSION_IDLE_MINUTES", "0"),
        ("PUBLIC_URL", "http://account.example.com"),
    ])
    .unwrap_err();
    assert_eq!(faults.len(), 7, "{faults:#?}");
    assert!(!faults.join("\n").contains("hunter2"), "{faults:#?}");
    assert!(fault("SECRET_KEY", "").contains("openssl rand"));
}

#[test]
fn production_refuses_a_key_that_is_a_sample_or_not_random() {
    let https = ("PUBLIC_URL", "https://account.example.com");
    assert!(read(&[https]).is_ok());
    for weak in ["change-me-change-me-change-me-change-me", &"a".repeat(64), &"0123456789abcdef".repeat(4)] {
        let Faults(faults) = read(&[https, ("SECRET_KEY", weak)]).unwrap_err();
        assert!(faults[0].contains("sample or not random"), "{faults:?}");
    }
}

#[test]
fn the_defaults_are_those_of_the_readme() {
    let config = read(&[]).unwrap();
    assert_eq!(config.listen.to_string(), "127.0.0.1:8080");
    assert_eq!(config.public_url.as_str(), "http://localhost:8080");
    assert_eq!((config.session_idle.as_secs(), config.session_absolute.as_secs()), (1800, 43200));
    assert!(config.trusted_proxies.is_empty());
    let shown = format!("{config:?}");
    assert!(!shown.contains("uN3k") && shown.contains("SecretKey(..)"), "{shown}");
}

#[test]
fn embedders_are_exact_origins_each_named_once() {
    let config = read(&[("EMBED_ORIGINS", "https://partner.example, http://localhost:9000")]).unwrap();
    let origins: Vec<&str> = config.embed_origins.iter().map(|one| one.origin().as_str()).collect();
    assert_eq!(origins, ["https://partner.example", "http://localhost:9000"]);
    assert!(read(&[]).unwrap().embed_origins.is_empty());
    for (value, said) in [
        ("https://*.partner.example", "wildcard"),
        ("https://partner.example/card", "without a path"),
        ("null", "no site"),
        ("http://partner.example", "must be https"),
        ("https://[2001:db8::1]", "IPv6"),
        ("https://partner.example https://partner.example", "twice"),
        ("http://localhost:8080", "is PUBLIC_URL"),
        ("https://Partner.example", "must be written https://partner.example"),
    ] {
        let fault = fault("EMBED_ORIGINS", value);
        assert!(fault.starts_with("EMBED_ORIGINS holds") && fault.contains(said), "{fault}");
    }
}

#[test]
fn mail_to_another_machine_goes_through_tls() {
    let smtp = |url| match read(&[("MAIL_URL", url)]).unwrap().mail {
        MailUrl::Smtp(url) => url,
        MailUrl::Folder(path) => panic!("{path:?}"),
    };
    assert!(smtp("smtp://mail.example.com").ends_with("?tls=required"));
    assert!(!smtp("smtp://localhost:2525").contains("tls"));
    assert!(smtp("smtp://mail.example.com?tls=opportunistic").ends_with("?tls=opportunistic"));
}
