//! Counts attempts against the table of `limits`, for all instances together.

use std::collections::{BTreeMap, HashMap};
use std::net::IpAddr;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use tokio::sync::Semaphore;
use uuid::Uuid;

use super::device_cookie::KnownDevice;
use super::keys::Key;
use super::limits::{Attempt, LIMITS, Limit, Sharing};
use super::network::network;
use crate::clock::Clock;
use crate::config::SecretKeys;
use crate::db::{self, DatabaseError, Pool};
use crate::domain::{EmailAddress, TokenDigest};
use crate::models::throttle::{self as buckets, Charge};

/// What an attempt is directed at.
#[derive(Clone, Copy, Debug)]
pub enum Target<'a> {
    /// No account.
    None,
    /// An account, by its id: a new email address brings no new attempts.
    Account(Uuid),
    /// An application that hands confirmations over.
    Application(Uuid),
    /// A browser that an account knows.
    Device(KnownDevice),
    /// A session that was signed in.
    Session(Uuid),
    /// An access token, by its id.
    AccessToken(Uuid),
    /// The mailbox of an email address.
    Mailbox(&'a EmailAddress),
    /// An email address and the account that has it, if there is one. Both are counted: so a new email address
    /// brings no new attempts, and the limits do not show when an email address gets or loses an account.
    Member(&'a EmailAddress, Option<Uuid>),
}

/// The decision on an attempt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Admission {
    /// It may be made.
    Admitted(Charged),
    /// It must not be made until this time has passed.
    Wait(Duration),
}

/// The buckets that an attempt was counted in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Charged(Vec<TokenDigest>);

/// Counts attempts in buckets. The name of a bucket is a keyed digest.
#[derive(Debug)]
pub struct Throttle {
    key: Key,
    clock: Clock,
    spent: SpentBuckets,
    pauses: Semaphore,
    refusals: Mutex<BTreeMap<Attempt, u64>>,
}

/// The pause before a refusal. A client that sends its next request after the answer to the last one, as floods
/// do, becomes slow, and a waiting request costs next to nothing.
const PAUSE: Duration = Duration::from_millis(500);
/// The most refusals that pause at the same time; further ones do not.
const MOST_PAUSES: usize = 1000;

/// The buckets that this process knows to be spent, so that a flood does not even ask the database. A bucket
/// that another instance gives an attempt back to is admitted a little later here.
#[derive(Debug, Default)]
struct SpentBuckets(Mutex<HashMap<TokenDigest, DateTime<Utc>>>);

impl SpentBuckets {
    /// The most buckets that are remembered. Beyond it all are forgotten, and the database is asked again.
    const MOST: usize = 10_000;

    fn lock(&self) -> MutexGuard<'_, HashMap<TokenDigest, DateTime<Utc>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn wait(&self, charges: &[Charge], now: DateTime<Utc>) -> Option<TimeDelta> {
        let spent = self.lock();
        let until = charges.iter().filter_map(|charge| spent.get(&charge.bucket)).max()?;
        (*until > now).then(|| *until - now)
    }

    fn remember(&self, bucket: TokenDigest, until: DateTime<Utc>) {
        let mut spent = self.lock();
        if spent.len() >= Self::MOST {
            spent.clear();
        }
        spent.insert(bucket, until);
    }

    fn forget(&self, buckets: &[TokenDigest]) {
        let mut spent = self.lock();
        for bucket in buckets {
            spent.remove(bucket);
        }
    }
}

impl Throttle {
    /// Derives the key from the first secret: a bucket has one name.
    #[must_use]
    pub fn new(secrets: &SecretKeys, clock: Clock) -> Self {
        Self {
            key: Key::derive(secrets.first(), "throttle bucket"),
            clock,
            spent: SpentBuckets::default(),
            pauses: Semaphore::new(MOST_PAUSES),
            refusals: Mutex::default(),
        }
    }

    /// Counts an attempt and returns whether it is admitted. A refused attempt is not counted.
    ///
    /// # Errors
    /// The attempt could not be counted, so it must not be made.
    pub async fn admit(
        &self,
        pool: &Pool,
        attempt: Attempt,
        client: IpAddr,
        target: Target<'_>,
    ) -> Result<Admission, DatabaseError> {
        match self.count(pool, attempt, client, target).await? {
            Ok(charged) => Ok(Admission::Admitted(charged)),
            Err(wait) => Ok(self.refuse(attempt, client, wait).await),
        }
    }

    /// As [`Self::admit`], for an attempt that other limits may still admit: a refusal is neither logged nor slow.
    ///
    /// # Errors
    /// The attempt could not be counted, so it must not be made.
    pub async fn admit_first(
        &self,
        pool: &Pool,
        attempt: Attempt,
        client: IpAddr,
        target: Target<'_>,
    ) -> Result<Option<Charged>, DatabaseError> {
        Ok(self.count(pool, attempt, client, target).await?.ok())
    }

    /// Counts an attempt, or returns the time until it is admitted.
    async fn count(
        &self,
        pool: &Pool,
        attempt: Attempt,
        client: IpAddr,
        target: Target<'_>,
    ) -> Result<Result<Charged, TimeDelta>, DatabaseError> {
        let charges = self.charges(attempt, Some(client), target);
        let now = self.clock.now();
        if let Some(wait) = self.spent.wait(&charges, now) {
            return Ok(Err(wait));
        }
        let find_wait = async || {
            db::statement(pool, "throttle_find_wait", async |conn| {
                buckets::find_wait(conn, &charges, now).await
            })
            .await
        };
        if let Some((bucket, wait)) = find_wait().await? {
            self.spent.remember(bucket, now + wait);
            return Ok(Err(wait));
        }
        // If the connection is lost, the attempt may count twice: that is stricter, never laxer.
        let charged = db::idempotent_transaction(pool, "throttle_charge", async |conn| {
            buckets::charge(conn, &charges, now).await
        });
        let charged = Charged(charged.await?);
        if charged.0.len() == charges.len() {
            return Ok(Ok(charged));
        }
        // Another attempt was faster.
        self.give_back(pool, &charged).await;
        Ok(Err(find_wait().await?.map_or(TimeDelta::zero(), |(_, wait)| wait)))
    }

    /// Gives an attempt back, because it was right or because we could not make it. If the database fails, it
    /// stays counted.
    pub async fn give_back(&self, pool: &Pool, Charged(charged): &Charged) {
        if !charged.is_empty() {
            self.spent.forget(charged);
            let given = db::transaction(pool, "throttle_give_back", async |conn| {
                buckets::give_back_in_txn(conn, charged).await
            });
            // The transaction has logged its error.
            let _ = given.await;
        }
    }

    /// A short keyed digest of an email address, for the log and the operator: equal for equal addresses,
    /// and without the address.
    #[must_use]
    pub fn digest(&self, email: &EmailAddress) -> String {
        let tag = self.key.sign(&[b"address", email.as_str().as_bytes()]);
        tag.iter().take(6).map(|byte| format!("{byte:02x}")).collect()
    }

    /// The refusals since the start, by the name of the kind of attempt. Mails that were not sent are not among them.
    #[must_use]
    pub fn refusals(&self) -> Vec<(String, u64)> {
        let refusals = self.refusals.lock().unwrap_or_else(PoisonError::into_inner);
        refusals.iter().map(|(attempt, count)| (format!("{attempt:?}"), *count)).collect()
    }

    async fn refuse(&self, attempt: Attempt, client: IpAddr, wait: TimeDelta) -> Admission {
        *self.refusals.lock().unwrap_or_else(PoisonError::into_inner).entry(attempt).or_default() += 1;
        // deploy/fail2ban reads this line.
        log::warn!("refused by a rate limit: {attempt:?} from {client}");
        if let Ok(_pause) = self.pauses.try_acquire() {
            tokio::time::sleep(PAUSE).await;
        }
        let wait = wait.to_std().unwrap_or_default();
        // Whole seconds, rounded up: a client that waits so long is admitted.
        Admission::Wait(Duration::from_secs(wait.as_secs() + 1))
    }

    /// The buckets that an attempt without a client counts in, for [`buckets::admit_in_txn`]: a mail is counted in
    /// the transaction that queues it.
    #[must_use]
    pub fn charges_for(&self, attempt: Attempt, target: Target<'_>) -> Vec<Charge> {
        self.charges(attempt, None, target)
    }

    fn charges(&self, attempt: Attempt, client: Option<IpAddr>, target: Target<'_>) -> Vec<Charge> {
        let limits = LIMITS.iter().filter(|limit| limit.attempt == attempt);
        let subjects = self.subjects(target);
        limits.flat_map(|limit| self.charges_of(limit, client, &subjects)).collect()
    }

    /// The keys of a target, and what the operator sees of them.
    fn subjects(&self, target: Target<'_>) -> Vec<(String, String)> {
        let account = |id: Uuid| (id.to_string(), format!("account {id}"));
        let address =
            |email: &EmailAddress| (email.as_str().to_owned(), format!("address {}", self.digest(email)));
        match target {
            Target::None => Vec::new(),
            Target::Account(id) => vec![account(id)],
            Target::Application(id) => vec![(format!("application {id}"), format!("application {id}"))],
            Target::Device(device) => vec![(device.id().to_string(), format!("device {}", device.id()))],
            Target::Session(id) => vec![(format!("session {id}"), format!("session {id}"))],
            Target::AccessToken(id) => vec![(format!("access token {id}"), format!("access token {id}"))],
            Target::Mailbox(email) => vec![(email.mailbox(), format!("address {}", self.digest(email)))],
            Target::Member(email, Some(id)) => vec![address(email), account(id)],
            Target::Member(email, None) => {
                let (key, shown) = address(email);
                // As many buckets as for an account, so that both cost the same time.
                vec![(key.clone(), shown.clone()), (format!("none {key}"), format!("no account, {shown}"))]
            }
        }
    }

    fn charges_of(
        &self,
        limit: &Limit,
        client: Option<IpAddr>,
        subjects: &[(String, String)],
    ) -> Vec<Charge> {
        let network_of = |width| Some(network(client?, width)?.to_string());
        let charge = |network: &str, key: &str, subject: String| {
            let bucket = self.key.sign(&[limit.name.as_bytes(), network.as_bytes(), key.as_bytes()]);
            Charge {
                bucket: TokenDigest::from_bytes(bucket),
                rate_limit: limit.name,
                subject,
                cost: limit.cost(),
                capacity: limit.period,
            }
        };
        match limit.sharing {
            Sharing::Network(width) => {
                network_of(width).map(|network| charge(&network, "", network.clone())).into_iter().collect()
            }
            Sharing::Target => subjects.iter().map(|(key, shown)| charge("", key, shown.clone())).collect(),
            Sharing::TargetFromNetwork(width) => {
                let Some(network) = network_of(width) else { return Vec::new() };
                let from = |shown| format!("{shown} from {network}");
                subjects.iter().map(|(key, shown)| charge(&network, key, from(shown))).collect()
            }
        }
    }
}
