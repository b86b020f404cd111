//! What the test of commands knows about them. A new command in a document either runs as it stands, or gets an entry here.

use regex::Regex;

/// The programs whose commands are recognized within a sentence. In a code block, every line is a command.
const PROGRAMS: &[&str] = &[
    "apt-get",
    "cargo",
    "cockroach",
    "curl",
    "diesel",
    "docker",
    "docker-compose",
    "make",
    "nginx",
    "openssl",
    "psql",
    "systemctl",
    "systemd-analyze",
    "systemd-run",
    "unframed",
];

/// What the placeholders of the documents stand for. `*` becomes a number of the command's own, so that no command sees the
/// accounts of another.
pub const PLACEHOLDERS: &[(&str, &str)] = &[
    (r"\bEMAIL_OR_ID\b", "member*@example.com"), // an account that exists
    (r"\bEMAIL\b", "new*@example.com"),          // an email address without an account
    (r"\bAPP_ID\b", "00000000-0000-0000-0000-000000000000"),
    (r"\bNAME\b", "ada"),
    (r"\bFILE\b", "users.csv"),
    (r"\bFOLDER\b", "manual"),
    (r"\bSHELL\b", "zsh"),
    (r"https://account\.example\.com", "$ORIGIN"), // a running `unframed serve`
    (r"/usr/share/bash-completion/completions/|/usr/local/share/man/", ""), // the folder of the test
];

/// Commands that serve until they are stopped.
pub const SERVERS: &[&str] = &["unframed local", "unframed serve"];

/// Commands of `unframed` that ask on a terminal, where they have no `--yes`.
pub const ASK: &[&str] = &[
    "unframed admin users delete EMAIL_OR_ID --now",
    "unframed admin users reset-factors EMAIL_OR_ID --now",
];

/// Commands of `unframed` that do not exit with code 0: the code, and why.
pub const CODES: &[(&str, i32, &str)] = &[
    ("unframed admin users enable EMAIL_OR_ID", 4, "the account is not disabled"),
    ("unframed admin users end-sessions EMAIL_OR_ID", 4, "the account has no session"),
    ("unframed admin users reset-factors EMAIL_OR_ID", 4, "the account has no second factor"),
    ("unframed admin users reset-factors EMAIL_OR_ID --now", 4, "the account has no second factor"),
    ("unframed admin apps rotate APP_ID", 3, "there is no such application"),
    ("unframed admin apps disable APP_ID", 3, "there is no such application"),
    ("unframed admin import FILE", 5, "a row of the file has a problem"),
    ("unframed admin import users.csv", 5, "a row of the file has a problem"),
    ("unframed admin import users.csv --dry-run", 5, "a row of the file has a problem"),
];

/// Commands that the test does not run: why, and which.
pub const NOT_RUN: &[(&str, &[&str])] = &[
    ("`verify::inside` runs it, and it takes twenty seconds", &["unframed verify"]),
    (
        "it needs a session on the site: `verify::signed_in` and `verify::sign_in` send the same",
        &[
            "unframed verify --url https://account.example.com --cookie-file cookies.txt",
            "unframed verify --url https://account.example.com --login recipe.toml --crawl 100",
        ],
    ),
    (
        "`verify::browser` runs the same, and it takes half a minute",
        &["unframed verify --url https://account.example.com --browser --screenshots FOLDER"],
    ),
    (
        "it compiles the program, while this suite runs",
        &[
            "cargo build --release",
            "cargo install --path . --locked",
            "cargo run --example your-own-app",
            "cargo run --release --example measure flood",
            "cargo run --release --example measure timing",
        ],
    ),
    (
        "it changes the machine",
        &[
            "apt-get install ./target/debian/unframed_*.deb",
            "apt-get install chromium chromium-driver",
            "editor /etc/unframed/unframed.env",
            "systemctl enable --now unframed",
            "systemd-run --pipe --wait --property=EnvironmentFile=/etc/unframed/unframed.env unframed migrate",
        ],
    ),
    (
        "it needs containers, whose images are not on a machine that only runs the suite",
        &[
            "docker build --file deploy/Dockerfile --tag unframed .",
            "docker run --read-only --cap-drop ALL --security-opt no-new-privileges --env-file .env --publish 127.0.0.1:8080:8080 unframed",
            "docker run --rm --read-only --tmpfs /tmp --cap-drop ALL --security-opt no-new-privileges unframed verify --url https://account.example.com --format markdown",
            "docker compose up --build --detach",
            "docker compose logs --follow migrate",
            "docker compose exec app1 sh -c 'ls -t /var/lib/unframed/mail | head'",
            "docker compose exec app1 unframed doctor",
            "docker compose run --rm --entrypoint cockroach init node status --certs-dir=/certs --host=roach1:26257",
            "docker compose run --rm --entrypoint cockroach init sql --certs-dir=/certs --host=roach1:26257 --database=unframed",
            "docker compose restart roach2",
            "docker compose stop app1",
            "docker compose start app1",
            "docker compose up",
            "docker compose down",
            "docker compose down --volumes",
        ],
    ),
    (
        "it needs CockroachDB; docs/cockroachdb.md says that nothing on it was run",
        &[
            "cockroach cert",
            "cockroach cert create-ca --certs-dir=certs --ca-key=private/ca.key",
            "cockroach cert create-node db1 db1.example.org 10.0.0.11 --certs-dir=certs --ca-key=private/ca.key",
            "cockroach cert create-client unframed --certs-dir=certs --ca-key=private/ca.key",
            "cockroach node drain",
            "cockroach start-single-node --insecure --store=type=mem,size=1GiB --listen-addr=127.0.0.1:26257 --http-addr=127.0.0.1:0",
        ],
    ),
    (
        "it tells what was checked by hand, with what else it needs",
        &["docker-compose config", "nginx -t", "systemd-analyze verify"],
    ),
    (
        "it needs the secret of an application: `api::confirmations` sends the same",
        &[
            "curl --header \"Authorization: Bearer $SECRET\" --json @request.json https://account.example.com/api/v1/confirmations",
            "curl --header \"Authorization: Bearer $SECRET\" \"https://account.example.com/api/v1/confirmations/$ID?wait=25\"",
            "curl --header \"Authorization: Bearer $SECRET\" --request DELETE \"https://account.example.com/api/v1/confirmations/$ID\"",
        ],
    ),
    ("it asks a service on the internet", &["curl -4 https://…"]),
    ("`.ci/run` builds this program, which people rarely have", &["diesel migration run"]),
    ("it runs this suite", &[".ci/run"]),
    ("it needs a nightly toolchain, and runs for minutes", &["tools/fuzz TARGET…"]),
];

/// The program of a command, after its variables.
pub fn program(command: &str) -> &str {
    let variable = Regex::new(r"^[A-Z_]+=").unwrap();
    command.split_whitespace().find(|word| !variable.is_match(word)).unwrap_or_default()
}

/// Whether a piece of code in a sentence is a command.
pub fn is_command(code: &str) -> bool {
    let program = program(code);
    let of_ours = ["tools/", ".ci/", "./"].iter().any(|folder| program.starts_with(folder));
    of_ours || PROGRAMS.contains(&program) && !code.ends_with(program)
}
