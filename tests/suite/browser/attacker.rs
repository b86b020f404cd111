//! The attacker's site: the pages that frame a target, which `unframed verify --browser` serves, too, and pages for
//! attacks without a frame, which only the tests have.

use actix_web::{HttpRequest, HttpResponse};

use unframed::verify::browser::attacker::{escape, page};

use super::world::parameter;

/// The attacker's server.
pub fn answer(request: &HttpRequest) -> HttpResponse {
    let target = parameter(request, "u");
    let html = |body: String| HttpResponse::Ok().content_type("text/html").body(body);
    match request.path() {
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
        path => match page(path, |name| parameter(request, name)) {
            Some(page) => {
                let status = page.status.try_into().expect("a status");
                let mut response = HttpResponse::build(status);
                if let Some(location) = page.location {
                    response.insert_header(("location", location));
                }
                response.content_type("text/html").body(page.body)
            }
            None => html("<!doctype html><title>Attacker</title>".to_owned()),
        },
    }
}
