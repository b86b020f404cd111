//! The team's logo (`SITE_LOGO`), read and checked at start. Its content decides its kind, never its file
//! name. Pages show the logo as an image, in which browsers run no scripts. But a browser can also open its
//! web address alone, so an SVG with anything active in it is refused.

use std::fmt;
use std::fs::File;
use std::io::{self, Read as _};
use std::path::Path;

use imagesize::ImageType;
use roxmltree::{Attribute, Document, Error as XmlError, Node, ParsingOptions};

/// The most bytes of a logo.
const MOST_BYTES: u64 = 256 * 1024;
/// The most pixels each way.
const MOST_PIXELS: usize = 4096;
/// The most nodes of an SVG: elements, texts and comments.
const MOST_NODES: u32 = 10_000;
/// How deep the elements of an SVG may be nested. Browsers recurse into them, and stop at about 250.
const DEEPEST: usize = 64;

/// The file name of an SVG logo in our URLs.
pub const LOGO_SVG: &str = "logo.svg";

const SVG: &str = "http://www.w3.org/2000/svg";

/// The elements of a still picture. Others run, load, embed, animate or link something, or are not SVG.
///
/// These names are harmless in HTML, too, so a mistake about a namespace cannot let a script in.
const ELEMENTS: &[&str] = &[
    "circle",
    "clipPath",
    "defs",
    "desc",
    "ellipse",
    "feBlend",
    "feColorMatrix",
    "feComponentTransfer",
    "feComposite",
    "feConvolveMatrix",
    "feDiffuseLighting",
    "feDisplacementMap",
    "feDistantLight",
    "feDropShadow",
    "feFlood",
    "feFuncA",
    "feFuncB",
    "feFuncG",
    "feFuncR",
    "feGaussianBlur",
    "feMerge",
    "feMergeNode",
    "feMorphology",
    "feOffset",
    "fePointLight",
    "feSpecularLighting",
    "feSpotLight",
    "feTile",
    "feTurbulence",
    "filter",
    "g",
    "image",
    "line",
    "linearGradient",
    "marker",
    "mask",
    "metadata",
    "path",
    "pattern",
    "polygon",
    "polyline",
    "radialGradient",
    "rect",
    "stop",
    "style",
    "svg",
    "switch",
    "symbol",
    "text",
    "textPath",
    "title",
    "tspan",
    "use",
    "view",
];

/// The beginnings of images that an SVG may hold inside itself.
const EMBEDDED_IMAGES: &[&str] = &[
    "data:image/png;base64,",
    "data:image/jpeg;base64,",
    "data:image/gif;base64,",
    "data:image/webp;base64,",
];

/// A logo, ready to be served.
#[derive(Clone, PartialEq, Eq)]
pub struct Logo {
    /// The file name in our URLs.
    pub file_name: &'static str,
    /// The media type.
    pub content_type: &'static str,
    /// The content.
    pub bytes: Vec<u8>,
}

/// Without the content, which would fill pages of a log.
impl fmt::Debug for Logo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Logo({}, {} bytes)", self.file_name, self.bytes.len())
    }
}

/// Why a file cannot be the logo.
#[derive(Debug, thiserror::Error)]
pub enum LogoProblem {
    /// The file is missing, or we lack the permission.
    #[error("cannot be read: {0}")]
    Unreadable(#[from] io::Error),
    /// It is a folder, a device or a FIFO.
    #[error("is not a regular file")]
    NotAFile,
    /// It would slow down every page.
    #[error("is larger than 256 KiB")]
    TooLarge,
    /// It is not an image that all browsers show.
    #[error("is not an SVG, PNG, JPEG, WebP or GIF image")]
    NotAnImage,
    /// It begins like an image of this kind, but has no readable header.
    #[error("is a damaged {0} image")]
    Damaged(&'static str),
    /// The image has no pixels, or too many.
    #[error("must be 1 to 4096 pixels wide and high, and is {width} × {height}")]
    Size {
        /// Pixels from left to right.
        width: usize,
        /// Pixels from top to bottom.
        height: usize,
    },
    /// It is gzipped, as `.svgz` files are.
    #[error("is compressed: decompress it, for example with gunzip")]
    Compressed,
    /// The SVG is in UTF-16, Latin-1 or another encoding, or says so.
    #[error("is an SVG that is not in UTF-8: save it in UTF-8")]
    Encoding,
    /// The SVG has a document type, which can define entities.
    #[error("is an SVG with a document type: delete its <!DOCTYPE …>")]
    DocumentType,
    /// The SVG has too many elements.
    #[error("is an SVG with more than 10000 elements, texts and comments: simplify it")]
    TooManyNodes,
    /// The SVG is nested too deeply.
    #[error("is an SVG with elements more than 64 levels deep: simplify it")]
    TooDeep,
    /// The SVG is not well-formed XML.
    #[error("is not a well-formed SVG: {0}")]
    Malformed(String),
    /// The SVG holds something that a still picture does not need.
    #[error("is an SVG with {0}: a logo may hold only shapes, text, embedded images and styles of its own")]
    Active(String),
}

impl Logo {
    /// Reads and checks a file.
    pub fn read(path: &Path) -> Result<Self, LogoProblem> {
        // Before opening it: to open a FIFO waits for a writer.
        let metadata = std::fs::metadata(path)?;
        if !metadata.is_file() {
            return Err(LogoProblem::NotAFile);
        }
        if metadata.len() > MOST_BYTES {
            return Err(LogoProblem::TooLarge);
        }
        let mut bytes = Vec::new();
        // The file may have grown since, and files in /proc have no length.
        File::open(path)?.take(MOST_BYTES + 1).read_to_end(&mut bytes)?;
        Self::of(bytes)
    }

    /// Checks the content of a file.
    pub fn of(bytes: Vec<u8>) -> Result<Self, LogoProblem> {
        if u64::try_from(bytes.len()).is_ok_and(|length| length > MOST_BYTES) {
            return Err(LogoProblem::TooLarge);
        }
        let (file_name, content_type, kind) = match imagesize::image_type(&bytes) {
            Ok(ImageType::Png) => ("logo.png", "image/png", "PNG"),
            Ok(ImageType::Jpeg) => ("logo.jpg", "image/jpeg", "JPEG"),
            Ok(ImageType::Webp) => ("logo.webp", "image/webp", "WebP"),
            Ok(ImageType::Gif) => ("logo.gif", "image/gif", "GIF"),
            _ => {
                check_svg(&bytes)?;
                return Ok(Self { file_name: LOGO_SVG, content_type: "image/svg+xml", bytes });
            }
        };
        check_raster(&bytes, kind)?;
        Ok(Self { file_name, content_type, bytes })
    }
}

fn check_raster(bytes: &[u8], kind: &'static str) -> Result<(), LogoProblem> {
    // imagesize looks at four bytes of these two.
    let complete = match kind {
        "PNG" => bytes.starts_with(b"\x89PNG\r\n\x1a\n") && bytes.get(12..16) == Some(b"IHDR"),
        "GIF" => bytes.starts_with(b"GIF87a") || bytes.starts_with(b"GIF89a"),
        _ => true,
    };
    let size = imagesize::blob_size(bytes).map_err(|_damaged| LogoProblem::Damaged(kind))?;
    match (complete, size.width, size.height) {
        (false, ..) => Err(LogoProblem::Damaged(kind)),
        (true, 1..=MOST_PIXELS, 1..=MOST_PIXELS) => Ok(()),
        (true, width, height) => Err(LogoProblem::Size { width, height }),
    }
}

fn check_svg(bytes: &[u8]) -> Result<(), LogoProblem> {
    let text = svg_text(bytes)?;
    let options = ParsingOptions { allow_dtd: false, nodes_limit: MOST_NODES, entity_resolver: None };
    let document = Document::parse_with_options(text, options).map_err(|error| match error {
        XmlError::DtdDetected => LogoProblem::DocumentType,
        XmlError::NodesLimitReached => LogoProblem::TooManyNodes,
        other => LogoProblem::Malformed(other.to_string()),
    })?;
    if document.root_element().tag_name().name() != "svg" {
        return Err(LogoProblem::NotAnImage);
    }
    // roxmltree 0.21 takes `x:xmlns` for a declaration of the default namespace. Browsers do not.
    if text.contains(":xmlns") {
        return Err(LogoProblem::Active("an attribute named xmlns with a prefix".to_owned()));
    }
    for node in document.descendants() {
        // The root of the document is above its outermost element.
        if node.ancestors().nth(DEEPEST + 1).is_some() {
            return Err(LogoProblem::TooDeep);
        }
        if let Some(found) = active(node) {
            return Err(LogoProblem::Active(found));
        }
    }
    Ok(())
}

/// The text of an SVG, without a byte order mark. It may still be malformed.
fn svg_text(bytes: &[u8]) -> Result<&str, LogoProblem> {
    const UTF_16: [&[u8]; 4] = [b"\xff\xfe", b"\xfe\xff", b"<\0", b"\0<"];
    if bytes.starts_with(b"\x1f\x8b") {
        return Err(LogoProblem::Compressed);
    }
    if UTF_16.iter().any(|start| bytes.starts_with(start)) {
        return Err(LogoProblem::Encoding);
    }
    let text = std::str::from_utf8(bytes).map_err(|_invalid| {
        let is_svg = bytes.windows(4).any(|window| window == b"<svg");
        if is_svg { LogoProblem::Encoding } else { LogoProblem::NotAnImage }
    })?;
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    if !text.trim_start().starts_with('<') {
        return Err(LogoProblem::NotAnImage);
    }
    // roxmltree ignores the declared encoding. A browser that obeys it would read another text than we check.
    let declaration = text.strip_prefix("<?xml").and_then(|rest| rest.split_once("?>"));
    let (declaration, _) = declaration.unwrap_or_default();
    let is_utf_8 = |after: &str| {
        let name =
            after.trim_start_matches(|c: char| c.is_ascii_whitespace() || matches!(c, '=' | '"' | '\''));
        let (name, _) = name.split_once(['"', '\'']).unwrap_or_default();
        name.eq_ignore_ascii_case("utf-8") || name.eq_ignore_ascii_case("utf8")
    };
    if declaration.split("encoding").skip(1).all(is_utf_8) { Ok(text) } else { Err(LogoProblem::Encoding) }
}

/// Describes what a node has that a still picture does not need.
fn active(node: Node<'_, '_>) -> Option<String> {
    if let Some(instruction) = node.pi() {
        return Some(format!("the processing instruction {}", instruction.target));
    }
    if !node.is_element() {
        return None;
    }
    let name = node.tag_name().name();
    match node.tag_name().namespace() {
        Some(SVG) if ELEMENTS.contains(&name) => (),
        Some(SVG) => return Some(format!("<{name}>")),
        Some(other) => return Some(format!("<{name}> of the namespace {}", other.escape_debug())),
        None => return Some(format!("<{name}> without a namespace")),
    }
    if name == "style" {
        if node.children().any(|child| !child.is_text()) {
            return Some("a comment or an element inside <style>".to_owned());
        }
        // Text and CDATA sections: a browser joins them, so a word can begin in one and end in the next.
        let style: String = node.children().filter_map(|child| child.text()).collect();
        if let Some(found) = loaded_by(&style) {
            return Some(format!("{found} in <style>"));
        }
    }
    node.attributes().find_map(|attribute| active_attribute(name, &attribute))
}

fn active_attribute(element: &str, attribute: &Attribute<'_, '_>) -> Option<String> {
    let (name, value) = (attribute.name(), attribute.value());
    let lower = name.to_ascii_lowercase();
    if lower.starts_with("on") {
        return Some(format!("the event handler {name}"));
    }
    if lower == "base" {
        return Some(format!("the attribute {name}, which redirects links"));
    }
    if lower == "href" || lower == "src" {
        let embedded = element == "image" && EMBEDDED_IMAGES.iter().any(|start| value.starts_with(start));
        let inside = value.starts_with('#') || embedded;
        return (!inside).then(|| format!("a link to something outside itself in {name}"));
    }
    // Drawing programs keep notes in attributes of their own. Browsers read no styles there.
    if attribute.namespace().is_some() || lower.starts_with("data-") || lower.starts_with("aria-") {
        return None;
    }
    // Not only `style`: fill, filter, mask and others hold styles, too.
    loaded_by(value).map(|found| format!("{found} in {name}"))
}

/// Describes what a style loads.
///
/// A search is enough, because without a backslash CSS has only one way to write each of these words: a
/// comment inside a word ends it, and none is read between `url(` and its address.
fn loaded_by(style: &str) -> Option<String> {
    if style.contains('\\') {
        return Some("a backslash".to_owned());
    }
    let style = style.to_ascii_lowercase();
    // `@import` and these functions also take an address without `url(`.
    for word in ["@import", "image-set(", "image(", "src("] {
        if style.contains(word) {
            return Some(word.to_owned());
        }
    }
    let outside = style.match_indices("url(").any(|(at, found)| {
        let address = style.get(at + found.len()..).unwrap_or_default();
        let address = address.trim_start_matches([' ', '\t', '\r', '\n']);
        !address.strip_prefix(['"', '\'']).unwrap_or(address).starts_with('#')
    });
    outside.then(|| "url() with something outside itself".to_owned())
}

#[cfg(test)]
mod tests;
