//! An attacker's site, to try attacks by hand: run `unframed local` at http://localhost:8080, sign in
//! there, and open the URL that this example prints. Each attack is shown beside the same attack on a
//! careless page, where it works. None of this is part of the released program.

use std::net::SocketAddr;

use actix_web::{App, HttpRequest, HttpResponse, HttpServer, web};
use clap::Parser;
use unframed::domain::Origin;

/// An attacker's site beside a running unframed.
#[derive(Clone, Parser)]
struct Arguments {
    /// The site to attack.
    #[arg(long, default_value = "http://localhost:8080", value_parser = Origin::parse)]
    target: Origin,
    /// The IP address and port on which the attacker's site listens.
    #[arg(long, default_value = "127.0.0.1:8666")]
    listen: SocketAddr,
}

/// An attack: its name, what it does, and its markup, where `{t}` is the URL of the attacked page.
struct Attack {
    name: &'static str,
    text: &'static str,
    markup: &'static str,
}

const ATTACKS: &[Attack] = &[
    Attack {
        name: "A frame",
        text: "The classic attack puts the victim's page in a transparent frame over something that you want to click. Here the frame is visible.",
        markup: "<iframe title='{n}' src='{t}'></iframe>",
    },
    Attack {
        name: "A frame in a frame",
        text: "This fools a page that checks only its direct parent.",
        markup: "<iframe title='{n}' src='/nest?u={t}'></iframe>",
    },
    Attack {
        name: "A sandboxed frame",
        text: "The sandbox turns scripts off, and with them any defence that needs a script. Forms still work.",
        markup: "<iframe title='{n}' sandbox='allow-forms' src='{t}'></iframe>",
    },
    Attack {
        name: "A parent without an origin",
        text: "The parent is a data: document. It has no origin that a list of allowed sites could name.",
        markup: "<iframe title='{n}' src=\"data:text/html,<body style='margin:0'><iframe style='border:0;width:100%;height:100vh' src='{t}'>\"></iframe>",
    },
    Attack {
        name: "An object",
        text: "It isn't called a frame, but it shows a page just like one.",
        markup: "<object aria-label='{n}' type='text/html' data='{t}'></object>",
    },
    Attack {
        name: "An embed",
        text: "The oldest way to show one page inside another.",
        markup: "<embed title='{n}' type='text/html' src='{t}'>",
    },
    Attack {
        name: "A redirect into a frame",
        text: "The frame loads a page of the attacker's site, which redirects it.",
        markup: "<iframe title='{n}' src='/redirect?u={t}'></iframe>",
    },
    Attack {
        name: "A link into a frame",
        text: "An empty frame, and a link that opens in it. Click the link.",
        markup: "<iframe title='{n}' name='{f}'></iframe><p><a target='{f}' href='{t}'>Open it in the frame above</a></p>",
    },
    Attack {
        name: "A form into a frame",
        text: "The same with a form: the page is the response to a POST. Press the button.",
        markup: "<iframe title='{n}' name='{f}'></iframe><form method='post' target='{f}' action='{t}'><button>Send the form into the frame above</button></form>",
    },
    Attack {
        name: "An error page",
        text: "It's easy to forget headers on errors, and an error page has links and buttons too.",
        markup: "<iframe title='{n}' src='{t}/there-is-no-such-page'></iframe>",
    },
];

/// Attacks that need no frame: a window on top of another, and a held key.
const WINDOWS: &str = "<section><h2>A double click</h2>
<p>This attack needs no frame. A small window covers the victim's page and asks for a double click. The first click closes
the window, and the second lands on the page beneath. No header stops this: the page must ask for more than a click. Allow
pop-up windows, press a button, and double-click in the small window.</p>
<p><button data-under='/careless'>Attack the careless page</button> <button data-under='{delete}'>Attack unframed's deletion page</button></p>
<p>On the careless page one click is enough. On unframed, the page that begins a deletion first tells you where you are, because
you came from another site. Go on from there, and try to delete the account with clicks in one place. The link, the button, the
tick and the final button lie in four places, and the last page asks for your password and two words.</p></section>
<section><h2>A held key</h2>
<p>You hold Enter while the page changes to one whose URL names a button. Browsers move the focus to the element that the URL's
<code>#name</code> names, and the key presses it. Use the Tab key to reach a button here, then hold Enter for a few seconds.</p>
<p><button data-go='/careless#delete'>Hold Enter: the careless page</button> <button data-go='{delete}#main'>Hold Enter: unframed's deletion page</button></p>
<p>On unframed no control has a name that a URL can use.</p></section>
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

/// The page that lists the attacks.
fn index(target: &Origin, base: &str) -> HttpResponse {
    let settings = format!("{target}/settings");
    let mut body = format!(
        "<h1>An attacker's site</h1>
         <p>This page attacks <a href='{settings}'>{target}</a>, which must be running. First sign in there with this browser, then
         load this page again. On the left, each attack targets a careless page, where it works. On the right, it targets
         unframed, where you should see nothing to click.</p>
         <p>Try both host names of this page. Under one it is another site, and browsers don't send your session cookie into its
         frames. Under the other it is a sibling host of the same site, and they do:
         <a id='foreign' href='/'>as another site</a>, <a id='sibling' href='/'>as a sibling</a>.</p>
         <script>
         foreign.href = location.href.replace('//localhost:', '//127.0.0.1:');
         sibling.href = location.href.replace('//127.0.0.1:', '//localhost:');
         </script>"
    );
    for (number, attack) in ATTACKS.iter().enumerate() {
        let aimed = |side: &str, target: &str| {
            let target =
                if attack.markup.contains("{t}/") { target.trim_end_matches("/settings") } else { target };
            let name = format!("{}, {side}", attack.name);
            let frame = format!("frame-{number}-{}", side.len());
            attack.markup.replace("{t}", target).replace("{n}", &name).replace("{f}", &frame)
        };
        body.push_str(&format!(
            "<section><h2>{}</h2><p>{}</p><div class='two'><div><h3>A careless page</h3>{}</div><div><h3>unframed</h3>{}</div></div></section>",
            attack.name,
            attack.text,
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
    // Only the two attacked sites are allowed, so that this example is not an open redirector.
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
            page("Done", "<h1>Your account is deleted</h1><p>On this careless page, one click is enough.</p>")
        }
        "/decoy" => page(
            "Decoy",
            "<h1>Double-click anywhere</h1><p>to see the picture.</p><script>onmousedown = () => close();</script>",
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
        "The attacker's site is at http://{listen}/ (as another site) and http://localhost:{}/ (as a sibling of {target}). Press Ctrl-C to stop it.",
        listen.port()
    );
    server.run().await
}
