//! Rate limits: how many attempts of each kind an account or a network has. The counts are in the
//! database, for all instances together.

use std::net::IpAddr;
use std::time::Duration;

use chrono::TimeDelta;

use super::client_address::network;
use super::keys::Key;
use crate::clock::Clock;
use crate::config::SecretKey;
use crate::db::{self, DatabaseError, Pool};
use crate::domain::{EmailAddress, TokenDigest};
use crate::models::throttle as buckets;

/// A rate limit.
#[derive(Clone, Copy, Debug)]
pub struct Limit {
    /// Its name in the bucket.
    name: &'static str,
    /// The attempts that are admitted in one window.
    attempts: i64,
    /// The length of a window, which begins with its first attempt.
    window: TimeDelta,
}

/// Sign-ins to one email address from one network. A stranger on another network cannot spend them.
pub const SIGN_IN_ADDRESS: Limit =
    Limit { name: "sign-in address", attempts: 10, window: TimeDelta::minutes(15) };
/// Sign-ins from one network to all accounts: against one password tried on many accounts.
pub const SIGN_IN_NETWORK: Limit =
    Limit { name: "sign-in network", attempts: 300, window: TimeDelta::minutes(15) };
/// New accounts from one network.
pub const SIGN_UP_NETWORK: Limit =
    Limit { name: "sign-up network", attempts: 100, window: TimeDelta::hours(1) };

/// Proofs on confirm pages, right or wrong, for one account from one network.
pub const PROOF: Limit = Limit { name: "proof", attempts: 30, window: TimeDelta::minutes(15) };
/// Changes of email address that one account begins from one network: each may send two mails.
pub const EMAIL_CHANGE: Limit = Limit { name: "email change", attempts: 10, window: TimeDelta::hours(1) };
/// Other sensitive actions that one account begins from one network.
pub const ACTION_START: Limit = Limit { name: "action start", attempts: 30, window: TimeDelta::hours(1) };

/// Whether an attempt is admitted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Admission {
    /// It is.
    Admitted,
    /// It is not, until this time has passed.
    Wait(Duration),
}

/// Counts attempts, in buckets whose names hold no address: they are keyed digests.
#[derive(Clone, Debug)]
pub struct Throttle {
    key: Key,
    clock: Clock,
}

impl Throttle {
    /// With a key derived from the secret.
    #[must_use]
    pub fn new(secret: &SecretKey, clock: Clock) -> Self {
        Self { key: Key::derive(secret, "throttle bucket"), clock }
    }

    /// Counts an attempt and says whether it is admitted.
    ///
    /// # Errors
    /// The attempt could not be counted, so it must not be made.
    pub async fn admit(
        &self,
        pool: &Pool,
        limit: Limit,
        client: IpAddr,
        email: Option<&EmailAddress>,
    ) -> Result<Admission, DatabaseError> {
        let bucket = self.bucket(limit, client, email);
        // Counted twice at worst when the connection is lost: stricter, never laxer.
        let now = self.clock.now();
        let count = db::idempotent_transaction(pool, "throttle_count", async |conn| {
            buckets::count(conn, bucket, now, now + limit.window).await
        })
        .await?;
        if count.attempts <= limit.attempts {
            return Ok(Admission::Admitted);
        }
        let wait = (count.expires_at - now).to_std().unwrap_or_default();
        Ok(Admission::Wait(wait.max(Duration::from_secs(1))))
    }

    /// Forgets the attempts, after a right one.
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
        TokenDigest::from_bytes(self.key.sign(&[limit.name.as_bytes(), network.as_bytes(), email.as_bytes()]))
    }
}
