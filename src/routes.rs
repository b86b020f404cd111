//! The one URL table, and the rows that it is made of. The inbox of `local` makes a table of its own.

use actix_web::http::Method;
use actix_web::{Handler, Responder, Route, web};

use crate::actions::{DeleteAccount, ExportData, MakeRecoveryCodes, RevokeOtherSessions};
use crate::api;
use crate::locales::Message;
use crate::pages::{
    card, confirm, confirmations, deletion_scheduled, developers, email_change, forgot_password,
    forgot_password::new_password, health, home, reports, settings, sign_in, sign_in::second_factor,
    sign_out, sign_up, sign_up::new_account, start, undo,
};
use crate::route_map::{Group, Place, RouteKind, RouteMap, RoutePattern, RouteProblem, Sensitivity};
use crate::security::violation_reports;

/// A row of a table with its handlers.
pub struct Entry {
    pattern: RoutePattern,
    handlers: Vec<Route>,
}

impl Entry {
    fn new(path: &'static str, kind: RouteKind) -> Self {
        Self {
            pattern: RoutePattern {
                path,
                methods: Vec::new(),
                kind,
                place: None,
                recent: false,
                enrols: false,
                script: false,
                leads_out: false,
                cached: false,
            },
            handlers: Vec::new(),
        }
    }

    /// A page or a form target, without a handler yet.
    #[must_use]
    pub fn page(path: &'static str) -> Self {
        Self::new(path, RouteKind::Page)
    }

    /// A mail as mail programs show it.
    #[must_use]
    pub fn mail_preview(path: &'static str) -> Self {
        Self::new(path, RouteKind::MailPreview)
    }

    fn sensitive(sensitivity: Sensitivity, path: &'static str) -> Self {
        Self::new(path, RouteKind::Sensitive(sensitivity))
    }

    /// An operation of the API. No cookie authorises a write there.
    fn api(path: &'static str) -> Self {
        Self::new(path, RouteKind::Api)
    }

    /// A route that listed sites may frame. Its type accepts GET only, and [`RouteMap::new`] refuses a table
    /// that gives the path another method anyway.
    fn embeddable(path: &'static str) -> Embeddable {
        Embeddable(Self::new(path, RouteKind::Embeddable))
    }

    /// Lists the page in the account's navigation, with the message of its title.
    fn listed(mut self, group: Group, title: Message) -> Self {
        self.pattern.place = Some(Place { group, title: title.key() });
        self
    }

    /// Opens the page only after a recent sign-in.
    fn recent(mut self) -> Self {
        self.pattern.recent = true;
        self
    }

    /// Opens the page also to a member without a second factor where the team requires one.
    fn enrols(mut self) -> Self {
        self.pattern.enrols = true;
        self
    }

    /// Lets the page run the one script that we have.
    #[must_use]
    pub fn scripted(mut self) -> Self {
        self.pattern.script = true;
        self
    }

    /// Lets a form of the page end on the site of the application that asked for a confirmation.
    fn leads_out(mut self) -> Self {
        self.pattern.leads_out = true;
        self
    }

    /// Lets anyone keep the response for a short time.
    fn cached(mut self) -> Self {
        self.pattern.cached = true;
        self
    }

    /// Adds a handler for GET and HEAD.
    #[must_use]
    pub fn get<F, Args>(mut self, handler: F) -> Self
    where
        F: Handler<Args> + Clone,
        Args: actix_web::FromRequest + 'static,
        F::Output: Responder + 'static,
    {
        self.pattern.methods.extend([Method::GET, Method::HEAD]);
        self.handlers.push(web::get().to(handler.clone()));
        self.handlers.push(web::head().to(handler));
        self
    }

    fn post<F, Args>(self, handler: F) -> Self
    where
        F: Handler<Args>,
        Args: actix_web::FromRequest + 'static,
        F::Output: Responder + 'static,
    {
        self.method(Method::POST, handler)
    }

    fn patch<F, Args>(self, handler: F) -> Self
    where
        F: Handler<Args>,
        Args: actix_web::FromRequest + 'static,
        F::Output: Responder + 'static,
    {
        self.method(Method::PATCH, handler)
    }

    fn delete<F, Args>(self, handler: F) -> Self
    where
        F: Handler<Args>,
        Args: actix_web::FromRequest + 'static,
        F::Output: Responder + 'static,
    {
        self.method(Method::DELETE, handler)
    }

    fn method<F, Args>(mut self, method: Method, handler: F) -> Self
    where
        F: Handler<Args>,
        Args: actix_web::FromRequest + 'static,
        F::Output: Responder + 'static,
    {
        self.pattern.methods.push(method.clone());
        self.handlers.push(web::method(method).to(handler));
        self
    }
}

/// An [`Entry`] that listed sites may frame.
struct Embeddable(Entry);

impl Embeddable {
    fn get<F, Args>(self, handler: F) -> Entry
    where
        F: Handler<Args> + Clone,
        Args: actix_web::FromRequest + 'static,
        F::Output: Responder + 'static,
    {
        self.0.get(handler)
    }
}

/// All URLs but the static files.
fn table() -> Vec<Entry> {
    use Sensitivity::{Confirm, Link, Start};
    let mut table = vec![
        Entry::page("/").get(home::show),
        Entry::page("/sign-up").get(sign_up::show).post(sign_up::submit),
        Entry::page("/sign-up/sent").get(sign_up::sent),
        Entry::sensitive(Link, "/sign-up/{token}").get(new_account::show).post(new_account::submit),
        Entry::page("/forgot-password").get(forgot_password::show).post(forgot_password::submit),
        Entry::page("/forgot-password/sent").get(forgot_password::sent),
        Entry::sensitive(Link, "/forgot-password/{token}").get(new_password::show).post(new_password::submit),
        Entry::page("/sign-in").get(sign_in::show).post(sign_in::submit),
        Entry::page("/sign-in/passkey").scripted().get(sign_in::passkey::show).post(sign_in::passkey::submit),
        Entry::page("/sign-in/second-factor").scripted().get(second_factor::show).post(second_factor::submit),
        Entry::page("/sign-out").enrols().post(sign_out::submit),
        Entry::page("/settings").listed(Group::Overview, Message::PageOverview).get(settings::show),
        Entry::page("/settings/profile")
            .listed(Group::You, Message::PageProfile)
            .get(settings::profile::show)
            .post(settings::profile::submit),
        Entry::page("/settings/language")
            .listed(Group::You, Message::PageLanguage)
            .get(settings::language::show)
            .post(settings::language::submit),
        Entry::page("/settings/card").post(settings::card::submit),
        Entry::page("/settings/sessions")
            .listed(Group::Security, Message::PageSessions)
            .get(settings::sessions::list),
        Entry::sensitive(Start, "/settings/sessions/revoke-others")
            .get(start::show::<RevokeOtherSessions>)
            .post(start::submit::<RevokeOtherSessions>),
        Entry::page("/settings/sessions/{id}/revoke").post(settings::sessions::revoke),
        Entry::page("/settings/activity")
            .listed(Group::Security, Message::PageActivity)
            .recent()
            .get(settings::activity::list),
        Entry::page("/settings/tokens")
            .listed(Group::Security, Message::PageTokens)
            .get(settings::tokens::list),
        Entry::sensitive(Start, "/settings/tokens/new")
            .get(settings::tokens::new::show)
            .post(settings::tokens::new::submit),
        Entry::page("/settings/tokens/{token}").get(settings::tokens::made::show),
        Entry::page("/settings/tokens/{id}/revoke").post(settings::tokens::revoke),
        Entry::sensitive(Start, "/settings/email")
            .listed(Group::SigningIn, Message::PageEmail)
            .get(settings::email::show)
            .post(settings::email::submit),
        Entry::page("/settings/email/send-again").post(settings::email::waiting::send_again),
        Entry::page("/settings/email/cancel").post(settings::email::waiting::cancel),
        Entry::sensitive(Start, "/settings/password")
            .listed(Group::SigningIn, Message::PagePassword)
            .get(settings::password::show)
            .post(settings::password::submit),
        Entry::page("/settings/two-factor")
            .listed(Group::SigningIn, Message::PageTwoFactor)
            .enrols()
            .get(settings::two_factor::show),
        Entry::sensitive(Start, "/settings/two-factor/authenticator")
            .enrols()
            .get(settings::two_factor::authenticator::show)
            .post(settings::two_factor::authenticator::submit),
        Entry::sensitive(Start, "/settings/two-factor/passkey")
            .enrols()
            .scripted()
            .get(settings::two_factor::passkey::show)
            .post(settings::two_factor::passkey::submit),
        Entry::sensitive(Start, "/settings/two-factor/remove")
            .get(settings::two_factor::remove::show)
            .post(settings::two_factor::remove::submit),
        Entry::sensitive(Start, "/settings/two-factor/recovery-codes")
            .get(start::show::<MakeRecoveryCodes>)
            .post(start::submit::<MakeRecoveryCodes>),
        Entry::page("/settings/two-factor/recovery-codes/{token}")
            .get(settings::two_factor::recovery_codes::show),
        Entry::page("/settings/two-factor/recovery-codes/{token}/download")
            .get(settings::two_factor::recovery_codes::download),
        Entry::sensitive(Start, "/settings/export")
            .listed(Group::YourData, Message::PageExport)
            .get(start::show::<ExportData>)
            .post(start::submit::<ExportData>),
        Entry::page("/settings/export/{token}").get(settings::export::show),
        Entry::page("/settings/export/{token}/download").get(settings::export::download),
        Entry::sensitive(Start, "/settings/delete")
            .listed(Group::YourData, Message::PageDelete)
            .get(settings::delete::show)
            .post(start::submit::<DeleteAccount>),
        Entry::page("/settings/delete/keep").post(settings::delete::keep),
        Entry::sensitive(Confirm, "/confirm/{id}")
            .enrols()
            .scripted()
            .leads_out()
            .get(confirm::show)
            .post(confirm::submit),
        Entry::page("/confirm/{id}/cancel").enrols().post(confirm::cancel),
        Entry::sensitive(Start, "/confirmations/{id}")
            .leads_out()
            .get(confirmations::show)
            .post(confirmations::submit),
        Entry::page("/confirmations/{id}/decline").post(confirmations::decline),
        Entry::sensitive(Link, "/email-change/{token}").get(email_change::show).post(email_change::submit),
        Entry::sensitive(Link, "/undo/{token}").get(undo::show).post(undo::submit),
        Entry::page("/deletion-scheduled").get(deletion_scheduled::show),
        Entry::embeddable("/card/{user_id}").get(card::show),
        Entry::new(violation_reports::PATH, RouteKind::Reports).post(reports::submit),
        Entry::api("/api/v1/user/settings").get(api::settings::show).patch(api::settings::change),
        Entry::api("/api/v1/user/sessions").get(api::sessions::list),
        Entry::api("/api/v1/user/sessions/{id}").delete(api::sessions::revoke),
        Entry::api("/api/v1/user/activity").get(api::activity::list),
        Entry::new("/api/v1/forward-auth", RouteKind::ForwardAuth).get(api::forward_auth::show),
        Entry::api("/api/v1/openapi.json").cached().get(api::openapi::show),
        Entry::page("/developers/api").get(developers::api::show),
        Entry::api("/api/v1/confirmations").post(api::confirmations::create),
        Entry::api("/api/v1/confirmations/{id}")
            .get(api::confirmations::show)
            .delete(api::confirmations::withdraw),
        Entry::api("/.well-known/jwks.json").cached().get(api::jwks::show),
        Entry::page("/healthz").get(health::live),
        Entry::page("/readyz").get(health::ready),
    ];
    // The router compares one row after the other, and a segment that varies is a regular expression.
    table.sort_by_key(|entry| entry.pattern.path.contains('{'));
    table
}

/// The rows of the table without the handlers.
#[must_use]
pub fn patterns() -> Vec<RoutePattern> {
    table().into_iter().map(|entry| entry.pattern).collect()
}

/// The table, checked and ready for look-ups by path.
///
/// # Errors
/// A [`RouteProblem`]: the server must not start.
pub fn map() -> Result<RouteMap, RouteProblem> {
    map_of(table())
}

/// A table, checked and ready for look-ups by path.
///
/// # Errors
/// A [`RouteProblem`]: the server must not start.
pub fn map_of(table: Vec<Entry>) -> Result<RouteMap, RouteProblem> {
    RouteMap::new(table.into_iter().map(|entry| entry.pattern).collect())
}

/// Puts the table into the router.
pub fn configure(config: &mut web::ServiceConfig) {
    register(config, table());
}

/// Puts a table into a router.
pub fn register(config: &mut web::ServiceConfig, table: Vec<Entry>) {
    for Entry { pattern, handlers } in table {
        let resource = handlers.into_iter().fold(web::resource(pattern.path), actix_web::Resource::route);
        config.service(resource);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_card_may_be_framed() {
        let map = map().unwrap();
        let framed = map.patterns().filter(|route| route.kind == RouteKind::Embeddable);
        assert_eq!(framed.map(|route| route.path).collect::<Vec<_>>(), ["/card/{user_id}"]);
    }

    #[test]
    fn the_navigation_lists_each_page_of_the_account() {
        let map = map().unwrap();
        let account = |route: &&RoutePattern| {
            route.path.starts_with("/settings") && route.methods.contains(&Method::GET)
        };
        // A page that the navigation does not list is reached from one that it lists, in whose folder it is.
        let listed = map.patterns().filter(|route| route.place.is_some() && route.path != "/settings");
        let folders: Vec<String> = listed.map(|route| format!("{}/", route.path)).collect();
        let unlisted = map.patterns().filter(account).filter(|route| route.place.is_none());
        for route in unlisted {
            let reached = folders.iter().any(|folder| route.path.starts_with(folder.as_str()));
            assert!(reached, "{} is in no folder of {folders:?}", route.path);
        }
        let groups: Vec<Group> = map.navigation().into_keys().collect();
        assert_eq!(groups, [Group::Overview, Group::You, Group::SigningIn, Group::Security, Group::YourData]);
    }
}
