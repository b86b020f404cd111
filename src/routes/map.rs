//! The URL table asked by path alone, for whoever decides before the router does or hears of a path
//! from elsewhere. It is checked when it is made: what may be framed takes no form and shares no path
//! with anything.

use actix_web::dev::ResourceDef;
use actix_web::http::Method;

use super::{Entry, Kind, Sensitivity};

/// All patterns of the table.
#[derive(Debug)]
pub struct RouteMap(Vec<Route>);

#[derive(Debug)]
struct Route {
    pattern: &'static str,
    definition: ResourceDef,
    kind: Kind,
    /// Whether it has a page to be opened, in whatever session.
    opens: bool,
}

impl Route {
    fn new(entry: &Entry) -> Self {
        // A confirm page belongs to the session that began its action.
        let confirms = entry.kind == Kind::Sensitive(Sensitivity::Confirm);
        Self {
            pattern: entry.path,
            definition: ResourceDef::new(entry.path),
            kind: entry.kind,
            opens: entry.methods.contains(&Method::GET) && !confirms,
        }
    }
}

impl RouteMap {
    /// Prepares a table.
    ///
    /// # Errors
    /// One line, when a path that may be framed takes more than GET and HEAD or shares a path with
    /// another route.
    pub fn new(table: &[Entry]) -> Result<Self, String> {
        for (at, entry) in table.iter().enumerate().filter(|(_, entry)| entry.kind == Kind::Embeddable) {
            let path = entry.path;
            if let Some(method) =
                entry.methods.iter().find(|method| !matches!(**method, Method::GET | Method::HEAD))
            {
                return Err(format!("{path} may be framed and takes {method}"));
            }
            let others = table.iter().enumerate().filter(|(index, _)| *index != at);
            for (_, Entry { path: other, kind, .. }) in others {
                if overlap(path, other) {
                    return Err(format!("{path} may be framed and shares a path with {other} ({kind:?})"));
                }
            }
        }
        Ok(Self(table.iter().map(Route::new).collect()))
    }

    /// The pattern of the route that serves a path.
    #[must_use]
    pub fn pattern(&self, path: &str) -> Option<&'static str> {
        self.find(path).map(|route| route.pattern)
    }

    /// Where whoever signs in again goes on after a form of this path: its own page, or the nearest
    /// above it that can be opened.
    #[must_use]
    pub fn page_above<'p>(&self, mut path: &'p str) -> Option<&'p str> {
        while !self.find(path).is_some_and(|route| route.opens) {
            path = path.rsplit_once('/').map(|(above, _)| above).filter(|above| !above.is_empty())?;
        }
        Some(path)
    }

    fn find(&self, path: &str) -> Option<&Route> {
        self.0.iter().find(|route| route.definition.is_match(path))
    }

    /// The routes that listed sites may frame.
    pub fn embeddable(&self) -> impl Iterator<Item = &ResourceDef> {
        self.0.iter().filter(|route| route.kind == Kind::Embeddable).map(|route| &route.definition)
    }
}

/// A part of a pattern between two slashes.
#[derive(Clone, Copy)]
enum Segment<'a> {
    /// Itself and nothing else.
    Literal(&'a str),
    /// One segment, whatever stands around the name: `{id}`, `a{id}`.
    Variable,
    /// What an expression of its own may match, slashes too, and with it all that follows:
    /// `{path}*`, `{id:.+}`.
    Rest,
}

fn segments(pattern: &str) -> Vec<Segment<'_>> {
    let mut depth = 0_usize;
    let split = pattern.split(move |character| {
        match character {
            '{' => depth += 1,
            '}' => depth = depth.saturating_sub(1),
            _ => {}
        }
        character == '/' && depth == 0
    });
    split
        .map(|text| match text {
            text if !text.contains('{') => Segment::Literal(text),
            text if text.ends_with("}*") || text.contains(':') => Segment::Rest,
            _ => Segment::Variable,
        })
        .collect()
}

/// Whether one path may fit two patterns. In doubt it does: a route too many is refused at start.
fn overlap(one: &str, other: &str) -> bool {
    let (one, other) = (segments(one), segments(other));
    for (one, other) in one.iter().zip(&other) {
        match (one, other) {
            (Segment::Rest, _) | (_, Segment::Rest) => return true,
            (Segment::Literal(one), Segment::Literal(other)) if one != other => return false,
            _ => {}
        }
    }
    one.len() == other.len()
}

#[cfg(test)]
mod tests {
    use actix_web::HttpResponse;

    use super::super::table;
    use super::*;

    async fn show() -> HttpResponse {
        HttpResponse::Ok().finish()
    }

    #[test]
    fn one_route_of_ours_may_be_framed_and_no_other() {
        let map = RouteMap::new(&table()).unwrap();
        let framed: Vec<&str> = map.embeddable().filter_map(ResourceDef::pattern).collect();
        assert_eq!(framed, ["/card/{user_id}"]);
    }

    #[test]
    fn a_route_that_may_be_framed_takes_get_only_or_the_server_does_not_start() {
        let framed = || Entry::from(Entry::embeddable("/card/{user_id}").get(show));
        assert!(RouteMap::new(&[framed()]).is_ok());
        let fault = RouteMap::new(&[framed().post(show)]).unwrap_err();
        assert_eq!(fault, "/card/{user_id} may be framed and takes POST");
    }

    #[test]
    fn a_sensitive_route_cannot_be_framed_by_any_spelling_of_its_path() {
        for path in [
            "/card/delete",
            "/card/{id}",
            "/{any}/{thing}",
            "/{account}/delete",
            "/ca{rest}/delete",
            "/card/de{rest}",
            "/{all}*",
            "/card/{all}*",
            r"/{any:[^/]+/\w+}",
            r"/card/{number:\d{1,9}}",
        ] {
            let table = vec![
                Entry::at(path).get(show).sensitive(Sensitivity::Start),
                Entry::embeddable("/card/{user_id}").get(show).into(),
            ];
            let fault = RouteMap::new(&table).unwrap_err();
            assert!(fault.contains(path) && fault.contains("Sensitive"), "{fault}");
        }
    }

    #[test]
    fn paths_that_never_meet_may_stand_beside_one_that_is_framed() {
        for path in ["/confirm/{id}", "/card", "/card/{id}/delete", "/cards/{id}", "/{any}", "/"] {
            let table = vec![
                Entry::at(path).get(show).sensitive(Sensitivity::Confirm),
                Entry::embeddable("/card/{user_id}").get(show).into(),
            ];
            assert_eq!(RouteMap::new(&table).err(), None, "{path}");
        }
    }

    #[test]
    fn a_form_has_a_page_above_it_that_a_new_session_can_open() {
        let map = RouteMap::new(&table()).unwrap();
        for (path, page) in [
            ("/settings", Some("/settings")),
            ("/settings/profile", Some("/settings")),
            ("/settings/delete/keep", Some("/settings/delete")),
            ("/settings/sessions/7/revoke", Some("/settings/sessions")),
            ("/confirm/x/cancel", None),
            ("/nope/nope", None),
            ("/", Some("/")),
        ] {
            assert_eq!(map.page_above(path), page, "{path}");
        }
    }

    #[test]
    fn a_path_is_known_by_its_pattern() {
        let map = RouteMap::new(&table()).unwrap();
        assert_eq!(map.pattern("/settings/sessions/7/revoke"), Some("/settings/sessions/{id}/revoke"));
        assert_eq!(map.pattern("/nope"), None);
    }
}
