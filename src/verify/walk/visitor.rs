//! The people whom the walk acts for.

use uuid::Uuid;

use crate::domain::AuthenticatorSecret;

/// A guest or a member.
#[derive(Clone)]
pub(super) struct Visitor {
    /// For the report.
    pub(super) name: &'static str,
    /// The session cookie as a browser sends it.
    pub(super) cookie: String,
    pub(super) email: String,
    pub(super) password: String,
    /// The secret of the authenticator app, once it is added.
    pub(super) secret: Option<AuthenticatorSecret>,
    pub(super) recovery_codes: Vec<String>,
}

impl Visitor {
    pub(super) fn guest() -> Self {
        Self { name: "guest", ..Self::new_member() }
    }

    /// A member who has not signed up yet.
    pub(super) fn new_member() -> Self {
        Self {
            name: "member",
            cookie: String::new(),
            email: new_email(),
            password: Uuid::new_v4().to_string(),
            secret: None,
            recovery_codes: Vec::new(),
        }
    }

    pub(super) fn is_signed_in(&self) -> bool {
        !self.cookie.is_empty()
    }
}

/// An email address that no account has.
pub(super) fn new_email() -> String {
    format!("{}@unframed.example", Uuid::new_v4().simple())
}
