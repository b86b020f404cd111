//! The attacker's site, for trying by hand: run `unframed local` at http://localhost:8080, sign in
//! there, and open what this prints. Each attempt stands beside the same attempt on a careless
//! page, where it works. Nothing of this is in the program that is shipped.

use std::net::SocketAddr;

use actix_web::{App, HttpRequest, HttpResponse, HttpServer, web};
use clap::Parser;
use unframed::domain::Origin;

/// An attacker's site beside a running unframed.
#[derive(Clone, Parser)]
struct Arguments {
    /// The site that is attacked.
    #[arg(long, default_value = "http://localhost:8080", value_parser = Origin::parse)]
    target: Origin,
    /// Where the attacker's site listens.
    #[arg(long, default_value = "127.0.0.1:8666")]
    listen: SocketAddr,
}

/// An attempt: its name, what it does, and the markup with `{t}` for the page that is attacked.
struct Attempt {
    name: &'static str,
    text: &'static str,
    markup: &'static str,
}

const ATTEMPTS: &[Attempt] = &[
    Attempt {
        name: "A frame",
        text: "The classic: the page of the victim in a frame, transparent, over something that you want to click. Here it is left visible.",
        markup: "<iframe title='{n}' src='{t}'></iframe>",
    },
    Attempt {
        name: "A frame in a frame",
        text: "A page that only looks at its direct parent would be fooled by a parent in between.",
        markup: "<iframe title='{n}' src='/nest?u={t}'></iframe>",
    },
    Attempt {
        name: "A sandboxed frame",
        text: "The sandbox switches scripts off, and with them every page that defends itself by script. Forms still work.",
        markup: "<iframe title='{n}' sandbox='allow-forms' src='{t}'></iframe>",
    },
    Attempt {
        name: "A parent without an address",
        text: "The parent is a data: document, which has no origin that a list could name.",
        markup: "<iframe title='{n}' src=\"data:text/html,<body style='margin:0'><iframe style='border:0;width:100%;height:100vh' src='{t}'>\"></iframe>",
    },
    Attempt {
        name: "An object",
        text: "Not a frame by name, but it shows a page just the same.",
        markup: "<object aria-label='{n}' type='text/html' data='{t}'></object>",
    },
    Attempt {
        name: "An embed",
        text: "The oldest of the family.",
        markup: "<embed title='{n}' type='text/html' src='{t}'>",
    },
    Attempt {
        name: "A redirect into a frame",
        text: "The frame asks the attacker's site, which sends it on.",
        markup: "<iframe title='{n}' src='/redirect?u={t}'></iframe>",
    },
    Attempt {
        name: "A link into a frame",
        text: "An empty frame, and a link that opens in it. Click the link.",
        markup: "<iframe title='{n}' name='{f}'></iframe><p><a target='{f}' href='{t}'>Open it in the frame above</a></p>",
    },
    Attempt {
        name: "A form into a frame",
        text: "The same with a form: the page arrives as the answer to a POST. Press the button.",
        markup: "<iframe title='{n}' name='{f}'></iframe><form method='post' target='{f}' action='{t}'><button>Send it into the frame above</button></form>",
    },
    Attempt {
        name: "An error page",
        text: "Headers are easily forgotten on errors, and an error page has links and buttons too.",
        markup: "<iframe title='{n}' src='{t}/there-is-no-such-page'></iframe>",
    },
];

/// Attempts that need no frame: a window above another, and a key that is held.
const WINDOWS: &str = "<section><h2>A double click</h2>
<p>No frame at all: a small window lies above the page of the victim and asks for a double click. The first click closes
it, the second lands on whatever is beneath. No header stops this: the page must ask for more than a click. Let pop-up
windows be opened, press a button, and double-click in the small window.</p>
<p><button data-under='/careless'>Over the careless page</button> <button data-under='{delete}'>Over unframed's deletion</button></p>
<p>On the careless page one click is enough. On unframed the page that begins a deletion first says where you are, since you
came from elsewhere. Go on there, and try to get the account deleted by clicks in one place: the link, the button, the tick and
the last button lie at four places, and the last page wants your password and two words.</p></section>
<section><h2>A held key</h2>
<p>Hold Enter while the page changes to one whose link names a button: browsers move the focus to what the link's
<code>#name</code> says, and the key presses it. Go to a button here with the Tab key, and hold Enter for some seconds.</p>
<p><button data-go='/careless#delete'>Hold Enter: the careless page</button> <button data-go='{delete}#main'>Hold Enter: unframed's deletion</button></p>
<p>On unframed no control has a name that a link could use.</p></section>
<script>
for (const button of document.querySelectorAll('[data-go]')) button.onclick = () => { location.href = button.dataset.go; };
for (const button of document.querySelectorAll('[data-under]')) button.onclick = () => {
  const popup = window.open('/decoy', 'decoy', 'width=420,height=320,left=' + (screenX + 80) + ',top=' + (screenY + 160));
  if (popup) location.href = button.dataset.under;
};
</script>";

const STYLE: &str = "body { font: 1rem/1.5 system-ui, sans-serif; margin: 0 auto; max-width: 76rem; padding: 1rem; color: #222; background: #fff8f0 }
section { border-top: 1px solid #cba; padding: 1rem 0 } .two { display: grid; grid-template-columns: 1fr 1fr; gap: 1rem }
iframe, object, embed { width: 100%; height: 18rem; border: 2px dashed #a63; background: #fff; box-sizing: border-box }
h3 { font-size: 1rem; margin: 0 0 .5rem } button { font: inherit; padding: .5rem 1rem }";

fn page(title: &str, body: &str) -> HttpResponse {
    HttpResponse::Ok().content_type("text/html; charset=utf-8").body(format!(
        "<!doctype html><html lang='en'><meta charset='utf-8'><meta name='viewport' content='width=device-width, initial-scale=1'>\
         <title>{title}</title><style>{STYLE}</style><body>{body}"
    ))
}

/// The list of attempts.
fn index(target: &Origin, base: &str) -> HttpResponse {
    let settings = format!("{target}/settings");
    let mut body = format!(
        "<h1>An attacker's site</h1>
         <p>This page attacks <a href='{settings}'>{target}</a>, which must be running. Sign in there first, in this browser, then
         load this page again. On the left each attempt meets a careless page, which falls for it; on the right it meets
         unframed, where you should see nothing that you could click.</p>
         <p>Open this page by both of its names. By the one, it is another site, and browsers keep your session out of its
         frames; by the other, it is a sibling of the same site, and they do not:
         <a id='foreign' href='/'>as another site</a>, <a id='sibling' href='/'>as a sibling</a>.</p>
         <script>
         foreign.href = location.href.replace('//localhost:', '//127.0.0.1:');
         sibling.href = location.href.replace('//127.0.0.1:', '//localhost:');
         </script>"
    );
    for (number, attempt) in ATTEMPTS.iter().enumerate() {
        let aimed = |side: &str, target: &str| {
            let target =
                if attempt.markup.contains("{t}/") { target.trim_end_matches("/settings") } else { target };
            let name = format!("{}, {side}", attempt.name);
            let frame = format!("frame-{number}-{}", side.len());
            attempt.markup.replace("{t}", target).replace("{n}", &name).replace("{f}", &frame)
        };
        body.push_str(&format!(
            "<section><h2>{}</h2><p>{}</p><div class='two'><div><h3>A careless page</h3>{}</div><div><h3>unframed</h3>{}</div></div></section>",
            attempt.name,
            attempt.text,
            aimed("a careless page", &format!("{base}/careless")),
            aimed("unframed", &settings)
        ));
    }
    body.push_str(&WINDOWS.replace("{delete}", &format!("{settings}/delete")));
    page("An attacker's site", &body)
}

async fn answer(request: HttpRequest, arguments: web::Data<Arguments>) -> HttpResponse {
    let query: Vec<(String, String)> =
        url::form_urlencoded::parse(request.query_string().as_bytes()).into_owned().collect();
    let target =
        query.iter().find(|(name, _)| name == "u").map(|(_, value)| value.as_str()).unwrap_or_default();
    let base = format!("http://{}", request.connection_info().host());
    // Only the two pages that are attacked: the demonstration is no open redirector.
    let known = target.starts_with(&format!("{base}/careless"))
        || target.starts_with(&format!("{}/", arguments.target));
    let known = known && !target.contains(['\'', '"', '<', '>']);
    match request.path() {
        "/" => index(&arguments.target, &base),
        "/nest" if known => page(
            "In between",
            &format!("<iframe title='nested' style='border:0;height:90vh' src='{target}'></iframe>"),
        ),
        "/redirect" if known => HttpResponse::Found().insert_header(("location", target)).finish(),
        "/clicked" => {
            page("Done", "<h1>Your account is deleted.</h1><p>(On this careless page a click is enough.)</p>")
        }
        "/decoy" => page(
            "Decoy",
            "<h1>Double-click anywhere here</h1><p>to see the picture.</p><script>onmousedown = () => close();</script>",
        ),
        path if path.starts_with("/careless") => page(
            "A careless page",
            "<h1>Delete account</h1><form method='get' action='/clicked'>
             <button id='delete' style='width:100%;height:10rem'>Delete my account</button></form>",
        ),
        _ => HttpResponse::NotFound().finish(),
    }
}

#[tokio::main]
async fn main() -> std::io::Result<()> {
    let arguments = Arguments::parse();
    let (listen, target) = (arguments.listen, arguments.target.clone());
    let data = web::Data::new(arguments);
    let server = HttpServer::new(move || App::new().app_data(data.clone()).default_service(web::to(answer)))
        .workers(1);
    let server = server.bind(listen)?;
    println!(
        "The attacker's site is at http://{listen}/ (as another site) and http://localhost:{}/ (as a sibling of {target}). Ctrl-C ends it.",
        listen.port()
    );
    server.run().await
}
