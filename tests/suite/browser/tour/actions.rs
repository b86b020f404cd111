//! The pages of every sensitive action, and those that stand in for an action that is over.

use super::{Check, Tour};
use crate::actions::starts;
use crate::harness::{Browser, TestApp};

pub async fn visit<C: Check>(tour: &mut Tour<'_, C>) {
    let app = TestApp::spawn().await;
    let ada = app.member("Ada").await;
    tour.enter(&app, &ada).await;
    for start in starts() {
        begin(tour, &ada, start).await;
        confirm(tour, &app, &ada, start).await;
    }
    over(tour, &app, &ada).await;
    confirmations(tour, &app, &ada).await;
}

async fn begin<C: Check>(tour: &mut Tour<'_, C>, member: &Browser, start: &str) {
    let path = member.path_of(start).await;
    tour.visit(&format!("{start}, arrival"), &path, 200).await;
    tour.follow(&format!("{start}, start"), &path, 200).await;
    let email = member.email();
    let refused = match start {
        "/settings/email" => ("email", email.as_str()),
        "/settings/password" => ("password", "short"),
        _ => return,
    };
    tour.send(&format!("{start}, refused"), start, &[refused], 422).await;
}

async fn confirm<C: Check>(tour: &mut Tour<'_, C>, app: &TestApp, member: &Browser, start: &str) {
    let page = member.begin_any(start).await;
    tour.visit(&format!("{start}, arrival before confirm"), &page.path, 200).await;
    tour.follow(&format!("{start}, confirm"), &page.path, 200).await;
    tour.session.run("document.querySelector('.tick').checked = true").await;
    tour.show(&format!("{start}, confirm, ticked"), 200).await;
    app.let_human_time_pass();
    let stamp = page.value("stamp");
    tour.send(&format!("{start}, confirm, refused"), &page.path, &[("stamp", stamp)], 422).await;
    tour.session.run("document.querySelector('.tick').checked = true").await;
    tour.show(&format!("{start}, confirm, refused and ticked"), 422).await;
}

async fn over<C: Check>(tour: &mut Tour<'_, C>, app: &TestApp, member: &Browser) {
    let start = "/settings/sessions/revoke-others";
    let (withdrawn, used) = (member.begin_any(start).await, member.begin_any(start).await);
    member.confirm(&used).await;
    let expired = member.begin_any(start).await;
    app.wait(chrono::TimeDelta::minutes(10));
    tour.visit("confirm, withdrawn", &withdrawn.path, 410).await;
    tour.visit("confirm, used", &used.path, 410).await;
    tour.visit("confirm, expired", &expired.path, 410).await;
    tour.visit("confirm, unknown", "/confirm/nonsense", 404).await;
}

/// Confirmations with each outcome, and one that takes a second factor.
async fn confirmations<C: Check>(tour: &mut Tour<'_, C>, app: &TestApp, member: &Browser) {
    let application = app.application().await;
    let asked = async || format!("/confirmations/{}", application.asked(member).await);
    let grace = app.member("Grace").await;
    tour.become_user(&grace).await;
    let high = application.ask(&grace.email(), serde_json::json!({"danger": "high"})).await;
    let high = format!("/confirmations/{}", high.text("id"));
    tour.visit("confirmation of high danger, arrival", &high, 200).await;
    tour.follow("confirmation of high danger without a second factor", &high, 200).await;
    tour.send("confirmation of high danger, refused", &high, &[], 422).await;
    let (approved, declined, withdrawn) = (asked().await, asked().await, asked().await);
    let begun = member.submit(&approved, &[]).await;
    let page = member.get(begun.location()).await;
    member.confirm(&member.confirming(begun.location(), &page)).await;
    member.submit(&format!("{declined}/decline"), &[]).await;
    application.withdraw(withdrawn.rsplit('/').next().expect("an id").parse().expect("an id")).await;
    // The page asks for a recent sign-in.
    member.get_after_signing_in_again("/settings/activity").await;
    tour.become_user(member).await;
    tour.visit("confirmation, approved", &approved, 410).await;
    tour.visit("confirmation, declined", &declined, 410).await;
    tour.visit("confirmation, withdrawn", &withdrawn, 410).await;
    let (expired, disabled) = (asked().await, asked().await);
    app.disable(&application).await;
    tour.visit("confirmation, its application disabled", &disabled, 410).await;
    app.wait(chrono::TimeDelta::minutes(10));
    member.get_after_signing_in_again("/settings/activity").await;
    tour.become_user(member).await;
    tour.visit("confirmation, expired", &expired, 410).await;
    tour.visit("confirmation, unknown", "/confirmations/nonsense", 404).await;
}
