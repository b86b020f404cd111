//! Forms that need no session, and the body of every form.

use std::future::Future;
use std::pin::Pin;

use actix_web::dev::Payload;
use actix_web::http::StatusCode;
use actix_web::{FromRequest, HttpRequest, web};
use serde::de::DeserializeOwned;
use serde::de::value::{Error as ValueError, MapDeserializer};

use crate::error::AppError;
use crate::locales::Message;
use crate::security::request_body;

/// The fields of a form that needs no session.
pub struct PublicForm<T>(pub T);

impl<T: DeserializeOwned + 'static> FromRequest for PublicForm<T> {
    type Error = AppError;
    type Future = Pin<Box<dyn Future<Output = Result<Self, AppError>>>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let body = read(request, payload);
        Box::pin(async move { fields(body.await?).map(Self) })
    }
}

/// Reads the names and values of a form.
///
/// Decoding replaces bytes that are no UTF-8 by U+FFFD. A form with that character is refused: we would store what the
/// user did not type, and two passwords would count as equal. Browsers send our forms in UTF-8.
pub(super) fn read(
    request: &HttpRequest,
    payload: &mut Payload,
) -> impl Future<Output = Result<Vec<(String, String)>, AppError>> + use<> {
    let body = web::Form::<Vec<(String, String)>>::from_request(request, payload);
    async move {
        let typed = body.await.map_err(|error| body_problem(&error))?.into_inner();
        let replaced = |text: &str| text.contains(char::REPLACEMENT_CHARACTER);
        if typed.iter().any(|(name, value)| replaced(name) || replaced(value)) {
            return Err(AppError::Malformed(Message::ErrorUnreadableForm));
        }
        Ok(typed)
    }
}

/// Puts names and values into the fields of a form. A name that it does not know is ignored.
pub(super) fn fields<T: DeserializeOwned>(typed: Vec<(String, String)>) -> Result<T, AppError> {
    T::deserialize(MapDeserializer::<_, ValueError>::new(typed.into_iter()))
        .map_err(|_duplicate| AppError::Malformed(Message::ErrorDuplicateField))
}

/// The error of a body that actix could not read.
#[must_use]
pub fn body_problem(error: &actix_web::Error) -> AppError {
    match error.as_response_error().status_code() {
        status if status == StatusCode::REQUEST_TIMEOUT || request_body::is_late(error) => AppError::TooSlow,
        StatusCode::PAYLOAD_TOO_LARGE => AppError::TooLarge,
        StatusCode::UNSUPPORTED_MEDIA_TYPE => AppError::UnsupportedMediaType,
        _ => AppError::Malformed(Message::ErrorUnreadableForm),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use actix_web::test::TestRequest;
    use futures_util::FutureExt as _;
    use proptest::prelude::*;
    use url::form_urlencoded;

    use super::*;
    use crate::domain::any_text::{config, made_of, short};

    proptest! {
        #![proptest_config(config())]

        #[test]
        fn an_accepted_form_is_what_the_url_standard_decodes(
            body in prop_oneof![short(400), made_of(&["a", "b", "=", "&", "+", "%", "%41", "%ff", "%EF%BF%BD", "%C3%A4", "%4"])],
        ) {
            let pairs: Vec<(String, String)> = form_urlencoded::parse(body.as_bytes()).into_owned().collect();
            let readable = pairs.iter().all(|(name, value)| !format!("{name}{value}").contains('\u{FFFD}'));
            let request = TestRequest::post()
                .insert_header(("content-type", "application/x-www-form-urlencoded"))
                .set_payload(body);
            let (request, mut payload) = request.to_http_parts();
            let form = PublicForm::<BTreeMap<String, String>>::from_request(&request, &mut payload);
            match form.now_or_never().unwrap() {
                Ok(PublicForm(fields)) => prop_assert!(readable && fields == pairs.into_iter().collect::<BTreeMap<_, _>>()),
                Err(_) => prop_assert!(!readable),
            }
        }
    }
}
