//! `/settings/tokens/new`.

use reqwest::StatusCode;

use crate::harness::TestApp;

const PATH: &str = "/settings/tokens/new";

#[tokio::test]
async fn a_form_with_a_problem_is_shown_again_as_it_was_sent() {
    let app = TestApp::spawn().await;
    let ada = app.member("Ada").await;
    let name = ("name", "Backup");
    for (fields, problem) in [
        (vec![("name", " "), ("activity_read", "yes"), ("days", "7")], "Enter a name, such as Backup."),
        (vec![("name", "a\u{202e}b"), ("activity_read", "yes"), ("days", "7")], "Leave out line breaks"),
        (vec![name, ("days", "7")], "Choose at least one thing that the token may do."),
        (
            vec![name, ("activity_read", "on"), ("days", "7")],
            "Choose at least one thing that the token may do.",
        ),
        (vec![name, ("activity_read", "yes"), ("days", "8")], "Choose one of the times in the list."),
        (vec![name, ("activity_read", "yes")], "Choose one of the times in the list."),
    ] {
        let refused = ada.submit(PATH, &fields).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{fields:?}: {}", refused.body);
        assert!(refused.body.contains(problem), "{fields:?}: {}", refused.body);
        let chosen = fields.contains(&("days", "7"));
        let selected = if chosen { "value=\"7\" selected" } else { "value=\"30\" selected" };
        assert!(refused.body.contains(selected), "{fields:?}: {}", refused.body);
        let ticked = refused.find(r#"(name="activity_read"[^>]* checked)"#);
        assert_eq!(
            ticked.is_some(),
            fields.contains(&("activity_read", "yes")),
            "{fields:?}: {}",
            refused.body
        );
    }
}

#[tokio::test]
async fn a_browser_from_elsewhere_gets_the_arrival_page() {
    let app = TestApp::spawn().await;
    let ada = app.member("Ada").await;
    let arrival = ada.arrive(PATH, "cross-site").await;
    assert!(arrival.body.contains("Continue") && !arrival.body.contains("name=\"name\""), "{}", arrival.body);
}
