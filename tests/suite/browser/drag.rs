//! Text dragged from an attacker's window into a field of ours.

use super::driver::Session;
use super::naive;
use super::victim::{FINAL, TICK, Victim};
use super::world::{Site, World};

const TEXT: &str = "attacker@example.com";

#[tokio::test]
async fn dragged_text_changes_nothing_that_the_confirm_page_does_not_show() {
    let world = World::https().await;
    let session = Session::open(&world.key).await;
    let lead = async |path: &str| {
        session.goto(&world.aim(Site::Sibling, "/lead", path)).await;
        session.click(&[(5, 5)]).await;
        session.arrive_at(&world.victim(path)).await;
        session.run("return document.readyState").await;
    };
    lead("/naive/phrase").await;
    session.drop_text(TEXT, naive::BUTTON).await;
    let typed = session.run("return document.querySelector('[name=phrase]').value").await;
    assert_eq!(typed, TEXT, "text dragged to the naive page lands in its field");

    let victim = Victim::sign_up(&world, &session).await;
    victim.open_start("/settings/email").await;
    let email = session.place("[name=email]").await;
    // A page that the owner opened takes dropped text, as any field does. The confirm page then shows it.
    session.drop_text(TEXT, email).await;
    let confirm = victim.go_on().await;
    assert!(session.text(&[]).await.contains(TEXT), "the confirm page names the new email address");
    let password = session.place("[name=password]").await;
    session.drop_text(TEXT, password).await;
    let tick = session.place(TICK).await;
    session.click(&[tick]).await;
    let last = session.place(FINAL).await;
    session.click(&[tick, last]).await;
    let before = victim.account().await;
    for (path, place) in [("/settings/email", email), (&*confirm, password)] {
        world.forget();
        lead(path).await;
        session.drop_text(TEXT, place).await;
        let fields = session.run("return document.querySelectorAll('input:not([type=hidden])').length").await;
        assert_eq!(fields, 0, "{path} has no field when another site opens it");
        assert_eq!(victim.path().await, path, "the dropped text opens no other page");
        assert_eq!(world.writes(), [""; 0], "{path}");
    }
    assert_eq!(victim.account().await, before, "the account is as it was");
    session.close().await;
}
