//! What every handler may use, built once at start.

use crate::config::Config;
use crate::db::Pool;
use crate::mail::Letters;
use crate::security::csrf::Csrf;
use crate::security::headers::SecurityHeaders;
use crate::security::password_hashing::PasswordHashing;
use crate::security::session_cookie::SessionCookie;
use crate::security::throttle::Throttle;
use crate::view::View;

/// The parts of the running application. It holds nothing that a second instance would miss.
pub struct AppState {
    /// The environment, parsed.
    pub config: Config,
    /// The database.
    pub pool: Pool,
    /// The templates.
    pub view: View,
    /// What mails say.
    pub letters: Letters,
    /// The header set of every response.
    pub headers: SecurityHeaders,
    /// Makes and reads the session cookie.
    pub cookie: SessionCookie,
    /// Makes and checks form tokens.
    pub csrf: Csrf,
    /// Hashes passwords in turn.
    pub hashing: PasswordHashing,
    /// Counts tries.
    pub throttle: Throttle,
}

impl AppState {
    /// Loads templates and derives keys.
    ///
    /// # Errors
    /// One line for the person who starts the server.
    pub fn new(config: Config, pool: Pool) -> Result<Self, String> {
        let headers = SecurityHeaders::new(config.public_url.is_https());
        Ok(Self {
            view: View::load(&config.assets_dir, headers.meta_policy())?,
            letters: Letters::load(&config.assets_dir, &config.public_url)?,
            cookie: SessionCookie::new(&config.public_url),
            csrf: Csrf::new(&config.secret_key),
            hashing: PasswordHashing::new().map_err(|problem| problem.to_string())?,
            throttle: Throttle::new(&config.secret_key),
            headers,
            config,
            pool,
        })
    }
}
