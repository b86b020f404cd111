//! The signed receipt of what a user decided about a confirmation.

use chrono::{DateTime, Utc};
use uuid::Uuid;

use crate::db;
use crate::domain::{ConfirmationRequest, Origin, Outcome};
use crate::error::AppError;
use crate::models::confirmation::Decision;
use crate::models::signing_key::{self, NewSigningKey};
use crate::security::receipts::{Claims, KeyProblem, Signer};
use crate::state::AppState;

impl From<KeyProblem> for AppError {
    fn from(problem: KeyProblem) -> Self {
        Self::Internal(problem.to_string())
    }
}

/// The key that signs now. The first one is made here: of two instances that make one, one's is stored.
///
/// # Errors
/// The database failed, or no secret in `SECRET_KEY` opens the key.
pub async fn signer(state: &AppState) -> Result<Signer, AppError> {
    let found = db::statement(&state.pool, "signing_key_find_current", async |conn| {
        signing_key::find_current(conn).await
    });
    let stored = match found.await? {
        Some(stored) => stored,
        None => {
            let (generated, now) = (state.receipt_keys.generate()?, state.clock.now());
            let new = NewSigningKey {
                kid: &generated.kid,
                public_key: &generated.public_key,
                sealed_private_key: &generated.sealed_private_key,
                created_at: now,
            };
            let created = db::transaction(&state.pool, "signing_key_create_first", async |conn| {
                signing_key::create_first_in_txn(conn, &new).await
            });
            created.await?
        }
    };
    Ok(state.receipt_keys.open(&stored.kid, &stored.sealed_private_key)?)
}

/// What a user decides about a confirmation.
pub(super) struct Decided<'a> {
    /// The confirmation.
    pub(super) id: Uuid,
    /// The application that asked.
    pub(super) application_id: Uuid,
    /// The user.
    pub(super) user_id: Uuid,
    /// What was shown.
    pub(super) request: &'a ConfirmationRequest,
    /// The outcome.
    pub(super) outcome: Outcome,
    /// The kind of proof.
    pub(super) proof: Option<&'static str>,
}

impl Decided<'_> {
    /// Signs the receipt. Signing changes nothing: the decision counts once it is stored.
    pub(super) fn sign(&self, signer: &Signer, own: &Origin, now: DateTime<Utc>) -> Decision {
        let Self { id, application_id, user_id, request, outcome, proof } = *self;
        let receipt = signer.sign(&Claims {
            iss: own.as_str(),
            aud: application_id,
            sub: user_id,
            iat: now.timestamp(),
            jti: Uuid::new_v4(),
            confirmation: id,
            outcome: outcome.name(),
            displayed: &request.displayed(),
            proof,
        });
        Decision { id, user_id, application_id, outcome, proof, receipt, webhook_id: Uuid::new_v4() }
    }
}
