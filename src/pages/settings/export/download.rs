//! The JSON file of an export, in pieces: each table is read a few rows at a time, so that memory stays small and no
//! connection is held while the browser reads.

use std::io;
use std::net::IpAddr;
use std::sync::Arc;

use actix_web::web::Bytes;
use chrono::{DateTime, SecondsFormat, Utc};
use futures_util::{Stream, stream};
use ipnet::IpNet;
use serde_json::Value;
use uuid::Uuid;

use crate::db;
use crate::error::AppError;
use crate::extract::SignedIn;
use crate::models::data_export::contents::{self, EXPORTED, Exported, RowKey};
use crate::models::session;
use crate::models::user::User;
use crate::security::network::{Width, network};
use crate::state::AppState;

/// The name of the format and its version, in each file.
const FORMAT: &str = "unframed account export 1";
/// The rows that are read at once.
const ROWS: i64 = 200;

/// The place in the file.
struct Writer {
    state: Arc<AppState>,
    user: User,
    session_id: Uuid,
    /// The network that shares in the connections to the database. The file is written after the handler has ended.
    network: Option<IpNet>,
    /// The tables that are not yet written; the first one may be begun.
    tables: &'static [Exported],
    /// The key of the last row that was written of the first table.
    last: Option<RowKey>,
    written_at: DateTime<Utc>,
    step: Step,
}

enum Step {
    Head,
    TableHead,
    Rows,
    Done,
}

/// The file.
pub(super) fn stream(
    state: Arc<AppState>,
    client: IpAddr,
    member: SignedIn,
    written_at: DateTime<Utc>,
) -> impl Stream<Item = io::Result<Bytes>> {
    let network = network(client, Width::Block);
    let (user, session_id) = (member.user, member.session.id);
    let (tables, last, step) = (EXPORTED, None, Step::Head);
    let writer = Writer { state, user, session_id, network, tables, last, written_at, step };
    stream::unfold(writer, async |mut writer| {
        let piece = match writer.next().await.transpose()? {
            Ok(piece) => Ok(Bytes::from(piece)),
            // The status is sent already: the connection ends before the file does, and the browser says so.
            Err(error) => {
                log::error!("the export of user {} stopped: {error}", writer.user.id);
                writer.step = Step::Done;
                Err(io::Error::other("the export stopped"))
            }
        };
        Some((piece, writer))
    })
}

impl Writer {
    /// The next piece of the file; `None` at its end.
    async fn next(&mut self) -> Result<Option<String>, AppError> {
        Ok(match (&self.step, self.tables.first()) {
            (Step::Done, _) => None,
            (Step::Head, _) => {
                self.step = Step::TableHead;
                let at = self.written_at.to_rfc3339_opts(SecondsFormat::Secs, true);
                Some(format!(
                    "{{\n\"format\": {},\n\"exported_at\": {}",
                    Value::from(FORMAT),
                    Value::from(at)
                ))
            }
            (_, None) => {
                self.step = Step::Done;
                Some("\n}\n".to_owned())
            }
            (Step::TableHead, Some(table)) => {
                self.step = Step::Rows;
                Some(format!(",\n{}: [", Value::from(table.table)))
            }
            (Step::Rows, Some(table)) => Some(self.rows(table).await?),
        })
    }

    async fn rows(&mut self, table: &'static Exported) -> Result<String, AppError> {
        let (user, last) = (&self.user, self.last.as_ref());
        let (session_id, now) = (self.session_id, self.state.clock.now());
        let read = db::statement(&self.state.pool, "data_export_contents", async |conn| {
            if !session::is_live(conn, user.id, session_id, now).await? {
                return Ok(None);
            }
            contents::list(conn, table, user.id, &user.email, last, ROWS).await.map(Some)
        });
        let rows = db::on_behalf_of(self.network, read).await?.ok_or(AppError::SignedOut(None))?;
        let mut text = String::new();
        for row in &rows {
            text.push_str(if self.last.is_none() && text.is_empty() { "\n" } else { ",\n" });
            text.push_str(&row.json);
        }
        match rows.last() {
            Some(row) => self.last = Some(row.key.clone()),
            None => {
                text.push_str(if self.last.is_some() { "\n]" } else { "]" });
                self.last = None;
                self.tables = self.tables.get(1..).unwrap_or_default();
                self.step = Step::TableHead;
            }
        }
        Ok(text)
    }
}
