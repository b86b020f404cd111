//! The attacker's site. No part of it is in the program.

use actix_web::{HttpRequest, HttpResponse};

use super::screenshot::Region;
use super::world::parameter;

/// A way to get a page into a frame.
pub struct Vector {
    pub name: &'static str,
    /// Whether a framed form can be submitted.
    pub submits: bool,
    /// Whether an error response is shown. An `object` shows its fallback content instead.
    pub errors: bool,
    /// The markup: `{t}` is the target, `{p}` the target without its query, `{v}` the value of its `v`, `{u}`
    /// the target escaped for a query, `{n}` a name for the frame, `{f}` a frame with the target.
    markup: &'static str,
}

const fn vector(name: &'static str, markup: &'static str) -> Vector {
    Vector { name, submits: true, errors: true, markup }
}

/// Every vector. All of them share one page, so only one may use the session history.
pub const VECTORS: &[Vector] = &[
    vector("iframe", "<iframe src='{t}'></iframe>"),
    vector("nested iframe", "<iframe src='/wrap?kind=iframe&u={u}'></iframe>"),
    vector("iframe credentialless", "<iframe credentialless src='{t}'></iframe>"),
    Vector { submits: false, ..vector("sandbox", "<iframe sandbox src='{t}'></iframe>") },
    vector("sandbox forms", "<iframe sandbox='allow-forms' src='{t}'></iframe>"),
    vector("sandbox forms scripts", "<iframe sandbox='allow-forms allow-scripts' src='{t}'></iframe>"),
    vector(
        "sandbox forms same-origin",
        "<iframe sandbox='allow-forms allow-same-origin' src='{t}'></iframe>",
    ),
    vector(
        "sandbox all",
        "<iframe sandbox='allow-forms allow-scripts allow-same-origin allow-popups' src='{t}'></iframe>",
    ),
    vector("srcdoc parent", "<iframe srcdoc=\"<body style='margin:0'>{f}\"></iframe>"),
    vector(
        "blob parent",
        "<iframe name='{n}'></iframe><script>frames['{n}'].location = URL.createObjectURL(new Blob([`<body style='margin:0'>{f}`], {type: 'text/html'}))</script>",
    ),
    vector("data parent", "<iframe src=\"data:text/html,<body style='margin:0'>{f}\"></iframe>"),
    vector(
        "about:blank parent",
        "<iframe name='{n}'></iframe><script>frames['{n}'].document.write(`<body style='margin:0'>{f}`); frames['{n}'].document.close()</script>",
    ),
    vector(
        "javascript: parent",
        "<iframe name='{n}' src=\"javascript:`<body style='margin:0'>{f}`\"></iframe>",
    ),
    vector("frameset", "<iframe src='/wrap?kind=frameset&u={u}'></iframe>"),
    Vector { errors: false, ..vector("object", "<object type='text/html' data='{t}'></object>") },
    vector("embed", "<embed type='text/html' src='{t}'>"),
    vector(
        "foreignObject",
        "<svg><foreignObject width='100%' height='100%'><iframe src='{t}'></iframe></foreignObject></svg>",
    ),
    vector(
        "link target",
        "<iframe name='{n}'></iframe><a id='{n}' target='{n}' href='{t}'></a><script>document.getElementById('{n}').click()</script>",
    ),
    vector("location", "<iframe name='{n}'></iframe><script>frames['{n}'].location = '{t}'</script>"),
    vector("window.open", "<iframe name='{n}'></iframe><script>window.open('{t}', '{n}')</script>"),
    vector(
        "form GET target",
        "<iframe name='{n}'></iframe><form id='{n}' target='{n}' action='{p}'><input type='hidden' name='v' value='{v}'></form><script>document.getElementById('{n}').submit()</script>",
    ),
    vector(
        "form POST target",
        "<iframe name='{n}'></iframe><form id='{n}' target='{n}' method='post' action='{t}'></form><script>document.getElementById('{n}').submit()</script>",
    ),
    vector("meta refresh", "<iframe src='/wrap?kind=refresh&u={u}'></iframe>"),
    vector("302 into a frame", "<iframe src='/redirect?status=302&u={u}'></iframe>"),
    vector(
        "307 into a frame",
        "<iframe name='{n}'></iframe><form id='{n}' target='{n}' method='post' action='/redirect?status=307&u={u}'></form><script>document.getElementById('{n}').submit()</script>",
    ),
    vector("history back", "<iframe src='/wrap?kind=history&u={u}'></iframe>"),
];

/// Width and height of each frame.
pub const FRAME: (usize, usize) = (640, 160);
const COLUMNS: usize = 2;

/// Escapes a text for a query.
pub fn escape(text: &str) -> String {
    url::form_urlencoded::byte_serialize(text.as_bytes()).collect()
}

/// The address, at the attacker's, of a page with the target in its only frame.
pub fn in_a_frame(target: &str) -> String {
    format!("/wrap?kind=iframe&u={}", escape(target))
}

/// Where the frame of a vector lies in the window.
pub fn region(index: usize) -> Region {
    let (width, height) = FRAME;
    ((index % COLUMNS) * (width + 10), (index / COLUMNS) * (height + 10), width, height)
}

/// The attacker's server.
pub fn answer(request: &HttpRequest) -> HttpResponse {
    let target = parameter(request, "u");
    let html = |body: String| HttpResponse::Ok().content_type("text/html").body(body);
    match request.path() {
        "/attack" => html(attack(&target, &parameter(request, "vectors"))),
        "/wrap" => html(wrap(&parameter(request, "kind"), &target)),
        // The popup takes the first click of a double click and closes. The page beneath is the target
        // already, or navigates there now.
        "/double-click" => html(format!(
            "<!doctype html><title>Attack</title><button id='go'>See the picture</button><script>
             go.onclick = () => {{ open('/decoy', '_blank', 'width=400,height=300'); location.href = '{target}'; }};</script>"
        )),
        "/double-click-late" => html(format!(
            "<!doctype html><title>Attack</title><button id='go'>See the picture</button><script>
             go.onclick = () => {{ open('/decoy?u={escaped}', '_blank', 'width=400,height=300'); }};</script>",
            escaped = escape(&target)
        )),
        "/decoy" => html(format!(
            "<!doctype html><title>Double-click here</title><script>
             onmousedown = () => {{ if ('{target}') opener.location.href = '{target}'; close(); }};</script>"
        )),
        // The popup is the target itself, beneath the pointer.
        "/popup" => html(format!(
            "<!doctype html><title>Attack</title><body style='height:100vh'><script>
             onmousedown = () => {{ window.popup = open('{target}', '_blank', 'width=1320,height=1200,left=0,top=0'); }};</script>"
        )),
        // Any click or key opens the target, which receives the next click or key.
        "/lead" => html(format!(
            "<!doctype html><title>Attack</title><body style='height:100vh'><script>
             onmousedown = onkeydown = () => {{ onkeydown = null; location.href = '{target}'; }};</script>"
        )),
        "/prefetch" => html(format!(
            "<!doctype html><title>Attack</title><script type='speculationrules'>
             {{\"prefetch\": [{{\"source\": \"list\", \"urls\": [\"{target}\"], \"eagerness\": \"immediate\"}}]}}</script>
             <a id='go' href='{target}'>Go on</a>"
        )),
        "/redirect" => {
            let status: u16 = parameter(request, "status").parse().expect("a status");
            HttpResponse::build(status.try_into().expect("a status"))
                .insert_header(("location", target))
                .finish()
        }
        _ => html("<!doctype html><title>Attacker</title>".to_owned()),
    }
}

/// The address, at the attacker's, of a page that shows the target through these vectors.
pub fn through(vectors: &[usize], target: &str) -> String {
    let vectors: Vec<String> = vectors.iter().map(usize::to_string).collect();
    format!("/attack?vectors={}&u={}", vectors.join(","), escape(target))
}

/// One page with vectors, which a list of indices names, all aimed at one target.
fn attack(target: &str, vectors: &str) -> String {
    let mut page = format!(
        "<!doctype html><title>Attack</title><style>
         body {{ margin: 0; background: #ccc }}
         div {{ position: absolute; overflow: hidden; width: {w}px; height: {h}px }}
         iframe, object, embed, svg {{ display: block; border: 0; width: {w}px; height: {h}px }}</style>",
        w = FRAME.0,
        h = FRAME.1
    );
    for index in vectors.split(',') {
        let index: usize = index.parse().expect("an index");
        let vector = &VECTORS[index];
        let (left, top, ..) = region(index);
        let aimed = format!("{target}?v=v{index}");
        let escaped = escape(&aimed);
        let frame = format!(
            "<iframe style='border:0;width:{}px;height:{}px' src='{aimed}'></iframe>",
            FRAME.0, FRAME.1
        );
        let markup = vector
            .markup
            .replace("{f}", &frame)
            .replace("{t}", &aimed)
            .replace("{u}", &escaped)
            .replace("{p}", target)
            .replace("{v}", &format!("v{index}"))
            .replace("{n}", &format!("f{index}"));
        page.push_str(&format!("<div style='left:{left}px;top:{top}px'>{markup}</div>\n"));
    }
    page
}

fn wrap(kind: &str, target: &str) -> String {
    let (width, height) = FRAME;
    let frame =
        format!("<iframe style='border:0;width:{width}px;height:{height}px' src='{target}'></iframe>");
    match kind {
        "iframe" => format!("<!doctype html><body style='margin:0'>{frame}"),
        "frameset" => format!("<frameset cols='*' frameborder=0 border=0><frame src='{target}'></frameset>"),
        "refresh" => format!("<meta http-equiv='refresh' content='0;url={target}'>"),
        // The frame shows the target, then a page of the attacker's, then goes back.
        "history" => format!(
            "<!doctype html><body style='margin:0'>{frame}<script>
             const frame = document.querySelector('iframe');
             let loads = 0;
             frame.onload = () => {{
                 loads += 1;
                 // A navigation while the page still loads adds no entry to the history.
                 if (loads === 1) setTimeout(() => {{ frame.contentWindow.location.href = '/blank'; }}, 100);
                 if (loads === 2) setTimeout(() => history.back(), 100);
                 if (loads === 3) fetch('/collect?back');
             }};</script>"
        ),
        other => panic!("no such wrapper: {other}"),
    }
}
