//! How often what may be tried, by whom and from where. Counted in the database, for all instances.

use std::net::IpAddr;
use std::time::Duration;

use chrono::TimeDelta;

use super::client_address::network;
use super::keys::Key;
use crate::config::SecretKey;
use crate::db::{self, DatabaseError, Pool};
use crate::domain::{EmailAddress, TokenDigest};
use crate::models::throttle as buckets;

/// What is limited: its name in the bucket, how many tries, and in how long.
#[derive(Clone, Copy, Debug)]
pub struct Limit {
    name: &'static str,
    attempts: i64,
    window: TimeDelta,
}

/// Wrong passwords for one address from one network. Per network, so that a stranger elsewhere
/// cannot lock the owner out.
pub const SIGN_IN_ADDRESS: Limit =
    Limit { name: "sign-in address", attempts: 10, window: TimeDelta::minutes(15) };
/// Sign-ins from one network, whatever the address: spraying one password over many accounts.
pub const SIGN_IN_NETWORK: Limit =
    Limit { name: "sign-in network", attempts: 300, window: TimeDelta::minutes(15) };
/// New accounts from one network.
pub const SIGN_UP_NETWORK: Limit =
    Limit { name: "sign-up network", attempts: 100, window: TimeDelta::hours(1) };

/// Proofs on confirm pages, right and wrong, for one account from one network.
pub const PROOF: Limit = Limit { name: "proof", attempts: 30, window: TimeDelta::minutes(15) };
/// Changes of address that one account begins from one network: each may send two mails.
pub const EMAIL_CHANGE: Limit = Limit { name: "e-mail change", attempts: 10, window: TimeDelta::hours(1) };
/// Other sensitive actions that one account begins from one network.
pub const ACTION_START: Limit = Limit { name: "action start", attempts: 30, window: TimeDelta::hours(1) };

/// Whether a try may go on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Admission {
    /// Yes.
    Admitted,
    /// Not before so long.
    Wait(Duration),
}

/// Names buckets without storing an address in them.
#[derive(Clone, Debug)]
pub struct Throttle(Key);

impl Throttle {
    /// With a key derived from the secret.
    #[must_use]
    pub fn new(secret: &SecretKey) -> Self {
        Self(Key::derive(secret, "throttle bucket"))
    }

    /// Counts a try and says whether it may go on.
    ///
    /// # Errors
    /// As any transaction: without the count nothing goes on.
    pub async fn admit(
        &self,
        pool: &Pool,
        limit: Limit,
        client: IpAddr,
        email: Option<&EmailAddress>,
    ) -> Result<Admission, DatabaseError> {
        let bucket = self.bucket(limit, client, email);
        // Counted twice at worst when the connection is lost: stricter, never laxer.
        let count = db::idempotent_transaction(pool, "throttle_count", async |conn| {
            let now = crate::models::now();
            buckets::count(conn, bucket, now, now + limit.window).await
        })
        .await?;
        if count.attempts <= limit.attempts {
            return Ok(Admission::Admitted);
        }
        let wait = (count.expires_at - crate::models::now()).to_std().unwrap_or_default();
        Ok(Admission::Wait(wait.max(Duration::from_secs(1))))
    }

    /// Forgets the tries, after one that was right.
    ///
    /// # Errors
    /// As any transaction.
    pub async fn reset(
        &self,
        pool: &Pool,
        limit: Limit,
        client: IpAddr,
        email: Option<&EmailAddress>,
    ) -> Result<(), DatabaseError> {
        let bucket = self.bucket(limit, client, email);
        db::statement(pool, "throttle_reset", async |conn| buckets::reset(conn, bucket).await).await
    }

    fn bucket(&self, limit: Limit, client: IpAddr, email: Option<&EmailAddress>) -> TokenDigest {
        let (network, email) = (network(client).to_string(), email.map_or("", EmailAddress::as_str));
        TokenDigest::from_bytes(self.0.sign(&[limit.name.as_bytes(), network.as_bytes(), email.as_bytes()]))
    }
}
