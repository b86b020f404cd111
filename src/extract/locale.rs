//! How the reader of a request reads, if no account says more: the language that the browser asks for, and
//! UTC.

use std::future::{Ready, ready};

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpRequest};

use crate::domain::Locale;
use crate::error::AppError;
use crate::security::accept_language;

impl FromRequest for Locale {
    type Error = AppError;
    type Future = Ready<Result<Self, AppError>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(Ok(Self::in_utc(accept_language::preferred(request))))
    }
}
