//! Exporting the data of an account: the proof opens a download for the session that gave it.

use chrono::{DateTime, Utc};
use diesel::QueryResult;
use diesel_async::AsyncPgConnection;
use serde::{Deserialize, Serialize};

use super::notices::Notices;
use super::sensitive_action::{Applied, Landing, Preparation, SensitiveAction};
use crate::domain::{EventKind, SecretToken};
use crate::error::AppError;
use crate::locales::Message;
use crate::models::data_export;
use crate::models::pending_action::Owner;
use crate::security::limits::Attempt;

/// Opens a download of everything that is held about the account.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct ExportData {}

/// The token of the download, and the mails.
pub struct Prepared {
    token: SecretToken,
    notices: Notices,
}

impl SensitiveAction for ExportData {
    const KIND: &'static str = "export_data";
    const START: &'static str = "/settings/export";
    const ATTEMPT: Attempt = Attempt::Action;
    const EVENT: EventKind = EventKind::DataExported;
    const WORD: Option<Message> = None;
    const WHILE_DELETION_WAITS: bool = true;

    type Prepared = Prepared;

    fn prepare(&self, with: &Preparation<'_>) -> Result<Prepared, AppError> {
        let to = with.member.email()?;
        let notices = Notices::with_link(&with.letters, &to, with.former_addresses, Self::EVENT, with.now)?;
        Ok(Prepared { token: SecretToken::generate()?, notices })
    }

    async fn apply_in_txn(
        &self,
        conn: &mut AsyncPgConnection,
        by: Owner,
        prepared: &Prepared,
        _: bool,
        now: DateTime<Utc>,
    ) -> QueryResult<Applied> {
        data_export::create(conn, prepared.token.digest(), by, now).await?;
        prepared.notices.queue_in_txn(conn, by.user_id, now).await?;
        Ok(Applied::Ran { ended: 0 })
    }

    fn landing(&self, prepared: &Prepared, _: Applied) -> Landing {
        Landing::Made(format!("{}/{}", Self::START, prepared.token.encode()))
    }
}
