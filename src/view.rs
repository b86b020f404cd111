//! The page templates, loaded once at start, and the responses made from them.

use std::path::Path;
use std::sync::Arc;

use actix_web::HttpResponse;
use actix_web::http::{StatusCode, header};
use serde::Serialize;
use sha2::{Digest as _, Sha256};
use tera::{Context, Tera};

use crate::config::Identity;
use crate::db;
use crate::error::AppError;
use crate::locales::{self, Catalogue, Message};
use crate::route_map::{ASSET_FOLDER, Group, RouteMap};

/// The data of a page and the template that shows it.
pub trait Page: Serialize {
    /// The template's path below `templates/`.
    const TEMPLATE: &'static str;

    /// The template of this page, for types that have several.
    fn template(&self) -> String {
        Self::TEMPLATE.to_owned()
    }
}

/// The member who looks at a page, as its header shows them.
#[derive(Clone, Serialize)]
pub struct Viewer {
    /// The account's name.
    pub display_name: String,
    /// The token of the sign-out form.
    pub csrf_token: String,
}

/// The audience of a page, which decides its header.
#[derive(Clone, Copy)]
pub enum Audience<'a> {
    /// A guest: the header links to sign-in and sign-up.
    Guest,
    /// A member: the header shows their name and navigation.
    Member(&'a Viewer),
    /// Guest or member: the page does not ask the database, as links from emails do not either.
    Unknown,
    /// Probably a member: the browser holds a session, and the page does not ask the database. An error shows
    /// the navigation, without a name.
    Returning,
}

/// A field of a form as it was typed, with its problem.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Field {
    /// The text that was typed; never a password.
    pub value: String,
    /// The problem with it.
    pub error: Option<Message>,
}

impl Field {
    /// A field without a problem.
    #[must_use]
    pub fn typed(value: &str) -> Self {
        Self { value: value.to_owned(), error: None }
    }

    /// An empty field with a problem, which must be typed again.
    #[must_use]
    pub fn refused(problem: Message) -> Self {
        Self { value: String::new(), error: Some(problem) }
    }

    /// The same field with its problem, if there is one.
    #[must_use]
    pub fn with_error(self, problem: Option<impl Into<Message>>) -> Self {
        Self { error: problem.map(Into::into), ..self }
    }
}

/// The loaded templates and the URLs of the static files.
pub struct View {
    tera: Tera,
    assets: String,
    meta_policy: String,
    navigation: Vec<NavigationGroup>,
    identity: Identity,
}

/// A group of the account's navigation, as templates show it.
#[derive(Serialize)]
struct NavigationGroup {
    heading: Option<Message>,
    pages: Vec<NavigationLink>,
}

#[derive(Serialize)]
struct NavigationLink {
    path: &'static str,
    title: &'static str,
}

fn heading(group: Group) -> Option<Message> {
    match group {
        Group::Overview => None,
        Group::You => Some(Message::GroupYou),
        Group::SigningIn => Some(Message::GroupSigningIn),
        Group::Security => Some(Message::GroupSecurity),
        Group::YourData => Some(Message::GroupYourData),
    }
}

/// Marks a response that already has its page.
#[derive(Clone, Copy)]
pub struct Rendered;

/// Why the pages cannot be shown; found at start.
#[derive(Debug, thiserror::Error)]
pub enum ViewProblem {
    /// A template is malformed, or the folder cannot be read.
    #[error("templates: {0}")]
    Templates(String),
    /// The static files cannot be read.
    #[error("static: {0}")]
    StaticFiles(#[from] std::io::Error),
}

impl View {
    /// Loads all templates and hashes the static files.
    ///
    /// # Errors
    /// A [`ViewProblem`]: the server must not start.
    pub fn load(
        assets_dir: &Path,
        meta_policy: &str,
        catalogue: Arc<Catalogue>,
        routes: &RouteMap,
        identity: Identity,
    ) -> Result<Self, ViewProblem> {
        let mut tera = Tera::new();
        locales::register(&mut tera, catalogue);
        let glob = assets_dir.join("templates/**/*.html");
        tera.load_from_glob(&glob.to_string_lossy())
            .map_err(|error| ViewProblem::Templates(db::with_causes(&error)))?;
        let assets = hash_of_folder(&assets_dir.join("static"))?;
        let navigation = routes.navigation().into_iter().map(|(group, pages)| NavigationGroup {
            heading: heading(group),
            pages: pages.into_iter().map(|(path, title)| NavigationLink { path, title }).collect(),
        });
        Ok(Self {
            tera,
            assets,
            meta_policy: meta_policy.to_owned(),
            navigation: navigation.collect(),
            identity,
        })
    }

    /// The folder of the static files in URLs. It holds a hash: new files get new URLs.
    #[must_use]
    pub fn assets_path(&self) -> String {
        format!("{ASSET_FOLDER}{}/", self.assets)
    }

    /// The URL of a static file.
    #[must_use]
    pub fn asset_url(&self, file: &str) -> String {
        format!("{}{file}", self.assets_path())
    }

    /// The response with a page.
    ///
    /// # Errors
    /// [`AppError::Internal`] for a fault in the template.
    pub fn page<P: Page>(
        &self,
        status: StatusCode,
        audience: Audience<'_>,
        page: &P,
    ) -> Result<HttpResponse, AppError> {
        let html = self.html(audience, page).map_err(|error| AppError::Internal(db::with_causes(&error)))?;
        let mut response = HttpResponse::build(status).content_type("text/html; charset=utf-8").body(html);
        response.extensions_mut().insert(Rendered);
        Ok(response)
    }

    fn html<P: Page>(&self, audience: Audience<'_>, page: &P) -> tera::TeraResult<String> {
        let mut context = Context::new();
        context.insert("css_url", &self.asset_url("app.css"));
        context.insert("icon_url", &self.asset_url("icon.svg"));
        context.insert("meta_csp", &self.meta_policy);
        context.insert("site", &self.identity);
        let viewer = if let Audience::Member(viewer) = audience { Some(viewer) } else { None };
        context.insert("viewer", &viewer);
        context.insert("is_guest", &matches!(audience, Audience::Guest));
        let navigates = matches!(audience, Audience::Member(_) | Audience::Returning);
        context.insert("navigation", &navigates.then_some(&self.navigation));
        context.insert("page", page);
        self.tera.render(&page.template(), &context)
    }
}

/// A redirect (303): the browser opens this path by GET.
#[must_use]
pub fn see_other(path: &str) -> HttpResponse {
    HttpResponse::SeeOther().insert_header((header::LOCATION, path)).finish()
}

/// The SHA-256 of the names and contents of the files, shortened to 16 hex digits.
fn hash_of_folder(folder: &Path) -> std::io::Result<String> {
    let mut digest = Sha256::new();
    let mut files: Vec<_> = std::fs::read_dir(folder)?.collect::<Result<_, _>>()?;
    files.sort_by_key(std::fs::DirEntry::file_name);
    for file in files.iter().filter(|file| file.path().is_file()) {
        digest.update(file.file_name().as_encoded_bytes());
        digest.update(std::fs::read(file.path())?);
    }
    Ok(digest.finalize().iter().take(8).map(|byte| format!("{byte:02x}")).collect())
}
