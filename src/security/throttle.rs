//! Rate limits on attempts, by account and network. The counts are in the database, for all instances
//! together.

use std::net::IpAddr;
use std::time::Duration;

use chrono::TimeDelta;

use super::client_address::network;
use super::keys::Key;
use crate::clock::Clock;
use crate::config::SecretKeys;
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

/// The limit on sign-ins to one email address from one network. A stranger on another network cannot use
/// it up.
pub const SIGN_IN_ADDRESS: Limit =
    Limit { name: "sign-in address", attempts: 10, window: TimeDelta::minutes(15) };
/// The limit on sign-ins from one network to all accounts, against one password tried on many accounts.
pub const SIGN_IN_NETWORK: Limit =
    Limit { name: "sign-in network", attempts: 300, window: TimeDelta::minutes(15) };
/// The limit on new accounts from one network.
pub const SIGN_UP_NETWORK: Limit =
    Limit { name: "sign-up network", attempts: 100, window: TimeDelta::hours(1) };

/// The limit on proofs on confirm pages, right or wrong, for one account from one network.
pub const PROOF: Limit = Limit { name: "proof", attempts: 30, window: TimeDelta::minutes(15) };
/// The limit on changes of email address that one account begins from one network: each sends two mails.
pub const EMAIL_CHANGE: Limit = Limit { name: "email change", attempts: 10, window: TimeDelta::hours(1) };
/// The limit on other sensitive actions that one account begins from one network.
pub const ACTION_START: Limit = Limit { name: "action start", attempts: 30, window: TimeDelta::hours(1) };

/// The decision on an attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Admission {
    /// It may be made.
    Admitted,
    /// It must not be made until this time has passed.
    Wait(Duration),
}

/// Counts attempts in buckets. The name of a bucket is a keyed digest and reveals no address.
#[derive(Clone, Debug)]
pub struct Throttle {
    key: Key,
    clock: Clock,
}

impl Throttle {
    /// Derives the key from the first secret: a bucket has one name.
    #[must_use]
    pub fn new(secrets: &SecretKeys, clock: Clock) -> Self {
        Self { key: Key::derive(secrets.first(), "throttle bucket"), clock }
    }

    /// Counts an attempt and returns whether it is admitted.
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
        // If the connection is lost, the attempt may count twice: that is stricter, never laxer.
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

    /// Forgets the attempts after a successful one.
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
