//! Parsed values. A value of one of these types has been checked. No HTTP and no SQL here.

pub mod account_name;
pub mod application_name;
pub mod authenticator_secret;
pub mod confirmation;
pub mod confirmation_text;
pub mod csp_directive;
pub mod device;
pub mod display_name;
pub mod email_address;
pub mod embedder;
pub mod event_kind;
pub mod factor_name;
pub mod imported_hash;
pub mod invisible;
pub mod language;
pub mod local_path;
pub mod locale;
pub mod moment;
pub mod origin;
pub mod password;
mod plain_line;
pub mod qr_code;
pub mod recovery_code;
pub mod return_url;
pub mod secret_token;
pub mod session_lifetime;
pub mod webhook_url;

pub use account_name::AccountName;
pub use application_name::ApplicationName;
pub use authenticator_secret::AuthenticatorSecret;
pub use confirmation::{ConfirmationRequest, Danger, Outcome};
pub use confirmation_text::{ConfirmationTitle, Detail, DetailLabel, DetailValue};
pub use device::{Device, Occasion};
pub use display_name::DisplayName;
pub use email_address::EmailAddress;
pub use embedder::Embedder;
pub use event_kind::EventKind;
pub use factor_name::FactorName;
pub use imported_hash::ImportedHash;
pub use language::Language;
pub use local_path::LocalPath;
pub use locale::Locale;
pub use moment::{Ago, Moment};
pub use origin::Origin;
pub use password::Password;
pub use qr_code::QrCode;
pub use plain_line::PlainLineProblem;
pub use recovery_code::RecoveryCode;
pub use return_url::{ReturnOrigin, ReturnUrl};
pub use secret_token::{SecretToken, TokenDigest};
pub use session_lifetime::SessionLifetime;
pub use webhook_url::WebhookUrl;

#[cfg(test)]
pub(crate) mod any_text;
