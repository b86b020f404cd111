//! A site that may embed the card, and how an attacker tries to profit from that: by framing the site
//! itself, by another page than the card, or where the policy is lost.

use unframed::verify::browser::attacker::in_a_frame;

use super::condition::Condition;
use super::driver::Session;
use super::victim::Victim;
use super::world::{Site, World};

/// Whether the innermost frame shows these words.
async fn shows(session: &Session, at: &str, path: &[u16], words: &str) -> bool {
    session.goto(at).await;
    session.text(path).await.contains(words)
}

#[tokio::test]
async fn a_listed_site_embeds_the_card_and_an_attacker_cannot_embed_it_through_that_site() {
    let world = World::https().await;
    let session = Session::open(&world.key).await;
    let victim = Victim::sign_up(&world, &session).await;
    session.goto(&world.victim("/settings/profile")).await;
    victim.click("form[action='/settings/card'] button").await;
    let card = world.victim(&victim.card().await);
    session.goto(&card).await;
    assert!(session.text(&[]).await.contains("Victim"), "the card is enabled");

    let partner = world.attacker(Site::Partner, &in_a_frame(&card));
    assert!(shows(&session, &partner, &[0], "Victim").await, "the listed site shows the card");
    session.driver.enter_frame(0).await.expect("the card");
    let controls = session.run("return document.querySelectorAll('a, form, button, input').length").await;
    session.driver.enter_default_frame().await.expect("the page");
    assert_eq!(controls, 0, "a framed card has nothing to click");

    for site in Site::ALL {
        let direct = world.attacker(site, &in_a_frame(&card));
        assert!(!shows(&session, &direct, &[0], "Victim").await, "{site:?} frames the card");
        let through = world.attacker(site, &in_a_frame(&partner));
        assert!(!shows(&session, &through, &[0, 0], "Victim").await, "{site:?} frames the listed site");
    }
    let naive = world.attacker(Site::Partner, &in_a_frame(&world.victim("/naive")));
    let through = world.attacker(Site::Cross, &in_a_frame(&naive));
    assert!(
        shows(&session, &through, &[0, 0], "Delete my account").await,
        "the naive page is framed through it"
    );

    let settings = world.attacker(Site::Partner, &in_a_frame(&world.victim("/settings")));
    assert!(!shows(&session, &settings, &[0], "unframed").await, "the listed site frames another page");
    assert!(
        shows(&session, &world.victim("/settings"), &[], "unframed").await,
        "the settings hold that word"
    );
    world.set(Condition::WithoutCsp);
    assert!(
        !shows(&session, &partner, &[0], "Victim").await,
        "without its policy the listed site cannot frame the card"
    );
    session.close().await;
}
