//! `POST /sign-out`: ends the session in the database and clears what the browser stored.

use actix_web::http::header;
use actix_web::{Error, HttpResponse, web};

use crate::db;
use crate::error::AppError;
use crate::extract::{Button, Done, RefusedForm, VerifiedForm};
use crate::locales::Message;
use crate::models::session;
use crate::state::AppState;
use crate::view::see_other;

/// Ends the session. Succeeds even if the session has already ended or the account is gone.
pub async fn submit(
    state: web::Data<AppState>,
    form: Result<VerifiedForm<Button>, RefusedForm>,
) -> Result<HttpResponse, Error> {
    match form {
        Ok(VerifiedForm { member, .. }) => {
            let (user, id) = (member.user.id, member.session.id);
            let ended = db::transaction(&state.pool, "session_sign_out", async |conn| {
                session::revoke(conn, user, id).await
            });
            ended.await.map_err(AppError::from)?;
            log::info!("sign-out: session {id} of user {user}");
        }
        Err(RefusedForm::SignedOut(_) | RefusedForm::Failed(AppError::AccountGone)) => {}
        Err(refused) => return Err(refused.into()),
    }
    let mut response = see_other(&Done::new(Message::DoneSignedOut).at("/"));
    response.add_removal(&state)?;
    Ok(response)
}

/// Removes from the browser the cookie and everything else that it stored for us (ASVS 14.3.1).
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
