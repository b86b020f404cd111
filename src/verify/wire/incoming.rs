//! A response as it comes in: where its head ends and where its body ends. The server may send anything, so
//! everything here has a bound, and the search for the end of a head reads each byte once.

mod chunks;

use self::chunks::Chunks;
use crate::verify::response::{LONGEST_BODY, Response};

/// The most bytes of a head; browsers accept as many.
const LONGEST_HEAD: usize = 256 * 1024;
/// The most interim responses, with a status below 200, before the final one.
const INTERIM: usize = 10;
const PROTOCOL: &[u8] = b"HTTP/1.";

/// The server does not speak HTTP/1.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotHttp {
    /// This came in place of a response.
    #[error("the server does not speak HTTP: it sent `{0}`")]
    Sent(String),
    /// What came is not quoted.
    #[error("the server does not speak HTTP")]
    Unknown,
    /// The final response does not come.
    #[error("the server does not speak HTTP: more than {INTERIM} interim responses")]
    Interim,
    /// The head does not end.
    #[error("the server does not speak HTTP: its header lines do not end within {} kB", LONGEST_HEAD / 1024)]
    Endless,
}

impl NotHttp {
    pub(super) fn is_quote(&self) -> bool {
        matches!(self, Self::Sent(_))
    }
}

/// The part of a response that has come so far.
#[derive(Default)]
pub struct IncomingResponse {
    /// Every byte since the last interim response.
    received: Vec<u8>,
    /// The request was HEAD, so no body follows.
    bodiless: bool,
    interim: usize,
    /// The search for the end of the head goes on here.
    scanned: usize,
    head: Option<Head>,
    chunks: Chunks,
}

/// The final head.
struct Head {
    response: Response,
    length: usize,
    end: End,
}

/// Where a body ends.
#[derive(Clone, Copy)]
enum End {
    /// There is none.
    AtOnce,
    AfterChunks,
    After(usize),
    /// With the connection.
    Closed,
}

impl IncomingResponse {
    /// Nothing has come yet. `bodiless`: the request was HEAD.
    #[must_use]
    pub fn new(bodiless: bool) -> Self {
        Self { bodiless, ..Self::default() }
    }

    /// Where received bytes are added.
    pub fn buffer(&mut self) -> &mut Vec<u8> {
        &mut self.received
    }

    pub(super) fn has_begun(&self) -> bool {
        !self.received.is_empty()
    }

    /// The final response, once it is complete or the connection is closed.
    ///
    /// # Errors
    /// A [`NotHttp`].
    pub fn read(&mut self, closed: bool) -> Result<Option<Response>, NotHttp> {
        while self.head.is_none() {
            let Some(length) = self.end_of_head(closed)? else { return Ok(None) };
            let head = self.received.get(..length).unwrap_or_default();
            let response = Response::head(head).ok_or_else(|| not_http(head))?;
            if (100..200).contains(&response.status) && response.status != 101 {
                self.interim += 1;
                if self.interim > INTERIM {
                    return Err(NotHttp::Interim);
                }
                self.received.drain(..length);
                self.scanned = 0;
            } else {
                let end = self.end(&response);
                self.head = Some(Head { response, length, end });
            }
        }
        let whole = self.is_whole() || (closed && self.may_end_here());
        let enough = self.body().is_some_and(|body| body.len() >= LONGEST_BODY);
        let response = if whole || closed || enough { self.so_far() } else { None };
        Ok(response
            .map(|response| Response { cut: !whole || response.body.len() > LONGEST_BODY, ..response }))
    }

    /// The response with the part of its body that has come, cut there; `None` before its head is complete.
    pub(super) fn so_far(&self) -> Option<Response> {
        let (head, body) = (self.head.as_ref()?, self.body()?);
        let body = match head.end {
            End::AtOnce => Vec::new(),
            End::After(length) => body.get(..length).unwrap_or(body).to_vec(),
            End::Closed => body.to_vec(),
            End::AfterChunks => self.chunks.data(body),
        };
        Some(Response { body, cut: true, ..head.response.clone() })
    }

    /// The length of the head once it is complete. It ends with an empty line; browsers accept both line ends.
    fn end_of_head(&mut self, closed: bool) -> Result<Option<usize>, NotHttp> {
        let start = self.received.get(..PROTOCOL.len()).unwrap_or(&self.received);
        let begun = PROTOCOL.starts_with(start) && !(closed && start.len() < PROTOCOL.len());
        if !begun && self.has_begun() {
            return Err(not_http(&self.received));
        }
        let fresh = self.received.get(self.scanned..).unwrap_or_default();
        let end = fresh.iter().enumerate().filter(|(_, byte)| **byte == b'\n').find_map(|(at, _)| {
            let rest = fresh.get(at + 1..)?;
            let blank = [b"\n".as_slice(), b"\r\n"].into_iter().find(|blank| rest.starts_with(blank))?;
            Some(self.scanned + at + 1 + blank.len())
        });
        // The last line end may be the first half of the empty line.
        self.scanned = self.received.len().saturating_sub(2);
        if end.unwrap_or(self.received.len()) > LONGEST_HEAD {
            return Err(NotHttp::Endless);
        }
        Ok(end)
    }

    /// Whether a body may end with the connection, where it has come to.
    fn may_end_here(&self) -> bool {
        match self.head.as_ref().map(|head| head.end) {
            Some(End::After(_)) => false,
            // Lax servers send no last chunk.
            Some(End::AfterChunks) => self.body().is_some_and(|body| self.chunks.have_read(body)),
            _ => true,
        }
    }

    /// The part of the body that has come, as it was sent.
    fn body(&self) -> Option<&[u8]> {
        self.received.get(self.head.as_ref()?.length..)
    }

    fn end(&self, head: &Response) -> End {
        if self.bodiless || matches!(head.status, 101 | 204 | 304) {
            return End::AtOnce;
        }
        let codings = || head.lines("transfer-encoding").flat_map(|line| line.split(','));
        let in_chunks =
            codings().any(|coding| coding.trim_matches([' ', '\t']).eq_ignore_ascii_case("chunked"));
        // Browsers read the body of HTTP/1.0 as it is.
        if in_chunks && !self.received.starts_with(b"HTTP/1.0") {
            return End::AfterChunks;
        }
        // A sign is no digit.
        let length = head.first("content-length").filter(|text| !text.starts_with('+'));
        length.and_then(|text| text.parse().ok()).map_or(End::Closed, End::After)
    }

    /// Whether the body has come to its end. Reads the chunks that are new.
    fn is_whole(&mut self) -> bool {
        let Some(head) = &self.head else { return false };
        let body = self.received.get(head.length..).unwrap_or_default();
        match head.end {
            End::Closed => false,
            End::AtOnce => true,
            End::After(length) => body.len() >= length,
            End::AfterChunks => self.chunks.read(body),
        }
    }
}

fn not_http(bytes: &[u8]) -> NotHttp {
    let line = bytes.split(|byte| matches!(byte, b'\r' | b'\n')).next().unwrap_or_default();
    let start = line.get(..40).unwrap_or(line);
    NotHttp::Sent(start.escape_ascii().to_string())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::domain::any_text::{config, made_of};

    fn read(bytes: &[u8], closed: bool) -> Result<Option<Response>, NotHttp> {
        let mut incoming = IncomingResponse::new(false);
        incoming.buffer().extend_from_slice(bytes);
        incoming.read(closed)
    }

    #[test]
    fn a_response_is_read_exactly_to_its_end() {
        let chunked = b"HTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\nHTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nWiki\r\n6;x=y\r\npedia \r\n0\r\n\r\n";
        let response = read(chunked, false).unwrap().unwrap();
        assert_eq!((response.status, response.body.as_slice()), (200, b"Wikipedia ".as_slice()));
        assert_eq!(read(&chunked[..chunked.len() - 6], false), Ok(None));
        for (head, body) in [
            ("HTTP/1.1 200 OK\nTransfer-Encoding: Chunked", "4\nWiki\n0\n\n"),
            ("HTTP/1.0 200 OK\nTransfer-Encoding: chunked", "Wiki"),
            ("HTTP/1.1 200 OK\nTransfer-Encoding: notchunked", "Wiki"),
            ("HTTP/1.1 200 OK\nTransfer-Encoding: gzip, chunked", "Wiki\n"),
        ] {
            let response = read(format!("{head}\n\n{body}").as_bytes(), true).unwrap().unwrap();
            assert_eq!(String::from_utf8_lossy(&response.body).trim(), "Wiki", "{head}");
        }
        let measured = b"HTTP/1.1 404 Not Found\r\ncontent-length: 3\r\n\r\nabcdef";
        assert_eq!(read(measured, false).unwrap().unwrap().body, b"abc");
        assert_eq!(read(&measured[..measured.len() - 4], false), Ok(None));
        assert_eq!(read(&measured[..measured.len() - 4], true).unwrap().unwrap().body, b"ab");
        let mut head = IncomingResponse::new(true);
        head.buffer().extend_from_slice(b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\n");
        assert_eq!(head.read(false).unwrap().unwrap().body, b"");
    }

    #[test]
    fn a_body_that_goes_on_is_cut() {
        let long = "a".repeat(LONGEST_BODY);
        for (head, body, closed, cut) in [
            ("", long.as_str(), false, true),
            ("", "a", true, false),
            ("Content-Length: 1048576\r\n", &long, false, false),
            ("Content-Length: 9999999\r\n", &long, false, true),
            ("Content-Length: 9999999\r\n", "a", true, true),
            ("Content-Length: 1\r\n", "a", true, false),
            ("Content-Length: 1048577\r\n", &format!("{long}a"), false, true),
            ("Transfer-Encoding: chunked\r\n", "1\r\na\r\n", true, false),
            ("Transfer-Encoding: chunked\r\n", "9\r\na", true, true),
            ("Content-Length: +1\r\n", &long, false, true),
            ("Transfer-Encoding: chunked\r\n", &"1\r\na\r\n".repeat(200_000), false, true),
            ("Transfer-Encoding: chunked\r\n", "1\r\na\r\n0\r\n", false, false),
        ] {
            let response =
                read(format!("HTTP/1.1 200 OK\r\n{head}\r\n{body}").as_bytes(), closed).unwrap().unwrap();
            assert_eq!(response.cut, cut, "{head}");
        }
        // Other blanks are a part of the name, so this coding is unknown, and the body ends with the connection.
        for coding in ["\u{b}chunked", "chunked\u{c}"] {
            let bytes = format!("HTTP/1.1 200 OK\r\nTransfer-Encoding: {coding}\r\n\r\n0\r\n\r\n<form>");
            assert_eq!(read(bytes.as_bytes(), false), Ok(None), "{coding:?}");
            let response = read(bytes.as_bytes(), true).unwrap().unwrap();
            assert!(response.body.ends_with(b"<form>"), "{coding:?}");
        }
        let mut begun = IncomingResponse::new(false);
        begun.buffer().extend_from_slice(b"HTTP/1.1 200 OK\r\n\r\n<p>");
        assert_eq!(begun.read(false), Ok(None));
        assert!(begun.so_far().is_some_and(|response| response.cut && response.body == b"<p>"));
    }

    #[test]
    fn the_size_of_the_received_pieces_does_not_matter() {
        for whole in [
            b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\ncontent-length: 2\r\na: b\r\n\r\nab".as_slice(),
            b"HTTP/1.1 200 OK\ncontent-length: 2\na: b\n\nab",
        ] {
            for size in 1..whole.len() {
                let mut incoming = IncomingResponse::new(false);
                let mut last = None;
                for piece in whole.chunks(size) {
                    assert_eq!(last, None, "complete before its end");
                    incoming.buffer().extend_from_slice(piece);
                    last = incoming.read(false).unwrap();
                }
                let response = last.unwrap();
                assert_eq!((response.first("a"), response.body.as_slice()), (Some("b"), b"ab".as_slice()));
            }
        }
    }

    #[test]
    fn other_protocols_and_endless_responses_are_rejected() {
        let endless = [b"HTTP/1.1 200 OK\r\n".to_vec(), b"x-a: aaaaaaaa\r\n".repeat(20_000)].concat();
        let long = [b"HTTP/1.1 200 OK\r\nx: ".to_vec(), vec![b'a'; 300_000], b"\r\n\r\n".to_vec()].concat();
        for (bytes, closed, word) in [
            (endless.as_slice(), false, "within 256 kB"),
            (&long, false, "within 256 kB"),
            (&b"HTTP/1.1 100 Continue\r\n\r\n".repeat(1_000_000), false, "more than 10"),
            (b"SSH-2.0-OpenSSH_9.2\r\n", false, "`SSH-2.0-OpenSSH_9.2`"),
            (b"<title>0.9</title>", false, "`<title>0.9</title>`"),
            (b"\0\xff", false, r"`\x00\xff`"),
            (b"HTTP/2.0 200 OK\r\n\r\n", false, "HTTP/2.0"),
            (b"HTTP/1.1 many\r\n\r\n", false, "HTTP/1.1 many"),
            (b"HTT", true, "`HTT`"),
        ] {
            let error = read(bytes, closed).unwrap_err().to_string();
            assert!(error.contains("does not speak HTTP") && error.contains(word), "{error}");
        }
        assert_eq!(read(b"HTT", false), Ok(None));
        assert_eq!(read(b"", true), Ok(None));
        assert_eq!(read(b"HTTP/1.1 200 OK\r\nx: ", true), Ok(None));
    }

    #[test]
    fn the_search_for_the_end_of_a_head_reads_only_new_bytes() {
        let mut incoming = IncomingResponse::new(false);
        incoming.buffer().extend_from_slice(b"HTTP/1.1 200 OK\r\nx: y\r\n");
        assert_eq!(incoming.read(false), Ok(None));
        assert_eq!(incoming.scanned, incoming.received.len() - 2);
    }

    proptest! {
        #![proptest_config(config())]

        #[test]
        fn any_response_reads_the_same_in_pieces_of_any_size(
            start in proptest::sample::select(vec!["HTTP/1.1 200 OK\r\n", "HTTP/1.1 100 Continue\r\n\r\n"]),
            text in made_of(&[
                "HTTP/1.1 200 OK", "HTTP/1.1 100 Continue", "HTTP/1.1 304 x", "\r\n", "\n", "\r", "\r\n\r\n", ": ", " a",
                "transfer-encoding: chunked", "content-length: 3", "0", "3", "ffffffffffffffff", "-1", "+2", "abc", ";x",
            ]),
            size in 1..9_usize,
        ) {
            let text = format!("{start}{text}");
            let mut incoming = IncomingResponse::new(false);
            let mut in_pieces = Ok(None);
            for piece in text.as_bytes().chunks(size) {
                incoming.buffer().extend_from_slice(piece);
                in_pieces = incoming.read(false);
                if !matches!(in_pieces, Ok(None)) {
                    break;
                }
            }
            if in_pieces == Ok(None) {
                in_pieces = incoming.read(true);
            }
            let whole = match read(text.as_bytes(), false) {
                Ok(None) => read(text.as_bytes(), true),
                known => known,
            };
            // An error quotes what has come so far.
            prop_assert_eq!(in_pieces.ok(), whole.ok());
        }
    }
}
