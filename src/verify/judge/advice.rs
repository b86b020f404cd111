//! How to make a change, in the words of the server program that answers. It also depends on whether the
//! application behind that server is known to send the header.

use super::Circumstances;
use crate::verify::response::Response;

/// The program that answers, according to its headers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ServerProgram {
    /// `Server: nginx`.
    Nginx,
    /// `Server: Apache`.
    Apache,
    /// `Server: Caddy`.
    Caddy,
    /// `Server: Microsoft-IIS`.
    Iis,
    /// Another program, or the headers do not say.
    #[default]
    Unknown,
}

impl ServerProgram {
    /// Reads it from the field Server or Via.
    #[must_use]
    pub fn of(response: &Response) -> Self {
        let said =
            ["server", "via"].map(|name| response.first(name).unwrap_or_default().to_ascii_lowercase());
        let signs = [
            ("nginx", Self::Nginx),
            ("openresty", Self::Nginx),
            ("apache", Self::Apache),
            ("caddy", Self::Caddy),
            ("iis", Self::Iis),
        ];
        let found = signs.iter().find(|(sign, _)| said.iter().any(|line| line.contains(sign)));
        found.map_or(Self::Unknown, |(_, server)| *server)
    }
}

/// Advice on one response.
#[derive(Clone, Copy, Debug)]
pub(super) struct Advice {
    pub(super) server: ServerProgram,
    /// The response comes from this program, which sends every header itself.
    unframed: bool,
    /// The status of an error page that nginx made itself, on a site whose pages carry the headers.
    own_error: Option<u16>,
}

impl Advice {
    pub(super) fn on(response: &Response, circumstances: Circumstances) -> Self {
        let (error, body) = (response.status >= 400, response.text());
        let by_nginx = error && ["<center>nginx", "<center>openresty"].iter().any(|sign| body.contains(sign));
        let by_library = error && body.is_empty();
        Self {
            server: circumstances.server,
            unframed: circumstances.unframed && !by_nginx && !by_library,
            own_error: (circumstances.pages_are_denied && by_nginx).then_some(response.status),
        }
    }

    /// Whether the response comes from this program.
    pub(super) fn is_on_ours(self) -> bool {
        self.unframed
    }

    /// How to send a field with every response.
    pub(super) fn add(self, name: &str, value: &str) -> String {
        if let Some(status) = self.own_error {
            return own_page(status);
        }
        let add = match self.server {
            ServerProgram::Nginx => format!(
                "in nginx `add_header {name} \"{value}\" always;` (without `always` error pages lack it, and a `location` with an `add_header` of its own inherits none)"
            ),
            ServerProgram::Apache => {
                format!(
                    "in Apache `Header always set {name} \"{value}\"` (without `always` error pages lack it)"
                )
            }
            ServerProgram::Caddy => format!("in Caddy `header {name} \"{value}\"`"),
            ServerProgram::Iis => format!(
                "in web.config, customHeaders, `<add name=\"{name}\" value=\"{value}\"/>`, and make sure that error pages carry it, too"
            ),
            ServerProgram::Unknown => {
                format!("send `{name}: {value}` with every response, including errors and redirects")
            }
        };
        match (self.unframed, self.server) {
            (true, _) => {
                format!("{}; for responses that the proxy makes itself: {add}", self.stop_hiding(name))
            }
            (false, ServerProgram::Nginx) => {
                format!("{add}; if the application sends it, look for `proxy_hide_header {name}`")
            }
            (false, _) => add,
        }
    }

    /// How to let the application's field through.
    pub(super) fn stop_hiding(self, name: &str) -> String {
        if let Some(status) = self.own_error {
            return own_page(status);
        }
        let where_to = match self.server {
            ServerProgram::Nginx => format!("`proxy_hide_header {name}` or `add_header {name} …` in nginx"),
            ServerProgram::Apache => format!("`Header unset {name}` or `Header set {name} …` in Apache"),
            ServerProgram::Caddy => format!("`header -{name}`, `header_down` or `header {name} …` in Caddy"),
            _ => "the line in the proxy's configuration that removes or changes it".to_owned(),
        };
        format!("the application sends it: look for {where_to} and remove that")
    }

    /// How to send a field only once.
    pub(super) fn remove_second(self, name: &str) -> String {
        match self.server {
            ServerProgram::Nginx => format!(
                "nginx adds a second {name}: remove `add_header {name} …` from its configuration (or keep it, and hide the application's with `proxy_hide_header {name};`)"
            ),
            ServerProgram::Apache => format!(
                "Apache adds a second {name}: replace `Header add` by `Header always set {name} …`, or remove it"
            ),
            ServerProgram::Caddy => format!(
                "Caddy adds a second {name}: remove `header +{name} …`, or use `header {name} …` after `reverse_proxy`"
            ),
            ServerProgram::Iis => {
                format!("IIS adds a second {name}: put `<remove name=\"{name}\"/>` before its `<add …>`")
            }
            ServerProgram::Unknown => {
                format!("send {name} in one place only: in the application, or in the server in front of it")
            }
        }
    }
}

/// How to give nginx's own error page the headers. nginx refuses some requests before it looks for a
/// `location`, so no `add_header` there applies; in the `server` block it would double the application's.
fn own_page(status: u16) -> String {
    let (codes, name, answer) = match status {
        400 | 413 | 414 | 494..=497 => ("400 413 414 494 495 496 497".to_owned(), "own", 400),
        500..=599 => (format!("{status}"), "own-failure", status),
        _ => (format!("{status}"), "own-refusal", status),
    };
    format!(
        "nginx makes this page itself, and the application never sees the request: in the server block `error_page {codes} /{name}; location = /{name} {{ internal; default_type text/plain; add_header X-Frame-Options \"DENY\" always; add_header Content-Security-Policy \"default-src 'none'; frame-ancestors 'none'\" always; add_header X-Content-Type-Options \"nosniff\" always; add_header Strict-Transport-Security \"max-age=63072000; includeSubDomains\" always; return {answer} \"Refused.\\n\"; }}` (a named location, `@{name}`, ends in a 500; a `location` with an error_page of its own inherits none)"
    )
}
