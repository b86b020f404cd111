//! Runs a confirmed action: prepares outside the transaction what it writes (tokens, dates, mails), and
//! writes all of it in one.

use crate::db;
use crate::domain::SecretToken;
use crate::error::AppError;
use crate::extract::SignedIn;
use crate::models::email_change::{self, EmailRequest, NewEmailChange};
use crate::models::pending_action::{self, Action, Claim, Effect, Outcome};
use crate::models::undo_link::{self, NewUndoLink};
use crate::state::AppState;

/// Runs the action that `claim` confirms, for this member.
///
/// # Errors
/// [`AppError`].
pub async fn run(state: &AppState, member: &SignedIn, claim: &Claim<'_>) -> Result<Outcome, AppError> {
    let (letters, id, now) = (&state.letters, member.user.id, claim.now);
    match claim.action {
        Action::ChangeEmail { from, to } => {
            let (link, undo) = (SecretToken::generate()?, SecretToken::generate()?);
            let (link_digest, undo_digest) = (link.digest(), undo.digest());
            let prove = letters.prove_address(to, &link)?;
            let taken = letters.address_wanted(to)?;
            let told = letters.email_change_asked(from, to, &undo)?;
            let expires_at = now + email_change::LIFETIME;
            let undoable_until = expires_at + undo_link::LIFETIME;
            let effect = Effect::ChangeEmail(Box::new(EmailRequest {
                change: NewEmailChange {
                    token_digest: link_digest.as_bytes(),
                    user_id: id,
                    old_email: from.as_str(),
                    new_email: to.as_str(),
                    created_at: now,
                    expires_at,
                },
                undo: NewUndoLink::for_email(&undo_digest, id, from.as_str(), now, undoable_until),
                prove: prove.queued(now),
                taken: taken.queued(now),
                told: told.queued(now),
            }));
            commit(state, claim, &effect).await
        }
        Action::RevokeOtherSessions => commit(state, claim, &Effect::RevokeOtherSessions).await,
        Action::DeleteAccount => {
            let undo = SecretToken::generate()?;
            let (digest, delete_after) = (undo.digest(), now + undo_link::LIFETIME);
            let told = letters.deletion_scheduled(&member.email()?, &undo, delete_after)?;
            let effect = Effect::DeleteAccount {
                delete_after,
                undo: NewUndoLink::for_deletion(&digest, id, now),
                told: told.queued(now),
            };
            commit(state, claim, &effect).await
        }
    }
}

async fn commit(state: &AppState, claim: &Claim<'_>, effect: &Effect<'_>) -> Result<Outcome, AppError> {
    let outcome = db::transaction(&state.pool, "pending_action_confirm", async |conn| {
        pending_action::confirm_in_txn(conn, claim, effect).await
    });
    Ok(outcome.await?)
}
