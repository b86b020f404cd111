//! Attacks by a window that opens our page, and by loading a page ahead of time.

use std::time::Duration;

use super::driver::Session;
use super::victim::{ARRIVAL, Victim};
use super::world::{Site, World};

#[tokio::test]
async fn an_opener_cannot_control_a_window_with_our_page() {
    let world = World::https().await;
    let session = Session::open(&world.key).await;
    for (path, keeps) in [("/naive", true), ("/sign-in", false)] {
        session.goto(&world.aim(Site::Cross, "/popup", path)).await;
        let opener = session.driver.window().await.expect("a window");
        let before = session.driver.windows().await.expect("windows");
        session.click(&[(100, 100)]).await;
        let popup = session.new_window(&before).await;
        session.driver.switch_to_window(popup.clone()).await.expect("the popup");
        session.arrive_at(&world.victim(path)).await;
        session.driver.switch_to_window(opener.clone()).await.expect("the opener");
        let closed = session.run("return popup.closed").await;
        assert_eq!(closed, !keeps, "{path}: the opener sees the window as closed");
        session.run("popup.location.href = '/blank'").await;
        session.driver.switch_to_window(popup).await.expect("the popup");
        if keeps {
            session.arrive_at(&world.attacker(Site::Cross, "/blank")).await;
        } else {
            tokio::time::sleep(Duration::from_millis(500)).await;
        }
        let at = session.driver.current_url().await.expect("an address");
        assert_eq!(at.path(), if keeps { "/blank" } else { path }, "{path}: the opener navigates the window");
        session.leave(opener).await;
    }
    session.close().await;
}

#[tokio::test]
async fn no_prefetch_of_a_sensitive_page_is_served() {
    let world = World::https().await;
    let session = Session::open(&world.key).await;
    let victim = Victim::sign_up(&world, &session).await;
    let confirm = victim.begin("/settings/delete").await;
    for (path, served) in [("/naive", true), ("/settings/delete", false), (&confirm, false)] {
        world.forget();
        session.goto(&world.aim(Site::Sibling, "/prefetch", path)).await;
        session.wait_until("the browser prefetches the page", || world.seen(|seen| seen.requests) == 1).await;
        world.settle(&session, None).await;
        victim.click("#go").await;
        session.arrive_at(&world.victim(path)).await;
        let asked = world.seen(|seen| seen.requests);
        assert_eq!(
            asked,
            if served { 1 } else { 2 },
            "{path}: the browser requests the page again when it opens"
        );
        if !served {
            // A page that a sibling site opens is the arrival page.
            session.appears(ARRIVAL).await;
        }
    }
    session.close().await;
}
