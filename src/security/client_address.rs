//! The client's IP address: the peer's, unless the peer is a trusted proxy that names another one in the
//! one header that it writes.

use std::net::{IpAddr, SocketAddr};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use actix_web::http::header::{self, HeaderMap, HeaderName};
use ipnet::IpNet;

const X_FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");
/// The log names a problem of the proxy at most once in this time.
const LOG_WINDOW: Duration = Duration::from_secs(3600);

/// Finds the IP addresses of clients.
#[derive(Debug)]
pub struct ClientAddresses {
    trusted: Vec<IpNet>,
    header: HeaderName,
    logged: Mutex<Logged>,
}

/// When the log last named each problem.
#[derive(Debug, Default)]
struct Logged {
    untrusted: Option<Instant>,
    silent: Option<Instant>,
}

impl ClientAddresses {
    /// Believes the proxies in `trusted`, and of their requests the lines of `header` only. A proxy passes
    /// other forwarding headers on as the client wrote them.
    #[must_use]
    pub fn new(trusted: Vec<IpNet>, header: HeaderName) -> Self {
        Self { trusted, header, logged: Mutex::default() }
    }

    /// The IP address of the client. It walks back from the peer as far as the hops are trusted, and reads
    /// nothing that an untrusted hop wrote.
    pub fn find(&self, peer: SocketAddr, headers: &HeaderMap) -> IpAddr {
        let peer = peer.ip().to_canonical();
        if let Some(warning) = self.warning(peer, headers, Instant::now()) {
            log::warn!("{warning}");
        }
        let mut client = peer;
        for hop in self.hops(headers).into_iter().rev() {
            if !self.is_trusted(client) {
                break;
            }
            match hop {
                Some(next) => client = next,
                // `unknown`, an obfuscated name or nonsense: nothing is known of the hops before it.
                None => break,
            }
        }
        client
    }

    /// Whether an IP address is one of our proxies.
    #[must_use]
    pub fn is_trusted(&self, address: IpAddr) -> bool {
        self.trusted.iter().any(|network| network.contains(&address))
    }

    /// All hops that the header names, from the client to the nearest proxy. Each is read by itself, so
    /// that bytes of the client cannot hide what a proxy wrote.
    fn hops(&self, headers: &HeaderMap) -> Vec<Option<IpAddr>> {
        let lines = headers.get_all(&self.header).map(header::HeaderValue::as_bytes);
        if self.header == header::FORWARDED {
            return lines.flat_map(|line| elements(line, b',')).map(forwarded_for).collect();
        }
        lines.flat_map(|line| line.split(|byte| *byte == b',')).map(address).collect()
    }

    /// The line for the log: a forwarding header from a peer that is no trusted proxy, or none from one that
    /// is. Either way all clients of a proxy share their rate limits.
    fn warning(&self, peer: IpAddr, headers: &HeaderMap, now: Instant) -> Option<String> {
        let trusted = self.is_trusted(peer);
        let named = headers.contains_key(&self.header);
        let any = named || headers.contains_key(header::FORWARDED) || headers.contains_key(X_FORWARDED_FOR);
        let mut logged = self.logged.lock().unwrap_or_else(PoisonError::into_inner);
        let (last, text) = match (trusted, any, named) {
            (false, true, _) => (
                &mut logged.untrusted,
                format!(
                    "ignored the forwarding header of {peer}: if this is your proxy, add it to TRUSTED_PROXIES"
                ),
            ),
            (true, _, false) => (
                &mut logged.silent,
                format!(
                    "the proxy {peer} sent no {}: all its clients share one IP address and its rate limits",
                    self.header
                ),
            ),
            _ => return None,
        };
        if last.is_some_and(|at| now.duration_since(at) < LOG_WINDOW) {
            return None;
        }
        *last = Some(now);
        Some(text)
    }
}

/// The parts of a line between separators that are not inside a quoted string (RFC 9110 §5.6.4). A string
/// that does not end takes the rest of the line: what the client opened hides what follows, and so the
/// client, but invents no hop.
fn elements(line: &[u8], separator: u8) -> Vec<&[u8]> {
    let (mut quoted, mut escaped) = (false, false);
    let parts = line.split(|byte| {
        let outside = !quoted;
        match byte {
            _ if escaped => escaped = false,
            b'\\' if quoted => escaped = true,
            b'"' => quoted = !quoted,
            _ => {}
        }
        outside && *byte == separator
    });
    parts.collect()
}

/// The `for` parameter of one element of `Forwarded` (RFC 7239 §4), if it occurs once.
fn forwarded_for(element: &[u8]) -> Option<IpAddr> {
    let pairs = elements(element, b';');
    let mut values = pairs.iter().filter_map(|pair| {
        let (name, value) = std::str::from_utf8(pair).ok()?.split_once('=')?;
        name.trim().eq_ignore_ascii_case("for").then_some(value.trim())
    });
    match (values.next(), values.next()) {
        (Some(value), None) => {
            let unquoted = value.strip_prefix('"').and_then(|value| value.strip_suffix('"'));
            address(unquoted.unwrap_or(value).as_bytes())
        }
        _ => None,
    }
}

/// Reads an IP address with or without a port, IPv6 with or without brackets.
fn address(text: &[u8]) -> Option<IpAddr> {
    let text = std::str::from_utf8(text).ok()?.trim();
    let bare = || text.strip_prefix('[')?.strip_suffix(']')?.parse().ok();
    let with_port = || text.parse::<SocketAddr>().ok().map(|socket| socket.ip());
    text.parse::<IpAddr>().ok().or_else(with_port).or_else(bare).map(|ip| ip.to_canonical())
}

#[cfg(test)]
mod tests {
    use super::*;
    use actix_web::http::header::HeaderValue;
    use proptest::prelude::*;

    use crate::domain::any_text::config;

    fn addresses(header: HeaderName) -> ClientAddresses {
        let trusted = ["10.0.0.0/8", "::1/128"].iter().map(|net| net.parse().unwrap()).collect();
        ClientAddresses::new(trusted, header)
    }

    fn headers(lines: &[(HeaderName, &[u8])]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for (name, value) in lines {
            headers.append(name.clone(), HeaderValue::from_bytes(value).unwrap());
        }
        headers
    }

    fn client(header: HeaderName, peer: &str, lines: &[(HeaderName, &[u8])]) -> String {
        addresses(header).find(peer.parse().unwrap(), &headers(lines)).to_string()
    }

    fn by_list(lines: &[&[u8]]) -> String {
        let lines: Vec<_> = lines.iter().map(|line| (X_FORWARDED_FOR, *line)).collect();
        client(X_FORWARDED_FOR, "10.0.0.1:1", &lines)
    }

    fn by_standard(lines: &[&[u8]]) -> String {
        let lines: Vec<_> = lines.iter().map(|line| (header::FORWARDED, *line)).collect();
        client(header::FORWARDED, "10.0.0.1:1", &lines)
    }

    #[test]
    fn only_trusted_proxies_are_believed() {
        let forged = [(X_FORWARDED_FOR, b"198.51.100.1".as_slice())];
        assert_eq!(client(X_FORWARDED_FOR, "203.0.113.7:1", &forged), "203.0.113.7");
        assert_eq!(client(X_FORWARDED_FOR, "10.0.0.1:1", &forged), "198.51.100.1");
        assert_eq!(client(X_FORWARDED_FOR, "[::ffff:10.0.0.1]:1", &forged), "198.51.100.1");
        assert_eq!(by_list(&[b"6.6.6.6, 198.51.100.1, 10.0.0.2"]), "198.51.100.1");
        assert_eq!(by_list(&[]), "10.0.0.1");
    }

    #[test]
    fn the_header_that_the_proxy_does_not_write_is_ignored() {
        let both =
            [(header::FORWARDED, b"for=6.6.6.6".as_slice()), (X_FORWARDED_FOR, b"198.51.100.1".as_slice())];
        assert_eq!(client(X_FORWARDED_FOR, "10.0.0.1:1", &both), "198.51.100.1");
        assert_eq!(client(header::FORWARDED, "10.0.0.1:1", &both), "6.6.6.6");
        let other = [(header::FORWARDED, b"for=6.6.6.6".as_slice())];
        assert_eq!(client(X_FORWARDED_FOR, "10.0.0.1:1", &other), "10.0.0.1");
        let real_ip = HeaderName::from_static("x-real-ip");
        assert_eq!(
            client(real_ip.clone(), "10.0.0.1:1", &[(real_ip, b"198.51.100.1"), both[1].clone()]),
            "198.51.100.1"
        );
    }

    #[test]
    fn what_a_client_wrote_does_not_hide_what_the_proxy_wrote() {
        let long = [b"x".repeat(10_000).as_slice(), b", 198.51.100.1"].concat();
        for line in [
            b"\xff\xfe, 198.51.100.1".as_slice(),
            b", ,, 198.51.100.1",
            b"\"6.6.6.6, 198.51.100.1",
            b"_x, 198.51.100.1",
            &long,
            b"6.6.6.6, 198.51.100.1:4711",
            b"6.6.6.6,\t::ffff:198.51.100.1 ",
        ] {
            assert_eq!(by_list(&[line]), "198.51.100.1", "{:?}", line.escape_ascii().to_string());
        }
        assert_eq!(by_list(&[b"\xff", b"6.6.6.6", b"198.51.100.1"]), "198.51.100.1");
        assert_eq!(by_list(&[b"[2001:db8::7]:4711"]), "2001:db8::7");
        assert_eq!(by_list(&[b"[2001:db8::7]"]), "2001:db8::7");
        assert_eq!(by_list(&[b"2001:db8::7"]), "2001:db8::7");
    }

    #[test]
    fn a_proxy_that_names_no_address_is_the_client() {
        for line in [
            b"".as_slice(),
            b"nonsense",
            b"unknown",
            b"6.6.6.6, _x",
            b"6.6.6.6, \xff",
            b"6.6.6.6,",
            b"[6.6.6.6",
        ] {
            assert_eq!(by_list(&[line]), "10.0.0.1", "{:?}", line.escape_ascii().to_string());
        }
        for line in
            [b"".as_slice(), b"for=unknown", b"for=_x", b"by=6.6.6.6", b"for=6.6.6.6;for=7.7.7.7", b"for"]
        {
            assert_eq!(by_standard(&[line]), "10.0.0.1", "{:?}", line.escape_ascii().to_string());
        }
    }

    #[test]
    fn forwarded_is_read_as_rfc_7239_writes_it() {
        for line in [
            b"for=6.6.6.6, For=\"[2001:db8::7]:4711\";proto=https;by=10.0.0.1".as_slice(),
            b"for=\"_x\", for=\"[2001:db8::7]\"",
            b"for=\xff, proto=http ; FOR = \"[2001:db8::7]\"",
            // The proxy quotes the Host that the client chose.
            b"for=\"[2001:db8::7]\";host=\"x, for=6.6.6.6\"",
            br#"for="[2001:db8::7]";host="x\", for=6.6.6.6;""#,
        ] {
            assert_eq!(by_standard(&[line]), "2001:db8::7", "{:?}", line.escape_ascii().to_string());
        }
        // A string that the client opened and the proxy closed: no hop is invented.
        assert_eq!(by_standard(&[b"for=\", for=198.51.100.1"]), "10.0.0.1");
    }

    #[test]
    fn the_log_names_a_wrong_setting_once_an_hour() {
        let (addresses, start) = (addresses(X_FORWARDED_FOR), Instant::now());
        let later = |minutes: u64| start + Duration::from_secs(minutes * 60);
        let forwarded = headers(&[(header::FORWARDED, b"for=6.6.6.6")]);
        let stranger = IpAddr::from([203, 0, 113, 7]);
        let line = addresses.warning(stranger, &forwarded, start).expect("a line");
        assert!(line.contains("203.0.113.7") && line.contains("TRUSTED_PROXIES"), "{line}");
        assert_eq!(addresses.warning(stranger, &forwarded, later(59)), None);
        assert!(addresses.warning(stranger, &forwarded, later(60)).is_some());
        assert_eq!(addresses.warning(stranger, &HeaderMap::new(), later(200)), None, "no proxy");
        let proxy = IpAddr::from([10, 0, 0, 1]);
        let line = addresses.warning(proxy, &forwarded, start).expect("a line");
        assert!(line.contains("10.0.0.1 sent no x-forwarded-for"), "{line}");
        assert_eq!(addresses.warning(proxy, &forwarded, later(59)), None);
        let right = headers(&[(X_FORWARDED_FOR, b"198.51.100.1")]);
        assert_eq!(addresses.warning(proxy, &right, later(200)), None);
    }

    proptest! {
        #![proptest_config(config())]

        #[test]
        fn whatever_a_client_sends_the_address_that_the_proxy_adds_is_the_clients(
            sent in proptest::collection::vec(prop_oneof![
                any::<u8>(), proptest::sample::select(b"for=\"\\,; []:.1".to_vec()),
            ], 0..60),
        ) {
            let Ok(line) = HeaderValue::from_bytes(&sent) else { return Ok(()) };
            let added = [line.as_bytes(), b", 198.51.100.1"].concat();
            prop_assert_eq!(by_list(&[&added]), "198.51.100.1");
            prop_assert_eq!(by_list(&[line.as_bytes(), b"198.51.100.1"]), "198.51.100.1");
            prop_assert_eq!(by_standard(&[line.as_bytes(), b"for=198.51.100.1"]), "198.51.100.1");
            for header in [X_FORWARDED_FOR, header::FORWARDED] {
                let forged = [(header.clone(), line.as_bytes())];
                prop_assert_eq!(client(header, "203.0.113.7:1", &forged), "203.0.113.7");
            }
        }
    }
}
