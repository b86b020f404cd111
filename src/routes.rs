//! The one URL table.

use actix_web::http::Method;
use actix_web::{Handler, Responder, Route, web};

use crate::api;
use crate::pages::{health, home, settings, sign_in, sign_out, sign_up};

/// A URL and what it takes.
pub struct Entry {
    /// The path, with `{name}` for a segment that varies.
    pub path: &'static str,
    /// The methods; others are answered 405 with `Allow`.
    pub methods: Vec<Method>,
    routes: Vec<Route>,
}

impl Entry {
    fn at(path: &'static str) -> Self {
        Self { path, methods: Vec::new(), routes: Vec::new() }
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
        Entry::at("/settings/sessions").get(settings::sessions::list),
        Entry::at("/settings/sessions/revoke-others").post(settings::sessions::revoke_others),
        Entry::at("/settings/sessions/{id}/revoke").post(settings::sessions::revoke),
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
