//! The database and the mails, for commands that write to users. They need the same variables as `unframed serve`.

use std::sync::Arc;

use crate::commands::{self, Failure};
use crate::config::Config;
use crate::db::Pool;
use crate::locales::Catalogues;
use crate::mail::{Letters, MailSeal};

/// The database, and the mails that are queued in it.
pub(super) struct Correspondence {
    pub(super) pool: Pool,
    pub(super) letters: Letters,
}

impl Correspondence {
    /// Reads the configuration and connects.
    pub(super) async fn open() -> Result<Self, Failure> {
        let config = Config::from_env("admin")?;
        let pool = commands::connect(&config.database_url, 1).await?;
        commands::require_schema(&pool).await?;
        let seal = Arc::new(MailSeal::new(&config.secret_keys));
        let catalogues = Catalogues::load(&config.assets)?;
        let letters =
            Letters::load(&config.assets, &config.public_url, &config.identity.name, catalogues, seal)?;
        Ok(Self { pool, letters })
    }
}
