//! The one URL table.

pub mod map;

use actix_web::http::Method;
use actix_web::{Handler, Responder, Route, web};

use crate::api;
use crate::pages::{
    card, confirm, deletion_scheduled, email_change, health, home, reports, settings, sign_in, sign_out,
    sign_up, undo,
};
use crate::security::violation_reports;

pub use map::RouteMap;

/// What a route is to those who would frame it: one thing, never two.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Nobody may frame it.
    Plain,
    /// Nobody may frame it, and a click alone changes nothing there.
    Sensitive(Sensitivity),
    /// The sites of `EMBED_ORIGINS` may frame it. It knows no session, takes no form and has no link.
    Embeddable,
}

/// What a sensitive route does, and so what it asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sensitivity {
    /// Begins a sensitive action. Its form opens only from our own pages.
    Start,
    /// Runs a pending action. Its form opens only from our own pages, and as served it is refused:
    /// it needs a tick, a proof and human time.
    Confirm,
    /// Acts by a link from a mail. The proof is the possession of the link, which nobody else has
    /// seen; opening it changes nothing.
    Link,
}

/// A URL and what it takes.
pub struct Entry {
    /// The path, with `{name}` for a segment that varies.
    pub path: &'static str,
    /// The methods; others are answered 405 with `Allow`.
    pub methods: Vec<Method>,
    /// Who may frame it.
    pub kind: Kind,
    routes: Vec<Route>,
}

impl Entry {
    fn at(path: &'static str) -> Self {
        Self { path, methods: Vec::new(), kind: Kind::Plain, routes: Vec::new() }
    }

    /// A route that listed sites may frame. Its type takes GET only and cannot become sensitive; what
    /// is made an entry and given more all the same is refused by [`RouteMap::new`].
    fn embeddable(path: &'static str) -> Embeddable {
        Embeddable(Self { kind: Kind::Embeddable, ..Self::at(path) })
    }

    /// Marks a route where a click alone must change nothing; the tests try each.
    #[must_use]
    pub fn sensitive(self, sensitivity: Sensitivity) -> Self {
        Self { kind: Kind::Sensitive(sensitivity), ..self }
    }

    /// GET, and HEAD with it.
    fn get<F, Args>(mut self, handler: F) -> Self
    where
        F: Handler<Args> + Clone,
        Args: actix_web::FromRequest + 'static,
        F::Output: Responder + 'static,
    {
        self.methods.extend([Method::GET, Method::HEAD]);
        self.routes.push(web::get().to(handler.clone()));
        self.routes.push(web::head().to(handler));
        self
    }

    fn post<F, Args>(mut self, handler: F) -> Self
    where
        F: Handler<Args>,
        Args: actix_web::FromRequest + 'static,
        F::Output: Responder + 'static,
    {
        self.methods.push(Method::POST);
        self.routes.push(web::post().to(handler));
        self
    }
}

/// An [`Entry`] that listed sites may frame.
struct Embeddable(Entry);

impl Embeddable {
    fn get<F, Args>(self, handler: F) -> Self
    where
        F: Handler<Args> + Clone,
        Args: actix_web::FromRequest + 'static,
        F::Output: Responder + 'static,
    {
        Self(self.0.get(handler))
    }
}

impl From<Embeddable> for Entry {
    fn from(embeddable: Embeddable) -> Self {
        embeddable.0
    }
}

/// All URLs but the static files.
#[must_use]
pub fn table() -> Vec<Entry> {
    vec![
        Entry::at("/").get(home::show),
        Entry::at("/sign-up").get(sign_up::show).post(sign_up::submit),
        Entry::at("/sign-in").get(sign_in::show).post(sign_in::submit),
        Entry::at("/sign-out").post(sign_out::submit),
        Entry::at("/settings").get(settings::show),
        Entry::at("/settings/profile").post(settings::submit),
        Entry::at("/settings/card").post(settings::card::submit),
        Entry::at("/settings/sessions").get(settings::sessions::list),
        Entry::at("/settings/sessions/revoke-others")
            .get(settings::sessions::revoke_others::show)
            .post(settings::sessions::revoke_others::submit)
            .sensitive(Sensitivity::Start),
        Entry::at("/settings/sessions/{id}/revoke").post(settings::sessions::revoke),
        Entry::at("/settings/email")
            .get(settings::email::show)
            .post(settings::email::submit)
            .sensitive(Sensitivity::Start),
        Entry::at("/settings/delete")
            .get(settings::delete::show)
            .post(settings::delete::submit)
            .sensitive(Sensitivity::Start),
        Entry::at("/settings/delete/keep").post(settings::delete::keep),
        Entry::at("/confirm/{id}").get(confirm::show).post(confirm::submit).sensitive(Sensitivity::Confirm),
        Entry::at("/confirm/{id}/cancel").post(confirm::cancel),
        Entry::at("/email-change/{token}")
            .get(email_change::show)
            .post(email_change::submit)
            .sensitive(Sensitivity::Link),
        Entry::at("/undo/{token}").get(undo::show).post(undo::submit).sensitive(Sensitivity::Link),
        Entry::at("/deletion-scheduled").get(deletion_scheduled::show),
        Entry::embeddable("/card/{user_id}").get(card::show).into(),
        Entry::at(violation_reports::PATH).post(reports::submit),
        Entry::at("/api/v1/user/settings").get(api::settings::show),
        Entry::at("/healthz").get(health::live),
        Entry::at("/readyz").get(health::ready),
    ]
}

/// Puts the table into the router.
pub fn configure(config: &mut web::ServiceConfig) {
    for entry in table() {
        let resource = entry.routes.into_iter().fold(web::resource(entry.path), actix_web::Resource::route);
        config.service(resource);
    }
}
