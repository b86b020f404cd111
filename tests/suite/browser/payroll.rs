//! The example of `examples/payroll` in a real Chromium, from the dangerous button to the payment, on plain http as `make run`
//! and `make payroll` serve it.

use serde_json::Value;
use thirtyfour::prelude::*;
use unframed::verify::browser::attacker::in_a_frame;
use uuid::Uuid;

use super::driver::Session;
use super::evidence::tell;
use super::victim::{ARRIVAL, START, TICK, Victim};
use super::world::{Site, World};
use crate::harness::Payroll;

/// The button that declines.
const DECLINE: &str = "form[action$='/decline'] button";

/// Signs a user in at Payroll.
async fn sign_in(user: &Victim<'_>, payroll: &Payroll, email: &str) {
    user.session.goto(&payroll.url("/")).await;
    user.type_into("email", email).await;
    user.click("form[action='/sign-in'] button").await;
    user.session.appears(".payments").await;
}

/// Presses the button of a payment, goes on from the arrival page of unframed, and returns the id of the confirmation.
async fn press(user: &Victim<'_>, payroll: &Payroll, payment: u32) -> Uuid {
    user.session.goto(&payroll.url("/")).await;
    user.click(&format!("form[action='/payments/{payment}/pay'] button")).await;
    user.click(ARRIVAL).await;
    user.session.appears(START).await;
    let path = user.path().await;
    path.strip_prefix("/confirmations/").and_then(|id| id.parse().ok()).unwrap_or_else(|| panic!("{path}"))
}

async fn shown(session: &Session) -> String {
    session.driver.find(By::Css("main")).await.expect("a page").text().await.expect("its text")
}

/// The transfers on the list of Payroll.
async fn transfers(session: &Session, payroll: &Payroll) -> Vec<String> {
    session.goto(&payroll.url("/")).await;
    let found =
        session.run("return [...document.querySelectorAll('.transfers li')].map(li => li.textContent)");
    serde_json::from_value(found.await).expect("texts")
}

async fn receipt(payroll: &Payroll, confirmation: Uuid) -> String {
    payroll.application.read(confirmation).await.text("receipt").to_owned()
}

#[tokio::test]
async fn a_member_pays_once_by_a_confirmation_and_declines_another_payment() {
    let world = World::localhost().await;
    let session = Session::open(&world.key).await;
    let ada = Victim::sign_up(&world, &session).await;
    let payroll = Payroll::start(&world.app).await;
    sign_in(&ada, &payroll, &ada.email).await;

    let id = press(&ada, &payroll, 1).await;
    let page = shown(&session).await;
    for words in
        ["Payroll asks you to confirm this", "Pay 4,200.00 EUR to Grace", "DE89 3704 0044 0532 0130 00"]
    {
        assert!(page.contains(words), "{words}: {page}");
    }
    ada.go_on().await;
    ada.confirm().await;
    session.arrive_at(&payroll.url("/payments/1")).await;
    assert!(shown(&session).await.contains("Pay 4,200.00 EUR to Grace: paid once."));
    let paid = ["4,200.00 EUR to Grace, DE89 3704 0044 0532 0130 00"];
    assert_eq!(transfers(&session, &payroll).await, paid);

    let signed = receipt(&payroll, id).await;
    let claims = payroll.verifier.verify(&signed).await.expect("a genuine receipt");
    let decoded: Value = world.app.verified(&signed).await;
    tell(&format!(
        "payroll, http://localhost: paid {paid:?}\nreceipt: {signed}\nclaims: {decoded:#}\nverified by jsonwebtoken: {claims:?}"
    ));

    // The receipt is still in the history: it pays nothing more.
    let way_back = payroll.url(&Payroll::way_back(1, id, &signed));
    session.goto(&way_back).await;
    session.arrive_at(&payroll.url("/payments/1")).await;
    assert_eq!(transfers(&session, &payroll).await, paid);

    let declined = press(&ada, &payroll, 2).await;
    ada.click(DECLINE).await;
    session.arrive_at(&payroll.url("/payments/2")).await;
    assert!(shown(&session).await.contains("Declined. Nothing was paid."));
    assert_eq!(transfers(&session, &payroll).await, paid);

    // A receipt of another confirmation, and a forged one: the refusal under the signature of the approval.
    let waiting = press(&ada, &payroll, 3).await;
    session.goto(&payroll.url(&Payroll::way_back(3, waiting, &signed))).await;
    assert!(shown(&session).await.contains("this receipt is about something else"));
    let refusal = receipt(&payroll, declined).await;
    let forged =
        format!("{}.{}", &refusal[..refusal.rfind('.').unwrap()], signed.rsplit('.').next().unwrap());
    session.goto(&payroll.url(&Payroll::way_back(3, waiting, &forged))).await;
    assert!(shown(&session).await.contains("this receipt is not genuine"));
    assert_eq!(transfers(&session, &payroll).await, paid);
    session.close().await;
}

#[tokio::test]
async fn the_browser_of_another_user_shows_nothing_of_a_request_and_pays_nothing() {
    let world = World::localhost().await;
    let session = Session::open(&world.key).await;
    let ada = world.app.member("Ada").await;
    let payroll = Payroll::start(&world.app).await;
    // Eve is signed in at unframed, and says at Payroll that she is Ada.
    let eve = Victim::sign_up(&world, &session).await;
    sign_in(&eve, &payroll, &ada.email()).await;
    eve.click("form[action='/payments/1/pay'] button").await;
    session.appears("a[href='/settings']").await;
    let page = shown(&session).await;
    assert!(page.contains("We can’t find this request") && !page.contains("Grace"), "{page}");
    assert!(!eve.has(START).await && !eve.has(TICK).await);
    let path = eve.path().await;
    let id: Uuid = path.strip_prefix("/confirmations/").expect("a confirmation").parse().expect("an id");
    session.goto(&payroll.url("/")).await;
    eve.click("form[action='/sign-out'] button").await;
    session.appears("form[action='/sign-in']").await;
    // Eve's own approval of another payment is none of Ada's.
    sign_in(&eve, &payroll, &eve.email).await;
    let own = press(&eve, &payroll, 2).await;
    eve.go_on().await;
    eve.confirm().await;
    session.arrive_at(&payroll.url("/payments/2")).await;
    let signed = receipt(&payroll, own).await;
    session.goto(&payroll.url(&Payroll::way_back(1, id, &signed))).await;
    assert!(shown(&session).await.contains("this receipt is about something else"));
    assert_eq!(transfers(&session, &payroll).await, ["3,950.50 EUR to Edsger, NL91 ABNA 0417 1643 00"]);
    let open = format!("confirmations WHERE id = '{id}' AND outcome IS NULL");
    assert_eq!(world.app.count(&open).await, 1, "Ada can still decide");
    session.close().await;
}

#[tokio::test]
async fn no_stranger_shows_a_page_of_payroll_or_its_confirmation_in_a_frame() {
    let world = World::localhost().await;
    let session = Session::open(&world.key).await;
    let ada = Victim::sign_up(&world, &session).await;
    let payroll = Payroll::start(&world.app).await;
    sign_in(&ada, &payroll, &ada.email).await;
    let id = press(&ada, &payroll, 1).await;
    let confirm = ada.go_on().await;
    let request = format!("/confirmations/{id}");
    for site in Site::ALL {
        session.goto(&world.aim(site, "/wrap", "/naive").replace("?u=", "?kind=iframe&u=")).await;
        assert!(session.controls_in_frame(0).await > 0, "{site:?} can frame a careless page");
        let pages = [
            payroll.url("/"),
            payroll.url("/payments/1"),
            payroll.url("/nothing"),
            world.victim(&request),
            world.victim(&confirm),
        ];
        for page in pages {
            session.goto(&world.attacker(site, &in_a_frame(&page))).await;
            assert_eq!(session.controls_in_frame(0).await, 0, "{site:?} frames {page}");
        }
    }
    // On their own, these pages have what could be clicked.
    for page in [payroll.url("/"), world.victim(&confirm)] {
        session.goto(&page).await;
        session.appears("a[href], button").await;
    }
    assert_eq!(transfers(&session, &payroll).await, [""; 0]);
    session.close().await;
}
