//! Networks of IP addresses. Rate limits count by network, because one customer has many IP addresses.

use std::net::IpAddr;

use ipnet::IpNet;

/// How much of an IP address counts as one network.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Width {
    /// One connection: IPv4 /32, IPv6 /64 (RFC 6177: the least that a site gets).
    Connection,
    /// One site: IPv6 /56. IPv4 has no such width.
    Site,
    /// The neighbourhood of a connection: IPv4 /24, IPv6 /48. One attacker may own all of it.
    Block,
}

/// The network of an IP address; `None` if its family has no such width.
#[must_use]
pub fn network(address: IpAddr, width: Width) -> Option<IpNet> {
    let address = ipv4_behind_nat64(address).unwrap_or(address);
    let length = match (address, width) {
        (IpAddr::V4(_), Width::Connection) => 32,
        (IpAddr::V4(_), Width::Site) => return None,
        (IpAddr::V4(_), Width::Block) => 24,
        (IpAddr::V6(_), Width::Connection) => 64,
        (IpAddr::V6(_), Width::Site) => 56,
        (IpAddr::V6(_), Width::Block) => 48,
    };
    IpNet::new(address, length).ok().map(|network| network.trunc())
}

/// The IPv4 address that a translator writes as `64:ff9b::/96` (RFC 6052 §2.1). All of IPv4 would be one network.
fn ipv4_behind_nat64(address: IpAddr) -> Option<IpAddr> {
    let IpAddr::V6(address) = address else { return None };
    match address.octets() {
        [0, 0x64, 0xff, 0x9b, 0, 0, 0, 0, 0, 0, 0, 0, a, b, c, d] => Some(IpAddr::from([a, b, c, d])),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_ip_address_has_one_network_of_each_width() {
        let networks = |address: &str| {
            [Width::Connection, Width::Site, Width::Block].map(|width| {
                network(address.parse().unwrap(), width).map_or("-".to_owned(), |network| network.to_string())
            })
        };
        for ipv4 in ["203.0.113.7", "64:ff9b::203.0.113.7"] {
            assert_eq!(networks(ipv4), ["203.0.113.7/32", "-", "203.0.113.0/24"]);
        }
        assert_eq!(
            networks("2001:db8:1:2345:4:5:6:7"),
            ["2001:db8:1:2345::/64", "2001:db8:1:2300::/56", "2001:db8:1::/48"]
        );
    }
}
