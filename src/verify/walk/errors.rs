//! What the gate, the router, the extractors, the file server and the HTTP library refuse.

use super::{Walk, posted};
use crate::app;
use crate::domain::SecretToken;
use crate::verify::wire::Request;

impl Walk {
    /// What makes the gate, the router, the extractors and the file server refuse.
    pub(super) async fn errors(&mut self) {
        let page = |path: &str| Request::navigation("GET", path);
        let stylesheet = "/static/none/app.css";
        let questions = [
            ("a frame", page("/settings").with("sec-fetch-dest", "iframe")),
            ("an embed", page("/sign-in").with("sec-fetch-dest", "embed")),
            ("a prefetch", page("/sign-in").with("sec-purpose", "prefetch;prerender")),
            ("an unknown destination", page("/sign-in").with("sec-fetch-dest", "painting")),
            ("a malformed destination", page("/sign-in").with("sec-fetch-dest", "document, iframe")),
            ("a foreign form", posted("/sign-in", "a=b").with("origin", "https://evil.example")),
            ("a form from nowhere", posted("/sign-in", "a=b").with("origin", "null")),
            ("a form out of a frame", posted("/sign-in", "a=b").with("sec-fetch-dest", "iframe")),
            ("a body that is no form", posted("/sign-in", "{}").with("content-type", "application/json")),
            ("a form that is too large", posted("/sign-up", &"a".repeat(app::FORM_LIMIT + 1))),
            ("a form with nothing in it", posted("/sign-up", "a=b")),
            ("a malformed escape", posted("/sign-in", "email=%ff%00")),
            ("a wrong password", posted("/sign-in", "email=verify%40unframed.example&password=wrong")),
            ("a cookie that opens nothing", page("/settings").with("cookie", "__Host-session=nonsense")),
            ("a session that is no id", posted("/settings/sessions/nonsense/revoke", "a=b")),
            ("a file above the folder", page("/static/x/..%2f..%2fCargo.toml")),
            ("a folder of files", page("/static/x/")),
            ("a part of a file", page(stylesheet).with("range", "bytes=999999999-")),
            ("a condition", page(stylesheet).with("if-modified-since", "Fri, 31 Dec 2060 23:59:59 GMT")),
            ("a condition that fails", page(stylesheet).with("if-match", "\"none\"")),
            ("a path of odd bytes", page("/%ff%00%0d%0a")),
            ("a long address", page(&format!("/?{}", "a".repeat(16_000)))),
        ];
        for (name, request) in questions {
            self.ask(name, &request).await;
        }
    }

    /// What the HTTP library refuses before we see it.
    pub(super) async fn too_much(&mut self) {
        let oversized = Request::navigation("GET", "/").with("cookie", &"a".repeat(160_000));
        self.ask("a cookie of 160 kB", &oversized).await;
        for (name, bytes) in [
            ("a request without Host", "GET / HTTP/1.1\r\nConnection: close\r\n\r\n"),
            ("a header line without a colon", "GET / HTTP/1.1\r\nHost: x\r\nnonsense\r\n\r\n"),
            ("a request that is no HTTP", "NONSENSE\r\n\r\n"),
            (
                "two lengths",
                "POST /sign-in HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
            ),
        ] {
            if let Ok(response) = self.wire.ask_raw(bytes.as_bytes(), false).await {
                self.judge(name, "/", &response, true);
            }
        }
    }

    /// A database that is gone: 503 where it is needed.
    pub(super) async fn without_database(&mut self) {
        let cookie = format!(
            "__Host-session={}",
            SecretToken::generate().map(|token| token.encode()).unwrap_or_default()
        );
        for path in ["/", "/settings", "/readyz", "/healthz", "/api/v1/user/settings"] {
            let request = Request::navigation("GET", path).with("cookie", &cookie);
            self.ask(&format!("GET {path}, no database"), &request).await;
        }
    }
}
