//! `POST /sign-out`: ends the session in the database and clears what the browser keeps.

use actix_web::http::header;
use actix_web::{HttpResponse, web};
use serde::Deserialize;

use crate::db;
use crate::error::AppError;
use crate::extract::{RefusedForm, VerifiedForm};
use crate::models::session;
use crate::state::AppState;
use crate::view::see_other;

/// Nothing but the token.
#[derive(Deserialize)]
pub struct SignOutForm {}

/// Ends the session. Whose session has ended already, or whose account has gone, is signed out, too.
///
/// # Errors
/// [`AppError`].
pub async fn submit(
    state: web::Data<AppState>,
    form: Result<VerifiedForm<SignOutForm>, RefusedForm<SignOutForm>>,
) -> Result<HttpResponse, AppError> {
    match form {
        Ok(VerifiedForm { member, .. }) => {
            let (user, id) = (member.user.id, member.session.id);
            db::idempotent_transaction(&state.pool, "sign_out", async |conn| {
                session::revoke(conn, user, id).await
            })
            .await?;
            log::info!("sign-out: session {id} of user {user}");
        }
        Err(RefusedForm::SignedOut(_) | RefusedForm::Failed(AppError::AccountGone)) => {}
        Err(refused) => return refused.answer(&state),
    }
    let mut response = see_other("/");
    response.add_removal(&state)?;
    Ok(response)
}

/// Takes the session away from the browser, with all that it stored of ours (ASVS 14.3.1).
trait AddRemoval {
    fn add_removal(&mut self, state: &AppState) -> Result<(), AppError>;
}

impl AddRemoval for HttpResponse {
    fn add_removal(&mut self, state: &AppState) -> Result<(), AppError> {
        self.add_cookie(&state.cookie.clear()).map_err(|error| AppError::Internal(error.to_string()))?;
        let everything = header::HeaderValue::from_static("\"cache\", \"cookies\", \"storage\"");
        self.headers_mut().insert(header::CLEAR_SITE_DATA, everything);
        Ok(())
    }
}
