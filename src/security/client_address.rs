//! The client's IP address: the peer's, unless the peer is a trusted proxy that names another one.

use std::net::{IpAddr, SocketAddr};

use actix_web::http::header::{self, HeaderMap, HeaderName};
use ipnet::IpNet;

const X_FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");

/// The IP address of the client. It walks back from the peer through `Forwarded` (RFC 7239), or through
/// X-Forwarded-For if that is absent, as far as the hops are trusted. It reads nothing that an untrusted
/// hop wrote.
#[must_use]
pub fn of(peer: Option<SocketAddr>, headers: &HeaderMap, trusted: &[IpNet]) -> IpAddr {
    let mut client = peer.map_or(IpAddr::from([0, 0, 0, 0]), |peer| peer.ip().to_canonical());
    let believed = |address: &IpAddr| trusted.iter().any(|network| network.contains(address));
    let forwarded = headers.contains_key(header::FORWARDED);
    let name = if forwarded { header::FORWARDED } else { X_FORWARDED_FOR };
    let lines: Vec<&str> = headers.get_all(name).filter_map(|line| line.to_str().ok()).collect();
    let hops = lines.iter().rev().flat_map(|line| line.split(',').rev());
    for hop in hops {
        if !believed(&client) {
            break;
        }
        match if forwarded { forwarded_for(hop) } else { address(hop) } {
            Some(next) => client = next,
            // `unknown`, an obfuscated name or nonsense: nothing is known of the hops before it.
            None => break,
        }
    }
    client
}

/// The `for` parameter of one element of `Forwarded`.
fn forwarded_for(element: &str) -> Option<IpAddr> {
    let value = element.split(';').find_map(|pair| {
        let (name, value) = pair.split_once('=')?;
        name.trim().eq_ignore_ascii_case("for").then_some(value)
    })?;
    address(value.trim().trim_matches('"'))
}

/// Reads an IP address with or without a port, IPv6 with or without brackets.
fn address(text: &str) -> Option<IpAddr> {
    let text = text.trim();
    let parsed = text
        .parse::<IpAddr>()
        .or_else(|_| text.parse::<SocketAddr>().map(|socket| socket.ip()))
        .or_else(|_| text.trim_matches(['[', ']']).parse());
    parsed.ok().map(|ip: IpAddr| ip.to_canonical())
}

/// The part of an IP address that identifies one customer: all of IPv4, the first 64 bits of IPv6.
/// Rate limits count by it, so that a client gets no new attempts with each address of its subnet.
#[must_use]
pub fn network(address: IpAddr) -> IpAddr {
    match address {
        IpAddr::V4(_) => address,
        IpAddr::V6(six) => IpAddr::V6((u128::from(six) & (u128::MAX << 64)).into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use actix_web::http::header::HeaderValue;

    fn client(peer: &str, lines: &[(HeaderName, &'static str)]) -> String {
        let mut headers = HeaderMap::new();
        for (name, value) in lines {
            headers.append(name.clone(), HeaderValue::from_static(value));
        }
        let trusted: Vec<IpNet> = ["10.0.0.0/8", "::1/128"].iter().map(|net| net.parse().unwrap()).collect();
        of(Some(peer.parse().unwrap()), &headers, &trusted).to_string()
    }

    #[test]
    fn only_trusted_proxies_are_believed() {
        let forged = [(X_FORWARDED_FOR, "198.51.100.1")];
        assert_eq!(client("203.0.113.7:1", &forged), "203.0.113.7");
        assert_eq!(client("10.0.0.1:1", &forged), "198.51.100.1");
        assert_eq!(
            client("10.0.0.1:1", &[(X_FORWARDED_FOR, "6.6.6.6, 198.51.100.1, 10.0.0.2")]),
            "198.51.100.1"
        );
        assert_eq!(
            client("10.0.0.1:1", &[(X_FORWARDED_FOR, "6.6.6.6"), (X_FORWARDED_FOR, "198.51.100.1:99")]),
            "198.51.100.1"
        );
        assert_eq!(client("10.0.0.1:1", &[(X_FORWARDED_FOR, "nonsense")]), "10.0.0.1");
        assert_eq!(client("10.0.0.1:1", &[]), "10.0.0.1");
        assert_eq!(client("[::ffff:10.0.0.1]:1", &forged), "198.51.100.1");
    }

    #[test]
    fn forwarded_is_read_as_rfc_7239_writes_it() {
        let standard =
            [(header::FORWARDED, "for=6.6.6.6, For=\"[2001:db8::7]:4711\";proto=https;by=10.0.0.1")];
        assert_eq!(client("10.0.0.1:1", &standard), "2001:db8::7");
        assert_eq!(
            client("10.0.0.1:1", &[(header::FORWARDED, "for=unknown"), (X_FORWARDED_FOR, "6.6.6.6")]),
            "10.0.0.1"
        );
    }

    #[test]
    fn an_ipv6_customer_is_one_network() {
        assert_eq!(network("2001:db8:1:2:3:4:5:6".parse().unwrap()).to_string(), "2001:db8:1:2::");
        assert_eq!(network("203.0.113.7".parse().unwrap()).to_string(), "203.0.113.7");
    }
}
