//! A rate limit by network for requests without a session: one token bucket for each network, in memory.
//! The number of buckets is bounded, whatever clients send: further networks share one. A restart forgets
//! them, which does no harm.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};
use std::time::Instant;

use ipnet::IpNet;

use super::network::{Width, network};

/// The buckets of all networks.
#[derive(Debug)]
pub struct NetworkBuckets {
    burst: f64,
    per_second: f64,
    most: usize,
    /// `None` is the bucket that all further networks share.
    buckets: Mutex<BTreeMap<Option<IpNet>, Bucket>>,
}

/// The tokens that were left at a moment.
#[derive(Clone, Copy, Debug)]
struct Bucket {
    left: f64,
    at: Instant,
}

impl NetworkBuckets {
    /// Admits `burst` requests at once and then `per_second`, from each of `most` networks and from all
    /// others together.
    #[must_use]
    pub fn new(burst: f64, per_second: f64, most: usize) -> Self {
        Self { burst, per_second, most, buckets: Mutex::default() }
    }

    /// Takes a token for a request; returns whether there was one.
    pub fn admit(&self, client: IpAddr, now: Instant) -> bool {
        let mut buckets = self.buckets.lock().unwrap_or_else(PoisonError::into_inner);
        let mut key = network(client, Width::Connection);
        if !buckets.contains_key(&key) && buckets.len() >= self.most {
            // A full bucket need not be kept: a new one would be full as well.
            buckets.retain(|_, bucket| self.left(*bucket, now) < self.burst);
            if buckets.len() >= self.most {
                key = None;
            }
        }
        let bucket = buckets.entry(key).or_insert(Bucket { left: self.burst, at: now });
        let left = self.left(*bucket, now);
        let admitted = left >= 1.0;
        *bucket = Bucket { left: if admitted { left - 1.0 } else { left }, at: now };
        admitted
    }

    fn left(&self, bucket: Bucket, now: Instant) -> f64 {
        (bucket.left + now.duration_since(bucket.at).as_secs_f64() * self.per_second).min(self.burst)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn client(number: u16) -> IpAddr {
        IpAddr::from([0x2001, 0xdb8, 0, number, 1, 2, 3, 4])
    }

    fn admitted(buckets: &NetworkBuckets, number: u16, attempts: usize, now: Instant) -> usize {
        (0..attempts).filter(|_| buckets.admit(client(number), now)).count()
    }

    #[test]
    fn a_flood_is_slowed_and_keeps_no_other_network_out() {
        let (buckets, start) = (NetworkBuckets::new(60.0, 5.0, 10), Instant::now());
        assert_eq!(admitted(&buckets, 1, 100, start), 60);
        let neighbour = IpAddr::from([0x2001, 0xdb8, 0, 1, 9, 9, 9, 9]);
        assert!(!buckets.admit(neighbour, start), "the same network");
        assert_eq!(admitted(&buckets, 2, 100, start), 60);
        assert_eq!(admitted(&buckets, 1, 100, start + Duration::from_secs(2)), 10);
    }

    #[test]
    fn networks_beyond_the_limit_share_one_bucket_until_others_are_idle() {
        let (buckets, start) = (NetworkBuckets::new(2.0, 1.0, 3), Instant::now());
        for number in 1..=3 {
            assert_eq!(admitted(&buckets, number, 9, start), 2);
        }
        assert_eq!((admitted(&buckets, 4, 1, start), admitted(&buckets, 5, 9, start)), (1, 1));
        assert_eq!(buckets.buckets.lock().unwrap().len(), 4, "the memory is bounded");
        let rested = start + Duration::from_secs(2);
        assert_eq!((admitted(&buckets, 4, 9, rested), admitted(&buckets, 5, 9, rested)), (2, 2));
        assert_eq!(buckets.buckets.lock().unwrap().len(), 2);
    }
}
