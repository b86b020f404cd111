//! Templates, loaded once, and the answers made of them.

use std::path::Path;

use actix_web::HttpResponse;
use actix_web::http::{StatusCode, header};
use chrono::{DateTime, Utc};
use serde::Serialize;
use sha2::{Digest as _, Sha256};
use tera::{Context, Tera};

use crate::error::AppError;

/// The data of a page and the template that shows it.
pub trait Page: Serialize {
    /// Its path below `templates/`.
    const TEMPLATE: &'static str;
}

/// Who looks at the page: for the header with its name and its way out.
#[derive(Clone, Serialize)]
pub struct Viewer {
    /// What the account is called.
    pub display_name: String,
    /// The token of the sign-out form.
    pub csrf_token: String,
}

/// Whose header a page has.
#[derive(Clone, Copy)]
pub enum Audience<'a> {
    /// Ways to sign in and up.
    Guest,
    /// The member's name and ways.
    Member(&'a Viewer),
    /// Neither: the page does not ask the database who is looking, as an error or a link from a mail.
    Unknown,
}

/// A moment in UTC, as `components/moment.html` shows it.
#[derive(Clone, Debug, Serialize)]
pub struct Moment {
    text: String,
    iso: String,
}

impl From<DateTime<Utc>> for Moment {
    fn from(moment: DateTime<Utc>) -> Self {
        Self {
            text: moment.format("%-d %B %Y, %H:%M").to_string(),
            iso: moment.format("%Y-%m-%dT%H:%M:%SZ").to_string(),
        }
    }
}

/// A field of a form, as it was typed, with what is wrong with it.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Field {
    /// What was typed; never a password.
    pub value: String,
    /// What is wrong with it.
    pub error: Option<String>,
}

impl Field {
    /// A field without fault.
    #[must_use]
    pub fn typed(value: &str) -> Self {
        Self { value: value.to_owned(), error: None }
    }

    /// The same with what is wrong, if anything is.
    #[must_use]
    pub fn with_error(self, problem: Option<&impl ToString>) -> Self {
        Self { error: problem.map(ToString::to_string), ..self }
    }
}

/// The loaded templates and the URLs of the static files.
pub struct View {
    tera: Tera,
    assets: String,
    meta_policy: String,
}

/// Marks a response that has its page already.
#[derive(Clone, Copy)]
pub struct Rendered;

impl View {
    /// Loads all templates and hashes the static files.
    ///
    /// # Errors
    /// A template's fault or an unreadable folder, in one line.
    pub fn load(assets_dir: &Path, meta_policy: &str) -> Result<Self, String> {
        let mut tera = Tera::new();
        let glob = assets_dir.join("templates/**/*.html");
        tera.load_from_glob(&glob.to_string_lossy()).map_err(|error| format!("templates: {error}"))?;
        let assets =
            hash_of_folder(&assets_dir.join("static")).map_err(|error| format!("static: {error}"))?;
        Ok(Self { tera, assets, meta_policy: meta_policy.to_owned() })
    }

    /// The hash that stands in the URL of each static file: other files, another URL.
    #[must_use]
    pub fn assets_hash(&self) -> &str {
        &self.assets
    }

    /// The URL of a static file.
    #[must_use]
    pub fn asset_url(&self, file: &str) -> String {
        format!("/static/{}/{file}", self.assets)
    }

    /// A page.
    ///
    /// # Errors
    /// [`AppError::Internal`] for a template's fault.
    pub fn page<P: Page>(
        &self,
        status: StatusCode,
        audience: Audience<'_>,
        page: &P,
    ) -> Result<HttpResponse, AppError> {
        let html =
            self.html(audience, page).map_err(|error| AppError::Internal(crate::db::with_causes(&error)))?;
        let mut response = HttpResponse::build(status).content_type("text/html; charset=utf-8").body(html);
        response.extensions_mut().insert(Rendered);
        Ok(response)
    }

    fn html<P: Page>(&self, audience: Audience<'_>, page: &P) -> tera::TeraResult<String> {
        let mut context = Context::new();
        context.insert("css_url", &self.asset_url("app.css"));
        context.insert("icon_url", &self.asset_url("icon.svg"));
        context.insert("meta_csp", &self.meta_policy);
        let viewer = if let Audience::Member(viewer) = audience { Some(viewer) } else { None };
        context.insert("viewer", &viewer);
        context.insert("neutral", &matches!(audience, Audience::Unknown));
        context.insert("page", page);
        self.tera.render(P::TEMPLATE, &context)
    }
}

/// 303: what was asked for by POST is to be looked at by GET.
#[must_use]
pub fn see_other(path: &str) -> HttpResponse {
    HttpResponse::SeeOther().insert_header((header::LOCATION, path)).finish()
}

/// SHA-256 over names and contents, shortened to 16 hex digits.
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
