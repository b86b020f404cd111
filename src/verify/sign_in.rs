//! Signing in to a site by a recipe: it opens a page, fills its form in, sends it as a browser does, and follows
//! the redirects. It is the only part of a check that posts, and it posts only what a recipe says, to the origin
//! of the site.

mod problem;
mod recipe;

use std::time::Instant;

use url::Url;
use url::form_urlencoded::Serializer;

pub use self::problem::SignInProblem;
use self::recipe::Step;
pub use self::recipe::{Recipe, RecipeProblem};
use super::form::{Form, forms};
use super::links::{redirect, shown, target};
use super::report::printable;
use super::response::Response;
use super::session::Session;
use super::wire::Request;

/// The most redirects after one request.
const REDIRECTS: usize = 10;
/// How many names an error lists.
const LISTED: usize = 12;

/// A page on the way into the site.
pub(super) struct Opened {
    /// Such as `POST /sign-in`.
    pub(super) place: String,
    pub(super) url: Url,
    pub(super) response: Response,
}

/// A sign-in that worked.
pub(super) struct SignedIn {
    /// The page on which it began.
    pub(super) page: Url,
    /// Every response on the way, for the judge.
    pub(super) opened: Vec<Opened>,
}

/// Signs in to the site of the session. After the deadline nothing is sent.
pub(super) async fn run(
    session: &mut Session,
    site: &Url,
    recipe: &Recipe,
    deadline: Instant,
) -> Result<SignedIn, SignInProblem> {
    for value in recipe.values() {
        session.add_secret(value);
    }
    let mut sign_in = SignIn { session, deadline, opened: Vec::new() };
    let mut first = None;
    for step in &recipe.steps {
        if let Some(path) = &step.page {
            let url = site.join(path).unwrap_or_else(|_invalid| site.clone());
            first.get_or_insert_with(|| url.clone());
            sign_in.open(Request::navigation("GET", ""), url).await?;
        }
        sign_in.fill_in(step).await?;
    }
    let place = sign_in.opened.last().map(|opened| opened.place.clone()).unwrap_or_default();
    if !sign_in.session.has_cookies() {
        return Err(SignInProblem::NoCookie { place });
    }
    Ok(SignedIn { page: first.unwrap_or_else(|| site.clone()), opened: sign_in.opened })
}

struct SignIn<'a> {
    session: &'a mut Session,
    deadline: Instant,
    opened: Vec<Opened>,
}

impl SignIn<'_> {
    /// Sends a request, and follows its redirects within the origin.
    async fn open(&mut self, mut request: Request, mut url: Url) -> Result<(), SignInProblem> {
        let first = format!("{} {}", request.method, shown(&url));
        for _ in 0..=REDIRECTS {
            let place = self.session.hide(&format!("{} {}", request.method, shown(&url)));
            if Instant::now() >= self.deadline {
                return Err(SignInProblem::Late { place });
            }
            request.path = target(&url);
            let result = self.session.visit(&url, request.clone()).await;
            let response = result.map_err(|error| SignInProblem::Unreachable {
                place: place.clone(),
                cause: self.session.hide(&error.to_string()),
            })?;
            let next = redirect(&url, &response);
            let status = response.status;
            self.opened.push(Opened { place: place.clone(), url: url.clone(), response });
            let Some(next) = next else { return Ok(()) };
            self.stay(&place, &url, &next)?;
            // As browsers do: only these two repeat the method and the body.
            if !matches!(status, 307 | 308) {
                request = Request::navigation("GET", "").with("sec-fetch-site", "same-origin");
            }
            url = next;
        }
        Err(SignInProblem::TooManyRedirects { place: self.session.hide(&first), most: REDIRECTS })
    }

    /// Fails if a request at `url` leads to another origin.
    fn stay(&self, place: &str, url: &Url, next: &Url) -> Result<(), SignInProblem> {
        if next.origin() == url.origin() {
            return Ok(());
        }
        let target = self.session.hide(&next.origin().ascii_serialization());
        Err(SignInProblem::Elsewhere { place: place.to_owned(), target })
    }

    /// Fills in the form of the page that was opened last, and sends it.
    async fn fill_in(&mut self, step: &Step) -> Result<(), SignInProblem> {
        let Some(Opened { place, url, response }) = self.opened.last() else { return Ok(()) };
        let (place, url) = (place.clone(), url.clone());
        if response.status >= 400 {
            return Err(SignInProblem::NoPage { place, status: response.status });
        }
        let form = self.choose(step, &place, &forms(response))?;
        let action = url.join(&form.action).unwrap_or_else(|_invalid| url.clone());
        self.stay(&format!("the form at {place}"), &url, &action)?;
        if !form.method.eq_ignore_ascii_case("post") {
            // Its fields would be part of a URL, which logs keep.
            return Err(SignInProblem::Unsupported { place, how: "is sent by GET, in the web address" });
        }
        if form.multipart {
            return Err(SignInProblem::Unsupported { place, how: "is sent as multipart/form-data" });
        }
        let body = Serializer::new(String::new()).extend_pairs(&form.sent).finish();
        let mut request = Request::submission(self.session.origin(), "", &body);
        request = request.with("referer", url.as_str());
        self.open(request, action.clone()).await?;
        self.check(step, &action)
    }

    /// The form that the step means, filled in.
    fn choose(&self, step: &Step, place: &str, forms: &[Form]) -> Result<FilledForm, SignInProblem> {
        let meant = |form: &&Form| match &step.form {
            None => true,
            Some(name) => form.action == *name || form.attribute("id") == Some(name),
        };
        let missing = |form: &Form| {
            let names = form.names();
            step.fields.iter().filter(|(name, _)| !names.contains(&name.as_str())).count()
        };
        let meant: Vec<&Form> = forms.iter().filter(meant).collect();
        if let Some(form) = meant.iter().find(|form| missing(form) == 0) {
            return Ok(FilledForm {
                action: form.action.clone(),
                method: form.attribute("method").unwrap_or("get").to_owned(),
                multipart: form
                    .attribute("enctype")
                    .is_some_and(|kind| kind.eq_ignore_ascii_case("multipart/form-data")),
                sent: form.filled_in(&step.fields),
            });
        }
        let Some(nearest) = meant.into_iter().min_by_key(|form| missing(form)) else {
            let which = step.form.as_ref().map(|name| format!(" that leads to `{name}` or has that id"));
            let known = forms.iter().map(|form| format!("one that leads to `{}`", form.action));
            return Err(SignInProblem::NoForm {
                place: place.to_owned(),
                which: which.unwrap_or_default(),
                known: self.listed(known, "none"),
            });
        };
        let names = nearest.names();
        let field = step.fields.iter().map(|(name, _)| name).find(|name| !names.contains(&name.as_str()));
        Err(SignInProblem::NoField {
            place: place.to_owned(),
            field: field.cloned().unwrap_or_default(),
            known: self.listed(names.iter().map(|name| (*name).to_owned()), "no field"),
        })
    }

    /// Fails if the page to which a step has led is an error, or asks for the same again.
    fn check(&self, step: &Step, action: &Url) -> Result<(), SignInProblem> {
        let Some(Opened { place, url, response }) = self.opened.last() else { return Ok(()) };
        let (place, status) = (place.clone(), response.status);
        let same = |form: Form| {
            let leads = url.join(&form.action).is_ok_and(|leads| leads.path() == action.path());
            leads && step.fields.iter().all(|(name, _)| form.asks_for(name))
        };
        if forms(response).into_iter().any(same) {
            return Err(SignInProblem::StillThere { place, status });
        }
        if status >= 400 { Err(SignInProblem::Refused { place, status }) } else { Ok(()) }
    }

    /// Names that a site has chosen, in one short line.
    fn listed(&self, names: impl Iterator<Item = String>, none: &str) -> String {
        let brief = |name: String| match name.char_indices().nth(60) {
            Some((end, _)) => format!("{}…", name.get(..end).unwrap_or_default()),
            None => name,
        };
        let mut names: Vec<String> = names.map(brief).take(LISTED + 1).collect();
        if names.len() > LISTED {
            names.truncate(LISTED);
            names.push("…".to_owned());
        }
        if names.is_empty() {
            return none.to_owned();
        }
        printable(&self.session.hide(&names.join(", ")))
    }
}

/// A form that is ready to be sent.
struct FilledForm {
    action: String,
    method: String,
    multipart: bool,
    sent: Vec<(String, String)>,
}
