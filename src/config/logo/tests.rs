//! Which files are accepted as a logo, and how the others are reported.

use proptest::prelude::*;

use super::*;
use crate::domain::any_text::{config, made_of};

const XHTML: &str = "http://www.w3.org/1999/xhtml";

fn read(content: &[u8]) -> Result<Logo, LogoProblem> {
    // The ending is a lie for most tests.
    let file = tempfile::NamedTempFile::with_suffix(".jpeg").unwrap();
    std::fs::write(file.path(), content).unwrap();
    Logo::read(file.path())
}

fn told(content: &[u8]) -> String {
    read(content).map_or_else(|problem| problem.to_string(), |logo| format!("accepted as {logo:?}"))
}

fn svg(inner: &str) -> String {
    format!(
        r#"<svg xmlns="{SVG}" xmlns:xlink="http://www.w3.org/1999/xlink" viewBox="0 0 9 9">{inner}</svg>"#
    )
}

/// The beginning of a PNG.
fn png(width: u32, height: u32) -> Vec<u8> {
    let (width, height) = (width.to_be_bytes(), height.to_be_bytes());
    [b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", width.as_slice(), &height, b"\x08\x06\0\0\0\x1f\x15\xc4\x89"].concat()
}

/// The beginning of a JPEG.
fn jpeg(width: u16, height: u16) -> Vec<u8> {
    let (width, height) = (width.to_be_bytes(), height.to_be_bytes());
    let jfif = b"\xff\xd8\xff\xe0\0\x10JFIF\0\x01\x01\0\0\x01\0\x01\0\0".as_slice();
    [jfif, b"\xff\xc0\0\x0b\x08", &height, &width, b"\x01\x01\x11\0\xff\xd9"].concat()
}

fn gif(width: u16, height: u16) -> Vec<u8> {
    let (width, height) = (width.to_le_bytes(), height.to_le_bytes());
    [b"GIF89a".as_slice(), &width, &height, b"\0\0\0;"].concat()
}

/// The beginnings of WebP images of one pixel: lossy, lossless and extended.
const WEBP: [&[u8]; 3] = [
    b"RIFF\x1c\0\0\0WEBPVP8 \x10\0\0\0\x30\x01\0\x9d\x01\x2a\x01\0\x01\0\0\0",
    b"RIFF\x1a\0\0\0WEBPVP8L\x0d\0\0\0\x2f\0\0\0\x10\x07\x10\x11\x11",
    b"RIFF\x16\0\0\0WEBPVP8X\x0a\0\0\0\0\0\0\0\0\0\0\0\0\0",
];

#[test]
fn the_content_decides_the_kind() {
    for (content, file_name, content_type) in [
        (png(1, 1), "logo.png", "image/png"),
        (png(4096, 4096), "logo.png", "image/png"),
        (jpeg(1, 1), "logo.jpg", "image/jpeg"),
        (gif(1, 1), "logo.gif", "image/gif"),
        (WEBP[0].to_vec(), "logo.webp", "image/webp"),
        (WEBP[1].to_vec(), "logo.webp", "image/webp"),
        (WEBP[2].to_vec(), "logo.webp", "image/webp"),
        (svg("").into_bytes(), "logo.svg", "image/svg+xml"),
    ] {
        let logo = read(&content).unwrap_or_else(|problem| panic!("{file_name}: {problem}"));
        assert_eq!((logo.file_name, logo.content_type), (file_name, content_type));
        assert_eq!(logo.bytes, content);
    }
}

#[test]
fn a_still_picture_is_accepted() {
    for inner in [
        r#"<title>Acme</title><path d="M0 0h9v9z" fill="url(#g)"/>"#,
        r##"<defs><linearGradient id="g"><stop style="stop-color:#fff"/></linearGradient></defs>"##,
        r##"<use xlink:href="#g"/><use href="#g" clip-path="URL( '#c' )"/>"##,
        r##"<style>/* ours */ .a { fill: red; mask: url( "#m" ) }</style>"##,
        "<style><![CDATA[.a > .b { fill: red }]]></style>",
        r#"<image href="data:image/png;base64,AAAA"/><image xlink:href="data:image/webp;base64,AA"/>"#,
        r#"<g xmlns:i="http://www.inkscape.org/namespaces/inkscape" i:export-filename="C:\a.png"/>"#,
        r#"<g data-name="a\b" aria-label="url(x)" xml:space="preserve"/>"#,
        "<metadata>Made by Acme</metadata><!-- a comment -->",
        r#"<text font-family="Arial">A &amp; B &#64;import</text>"#,
    ] {
        assert_eq!(
            told(svg(inner).as_bytes()),
            format!("accepted as Logo(logo.svg, {} bytes)", svg(inner).len())
        );
    }
    for prolog in [
        "\u{feff}",
        "\u{feff}<?xml version=\"1.0\"?>",
        "<?xml version='1.0' encoding='utf-8' standalone='no'?>\n<!-- Acme -->\n",
        "<?xml version=\"1.0\" encoding = \"UTF-8\"?>",
        "\n",
    ] {
        assert_eq!(read((prolog.to_owned() + svg("").as_str()).as_bytes()).unwrap().file_name, "logo.svg");
    }
    let prefixed = format!(r#"<s:svg xmlns:s="{SVG}"><s:g/></s:svg>"#);
    assert_eq!(read(prefixed.as_bytes()).unwrap().file_name, "logo.svg");
}

#[test]
fn an_active_element_is_refused_by_name() {
    for name in [
        "script",
        "SCRIPT",
        "foreignObject",
        "foreignobject",
        "iframe",
        "object",
        "embed",
        "audio",
        "video",
        "animate",
        "animateMotion",
        "animateTransform",
        "set",
        "a",
        "handler",
        "listener",
        "feImage",
        "link",
    ] {
        let problem = told(svg(&format!("<g><{name}/></g>")).as_bytes());
        assert!(problem.starts_with(&format!("is an SVG with <{name}>:")), "{name}: {problem}");
        let prefixed = format!(r#"<x:{name} xmlns:x="{SVG}"/>"#);
        assert!(told(svg(&prefixed).as_bytes()).contains(&format!("<{name}>")), "{name}");
    }
    for (inner, found) in [
        (format!(r#"<script xmlns="{XHTML}"/>"#), "<script> of the namespace http://www.w3.org/1999/xhtml"),
        (format!(r#"<metadata><h:g xmlns:h="{XHTML}"/></metadata>"#), "<g> of the namespace"),
        ("<metadata><x:RDF xmlns:x=\"urn:rdf\"/></metadata>".to_owned(), "<RDF> of the namespace urn:rdf"),
        (r#"<math xmlns="http://www.w3.org/1998/Math/MathML"/>"#.to_owned(), "<math> of the namespace"),
        (r#"<g xmlns=""/>"#.to_owned(), "<g>"),
        // Browsers take this element for HTML.
        (
            format!(r#"<g xmlns:x="urn:x" x:xmlns="{SVG}" xmlns="{XHTML}"/>"#),
            "an attribute named xmlns with a prefix",
        ),
    ] {
        let problem = told(svg(&inner).as_bytes());
        assert!(problem.starts_with(&format!("is an SVG with {found}")), "{inner}: {problem}");
    }
    assert!(told(b"<svg/>").starts_with("is an SVG with <svg> without a namespace"));
}

#[test]
fn an_active_attribute_is_refused_by_name() {
    for (inner, found) in [
        (r#"<g onload="alert(1)"/>"#, "the event handler onload"),
        (r#"<g ONCLICK="alert(1)"/>"#, "the event handler ONCLICK"),
        (r#"<g xlink:onload="alert(1)"/>"#, "the event handler onload"),
        (r#"<image href="https://evil.example/x.png"/>"#, "a link to something outside itself in href"),
        (r#"<image xlink:href="//evil.example/x.png"/>"#, "a link to something outside itself in href"),
        (r#"<image src="x.png"/>"#, "a link to something outside itself in src"),
        (r#"<image href=""/>"#, "a link to something outside itself in href"),
        (r#"<image href="data:image/svg+xml;base64,AA"/>"#, "a link to something outside itself in href"),
        (r#"<image href="data:text/html;base64,AA"/>"#, "a link to something outside itself in href"),
        (r#"<image href="data:image/png,AA"/>"#, "a link to something outside itself in href"),
        (r#"<use href="data:image/png;base64,AA"/>"#, "a link to something outside itself in href"),
        (r#"<use xlink:href="other.svg#x"/>"#, "a link to something outside itself in href"),
        (r#"<use href=" #x"/>"#, "a link to something outside itself in href"),
        (r#"<use href="java&#10;script:alert(1)"/>"#, "a link to something outside itself in href"),
        (r#"<g xmlns:q="http://www.w3.org/1999/xlink" q:href="/"/>"#, "a link to something outside"),
        (r#"<g xml:base="https://evil.example/"/>"#, "the attribute base"),
        (
            r#"<g style="fill: URL( 'https://evil.example/x#y')"/>"#,
            "url() with something outside itself in style",
        ),
        (r#"<g style="@import 'x'"/>"#, "@import in style"),
        (r#"<g style="fill: u\72l(x)"/>"#, "a backslash in style"),
        (r#"<g fill="url(https://evil.example/x#y)"/>"#, "url() with something outside itself in fill"),
        (r#"<g filter="url(#a) url(&quot;b&quot;)"/>"#, "url() with something outside itself in filter"),
        (r#"<g cursor="&#117;rl(x)"/>"#, "url() with something outside itself in cursor"),
    ] {
        let problem = told(svg(inner).as_bytes());
        assert!(problem.starts_with(&format!("is an SVG with {found}")), "{inner}: {problem}");
    }
}

#[test]
fn a_style_that_loads_something_is_refused() {
    for (style, found) in [
        ("@import 'https://evil.example/x.css';", "@import"),
        ("@IMPORT url(x)", "@import"),
        ("&#64;import 'x'", "@import"),
        ("@im<![CDATA[port]]> 'x'", "@import"),
        ("<![CDATA[@im]]><![CDATA[port 'x']]>", "@import"),
        ("@im<!-- -->port 'x'", "a comment or an element inside"),
        ("@im<g/>port 'x'", "a comment or an element inside"),
        ("a { fill: \\75rl(x) }", "a backslash"),
        ("@\\69mport 'x'", "a backslash"),
        ("a { fill: url(x) }", "url()"),
        ("a { fill: url() }", "url()"),
        ("a { fill: url(", "url()"),
        ("a { fill: url(/* # */x) }", "url()"),
        ("a { fill: url(\"'#x\") }", "url()"),
        ("a { fill: url(\u{a0}#x) }", "url()"),
        ("a { fill: url(#x) } b { fill: Url(\t\"//evil.example/x\") }", "url()"),
        ("@font-face { src: url(data:font/woff2;base64,AA) }", "url()"),
        ("a { background: -webkit-image-set('x' 1x) }", "image-set("),
        ("a { background: image('x') }", "image("),
        ("a { background: SRC('x') }", "src("),
    ] {
        let problem = told(svg(&format!("<style>{style}</style>")).as_bytes());
        assert!(problem.starts_with(&format!("is an SVG with {found}")), "{style}: {problem}");
    }
}

#[test]
fn a_processing_instruction_is_refused() {
    let instruction = r#"<?xml-stylesheet href="https://evil.example/x.css"?>"#;
    for content in [
        format!("{instruction}{}", svg("")),
        format!("<?xml version=\"1.0\"?><!-- -->{instruction}{}", svg("")),
        svg(instruction),
        format!("{}{instruction}", svg("")),
    ] {
        let problem = told(content.as_bytes());
        assert!(
            problem.starts_with("is an SVG with the processing instruction xml-stylesheet:"),
            "{problem}"
        );
    }
    // roxmltree takes a declaration with another space for an instruction, and so do we.
    let other_space = format!("<?xml\tversion='1.0' encoding='utf-8'?>{}", svg(""));
    assert!(told(other_space.as_bytes()).starts_with("is an SVG with the processing instruction xml:"));
}

#[test]
fn an_svg_in_another_encoding_is_refused() {
    let utf_16: Vec<u8> = svg("").encode_utf16().flat_map(u16::to_le_bytes).collect();
    let utf_16_big: Vec<u8> = svg("").encode_utf16().flat_map(u16::to_be_bytes).collect();
    let mut latin = svg("<title>X</title>").into_bytes();
    for byte in latin.iter_mut().filter(|byte| **byte == b'X') {
        *byte = 0xe9;
    }
    let declared = |name: &str| format!("<?xml version=\"1.0\" encoding={name}?>{}", svg("")).into_bytes();
    for content in [
        [b"\xff\xfe", utf_16.as_slice()].concat(),
        [b"\xfe\xff", utf_16_big.as_slice()].concat(),
        utf_16,
        utf_16_big,
        latin,
        declared("'ISO-8859-1'"),
        declared("\"Shift_JIS\""),
        declared(" 'utf-16'"),
        declared("''"),
        declared("'utf-7'"),
        format!("<?xml version='1.0 encoding=\"utf-8\"' encoding='Shift_JIS'?>{}", svg("")).into_bytes(),
    ] {
        let problem = told(&content);
        assert!(problem.starts_with("is an SVG that is not in UTF-8"), "{problem}");
    }
}

#[test]
fn a_document_type_is_refused() {
    for declaration in [
        r#"<!DOCTYPE svg PUBLIC "-//W3C//DTD SVG 1.1//EN" "http://www.w3.org/Graphics/svg11.dtd">"#,
        "<!DOCTYPE svg>",
        r#"<!DOCTYPE svg [<!ENTITY x "<script/>">]>"#,
    ] {
        let problem = told(format!("<?xml version=\"1.0\"?>{declaration}{}", svg("&x;")).as_bytes());
        assert!(problem.starts_with("is an SVG with a document type"), "{declaration}: {problem}");
    }
    assert!(told(svg("&x;").as_bytes()).starts_with("is not a well-formed SVG: unknown entity"));
    assert!(told(svg("<!DOCTYPE svg>").as_bytes()).starts_with("is not a well-formed SVG"));
}

#[test]
fn a_deep_or_large_svg_neither_hangs_nor_overflows_the_stack() {
    let nested = |levels: usize| svg(&("<g>".repeat(levels) + "</g>".repeat(levels).as_str())).into_bytes();
    assert_eq!(read(&nested(DEEPEST - 1)).unwrap().file_name, "logo.svg");
    assert!(matches!(read(&nested(DEEPEST)), Err(LogoProblem::TooDeep)));
    assert!(matches!(read(&nested(9_000)), Err(LogoProblem::TooDeep)));
    assert!(matches!(read(&nested(37_000)), Err(LogoProblem::TooManyNodes)));
    let unclosed = svg(&"<g>".repeat(80_000)).into_bytes();
    assert!(matches!(read(&unclosed), Err(LogoProblem::TooManyNodes)));
    let siblings = svg(&"<g/>".repeat(60_000)).into_bytes();
    assert!(matches!(read(&siblings), Err(LogoProblem::TooManyNodes)));
}

#[test]
fn a_file_that_is_not_an_image_is_refused() {
    for content in [
        b"".as_slice(),
        b"hello",
        b"hello, this is a longer text",
        b"<",
        b"BM\x1a\0\0\0\0\0\0\0\x1a\0\0\0\x0c\0\0\0\x01\0\x01\0\x01\0\x18\0",
        b"\0\0\0\x1cftypavif\0\0\0\0",
        b"RIFF\0\0\0\0WAVEfmt ",
        b"<html xmlns='http://www.w3.org/1999/xhtml'><svg/></html>",
        b"%PDF-1.7 <svg/>",
    ] {
        let problem = told(content);
        let expected = if content == b"<" { "is not a well-formed SVG" } else { "is not an SVG, PNG, JPEG" };
        assert!(problem.starts_with(expected), "{}: {problem}", String::from_utf8_lossy(content));
    }
    assert!(told(b"<svg").starts_with("is not a well-formed SVG"));
    assert!(told(b"\x1f\x8b\x08\0\0\0\0\0\0\x03\xb3").starts_with("is compressed"));
}

#[test]
fn a_damaged_or_oversized_image_is_refused() {
    for (content, problem) in [
        (b"\x89PNG\r\n\x1a\n\0\0\0\r".to_vec(), "is a damaged PNG image"),
        ([b"\x89PNG<svg xmlns='", SVG.as_bytes(), b"'><script/></svg>"].concat(), "is a damaged PNG image"),
        (b"GIF8<script>alert(1)</script>".to_vec(), "is a damaged GIF image"),
        (b"GIF89a\x01\0\x01".to_vec(), "is not an SVG, PNG, JPEG, WebP or GIF image"),
        (b"\xff\xd8\xff\xe0\0\x10JFIF\0\x01\x01\0\0\x01\0\x01\0\0".to_vec(), "is a damaged JPEG image"),
        (b"\xff\xd8\xff\xe0\0\0\0\0\0\0\0\0\0\0".to_vec(), "is a damaged JPEG image"),
        (b"RIFF\x16\0\0\0WEBPVP8?\x0a\0\0\0".to_vec(), "is a damaged WebP image"),
        (b"RIFF\x16\0\0\0WEBP".to_vec(), "is a damaged WebP image"),
        (png(0, 1), "must be 1 to 4096 pixels wide and high, and is 0 × 1"),
        (png(4097, 1), "must be 1 to 4096 pixels wide and high, and is 4097 × 1"),
        (jpeg(1, 5000), "must be 1 to 4096 pixels wide and high, and is 1 × 5000"),
        (gif(1, 0), "must be 1 to 4096 pixels wide and high, and is 1 × 0"),
    ] {
        assert_eq!(told(&content), problem, "{}", String::from_utf8_lossy(&content));
    }
}

#[test]
fn the_limit_is_256_kib() {
    assert_eq!(told(&vec![b'x'; 300 * 1024]), "is larger than 256 KiB");
    let padded = |length: usize| {
        let mut bytes = svg("").into_bytes();
        bytes.resize(length, b' ');
        bytes
    };
    assert_eq!(read(&padded(256 * 1024)).unwrap().bytes.len(), 256 * 1024);
    assert_eq!(told(&padded(256 * 1024 + 1)), "is larger than 256 KiB");
}

#[test]
fn only_a_regular_file_is_read() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    assert!(matches!(Logo::read(folder.path()), Err(LogoProblem::NotAFile)));
    assert!(matches!(Logo::read(Path::new("/dev/zero")), Err(LogoProblem::NotAFile)));
    let made = std::process::Command::new("mkfifo").arg(at("fifo")).status().unwrap();
    assert!(made.success());
    assert!(matches!(Logo::read(&at("fifo")), Err(LogoProblem::NotAFile)));
    assert!(matches!(Logo::read(&at("missing")), Err(LogoProblem::Unreadable(_))));
    assert!(matches!(Logo::read(&at("fifo").join("x")), Err(LogoProblem::Unreadable(_))));
    std::fs::write(at("logo"), svg("")).unwrap();
    for (link, target) in [("good", "logo"), ("fifo_link", "fifo"), ("dangling", "missing"), ("loop", "loop")]
    {
        std::os::unix::fs::symlink(at(target), at(link)).unwrap();
    }
    assert_eq!(Logo::read(&at("good")).unwrap().file_name, "logo.svg");
    assert!(matches!(Logo::read(&at("fifo_link")), Err(LogoProblem::NotAFile)));
    assert!(matches!(Logo::read(&at("dangling")), Err(LogoProblem::Unreadable(_))));
    assert!(matches!(Logo::read(&at("loop")), Err(LogoProblem::Unreadable(_))));
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn nothing_active_is_accepted_however_it_is_put_together(inner in made_of(&[
        "<g>", "</g>", "<g ", "/>", "<style>", "</style>", "<title>", "</title>", "<![CDATA[", "]]>", "<!--", "-->", "'", "=",
        "@import", "&#64;", " ", "<script>", "</script>", "<a href='#x'>", "</a>", "<g onload='x'>", "<image href='x'/>",
        "<use xlink:href='//evil.example'/>", "<g fill='url(x)'/>", "<g xmlns='http://www.w3.org/1999/xhtml'/>", "<?x ?>",
    ])) {
        let text = svg(&inner);
        let Ok(logo) = read(text.as_bytes()) else { return Ok(()) };
        prop_assert_eq!(&logo.bytes, text.as_bytes());
        // Only comments and CDATA sections may hold `<` as text.
        if !inner.contains("<!") {
            for active in [
                "<script", "<a ", "<g onload", "<image href='x'", "<use xlink:href='//", "<g fill='url(x)", "<g xmlns", "<?x",
                "<style>@import",
            ] {
                prop_assert!(!inner.contains(active), "{text}");
            }
        }
    }
}
