//! The inbox of `unframed local`, which is a site of its own.

use super::{Check, Tour};
use crate::inbox::{MAIL, Running};

pub async fn visit<C: Check>(tour: &mut Tour<'_, C>) {
    let inbox = Running::start().await;
    tour.origin = format!("http://localhost:{}", inbox.address.port());
    tour.visit("inbox, empty", "/", 200).await;
    let mail = inbox.write(MAIL);
    inbox.write_file("notes.txt", "hello");
    tour.visit("inbox", "/", 200).await;
    tour.visit("inbox, mail", &mail, 200).await;
    let broken = uuid::Uuid::new_v4();
    inbox.write_file(&format!("{broken}.eml"), "\0\x01 nothing");
    tour.visit("inbox, broken mail", &format!("/mails/{broken}"), 200).await;
}
