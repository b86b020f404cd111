//! The pages of a member's account, also with a change of the email address or a deletion that waits.

use super::{Check, Tour};
use crate::harness::confirmation::fresh_email;
use crate::harness::{Browser, PASSWORD, TestApp};

pub async fn visit<C: Check>(tour: &mut Tour<'_, C>) {
    let app = TestApp::spawn_configured(&[("EMBED_ORIGINS", "https://partner.example")]).await;
    let ada = app.member("Ada").await;
    tour.enter(&app, &ada).await;
    tour.visit("start page of a member", "/", 200).await;
    tour.visit("overview", "/settings", 200).await;
    tour.announce("overview, done", "/settings?done=cancelled").await;
    profile(tour).await;
    language(tour).await;
    card(tour, &ada).await;
    sessions(tour, &app, &ada).await;
    activity(tour, &app, &ada).await;
    tokens(tour, &app, &ada).await;
    export(tour, &ada).await;
    tour.announce("overview, password changed", "/settings?done=own-password-changed").await;
    waiting(tour, &ada).await;
    ada.carry_out("/settings/delete", &[]).await;
    ada.sign_in(&ada.email()).await;
    tour.become_user(&ada).await;
    leaving(tour).await;
    long_names(tour, &app).await;
    again(tour, &app).await;
}

async fn activity<C: Check>(tour: &mut Tour<'_, C>, app: &TestApp, member: &Browser) {
    tour.visit("activity", "/settings/activity", 200).await;
    let id = member.user_id().await;
    app.execute(format!(
        "INSERT INTO security_events (user_id, kind, created_at, expires_at)
         SELECT '{id}', 'enabled-by-operator', now(), now() + INTERVAL '1 day' FROM generate_series(1, 99)"
    ))
    .await;
    let after = format!("/settings/activity?after=1.{id}");
    tour.visit("activity, pages", "/settings/activity", 200).await;
    tour.visit("activity, none left", &after, 200).await;
}

async fn tokens<C: Check>(tour: &mut Tour<'_, C>, app: &TestApp, member: &Browser) {
    tour.visit("access tokens, none", "/settings/tokens", 200).await;
    tour.follow("access token, form", "/settings/tokens/new", 200).await;
    tour.send("access token, no name", "/settings/tokens/new", &[("name", "")], 422).await;
    tour.send("access token, no scope", "/settings/tokens/new", &[("name", "Backup")], 422).await;
    let no_days = [("name", "Backup"), ("settings_read", "yes")];
    tour.send("access token, no lifetime", "/settings/tokens/new", &no_days, 422).await;
    let made = member.carry_out("/settings/tokens/new", &[]).await.location().to_owned();
    tour.visit("access token, made", &made, 200).await;
    tour.visit("access token, over", "/settings/tokens/nonsense", 404).await;
    let (id, name) = (member.user_id().await, "W".repeat(50));
    app.execute(format!(
        "INSERT INTO access_tokens (token_digest, id, user_id, name, scopes, expires_at, last_used_at)
         SELECT sha256((n || '{id}')::BYTEA), gen_random_uuid(), '{id}', '{name}',
         'settings:read settings:write activity:read', now() + INTERVAL '1 day', now() FROM generate_series(1, 19) AS n"
    ))
    .await;
    tour.visit("access tokens, full", "/settings/tokens", 200).await;
    tour.announce("access tokens, done", "/settings/tokens?done=token-revoked").await;
    let complete = [("name", "Backup"), ("settings_read", "yes"), ("days", "7")];
    tour.send("access token, too many", "/settings/tokens/new", &complete, 422).await;
}

async fn export<C: Check>(tour: &mut Tour<'_, C>, member: &Browser) {
    let ready = member.carry_out("/settings/export", &[]).await.location().to_owned();
    tour.visit("export, ready", &ready, 200).await;
    tour.visit("export, over", "/settings/export/nonsense", 404).await;
}

/// The sign-in of a while ago is not enough for a page, and an operator has disabled an account.
async fn again<C: Check>(tour: &mut Tour<'_, C>, app: &TestApp) {
    let eve = app.member("Eve").await;
    tour.become_user(&eve).await;
    app.wait(chrono::TimeDelta::minutes(11));
    tour.visit("sign-in, again", "/settings/email", 200).await;
    let email = eve.email();
    app.execute(format!("UPDATE users SET disabled_at = now() WHERE email = '{email}'")).await;
    tour.become_user(&app.guest()).await;
    tour.visit("sign-in before a refusal", "/sign-in", 200).await;
    tour.send("sign-in, disabled", "/sign-in", &[("email", &email), ("password", PASSWORD)], 403).await;
}

async fn profile<C: Check>(tour: &mut Tour<'_, C>) {
    tour.visit("profile", "/settings/profile", 200).await;
    tour.send("profile, refused", "/settings/profile", &[("display_name", "")], 422).await;
    tour.send("profile, saved", "/settings/profile", &[("display_name", "Ada L.")], 200).await;
}

async fn language<C: Check>(tour: &mut Tour<'_, C>) {
    tour.visit("language", "/settings/language", 200).await;
    let unknown = [("language", "tlh"), ("time_zone", "Mars/Base")];
    tour.send("language, refused", "/settings/language", &unknown, 422).await;
    let chosen = [("language", ""), ("time_zone", "America/Argentina/Buenos_Aires")];
    tour.send("language, saved", "/settings/language", &chosen, 200).await;
}

async fn card<C: Check>(tour: &mut Tour<'_, C>, member: &Browser) {
    tour.send("profile, card on", "/settings/card", &[("card", "on")], 200).await;
    let card = format!("/card/{}", member.user_id().await);
    tour.visit("card", &card, 200).await;
}

async fn sessions<C: Check>(tour: &mut Tour<'_, C>, app: &TestApp, member: &Browser) {
    tour.visit("sessions, only here", "/settings/sessions", 200).await;
    for remember in ["yes", ""] {
        let fields = [("email", member.email()), ("password", PASSWORD.to_owned())];
        let mut fields: Vec<(&str, &str)> =
            fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
        fields.push(("remember", remember));
        app.guest().post("/sign-in", &fields).await;
    }
    tour.visit("sessions", "/settings/sessions", 200).await;
    tour.announce("sessions, done", "/settings/sessions?done=session-ended&count=1").await;
}

/// A change of the email address waits for its link.
async fn waiting<C: Check>(tour: &mut Tour<'_, C>, member: &Browser) {
    member.carry_out("/settings/email", &[("email", &fresh_email("countess"))]).await;
    tour.visit("overview, change waits", "/settings", 200).await;
    tour.follow("email, change waits", "/settings/email", 200).await;
    tour.announce("email, done", "/settings/email?done=email-sent-again").await;
}

/// The account waits for its deletion.
async fn leaving<C: Check>(tour: &mut Tour<'_, C>) {
    tour.visit("overview, deletion waits", "/settings", 200).await;
    tour.visit("profile, deletion waits", "/settings/profile", 200).await;
    tour.follow("email, deletion waits", "/settings/email", 200).await;
    tour.follow("delete, deletion waits", "/settings/delete", 200).await;
    tour.visit("access tokens, deletion waits", "/settings/tokens", 200).await;
}

/// The longest name and email address without a space.
async fn long_names<C: Check>(tour: &mut Tour<'_, C>, app: &TestApp) {
    let long = app.member(&"w".repeat(27)).await;
    long.submit("/settings/profile", &[("display_name", &"W".repeat(80))]).await;
    tour.become_user(&long).await;
    tour.visit("overview, long name", "/settings", 200).await;
    tour.visit("delete, arrival, long name", "/settings/delete", 200).await;
    tour.follow("delete, long name", "/settings/delete", 200).await;
}
