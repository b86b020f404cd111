//! The page templates, loaded once at start for each language, and the responses made from them.

mod templates;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;
use std::{fs, io};

use actix_web::HttpResponse;
use actix_web::http::{StatusCode, header};
use actix_web::web::Bytes;
use serde::Serialize;
use sha2::{Digest as _, Sha256};
use tera::{Context, Tera};

use crate::assets::{AssetFile, Assets};
use crate::config::Identity;
use crate::db;
use crate::domain::{Language, Locale};
use crate::error::AppError;
use crate::locales::{Catalogues, Message};
use crate::route_map::{ASSET_FOLDER, Group, RouteMap};

/// The data of a page and the template that shows it.
pub trait Page: Serialize {
    /// The template's path below `templates/`.
    const TEMPLATE: &'static str;

    /// Whether listed sites may show this page in a frame. Then it must hold no control.
    const MAY_BE_FRAMED: bool = false;

    /// Whether the page runs the one script that we have. On a route that is not scripted, such a page becomes a 500.
    fn uses_script(&self) -> bool {
        false
    }

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
    /// How the member reads.
    #[serde(skip)]
    pub locale: Locale,
}

/// The audience of a page, which decides its header and its language.
#[derive(Clone, Copy)]
pub enum Audience<'a> {
    /// A guest: the header links to sign-in and sign-up.
    Guest(Locale),
    /// A member: the header shows their name and navigation.
    Member(&'a Viewer),
    /// Guest or member: the page does not ask the database, as links from emails do not either.
    Unknown(Locale),
    /// Probably a member: the browser holds a session, and the page does not ask the database. An error shows
    /// the navigation, without a name.
    Returning(Locale),
}

impl Audience<'_> {
    fn language(&self) -> Language {
        match self {
            Self::Guest(locale) | Self::Unknown(locale) | Self::Returning(locale) => locale.language,
            Self::Member(viewer) => viewer.locale.language,
        }
    }
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

/// The minutes until a refused attempt is admitted again, rounded up.
#[must_use]
pub fn minutes(wait: Duration) -> u64 {
    wait.as_secs().div_ceil(60).max(1)
}

/// The loaded templates and the URLs of the static files.
pub struct View {
    templates: Vec<(Language, Tera)>,
    /// The hash of the static files.
    assets: String,
    /// The static files of `OVERRIDES_DIR`.
    replaced: BTreeMap<String, PathBuf>,
    /// The static files that come from variables.
    made: Vec<MadeFile>,
    plain: Head,
    scripted: Head,
    script_digest: String,
    navigation: Vec<NavigationGroup>,
    identity: Identity,
}

/// The one script that we have, below `static/`.
pub const SCRIPT: &str = "passkeys.js";

/// The policies of pages, as their meta tags say them.
#[derive(Clone, Copy)]
pub struct MetaPolicies<'a> {
    /// The policy of a page without a script.
    pub plain: &'a str,
    /// The policy of a page that runs the script.
    pub scripted: &'a str,
    /// The digest of the script: `sha256-…`.
    pub script_digest: &'a str,
}

/// What the head of each page must have.
struct Head {
    policy: String,
    /// The tags: the policy, and for some pages the script.
    tags: Vec<String>,
}

impl Head {
    fn new(policy: &str, script: Option<String>) -> Self {
        let meta = format!("<meta http-equiv=\"Content-Security-Policy\" content=\"{policy}\">");
        Self { policy: policy.to_owned(), tags: std::iter::once(meta).chain(script).collect() }
    }
}

/// A static file that is on no disk: the logo, and the style sheet of the accent.
#[derive(Clone)]
pub struct MadeFile {
    /// The name in URLs.
    pub name: &'static str,
    /// The media type.
    pub content_type: &'static str,
    /// The content.
    pub content: Bytes,
}

impl MadeFile {
    /// The files of an identity.
    fn of(identity: &Identity) -> Vec<Self> {
        let logo = identity.logo.iter().map(|logo| Self {
            name: logo.file_name,
            content_type: logo.content_type,
            content: logo.bytes.clone().into(),
        });
        let accent = identity.accent.iter().map(|accent| Self {
            name: "accent.css",
            content_type: "text/css; charset=utf-8",
            content: accent.stylesheet().into(),
        });
        logo.chain(accent).collect()
    }
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
#[derive(Clone, Copy, Default)]
pub struct Rendered {
    /// Whether the page runs the script. Only a scripted route may answer with it.
    pub script: bool,
}

/// Why the pages cannot be shown; found at start.
#[derive(Debug, thiserror::Error)]
pub enum ViewProblem {
    /// A template is malformed, or the folder cannot be read.
    #[error("templates: {0}")]
    Templates(String),
    /// A static file cannot be served.
    #[error("{0} {1}")]
    StaticFile(String, &'static str),
    /// A file cannot be read.
    #[error("{0}")]
    Unreadable(#[from] std::io::Error),
}

impl ViewProblem {
    /// A file that cannot be read, with its path.
    #[must_use]
    pub fn unreadable(path: &Path, error: &io::Error) -> Self {
        Self::Unreadable(io::Error::new(error.kind(), format!("{}: {error}", path.display())))
    }
}

impl View {
    /// Loads and checks all templates, and hashes the static files.
    ///
    /// # Errors
    /// A [`ViewProblem`]: the server must not start.
    pub fn load(
        assets: &Assets,
        policies: MetaPolicies<'_>,
        catalogues: &Catalogues,
        routes: &RouteMap,
        identity: Identity,
    ) -> Result<Self, ViewProblem> {
        templates::check_overrides(assets)?;
        let load =
            |language: &Language| Ok((*language, templates::load(assets, catalogues.of(*language).clone())?));
        let navigation = routes.navigation().into_iter().map(|(group, pages)| NavigationGroup {
            heading: heading(group),
            pages: pages.into_iter().map(|(path, title)| NavigationLink { path, title }).collect(),
        });
        let (files, made) = (assets.files("static", "")?, MadeFile::of(&identity));
        for (name, file) in &files {
            let problem = if name == SCRIPT && file.is_override {
                "stands in for the one script that our pages run: its digest is part of their policy, so only ours runs"
            } else if name.contains(['{', '}']) {
                "has a brace in its name"
            } else if made.iter().any(|made| made.name == *name) {
                "stands in for the file that SITE_LOGO or ACCENT_COLOR makes: use one of them"
            } else {
                continue;
            };
            return Err(ViewProblem::StaticFile(file.path.display().to_string(), problem));
        }
        let assets_digest = hash_of(&files, &made)?;
        let MetaPolicies { plain, scripted, script_digest } = policies;
        let script_url = url_of(&assets_digest, SCRIPT);
        let script = format!("<script src=\"{script_url}\" integrity=\"{script_digest}\" defer></script>");
        let view = Self {
            templates: Language::ALL.iter().map(load).collect::<Result<_, ViewProblem>>()?,
            assets: assets_digest,
            made,
            replaced: files
                .into_iter()
                .filter(|(_, file)| file.is_override)
                .map(|(name, file)| (name, file.path))
                .collect(),
            plain: Head::new(plain, None),
            scripted: Head::new(scripted, Some(script)),
            script_digest: script_digest.to_owned(),
            navigation: navigation.collect(),
            identity,
        };
        for (language, tera) in &view.templates {
            let audience = Audience::Guest(Locale::in_utc(*language));
            let plain = view.context(audience, &EmptyPage {}, false);
            for layout in templates::LAYOUTS {
                templates::check_layout(tera, layout, &plain, &view.plain.tags)?;
            }
            let scripted = view.context(audience, &EmptyPage {}, true);
            templates::check_layout(tera, templates::LAYOUT, &scripted, &view.scripted.tags)?;
        }
        Ok(view)
    }

    /// The folder of the static files in URLs. It holds a hash: new files get new URLs.
    #[must_use]
    pub fn assets_path(&self) -> String {
        url_of(&self.assets, "")
    }

    /// The static files that stand in for ours or beside them, by their names.
    pub fn replaced_files(&self) -> impl Iterator<Item = (&str, &Path)> {
        self.replaced.iter().map(|(name, path)| (name.as_str(), path.as_path()))
    }

    /// The static files that are on no disk.
    #[must_use]
    pub fn made_files(&self) -> &[MadeFile] {
        &self.made
    }

    /// The URL of a static file.
    #[must_use]
    pub fn asset_url(&self, file: &str) -> String {
        url_of(&self.assets, file)
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
        let html = self.html(audience, page)?;
        let mut response = HttpResponse::build(status)
            .content_type("text/html; charset=utf-8")
            .insert_header((header::CONTENT_LANGUAGE, audience.language().tag()))
            .body(html);
        response.extensions_mut().insert(Rendered { script: page.uses_script() });
        Ok(response)
    }

    fn html<P: Page>(&self, audience: Audience<'_>, page: &P) -> Result<String, AppError> {
        let template = page.template();
        let language = audience.language();
        let tera = self.templates.iter().find(|(found, _)| *found == language).map(|(_, tera)| tera);
        let tera = tera.ok_or_else(|| AppError::Internal(format!("no templates in {language:?}")))?;
        let head = if page.uses_script() { &self.scripted } else { &self.plain };
        let html = tera.render(&template, &self.context(audience, page, page.uses_script()));
        let html = html.map_err(|error| AppError::Internal(db::with_causes(&error)))?;
        // An overriding layout can let a page replace its head.
        if let Some(tag) = head.tags.iter().find(|tag| !html.contains(*tag)) {
            return Err(AppError::Internal(format!("{template} does not carry {tag}")));
        }
        // A click on a link inside a frame would open our pages as if from our own.
        if P::MAY_BE_FRAMED && (page.uses_script() || templates::holds_control(&html)) {
            return Err(AppError::Internal(format!(
                "{template} may be framed and holds a control or a script"
            )));
        }
        Ok(html)
    }

    fn context(&self, audience: Audience<'_>, page: &impl Serialize, script: bool) -> Context {
        let mut context = Context::new();
        context.insert("lang", &audience.language());
        context.insert("css_url", &self.asset_url("app.css"));
        let accent = self.identity.accent.as_ref().map(|_| self.asset_url("accent.css"));
        context.insert("accent_url", &accent);
        let logo = self.identity.logo.as_ref();
        let (icon, kind) =
            logo.map_or(("icon.svg", "image/svg+xml"), |logo| (logo.file_name, logo.content_type));
        context.insert("icon_url", &self.asset_url(icon));
        context.insert("icon_type", kind);
        let head = if script { &self.scripted } else { &self.plain };
        context.insert("meta_csp", &head.policy);
        context.insert("script_url", &script.then(|| self.asset_url(SCRIPT)));
        context.insert("script_digest", &script.then_some(&self.script_digest));
        context.insert("site", &self.identity);
        let viewer = if let Audience::Member(viewer) = audience { Some(viewer) } else { None };
        context.insert("viewer", &viewer);
        context.insert("is_guest", &matches!(audience, Audience::Guest(_)));
        let navigates = matches!(audience, Audience::Member(_) | Audience::Returning(_));
        context.insert("navigation", &navigates.then_some(&self.navigation));
        context.insert("page", page);
        context
    }
}

/// A page without content, of which a layout is checked.
#[derive(Serialize)]
struct EmptyPage {}

/// A redirect (303): the browser opens this path by GET.
#[must_use]
pub fn see_other(path: &str) -> HttpResponse {
    HttpResponse::SeeOther().insert_header((header::LOCATION, path)).finish()
}

/// The URL of a static file. It holds the hash of all of them.
fn url_of(hash: &str, file: &str) -> String {
    format!("{ASSET_FOLDER}{hash}/{file}")
}

/// The SHA-256 of the names and contents of the static files, shortened to 16 hex digits.
fn hash_of(files: &BTreeMap<String, AssetFile>, made: &[MadeFile]) -> std::io::Result<String> {
    let mut digest = Sha256::new();
    for (name, file) in files {
        digest.update(name.as_bytes());
        let named =
            |error: io::Error| io::Error::new(error.kind(), format!("{}: {error}", file.path.display()));
        digest.update(fs::read(&file.path).map_err(named)?);
    }
    for file in made {
        digest.update(file.name.as_bytes());
        digest.update(&file.content);
    }
    Ok(digest.finalize().iter().take(8).map(|byte| format!("{byte:02x}")).collect())
}
