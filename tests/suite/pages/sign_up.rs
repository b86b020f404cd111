//! `/sign-up`.

mod new_account;

use chrono::TimeDelta;
use reqwest::StatusCode;

use crate::harness::confirmation::fresh_email;
use crate::harness::program::{output, said, unframed};
use crate::harness::{Answer, PASSWORD, TestApp, database};

/// The answer without its date and id.
fn shape(answer: &Answer) -> String {
    let mut fields: Vec<String> = answer
        .headers
        .iter()
        .filter(|(name, _)| *name != "date" && *name != "x-request-id")
        .map(|(name, value)| format!("{name}: {value:?}"))
        .collect();
    fields.sort_unstable();
    format!("{} {fields:#?} {}", answer.status, answer.body)
}

#[tokio::test]
async fn the_link_in_the_mail_leads_to_an_account() {
    let app = TestApp::spawn().await;
    let ada = app.guest();
    assert!(ada.get("/sign-up").await.body.contains("autocomplete=\"email\""));
    ada.sign_up("Ada").await;
    let page = ada.get("/settings").await;
    assert!(page.body.contains("Ada") && page.body.contains(&ada.email()));
    let mails = app.all_mails_to(&ada.email()).await;
    assert_eq!(mails.len(), 2, "{mails:#?}");
    assert!(
        mails[0].contains("Subject: Create your unframed account") && mails[0].contains("within 30 minutes")
    );
    assert!(mails[1].contains("Subject: Your unframed account is ready"), "{}", mails[1]);
    assert!(mails[1].contains(&format!("{}/sign-in", app.origin)));
    let again = ada.get("/sign-up").await;
    assert_eq!((again.status, again.location()), (StatusCode::SEE_OTHER, "/settings"));
}

#[tokio::test]
async fn asking_for_a_link_creates_no_account() {
    let app = TestApp::spawn().await;
    let (mallory, owner) = (app.guest(), fresh_email("owner"));
    let link = mallory.ask_for_sign_up(&owner).await;
    assert_eq!(app.count(&format!("users WHERE email = '{owner}'")).await, 0);
    assert_eq!(mallory.cookie("session"), None);
    // The mailbox of the owner has the link, and the link does not know who asked for it.
    let answer = app.guest().get(&link).await;
    assert!(answer.body.contains(&owner), "{}", answer.body);
}

#[tokio::test]
async fn the_response_is_the_same_for_a_known_and_an_unknown_address() {
    let app = TestApp::spawn().await;
    let ada = app.member("Ada").await;
    let (known, unknown) = (ada.email(), fresh_email("unknown"));
    let (one, other) = (app.guest(), app.guest());
    let told = [
        one.post("/sign-up", &[("email", &known.to_uppercase())]).await,
        other.post("/sign-up", &[("email", &unknown)]).await,
    ];
    assert_eq!(shape(&told[0]), shape(&told[1]));
    assert_eq!((told[0].status, told[0].location()), (StatusCode::SEE_OTHER, "/sign-up/sent"));
    assert_eq!((one.cookie("session"), other.cookie("session")), (None, None));
    assert_eq!(shape(&one.get("/sign-up/sent").await), shape(&other.get("/sign-up/sent").await));
    let mails = app.mails_to(&known, 2).await;
    assert!(mails[1].contains("Subject: You already have an account at unframed"), "{}", mails[1]);
    assert!(!mails[1].contains("/sign-up/") && mails[1].contains("/sign-in"), "{}", mails[1]);
    assert!(ada.get("/settings").await.body.contains("Ada"), "the account has not changed");
}

#[tokio::test]
async fn a_refused_form_keeps_what_was_typed() {
    let app = TestApp::spawn().await;
    let guest = app.guest();
    let attack = "<script>alert(1)</script>\"'><img src=x onerror=alert(1)>";
    let long = "x".repeat(5000);
    for (email, error) in [
        ("", "Enter an email address."),
        ("ada", "Enter an email address in the correct format, like name@example.com."),
        ("a\0da@example.com", "in the correct format, like name@example.com"),
        ("ada\u{200b}@example.com", "in the correct format, like name@example.com"),
        (attack, "in the correct format, like name@example.com"),
        (&long, "The email address must be 254 characters or fewer."),
    ] {
        let page = guest.post("/sign-up", &[("email", email)]).await;
        assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY, "{email:?}");
        assert!(page.body.contains(error), "{email:?}: {}", page.body);
        assert!(page.body.contains("<title>Error: ") && page.body.contains("class=\"error-summary\""));
        assert!(!page.body.contains("<script") && !page.body.contains("<img src=x"), "{}", page.body);
        let kept = page.body.contains(&format!("value=\"{email}\""));
        assert!(kept || email.contains(['\0', '<']), "the email address is kept: {}", page.body);
    }
    assert_eq!(guest.post("/sign-up", &[]).await.status, StatusCode::UNPROCESSABLE_ENTITY);
}

#[tokio::test]
async fn only_listed_domains_can_sign_up() {
    let app = TestApp::spawn_configured(&[("SIGN_UP_DOMAINS", "school.example")]).await;
    let guest = app.guest();
    let refused = guest.post("/sign-up", &[("email", "ada@example.com")]).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(refused.body.contains("email address of this domain"), "{}", refused.body);
    let email = format!("ada-{}@school.example", uuid::Uuid::new_v4());
    assert_eq!(guest.post("/sign-up", &[("email", &email)]).await.location(), "/sign-up/sent");
}

#[tokio::test]
async fn a_site_that_is_not_open_has_no_form_and_no_link_to_it() {
    for (policy, heading) in [("invite", "Sign-up is by invitation"), ("closed", "Sign-up is closed")] {
        let app = TestApp::spawn_configured(&[("SIGN_UP", policy)]).await;
        let (guest, email) = (app.guest(), fresh_email("ada"));
        for path in ["/", "/sign-in"] {
            let page = guest.get(path).await;
            assert!(!page.body.contains("href=\"/sign-up\""), "{policy} {path}: {}", page.body);
        }
        let (shown, sent) = (guest.get("/sign-up").await, guest.post("/sign-up", &[("email", &email)]).await);
        assert_eq!((shown.status, sent.status), (StatusCode::OK, StatusCode::FORBIDDEN));
        for page in [shown, sent] {
            let heading = format!("<h1>{heading}</h1>");
            assert!(page.body.contains(&heading) && !page.body.contains("<form"), "{}", page.body);
        }
        assert!(app.all_mails_to(&email).await.is_empty());
    }
}

/// Invites an email address on the command line, and returns the output with the exit code.
async fn invite(email: &str) -> (String, String, Option<i32>) {
    let url = database::get().await.url.as_str();
    let variables = [
        ("DATABASE_URL", url),
        ("SECRET_KEY", "uN3kq0m8Jt5rXw2yQvB7cZfL1dHs9aGpEoRi4TxYbUM="),
        ("MAIL_URL", "folder:/nonexistent"),
    ];
    let ended = output(unframed(&["admin", "invite", email], &variables)).await;
    let (stdout, stderr) = said(&ended);
    (stdout, stderr, ended.status.code())
}

#[tokio::test]
async fn an_invited_user_creates_an_account_within_seven_days_unless_sign_up_is_closed() {
    let invited = TestApp::spawn_configured(&[("SIGN_UP", "invite")]).await;
    let closed = TestApp::spawn_configured(&[("SIGN_UP", "closed")]).await;
    let (email, late) = (fresh_email("invited"), fresh_email("late"));
    for address in [&email, &late] {
        let (stdout, stderr, code) = invite(address).await;
        assert_eq!((stderr.as_str(), code), ("", Some(0)));
        assert!(stdout.contains("The invitation is queued") && stdout.contains(" UTC."), "{stdout}");
    }
    let mail = invited.all_mails_to(&email).await.remove(0);
    assert!(mail.contains("Subject: Your invitation to unframed"), "{mail}");
    let link = invited.mailed_sign_up(&email).await;
    let form = [("display_name", "Ada"), ("password", PASSWORD)];
    for answer in [closed.guest().get(&link).await, closed.guest().post(&link, &form).await] {
        assert_eq!(answer.status, StatusCode::FORBIDDEN);
        assert!(answer.body.contains("<h1>Sign-up is closed</h1>"), "{}", answer.body);
    }
    invited.wait(TimeDelta::days(6));
    assert_eq!(invited.guest().post(&link, &form).await.status, StatusCode::SEE_OTHER);
    let (_, stderr, code) = invite(&email).await;
    assert!(stderr.contains("already has an account") && code == Some(1), "{stderr}");
    let expired = invited.mailed_sign_up(&late).await;
    invited.wait(TimeDelta::days(1));
    for answer in
        [invited.guest().get(&expired).await, invited.guest().post(&expired, &[("renew", "yes")]).await]
    {
        assert_eq!(answer.status, StatusCode::GONE);
        assert!(answer.body.contains("Ask for a new invitation."), "{}", answer.body);
    }
    let (_, stderr, code) = invite("nobody@").await;
    assert!(stderr.contains("is malformed") && code == Some(1), "{stderr}");
}
