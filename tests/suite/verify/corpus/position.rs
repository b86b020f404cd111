//! Where a frame stands: the documents around it, the innermost of them made in a certain way, and the site
//! that is framed.

use base64::Engine as _;
use unframed::domain::Origin;
use unframed::verify::judge::Embedder;

/// A place for a frame. A name reads from the outside to the inside.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Position {
    Own,
    Sibling,
    Cross,
    Partner,
    /// The page that holds the frame came over plain http; the framed one comes over https.
    PlainCross,
    OwnOwn,
    CrossOwn,
    OwnCross,
    PartnerCross,
    CrossPartner,
    OwnSrcdoc,
    OwnBlob,
    OwnBlank,
    PartnerSrcdoc,
    /// A document from a `data:` URL, which has no origin.
    OwnData,
    /// A sandboxed page of the own origin, which has none either.
    OwnSandboxed,
    /// The frame itself is sandboxed; the documents around it are not.
    OwnInSandbox,
    CrossInSandbox,
    /// Both come over plain http.
    PlainOwnOfPlain,
    PlainCrossOfPlain,
}

/// How the innermost document around the frames is made.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Made {
    Page,
    Srcdoc,
    Blob,
    Blank,
    Data,
    Sandboxed,
}

/// What a position consists of.
struct Scene {
    /// The origins of the pages without their port, from the top.
    pages: &'static [&'static str],
    made: Made,
    /// An attribute of the frames.
    frame: &'static str,
}

const OWN: &str = "https://account.victim.example";
const SIBLING: &str = "https://sibling.victim.example";
const CROSS: &str = "https://attacker.example";
const PARTNER: &str = "https://partner.example";
const PLAIN_OWN: &str = "http://account.victim.example";
const PLAIN_CROSS: &str = "http://attacker.example";

/// Each host of the stage.
pub const HOSTS: [&str; 4] =
    ["account.victim.example", "sibling.victim.example", "attacker.example", "partner.example"];
/// Width and height of the page with the frames.
const PAGE: (usize, usize) = (1300, 2300);
/// Width and height of a frame.
pub const FRAME: usize = 20;
const PITCH: usize = 24;

/// The text with the origins of the stage filled in.
pub fn filled_in(text: &str, port: u16) -> String {
    let origins = [("{own}", OWN), ("{sibling}", SIBLING), ("{cross}", CROSS), ("{partner}", PARTNER)];
    let text = text.replace("{port}", &port.to_string());
    origins.iter().fold(text, |text, (name, origin)| text.replace(name, &format!("{origin}:{port}")))
}

/// Left and top of a frame.
pub fn corner(index: usize) -> (usize, usize) {
    let columns = PAGE.0 / PITCH;
    (index % columns * PITCH, index / columns * PITCH)
}

impl Position {
    /// Every position, in the order in which they are tried.
    pub const ALL: [Self; 20] = [
        Self::Own,
        Self::Sibling,
        Self::Cross,
        Self::Partner,
        Self::PlainCross,
        Self::OwnOwn,
        Self::CrossOwn,
        Self::OwnCross,
        Self::PartnerCross,
        Self::CrossPartner,
        Self::OwnSrcdoc,
        Self::OwnBlob,
        Self::OwnBlank,
        Self::PartnerSrcdoc,
        Self::OwnData,
        Self::OwnSandboxed,
        Self::OwnInSandbox,
        Self::CrossInSandbox,
        Self::PlainOwnOfPlain,
        Self::PlainCrossOfPlain,
    ];

    fn scene(self) -> Scene {
        let scene = |pages| Scene { pages, made: Made::Page, frame: "" };
        let own = |made| Scene { made, ..scene(&[OWN]) };
        match self {
            Self::Own => scene(&[OWN]),
            Self::Sibling => scene(&[SIBLING]),
            Self::Cross => scene(&[CROSS]),
            Self::Partner => scene(&[PARTNER]),
            Self::PlainCross | Self::PlainCrossOfPlain => scene(&[PLAIN_CROSS]),
            Self::OwnOwn => scene(&[OWN, OWN]),
            Self::CrossOwn => scene(&[CROSS, OWN]),
            Self::OwnCross => scene(&[OWN, CROSS]),
            Self::PartnerCross => scene(&[PARTNER, CROSS]),
            Self::CrossPartner => scene(&[CROSS, PARTNER]),
            Self::OwnSrcdoc => own(Made::Srcdoc),
            Self::OwnBlob => own(Made::Blob),
            Self::OwnBlank => own(Made::Blank),
            Self::PartnerSrcdoc => Scene { made: Made::Srcdoc, ..scene(&[PARTNER]) },
            Self::OwnData => own(Made::Data),
            Self::OwnSandboxed => own(Made::Sandboxed),
            Self::OwnInSandbox => Scene { frame: "sandbox", ..scene(&[OWN]) },
            Self::CrossInSandbox => Scene { frame: "sandbox", ..scene(&[CROSS]) },
            Self::PlainOwnOfPlain => scene(&[PLAIN_OWN]),
        }
    }

    /// The site that is framed.
    pub fn target(self, port: u16) -> Origin {
        let plain = matches!(self, Self::PlainOwnOfPlain | Self::PlainCrossOfPlain);
        origin(if plain { PLAIN_OWN } else { OWN }, port)
    }

    /// The documents around the frame, the innermost first.
    pub fn embedders(self, port: u16) -> Vec<Embedder> {
        let Scene { pages, made, .. } = self.scene();
        let mut chain: Vec<Embedder> =
            pages.iter().rev().map(|page| Embedder::Page(origin(page, port))).collect();
        match made {
            Made::Page => {}
            Made::Srcdoc | Made::Blob | Made::Blank => chain.insert(0, chain[0].clone()),
            Made::Data | Made::Sandboxed => chain.insert(0, Embedder::Opaque),
        }
        chain
    }

    /// The address of the page to open. A second visit has another address.
    pub fn top(self, port: u16, visit: usize) -> String {
        format!("{}?visit={visit}", self.page_at(0, port))
    }

    fn page_at(self, level: usize, port: u16) -> String {
        format!("{}:{port}/page/{}/{level}", self.scene().pages[level], self as usize)
    }

    /// The page at a level; 0 is the top. The innermost one has a frame for each of the cases.
    pub fn page(self, level: usize, cases: &[usize], port: u16) -> String {
        let Scene { pages, made, frame } = self.scene();
        let grid = || {
            let frames = cases.iter().enumerate().map(|(place, case)| {
                let (left, top) = corner(place);
                format!(
                    r#"<iframe {frame} scrolling="no" style="position:absolute;border:0;left:{left}px;top:{top}px;width:{FRAME}px;height:{FRAME}px" src="{}/case/{}/{case}"></iframe>"#,
                    self.target(port),
                    self as usize,
                )
            });
            format!("<!doctype html><title>Frames</title><body>{}", frames.collect::<String>())
        };
        let holding = |attributes: &str| {
            format!(
                "<!doctype html><title>Around</title><body style='margin:0'><iframe {attributes} scrolling=no \
                 style='position:absolute;border:0;left:0;top:0;width:{}px;height:{}px'></iframe>",
                PAGE.0, PAGE.1
            )
        };
        if level + 1 < pages.len() {
            return holding(&format!("src='{}'", self.page_at(level + 1, port)));
        }
        // A JSON string is one in a script, too.
        let text = || serde_json::Value::from(grid()).to_string().replace("</", "<\\/");
        match (made, level < pages.len()) {
            (Made::Page, _) | (Made::Sandboxed, false) => grid(),
            (Made::Srcdoc, _) => holding(&format!("srcdoc='{}'", grid())),
            (Made::Data, _) => {
                let encoded = base64::engine::general_purpose::STANDARD.encode(grid());
                holding(&format!("src='data:text/html;base64,{encoded}'"))
            }
            (Made::Sandboxed, true) => {
                let inner = format!("{}:{port}/page/{}/{}", pages[level], self as usize, level + 1);
                holding(&format!("sandbox src='{inner}'"))
            }
            (Made::Blob, _) => {
                let make = format!(
                    "frames[0].location = URL.createObjectURL(new Blob([{}], {{type: 'text/html'}}))",
                    text()
                );
                format!("{}<script>{make}</script>", holding(""))
            }
            (Made::Blank, _) => {
                let make = format!("frames[0].document.write({}); frames[0].document.close()", text());
                format!("{}<script>{make}</script>", holding(""))
            }
        }
    }
}

fn origin(page: &str, port: u16) -> Origin {
    Origin::parse(&format!("{page}:{port}")).expect("an origin")
}
