//! The page templates, loaded once at start for each language, and the responses made from them.

mod templates;

use std::any::TypeId;
use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use actix_web::HttpResponse;
use actix_web::http::{StatusCode, header};
use actix_web::web::Bytes;
use memchr::memmem::Finder;
use serde::Serialize;
use tera::{Context, Tera, Value};

use crate::assets::Assets;
use crate::config::Identity;
use crate::db;
use crate::domain::csp_directive::leading_to;
use crate::domain::{Language, Locale, ReturnOrigin};
use crate::error::AppError;
use crate::locales::{Catalogues, Message};
use crate::route_map::{Group, RouteMap};
use crate::static_files::{SCRIPT, StaticFiles};

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

    /// The application on whose site a form of the page may end. Elsewhere than on a route that leads out, the headers
    /// forbid it nevertheless.
    fn leads_to(&self) -> Option<ReturnOrigin> {
        None
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
    languages: Vec<Pages>,
    static_files: Arc<StaticFiles>,
    plain: Head,
    scripted: Head,
}

/// The pages of one language.
struct Pages {
    language: Language,
    templates: Tera,
    /// The account's navigation, as data and as HTML by the place that it marks.
    navigation: Value,
    account_nav: Value,
    /// The pages without data, as guests see them.
    for_guests: RwLock<HashMap<TypeId, Bytes>>,
}

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
    policy: Value,
    script_url: Value,
    script_digest: Value,
    /// The policy, and for some pages the script.
    tags: Vec<Tag>,
}

/// A tag of the head. Each page is searched for it, so the search is prepared once.
struct Tag(Finder<'static>);

impl Tag {
    fn new(text: &str) -> Self {
        Self(Finder::new(text).into_owned())
    }

    fn text(&self) -> Cow<'_, str> {
        String::from_utf8_lossy(self.0.needle())
    }

    fn is_in(&self, html: &str) -> bool {
        self.0.find(html.as_bytes()).is_some()
    }
}

impl Head {
    /// The head of pages with this policy, and the URL and digest of their script.
    fn new(policy: &str, script: Option<(&str, &str)>) -> Self {
        let meta = format!("<meta http-equiv=\"Content-Security-Policy\" content=\"{policy}\">");
        let tag = script
            .map(|(url, digest)| format!("<script src=\"{url}\" integrity=\"{digest}\" defer></script>"));
        Self {
            policy: Value::normal_string(policy),
            script_url: Value::from_serializable(&script.map(|(url, _)| url)),
            script_digest: Value::from_serializable(&script.map(|(_, digest)| digest)),
            tags: std::iter::once(meta).chain(tag).map(|tag| Tag::new(&tag)).collect(),
        }
    }
}

impl Head {
    /// The same head with a policy that lets forms end on the site of an application.
    fn leading_to(&self, origin: &ReturnOrigin) -> Self {
        let opened = |text: &str| leading_to(text, origin);
        Self {
            policy: Value::normal_string(&opened(self.policy.as_str().unwrap_or_default())),
            script_url: self.script_url.clone(),
            script_digest: self.script_digest.clone(),
            tags: self.tags.iter().map(|tag| Tag::new(&opened(&tag.text()))).collect(),
        }
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
    /// A file cannot be read.
    #[error("{0}")]
    Unreadable(#[from] std::io::Error),
}

impl View {
    /// Loads and checks all templates.
    ///
    /// # Errors
    /// A [`ViewProblem`]: the server must not start.
    pub fn load(
        assets: &Assets,
        policies: MetaPolicies<'_>,
        static_files: Arc<StaticFiles>,
        catalogues: &Catalogues,
        routes: &RouteMap,
        identity: Identity,
    ) -> Result<Self, ViewProblem> {
        templates::check_overrides(assets)?;
        let navigation = routes.navigation().into_iter().map(|(group, pages)| NavigationGroup {
            heading: heading(group),
            pages: pages.into_iter().map(|(path, title)| NavigationLink { path, title }).collect(),
        });
        let navigation: Vec<_> = navigation.collect();
        let MetaPolicies { plain, scripted, script_digest } = policies;
        let script_url = static_files.url(SCRIPT);
        let load = |language: &Language| {
            let mut templates = templates::load(assets, Arc::clone(catalogues.of(*language)))?;
            put_constants(templates.global_context(), *language, &static_files, &identity);
            Pages::new(*language, templates, &navigation)
        };
        let languages = Language::ALL.iter().map(load).collect::<Result<_, ViewProblem>>()?;
        let view = Self {
            languages,
            static_files,
            plain: Head::new(plain, None),
            scripted: Head::new(scripted, Some((script_url.as_str(), script_digest))),
        };
        for pages in &view.languages {
            let audience = Audience::Guest(Locale::in_utc(pages.language));
            let plain = pages.context(audience, &EmptyPage {}, &view.plain);
            for layout in templates::LAYOUTS {
                templates::check_layout(&pages.templates, layout, &plain, &view.plain.tags)?;
            }
            let scripted = pages.context(audience, &EmptyPage {}, &view.scripted);
            let layout = templates::LAYOUT;
            templates::check_layout(&pages.templates, layout, &scripted, &view.scripted.tags)?;
        }
        Ok(view)
    }

    /// The URL of a static file.
    #[must_use]
    pub fn asset_url(&self, file: &str) -> String {
        self.static_files.url(file)
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
        Ok(respond(status, audience.language(), page, self.html(audience, page)?))
    }

    /// The response with a page that shows no data, for a guest. It is rendered once for each language.
    ///
    /// # Errors
    /// [`AppError::Internal`] for a fault in the template.
    pub fn page_without_data<P>(&self, language: Language) -> Result<HttpResponse, AppError>
    where
        P: Page + Default + 'static,
    {
        let (page, rendered) = (P::default(), &self.of(language)?.for_guests);
        let known = rendered.read().unwrap_or_else(PoisonError::into_inner).get(&TypeId::of::<P>()).cloned();
        let html = match known {
            Some(html) => html,
            None => {
                let html = Bytes::from(self.html(Audience::Guest(Locale::in_utc(language)), &page)?);
                rendered
                    .write()
                    .unwrap_or_else(PoisonError::into_inner)
                    .insert(TypeId::of::<P>(), html.clone());
                html
            }
        };
        Ok(respond(StatusCode::OK, language, &page, html))
    }

    fn of(&self, language: Language) -> Result<&Pages, AppError> {
        let found = self.languages.iter().find(|pages| pages.language == language);
        found.ok_or_else(|| AppError::Internal(format!("no templates in {language:?}")))
    }

    fn html<P: Page>(&self, audience: Audience<'_>, page: &P) -> Result<String, AppError> {
        let template = page.template();
        let pages = self.of(audience.language())?;
        let head = if page.uses_script() { &self.scripted } else { &self.plain };
        let opened = page.leads_to().map(|origin| head.leading_to(&origin));
        let head = opened.as_ref().unwrap_or(head);
        let html = pages.templates.render(&template, &pages.context(audience, page, head));
        let html = html.map_err(|error| AppError::Internal(db::with_causes(&error)))?;
        // An overriding layout can let a page replace its head.
        if let Some(tag) = head.tags.iter().find(|tag| !tag.is_in(&html)) {
            return Err(AppError::Internal(format!("{template} does not carry {}", tag.text())));
        }
        // A click on a link inside a frame would open our pages as if from our own.
        if P::MAY_BE_FRAMED && (page.uses_script() || templates::holds_control(&html)) {
            return Err(AppError::Internal(format!(
                "{template} may be framed and holds a control or a script"
            )));
        }
        Ok(html)
    }
}

impl Pages {
    fn new(language: Language, templates: Tera, navigation: &[NavigationGroup]) -> Result<Self, ViewProblem> {
        let navigation = Value::from_serializable(&navigation);
        let account_nav = templates::account_nav(&templates, &navigation)?;
        Ok(Self { language, templates, navigation, account_nav, for_guests: RwLock::default() })
    }

    /// What varies between pages.
    fn context(&self, audience: Audience<'_>, page: &impl Serialize, head: &Head) -> Context {
        let mut context = Context::new();
        context.insert_value("meta_csp", head.policy.clone());
        context.insert_value("script_url", head.script_url.clone());
        context.insert_value("script_digest", head.script_digest.clone());
        let viewer = if let Audience::Member(viewer) = audience { Some(viewer) } else { None };
        context.insert("viewer", &viewer);
        context.insert("is_guest", &matches!(audience, Audience::Guest(_)));
        let navigates = matches!(audience, Audience::Member(_) | Audience::Returning(_));
        context.insert_value("navigation", if navigates { self.navigation.clone() } else { Value::none() });
        context.insert_value("account_nav", self.account_nav.clone());
        context.insert("page", page);
        context
    }
}

/// The response with the HTML of a page.
fn respond(status: StatusCode, language: Language, page: &impl Page, html: impl Into<Bytes>) -> HttpResponse {
    let mut response = HttpResponse::build(status)
        .content_type("text/html; charset=utf-8")
        .insert_header((header::CONTENT_LANGUAGE, language.tag()))
        .body(html.into());
    response.extensions_mut().insert(Rendered { script: page.uses_script() });
    if let Some(origin) = page.leads_to() {
        response.extensions_mut().insert(origin);
    }
    response
}

/// Puts what is the same on every page of a language.
fn put_constants(context: &mut Context, language: Language, files: &StaticFiles, identity: &Identity) {
    let (icon, kind) = identity
        .logo
        .as_ref()
        .map_or(("icon.svg", "image/svg+xml"), |logo| (logo.file_name, logo.content_type));
    context.insert("lang", &language);
    context.insert("css_url", &files.url("app.css"));
    context.insert("accent_url", &identity.accent.as_ref().map(|_| files.url("accent.css")));
    context.insert("icon_url", &files.url(icon));
    context.insert("icon_type", kind);
    context.insert("site", identity);
}

/// A page without content, of which a layout is checked.
#[derive(Serialize)]
struct EmptyPage {}

/// A redirect (303): the browser opens this path by GET.
#[must_use]
pub fn see_other(path: &str) -> HttpResponse {
    HttpResponse::SeeOther().insert_header((header::LOCATION, path)).finish()
}
