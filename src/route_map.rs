//! The URL table without the handlers, for look-ups by path. The gate, the error pages, the reports and
//! `verify` read it. It is checked when it is made: a route that may be framed accepts no form, runs no
//! script and shares no path with another route.

mod overlap;
mod traffic;

use std::collections::{BTreeMap, HashMap};

use actix_web::dev::ResourceDef;
use actix_web::http::Method;

use self::overlap::overlap;
pub use self::traffic::{Lane, Row, Traffic};

/// What a path serves, which decides how the gate, the error pages and the headers treat it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RouteKind {
    /// A page or a form target. No site may frame it.
    Page,
    /// A page where a click alone changes nothing. No site may frame it.
    Sensitive(Sensitivity),
    /// A page that the sites of `EMBED_ORIGINS` may frame. It reads no session, has no form and no link.
    Embeddable,
    /// JSON for programs, and for scripts of our own origin and of `API_ALLOWED_ORIGINS`.
    Api,
    /// Tells a proxy who is signed in. The proxy passes on the headers of the request that it asks about, so they say
    /// nothing about the request to us.
    ForwardAuth,
    /// A file that our own pages load.
    Asset,
    /// A mail as mail programs show it, in the inbox of `local`. It has styles of its own, runs no script and
    /// loads nothing. No site may frame it.
    MailPreview,
    /// The target of browsers' reports. It accepts them from any page, without a session.
    Reports,
}

/// The part that a sensitive route plays in an action, which decides what it demands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sensitivity {
    /// Begins a sensitive action. Its form opens only from our own pages.
    Start,
    /// Runs a pending action. Its form opens only from our own pages, and needs a tick, a proof and human
    /// time.
    Confirm,
    /// Acts by a link from an email. The proof is the link itself, which only its mailbox has seen.
    /// Opening the link changes nothing.
    Link,
}

/// One row of the URL table.
#[derive(Clone, Debug)]
pub struct RoutePattern {
    /// The path, with `{name}` for a segment that varies.
    pub path: &'static str,
    /// The methods; the router answers 405 with `Allow` to others.
    pub methods: Vec<Method>,
    /// What the path serves.
    pub kind: RouteKind,
    /// Its place in the account's navigation, if it has one.
    pub place: Option<Place>,
    /// Whether the page shows what only a recent sign-in may see. The start of a sensitive action always asks for one.
    pub recent: bool,
    /// Whether a member without a second factor can open it where the team requires one: to add one, or to leave.
    pub enrols: bool,
    /// Whether the page may run the one script that we have.
    pub script: bool,
    /// Whether a form of the page may end on the site of an application that asked for a confirmation.
    pub leads_out: bool,
    /// Whether anyone may keep the response for a short time: it is the same for everyone.
    pub cached: bool,
}

/// The place of a page in the account's navigation. Within a group, pages stand in the order of the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// The group that lists the page.
    pub group: Group,
    /// The key of the message with its title.
    pub title: &'static str,
}

/// A group of pages in the account's navigation, in the order in which the groups stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Group {
    /// The overview alone, without a heading.
    Overview,
    /// What others see of the member.
    You,
    /// What the member signs in with.
    SigningIn,
    /// What happens with the account.
    Security,
    /// The member's data as a whole.
    YourData,
}

/// The folder of the API in every path; an unknown path below it belongs to the API too.
pub const API_FOLDER: &str = "/api/";
/// The folder of what programs ask of any site (RFC 8615): pages and parts of the API.
const WELL_KNOWN_FOLDER: &str = "/.well-known/";
/// The folder of the static files in every path.
pub const ASSET_FOLDER: &str = "/static/";

/// All patterns of the URL table, and the requests to each.
#[derive(Debug)]
pub struct RouteMap {
    rows: Vec<Route>,
    /// The position of the row that serves each path without a segment that varies, found without comparing rows.
    fixed: HashMap<&'static str, usize>,
    traffic: Traffic,
}

#[derive(Debug)]
struct Route {
    pattern: RoutePattern,
    definition: ResourceDef,
}

/// Why a URL table is refused at start.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum RouteProblem {
    /// A form inside a frame could be clicked.
    #[error("{path} may be framed and takes {method}")]
    FramedForm {
        /// The route that may be framed.
        path: &'static str,
        /// The method that it must not take.
        method: Method,
    },
    /// A page inside a frame could ask for a passkey.
    #[error("{path} may be framed and runs a script")]
    FramedScript {
        /// The route that may be framed.
        path: &'static str,
    },
    /// The other route could be framed as well.
    #[error("{path} may be framed and shares a path with {other} ({kind:?})")]
    SharedPath {
        /// The route that may be framed.
        path: &'static str,
        /// The route that shares a path with it.
        other: &'static str,
        /// What the other route serves.
        kind: RouteKind,
    },
    /// The gate would treat the path as something else than the router.
    #[error("{path} is registered as {kind:?}, and its folder says otherwise")]
    WrongFolder {
        /// The route.
        path: &'static str,
        /// What it was registered as.
        kind: RouteKind,
    },
}

impl RouteMap {
    /// Checks and prepares a table.
    ///
    /// # Errors
    /// A [`RouteProblem`]: the server must not start with this table.
    pub fn new(table: Vec<RoutePattern>) -> Result<Self, RouteProblem> {
        for RoutePattern { path, kind, .. } in &table {
            let api = matches!(kind, RouteKind::Api | RouteKind::ForwardAuth);
            let fits = api == path.starts_with(API_FOLDER) || path.starts_with(WELL_KNOWN_FOLDER);
            if !fits || path.starts_with(ASSET_FOLDER) {
                return Err(RouteProblem::WrongFolder { path, kind: *kind });
            }
        }
        for (at, framed) in table.iter().enumerate().filter(|(_, route)| route.kind == RouteKind::Embeddable)
        {
            let path = framed.path;
            if framed.script {
                return Err(RouteProblem::FramedScript { path });
            }
            let mut methods = framed.methods.iter();
            if let Some(method) = methods.find(|method| !matches!(**method, Method::GET | Method::HEAD)) {
                return Err(RouteProblem::FramedForm { path, method: method.clone() });
            }
            let others = table.iter().enumerate().filter(|(index, _)| *index != at);
            for (_, RoutePattern { path: other, kind, .. }) in others {
                if overlap(path, other) {
                    return Err(RouteProblem::SharedPath { path, other, kind: *kind });
                }
            }
        }
        let route = |pattern: RoutePattern| Route { definition: ResourceDef::new(pattern.path), pattern };
        let traffic = Traffic::new(table.iter().map(|pattern| pattern.path));
        let rows: Vec<Route> = table.into_iter().map(route).collect();
        let fixed = rows.iter().map(|route| route.pattern.path).filter(|path| !path.contains('{'));
        let fixed = fixed.filter_map(|path| Some((path, first_match(&rows, path)?))).collect();
        Ok(Self { rows, fixed, traffic })
    }

    /// The account's navigation: each group with the paths and titles of its pages.
    #[must_use]
    pub fn navigation(&self) -> BTreeMap<Group, Vec<(&'static str, &'static str)>> {
        let mut groups: BTreeMap<_, Vec<_>> = BTreeMap::new();
        for RoutePattern { path, place, .. } in self.patterns() {
            if let Some(Place { group, title }) = place {
                groups.entry(*group).or_default().push((*path, *title));
            }
        }
        groups
    }

    /// The rows of the table.
    pub fn patterns(&self) -> impl Iterator<Item = &RoutePattern> {
        self.rows.iter().map(|route| &route.pattern)
    }

    /// The row that serves a path.
    #[must_use]
    pub fn find(&self, path: &str) -> Option<&RoutePattern> {
        self.position(path).and_then(|position| self.rows.get(position)).map(|route| &route.pattern)
    }

    fn position(&self, path: &str) -> Option<usize> {
        self.fixed.get(path).copied().or_else(|| first_match(&self.rows, path))
    }

    /// The requests since the start.
    #[must_use]
    pub fn traffic(&self) -> &Traffic {
        &self.traffic
    }

    /// The row under which a request for a path is counted.
    #[must_use]
    pub fn row(&self, path: &str) -> Row {
        self.traffic.row(self.position(path), path)
    }

    /// What a path serves. Where no route matches, the folder decides; elsewhere an unknown path is a
    /// page that does not exist.
    #[must_use]
    pub fn kind(&self, path: &str) -> RouteKind {
        match self.find(path) {
            Some(pattern) => pattern.kind,
            None if path.starts_with(ASSET_FOLDER) => RouteKind::Asset,
            None if path.starts_with(API_FOLDER) => RouteKind::Api,
            None => RouteKind::Page,
        }
    }

    /// Whether the page at a path, or at its pattern, opens only for members who signed in a short time ago.
    #[must_use]
    pub fn asks_for_recent_sign_in(&self, path: &str) -> bool {
        self.find(path)
            .is_some_and(|route| route.recent || route.kind == RouteKind::Sensitive(Sensitivity::Start))
    }

    /// Whether a member without a second factor can open a path where the team requires one.
    #[must_use]
    pub fn enrols(&self, path: &str) -> bool {
        self.find(path).is_some_and(|route| route.enrols)
    }

    /// The page to return to after re-authentication: this path, or its nearest ancestor that answers
    /// GET.
    #[must_use]
    pub fn page_above<'p>(&self, mut path: &'p str) -> Option<&'p str> {
        let opens = |path: &str| self.find(path).is_some_and(|route| route.methods.contains(&Method::GET));
        while !opens(path) {
            path = path.rsplit_once('/').map(|(above, _)| above).filter(|above| !above.is_empty())?;
        }
        Some(path)
    }
}

/// The position of the first row that serves a path, as the router chooses it.
fn first_match(rows: &[Route], path: &str) -> Option<usize> {
    rows.iter().position(|route| route.definition.is_match(path))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pattern(path: &'static str, kind: RouteKind, methods: &[Method]) -> RoutePattern {
        let (recent, enrols, script, leads_out, cached) = (false, false, false, false, false);
        let methods = methods.to_vec();
        RoutePattern { path, methods, kind, place: None, recent, enrols, script, leads_out, cached }
    }

    fn page(path: &'static str) -> RoutePattern {
        pattern(path, RouteKind::Sensitive(Sensitivity::Start), &[Method::GET, Method::HEAD])
    }

    fn card(methods: &[Method]) -> RoutePattern {
        pattern("/card/{user_id}", RouteKind::Embeddable, methods)
    }

    #[test]
    fn a_route_that_may_be_framed_takes_get_only_or_the_server_does_not_start() {
        assert!(RouteMap::new(vec![card(&[Method::GET, Method::HEAD])]).is_ok());
        let problem = RouteMap::new(vec![card(&[Method::GET, Method::POST])]).unwrap_err();
        assert_eq!(problem.to_string(), "/card/{user_id} may be framed and takes POST");
    }

    #[test]
    fn a_route_that_may_be_framed_runs_no_script_or_the_server_does_not_start() {
        let scripted = RoutePattern { script: true, ..card(&[Method::GET]) };
        let problem = RouteMap::new(vec![scripted]).unwrap_err();
        assert_eq!(problem.to_string(), "/card/{user_id} may be framed and runs a script");
        assert!(RouteMap::new(vec![RoutePattern { script: true, ..page("/settings/passkeys") }]).is_ok());
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
            let problem = RouteMap::new(vec![page(path), card(&[Method::GET])]).unwrap_err().to_string();
            assert!(problem.contains(path) && problem.contains("Sensitive"), "{problem}");
        }
    }

    #[test]
    fn a_path_that_never_overlaps_a_framed_one_is_accepted() {
        for path in ["/confirm/{id}", "/card", "/card/{id}/delete", "/cards/{id}", "/{any}", "/"] {
            assert_eq!(RouteMap::new(vec![page(path), card(&[Method::GET])]).err(), None, "{path}");
        }
    }

    #[test]
    fn a_kind_that_contradicts_the_folder_is_refused_at_start() {
        for (path, kind) in
            [("/api/v1/x", RouteKind::Page), ("/settings", RouteKind::Api), ("/static/x", RouteKind::Page)]
        {
            let problem = RouteMap::new(vec![pattern(path, kind, &[Method::GET])]).unwrap_err();
            assert_eq!(problem, RouteProblem::WrongFolder { path, kind });
        }
    }

    #[test]
    fn of_two_rows_that_match_a_path_the_first_one_serves_it() {
        let map = RouteMap::new(vec![page("/a/{id}"), page("/a/b"), page("/a/c"), page("/a/{other}/{id}")])
            .unwrap();
        for (path, pattern) in [("/a/b", "/a/{id}"), ("/a/c", "/a/{id}"), ("/a/b/c", "/a/{other}/{id}")] {
            assert_eq!(map.find(path).unwrap().path, pattern, "{path}");
        }
        let map = RouteMap::new(vec![page("/a/b"), page("/a/{id}")]).unwrap();
        assert_eq!((map.find("/a/b").unwrap().path, map.find("/a/x").unwrap().path), ("/a/b", "/a/{id}"));
    }

    #[test]
    fn the_folder_decides_the_kind_of_an_unknown_path() {
        let map = RouteMap::new(vec![page("/settings"), card(&[Method::GET])]).unwrap();
        for (path, kind) in [
            ("/settings", RouteKind::Sensitive(Sensitivity::Start)),
            ("/card/7", RouteKind::Embeddable),
            ("/nope", RouteKind::Page),
            ("/api/v1/nope", RouteKind::Api),
            ("/apis", RouteKind::Page),
            ("/static/x/app.css", RouteKind::Asset),
        ] {
            assert_eq!(map.kind(path), kind, "{path}");
        }
    }

    #[test]
    fn re_authentication_returns_to_the_nearest_page_above_a_form() {
        let confirm = RouteKind::Sensitive(Sensitivity::Confirm);
        let map = RouteMap::new(vec![
            page("/"),
            page("/settings"),
            pattern("/settings/profile", RouteKind::Page, &[Method::POST]),
            page("/settings/delete"),
            pattern("/settings/delete/keep", RouteKind::Page, &[Method::POST]),
            page("/settings/sessions"),
            pattern("/settings/sessions/{id}/revoke", RouteKind::Page, &[Method::POST]),
            pattern("/confirm/{id}", confirm, &[Method::GET, Method::POST]),
            pattern("/confirm/{id}/cancel", RouteKind::Page, &[Method::POST]),
        ])
        .unwrap();
        for (path, page) in [
            ("/settings", Some("/settings")),
            ("/settings/profile", Some("/settings")),
            ("/settings/delete/keep", Some("/settings/delete")),
            ("/settings/sessions/7/revoke", Some("/settings/sessions")),
            ("/confirm/x/cancel", Some("/confirm/x")),
            ("/nope/nope", None),
            ("/", Some("/")),
        ] {
            assert_eq!(map.page_above(path), page, "{path}");
        }
        assert_eq!(map.find("/settings/sessions/7/revoke").unwrap().path, "/settings/sessions/{id}/revoke");
        assert!(map.find("/nope").is_none());
    }
}
