//! A user with a passkey, in a real Chromium, from the sign-up to a confirm page; and the same pages with scripts off.

use serde_json::json;
use thirtyfour::prelude::*;

use super::driver::Session;
use super::victim::{FINAL, START, TICK, Victim, let_human_time_pass};
use super::virtual_authenticator::VirtualAuthenticator;
use super::world::World;
use crate::harness::PASSWORD;

const ADD: &str = "/settings/two-factor/passkey";
const BY_PASSKEY: &str = "form[data-passkey] button[type=submit]";

/// A member with a passkey and the recovery codes that came with it.
async fn with_passkey<'a>(world: &'a World, session: &'a Session) -> (Victim<'a>, Vec<String>) {
    let user = Victim::sign_up(world, session).await;
    user.open_start(ADD).await;
    user.type_into("name", "Laptop").await;
    user.click(START).await;
    session.appears(TICK).await;
    user.confirm().await;
    session.appears(".codes code").await;
    let codes = session
        .run("return [...document.querySelectorAll('.codes code')].map(code => code.textContent)")
        .await;
    let codes: Vec<String> = serde_json::from_value(codes).expect("codes");
    assert_eq!(codes.len(), 10);
    (user, codes)
}

async fn sign_out(user: &Victim<'_>) {
    user.session.goto(&user.world.victim("/settings")).await;
    user.click("form[action='/sign-out'] button").await;
    user.session.disappears("form[action='/sign-out']").await;
}

async fn scripts(session: &Session, on: bool) {
    session.devtools("Emulation.setScriptExecutionDisabled", json!({"value": !on})).await;
}

/// The text of the page as the browser shows it, also where pages run no scripts.
async fn seen(session: &Session) -> String {
    session.driver.find(By::Css("main")).await.expect("a page").text().await.expect("its text")
}

#[tokio::test]
async fn a_user_adds_a_passkey_signs_in_with_it_and_confirms_a_change_with_it() {
    let world = World::https().await;
    let session = Session::open(&world.key).await;
    let authenticator = VirtualAuthenticator::plug_in(&session).await;
    let (user, _) = with_passkey(&world, &session).await;
    let kept = authenticator.passkeys(&session).await;
    assert_eq!((kept.len(), &kept[0]["rpId"]), (1, &json!("account.victim.example")));

    sign_out(&user).await;
    session.goto(&world.victim("/sign-in?next=%2Fsettings%2Fprofile")).await;
    user.click("a[href^='/sign-in/passkey']").await;
    user.click(BY_PASSKEY).await;
    session.arrive_at(&world.victim("/settings/profile")).await;

    // A passkey confirms a change; the password is not asked for.
    user.begin("/settings/export").await;
    let before = user.account().await.confirmed;
    assert_eq!(session.run("return document.querySelector('[name=password]')").await, json!(null));
    let_human_time_pass(&world);
    user.click(TICK).await;
    user.click(FINAL).await;
    session.disappears(TICK).await;
    assert_eq!(user.account().await.confirmed, before + 1);
    assert_eq!(authenticator.passkeys(&session).await[0]["signCount"], 3);

    // After the password, the passkey is the second factor.
    sign_out(&user).await;
    session.goto(&world.victim("/sign-in")).await;
    user.type_into("email", &user.email).await;
    user.type_into("password", PASSWORD).await;
    user.click("main form[action='/sign-in'] button").await;
    session.arrive_at(&world.victim("/sign-in/second-factor")).await;
    user.click(BY_PASSKEY).await;
    session.arrive_at(&world.victim("/settings")).await;

    // The same authenticator makes no second passkey.
    user.open_start(ADD).await;
    user.type_into("name", "Again").await;
    user.click(START).await;
    session.appears("[data-passkey-problem=registered]:not([hidden])").await;
    session.close().await;
}

#[tokio::test]
async fn with_scripts_off_the_pages_say_so_and_a_code_signs_in_and_confirms() {
    let world = World::https().await;
    let session = Session::open(&world.key).await;
    let _authenticator = VirtualAuthenticator::plug_in(&session).await;
    let (user, mut codes) = with_passkey(&world, &session).await;
    sign_out(&user).await;
    scripts(&session, false).await;

    session.goto(&world.victim("/sign-in/passkey")).await;
    assert!(seen(&session).await.contains("Passkeys need a script"), "{}", seen(&session).await);
    user.click(BY_PASSKEY).await;
    session.appears(".error-summary").await;
    assert!(seen(&session).await.contains("Your browser sent no passkey"), "{}", seen(&session).await);
    user.click("a[href='/sign-in']").await;
    user.type_into("email", &user.email).await;
    user.type_into("password", PASSWORD).await;
    user.click("main form[action='/sign-in'] button").await;
    session.arrive_at(&world.victim("/sign-in/second-factor")).await;
    user.click(BY_PASSKEY).await;
    session.appears(".error-summary").await;
    assert!(seen(&session).await.contains("Your browser sent no passkey"), "{}", seen(&session).await);
    user.type_into("code", &codes.pop().expect("a code")).await;
    user.click("form:not([data-passkey]) button[type=submit].secondary").await;
    session.arrive_at(&world.victim("/settings")).await;

    user.begin("/settings/export").await;
    assert!(seen(&session).await.contains("Passkeys need a script"), "{}", seen(&session).await);
    let before = user.account().await.confirmed;
    user.click("a[href$='?proof=typed']").await;
    session.appears("[name=code]").await;
    let_human_time_pass(&world);
    user.click(TICK).await;
    user.type_into("code", &codes.pop().expect("a code")).await;
    user.click(FINAL).await;
    session.disappears(TICK).await;
    assert_eq!(user.account().await.confirmed, before + 1);

    user.open_start(ADD).await;
    assert!(seen(&session).await.contains("Passkeys need a script"), "{}", seen(&session).await);
    user.type_into("name", "Laptop").await;
    user.click(START).await;
    session.appears(".error-summary").await;
    assert!(seen(&session).await.contains("Your browser sent no passkey"), "{}", seen(&session).await);
    session.close().await;
}
