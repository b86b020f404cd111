//! The team's logo (`SITE_LOGO`), read and checked at start. Its content decides what it is, never the name of
//! the file. Pages show it as an image, where no script of it would run; but its web address can also be opened
//! alone, so an SVG with anything active in it is refused.

use std::fmt;
use std::fs::File;
use std::io::{self, Read as _};
use std::path::Path;

use imagesize::ImageType;
use roxmltree::{Document, Node, ParsingOptions};

/// The most bytes of a logo.
const FILE_LIMIT: u64 = 256 * 1024;
/// The most pixels each way.
const LARGEST: usize = 4096;
/// The most elements and texts of an SVG.
const MOST_NODES: u32 = 10_000;

/// A logo, ready to be served.
#[derive(Clone, PartialEq, Eq)]
pub struct Logo {
    /// The name of the file in our URLs.
    pub file_name: &'static str,
    /// The media type.
    pub content_type: &'static str,
    /// The content.
    pub bytes: Vec<u8>,
}

/// The content would fill pages of a log.
impl fmt::Debug for Logo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Logo({}, {} bytes)", self.file_name, self.bytes.len())
    }
}

/// Why a file is no logo.
#[derive(Debug, thiserror::Error)]
pub enum LogoProblem {
    /// The file cannot be read.
    #[error("cannot be read: {0}")]
    Unreadable(#[from] io::Error),
    /// It is a folder, a device or a pipe.
    #[error("is no regular file")]
    NoFile,
    /// It would slow down every page.
    #[error("is larger than 256 KiB")]
    TooLarge,
    /// It is not an image that browsers show.
    #[error("is no SVG, PNG, JPEG, WebP or GIF image")]
    NoImage,
    /// The image has no pixels or too many.
    #[error("must be 1 to 4096 pixels wide and high; it has {0} × {1}")]
    Size(usize, usize),
    /// The SVG is malformed, or has a document type.
    #[error("is no well-formed SVG: {0}")]
    Malformed(String),
    /// The SVG holds something that is not a picture.
    #[error("is an SVG with {0}: a logo holds only shapes, text and styles of its own")]
    Active(String),
}

impl Logo {
    /// Reads and checks a file.
    ///
    /// # Errors
    /// The [`LogoProblem`].
    pub fn read(path: &Path) -> Result<Self, LogoProblem> {
        // Opening a pipe would wait for its writer.
        if !std::fs::metadata(path)?.is_file() {
            return Err(LogoProblem::NoFile);
        }
        let mut bytes = Vec::new();
        File::open(path)?.take(FILE_LIMIT + 1).read_to_end(&mut bytes)?;
        if u64::try_from(bytes.len()).is_ok_and(|length| length > FILE_LIMIT) {
            return Err(LogoProblem::TooLarge);
        }
        let (file_name, content_type) = match imagesize::image_type(&bytes) {
            Ok(ImageType::Png) => ("logo.png", "image/png"),
            Ok(ImageType::Jpeg) => ("logo.jpg", "image/jpeg"),
            Ok(ImageType::Webp) => ("logo.webp", "image/webp"),
            Ok(ImageType::Gif) => ("logo.gif", "image/gif"),
            _ => {
                check_svg(&bytes)?;
                ("logo.svg", "image/svg+xml")
            }
        };
        if file_name != "logo.svg" {
            let size = imagesize::blob_size(&bytes).map_err(|_broken| LogoProblem::NoImage)?;
            if [size.width, size.height].iter().any(|pixels| !(1..=LARGEST).contains(pixels)) {
                return Err(LogoProblem::Size(size.width, size.height));
            }
        }
        Ok(Self { file_name, content_type, bytes })
    }
}

const SVG: &str = "http://www.w3.org/2000/svg";
const XLINK: &str = "http://www.w3.org/1999/xlink";

/// The elements of a picture. Others run, load, link or embed something, or are not of SVG.
const ELEMENTS: &[&str] = &[
    "svg",
    "g",
    "defs",
    "symbol",
    "use",
    "title",
    "desc",
    "metadata",
    "style",
    "path",
    "rect",
    "circle",
    "ellipse",
    "line",
    "polyline",
    "polygon",
    "text",
    "tspan",
    "textPath",
    "image",
    "clipPath",
    "mask",
    "pattern",
    "marker",
    "linearGradient",
    "radialGradient",
    "stop",
    "filter",
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
    "switch",
    "view",
];

fn check_svg(bytes: &[u8]) -> Result<(), LogoProblem> {
    let text = std::str::from_utf8(bytes).map_err(|_other| LogoProblem::NoImage)?;
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    if !text.trim_start().starts_with('<') {
        return Err(LogoProblem::NoImage);
    }
    let options = ParsingOptions { allow_dtd: false, nodes_limit: MOST_NODES, ..ParsingOptions::default() };
    let document = Document::parse_with_options(text, options)
        .map_err(|error| LogoProblem::Malformed(error.to_string()))?;
    if document.root_element().tag_name().name() != "svg" {
        return Err(LogoProblem::NoImage);
    }
    match document.descendants().find_map(|node| active(&node)) {
        Some(found) => Err(LogoProblem::Active(found)),
        None => Ok(()),
    }
}

/// What a node has that a picture does not need.
fn active(node: &Node<'_, '_>) -> Option<String> {
    if node.is_pi() {
        return Some("a processing instruction".to_owned());
    }
    if node.is_text() {
        let in_style = node.parent().is_some_and(|parent| parent.tag_name().name() == "style");
        return in_style.then(|| node.text().and_then(loading_style)).flatten();
    }
    if !node.is_element() {
        return None;
    }
    let (name, namespace) = (node.tag_name().name(), node.tag_name().namespace());
    if node.ancestors().skip(1).any(|above| above.has_tag_name((SVG, "metadata"))) {
        // Drawing programs describe the picture here, in other vocabularies. Those of documents are active anywhere.
        let described = namespace.is_some_and(|namespace| namespace != SVG && !namespace.contains("xhtml"));
        return (!described).then(|| format!("<{name}> in its metadata"));
    }
    if namespace != Some(SVG) || !ELEMENTS.contains(&name) {
        return Some(format!("<{name}>"));
    }
    node.attributes().find_map(|attribute| {
        let (name, value) = (attribute.name(), attribute.value());
        let lower = name.to_ascii_lowercase();
        let links = matches!(lower.as_str(), "href" | "src")
            && attribute.namespace().is_none_or(|space| space == XLINK);
        let picture = node.tag_name().name() == "image"
            && ["png", "jpeg", "gif", "webp"]
                .iter()
                .any(|kind| value.starts_with(&format!("data:image/{kind};base64,")));
        if lower.starts_with("on") {
            Some(format!("the event handler {name}"))
        } else if links && !value.starts_with('#') && !picture {
            Some(format!("a reference outside the file, in {name}"))
        } else {
            // Presentation attributes (fill, filter, mask…) hold url(), too.
            loading_style(value).filter(|_| !links)
        }
    })
}

/// What a style loads from outside the file.
fn loading_style(style: &str) -> Option<String> {
    let style = style.to_ascii_lowercase();
    if style.contains('\\') {
        return Some("an escape in a style".to_owned());
    }
    if style.contains("@import") || style.contains("@font-face") {
        return Some("an import in a style".to_owned());
    }
    let outside = style.match_indices("url(").any(|(at, found)| {
        let target = style.get(at + found.len()..).unwrap_or_default();
        !target.trim_start_matches(|c: char| c.is_whitespace() || matches!(c, '"' | '\'')).starts_with('#')
    });
    let loads = ["image(", "image-set(", "src(", "javascript:", "/*"].iter().any(|word| style.contains(word));
    (outside || loads).then(|| "a reference outside the file, in a style".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(content: &[u8]) -> Result<Logo, LogoProblem> {
        let file = tempfile::NamedTempFile::with_suffix(".png").unwrap();
        std::fs::write(file.path(), content).unwrap();
        Logo::read(file.path())
    }

    fn svg(inner: &str) -> String {
        format!(
            r#"<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="{XLINK}" viewBox="0 0 9 9">{inner}</svg>"#
        )
    }

    /// A PNG of one size, as far as its header goes.
    fn png(width: u32, height: u32) -> Vec<u8> {
        let mut bytes = Vec::new();
        let mut encoder = png::Encoder::new(&mut bytes, width, height);
        encoder.set_color(png::ColorType::Grayscale);
        let mut writer = encoder.write_header().unwrap();
        writer.write_image_data(&vec![0; usize::try_from(width * height).unwrap()]).unwrap();
        writer.finish().unwrap();
        bytes
    }

    #[test]
    fn a_picture_is_known_by_its_content() {
        assert_eq!(read(&png(1, 1)).unwrap().file_name, "logo.png");
        assert_eq!(read(b"GIF89a\x02\x00\x03\x00\x00\x00\x00;").unwrap().content_type, "image/gif");
        for good in [
            r#"<title>Acme</title><path d="M0 0h9v9z" fill="url(#g)"/>"#,
            r##"<defs><linearGradient id="g"><stop offset="0" style="stop-color:#fff"/></linearGradient></defs><use xlink:href="#g"/>"##,
            r##"<style>.a { fill: red; mask: url( "#m" ) }</style><image href="data:image/png;base64,AAAA"/>"##,
            r#"<metadata><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><x/></rdf:RDF></metadata>"#,
        ] {
            let logo = read(svg(good).as_bytes()).map(|logo| logo.content_type);
            // The inner <x/> of the last one has no namespace of its own: it is of SVG.
            match logo {
                Ok(kind) => assert_eq!(kind, "image/svg+xml"),
                Err(problem) => {
                    assert!(problem.to_string().contains("<x> in its metadata"), "{good}: {problem}")
                }
            }
        }
        let declared =
            format!("\u{feff}<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<!-- Acme -->\n{}", svg(""));
        assert_eq!(read(declared.as_bytes()).unwrap().file_name, "logo.svg");
    }

    #[test]
    fn an_svg_with_anything_active_is_refused_by_name() {
        for (inner, found) in [
            ("<script>alert(1)</script>", "<script>"),
            ("<SCRIPT/>", "<SCRIPT>"),
            (r#"<x:script xmlns:x="http://www.w3.org/2000/svg"/>"#, "<script>"),
            (
                r#"<foreignObject><b xmlns="http://www.w3.org/1999/xhtml"/></foreignObject>"#,
                "<foreignObject>",
            ),
            (r#"<iframe xmlns="http://www.w3.org/1999/xhtml" src="/"/>"#, "<iframe>"),
            (
                r#"<metadata><script xmlns="http://www.w3.org/1999/xhtml"/></metadata>"#,
                "<script> in its metadata",
            ),
            ("<metadata><script/></metadata>", "<script> in its metadata"),
            (r##"<a href="#x"><path/></a>"##, "<a>"),
            (r#"<set attributeName="href" to="javascript:alert(1)"/>"#, "<set>"),
            (r#"<animate attributeName="href"/>"#, "<animate>"),
            (r#"<path onload="alert(1)"/>"#, "the event handler onload"),
            (r#"<path ONCLICK="alert(1)"/>"#, "the event handler ONCLICK"),
            (r#"<image href="https://evil.example/x.png"/>"#, "a reference outside the file, in href"),
            (r#"<image href="data:image/svg+xml;base64,AAAA"/>"#, "a reference outside the file, in href"),
            (r#"<use xlink:href="other.svg#x"/>"#, "a reference outside the file, in href"),
            (r#"<use href=" #x"/>"#, "a reference outside the file, in href"),
            (r#"<style>@import "https://evil.example/x.css";</style>"#, "an import in a style"),
            ("<style><![CDATA[@IMPORT url(x)]]></style>", "an import in a style"),
            (r#"<style>a { fill: \75rl(https://evil.example) }</style>"#, "an escape in a style"),
            (
                r#"<path style="fill: URL( 'https://evil.example/x#y')"/>"#,
                "a reference outside the file, in a style",
            ),
            (r#"<path fill="url(https://evil.example/x#y)"/>"#, "a reference outside the file, in a style"),
            ("<?xml-stylesheet href=\"https://evil.example/x.css\"?>", "a processing instruction"),
        ] {
            let problem = read(svg(inner).as_bytes()).unwrap_err().to_string();
            assert!(problem.starts_with(&format!("is an SVG with {found}:")), "{inner}: {problem}");
        }
        let before = format!("<?xml-stylesheet href=\"https://evil.example/x.css\"?>{}", svg(""));
        assert!(read(before.as_bytes()).unwrap_err().to_string().contains("a processing instruction"));
    }

    #[test]
    fn a_file_that_is_no_picture_is_refused() {
        let entity = format!("<!DOCTYPE svg [<!ENTITY x \"y\">]>{}", svg("&x;"));
        let nested = svg(&("<g>".repeat(40_000) + &"</g>".repeat(40_000)));
        let utf_16: Vec<u8> = svg("").encode_utf16().flat_map(u16::to_le_bytes).collect();
        let gzipped = [0x1f, 0x8b, 0x08, 0, 0, 0, 0, 0];
        for (content, told) in [
            (b"".as_slice(), "is no SVG, PNG"),
            (b"hello", "is no SVG, PNG"),
            (b"\x89PNG\r\n\x1a\n", "is no SVG, PNG"),
            (b"BM\x00\x00\x00\x00\x00\x00\x00\x00", "is no SVG, PNG"),
            (b"<html><svg/></html>", "is no SVG, PNG"),
            (b"<svg/>", "is an SVG with <svg>"),
            (b"<svg", "is no well-formed SVG"),
            (entity.as_bytes(), "is no well-formed SVG"),
            (nested.as_bytes(), "is larger than 256 KiB"),
            (svg(&("<g>".repeat(20_000) + &"</g>".repeat(20_000))).as_bytes(), "nodes limit reached"),
            (&utf_16, "is no well-formed SVG"),
            (&gzipped, "is no SVG, PNG"),
            (&vec![b'x'; 300 * 1024], "is larger than 256 KiB"),
            (&png(4097, 1), "it has 4097 × 1"),
        ] {
            let problem = read(content).unwrap_err().to_string();
            assert!(problem.contains(told), "{:.40}: {problem}", String::from_utf8_lossy(content));
        }
        let folder = tempfile::tempdir().unwrap();
        assert!(matches!(Logo::read(folder.path()), Err(LogoProblem::NoFile)));
        assert!(matches!(Logo::read(&folder.path().join("missing.svg")), Err(LogoProblem::Unreadable(_))));
        assert!(matches!(Logo::read(Path::new("/dev/zero")), Err(LogoProblem::NoFile)));
    }
}
