//! Where a frame stands: the documents around it, the innermost of them made in a certain way, and the site
//! that is framed.

use base64::Engine as _;
use unframed::domain::Origin;
use unframed::verify::browser::screenshot::Region;
use unframed::verify::judge::Embedder;

use super::case::cases_at;

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
/// How many frames stand side by side.
const COLUMNS: usize = 54;
/// Width and height of a frame.
const FRAME: usize = 20;
/// From the left of a frame to the left of the next one.
const PITCH: usize = 24;

/// The text with the origins of the stage filled in.
pub fn filled_in(text: &str, port: u16) -> String {
    let origins = [("{own}", OWN), ("{sibling}", SIBLING), ("{cross}", CROSS), ("{partner}", PARTNER)];
    let text = text.replace("{port}", &port.to_string());
    origins.iter().fold(text, |text, (name, origin)| text.replace(name, &format!("{origin}:{port}")))
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

    /// The positions whose outermost pages have the same origin. One page shows all of them.
    pub fn groups() -> Vec<Vec<Self>> {
        let mut groups: Vec<Vec<Self>> = Vec::new();
        for position in Self::ALL {
            let same = |group: &&mut Vec<Self>| group[0].scene().pages[0] == position.scene().pages[0];
            match groups.iter_mut().find(same) {
                Some(group) => group.push(position),
                None => groups.push(vec![position]),
            }
        }
        groups
    }

    /// The address of the page that shows a group. A second visit has another address.
    pub fn top(group: &[Self], port: u16, visit: usize) -> String {
        let first = group[0];
        format!("{}:{port}/top/{}/0?visit={visit}", first.scene().pages[0], first as usize)
    }

    /// The page that shows the group of this position.
    pub fn top_page(self, port: u16) -> String {
        let group = Self::groups().into_iter().find(|group| group.contains(&self)).expect("its group");
        let parts = bands(&group).into_iter().map(|(position, top)| position.markup(0, top, port));
        document(&parts.collect::<String>())
    }

    /// The page at a level below the top.
    pub fn page(self, level: usize, port: u16) -> String {
        document(&self.markup(level, 0, port))
    }

    /// Where each frame of a group is in the window: position, case, left, top, width, height.
    pub fn frames(group: &[Self]) -> Vec<(Self, usize, Region)> {
        let in_band = |(position, top)| {
            let cases = cases_at(position).into_iter().enumerate();
            cases.map(move |(place, case)| {
                let (left, below) = corner(place);
                (position, case, (left, top + below, FRAME, FRAME))
            })
        };
        bands(group).into_iter().flat_map(in_band).collect()
    }

    fn height(self) -> usize {
        cases_at(self).len().div_ceil(COLUMNS) * PITCH
    }

    /// What a page at a level holds for this position, from a certain height on: a frame for each case, or one
    /// frame with the next document.
    fn markup(self, level: usize, top: usize, port: u16) -> String {
        let Scene { pages, made, frame } = self.scene();
        let number = self as usize;
        let grid = |top: usize| -> String {
            let target = self.target(port);
            let frames = cases_at(self).into_iter().enumerate().map(|(place, case)| {
                let (left, below) = corner(place);
                let top = top + below;
                format!(
                    r#"<iframe {frame} scrolling="no" style="position:absolute;border:0;left:{left}px;top:{top}px;width:{FRAME}px;height:{FRAME}px" src="{target}/case/{number}/{case}"></iframe>"#
                )
            });
            frames.collect()
        };
        let holding = |attributes: &str| {
            format!(
                "<iframe name='p{number}' {attributes} scrolling=no \
                 style='position:absolute;border:0;left:0;top:{top}px;width:{}px;height:{}px'></iframe>",
                COLUMNS * PITCH,
                self.height()
            )
        };
        let next = |page: &str| format!("src='{page}:{port}/page/{number}/{}'", level + 1);
        if let Some(page) = pages.get(level + 1) {
            return holding(&next(page));
        }
        let inner = || document(&grid(0));
        // A JSON string is one in a script, too.
        let text = || serde_json::Value::from(inner()).to_string().replace("</", "<\\/");
        match (made, pages.get(level)) {
            (Made::Page, _) | (Made::Sandboxed, None) => grid(top),
            (Made::Sandboxed, Some(page)) => holding(&format!("sandbox {}", next(page))),
            (Made::Srcdoc, _) => holding(&format!("srcdoc='{}'", inner())),
            (Made::Data, _) => {
                let encoded = base64::engine::general_purpose::STANDARD.encode(inner());
                holding(&format!("src='data:text/html;base64,{encoded}'"))
            }
            (Made::Blob, _) => format!(
                "{}<script>frames.p{number}.location = URL.createObjectURL(new Blob([{}], {{type: 'text/html'}}))</script>",
                holding(""),
                text()
            ),
            (Made::Blank, _) => format!(
                "{}<script>frames.p{number}.document.write({}); frames.p{number}.document.close()</script>",
                holding(""),
                text()
            ),
        }
    }
}

/// Left and top of a frame within its position.
fn corner(place: usize) -> (usize, usize) {
    (place % COLUMNS * PITCH, place / COLUMNS * PITCH)
}

/// How far below the top the frames of each position begin.
fn bands(group: &[Position]) -> Vec<(Position, usize)> {
    let mut next = 0;
    let band = |&position: &Position| {
        let top = next;
        next += position.height();
        (position, top)
    };
    group.iter().map(band).collect()
}

fn document(body: &str) -> String {
    format!(r#"<!doctype html><title>Frames</title><body style="margin:0">{body}"#)
}

fn origin(page: &str, port: u16) -> Origin {
    Origin::parse(&format!("{page}:{port}")).expect("an origin")
}
