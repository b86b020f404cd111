//! Rate limits slow guessing down for the networks that guess, lock no other user out, and bound the mails
//! to one mailbox.

use std::net::IpAddr;
use std::sync::{Arc, Mutex, mpsc};
use std::time::Duration;

use reqwest::StatusCode;
use unframed::security::limits::{Attempt, LIMITS, Sharing};
use unframed::security::password_hashing::Work;
use unframed::security::throttle::{Admission, Target};
use unframed::security::work_queue::WorkQueue;
use uuid::Uuid;

use crate::harness::confirmation::fresh_email;
use crate::harness::database::{self, RUNTIME};
use crate::harness::program::{output, said, unframed};
use crate::harness::{Answer, Browser, PASSWORD, TestApp};

async fn sign_in(browser: &Browser, email: &str, password: &str) -> Answer {
    browser.post("/sign-in", &[("email", email), ("password", password)]).await
}

/// A browser that is not signed in, at this IP address.
fn at(app: &TestApp, address: &str) -> Browser {
    let mut browser = app.guest();
    browser.move_to(address);
    browser
}

/// Makes attempts until one is refused, and returns the number of those that were admitted.
async fn admitted(app: &TestApp, attempt: Attempt, client: &str, target: Option<Uuid>, most: usize) -> usize {
    let (state, client) = (app.state.clone(), client.parse::<IpAddr>().unwrap());
    let spent = async move {
        let target = target.map_or(Target::None, Target::Account);
        for number in 0..most {
            let admission = state.throttle.admit(&state.pool, attempt, client, target).await;
            if let Admission::Wait(_) = admission.expect("the database counts") {
                return number;
            }
        }
        most
    };
    RUNTIME.spawn(spent).await.unwrap()
}

#[tokio::test]
async fn a_network_is_limited_after_ten_wrong_passwords_and_the_owner_can_sign_in_from_another_network() {
    let app = TestApp::spawn().await;
    let (ada, mallory) = (app.member("Ada").await, app.guest());
    let email = ada.email();
    for number in 1..=10 {
        let answer = sign_in(&mallory, &email, "not that one").await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "attempt {number}");
    }
    let form = [("email", email.as_str()), ("password", PASSWORD), ("next", "/settings/sessions")];
    let refused = mallory.post("/sign-in", &form).await;
    assert_eq!(refused.status, StatusCode::TOO_MANY_REQUESTS);
    let wait: u64 = refused.header("retry-after").expect("a wait").parse().expect("seconds");
    assert!((80..=91).contains(&wait), "one attempt comes back in 90 seconds: {wait}");
    assert!(refused.body.contains(&email) && refused.body.contains("/settings/sessions"), "the form is kept");
    assert!(
        !refused.body.contains(PASSWORD)
            && refused.body.contains("There were too many attempts from your network.")
    );
    assert_eq!(refused.header("set-cookie"), None);
    app.guest().sign_in(&email).await;
    let answer = mallory.post("/sign-in", &form).await;
    assert_eq!(answer.status, StatusCode::TOO_MANY_REQUESTS, "the owner's success gives them nothing");
    app.wait(chrono::TimeDelta::from_std(Duration::from_secs(wait)).unwrap());
    assert_eq!(sign_in(&mallory, &email, "not that one").await.status, StatusCode::UNPROCESSABLE_ENTITY);
}

#[tokio::test]
async fn a_right_password_costs_no_attempt() {
    let app = TestApp::spawn().await;
    let (ada, device) = (app.member("Ada").await, app.guest());
    for _ in 0..9 {
        let wrong = sign_in(&device, &ada.email(), "a slip").await;
        assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    }
    for _ in 0..5 {
        device.sign_in(&ada.email()).await;
    }
}

#[tokio::test]
async fn the_limits_do_not_show_when_an_address_gets_an_account() {
    let app = TestApp::spawn().await;
    let (mallory, owner, email) = (app.guest(), app.guest(), fresh_email("soon"));
    let link = owner.ask_for_sign_up(&email).await;
    for _ in 0..10 {
        let wrong = sign_in(&mallory, &email, "not that one").await;
        assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    }
    let created = owner.post(&link, &[("display_name", "Soon"), ("password", PASSWORD)]).await;
    assert_eq!(created.status, StatusCode::SEE_OTHER);
    assert_eq!(sign_in(&mallory, &email, "not that one").await.status, StatusCode::TOO_MANY_REQUESTS);
    owner.sign_in(&email).await;
}

#[tokio::test]
async fn the_time_of_a_response_does_not_show_how_many_mails_an_address_has_got() {
    let app = TestApp::spawn().await;
    let (guest, email) = (app.guest(), fresh_email("often"));
    for _ in 0..4 {
        let start = std::time::Instant::now();
        assert_eq!(guest.post("/sign-up", &[("email", &email)]).await.status, StatusCode::SEE_OTHER);
        assert!(start.elapsed() >= Duration::from_millis(50), "{:?}", start.elapsed());
    }
    assert_eq!(app.all_mails_to(&email).await.len(), 2);
}

#[tokio::test]
async fn neighbouring_networks_share_a_wider_limit() {
    let app = TestApp::spawn().await;
    let email = app.member("Ada").await.email();
    let id = Some(Uuid::new_v4());
    // One /48 has 65,536 networks of /64.
    let mut total = 0;
    for site in 0..4 {
        for connection in 0..4 {
            let client = format!("2001:db8:9999:{site}{connection:02x}::1");
            total += admitted(&app, Attempt::SignIn, &client, id, 100).await;
        }
    }
    assert_eq!(total, 40, "the attempts of one /48 on one account");
    let mut total = 0;
    for host in 1..=8 {
        total += admitted(&app, Attempt::SignIn, &format!("192.0.2.{host}"), id, 100).await;
    }
    assert_eq!(total, 40, "the attempts of one /24 on one account");
    let neighbour = at(&app, "2001:db8:9999:0::2");
    neighbour.sign_in(&email).await;
}

#[tokio::test]
async fn a_new_email_address_brings_no_new_attempts() {
    let app = TestApp::spawn().await;
    let (ada, mallory, new) = (app.member("Ada").await, app.guest(), fresh_email("new"));
    for _ in 0..10 {
        sign_in(&mallory, &ada.email(), "not that one").await;
    }
    ada.carry_out("/settings/email", &[("email", &new)]).await;
    let link = app.mailed_link(&new, 1, "/email-change/", "Confirm your new").await;
    assert_eq!(app.guest().post(&link, &[]).await.status, StatusCode::SEE_OTHER);
    assert_eq!(sign_in(&mallory, &new, "not that one").await.status, StatusCode::TOO_MANY_REQUESTS);
    app.guest().sign_in(&new).await;
}

#[tokio::test]
async fn a_network_can_ask_for_at_most_a_hundred_sign_ups_an_hour() {
    let app = TestApp::spawn().await;
    let (factory, neighbour) = (app.guest(), app.guest());
    assert_eq!(admitted(&app, Attempt::SignUp, factory.address(), None, 100).await, 100);
    let email = fresh_email("bot");
    let refused = factory.post("/sign-up", &[("email", &email)]).await;
    assert_eq!(refused.status, StatusCode::TOO_MANY_REQUESTS);
    assert!(refused.header("retry-after").is_some() && refused.body.contains(&email));
    assert!(app.all_mails_to(&email).await.is_empty());
    neighbour.sign_up("Neighbour").await;
}

#[tokio::test]
async fn strangers_can_have_three_mails_in_an_hour_and_ten_in_a_day_sent_to_one_mailbox() {
    let app = TestApp::spawn().await;
    let ada = app.member("Ada").await;
    let before = app.all_mails_to(&ada.email()).await.len();
    app.wait(chrono::TimeDelta::days(1));
    let mails = async || app.all_mails_to(&ada.email()).await.len() - before;
    for _ in 0..20 {
        let answer = app.guest().post("/sign-up", &[("email", &ada.email().to_uppercase())]).await;
        assert_eq!((answer.status, answer.location()), (StatusCode::SEE_OTHER, "/sign-up/sent"));
    }
    assert_eq!(mails().await, 2);
    let mallory = app.member("Mallory").await;
    for _ in 0..3 {
        mallory.carry_out("/settings/email", &[("email", &ada.email())]).await;
    }
    assert_eq!(mails().await, 3, "one more for the changes of other accounts");
    assert_eq!(mallory.get("/settings").await.status, StatusCode::OK);
    for _ in 0..24 {
        app.wait(chrono::TimeDelta::minutes(20));
        app.guest().post("/sign-up", &[("email", &ada.email())]).await;
    }
    // Six at once, and in eight hours two that came back; and the one of the change.
    assert_eq!(mails().await, 9);
}

#[test]
fn all_mails_that_strangers_can_cause_are_six_an_hour_and_nineteen_a_day_to_one_mailbox() {
    let of = |period: &str| {
        let mails = LIMITS.iter().filter(|limit| limit.name.ends_with(&format!("mail, {period}")));
        let needs_password = [Attempt::NewDeviceMail, Attempt::SecondFactorMail];
        let mails = mails.filter(|limit| !needs_password.contains(&limit.attempt));
        mails.map(|limit| limit.attempts).sum::<i32>()
    };
    assert_eq!((of("hourly"), of("daily")), (6, 19));
}

#[tokio::test]
async fn a_mail_that_strangers_can_no_longer_send_does_not_show_in_the_response() {
    let app = TestApp::spawn().await;
    let (mallory, wanted) = (app.member("Mallory").await, fresh_email("wanted"));
    let mut pages = Vec::new();
    for _ in 0..5 {
        let done = mallory.carry_out("/settings/email", &[("email", &wanted)]).await;
        pages.push((done.status, done.location().to_owned()));
    }
    assert_eq!(app.all_mails_to(&wanted).await.len(), 1);
    let link = app.mailed_link(&wanted, 1, "/email-change/", "Confirm your new").await;
    assert_eq!(app.guest().post(&link, &[]).await.status, StatusCode::SEE_OTHER, "the one link still works");
    assert!(pages.windows(2).all(|pair| pair[0] == pair[1]), "{pages:?}");
}

/// Fills a queue until the sender is dropped: one request works, the others wait.
async fn fill(queue: &WorkQueue) -> mpsc::Sender<()> {
    let (release, released) = mpsc::channel::<()>();
    let released = Arc::new(Mutex::new(released));
    for number in 0..100 {
        let (queue, released) = (queue.clone(), released.clone());
        RUNTIME.spawn(async move {
            // Each from a network of its own: one network gets only a share.
            let client = IpAddr::from([172, 16, number, 1]);
            let _ =
                queue.in_turn(client, move || released.lock().is_ok_and(|wait| wait.recv().is_ok())).await;
        });
    }
    while queue.waiting() + queue.running() < 100 {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    release
}

#[tokio::test]
async fn our_own_overload_costs_no_attempt() {
    let app = TestApp::spawn().await;
    let email = app.member("Ada").await.email();
    let queue = app.state.hashing.queue(Work::SignIn).clone();
    let release = fill(&queue).await;
    let device = app.guest();
    for _ in 0..12 {
        let answer = sign_in(&device, &email, PASSWORD).await;
        assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE, "{}", answer.body);
    }
    drop(release);
    while queue.waiting() + queue.running() > 0 {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    device.sign_in(&email).await;
}

#[tokio::test]
async fn a_flood_of_one_kind_of_work_delays_no_other() {
    let app = TestApp::spawn().await;
    let (ada, guest) = (app.member("Ada").await, app.guest());
    let page = ada.begin_any("/settings/sessions/revoke-others").await;
    let link = guest.ask_for_sign_up(&fresh_email("new")).await;
    let new_account = [("display_name", "New"), ("password", PASSWORD)];
    for full in [Work::Check, Work::NewHash] {
        let _release = fill(app.state.hashing.queue(full)).await;
        app.guest().sign_in(&ada.email()).await;
        let refused = guest.post(&link, &new_account).await;
        assert_eq!(refused.status, StatusCode::SERVICE_UNAVAILABLE, "{full:?}: {}", refused.body);
    }
    let _release = fill(app.state.hashing.queue(Work::SignIn)).await;
    assert_eq!(ada.confirm(&page).await.status, StatusCode::SEE_OTHER, "a proof has a queue of its own");
    assert_eq!(guest.post(&link, &new_account).await.status, StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn no_password_is_checked_for_a_refused_attempt_or_a_form_with_another_fault() {
    let app = TestApp::spawn().await;
    let (factory, other) = (app.guest(), app.guest());
    let link = factory.ask_for_sign_up(&fresh_email("new")).await;
    // With the queue of the checks full, an attempt that reaches it is answered 503.
    let _release = fill(app.state.hashing.queue(Work::Check)).await;
    let no_name = other.post(&link, &[("display_name", ""), ("password", PASSWORD)]).await;
    assert_eq!(no_name.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", no_name.body);
    let unknown = format!("/sign-up/{}", "A".repeat(43));
    let form = [("display_name", "New"), ("password", PASSWORD)];
    assert_eq!(other.post(&unknown, &form).await.status, StatusCode::NOT_FOUND);
    assert_eq!(admitted(&app, Attempt::NewAccount, factory.address(), None, 100).await, 100);
    let refused = factory.post(&link, &form).await;
    assert_eq!(refused.status, StatusCode::TOO_MANY_REQUESTS, "{}", refused.body);
    assert!(refused.body.contains("There were too many sign-ups from your network."), "{}", refused.body);
    assert_eq!(other.post(&link, &form).await.status, StatusCode::SERVICE_UNAVAILABLE);
}

#[tokio::test]
async fn the_command_line_lists_the_limits_that_are_closest_to_refusing() {
    let url = database::alone().await;
    let app = TestApp::spawn_configured(&[("DATABASE_URL", &url)]).await;
    let (ada, mallory) = (app.member("Ada").await, app.guest());
    let (id, unknown) = (ada.user_id().await, fresh_email("unknown"));
    for _ in 0..10 {
        sign_in(&mallory, &ada.email(), "not that one").await;
    }
    sign_in(&mallory, &unknown, "not that one").await;
    let run = async |arguments: &[&str]| {
        let (stdout, stderr) = said(&output(unframed(arguments, &[("DATABASE_URL", &url)])).await);
        assert_eq!(stderr, "");
        stdout
    };
    let table = run(&["admin", "throttles"]).await;
    assert!(table.starts_with("limit "), "{table}");
    let network = format!("{}/32", mallory.address());
    let line = table.lines().find(|line| line.contains(&format!("account {id} from {network}")));
    let line = line.unwrap_or_else(|| panic!("{table}"));
    assert!(line.starts_with("sign-in, account from connection"), "{line}");
    assert!(line.split_whitespace().rev().take(2).eq(["10", "10"]), "{line}");
    assert!(!table.contains(&ada.email()) && !table.contains(&unknown), "no email address: {table}");
    let json = run(&["admin", "throttles", "--json"]).await;
    let rows: Vec<serde_json::Value> = serde_json::from_str(&json).expect("JSON");
    let row = rows.iter().find(|row| row["counted_by"] == format!("account {id} from {network}"));
    let row = row.unwrap_or_else(|| panic!("{json}"));
    assert_eq!((row["spent"].as_i64(), row["of"].as_i64()), (Some(10), Some(10)), "{row}");
    assert_eq!(row["limit"], "sign-in, account from connection", "{row}");
}

/// The lines of the table in docs/LIMITS.md.
#[test]
fn the_documentation_lists_each_limit() {
    let text = include_str!("../../../docs/LIMITS.md");
    let listed: Vec<&str> = text.lines().filter(|line| line.starts_with("| `")).collect();
    let rows = LIMITS.iter().map(|limit| {
        let shared = match limit.sharing {
            Sharing::Network(width) => width_in_words(width).to_owned(),
            Sharing::TargetFromNetwork(width) if limit.attempt == Attempt::SignIn => {
                format!("account, email address, each with {}", width_in_words(width))
            }
            Sharing::TargetFromNetwork(width) => format!("account and {}", width_in_words(width)),
            Sharing::Target => match limit.attempt {
                Attempt::KnownDeviceSignIn | Attempt::KnownDeviceCode => "device",
                Attempt::SessionCode => "session",
                Attempt::ApiCall => "access token",
                Attempt::Confirmation | Attempt::UnknownUser => "application",
                Attempt::FailureEvent => "account, email address",
                Attempt::NewDeviceMail | Attempt::SecondFactorMail => "account",
                _ if limit.name.contains("mail,") => "email address",
                _ => "account",
            }
            .to_owned(),
        };
        let period = match limit.period.num_minutes() {
            15 => "15 minutes",
            60 => "hour",
            1440 => "day",
            other => panic!("{other} minutes"),
        };
        format!("| `{}` | {shared} | {} | {period} |", limit.name, limit.attempts)
    });
    assert_eq!(listed, rows.collect::<Vec<_>>());
}

fn width_in_words(width: unframed::security::network::Width) -> &'static str {
    use unframed::security::network::Width;
    match width {
        Width::Connection => "IPv4 /32, IPv6 /64",
        Width::Site => "IPv6 /56",
        Width::Block => "IPv4 /24, IPv6 /48",
    }
}
