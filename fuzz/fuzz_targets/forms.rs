//! The body of a form: what is accepted is what the URL Standard decodes, and no field of a page stands twice.
#![no_main]

use std::collections::HashMap;

use actix_web::FromRequest;
use actix_web::test::TestRequest;
use futures_util::FutureExt as _;
use libfuzzer_sys::fuzz_target;
use serde::de::DeserializeOwned;
use unframed::extract::PublicForm;
use unframed::pages::confirm::ConfirmForm;
use unframed::pages::sign_up::new_account::NewAccountForm;
use url::form_urlencoded;

fn read<T: DeserializeOwned + 'static>(body: &[u8]) -> Option<T> {
    let request = TestRequest::post()
        .insert_header(("content-type", "application/x-www-form-urlencoded"))
        .set_payload(body.to_vec());
    let (request, mut payload) = request.to_http_parts();
    let form = PublicForm::<T>::from_request(&request, &mut payload);
    form.now_or_never().expect("the whole body is there").ok().map(|form| form.0)
}

fuzz_target!(|body: &[u8]| {
    let typed: Vec<(String, String)> = form_urlencoded::parse(body).into_owned().collect();
    let repeats = |field: &str| typed.iter().filter(|(name, _)| name == field).count() > 1;
    if let Some(fields) = read::<HashMap<String, String>>(body) {
        assert!(typed.iter().all(|(name, value)| !name.contains('\u{FFFD}') && !value.contains('\u{FFFD}')));
        assert_eq!(fields, typed.iter().cloned().collect());
    }
    if read::<NewAccountForm>(body).is_some() {
        assert!(!repeats("password") && !repeats("display_name"));
    }
    if read::<ConfirmForm>(body).is_some() {
        assert!(!repeats("password") && !repeats("stamp"));
    }
});
