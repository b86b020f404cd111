//! The URL table asked by path alone, for whoever decides before the router does or hears of a path
//! from elsewhere. It is checked when it is made: what may be framed shares no path with anything.

use actix_web::dev::ResourceDef;

use super::{Entry, Kind};

/// All patterns of the table.
#[derive(Debug)]
pub struct RouteMap(Vec<(ResourceDef, Kind, &'static str)>);

impl RouteMap {
    /// Prepares a table.
    ///
    /// # Errors
    /// One line, when a path that may be framed is also another route's.
    pub fn new(table: &[Entry]) -> Result<Self, String> {
        let routes: Vec<_> =
            table.iter().map(|entry| (ResourceDef::new(entry.path), entry.kind, entry.path)).collect();
        for (at, (framed, _, path)) in
            routes.iter().enumerate().filter(|(_, (_, kind, _))| *kind == Kind::Embeddable)
        {
            let others = routes.iter().enumerate().filter(|(index, _)| *index != at);
            for (_, (other, kind, other_path)) in others {
                if framed.is_match(&sample(other_path)) || other.is_match(&sample(path)) {
                    return Err(format!("{path} may be framed and also matches {other_path} ({kind:?})"));
                }
            }
        }
        Ok(Self(routes))
    }

    /// The pattern of the route that serves a path.
    #[must_use]
    pub fn pattern(&self, path: &str) -> Option<&'static str> {
        self.0.iter().find(|(route, ..)| route.is_match(path)).map(|(_, _, pattern)| *pattern)
    }

    /// The routes that listed sites may frame.
    pub fn embeddable(&self) -> impl Iterator<Item = &ResourceDef> {
        self.0.iter().filter(|(_, kind, _)| *kind == Kind::Embeddable).map(|(route, ..)| route)
    }
}

/// A path that a pattern matches.
fn sample(pattern: &str) -> String {
    let segment = |segment: &str| {
        if segment.starts_with('{') { "x".to_owned() } else { segment.to_owned() }
    };
    pattern.split('/').map(segment).collect::<Vec<_>>().join("/")
}

#[cfg(test)]
mod tests {
    use actix_web::HttpResponse;

    use super::super::{Sensitivity, table};
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
    fn a_route_that_may_be_framed_takes_get_only() {
        let framed = table().into_iter().filter(|entry| entry.kind == Kind::Embeddable);
        for entry in framed {
            assert_eq!(entry.methods, ["GET", "HEAD"], "{}", entry.path);
        }
    }

    #[test]
    fn a_sensitive_route_cannot_be_framed_by_any_spelling_of_its_path() {
        for path in ["/card/delete", "/card/{id}", "/{any}/{thing}"] {
            let table = vec![
                Entry::at(path).get(show).sensitive(Sensitivity::Start),
                Entry::embeddable("/card/{user_id}").get(show).into(),
            ];
            let fault = RouteMap::new(&table).unwrap_err();
            assert!(fault.contains(path) && fault.contains("Sensitive"), "{fault}");
        }
        let apart = vec![
            Entry::at("/confirm/{id}").get(show).sensitive(Sensitivity::Confirm),
            Entry::embeddable("/card/{user_id}").get(show).into(),
        ];
        assert!(RouteMap::new(&apart).is_ok());
    }

    #[test]
    fn a_path_is_known_by_its_pattern() {
        let map = RouteMap::new(&table()).unwrap();
        assert_eq!(map.pattern("/settings/sessions/7/revoke"), Some("/settings/sessions/{id}/revoke"));
        assert_eq!(map.pattern("/nope"), None);
    }
}
