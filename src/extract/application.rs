//! The application that calls the API, by its secret.

use std::future::Future;
use std::pin::Pin;

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpRequest};
use uuid::Uuid;

use super::bearer;
use crate::db;
use crate::domain::{ApiSecretKind, ReturnOrigin, TokenDigest};
use crate::error::AppError;
use crate::error::problem::Problem;
use crate::models::application;

/// An application that works.
#[derive(Clone, Debug)]
pub struct CallingApplication {
    /// Its id.
    pub id: Uuid,
    /// The name that users see.
    pub name: String,
    /// The origin to which users return.
    pub return_origin: ReturnOrigin,
    /// The digest of the secret that it sent.
    pub secret: TokenDigest,
}

impl FromRequest for CallingApplication {
    type Error = AppError;
    type Future = Pin<Box<dyn Future<Output = Result<Self, AppError>>>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let request = request.clone();
        Box::pin(async move {
            let state = super::state(&request)?;
            let secret = bearer::secret(request.headers())?.ok_or_else(Problem::no_credentials)?;
            if secret.kind() != ApiSecretKind::Application {
                return Err(Problem::invalid_credentials().into());
            }
            let (digest, now) = (secret.digest(), state.clock.now());
            // 256 random bits cannot be guessed, so there is no limit: an unknown secret costs what an unknown session does.
            let found = db::statement(&state.pool, "application_find_by_secret", async |conn| {
                application::find_by_secret(conn, digest, now).await
            });
            let found = found.await?.ok_or_else(Problem::invalid_credentials)?;
            let return_origin = ReturnOrigin::parse(&found.return_origin)
                .map_err(|problem| AppError::Internal(format!("a stored return origin {problem}")))?;
            Ok(Self { id: found.id, name: found.name, return_origin, secret: digest })
        })
    }
}
