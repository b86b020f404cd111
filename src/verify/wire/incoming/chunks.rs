//! A body in chunks as it comes in. Each chunk is read once.

/// The longest line with the size of a chunk, as in Chromium.
const LONGEST_SIZE: usize = 16 * 1024;

/// The chunks that have come completely.
#[derive(Default)]
pub(super) struct Chunks {
    data: Vec<u8>,
    /// Where the next one begins in the body as it was sent.
    next: usize,
}

/// What the rest of a body in chunks begins with.
enum Chunk<'a> {
    /// A chunk with its data, and its length.
    Whole(&'a [u8], usize),
    /// The part that has come of a chunk.
    Part(&'a [u8]),
    /// The last one.
    Last,
    /// Something else.
    Malformed,
}

impl Chunks {
    /// Reads the chunks of a body that are new. Whether the last one has come.
    pub(super) fn read(&mut self, body: &[u8]) -> bool {
        loop {
            match chunk(body.get(self.next..).unwrap_or_default()) {
                Chunk::Whole(data, length) => {
                    self.data.extend_from_slice(data);
                    self.next += length;
                }
                Chunk::Last => return true,
                Chunk::Part(_) | Chunk::Malformed => return false,
            }
        }
    }

    /// Whether a body ends with a chunk.
    pub(super) fn have_read(&self, body: &[u8]) -> bool {
        self.next == body.len()
    }

    /// The data of a body that has come. What follows a malformed size is taken as it is, to the end of the connection: a
    /// browser may show it.
    pub(super) fn data(&self, body: &[u8]) -> Vec<u8> {
        let rest = body.get(self.next..).unwrap_or_default();
        let more = match chunk(rest) {
            Chunk::Part(data) => data,
            Chunk::Malformed => rest,
            Chunk::Whole(..) | Chunk::Last => &[],
        };
        [self.data.as_slice(), more].concat()
    }
}

/// The first chunk. Lines may end without a carriage return, as in browsers.
fn chunk(rest: &[u8]) -> Chunk<'_> {
    let Some(end) = rest.iter().take(LONGEST_SIZE).position(|byte| *byte == b'\n') else {
        return if rest.len() < LONGEST_SIZE { Chunk::Part(&[]) } else { Chunk::Malformed };
    };
    let line = rest.get(..end).map(String::from_utf8_lossy).unwrap_or_default();
    let size = line
        .split(';')
        .next()
        .map(|size| size.trim_matches([' ', '\t', '\r']))
        .filter(|size| !size.starts_with('+'));
    let data = rest.get(end + 1..).unwrap_or_default();
    match size.and_then(|size| usize::from_str_radix(size, 16).ok()) {
        None => Chunk::Malformed,
        Some(0) => Chunk::Last,
        Some(size) => match data.get(size..) {
            // The end of its last line may not have come completely.
            None | Some([] | [b'\r']) => Chunk::Part(data.get(..size).unwrap_or(data)),
            Some(after) => {
                let after = after.strip_prefix(b"\r").unwrap_or(after);
                let after = after.strip_prefix(b"\n").unwrap_or(after);
                Chunk::Whole(data.get(..size).unwrap_or(data), rest.len() - after.len())
            }
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chunks_are_read_once() {
        let (mut chunks, mut body) = (Chunks::default(), Vec::new());
        for _ in 0..100_000 {
            body.extend_from_slice(b"1\na\n");
            assert!(!chunks.read(&body));
            assert_eq!(chunks.next, body.len());
        }
        body.extend_from_slice(b"2\r\nb");
        assert!(!chunks.read(&body));
        assert_eq!(chunks.data(&body).len(), 100_001, "a part of a chunk counts");
        body.extend_from_slice(b"c\r\n0\r\n");
        assert!(chunks.read(&body));
        assert_eq!(chunks.data(&body).len(), 100_002);
    }

    #[test]
    fn a_size_without_an_end_is_no_size() {
        let body = vec![b'1'; LONGEST_SIZE];
        assert_eq!(Chunks::default().data(&body[1..]), b"");
        assert_eq!(Chunks::default().data(&body), body);
        assert_eq!(Chunks::default().data(b"+2\r\nab"), b"+2\r\nab");
    }
}
