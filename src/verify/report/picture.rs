//! A picture of what could be seen at a place.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// The most bytes of a picture.
const MOST_BYTES: usize = 1024 * 1024;
/// How every PNG file begins.
const SIGNATURE: &[u8] = b"\x89PNG\r\n\x1a\n";

/// A picture in the format PNG, of at most one megabyte.
#[derive(Clone, PartialEq, Eq)]
pub struct Picture(Vec<u8>);

impl Picture {
    /// `None` if these bytes are no PNG file, or too many.
    #[must_use]
    pub fn of_png(bytes: Vec<u8>) -> Option<Self> {
        (bytes.len() <= MOST_BYTES && bytes.starts_with(SIGNATURE)).then_some(Self(bytes))
    }

    /// The number of its bytes.
    pub(super) fn size(&self) -> usize {
        self.0.len()
    }

    /// The picture in Base64.
    pub(super) fn base64(&self) -> String {
        BASE64_STANDARD.encode(&self.0)
    }
}

impl std::fmt::Debug for Picture {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Picture({} bytes)", self.0.len())
    }
}

impl Serialize for Picture {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.base64())
    }
}

impl<'de> Deserialize<'de> for Picture {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let bytes = BASE64_STANDARD.decode(text).map_err(serde::de::Error::custom)?;
        Self::of_png(bytes)
            .ok_or_else(|| serde::de::Error::custom("the picture is no PNG file, or too large"))
    }
}
