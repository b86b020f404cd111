//! What unframed is compared with: an Actix server without middleware, with the same connections to the same database.

use std::fs;
use std::path::PathBuf;

use actix_files::Files;
use actix_web::http::StatusCode;
use actix_web::{App, HttpRequest, HttpResponse, HttpServer, error, web};
use anyhow::Context as _;
use chrono::Utc;
use diesel_async::AsyncPgConnection;
use diesel_async::pooled_connection::bb8::Pool;
use diesel_async::pooled_connection::{AsyncDieselConnectionManager, ManagerConfig, RecyclingMethod};
use unframed::config::{self, Config};
use unframed::domain::{Language, Locale, SecretToken};
use unframed::models::session::{self, Overview};
use unframed::models::user::{self, User};
use unframed::pages::settings::OverviewPage;
use unframed::routes;
use unframed::security::fetch_metadata::Callers;
use unframed::state::Site;
use unframed::view::{Audience, Viewer};
use uuid::Uuid;

/// The name of the file with the start page, as unframed sends it to a guest.
pub(crate) const HOME: &str = "home.html";
/// The name of the file with the overview of an account, with [`NAME`] for its name.
pub(crate) const SETTINGS: &str = "settings.html";
/// What stands for the name of an account.
pub(crate) const NAME: &str = "\u{1}";

struct Pages {
    home: String,
    /// The settings page, cut where the name stands.
    settings: Vec<String>,
    site: Site,
    pool: Pool<AsyncPgConnection>,
}

impl Pages {
    fn render(&self, user: &User, overview: Overview) -> Result<HttpResponse, actix_web::Error> {
        let locale = Locale::in_utc(Language::English);
        let page = OverviewPage::new(user, overview, locale, None);
        let viewer = Viewer { display_name: user.display_name.clone(), csrf_token: "x".repeat(86), locale };
        Ok(self.site.view.page(StatusCode::OK, Audience::Member(&viewer), &page)?)
    }
}

/// Serves until the process is killed. It runs on Actix' own runtime, as most Actix servers do.
pub(crate) async fn serve() -> anyhow::Result<()> {
    tokio::task::spawn_blocking(|| actix_web::rt::System::new().block_on(serve_here())).await?
}

async fn serve_here() -> anyhow::Result<()> {
    let config = Config::from_env("benches")?;
    let folder = PathBuf::from(config::environment("PAGES").context("PAGES")?);
    let read = |name: &str| fs::read_to_string(folder.join(name)).unwrap_or_default();
    let settings = read(SETTINGS).split(NAME).map(ToOwned::to_owned).collect();
    let mut setup = ManagerConfig::default();
    setup.recycling_method = RecyclingMethod::Fast;
    let manager = AsyncDieselConnectionManager::new_with_config(
        config::environment("DATABASE_URL").context("DATABASE_URL")?,
        setup,
    );
    let pool = Pool::builder().max_size(config.pool_size).build(manager).await?;
    let (assets, identity) = (&config.assets, config.identity.clone());
    let site = Site::load(assets, Callers::only(config.public_url.clone()), routes::map()?, &[], identity)?;
    let pages = web::Data::new(Pages { home: read(HOME), settings, site, pool });
    let server = HttpServer::new(move || {
        App::new()
            .app_data(pages.clone())
            .route("/", web::get().to(home))
            .route("/settings", web::get().to(formatted))
            .route("/rendered", web::get().to(rendered))
            .route("/queried", web::get().to(queried))
            .service(Files::new("/static", concat!(env!("CARGO_MANIFEST_DIR"), "/../static")))
    });
    server.bind(config.listen)?.run().await?;
    Ok(())
}

async fn home(pages: web::Data<Pages>) -> HttpResponse {
    html(pages.home.clone())
}

/// The page of an account, put together by hand.
async fn formatted(pages: web::Data<Pages>, request: HttpRequest) -> Result<HttpResponse, actix_web::Error> {
    let user = find(&pages, &request).await?;
    Ok(html(pages.settings.join(&user.display_name)))
}

/// The page of an account, rendered by the templates of unframed.
async fn rendered(pages: web::Data<Pages>, request: HttpRequest) -> Result<HttpResponse, actix_web::Error> {
    let user = find(&pages, &request).await?;
    pages.render(&user, Overview { sessions: 1, waiting: None })
}

/// The same page, with what the query of unframed finds by the cookie `session`.
async fn queried(pages: web::Data<Pages>, request: HttpRequest) -> Result<HttpResponse, actix_web::Error> {
    let token = request.cookie("session").and_then(|cookie| SecretToken::decode(cookie.value()));
    let token = token.ok_or_else(|| error::ErrorBadRequest("no session"))?;
    let mut conn = pages.pool.get().await.map_err(error::ErrorServiceUnavailable)?;
    let found = session::find_live_with_overview(&mut conn, token.digest(), Utc::now()).await;
    let Some((_, Some(user), overview)) = found.map_err(error::ErrorInternalServerError)? else {
        return Err(error::ErrorNotFound("no such session"));
    };
    pages.render(&user, overview)
}

/// The account of the cookie `user`, by its primary key.
async fn find(pages: &Pages, request: &HttpRequest) -> Result<User, actix_web::Error> {
    let id = request.cookie("user").and_then(|cookie| Uuid::parse_str(cookie.value()).ok());
    let id = id.ok_or_else(|| error::ErrorBadRequest("no user"))?;
    let mut conn = pages.pool.get().await.map_err(error::ErrorServiceUnavailable)?;
    let found = user::find(&mut conn, id).await.map_err(error::ErrorInternalServerError)?;
    found.ok_or_else(|| error::ErrorNotFound("no such user"))
}

fn html(body: String) -> HttpResponse {
    HttpResponse::Ok().content_type("text/html; charset=utf-8").body(body)
}
