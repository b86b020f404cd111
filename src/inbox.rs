//! The inbox of `unframed local`: a site of its own on this machine that shows the mails of the mails
//! folder, so that a developer reads them in the browser and follows their links. `serve` never starts it.
//! It knows no database and no session, and has no form.

mod links;
mod list;
mod mail;
mod mails_folder;

use std::io;
use std::net::{Ipv4Addr, Ipv6Addr, TcpListener};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use actix_web::body::BoxBody;
use actix_web::dev::{Server, ServiceFactory, ServiceRequest, ServiceResponse};
use actix_web::middleware::from_fn;
use actix_web::{App, Error, HttpServer, web};

use self::mails_folder::MailsFolder;
use crate::app;
use crate::assets::Assets;
use crate::config::Identity;
use crate::domain::Origin;
use crate::domain::origin::OriginProblem;
use crate::error::AppError;
use crate::route_map::RouteProblem;
use crate::routes::{self, Entry};
use crate::security::fetch_metadata::Callers;
use crate::security::loopback_host::{self, LoopbackHosts};
use crate::state::{Site, StartProblem};

/// The parts that the inbox's handlers use.
pub struct Inbox {
    site: Site,
    hosts: Arc<LoopbackHosts>,
    folder: MailsFolder,
    origin: Origin,
    app: Origin,
}

/// Why the inbox cannot start.
#[derive(Debug, thiserror::Error)]
pub enum InboxProblem {
    /// No port can be listened on.
    #[error("the inbox cannot listen on 127.0.0.1")]
    Listen(#[from] io::Error),
    /// The origin is malformed.
    #[error("the origin of the inbox {0}")]
    Origin(#[from] OriginProblem),
    /// The URL table is refused.
    #[error(transparent)]
    Routes(#[from] RouteProblem),
    /// The templates or texts are faulty.
    #[error(transparent)]
    Start(#[from] StartProblem),
}

/// Binds a port on 127.0.0.1: the one after the application's, or any other if that is taken. If the
/// application takes any port (0), so does the inbox.
pub fn listen(port_of_app: u16) -> io::Result<TcpListener> {
    let next = port_of_app.checked_add(1).filter(|next| *next > 1);
    next.map_or_else(|| bind(0), |next| bind(next).or_else(|_taken| bind(0)))
}

/// Browsers try `[::1]` first for `localhost`, so a port that is taken there is taken.
fn bind(port: u16) -> io::Result<TcpListener> {
    if let Err(error) = TcpListener::bind((Ipv6Addr::LOCALHOST, port))
        && error.kind() == io::ErrorKind::AddrInUse
    {
        return Err(error);
    }
    TcpListener::bind((Ipv4Addr::LOCALHOST, port))
}

impl Inbox {
    /// The inbox of a mails folder on this port. Links to pages of `app` can be followed.
    ///
    /// # Errors
    /// An [`InboxProblem`]: templates, texts or static files are faulty.
    pub fn new(assets: &Assets, folder: PathBuf, app: Origin, port: u16) -> Result<Self, InboxProblem> {
        let origin = Origin::parse(&format!("http://localhost:{port}"))?;
        let site = Site::load(
            &assets.without_overrides(),
            Callers::only(origin.clone()),
            routes::map_of(table())?,
            &[],
            Identity::default(),
        )?;
        let hosts = Arc::new(LoopbackHosts::new(port));
        Ok(Self { site, hosts, folder: MailsFolder::new(folder), origin, app })
    }

    /// The web address of the inbox.
    #[must_use]
    pub fn origin(&self) -> &Origin {
        &self.origin
    }
}

/// All URLs of the inbox but the static files.
fn table() -> Vec<Entry> {
    vec![
        Entry::page("/").get(list::show),
        Entry::page("/mails/{id}").get(mail::show),
        Entry::mail_preview("/mails/{id}/html").get(mail::html),
    ]
}

/// Builds the site, with the layers of the application around it.
fn build(
    inbox: web::Data<Inbox>,
) -> App<
    impl ServiceFactory<
        ServiceRequest,
        Config = (),
        Response = ServiceResponse<BoxBody>,
        Error = Error,
        InitError = (),
    >,
> {
    let (site, hosts) = (inbox.site.clone(), Arc::clone(&inbox.hosts));
    let app = App::new()
        .app_data(inbox)
        .app_data(web::PathConfig::default().error_handler(|_, _| AppError::NotFound.into()))
        .configure(|config| routes::register(config, table()))
        .wrap(from_fn(move |request, next| loopback_host::guard(Arc::clone(&hosts), request, next)));
    app::layered(app, site)
}

/// Serves the inbox until the server is stopped. Signals are the application's.
///
/// # Errors
/// The socket cannot be listened on.
pub fn serve(listener: TcpListener, inbox: Inbox) -> io::Result<Server> {
    let inbox = web::Data::new(inbox);
    let server = HttpServer::new(move || build(inbox.clone()))
        .workers(1)
        .disable_signals()
        .client_request_timeout(Duration::from_secs(10))
        .shutdown_timeout(1)
        .listen(listener)?;
    Ok(server.run())
}
