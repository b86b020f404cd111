//! The return to the application, in a real Chromium: `form-action` lets the redirect after the form lead to the registered
//! origin, and to no other one.

use unframed::actions::{ApproveConfirmation, SensitiveAction as _};

use super::driver::Session;
use super::victim::{ARRIVAL, START, Victim};
use super::world::{Site, World};

/// The button that declines.
const DECLINE: &str = "form[action$='/decline'] button";

async fn url(session: &Session) -> String {
    session.driver.current_url().await.expect("an address").to_string()
}

async fn open(victim: &Victim<'_>) -> String {
    let path = victim.path_of(ApproveConfirmation::START).await;
    victim.session.goto(&victim.world.victim(&path)).await;
    victim.click(ARRIVAL).await;
    victim.session.appears(START).await;
    path
}

/// Waits until the browser has left for a page of the partner, and returns its address.
async fn back(session: &Session, partner: &str) -> String {
    for _ in 0..500 {
        let at = url(session).await;
        if at.starts_with(partner) {
            return at;
        }
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    panic!("not back at {partner}: {}", url(session).await);
}

#[tokio::test]
async fn the_browser_follows_the_redirect_to_the_registered_origin_and_to_no_other() {
    let world = World::https().await;
    let session = Session::open(&world.key).await;
    let victim = Victim::sign_up(&world, &session).await;
    let partner = world.attacker(Site::Partner, "/runs/7?confirmation=");
    open(&victim).await;
    victim.go_on().await;
    victim.confirm().await;
    assert!(back(&session, &partner).await.contains("&receipt="));
    open(&victim).await;
    victim.click(DECLINE).await;
    assert!(back(&session, &partner).await.contains("&receipt="));
    // The page was served for the partner, and the server sends the browser elsewhere.
    let path = open(&victim).await;
    let id = path.rsplit('/').next().expect("an id");
    let elsewhere = world.attacker(Site::Cross, "/collect");
    let moved = world
        .app
        .execute(format!("UPDATE confirmations SET return_url = '{elsewhere}' WHERE id = '{id}'"))
        .await;
    assert_eq!(moved, 1);
    world.forget();
    victim.click(DECLINE).await;
    session.wait_until("the form is sent", || !world.writes().is_empty()).await;
    world.settle(&session, None).await;
    assert_eq!(world.seen(|seen| seen.stolen.clone()), [""; 0], "nothing has reached the other site");
    assert!(!url(&session).await.starts_with(&elsewhere));
    let decided = format!("confirmations WHERE id = '{id}' AND outcome = 'declined'");
    assert_eq!(world.app.count(&decided).await, 1, "the server has answered with the redirect");
    session.close().await;
}
