//! `/sign-in`: starts a session for an email address and its password. A member comes here again before a page that
//! asks for a recent sign-in: what waits in the former session goes on in the new one.

mod attempt;
pub mod passkey;
pub mod second_factor;
mod session_start;

use actix_web::http::{StatusCode, header};
use actix_web::{HttpRequest, HttpResponse, web};
use serde::{Deserialize, Serialize};

use self::attempt::{Outcome, SignInAttempt};
use crate::db;
use crate::domain::{EmailAddress, LocalPath, Locale};
use crate::error::AppError;
use crate::extract::{Client, Done, JustDone, PublicForm, Visitor, query};
use crate::locales::Message;
use crate::models::user;
use crate::security::throttle::Admission;
use crate::state::AppState;
use crate::view::{self, Audience, Field, Page, see_other};

/// The fields that were typed, and the path to continue to.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct SignInForm {
    email: String,
    password: String,
    /// `yes` to stay signed in on this device.
    remember: String,
    next: String,
}

#[derive(Default, Serialize)]
struct SignInPage {
    done: Option<Done>,
    notice: Option<Message>,
    wait_minutes: u64,
    reason: Option<Message>,
    /// Whether a member signs in again.
    again: bool,
    /// The days for which a device can stay signed in; zero without the choice.
    remember_days: u64,
    /// The query that goes on to the same page from the page for passkeys.
    next_query: String,
    form: Fields,
}

#[derive(Default, Serialize)]
struct Fields {
    email: Field,
    password: Field,
    remember: bool,
    next: Field,
}

impl Page for SignInPage {
    const TEMPLATE: &'static str = "pages/sign_in.html";
}

impl SignInPage {
    fn new(state: &AppState) -> Self {
        let remember_days = state.config.session_remember.as_secs() / (24 * 3600);
        Self { remember_days, ..Self::default() }
    }
}

/// Shows the form.
pub async fn show(
    request: HttpRequest,
    state: web::Data<AppState>,
    locale: Locale,
    visitor: Visitor,
    JustDone(done): JustDone,
) -> Result<HttpResponse, AppError> {
    let next = query::once(request.query_string(), "next").and_then(|next| LocalPath::parse(&next));
    let next_field = Field::typed(next.as_ref().map_or("", LocalPath::as_str));
    let next_query = next.as_ref().map_or_else(String::new, LocalPath::query);
    let mut page = SignInPage { done, next_query, ..SignInPage::new(&state) };
    page.form.next = next_field;
    let Visitor::Member(member) = visitor else {
        page.reason = next.map(|_| Message::SignInFirst);
        return state.view.page(StatusCode::OK, Audience::Guest(locale), &page);
    };
    let path = next.as_ref().map_or("/settings", LocalPath::as_str);
    if member.is_recent(state.clock.now()) || !state.routes.asks_for_recent_sign_in(path) {
        return Ok(see_other(path));
    }
    page.again = true;
    page.reason = Some(Message::SignInAgain);
    page.form.email = Field::typed(&member.user.email);
    page.form.remember = member.session.remembered;
    state.view.page(StatusCode::OK, member.audience(), &page)
}

/// Starts a session. A wrong password and an email address without an account look and cost the same.
pub async fn submit(
    request: HttpRequest,
    state: web::Data<AppState>,
    client: Client,
    PublicForm(form): PublicForm<SignInForm>,
) -> Result<HttpResponse, AppError> {
    let audience = Audience::Guest(client.locale);
    let SignInForm { email, password, remember, next } = form;
    let next = LocalPath::parse(&next);
    let address = EmailAddress::parse(&email);
    let mut page = SignInPage {
        form: Fields {
            email: Field::typed(&email).with_error(address.as_ref().err().copied()),
            password: Field::default().with_error(password.is_empty().then_some(Message::PasswordEmpty)),
            remember: remember == "yes",
            next: Field::typed(next.as_ref().map_or("", LocalPath::as_str)),
        },
        next_query: next.as_ref().map_or_else(String::new, LocalPath::query),
        ..SignInPage::new(&state)
    };
    let (Ok(address), false) = (address, password.is_empty()) else {
        return state.view.page(StatusCode::UNPROCESSABLE_ENTITY, audience, &page);
    };
    let found = db::statement(&state.pool, "user_find_by_email", async |conn| {
        user::find_by_email(conn, &address).await
    })
    .await?;
    let id = found.as_ref().map(|found| found.id);
    let (address, client) = (&address, &client);
    let attempt = SignInAttempt { state: &state, client, request: &request, address, found };
    let charged = match attempt.admit().await? {
        Admission::Admitted(charged) => charged,
        Admission::Wait(wait) => {
            page.notice = Some(Message::SignInLimited);
            page.wait_minutes = view::minutes(wait);
            let mut response = state.view.page(StatusCode::TOO_MANY_REQUESTS, audience, &page)?;
            response.headers_mut().insert(header::RETRY_AFTER, wait.as_secs().into());
            return Ok(response);
        }
    };
    let path = next.as_ref().map_or("/settings", LocalPath::as_str);
    let outcome = attempt.run(&password, page.form.remember, path).await;
    // A right password costs no attempt, and neither does one that we could not compare.
    if !matches!(outcome, Ok(Outcome::Wrong)) {
        state.throttle.give_back(&state.pool, &charged).await;
    }
    match outcome? {
        Outcome::Right(response) => Ok(response),
        Outcome::Disabled => {
            page.notice = Some(Message::SignInDisabled);
            state.view.page(StatusCode::FORBIDDEN, audience, &page)
        }
        Outcome::Wrong => {
            attempt.note_failure().await;
            let target = id.map_or_else(
                || format!("address {}", state.throttle.digest(address)),
                |id| format!("user {id}"),
            );
            // deploy/fail2ban reads this line.
            log::warn!("sign-in failed: {target} from {}", client.address);
            page.notice = Some(Message::SignInWrong);
            state.view.page(StatusCode::UNPROCESSABLE_ENTITY, audience, &page)
        }
    }
}
