//! Requests that the gate, the router, the extractors, the file server and the HTTP library refuse.

use futures_util::future::join_all;
use url::form_urlencoded::Serializer;

use super::{Visitor, Walk};
use crate::route_map::ASSET_FOLDER;
use crate::verify::wire::Request;

impl Walk<'_> {
    pub(super) async fn provoke_errors(&mut self, member: &Visitor) {
        let page = |path: &str| Request::navigation("GET", path);
        let form = |path: &str, body: &str| self.form(path, body);
        let stylesheet = format!("{ASSET_FOLDER}none/app.css");
        let wrong = [("email", member.email.as_str()), ("password", "wrong")];
        let wrong = Serializer::new(String::new()).extend_pairs(wrong).finish();
        let requests = [
            ("a frame", page("/settings").with("sec-fetch-dest", "iframe")),
            ("an embed", page("/sign-in").with("sec-fetch-dest", "embed")),
            ("a prefetch", page("/sign-in").with("sec-purpose", "prefetch;prerender")),
            ("an unknown destination", page("/sign-in").with("sec-fetch-dest", "painting")),
            ("a malformed destination", page("/sign-in").with("sec-fetch-dest", "document, iframe")),
            ("a form of another site", form("/sign-in", "a=b").with("origin", "https://evil.example")),
            ("a form without an origin", form("/sign-in", "a=b").with("origin", "null")),
            ("a form sent from a frame", form("/sign-in", "a=b").with("sec-fetch-dest", "iframe")),
            ("a body that is not a form", form("/sign-in", "{}").with("content-type", "application/json")),
            ("a form that is too large", form("/sign-up", &"a".repeat(self.server.form_limit + 1))),
            ("a form without its fields", form("/sign-up", "a=b")),
            ("a malformed escape", form("/sign-in", "email=%ff%00")),
            ("a wrong password", form("/sign-in", &wrong)),
            ("a cookie that opens no session", page("/settings").with("cookie", "__Host-session=nonsense")),
            ("a malformed session id", form("/settings/sessions/nonsense/revoke", "a=b")),
            ("a file above the folder", page(&format!("{ASSET_FOLDER}x/..%2f..%2fCargo.toml"))),
            ("a folder of files", page(&format!("{ASSET_FOLDER}x/"))),
            ("a part of a file", page(&stylesheet).with("range", "bytes=999999999-")),
            ("a condition", page(&stylesheet).with("if-modified-since", "Fri, 31 Dec 2060 23:59:59 GMT")),
            ("a condition that fails", page(&stylesheet).with("if-match", "\"none\"")),
            ("a path of control characters", page("/%ff%00%0d%0a")),
            ("a long address", page(&format!("/?{}", "a".repeat(16_000)))),
        ];
        for (name, request) in requests {
            self.ask(name, &request).await;
        }
    }

    /// Requests that the HTTP library refuses before our code sees them.
    pub(super) async fn ask_too_much(&mut self) {
        let oversized = Request::navigation("GET", "/").with("cookie", &"a".repeat(160_000));
        self.ask("a cookie of 160 kB", &oversized).await;
        for (name, bytes) in [
            ("a request without Host", "GET / HTTP/1.1\r\nConnection: close\r\n\r\n"),
            ("a header line without a colon", "GET / HTTP/1.1\r\nHost: x\r\nnonsense\r\n\r\n"),
            ("a request that is not HTTP", "NONSENSE\r\n\r\n"),
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

    /// Pages that answer 503 where they need the database, which has stopped.
    pub(super) async fn ask_without_database(&mut self) {
        // A well-formed token, so that the server looks for its session.
        let cookie = format!("__Host-session={}", "A".repeat(43));
        let paths = ["/", "/settings", "/readyz", "/healthz", "/api/v1/user/settings"];
        let requests = paths.map(|path| Request::navigation("GET", path).with("cookie", &cookie));
        // At once, because each waits for a connection until it gives up.
        let results = join_all(requests.iter().map(|request| self.wire.ask(request))).await;
        for (request, result) in requests.iter().zip(results) {
            self.judge_result(&format!("GET {}, no database", request.path), request, result);
        }
    }
}
