//! The second factors of an account together: authenticators and passkeys, and the recovery codes that stand in for
//! them. Each was added, and perhaps removed, by a change with an undo link; the link's number is kept, so that undoing a
//! change also undoes what came after it.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Timestamptz, Uuid as SqlUuid};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::authenticator::{self, Authenticator};
use super::passkey::{self, Passkey};
use super::{recovery_code, undo_link};
use crate::schema::users;

/// A second factor of any kind but a recovery code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FactorId {
    /// An authenticator app.
    Authenticator(Uuid),
    /// A passkey.
    Passkey(Uuid),
}

impl FactorId {
    /// The table of its kind.
    const fn table(self) -> &'static str {
        match self {
            Self::Authenticator(_) => "authenticators",
            Self::Passkey(_) => "passkeys",
        }
    }

    /// The id of a passkey.
    #[must_use]
    pub const fn passkey(self) -> Option<Uuid> {
        match self {
            Self::Passkey(id) => Some(id),
            Self::Authenticator(_) => None,
        }
    }

    /// The id of its row.
    #[must_use]
    pub const fn id(self) -> Uuid {
        match self {
            Self::Authenticator(id) | Self::Passkey(id) => id,
        }
    }
}

/// The most authenticators: a guess is right for any of them.
pub const MOST_AUTHENTICATORS: usize = 5;
/// The most passkeys.
pub const MOST_PASSKEYS: usize = 10;

/// The tables of second factors.
const FACTORS: &[&str] = &["authenticators", "passkeys"];
/// The tables of all that undo links restore.
const RESTORED: &[&str] = &["authenticators", "passkeys", "recovery_codes"];

/// The second factors that an account uses.
#[derive(Clone, Debug, Default)]
pub struct SecondFactors {
    /// Authenticator apps, oldest first.
    pub authenticators: Vec<Authenticator>,
    /// Passkeys, oldest first.
    pub passkeys: Vec<Passkey>,
    /// The number of recovery codes that are left.
    pub recovery_codes: i64,
}

impl SecondFactors {
    /// Whether the account has none. Recovery codes alone are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The number of factors.
    #[must_use]
    pub fn len(&self) -> usize {
        self.authenticators.len() + self.passkeys.len()
    }

    /// Whether another authenticator can be added.
    #[must_use]
    pub fn has_room_for_authenticator(&self) -> bool {
        self.authenticators.len() < MOST_AUTHENTICATORS
    }

    /// Whether another passkey can be added.
    #[must_use]
    pub fn has_room_for_passkey(&self) -> bool {
        self.passkeys.len() < MOST_PASSKEYS
    }

    /// Each factor with its name.
    pub fn all(&self) -> impl Iterator<Item = (FactorId, &str)> {
        let apps = self.authenticators.iter();
        let apps = apps.map(|found| (FactorId::Authenticator(found.id), found.name.as_str()));
        apps.chain(self.passkeys.iter().map(|found| (FactorId::Passkey(found.id), found.name.as_str())))
    }

    /// The name of a factor; `None` if the account has it no longer.
    #[must_use]
    pub fn name(&self, factor: FactorId) -> Option<&str> {
        self.all().find(|(found, _)| *found == factor).map(|(_, name)| name)
    }
}

/// The second factors that an account uses.
pub async fn find(conn: &mut AsyncPgConnection, user_id: Uuid) -> QueryResult<SecondFactors> {
    Ok(SecondFactors {
        authenticators: authenticator::list(conn, user_id).await?,
        passkeys: passkey::list(conn, user_id).await?,
        recovery_codes: recovery_code::count_unused(conn, user_id).await?,
    })
}

/// Removes a factor; returns whether the account had it. `number` is that of the undo link that can restore it.
pub async fn remove_in_txn(
    conn: &mut AsyncPgConnection,
    user_id: Uuid,
    factor: FactorId,
    number: i64,
    now: DateTime<Utc>,
) -> QueryResult<bool> {
    let sql = format!(
        "UPDATE {} SET removed_number = $1, delete_at = $2 \
         WHERE id = $3 AND user_id = $4 AND removed_number IS NULL",
        factor.table()
    );
    let removed = diesel::sql_query(sql)
        .bind::<BigInt, _>(number)
        .bind::<Timestamptz, _>(now + undo_link::LIFETIME)
        .bind::<SqlUuid, _>(factor.id())
        .bind::<SqlUuid, _>(user_id)
        .execute(conn)
        .await?;
    if removed == 0 {
        return Ok(false);
    }
    refresh_in_txn(conn, user_id, number, now).await?;
    Ok(true)
}

/// Removes all factors and recovery codes; returns how many factors there were.
pub async fn remove_all_in_txn(
    conn: &mut AsyncPgConnection,
    user_id: Uuid,
    number: i64,
    now: DateTime<Utc>,
) -> QueryResult<usize> {
    let mut removed = 0;
    for table in FACTORS {
        removed += void_in_txn(conn, table, user_id, number, now).await?;
    }
    refresh_in_txn(conn, user_id, number, now).await?;
    Ok(removed)
}

/// Makes the recovery codes of an account void. `number` is that of the undo link that can restore them.
pub async fn void_recovery_codes_in_txn(
    conn: &mut AsyncPgConnection,
    user_id: Uuid,
    number: i64,
    now: DateTime<Utc>,
) -> QueryResult<()> {
    void_in_txn(conn, "recovery_codes", user_id, number, now).await.map(|_| ())
}

/// Restores the factors and recovery codes that an account had before the change whose undo link has this number. The
/// person who made the change may also have made those that followed. A recovery code that was used stays used.
pub async fn restore_in_txn(
    conn: &mut AsyncPgConnection,
    user_id: Uuid,
    number: i64,
    now: DateTime<Utc>,
) -> QueryResult<()> {
    for table in RESTORED {
        for sql in [
            format!("DELETE FROM {table} WHERE user_id = $1 AND added_number >= $2"),
            format!(
                "UPDATE {table} SET removed_number = NULL, delete_at = NULL \
                 WHERE user_id = $1 AND removed_number >= $2"
            ),
        ] {
            diesel::sql_query(sql)
                .bind::<SqlUuid, _>(user_id)
                .bind::<BigInt, _>(number)
                .execute(conn)
                .await?;
        }
    }
    refresh_in_txn(conn, user_id, number, now).await
}

/// Notes whether a sign-in needs a second factor from now on. Without one, recovery codes are void, and no removal waits:
/// it must not hit a factor that is added later.
pub async fn refresh_in_txn(
    conn: &mut AsyncPgConnection,
    user_id: Uuid,
    number: i64,
    now: DateTime<Utc>,
) -> QueryResult<()> {
    let has_any = authenticator::has_any(conn, user_id).await? || passkey::has_any(conn, user_id).await?;
    let row = users::table.find(user_id);
    if has_any {
        diesel::update(row.filter(users::second_factor_since.is_null()))
            .set((users::second_factor_since.eq(now), users::updated_at.eq(now)))
            .execute(conn)
            .await?;
    } else {
        void_in_txn(conn, "recovery_codes", user_id, number, now).await?;
        diesel::update(row)
            .set((
                users::second_factor_since.eq(None::<DateTime<Utc>>),
                users::factors_reset_after.eq(None::<DateTime<Utc>>),
                users::updated_at.eq(now),
            ))
            .execute(conn)
            .await?;
    }
    Ok(())
}

async fn void_in_txn(
    conn: &mut AsyncPgConnection,
    table: &str,
    user_id: Uuid,
    number: i64,
    now: DateTime<Utc>,
) -> QueryResult<usize> {
    let sql = format!(
        "UPDATE {table} SET removed_number = $1, delete_at = $2 WHERE user_id = $3 AND removed_number IS NULL"
    );
    diesel::sql_query(sql)
        .bind::<BigInt, _>(number)
        .bind::<Timestamptz, _>(now + undo_link::LIFETIME)
        .bind::<SqlUuid, _>(user_id)
        .execute(conn)
        .await
}
