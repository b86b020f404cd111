//! Who may frame a response: X-Frame-Options as HTML defines it (“The `X-Frame-Options` header”) and
//! frame-ancestors as CSP3 does (§6.4.2). An enforced frame-ancestors overrides X-Frame-Options.

use std::collections::HashSet;

use super::policy::policies;
use super::source::Source;
use crate::domain::Origin;
use crate::verify::response::{Response, values};

/// Who may show a response in a frame.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reach {
    /// No page.
    Nobody,
    /// Pages of the response's own origin.
    OwnOrigin,
    /// Pages that match these sources, in lower case.
    Listed(Vec<String>),
    /// Every page.
    Anyone,
}

/// The document with the frame, or a document around that one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Embedder {
    /// A document of this origin. A document from `srcdoc`, a blob or `about:blank` has the origin of the page
    /// that made it.
    Page(Origin),
    /// A document without an origin: a sandboxed one, or one from a `data:` URL.
    Opaque,
}

/// The most policies with frame-ancestors that are compared.
const MOST_LISTS: usize = 32;

pub(super) const XFO: &str = "x-frame-options";

/// The values of X-Frame-Options in lower case, got, decoded and split as Fetch says (§2.2.2).
pub(super) fn x_frame_options(response: &Response) -> Vec<String> {
    response.lines(XFO).flat_map(values).map(|value| value.to_ascii_lowercase()).collect()
}

/// Who may frame a response according to X-Frame-Options alone.
pub(super) fn by_x_frame_options(values: &[String]) -> Reach {
    let known = |value: &String| matches!(value.as_str(), "deny" | "sameorigin" | "allowall");
    let Some(first) = values.first() else { return Reach::Anyone };
    let one = values.iter().all(|value| value == first);
    match (one, first.as_str()) {
        (true, "deny") => Reach::Nobody,
        (true, "sameorigin") => Reach::OwnOrigin,
        // Browsers refuse all frames if the values differ and one of them is known.
        (false, _) if values.iter().any(known) => Reach::Nobody,
        _ => Reach::Anyone,
    }
}

/// Who may frame a response according to one list of frame-ancestors.
pub(super) fn by_ancestors(sources: &[String]) -> Reach {
    let lower = sources.iter().map(|source| source.to_ascii_lowercase());
    // Without quotes it is a host name that does not exist.
    let kept = lower.filter(|source| source != "none").filter_map(|text| Some((Source::parse(&text)?, text)));
    let (sources, texts): (Vec<Source>, Vec<String>) = kept.unzip();
    if sources.is_empty() {
        Reach::Nobody
    } else if sources.iter().any(Source::admits_every_host) {
        Reach::Anyone
    } else if sources.iter().all(|source| *source == Source::OwnOrigin) {
        Reach::OwnOrigin
    } else {
        Reach::Listed(texts)
    }
}

/// Whether a source matches every host.
pub(super) fn matches_every_host(source: &str) -> bool {
    Source::parse(source).is_some_and(|source| source.admits_every_host())
}

/// Who may frame a response if both `one` and `other` must allow it.
pub(super) fn meet(one: Reach, other: Reach) -> Reach {
    match (one, other) {
        (Reach::Nobody, _) | (_, Reach::Nobody) => Reach::Nobody,
        (Reach::Anyone, reach) | (reach, Reach::Anyone) => reach,
        (Reach::Listed(one), Reach::Listed(other)) => {
            let both = common(one, &other);
            match both.first() {
                None => Reach::Nobody,
                Some(_) if both.iter().all(|source| source == "'self'") => Reach::OwnOrigin,
                Some(_) => Reach::Listed(both),
            }
        }
        // The list may contain the response's own origin.
        _ => Reach::OwnOrigin,
    }
}

/// The sources of two lists that a page can match so that both lists admit it. Where one source admits a part
/// of another, it is the narrower one. Lists of more than 10,000 pairs are not compared: the first one counts.
fn common(one: Vec<String>, other: &[String]) -> Vec<String> {
    const PAIRS: usize = 10_000;
    if one.len().saturating_mul(other.len()) > PAIRS {
        return one;
    }
    let others: Vec<(&String, Source)> =
        other.iter().filter_map(|text| Some((text, Source::parse(text)?))).collect();
    let (mut both, mut seen) = (Vec::new(), HashSet::new());
    for text in one {
        let Some(source) = Source::parse(&text) else { continue };
        let narrower = |other: &&(&String, Source)| source.overlaps(&other.1);
        let shared: Vec<String> = if other.contains(&text) {
            vec![text]
        } else {
            let partly = others.iter().filter(narrower);
            partly
                .map(|(other, of)| if of.narrowness() > source.narrowness() { *other } else { &text }.clone())
                .collect()
        };
        both.extend(shared.into_iter().filter(|text| seen.insert(text.clone())));
    }
    both
}

/// Who may frame a response, according to its headers.
#[must_use]
pub fn reach(response: &Response) -> Reach {
    let enforced = policies(response.lines("content-security-policy"));
    let lists = enforced.iter().filter_map(|policy| policy.get("frame-ancestors"));
    // Each further list takes time, and can only make the reach smaller.
    lists
        .take(MOST_LISTS)
        .map(by_ancestors)
        .reduce(meet)
        .unwrap_or_else(|| by_x_frame_options(&x_frame_options(response)))
}

/// Whether a browser renders a response of the site `own` in a frame. `embedders` are the documents around the
/// frame, the innermost first; without any the response is not in a frame.
///
/// It follows CSP3 §6.4.2.1 (“frame-ancestors Navigation Response Check”) for each enforced policy and HTML's
/// “check a navigation response's adherence to `X-Frame-Options`”. Browsers differ from the latter in one point, and so
/// does this: they compare with the origin of the URL, also where a sandbox takes the document's origin away.
#[must_use]
pub fn may_frame(response: &Response, embedders: &[Embedder], own: &Origin) -> bool {
    let all = |admits: &dyn Fn(&Origin) -> bool| {
        embedders.iter().all(|embedder| matches!(embedder, Embedder::Page(origin) if admits(origin)))
    };
    let enforced = policies(response.lines("content-security-policy"));
    let mut lists = enforced.iter().filter_map(|policy| policy.get("frame-ancestors")).peekable();
    if lists.peek().is_some() {
        return lists.all(|list| {
            let sources: Vec<Source> = list.iter().filter_map(|source| Source::parse(source)).collect();
            all(&|page| sources.iter().any(|source| source.admits(page, own)))
        });
    }
    match by_x_frame_options(&x_frame_options(response)) {
        Reach::Nobody => embedders.is_empty(),
        Reach::OwnOrigin => all(&|page| page == own),
        Reach::Listed(_) | Reach::Anyone => true,
    }
}

/// Whether a list contains `'none'` beside other sources, which browsers then allow.
pub(super) fn none_is_beside_others(sources: &[String]) -> bool {
    let none = |source: &String| source.eq_ignore_ascii_case("'none'");
    sources.iter().any(none) && !sources.iter().all(none)
}

/// Whether a policy says `'none'` in frame-ancestors and lists other sources, too.
#[must_use]
pub fn says_none_beside_others(response: &Response) -> bool {
    let enforced = policies(response.lines("content-security-policy"));
    enforced.iter().filter_map(|policy| policy.get("frame-ancestors")).any(none_is_beside_others)
}

/// Origins of pages that the sources of a response of `own` admit, one for each source that names a host. Where a source
/// names all hosts below a name, the label is put before it.
#[must_use]
pub fn listed_origins(reach: &Reach, own: &Origin, label: &str) -> Vec<Origin> {
    let Reach::Listed(sources) = reach else { return Vec::new() };
    sources.iter().filter_map(|source| Source::parse(source)?.example(own, label)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_two_lists_have_in_common_is_found_though_they_spell_it_differently() {
        let list = |text: &str| by_ancestors(&text.split(' ').map(str::to_owned).collect::<Vec<_>>());
        for (one, other, both) in [
            ("https://*.a.example", "https://x.a.example", "https://x.a.example"),
            ("https://x.a.example https://b.example", "*.a.example:*", "https://x.a.example"),
            ("https://a.example 'self'", "'self' https://b.example", "'self'"),
            ("http://a.example:80", "https://a.example:443", "http://a.example:80"),
        ] {
            assert_eq!(meet(list(one), list(other)), list(both), "{one} and {other}");
        }
        for (one, other) in [
            ("https://*.a.example", "https://a.example"),
            ("https://a.example:1", "https://a.example:2"),
            ("*.a.example", "*.b.example"),
        ] {
            assert_eq!(meet(list(one), list(other)), Reach::Nobody, "{one} and {other}");
        }
        let policies = |last: &str| Response {
            fields: (1..MOST_LISTS)
                .map(|_| "https://a.example")
                .chain([last])
                .map(|source| ("content-security-policy".to_owned(), format!("frame-ancestors {source}")))
                .collect(),
            ..Response::default()
        };
        assert_eq!(reach(&policies("'none'")), Reach::Nobody);
        assert_eq!(
            reach(&policies("https://a.example, frame-ancestors 'none'")),
            list("https://a.example"),
            "it is not compared"
        );
        let long = |host: &str| list(&vec![host; 101].join(" "));
        assert_eq!(meet(long("a.example"), long("b.example")), long("a.example"), "they are not compared");
    }
}
