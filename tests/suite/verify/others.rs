//! Servers of others, from their packages: what `unframed verify` finds on them is pinned here, and told in
//! docs/VERIFY-OTHERS.md.

use std::path::{Path, PathBuf};
use std::process::Command;

use super::report;
use crate::browser::evidence::tell;
use crate::harness::Nginx;
use crate::harness::database::private_folder;
use crate::harness::supervised::{Supervised, free_address, system_program};

/// A page with something to click and a link.
const PAGE: &str = "<!doctype html><html lang=\"en\"><title>Shop</title><body><form method=\"post\" action=\"/buy\">\
     <button>Buy</button></form><a href=\"/account.html\">Account</a></body></html>";
/// The line that guides for nginx recommend. Without `always` it misses error pages.
const NGINX_SNIPPET: &str = "add_header X-Frame-Options SAMEORIGIN;";
/// The same for Apache.
const APACHE_SNIPPET: &str = "Header set X-Frame-Options SAMEORIGIN";

/// What a check found: severity, rule and the number of places of each finding, in this order.
struct Pinned {
    /// What is checked, and with which versions the findings were read.
    what: &'static str,
    versions: &'static str,
    findings: &'static [&'static str],
}

impl Pinned {
    /// Checks a site and compares.
    fn check(&self, url: &str, versions: &str) {
        let (code, report) = report(url);
        let list = report["list"].as_array().expect("a list");
        let mut found: Vec<String> = list
            .iter()
            .filter(|entry| entry["severity"] != "note")
            .map(|entry| {
                let places = entry["places"].as_array().expect("places").len();
                format!(
                    "{} {} {places}",
                    entry["severity"].as_str().expect("text"),
                    entry["rule"].as_str().expect("text")
                )
            })
            .collect();
        found.sort();
        tell(&format!("{} ({versions}): {} responses, {}", self.what, report["responses"], found.join(", ")));
        assert_eq!((code, &report["incomplete"]), (Some(1), &serde_json::json!([])), "{report:#}");
        let entered = report.to_string().contains("probe/entry");
        assert!(!entered, "{}: the entry page is an error page: {report:#}", self.what);
        assert_eq!(
            found, self.findings,
            "{}: the findings (left) are not those that are pinned (right). They were pinned with {}; installed is \
             {versions}. If the versions differ, read the report below, and write the new findings and versions into \
             tests/suite/verify/others.rs and docs/VERIFY-OTHERS.md. If they do not, the check itself has changed.\n{report:#}",
            self.what, self.versions,
        );
    }
}

/// A folder with a site of two pages.
fn site(name: &str) -> PathBuf {
    let folder = private_folder(name);
    std::fs::create_dir(folder.join("site")).expect("a folder");
    for file in ["index.html", "account.html"] {
        std::fs::write(folder.join("site").join(file), PAGE).expect("a file");
    }
    folder
}

/// The first line that a program prints about its version.
fn version(program: &str, arguments: &[&str]) -> String {
    let output = Command::new(program).args(arguments).output();
    let output =
        output.unwrap_or_else(|error| panic!("{program}: {error}: `tools/install test` installs it"));
    let text = String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned();
    text.lines().next().unwrap_or_default().to_owned()
}

fn nginx(directives: &str) -> Nginx {
    let folder = site("nginx-site");
    Nginx::run(|address| {
        let root = folder.join("site");
        format!(
            "types {{ text/html html; }} server {{ listen {address}; root {}; {directives} }}",
            root.display()
        )
    })
}

#[test]
fn the_findings_on_nginx_are_those_that_are_pinned() {
    let versions = version(&system_program("nginx"), &["-v"]);
    let plain = Pinned {
        what: "nginx as it comes",
        versions: "nginx/1.22.1",
        findings: &[
            "high framing/none 3",
            "low transport/nosniff 11",
            "low version/server 14",
            "medium csp/none 11",
            "medium framing/none 8",
        ],
    };
    plain.check(&nginx("").url(), &versions);
    let with_snippet = Pinned {
        what: "nginx with add_header X-Frame-Options",
        versions: "nginx/1.22.1",
        findings: &[
            "low transport/nosniff 2",
            "low transport/nosniff 2",
            "low transport/nosniff 3",
            "low transport/nosniff 4",
            "low version/server 14",
            "medium csp/none 2",
            "medium csp/none 2",
            "medium csp/none 3",
            "medium csp/none 4",
            "medium framing/no-frame-ancestors 3",
            "medium framing/none 2",
            "medium framing/none 2",
            "medium framing/none 4",
        ],
    };
    with_snippet.check(&nginx(NGINX_SNIPPET).url(), &versions);
}

/// Apache with more lines in its configuration, and its URL.
fn apache(more: &str) -> (Supervised, String) {
    let folder = site("apache");
    let address = free_address();
    let shown = folder.display().to_string();
    let configuration = include_str!("others/apache.conf")
        .replace("FOLDER", &shown)
        .replace("ADDRESS", &address.to_string())
        .replace("MORE", more);
    let file = folder.join("apache.conf");
    std::fs::write(&file, configuration).expect("a configuration");
    let mut command = Command::new(system_program("apache2"));
    command.arg("-DFOREGROUND").arg("-f").arg(&file);
    let server = Supervised::listening(&command, address, &folder.join("log"), "apache2-bin");
    (server, format!("http://{address}/"))
}

#[test]
fn the_findings_on_apache_are_those_that_are_pinned() {
    let versions = version(&system_program("apache2"), &["-v"]);
    let plain = Pinned {
        what: "Apache as it comes",
        versions: "Apache/2.4.71",
        findings: &[
            "high framing/none 3",
            "low transport/nosniff 10",
            "low version/server 14",
            "medium csp/none 10",
            "medium framing/none 7",
        ],
    };
    let (_server, url) = apache("");
    plain.check(&url, &versions);
    let with_snippet = Pinned {
        what: "Apache with Header set X-Frame-Options",
        versions: "Apache/2.4.71",
        findings: &[
            "low transport/nosniff 10",
            "low version/server 14",
            "medium csp/none 10",
            "medium framing/no-frame-ancestors 3",
            "medium framing/none 7",
        ],
    };
    let (_server, url) = apache(APACHE_SNIPPET);
    with_snippet.check(&url, &versions);
}

#[test]
fn the_findings_on_django_with_allauth_are_those_that_are_pinned() {
    // A Python beside that of the system has none of its packages.
    const PYTHON: &str = "/usr/bin/python3";
    const VERSIONS: &str = "import allauth, django, gunicorn; \
         print('Django', django.__version__, 'django-allauth', allauth.__version__, 'gunicorn', gunicorn.__version__)";
    let versions = version(PYTHON, &["-c", VERSIONS]);
    let folder = private_folder("django");
    std::fs::write(folder.join("django_site.py"), include_str!("others/django_site.py")).expect("a file");
    let address = free_address();
    let mut command = Command::new(PYTHON);
    command
        .args(["-m", "gunicorn", "--bind", &address.to_string(), "django_site:application"])
        .env("PYTHONDONTWRITEBYTECODE", "1")
        .current_dir(&folder);
    let packages = "python3-django python3-django-allauth python3-gunicorn";
    let _server = Supervised::listening(&command, address, &folder.join("log"), packages);
    let pinned = Pinned {
        what: "Django with allauth behind gunicorn",
        versions: "Django 3.2.25 django-allauth 0.51.0 gunicorn 20.1.0",
        findings: &[
            "low cookie/httponly 5",
            "low transport/nosniff 2",
            "medium csp/none 11",
            "medium framing/no-frame-ancestors 9",
            "medium framing/none 2",
        ],
    };
    pinned.check(&format!("http://{address}/accounts/login/"), &versions);
}

#[test]
fn the_findings_on_express_with_helmet_are_those_that_are_pinned() {
    let versions = version(
        "node",
        &[
            "--eval",
            "console.log('Express', require('/usr/share/nodejs/express/package.json').version, 'Node', process.version)",
        ],
    );
    let folder = private_folder("express");
    std::fs::write(folder.join("express_site.cjs"), include_str!("others/express_site.cjs")).expect("a file");
    let address = free_address();
    let helmet = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/vendor/helmet/index.cjs");
    let mut command = Command::new("node");
    command
        .args(["express_site.cjs", &address.port().to_string()])
        .arg(helmet)
        // A Node beside that of Debian does not look there by itself.
        .env("NODE_PATH", "/usr/share/nodejs")
        .env("NODE_ENV", "production")
        .current_dir(&folder);
    let _server = Supervised::listening(&command, address, &folder.join("log"), "nodejs node-express");
    let pinned = Pinned {
        what: "Express with Helmet 8.3.0",
        versions: "Express 4.18.2 Node v20.20.2",
        findings: &["low csp/missing 5", "low csp/missing 5", "medium framing/no-frame-ancestors 5"],
    };
    pinned.check(&format!("http://{address}/"), &versions);
}
