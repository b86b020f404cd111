//! The pages that a guest can open: the start page, signing in, signing up.

use super::{Check, Tour};
use crate::harness::confirmation::fresh_email;
use crate::harness::{PASSWORD, TestApp};

/// Variables of a site that links to everything that it can link to.
const LINKED: [(&str, &str); 4] = [
    ("SERVICE_URL", "https://service.example/"),
    ("SUPPORT_URL", "https://service.example/help"),
    ("PRIVACY_URL", "https://service.example/privacy"),
    ("ACCESSIBILITY_URL", "https://service.example/accessibility"),
];

pub async fn visit<C: Check>(tour: &mut Tour<'_, C>) {
    let app = TestApp::spawn().await;
    tour.enter(&app, &app.guest()).await;
    tour.visit("start page of a guest", "/", 200).await;
    tour.announce("start page after signing out", "/?done=signed-out").await;
    sign_in(tour, &app).await;
    tour.visit("sign-up", "/sign-up", 200).await;
    tour.send("sign-up, refused", "/sign-up", &[("email", "ada")], 422).await;
    tour.visit("sign-up, sent", "/sign-up/sent", 200).await;
    new_account(tour, &app).await;
    forgot_password(tour, &app).await;
    tour.visit("deletion scheduled", "/deletion-scheduled", 200).await;
    tour.visit("the API", "/developers/api", 200).await;
    policies(tour, &app).await;
}

async fn sign_in<C: Check>(tour: &mut Tour<'_, C>, app: &TestApp) {
    tour.visit("sign-in", "/sign-in", 200).await;
    tour.send("sign-in, nothing typed", "/sign-in", &[], 422).await;
    tour.visit("sign-in for a page", "/sign-in?next=%2Fsettings", 200).await;
    let email = fresh_email("nobody");
    let fields = [("email", email.as_str()), ("password", "not the right password")];
    tour.send("sign-in, refused", "/sign-in", &fields, 422).await;
    let mut same_network = app.guest();
    same_network.move_to(&tour.address);
    for _ in 0..10 {
        same_network.post("/sign-in", &fields).await;
    }
    tour.send("sign-in, limited", "/sign-in", &fields, 429).await;
}

async fn new_account<C: Check>(tour: &mut Tour<'_, C>, app: &TestApp) {
    let (guest, email) = (app.guest(), fresh_email("new"));
    let (link, second) = (guest.ask_for_sign_up(&email).await, guest.ask_for_sign_up(&email).await);
    tour.visit("new account", &link, 200).await;
    tour.send("new account, nothing typed", &link, &[], 422).await;
    tour.send("new account, refused", &link, &[("display_name", "Ada"), ("password", "short")], 422).await;
    guest.post(&link, &[("display_name", "Ada"), ("password", PASSWORD)]).await;
    tour.visit("new account, used", &link, 410).await;
    tour.visit("new account, taken", &second, 409).await;
    tour.visit("new account, unknown link", "/sign-up/nonsense", 404).await;
    let late = guest.ask_for_sign_up(&fresh_email("late")).await;
    app.wait(chrono::TimeDelta::minutes(31));
    tour.visit("new account, expired", &late, 410).await;
}

async fn forgot_password<C: Check>(tour: &mut Tour<'_, C>, app: &TestApp) {
    let (guest, email) = (app.guest(), app.member("Ada").await.email());
    tour.visit("forgot password", "/forgot-password", 200).await;
    tour.send("forgot password, refused", "/forgot-password", &[("email", "ada")], 422).await;
    tour.visit("forgot password, sent", "/forgot-password/sent", 200).await;
    guest.post("/forgot-password", &[("email", &email)]).await;
    let used = app.mailed_link(&email, 2, "/forgot-password/", "Choose a new").await;
    tour.visit("new password", &used, 200).await;
    tour.send("new password, refused", &used, &[("password", "short")], 422).await;
    guest.post(&used, &[("password", "gravel otter lantern 93")]).await;
    tour.visit("new password, used", &used, 410).await;
    tour.announce("sign-in after a new password", "/sign-in?done=password-changed").await;
    tour.visit("new password, unknown link", "/forgot-password/nonsense", 404).await;
    let late = app.member("Eve").await.email();
    guest.post("/forgot-password", &[("email", &late)]).await;
    let expired = app.mailed_link(&late, 2, "/forgot-password/", "Choose a new").await;
    app.wait(chrono::TimeDelta::minutes(11));
    tour.visit("new password, expired", &expired, 410).await;
}

/// The pages of sites that do not let everyone sign up.
async fn policies<C: Check>(tour: &mut Tour<'_, C>, open: &TestApp) {
    let link = open.guest().ask_for_sign_up(&fresh_email("closed")).await;
    let ada = open.member("Ada").await;
    for policy in ["invite", "closed"] {
        let variables = [LINKED.as_slice(), &[("SIGN_UP", policy)]].concat();
        let app = TestApp::spawn_configured(&variables).await;
        tour.enter(&app, &app.guest()).await;
        tour.visit(&format!("start page, sign-up: {policy}"), "/", 200).await;
        tour.visit(&format!("sign-up: {policy}"), "/sign-up", 200).await;
        let status = if policy == "closed" { 403 } else { 200 };
        tour.visit(&format!("new account, sign-up: {policy}"), &link, status).await;
        tour.become_user(&ada).await;
        tour.visit(&format!("overview, sign-up: {policy}"), "/settings", 200).await;
    }
}
