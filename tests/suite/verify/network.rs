//! The way to a site: certificate authorities, proxies, IPv6, and names in other scripts.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;

use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use rustls::{ServerConfig, ServerConnection, Stream};

use super::signed_in::{file, recorder};
use super::unusual_servers::page;
use super::{PROXIES, said, verify, verify_with};

/// The page of the TLS server: well protected, with HSTS.
fn safe_page() -> String {
    page("Strict-Transport-Security: max-age=63072000\r\n", "")
}

/// A server on https with a certificate for localhost and a name, and the PEM of its authority.
fn tls_server() -> (SocketAddr, String) {
    let mut params = CertificateParams::default();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let authority_key = KeyPair::generate().expect("a key");
    let pem = params.self_signed(&authority_key).expect("a certificate").pem();
    let issuer = Issuer::new(params, authority_key);
    let key = KeyPair::generate().expect("a key");
    let names = vec!["localhost".to_owned(), "account.example".to_owned()];
    let certificate = CertificateParams::new(names).expect("names").signed_by(&key, &issuer).expect("signed");
    let key = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(key.serialize_der()));
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .expect("versions")
        .with_no_client_auth()
        .with_single_cert(vec![certificate.der().clone()], key)
        .expect("a configuration");
    let config = Arc::new(config);
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("an address");
    std::thread::spawn(move || {
        for mut socket in listener.incoming().flatten() {
            let config = Arc::clone(&config);
            std::thread::spawn(move || {
                let mut connection = ServerConnection::new(config).expect("a connection");
                let mut stream = Stream::new(&mut connection, &mut socket);
                let mut request = [0; 65536];
                if stream.read(&mut request).is_ok_and(|length| length > 0) {
                    let _ = stream.write_all(safe_page().as_bytes());
                    stream.conn.send_close_notify();
                    let _ = stream.flush();
                }
            });
        }
    });
    (address, pem)
}

#[test]
fn an_authority_of_ones_own_is_named_with_cacert() {
    let (address, pem) = tls_server();
    let url = format!("https://localhost:{}/", address.port());
    let (code, text) = said(&verify(&["--url", &url]));
    assert_eq!((code, text.contains("name its certificate with --cacert FILE")), (Some(2), true), "{text}");
    let own = file("ca.pem", &format!("# our own\n{pem}")).display().to_string();
    let (code, text) = said(&verify(&["--url", &url, "--cacert", &own]));
    assert_eq!((code, text.contains("0 findings")), (Some(0), true), "{text}");
    // It does not replace the check of the name.
    let (code, text) = said(&verify(&["--url", &format!("https://{address}/"), "--cacert", &own]));
    assert_eq!((code, text.contains("not valid for name")), (Some(2), true), "{text}");

    let (empty, text_file) = (file("empty.pem", ""), file("text.pem", "-----BEGIN CERTIFICATE-----\n!\n"));
    let key = file("key.pem", &KeyPair::generate().expect("a key").serialize_pem());
    let broken = file("broken.pem", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n");
    for (path, word) in [
        (empty.with_file_name("none.pem"), "No such file"),
        (empty, "holds no certificate"),
        (key, "holds no certificate"),
        (text_file, "not in PEM form"),
        (broken, "--cacert"),
    ] {
        let path = path.display().to_string();
        let (code, text) = said(&verify(&["--url", &url, "--cacert", &path]));
        assert_eq!((code, text.contains(word) && text.contains(&path)), (Some(2), true), "{word}: {text}");
    }
}

/// A proxy that opens tunnels to one server, whatever name is asked for, for users who know its password.
fn tunnel_to(target: SocketAddr) -> (SocketAddr, super::signed_in::Received) {
    recorder(move |stream, request| {
        // ada:p@ss-Secret
        if !request.contains("proxy-authorization: Basic YWRhOnBAc3MtU2VjcmV0\r\n") {
            let _ = stream.write_all(b"HTTP/1.1 407 Proxy Authentication Required\r\n\r\n");
            return;
        }
        let mut site = TcpStream::connect(target).expect("the site");
        let _ = stream.write_all(b"HTTP/1.1 200 Connection established\r\nVia: x\r\n\r\n");
        let (mut from, mut to) = (stream.try_clone().expect("a copy"), site.try_clone().expect("a copy"));
        std::thread::spawn(move || std::io::copy(&mut from, &mut to));
        let _ = std::io::copy(&mut site, stream);
        let _ = stream.shutdown(std::net::Shutdown::Both);
    })
}

#[test]
fn a_proxy_of_the_environment_opens_a_tunnel_to_an_https_site() {
    let (site, pem) = tls_server();
    let (proxy, received) = tunnel_to(site);
    let own = file("ca.pem", &pem).display().to_string();
    // The name exists nowhere: only the proxy can lead there.
    let arguments = ["--url", "https://account.example/", "--cacert", &own];
    let with_password = format!("http://ada:p%40ss-Secret@{proxy}");
    let (code, text) = said(&verify_with(&arguments, &[("HTTPS_PROXY", &with_password)]));
    assert_eq!(code, Some(0), "{text}");
    let all = received.all();
    assert!(
        !all.is_empty()
            && all.iter().all(|head| head.starts_with("CONNECT account.example:443 HTTP/1.1\r\n")),
        "{all:?}"
    );
    let (code, text) = said(&verify_with(&arguments, &[("https_proxy", &format!("http://{proxy}"))]));
    let line = format!("the proxy {proxy}: it asks for a user name and a password (407)");
    assert_eq!((code, text.contains(&line)), (Some(2), true), "{text}");
    let socks = [("HTTPS_PROXY", "socks5://ada:p%40ss-Secret@127.0.0.1:1")];
    let (code, text) = said(&verify_with(&arguments, &socks));
    assert_eq!((code, text.contains("HTTPS_PROXY: write the proxy as")), (Some(2), true), "{text}");
    assert!(!text.contains("Secret"), "{text}");
}

#[test]
fn a_plain_site_is_asked_through_the_proxy_by_its_whole_url() {
    let (proxy, received) = recorder(|stream, _| drop(stream.write_all(page("", "").as_bytes())));
    let address = format!("http://ada:p%40ss-Secret@{proxy}");
    let url = "http://b\u{fc}cher.example/start";
    let (code, text) = said(&verify_with(&["--url", url], &[("http_proxy", &address)]));
    // Plain http is a finding.
    assert_eq!((code, text.contains("transport/plain")), (Some(1), true), "{text}");
    assert!(text.contains("`xn--bcher-kva.example` is the name `b\u{fc}cher.example`"), "{text}");
    assert!(text.contains("malformed requests were not sent") && !text.contains("Secret"), "{text}");
    for head in received.all() {
        assert!(
            head.contains(" http://xn--bcher-kva.example/")
                && head.contains("\r\nhost: xn--bcher-kva.example\r\n"),
            "{head}"
        );
        assert!(head.contains("proxy-authorization: Basic YWRhOnBAc3MtU2VjcmV0\r\n"), "{head}");
    }
    // An exception leads past the proxy, as for loopback, which is none by itself.
    let (site, direct) = recorder(|stream, _| drop(stream.write_all(page("", "").as_bytes())));
    let before = received.all().len();
    let url = format!("http://{site}/");
    let variables = [("http_proxy", address.as_str()), ("no_proxy", "127.0.0.0/8")];
    assert_eq!(verify_with(&["--url", &url], &variables).status.code(), Some(0));
    assert!(!direct.all().is_empty() && received.all().len() == before);
    assert_eq!(verify_with(&["--url", &url], &variables[..1]).status.code(), Some(0));
    assert!(received.all().len() > before, "{}", PROXIES.len());
}

#[test]
fn a_site_with_a_name_in_another_script_is_named_in_both_forms() {
    let closed = TcpListener::bind("127.0.0.1:0").and_then(|socket| socket.local_addr()).expect("a port");
    let proxy = format!("http://{closed}");
    let output = verify_with(&["--url", "https://b\u{fc}cher.example"], &[("HTTPS_PROXY", &proxy)]);
    let (code, text) = said(&output);
    let line = format!(
        "https://xn--bcher-kva.example (b\u{fc}cher.example) cannot be reached: the proxy {closed}: "
    );
    assert_eq!((code, text.contains(&line)), (Some(2), true), "{text}");
}

#[test]
fn a_site_at_an_ipv6_address_is_checked() {
    // Some containers have no IPv6.
    let Ok(listener) = TcpListener::bind("[::1]:0") else { return };
    let address = listener.local_addr().expect("an address");
    std::thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            let mut request = vec![0; 200_000];
            let length = stream.read(&mut request).unwrap_or_default();
            let head = String::from_utf8_lossy(&request[..length]).into_owned();
            if head.contains("host: [::1]:") || !head.starts_with("GET / HTTP/1.1\r\nhost") {
                let _ = stream.write_all(page("", "").as_bytes());
            }
        }
    });
    let (code, text) = said(&verify(&["--url", &format!("http://{address}/")]));
    assert_eq!((code, text.contains(&format!("http://{address}: "))), (Some(0), true), "{text}");
}
