//! `X-Forwarded-For` and `Forwarded`: whatever the client wrote, the address that our proxy adds is the client's.
#![no_main]

use std::net::{IpAddr, SocketAddr};
use std::sync::LazyLock;

use actix_web::http::header::{FORWARDED, HeaderMap, HeaderName, HeaderValue, X_FORWARDED_FOR};
use libfuzzer_sys::fuzz_target;
use unframed::security::client_address::ClientAddresses;

fn behind_proxy(header: HeaderName) -> ClientAddresses {
    ClientAddresses::new(vec!["10.0.0.0/8".parse().expect("a network")], header)
}

static LIST: LazyLock<ClientAddresses> = LazyLock::new(|| behind_proxy(X_FORWARDED_FOR));
static PAIRS: LazyLock<ClientAddresses> = LazyLock::new(|| behind_proxy(FORWARDED));

fuzz_target!(|sent: &[u8]| {
    let Ok(value) = HeaderValue::from_bytes(sent) else { return };
    let client: IpAddr = [203, 0, 113, 7].into();
    let proxy = SocketAddr::from(([10, 0, 0, 1], 443));
    for (addresses, name, added) in
        [(&*LIST, X_FORWARDED_FOR, "203.0.113.7"), (&*PAIRS, FORWARDED, "proto=https; for=203.0.113.7:80")]
    {
        let mut headers = HeaderMap::new();
        headers.append(name.clone(), value.clone());
        assert_eq!(
            addresses.find(SocketAddr::from((client, 80)), &headers),
            client,
            "a stranger is believed"
        );
        let _ = addresses.find(proxy, &headers);
        headers.append(name, HeaderValue::from_static(added));
        assert_eq!(addresses.find(proxy, &headers), client);
    }
    // Most proxies add to the client's own line.
    let mut headers = HeaderMap::new();
    let line = [sent, b", 203.0.113.7"].concat();
    headers.append(X_FORWARDED_FOR, HeaderValue::from_bytes(&line).expect("a value"));
    assert_eq!(LIST.find(proxy, &headers), client);
});
