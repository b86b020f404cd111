//! The links of emails: open, used, and over in every way.

use chrono::TimeDelta;
use regex::Regex;

use super::{Check, Tour};
use crate::harness::confirmation::fresh_email;
use crate::harness::{Browser, TestApp};

pub async fn visit<C: Check>(tour: &mut Tour<'_, C>) {
    let app = TestApp::spawn().await;
    tour.enter(&app, &app.guest()).await;
    change(tour, &app).await;
    not_changed(tour, &app).await;
    kept(tour, &app).await;
    factors_kept(tour, &app).await;
    tour.visit("email change, unknown link", "/email-change/nonsense", 404).await;
    tour.visit("undo, unknown link", "/undo/nonsense", 404).await;
}

/// Asks for a change of the email address, and returns the link that confirms it.
async fn ask(app: &TestApp, member: &Browser, new: &str) -> String {
    member.carry_out("/settings/email", &[("email", new)]).await;
    app.mailed_link(new, 1, "/email-change/", "Confirm your new").await
}

/// Another account changes to the email address of a link.
async fn take(app: &TestApp, wanted: &str, former: &str) {
    app.wait(TimeDelta::hours(1));
    let other = app.member("Other").await;
    other.carry_out("/settings/email", &[("email", wanted)]).await;
    let mails = app.mails_to(wanted, 2).await;
    let link = Regex::new("/email-change/[A-Za-z0-9_-]{43}").expect("a pattern");
    let links = mails.iter().filter_map(|mail| link.find(mail));
    let own = links.map(|link| link.as_str()).find(|link| *link != former).expect("another link");
    app.guest().post(own, &[]).await;
}

/// A change that is made and undone.
async fn change<C: Check>(tour: &mut Tour<'_, C>, app: &TestApp) {
    let ada = app.member("Ada").await;
    let (old, new) = (ada.email(), fresh_email("countess"));
    let link = ask(app, &ada, &new).await;
    tour.visit("email change", &link, 200).await;
    app.guest().post(&link, &[]).await;
    tour.visit("email change, used", &link, 200).await;
    let undo = app.mailed_link(&old, 3, "/undo/", "was changed").await;
    tour.visit("undo of an email change", &undo, 200).await;
    tour.send("undo of an email change, done", &undo, &[], 200).await;
    tour.visit("email change, changed since", &link, 410).await;
    app.wait(TimeDelta::hours(1));
    tour.visit("undo, used", &undo, 410).await;
}

/// Changes that cannot be made any more.
async fn not_changed<C: Check>(tour: &mut Tour<'_, C>, app: &TestApp) {
    let (ada, wanted) = (app.member("Ada").await, fresh_email("wanted"));
    let withdrawn = ask(app, &ada, &fresh_email("first")).await;
    let taken = ask(app, &ada, &wanted).await;
    tour.visit("email change, withdrawn", &withdrawn, 410).await;
    take(app, &wanted, &taken).await;
    tour.send("email change, taken", &taken, &[], 409).await;
    let (eve, late) = (app.member("Eve").await, fresh_email("late"));
    let link = ask(app, &eve, &late).await;
    let stop = app.mailed_link(&eve.email(), 2, "/undo/", "Request to change").await;
    app.wait(TimeDelta::hours(25));
    tour.visit("email change, expired", &link, 410).await;
    app.wait(TimeDelta::days(7));
    tour.visit("undo, expired", &stop, 410).await;
}

/// A deletion that is taken back.
async fn kept<C: Check>(tour: &mut Tour<'_, C>, app: &TestApp) {
    let ada = app.member("Ada").await;
    ada.carry_out("/settings/delete", &[]).await;
    let undo = app.mailed_link(&ada.email(), 2, "/undo/", "will be deleted after").await;
    tour.visit("undo of a deletion", &undo, 200).await;
    tour.send("undo of a deletion, done", &undo, &[], 200).await;
}

/// A removal of second factors that is stopped, and one that is undone.
async fn factors_kept<C: Check>(tour: &mut Tour<'_, C>, app: &TestApp) {
    let ada = app.member("Ada").await;
    ada.add_authenticator().await;
    app.schedule_factor_reset(&ada).await;
    let stop = app.mailed_link(&ada.email(), 2, "/undo/", "to be removed after").await;
    tour.visit("undo of a removal of second factors", &stop, 200).await;
    tour.send("undo of a removal of second factors, done", &stop, &[], 200).await;
    let eve = app.member("Eve").await;
    eve.add_authenticator().await;
    app.reset_factors_now(&eve).await;
    let restore = app.mailed_link(&eve.email(), 2, "/undo/", "We removed the second factors").await;
    tour.visit("undo of a removal of second factors at once", &restore, 200).await;
}
