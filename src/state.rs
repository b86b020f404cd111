//! The parts of the running application that handlers use, built once at start.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::assets::Assets;
use crate::clock::Clock;
use crate::config::{Config, Identity};
use crate::db::Pool;
use crate::domain::{Embedder, Language};
use crate::locales::{CatalogueProblem, Catalogues, Message};
use crate::mail::letter::LetterProblem;
use crate::mail::{Letters, MailSeal};
use crate::route_map::RouteMap;
use crate::security::access_tokens::AccessTokens;
use crate::security::authenticator_secrets::AuthenticatorSecrets;
use crate::security::client_address::ClientAddresses;
use crate::security::content_security_policy::ScriptDigest;
use crate::security::csrf::Csrf;
use crate::security::device_cookie::DeviceCookie;
use crate::security::fetch_metadata::Callers;
use crate::security::form_stamp::FormStamp;
use crate::security::frame_gate::{Gate, Refusals};
use crate::security::framing::Framing;
use crate::security::long_polls::LongPolls;
use crate::security::passkeys::Passkeys;
use crate::security::password_hashing::{HashingProblem, PasswordHashing};
use crate::security::receipts::ReceiptKeys;
use crate::security::recovery_codes::RecoveryCodes;
use crate::security::session_cookie::SessionCookie;
use crate::security::throttle::Throttle;
use crate::security::violation_reports::ViolationReports;
use crate::static_files::{SCRIPT, StaticFileProblem, StaticFiles};
use crate::view::{MetaPolicies, View, ViewProblem};
use crate::webhooks::WebhookTally;

/// The parts of a site that its layers use, whatever its handlers do. The application is one site, the
/// inbox of `local` another.
#[derive(Clone)]
pub struct Site {
    /// The static files.
    pub static_files: Arc<StaticFiles>,
    /// The messages of each language.
    pub catalogues: Catalogues,
    /// The page templates.
    pub view: Arc<View>,
    /// The URL table, for look-ups by path.
    pub routes: Arc<RouteMap>,
    /// The header sets of every response.
    pub framing: Arc<Framing>,
    /// The frame gate, with the attempts that it has refused.
    pub gate: Arc<Gate>,
}

impl Site {
    /// Loads the templates and texts of a site.
    ///
    /// # Errors
    /// A [`StartProblem`]: the server must not start.
    pub fn load(
        assets: &Assets,
        callers: Callers,
        routes: RouteMap,
        embedders: &[Embedder],
        identity: Identity,
    ) -> Result<Self, StartProblem> {
        let (routes, https) = (Arc::new(routes), callers.own.is_https());
        let script = assets.own_file("static", SCRIPT).map_err(StaticFileProblem::from)?;
        let static_files = Arc::new(StaticFiles::load(assets, &identity)?);
        let framing =
            Arc::new(Framing::new(Arc::clone(&routes), embedders, ScriptDigest::of(&script), https));
        let catalogues = Catalogues::load(assets)?;
        let refusals = Language::ALL.iter().map(|language| {
            let text = |message| catalogues.of(*language).text(message);
            let refusals = Refusals {
                page: text(Message::RefusedPage),
                form: text(Message::RefusedForm),
                prefetch: text(Message::RefusedPrefetch),
            };
            (*language, refusals)
        });
        let refusals = refusals.collect();
        let policies = MetaPolicies {
            plain: framing.headers().meta_policy(),
            scripted: framing.scripted().meta_policy(),
            script_digest: framing.script().as_str(),
        };
        let view = View::load(assets, policies, Arc::clone(&static_files), &catalogues, &routes, identity)?;
        let gate = Gate::new(callers, Arc::clone(&routes), Arc::clone(&framing), refusals);
        Ok(Self { static_files, catalogues, view: Arc::new(view), routes, framing, gate: Arc::new(gate) })
    }
}

/// The parts of the running application. It holds nothing that a second instance would miss.
pub struct AppState {
    /// The environment, parsed.
    pub config: Config,
    /// The clock.
    pub clock: Clock,
    /// The connections to the database.
    pub pool: Pool,
    /// The messages of each language.
    pub catalogues: Catalogues,
    /// The static files.
    pub static_files: Arc<StaticFiles>,
    /// The page templates.
    pub view: Arc<View>,
    /// The mail templates.
    pub letters: Letters,
    /// The keys that seal queued mails.
    pub mail_seal: Arc<MailSeal>,
    /// The URL table, for look-ups by path.
    pub routes: Arc<RouteMap>,
    /// The header sets of every response.
    pub framing: Arc<Framing>,
    /// The frame gate, with the attempts that it has refused.
    pub gate: Arc<Gate>,
    /// Browsers' reports that are not stored yet.
    pub violation_reports: ViolationReports,
    /// Makes and reads the session cookie.
    pub cookie: SessionCookie,
    /// Makes and reads the cookie of a sign-in that waits for its second factor.
    pub sign_in_cookie: SessionCookie,
    /// Makes and reads the device cookie.
    pub devices: DeviceCookie,
    /// Makes and checks form tokens.
    pub csrf: Csrf,
    /// Makes and checks the stamps, words and tickets of confirm pages.
    pub form_stamp: FormStamp,
    /// Hashes passwords, a few at a time.
    pub hashing: PasswordHashing,
    /// Encrypts the secrets of authenticator apps.
    pub authenticator_secrets: AuthenticatorSecrets,
    /// Asks for passkeys; `None` where browsers offer none.
    pub passkeys: Option<Passkeys>,
    /// Makes and opens the keys that sign receipts.
    pub receipt_keys: ReceiptKeys,
    /// The requests of applications that wait for an outcome.
    pub long_polls: LongPolls,
    /// The attempts to send receipts.
    pub webhook_tally: Arc<WebhookTally>,
    /// Makes recovery codes.
    pub recovery_codes: RecoveryCodes,
    /// Makes access tokens.
    pub access_tokens: AccessTokens,
    /// Finds the IP addresses of clients behind proxies.
    pub client_addresses: ClientAddresses,
    /// Counts attempts for rate limits.
    pub throttle: Throttle,
    draining: AtomicBool,
}

/// Why the application cannot start.
#[derive(Debug, thiserror::Error)]
pub enum StartProblem {
    /// The message catalogue is faulty.
    #[error(transparent)]
    Catalogue(#[from] CatalogueProblem),
    /// The static files cannot be served.
    #[error(transparent)]
    StaticFiles(#[from] StaticFileProblem),
    /// The page templates are faulty.
    #[error(transparent)]
    View(#[from] ViewProblem),
    /// The mail templates are faulty.
    #[error(transparent)]
    Letters(#[from] LetterProblem),
    /// The password hashing fails.
    #[error(transparent)]
    Hashing(#[from] HashingProblem),
}

impl AppState {
    /// Loads templates and texts and derives keys.
    ///
    /// # Errors
    /// A [`StartProblem`]: the server must not start.
    pub fn new(config: Config, pool: Pool, routes: RouteMap, clock: Clock) -> Result<Self, StartProblem> {
        let Site { static_files, catalogues, view, routes, framing, gate } = Site::load(
            &config.assets,
            Callers {
                own: config.public_url.clone(),
                programs: true,
                scripts: config.api_allowed_origins.clone(),
            },
            routes,
            &config.embed_origins,
            config.identity.clone(),
        )?;
        let mail_seal = Arc::new(MailSeal::new(&config.secret_keys));
        Ok(Self {
            letters: Letters::load(
                &config.assets,
                &config.public_url,
                &config.identity.name,
                catalogues.clone(),
                Arc::clone(&mail_seal),
            )?,
            cookie: SessionCookie::new(&config.public_url),
            sign_in_cookie: SessionCookie::of_pending_sign_in(&config.public_url),
            devices: DeviceCookie::new(&config.public_url, &config.secret_keys),
            csrf: Csrf::new(&config.secret_keys),
            form_stamp: FormStamp::new(&config.secret_keys),
            hashing: PasswordHashing::new()?,
            authenticator_secrets: AuthenticatorSecrets::new(&config.secret_keys),
            passkeys: Passkeys::new(
                &config.public_url,
                &config.identity.name,
                &config.secret_keys,
                clock.clone(),
            ),
            receipt_keys: ReceiptKeys::new(&config.secret_keys),
            long_polls: LongPolls::default(),
            webhook_tally: Arc::default(),
            recovery_codes: RecoveryCodes::new(&config.secret_keys),
            access_tokens: AccessTokens::new(&config.secret_keys),
            client_addresses: ClientAddresses::new(
                config.trusted_proxies.clone(),
                config.client_address_header.clone(),
            ),
            throttle: Throttle::new(&config.secret_keys, clock.clone()),
            violation_reports: ViolationReports::default(),
            catalogues,
            mail_seal,
            static_files,
            view,
            routes,
            framing,
            gate,
            draining: AtomicBool::new(false),
            clock,
            config,
            pool,
        })
    }

    /// Tells load balancers, by `/readyz`, to send no new requests: the process is about to end.
    pub fn drain(&self) {
        self.draining.store(true, Ordering::Relaxed);
    }

    /// Whether the process is about to end.
    #[must_use]
    pub fn is_draining(&self) -> bool {
        self.draining.load(Ordering::Relaxed)
    }

    /// The parts that the layers use.
    #[must_use]
    pub fn site(&self) -> Site {
        Site {
            static_files: Arc::clone(&self.static_files),
            catalogues: self.catalogues.clone(),
            view: Arc::clone(&self.view),
            routes: Arc::clone(&self.routes),
            framing: Arc::clone(&self.framing),
            gate: Arc::clone(&self.gate),
        }
    }
}
