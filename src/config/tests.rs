//! Which variables are accepted, and how the others are reported.

use super::*;

fn read(pairs: &[(&str, &str)]) -> Result<Config, ConfigProblems> {
    let good = [
        ("DATABASE_URL", "postgresql://root@localhost:26257/defaultdb?sslmode=disable"),
        ("SECRET_KEY", "uN3kq0m8Jt5rXw2yQvB7cZfL1dHs9aGpEoRi4TxYbUM="),
        ("MAIL_URL", "folder:/tmp"),
        ("TRUSTED_PROXIES", "none"),
    ];
    let pairs: Vec<(String, String)> =
        good.iter().chain(pairs).map(|(n, v)| ((*n).into(), (*v).into())).collect();
    let lookup = |name: &str| {
        pairs.iter().rev().find(|(n, _)| n == name).map(|(_, v)| v.clone()).filter(|v| !v.is_empty())
    };
    Config::read(lookup, "test")
}

fn problem(name: &str, value: &str) -> String {
    let ConfigProblems(problems) = read(&[(name, value)]).unwrap_err();
    assert_eq!(problems.len(), 1, "{problems:?}");
    problems[0].clone()
}

#[test]
fn all_problems_are_reported_together_without_secrets() {
    let ConfigProblems(problems) = read(&[
        ("DATABASE_URL", "postgres://u:hunter2@db.example/d?sslmode=prefer"),
        ("LISTEN", "8080"),
        ("SECRET_KEY", "hunter2"),
        ("MAIL_URL", "imap://u:hunter2@x"),
        ("TRUSTED_PROXIES", "10.0.0.0/8, nonsense"),
        ("REQUIRE_SECOND_FACTOR", "maybe"),
        ("SESSION_IDLE_MINUTES", "0"),
        ("PUBLIC_URL", "http://account.example.com"),
    ])
    .unwrap_err();
    assert_eq!(problems.len(), 8, "{problems:#?}");
    assert!(!problems.join("\n").contains("hunter2"), "{problems:#?}");
    assert!(problem("SECRET_KEY", "").contains("openssl rand"));
}

#[test]
fn a_sample_or_non_random_key_is_refused_in_production() {
    let https = ("PUBLIC_URL", "https://account.example.com");
    assert!(read(&[https]).is_ok());
    for weak in ["change-me-change-me-change-me-change-me", &"a".repeat(64), &"0123456789abcdef".repeat(4)] {
        let ConfigProblems(problems) = read(&[https, ("SECRET_KEY", weak)]).unwrap_err();
        assert!(problems[0].contains("sample or not random"), "{problems:?}");
    }
}

#[test]
fn production_must_say_which_proxies_there_are() {
    let https = ("PUBLIC_URL", "https://account.example.com");
    let ConfigProblems(problems) = read(&[https, ("TRUSTED_PROXIES", "")]).unwrap_err();
    assert!(problems[0].contains("TRUSTED_PROXIES is not set") && problems.len() == 1, "{problems:?}");
    assert!(read(&[("TRUSTED_PROXIES", "")]).unwrap().trusted_proxies.is_empty(), "not on http://localhost");
    assert!(read(&[https, ("TRUSTED_PROXIES", "none")]).unwrap().trusted_proxies.is_empty());
    let listed = read(&[https, ("TRUSTED_PROXIES", "10.0.0.1, 2001:db8::/32")]).unwrap().trusted_proxies;
    assert_eq!(listed.iter().map(ToString::to_string).collect::<Vec<_>>(), ["10.0.0.1/32", "2001:db8::/32"]);
    assert!(problem("TRUSTED_PROXIES", "none, 10.0.0.1").contains("\"none\""));
}

#[test]
fn one_header_names_the_client() {
    let header = |value: &str| read(&[("CLIENT_ADDRESS_HEADER", value)]).unwrap().client_address_header;
    assert_eq!(header("").as_str(), "x-forwarded-for");
    assert_eq!(header("Forwarded").as_str(), "forwarded");
    assert!(
        problem("CLIENT_ADDRESS_HEADER", "X-Real-IP, Forwarded").contains("must be the name of a header")
    );
}

#[test]
fn several_keys_are_read_in_order_and_each_is_checked() {
    let (new, old) =
        ("Qm9yZGVyIGxhbXAgc2l4IHZlbHZldCBxdWFydHogMTk=", "uN3kq0m8Jt5rXw2yQvB7cZfL1dHs9aGpEoRi4TxYbUM=");
    let https = ("PUBLIC_URL", "https://account.example.com");
    let keys = read(&[https, ("SECRET_KEY", &format!(" {new} , {old} "))]).unwrap().secret_keys;
    let alone = |key| read(&[("SECRET_KEY", key)]).unwrap().secret_keys.first().clone();
    assert_eq!((keys.first(), keys.former()), (&alone(new), &[alone(old)][..]));
    assert!(read(&[("SECRET_KEY", old)]).unwrap().secret_keys.former().is_empty());
    let refused = |value: &str| read(&[https, ("SECRET_KEY", value)]).unwrap_err().0;
    let short = "has fewer than 32 bytes";
    for (value, which, reason) in [
        (format!("{new},hunter2"), "(key 2 of 2)", short),
        (format!("hunter2,{old}"), "(key 1 of 2)", short),
        (format!("{new},"), "(key 2 of 2)", short),
        (format!("{new},,{old}"), "(key 2 of 3)", short),
        (format!("{new},{}", "a".repeat(64)), "(key 2 of 2)", "sample or not random"),
        (format!("change-me-change-me-change-me-change-me,{old}"), "(key 1 of 2)", "sample or not random"),
    ] {
        let problems = refused(&value);
        assert_eq!(problems.len(), 1, "{problems:?}");
        assert!(problems[0].starts_with(&format!("SECRET_KEY {which} ")), "{problems:?}");
        assert!(problems[0].contains(reason) && !problems[0].contains("hunter2"), "{problems:?}");
    }
    assert_eq!(refused("hunter2,change-me-change-me-change-me-change-me").len(), 2);
}

#[test]
fn the_defaults_match_the_readme() {
    let config = read(&[]).unwrap();
    assert_eq!(config.listen.to_string(), "127.0.0.1:8080");
    assert_eq!(config.public_url.as_str(), "http://localhost:8080");
    assert_eq!((config.session_idle.as_secs(), config.session_absolute.as_secs()), (1800, 43200));
    assert!(config.trusted_proxies.is_empty());
    let shown = format!("{config:?}");
    assert!(!shown.contains("uN3k") && shown.contains("SecretKey(..)"), "{shown}");
}

#[test]
fn an_embedder_is_an_exact_origin_listed_once() {
    let config = read(&[("EMBED_ORIGINS", "https://partner.example, http://localhost:9000")]).unwrap();
    let origins: Vec<&str> = config.embed_origins.iter().map(|embedder| embedder.origin().as_str()).collect();
    assert_eq!(origins, ["https://partner.example", "http://localhost:9000"]);
    assert!(read(&[]).unwrap().embed_origins.is_empty());
    for (value, reason) in [
        ("https://*.partner.example", "wildcard"),
        ("https://partner.example/card", "without a path"),
        ("null", "is not a site"),
        ("http://partner.example", "must be https"),
        ("https://[2001:db8::1]", "IPv6"),
        ("https://partner.example https://partner.example", "twice"),
        ("http://localhost:8080", "is PUBLIC_URL"),
        ("https://Partner.example", "must be written https://partner.example"),
    ] {
        let problem = problem("EMBED_ORIGINS", value);
        assert!(problem.starts_with("EMBED_ORIGINS holds") && problem.contains(reason), "{problem}");
    }
}

#[test]
fn an_origin_of_the_api_is_spelled_as_browsers_spell_it_and_listed_once() {
    let config = read(&[("API_ALLOWED_ORIGINS", "https://tools.example, http://localhost:9000")]).unwrap();
    let origins: Vec<&str> = config.api_allowed_origins.iter().map(Origin::as_str).collect();
    assert_eq!(origins, ["https://tools.example", "http://localhost:9000"]);
    assert!(read(&[]).unwrap().api_allowed_origins.is_empty());
    for (value, reason) in [
        ("https://*.tools.example", "wildcard"),
        ("*", "is not a URL"),
        ("null", "is not a URL"),
        ("https://tools.example/app", "without a path"),
        ("http://tools.example", "must be https"),
        ("https://tools.example https://tools.example", "twice"),
        ("http://localhost:8080", "is PUBLIC_URL"),
        ("https://Tools.example", "must be written https://tools.example"),
        ("https://tools.example/", "must be written https://tools.example"),
    ] {
        let problem = problem("API_ALLOWED_ORIGINS", value);
        assert!(problem.starts_with("API_ALLOWED_ORIGINS holds") && problem.contains(reason), "{problem}");
    }
}

#[test]
fn mail_to_another_machine_requires_tls() {
    let smtp = |url: &str| match read(&[("MAIL_URL", url)]).unwrap().mail {
        MailUrl::Smtp(url) => url,
        MailUrl::Folder(path) => panic!("{path:?}"),
    };
    let build = |url: &str| lettre::AsyncSmtpTransport::<lettre::Tokio1Executor>::from_url(url);
    for local in ["127.0.0.1", "127.0.0.1:2525", "127.9.8.7", "[::1]", "user:hunter2@127.0.0.1"] {
        let url = smtp(&format!("smtp://{local}"));
        assert!(!url.contains("tls") && build(&url).is_ok(), "{url}");
    }
    for other in [
        "mail.example.com",
        "localhost",
        "localhost:2525",
        "127.0.0.1.evil.example",
        "127.evil.example",
        "127.1",
        "2130706433",
        "0x7f.0.0.1",
        "0177.0.0.1",
        "127.0.0.1.",
        "127.0.0.1%2eevil.example",
        "0.0.0.0",
        "192.0.2.1",
        "[::]",
        "[::2]",
        "[::ffff:127.0.0.1]",
        "user@127.0.0.1@evil.example",
        "127.0.0.1:2525@evil.example",
        "evil.example/127.0.0.1",
        "evil.example?127.0.0.1",
        "evil.example#127.0.0.1",
        "evil.example?x=tls",
    ] {
        let url = smtp(&format!("smtp://{other}"));
        let parsed = url::Url::parse(&url).unwrap();
        // lettre reads the first one.
        let tls = parsed.query_pairs().find(|(name, _)| name == "tls").map(|(_, value)| value.into_owned());
        assert_eq!(tls.as_deref(), Some("required"), "{url}");
    }
    assert!(smtp("smtp://mail.example.com?tls=required").ends_with("?tls=required"));
    assert!(smtp("smtp://127.0.0.1?tls=opportunistic").ends_with("?tls=opportunistic"));
    for plain in
        ["tls=opportunistic", "tls=", "tls=none", "tls=required&tls=opportunistic", "%74ls=opportunistic"]
    {
        for host in ["mail.example.com", "localhost"] {
            let problem = problem("MAIL_URL", &format!("smtp://user:hunter2@{host}?{plain}"));
            assert!(problem.contains("without TLS") && !problem.contains("hunter2"), "{plain}: {problem}");
        }
    }
}

#[test]
fn a_name_or_link_that_could_mislead_is_refused() {
    for name in ["a\u{202e}b", "a\nSubject: b", &"x".repeat(81)] {
        assert!(problem("SITE_NAME", name).starts_with("SITE_NAME "), "{name:?}");
    }
    for variable in ["SERVICE_URL", "SUPPORT_URL", "PRIVACY_URL", "ACCESSIBILITY_URL"] {
        for link in ["javascript:alert(1)", "/help", "https://user:password@example.com/"] {
            assert_eq!(problem(variable, link), format!("{variable} must be an https:// or http:// URL"));
        }
    }
    assert!(problem("SUPPORT_EMAIL", "nobody").starts_with("SUPPORT_EMAIL "));
    assert!(problem("SIGN_UP", "yes").contains("open, invite or closed"));
    assert!(problem("SIGN_UP_DOMAINS", "@example.com").contains("domains such as"));
    let identity =
        read(&[("SITE_NAME", " Acme & Söhne "), ("SUPPORT_EMAIL", "help@acme.example")]).unwrap().identity;
    assert_eq!(identity.name, "Acme & Söhne");
    assert_eq!(identity.support_url.unwrap().as_str(), "mailto:help@acme.example");
}
