//! `POST /sign-out`: ends the session in the database and clears what the browser stored.

use actix_web::http::header;
use actix_web::{Error, HttpResponse, web};

use crate::db;
use crate::domain::EventKind;
use crate::error::AppError;
use crate::extract::{Button, Client, Done, RefusedForm, VerifiedForm};
use crate::locales::Message;
use crate::models::security_event;
use crate::models::session::{self, Revocation};
use crate::state::AppState;
use crate::view::see_other;

/// Ends the session. Succeeds even if the session has already ended or the account is gone.
pub async fn submit(
    state: web::Data<AppState>,
    client: Client,
    form: Result<VerifiedForm<Button>, RefusedForm>,
) -> Result<HttpResponse, Error> {
    match form {
        Ok(VerifiedForm { member, .. }) => {
            let (user, id) = (member.user.id, member.session.id);
            let event = client.event(user, EventKind::SignedOut, state.clock.now());
            let ended = db::transaction(&state.pool, "session_sign_out", async |conn| {
                let ended = session::revoke(conn, user, id).await?;
                if ended == Revocation::Revoked {
                    security_event::create(conn, &event).await?;
                }
                Ok(ended)
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

/// Removes from the browser the session cookie and all pages and data that it stored for us (ASVS 14.3.1).
trait AddRemoval {
    fn add_removal(&mut self, state: &AppState) -> Result<(), AppError>;
}

impl AddRemoval for HttpResponse {
    fn add_removal(&mut self, state: &AppState) -> Result<(), AppError> {
        self.add_cookie(&state.cookie.clear()).map_err(|error| AppError::Internal(error.to_string()))?;
        // Not "cookies": the device cookie stays, or each sign-in would be one from a new device.
        let everything = header::HeaderValue::from_static("\"cache\", \"storage\"");
        self.headers_mut().insert(header::CLEAR_SITE_DATA, everything);
        Ok(())
    }
}
