//! Answers only requests for a host name of this machine. Against DNS rebinding: another site can point its
//! own host name at 127.0.0.1, and its scripts then read what a server on this machine answers as their
//! own. The browser still sends that host name.

use std::sync::Arc;

use actix_web::body::BoxBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::StatusCode;
use actix_web::http::header::{self, HeaderMap};
use actix_web::http::uri::Authority;
use actix_web::middleware::Next;
use actix_web::{Error, HttpResponse};

/// The ways to write this machine and the port of a server on it.
#[derive(Debug)]
pub struct LoopbackHosts([String; 3]);

impl LoopbackHosts {
    /// The hosts of a server on this port.
    #[must_use]
    pub fn new(port: u16) -> Self {
        Self(["localhost", "127.0.0.1", "[::1]"].map(|name| format!("{name}:{port}")))
    }

    /// Whether a request is for one of these hosts. Exactly one Host line must say so and, where the request
    /// line holds a whole URL, that as well.
    fn are_asked(&self, headers: &HeaderMap, of_url: Option<&Authority>) -> bool {
        let own = |host: &[u8]| self.0.iter().any(|own| own.as_bytes().eq_ignore_ascii_case(host));
        let mut lines = headers.get_all(header::HOST);
        let (Some(line), None) = (lines.next(), lines.next()) else { return false };
        own(line.as_bytes()) && of_url.is_none_or(|host| own(host.as_str().as_bytes()))
    }
}

/// The middleware that answers 421 to a request for another host.
///
/// # Errors
/// Those of the service.
pub async fn guard(
    hosts: Arc<LoopbackHosts>,
    request: ServiceRequest,
    next: Next<BoxBody>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    if hosts.are_asked(request.headers(), request.uri().authority()) {
        return next.call(request).await;
    }
    log::warn!("refused a request for another host: {:?}", request.headers().get(header::HOST));
    Ok(request.into_response(HttpResponse::new(StatusCode::MISDIRECTED_REQUEST)))
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;

    fn asked(url: &str, lines: &[&str]) -> bool {
        let request = lines
            .iter()
            .fold(TestRequest::with_uri(url), |request, line| request.append_header((header::HOST, *line)));
        let request = request.to_srv_request();
        LoopbackHosts::new(8081).are_asked(request.headers(), request.uri().authority())
    }

    #[test]
    fn only_a_host_of_this_machine_with_the_port_of_the_server_is_answered() {
        for host in ["localhost:8081", "LocalHost:8081", "127.0.0.1:8081", "[::1]:8081"] {
            assert!(asked("/", &[host]), "{host}");
            assert!(asked("http://localhost:8081/", &[host]), "{host}");
        }
        for host in [
            "",
            "localhost",
            "localhost:8080",
            "localhost:80810",
            "localhost.:8081",
            "127.0.0.2:8081",
            "0.0.0.0:8081",
            "[::]:8081",
            "evil.example:8081",
            "localhost.evil.example:8081",
            "evil.example",
            "user@localhost:8081",
            " localhost:8081,evil.example",
        ] {
            assert!(!asked("/", &[host]), "{host}");
        }
    }

    #[test]
    fn a_request_that_names_two_hosts_or_none_is_not_answered() {
        assert!(!asked("/", &[]));
        assert!(!asked("/", &["localhost:8081", "localhost:8081"]));
        assert!(!asked("/", &["localhost:8081", "evil.example:8081"]));
        assert!(!asked("http://evil.example:8081/", &["localhost:8081"]));
        assert!(!asked("http://localhost:8081/", &["evil.example:8081"]));
    }
}
