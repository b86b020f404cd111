//! The naive pages, on the victim's host: each falls for an attack, and any site may frame it. No part
//! of this is in the program.

use actix_web::{HttpResponse, web};

/// Colour of the button of `/naive`.
pub const COLOUR: [u8; 3] = [255, 0, 255];
/// The middle of that button. Other naive pages have their first control in the same place.
pub const BUTTON: (i64, i64) = (140, 90);
/// The words that `/naive/phrase` asks the user to type.
pub const PHRASE: &str = "delete it";

/// The style that puts a control at [`BUTTON`].
const THERE: &str =
    "style='position:absolute;left:40px;top:60px;width:200px;height:60px;border:0;background:#f0f'";

/// A page below `/naive`; `v` names the attack.
pub fn page(path: &str, v: &str) -> HttpResponse {
    let button = format!("<button id='delete' {THERE}>Delete my account</button>");
    let body = match path {
        "/naive" | "/naive/error" => button,
        // Three clicks in one place lead through the first and second page to the action.
        "/naive/arrival" => format!("<a href='/naive/start?v={v}' {THERE}>Continue</a>"),
        "/naive/start" => format!("<a href='/naive?v={v}' {THERE}>Delete my account</a>"),
        // Two positions, but no typing, and any site can open it.
        "/naive/tick" => "<style>button { display: none } :checked ~ button { display: block }</style>\
             <input type='checkbox' required> I want this <button>Delete my account</button>"
            .to_owned(),
        // Typing, but always the same words, and the field has the focus.
        "/naive/phrase" => {
            format!(
                "<p>Type “{PHRASE}”</p><input name='phrase' autofocus {THERE}><button>Delete my account</button>"
            )
        }
        other => panic!("no such naive page: {other}"),
    };
    let mut response = if path.ends_with("/error") { HttpResponse::NotFound() } else { HttpResponse::Ok() };
    response.content_type("text/html").body(format!(
        "<!doctype html><title>Naive</title><body style='margin:0;background:white'>\
         <form method='post' action='/naive/clicked?v={v}'>{body}</form>"
    ))
}

/// Whether a submitted form runs the action of its page.
pub fn acts(body: &web::Bytes) -> bool {
    let typed = url::form_urlencoded::parse(body).find(|(name, _)| name == "phrase");
    typed.is_none_or(|(_, phrase)| phrase == PHRASE)
}
