//! Accounts that are signed in.

use anyhow::Context as _;
use chrono::Utc;
use diesel_async::{AsyncPgConnection, RunQueryDsl as _};
use unframed::db::DatabaseUrl;
use unframed::domain::{Password, SecretToken, SessionLifetime};
use unframed::models::session::{self, NewSession};
use unframed::models::user::{self, NewUser};
use unframed::security::password_hashing::PasswordHashing;
use uuid::Uuid;

use crate::load::Request;

/// The password of all members.
pub(crate) const PASSWORD: &str = "lantern omelet drizzle";

/// An account with a session.
pub(crate) struct Member {
    /// The account.
    pub(crate) id: Uuid,
    /// Its email address.
    pub(crate) email: String,
    /// Its name, which no other account has.
    pub(crate) name: String,
    /// The token of its session.
    token: String,
    /// The client's IP address. No two members share a /24 network.
    address: String,
}

impl Member {
    /// Adds members with a session each.
    pub(crate) async fn add(url: &DatabaseUrl, count: usize) -> anyhow::Result<Vec<Self>> {
        let mut conn = url.connect().await?;
        let loopback = [127, 0, 0, 1].into();
        let password = Password::parse(PASSWORD, None, None).context("the password of the members")?;
        let hash = PasswordHashing::new()?.hash(loopback, &password).await?;
        let mut members = Vec::with_capacity(count);
        for number in 0..count {
            members.push(Self::add_one(&mut conn, number, &hash).await?);
        }
        // A database that has run for a minute has these statistics; without them, its plans cost three times as much.
        diesel::sql_query("ANALYZE").execute(&mut conn).await?;
        Ok(members)
    }

    async fn add_one(conn: &mut AsyncPgConnection, number: usize, hash: &str) -> anyhow::Result<Self> {
        let (id, now, token) = (Uuid::new_v4(), Utc::now(), SecretToken::generate()?);
        let member = Self {
            id,
            email: format!("member-{number}@example.org"),
            name: format!("Member {number}"),
            token: token.encode(),
            address: format!("10.{}.{}.1", number / 256, number % 256),
        };
        let new = NewUser {
            id,
            email: &member.email,
            display_name: &member.name,
            password_hash: Some(hash),
            language: Some("en"),
            created_at: now,
            updated_at: now,
        };
        user::create(conn, &new).await?;
        let lifetime = SessionLifetime {
            idle: std::time::Duration::from_secs(86_400),
            absolute: std::time::Duration::from_secs(86_400),
            remembered: false,
        };
        let digest = token.digest();
        let new = NewSession::starting(id, &digest, "Firefox", &member.address, now, lifetime);
        session::create(conn, &new).await?;
        Ok(member)
    }

    /// The cookies of this member: the session, and the account's id, by which the bare server finds it.
    pub(crate) fn cookie(&self) -> String {
        format!("session={}; user={}", self.token, self.id)
    }

    /// A request of this member, signed in.
    pub(crate) fn request(&self) -> Request {
        Request { cookie: self.cookie(), address: self.address.clone(), body: String::new() }
    }

    /// The form with which this member signs in.
    pub(crate) fn sign_in(&self) -> Request {
        let (email, password) = (self.email.replace('@', "%40"), PASSWORD.replace(' ', "+"));
        Request {
            cookie: String::new(),
            address: self.address.clone(),
            body: format!("email={email}&password={password}"),
        }
    }
}
