//! What every handler may use, built once at start.

use crate::config::Config;
use crate::db::Pool;
use crate::mail::Letters;
use crate::routes::{self, RouteMap};
use crate::security::csrf::Csrf;
use crate::security::form_stamp::FormStamp;
use crate::security::framing::Embedding;
use crate::security::framing_attempts::FramingAttempts;
use crate::security::headers::SecurityHeaders;
use crate::security::password_hashing::PasswordHashing;
use crate::security::session_cookie::SessionCookie;
use crate::security::throttle::Throttle;
use crate::security::violation_reports::ViolationReports;
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
    /// The URL table, asked by path.
    pub routes: RouteMap,
    /// What listed sites may frame.
    pub embedding: Option<Embedding>,
    /// Refused framings that are not written down yet.
    pub framing_attempts: FramingAttempts,
    /// Reports of browsers that are not written down yet.
    pub violation_reports: ViolationReports,
    /// Makes and reads the session cookie.
    pub cookie: SessionCookie,
    /// Makes and checks form tokens.
    pub csrf: Csrf,
    /// Makes and checks the stamps, words and tickets of confirm pages.
    pub form_stamp: FormStamp,
    /// Hashes passwords in turn.
    pub hashing: PasswordHashing,
    /// Counts tries.
    pub throttle: Throttle,
}

impl AppState {
    /// Loads templates, derives keys and checks the URL table.
    ///
    /// # Errors
    /// One line for the person who starts the server.
    pub fn new(config: Config, pool: Pool) -> Result<Self, String> {
        let https = config.public_url.is_https();
        let headers = SecurityHeaders::new(https);
        let routes = RouteMap::new(&routes::table())?;
        Ok(Self {
            view: View::load(&config.assets_dir, headers.meta_policy())?,
            letters: Letters::load(&config.assets_dir, &config.public_url)?,
            cookie: SessionCookie::new(&config.public_url),
            csrf: Csrf::new(&config.secret_key),
            form_stamp: FormStamp::new(&config.secret_key),
            hashing: PasswordHashing::new().map_err(|problem| problem.to_string())?,
            throttle: Throttle::new(&config.secret_key),
            embedding: Embedding::new(&routes, &config.embed_origins, https),
            framing_attempts: FramingAttempts::default(),
            violation_reports: ViolationReports::default(),
            routes,
            headers,
            config,
            pool,
        })
    }
}
