//! The pages of errors, for guests and members.

use super::{Check, Tour};
use crate::actions::starts;
use crate::harness::confirmation::fresh_email;
use crate::harness::{Browser, Relay, TestApp};

pub async fn visit<C: Check>(tour: &mut Tour<'_, C>) {
    let app = TestApp::spawn().await;
    tour.enter(&app, &app.guest()).await;
    tour.visit("404 of a guest", "/nope", 404).await;
    tour.visit("405", "/sign-out", 405).await;
    unreadable(tour).await;
    let ada = app.member("Ada").await;
    // Some actions begin with a second factor only.
    ada.add_authenticator().await;
    tour.become_user(&ada).await;
    tour.visit("404 of a member", "/nope", 404).await;
    stale(tour, &ada).await;
    limited(tour, &ada).await;
    signed_out(tour, &app).await;
    unavailable(tour).await;
}

/// Bodies that are not our forms.
async fn unreadable<C: Check>(tour: &mut Tour<'_, C>) {
    tour.session.goto(&format!("{}/sign-in", tour.origin)).await;
    tour.send("400", "/sign-in", &[("email", "a"), ("email", "b")], 400).await;
    let large = "x".repeat(unframed::app::FORM_LIMIT + 1);
    tour.send("413", "/sign-up", &[("email", &large)], 413).await;
    tour.session.goto(&format!("{}/sign-up", tour.origin)).await;
    tour.leave_by(
        "const form = document.querySelector('main form'); form.enctype = 'text/plain'; form.submit()",
    )
    .await;
    tour.show("415", 415).await;
}

/// Forms of a member without the token.
async fn stale<C: Check>(tour: &mut Tour<'_, C>, member: &Browser) {
    tour.send_stale("profile", "/settings/profile", &[("display_name", "Ada")]).await;
    tour.send_stale("card", "/settings/card", &[("card", "on")]).await;
    tour.send_stale("sign-out", "/sign-out", &[]).await;
    for start in starts() {
        let path = member.path_of(start).await;
        tour.send_stale(start, &path, &[]).await;
    }
}

async fn limited<C: Check>(tour: &mut Tour<'_, C>, member: &Browser) {
    for _ in 0..10 {
        member.begin_any("/settings/email").await;
    }
    tour.session.goto(&format!("{}/settings", tour.origin)).await;
    tour.send("429", "/settings/email", &[("email", &fresh_email("any"))], 429).await;
}

/// The session ends while a form is open. The page keeps what was typed.
async fn signed_out<C: Check>(tour: &mut Tour<'_, C>, app: &TestApp) {
    for (path, field, typed) in [
        ("/settings/profile", "display_name", "Ada Lovelace"),
        ("/settings/email", "email", "ada@example.com"),
    ] {
        tour.become_user(&app.guest()).await;
        tour.session.goto(&format!("{}/sign-in", tour.origin)).await;
        tour.send(&format!("signed out, {path}"), path, &[("csrf_token", "any"), (field, typed)], 401).await;
    }
}

/// The database is lost, on a site with a contact.
async fn unavailable<C: Check>(tour: &mut Tour<'_, C>) {
    let relay = Relay::start().await;
    let variables = [("DATABASE_URL", relay.url.as_str()), ("SUPPORT_URL", "https://service.example/help")];
    let app = TestApp::spawn_configured(&variables).await;
    let ada = app.member("Ada").await;
    tour.enter(&app, &ada).await;
    relay.cut();
    tour.visit("503", "/settings", 503).await;
}
