//! What another window or a page ahead of its time gives an attacker.

use std::time::Duration;

use super::driver::Session;
use super::victim::{ARRIVAL, Victim};
use super::world::{Site, World};

#[tokio::test]
async fn who_opened_a_window_of_ours_keeps_no_hold_of_it() {
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
        assert_eq!(closed, !keeps, "{path}: to its opener the window is gone");
        session.run("popup.location.href = '/blank'").await;
        tokio::time::sleep(Duration::from_millis(500)).await;
        session.driver.switch_to_window(popup).await.expect("the popup");
        if keeps {
            session.arrive_at(&world.attacker(Site::Cross, "/blank")).await;
        }
        let at = session.driver.current_url().await.expect("an address");
        assert_eq!(at.path(), if keeps { "/blank" } else { path }, "the opener sends it elsewhere");
        session.leave(opener).await;
    }
    session.close().await;
}

#[tokio::test]
async fn a_page_is_not_loaded_ahead_of_its_time() {
    let world = World::https().await;
    let session = Session::open(&world.key).await;
    let victim = Victim::sign_up(&world, &session).await;
    let confirm = victim.begin("/settings/delete").await;
    for (path, served) in [("/naive", true), ("/settings/delete", false), (&confirm, false)] {
        world.forget();
        session.goto(&world.aim(Site::Sibling, "/prefetch", path)).await;
        session.wait_until("the browser loads it ahead", || world.seen(|seen| seen.requests) == 1).await;
        tokio::time::sleep(Duration::from_millis(300)).await;
        victim.click("#go").await;
        session.arrive_at(&world.victim(path)).await;
        let asked = world.seen(|seen| seen.requests);
        assert_eq!(asked, if served { 1 } else { 2 }, "{path}: asked for again when it is opened");
        if !served {
            // Whoever comes from a sibling sees what it is.
            session.appears(ARRIVAL).await;
        }
    }
    session.close().await;
}
