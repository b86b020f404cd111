//! The pages of second factors: those of accounts with and without them, and the proofs that confirm pages ask for.

use super::{Check, Tour};
use crate::harness::{Browser, PASSWORD, TestApp};

const LIST: &str = "/settings/two-factor";
const PASSKEY: &str = "/settings/two-factor/passkey";
const AUTHENTICATOR: &str = "/settings/two-factor/authenticator";
const REMOVE: &str = "/settings/two-factor/remove";
const SECOND: &str = "/sign-in/second-factor";
const EXPORT: &str = "/settings/export";

pub async fn visit<C: Check>(tour: &mut Tour<'_, C>) {
    let app = TestApp::spawn().await;
    let ada = app.member("Ada").await;
    tour.enter(&app, &ada).await;
    tour.visit("second factors, none", LIST, 200).await;
    refused(tour).await;
    only_a_passkey(tour, &app).await;
    only_an_app(tour, &app).await;
    ada.add_authenticator().await;
    ada.add_passkey().await;
    tour.become_user(&ada).await;
    tour.visit("second factors", LIST, 200).await;
    tour.announce("second factors, done", "/settings/two-factor?done=passkey-added").await;
    remove(tour, &ada).await;
    proofs(tour, &app, &ada).await;
    recovery_codes(tour, &app, &ada).await;
    half(tour, &app, &ada, "with a passkey").await;
    full(tour, &app, &ada).await;
    sign_in_by_passkey(tour, &app).await;
    required(tour).await;
    without_passkeys(tour).await;
}

/// Forms to add a factor, with problems.
async fn refused<C: Check>(tour: &mut Tour<'_, C>) {
    tour.session.goto(&format!("{}/settings", tour.origin)).await;
    tour.send("passkey, no name", PASSKEY, &[("name", "")], 422).await;
    tour.send("passkey, no script", PASSKEY, &[("name", "Laptop")], 422).await;
    tour.send("passkey, refused", PASSKEY, &[("name", "Laptop"), ("passkey", "{}")], 422).await;
    tour.send("authenticator, refused", AUTHENTICATOR, &[("name", ""), ("code", "")], 422).await;
}

async fn only_a_passkey<C: Check>(tour: &mut Tour<'_, C>, app: &TestApp) {
    let bob = app.member("Bob").await;
    bob.add_passkey().await;
    tour.become_user(&bob).await;
    tour.visit("second factors, a passkey", LIST, 200).await;
    let page = bob.begin(EXPORT, &[]).await;
    let typed = format!("{}?proof=typed", page.path);
    tour.visit("confirm by recovery code, arrival", &page.path, 200).await;
    tour.follow("confirm by recovery code", &typed, 200).await;
    app.let_human_time_pass();
    let fields = [("stamp", page.value("stamp")), ("proof", "typed"), ("understood", "yes")];
    tour.send("confirm by recovery code, refused", &page.path, &fields, 422).await;
}

async fn only_an_app<C: Check>(tour: &mut Tour<'_, C>, app: &TestApp) {
    let eve = app.member("Eve").await;
    eve.add_authenticator().await;
    half(tour, app, &eve, "without a passkey").await;
}

async fn remove<C: Check>(tour: &mut Tour<'_, C>, member: &Browser) {
    let list = member.get(LIST).await;
    let chosen = list.find(r#"href="(/settings/two-factor/remove\?factor=[^"]+)""#).expect("a link");
    tour.visit("remove a factor, arrival", &chosen, 200).await;
    tour.follow("remove a factor, chosen", &chosen, 200).await;
    tour.send("remove a factor, refused", REMOVE, &[("factor", "")], 422).await;
}

/// A confirm page by passkey, and by a code in its place.
async fn proofs<C: Check>(tour: &mut Tour<'_, C>, app: &TestApp, member: &Browser) {
    let page = member.begin(EXPORT, &[]).await;
    tour.visit("confirm by passkey, arrival", &page.path, 200).await;
    tour.follow("confirm by passkey", &page.path, 200).await;
    tour.session.run("document.querySelector('.tick').checked = true").await;
    tour.show("confirm by passkey, ticked", 200).await;
    // What the script tells.
    tour.session
        .run("document.querySelectorAll('[data-passkey-problem]').forEach(text => text.hidden = false)")
        .await;
    tour.show("confirm by passkey, problems", 200).await;
    app.let_human_time_pass();
    let stamp = page.value("stamp");
    let missing = [("stamp", stamp), ("understood", "yes")];
    tour.send("confirm by passkey, no script", &page.path, &missing, 422).await;
    let wrong = [("stamp", stamp), ("understood", "yes"), ("passkey", "{}")];
    tour.send("confirm by passkey, refused", &page.path, &wrong, 422).await;
    let page = member.begin(EXPORT, &[]).await;
    tour.follow("confirm by code", &format!("{}?proof=typed", page.path), 200).await;
    app.let_human_time_pass();
    let wrong =
        [("stamp", page.value("stamp")), ("proof", "typed"), ("understood", "yes"), ("code", "000000")];
    tour.send("confirm by code, refused", &page.path, &wrong, 422).await;
}

async fn recovery_codes<C: Check>(tour: &mut Tour<'_, C>, app: &TestApp, member: &Browser) {
    let made = member.carry_out("/settings/two-factor/recovery-codes", &[]).await.location().to_owned();
    tour.visit("recovery codes", &made, 200).await;
    app.wait(chrono::TimeDelta::minutes(10));
    tour.visit("recovery codes, over", &made, 404).await;
    // The next pages ask for a recent sign-in.
    member.sign_in(&member.email()).await;
    tour.become_user(member).await;
}

/// Ten factors of each kind, with names of the greatest length.
async fn full<C: Check>(tour: &mut Tour<'_, C>, app: &TestApp, member: &Browser) {
    let id = member.user_id().await;
    let name = "W".repeat(40);
    for sql in [
        format!(
            "INSERT INTO passkeys (id, user_id, name, credential_id, credential, created_at, added_number) \
             SELECT gen_random_uuid(), '{id}', '{name}', decode(md5(gen_random_uuid()::TEXT), 'hex'), '{{}}', now(), 1 \
             FROM generate_series(1, 9)"
        ),
        format!(
            "INSERT INTO authenticators (id, user_id, name, sealed_secret, last_step, added_number) \
             SELECT gen_random_uuid(), '{id}', '{name}', '\\x00', 0, 1 FROM generate_series(1, 9)"
        ),
    ] {
        app.execute(sql).await;
    }
    tour.become_user(member).await;
    tour.visit("second factors, full", LIST, 200).await;
    tour.send("passkey, too many", PASSKEY, &[("name", "Laptop"), ("passkey", "{}")], 422).await;
    tour.send("authenticator, too many", AUTHENTICATOR, &[("name", "Phone"), ("code", "000000")], 422).await;
}

/// The second step of a sign-in.
async fn half<C: Check>(tour: &mut Tour<'_, C>, app: &TestApp, of: &Browser, how: &str) {
    let guest = app.guest();
    guest.post("/sign-in", &[("email", &of.email()), ("password", PASSWORD)]).await;
    tour.become_user(&guest).await;
    tour.visit(&format!("second factor {how}"), SECOND, 200).await;
    tour.send(&format!("second factor {how}, nothing typed"), SECOND, &[], 422).await;
    tour.send(&format!("second factor {how}, wrong"), SECOND, &[("code", "000000")], 422).await;
    if how.starts_with("with ") {
        tour.send("second factor, no script", SECOND, &[("ceremony", "x")], 422).await;
        tour.send("second factor, passkey refused", SECOND, &[("passkey", "{}")], 422).await;
        for _ in 0..7 {
            let mut same_network = app.guest();
            same_network.move_to(&tour.address);
            same_network.post("/sign-in", &[("email", &of.email()), ("password", PASSWORD)]).await;
            same_network.post(SECOND, &[("passkey", "{}")]).await;
            same_network.post(SECOND, &[("passkey", "{}")]).await;
        }
        tour.send("second factor, limited", SECOND, &[("passkey", "{}")], 429).await;
    }
}

async fn sign_in_by_passkey<C: Check>(tour: &mut Tour<'_, C>, app: &TestApp) {
    const PATH: &str = "/sign-in/passkey";
    tour.become_user(&app.guest()).await;
    tour.visit("passkey sign-in", PATH, 200).await;
    tour.visit("passkey sign-in for a page", "/sign-in/passkey?next=%2Fsettings%2Fprofile", 200).await;
    tour.send("passkey sign-in, no script", PATH, &[("remember", "yes")], 422).await;
    tour.send("passkey sign-in, refused", PATH, &[("passkey", "{}")], 422).await;
    let mut same_network = app.guest();
    same_network.move_to(&tour.address);
    for _ in 0..100 {
        same_network.post(PATH, &[("passkey", "{}")]).await;
    }
    tour.send("passkey sign-in, limited", PATH, &[("passkey", "{}")], 429).await;
    tour.announce("sign-in, over", "/sign-in?done=sign-in-over").await;
}

/// A team that requires a second factor.
async fn required<C: Check>(tour: &mut Tour<'_, C>) {
    let app = TestApp::spawn_configured(&[("REQUIRE_SECOND_FACTOR", "yes")]).await;
    let ada = app.member("Ada").await;
    tour.enter(&app, &ada).await;
    tour.visit("second factors, required", LIST, 200).await;
}

/// A site on an IP address.
async fn without_passkeys<C: Check>(tour: &mut Tour<'_, C>) {
    let app = TestApp::spawn_configured(&[("PUBLIC_URL", "http://127.0.0.1:8080")]).await;
    let ada = app.member("Ada").await;
    tour.enter(&app, &ada).await;
    // The server listens elsewhere than it says.
    tour.origin = format!("http://{}", app.address);
    tour.become_user(&ada).await;
    tour.visit("second factors, no passkeys offered", LIST, 200).await;
    tour.visit("passkey, arrival on an IP address", PASSKEY, 200).await;
    tour.follow("passkey, not offered", PASSKEY, 200).await;
    tour.become_user(&app.guest()).await;
    tour.visit("passkey sign-in, not offered", "/sign-in/passkey", 200).await;
}
