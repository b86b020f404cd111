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
}

async fn begin<C: Check>(tour: &mut Tour<'_, C>, member: &Browser, start: &str) {
    tour.visit(&format!("{start}, arrival"), start, 200).await;
    tour.follow(&format!("{start}, start"), start, 200).await;
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
