//! Sign-ins wait in their own queue, so that a flood of them does not delay pages.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::harness::TestApp;

#[tokio::test]
async fn pages_are_served_while_a_flood_of_sign_ins_waits() {
    const FLOOD: usize = 60;
    let app = TestApp::spawn_with_slow_hashes().await;
    let ada = app.member("Ada").await;
    let answered = Arc::new(AtomicUsize::new(0));
    let flood: Vec<_> = (0..FLOOD)
        .map(|number| {
            let (guest, answered) = (app.guest(), Arc::clone(&answered));
            tokio::spawn(async move {
                let email = format!("flood-{number}@example.com");
                let answer = guest.post("/sign-in", &[("email", &email), ("password", "guess")]).await;
                answered.fetch_add(1, Ordering::Relaxed);
                answer.status.as_u16()
            })
        })
        .collect();
    while answered.load(Ordering::Relaxed) == 0 {
        assert_eq!(app.guest().get("/healthz").await.status, 200);
    }
    for path in ["/settings", "/settings/sessions", "/settings"] {
        assert_eq!(ada.get(path).await.status, 200);
    }
    let waiting = FLOOD - answered.load(Ordering::Relaxed);
    assert!(waiting > 0, "the pages came after the whole flood");
    for answer in flood {
        let status = answer.await.unwrap();
        assert!([422, 503].contains(&status), "each sign-in is answered or asked to retry: {status}");
    }
}
