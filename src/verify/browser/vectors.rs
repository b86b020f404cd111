//! The ways to get a page into a frame of another page.

use super::screenshot::Region;

/// A way to get a page into a frame.
#[derive(Clone, Copy, Debug)]
pub struct Vector {
    /// Its name in reports.
    pub name: &'static str,
    /// Whether a framed form can be submitted.
    pub submits: bool,
    /// Whether an error response is shown. An `object` shows its fallback content instead.
    pub errors: bool,
    /// Whether it requests the page with POST.
    pub posts: bool,
    /// Whether the page cannot navigate the window that frames it.
    pub sandboxed: bool,
    /// Whether no script of the page runs.
    pub(super) silent: bool,
    /// Whether the page is in a frame within the frame.
    pub(super) nested: bool,
    /// What the attacker's page contains; `attacker::fill` knows the words in braces.
    pub(super) markup: &'static str,
}

const fn vector(name: &'static str, markup: &'static str) -> Vector {
    let (submits, errors) = (true, true);
    Vector { name, submits, errors, posts: false, sandboxed: false, silent: false, nested: false, markup }
}

const fn nested(name: &'static str, markup: &'static str) -> Vector {
    Vector { nested: true, ..vector(name, markup) }
}

const fn sandboxed(name: &'static str, markup: &'static str) -> Vector {
    Vector { sandboxed: true, ..vector(name, markup) }
}

const fn silent(name: &'static str, markup: &'static str) -> Vector {
    Vector { silent: true, ..sandboxed(name, markup) }
}

const fn post(name: &'static str, markup: &'static str) -> Vector {
    Vector { posts: true, ..vector(name, markup) }
}

/// Every vector. All of them share one page, so only one may use the session history.
pub const VECTORS: &[Vector] = &[
    vector("iframe", "<iframe src='{target}'></iframe>"),
    nested("nested iframe", "<iframe src='/wrap?kind=iframe&amp;u={query}'></iframe>"),
    vector("iframe credentialless", "<iframe credentialless src='{target}'></iframe>"),
    Vector { submits: false, ..silent("sandbox", "<iframe sandbox src='{target}'></iframe>") },
    silent("sandbox forms", "<iframe sandbox='allow-forms' src='{target}'></iframe>"),
    sandboxed(
        "sandbox forms scripts",
        "<iframe sandbox='allow-forms allow-scripts' src='{target}'></iframe>",
    ),
    silent(
        "sandbox forms same-origin",
        "<iframe sandbox='allow-forms allow-same-origin' src='{target}'></iframe>",
    ),
    sandboxed(
        "sandbox all",
        "<iframe sandbox='allow-forms allow-scripts allow-same-origin allow-popups' src='{target}'></iframe>",
    ),
    nested("srcdoc parent", "<iframe srcdoc=\"{document}\"></iframe>"),
    nested(
        "blob parent",
        "<iframe name='{name}'></iframe><script>frames['{name}'].location = URL.createObjectURL(new Blob([{document_script}], {type: 'text/html'}))</script>",
    ),
    nested("data parent", "<iframe src=\"data:text/html,{document_url}\"></iframe>"),
    nested(
        "about:blank parent",
        "<iframe name='{name}'></iframe><script>frames['{name}'].document.write({document_script}); frames['{name}'].document.close()</script>",
    ),
    nested("javascript: parent", "<iframe name='{name}' src=\"javascript:{document_script_url}\"></iframe>"),
    nested("frameset", "<iframe src='/wrap?kind=frameset&amp;u={query}'></iframe>"),
    Vector { errors: false, ..vector("object", "<object type='text/html' data='{target}'></object>") },
    vector("embed", "<embed type='text/html' src='{target}'>"),
    vector(
        "foreignObject",
        "<svg><foreignObject width='100%' height='100%'><iframe src='{target}'></iframe></foreignObject></svg>",
    ),
    vector(
        "link target",
        "<iframe name='{name}'></iframe><a id='{name}' target='{name}' href='{target}'></a><script>document.getElementById('{name}').click()</script>",
    ),
    vector(
        "location",
        "<iframe name='{name}'></iframe><script>frames['{name}'].location = {script}</script>",
    ),
    vector("window.open", "<iframe name='{name}'></iframe><script>window.open({script}, '{name}')</script>"),
    vector(
        "form GET target",
        "<iframe name='{name}'></iframe><form id='{name}' target='{name}' action='{action}'>{fields}</form><script>document.getElementById('{name}').submit()</script>",
    ),
    post(
        "form POST target",
        "<iframe name='{name}'></iframe><form id='{name}' target='{name}' method='post' action='{target}'></form><script>document.getElementById('{name}').submit()</script>",
    ),
    vector("meta refresh", "<iframe src='/wrap?kind=refresh&amp;u={query}'></iframe>"),
    vector("302 into a frame", "<iframe src='/redirect?status=302&amp;u={query}'></iframe>"),
    post(
        "307 into a frame",
        "<iframe name='{name}'></iframe><form id='{name}' target='{name}' method='post' action='/redirect?status=307&amp;u={query}'></form><script>document.getElementById('{name}').submit()</script>",
    ),
    nested(HISTORY_BACK, "<iframe src='/wrap?kind=history&amp;u={query}'></iframe>"),
];

/// The vector that tells the attacker's server when it has gone back.
pub const HISTORY_BACK: &str = "history back";

/// Width and height of each frame.
pub const FRAME: (usize, usize) = (640, 160);
const COLUMNS: usize = 2;

/// The colour of the attacker's page around and beneath the frames.
pub(super) const BACKGROUND: [u8; 3] = [0xcc; 3];

/// Where the frame of a vector lies in the window.
#[must_use]
pub fn region(index: usize) -> Region {
    let (width, height) = FRAME;
    ((index % COLUMNS) * (width + 10), (index / COLUMNS) * (height + 10), width, height)
}
