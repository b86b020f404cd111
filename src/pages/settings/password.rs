//! `/settings/password`: begins a change of the password. The confirm page asks for the present one.

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};
use serde::{Deserialize, Serialize};

use crate::actions::{self, ActionKind, ChangePassword, SensitiveAction as _, page};
use crate::domain::{DisplayName, Password};
use crate::error::AppError;
use crate::extract::{Arrival, Client, Form, SignedIn, StaleSubmission, VerifiedForm};
use crate::locales::Message;
use crate::security::throttle::Charged;
use crate::state::AppState;
use crate::view::{Field, Page, see_other};

/// The fields that were typed.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct PasswordForm {
    password: String,
    /// `yes` to sign out everywhere else.
    end_others: String,
}

impl Form for PasswordForm {
    async fn show_again(
        self,
        StaleSubmission { state, member, .. }: StaleSubmission<'_>,
    ) -> Result<HttpResponse, AppError> {
        let fields = Fields { password: Field::default(), end_others: self.end_others == "yes" };
        form(state, StatusCode::FORBIDDEN, member, fields, Some(Message::FormStale))
    }
}

#[derive(Serialize)]
struct PasswordPage<'a> {
    csrf_token: &'a str,
    email: &'a str,
    /// Whether the account has a second factor, so that a shorter password is enough.
    second_factor: bool,
    notice: Option<Message>,
    form: Fields,
}

#[derive(Serialize)]
struct Fields {
    password: Field,
    end_others: bool,
}

impl Page for PasswordPage<'_> {
    const TEMPLATE: &'static str = "pages/settings/password.html";
}

/// Shows the form; a browser that comes from elsewhere gets the arrival page.
pub async fn show(
    state: web::Data<AppState>,
    arrival: Arrival,
    member: SignedIn,
) -> Result<HttpResponse, AppError> {
    if let Some(link) = arrival.detour() {
        let page = page::arrival(ActionKind::of::<ChangePassword>(), link);
        return state.view.page(StatusCode::OK, member.audience(), &page);
    }
    let fields = Fields { password: Field::default(), end_others: true };
    form(&state, StatusCode::OK, &member, fields, None)
}

/// Begins the change. It is counted before the new password is checked and hashed.
pub async fn submit(
    state: web::Data<AppState>,
    client: Client,
    VerifiedForm { member, fields }: VerifiedForm<PasswordForm>,
) -> Result<HttpResponse, AppError> {
    let end_others = fields.end_others == "yes";
    let charged = actions::admit(&state, &client, &member, ChangePassword::ATTEMPT).await?;
    let begun = begin(&state, &client, &member, fields.password, end_others, &charged).await;
    if begun.is_err() {
        state.throttle.give_back(&state.pool, &charged).await;
    }
    match begun? {
        Ok(confirm_page) => Ok(see_other(&confirm_page)),
        Err(problem) => {
            let fields = Fields { password: Field::refused(problem), end_others };
            form(&state, StatusCode::UNPROCESSABLE_ENTITY, &member, fields, None)
        }
    }
}

/// The path of the confirm page, or the problem with the password.
async fn begin(
    state: &AppState,
    client: &Client,
    member: &SignedIn,
    typed: String,
    end_others: bool,
    charged: &Charged,
) -> Result<Result<String, Message>, AppError> {
    let name = DisplayName::parse(&member.user.display_name).ok();
    let second_factor = member.user.second_factor_since.is_some();
    let checked = state.hashing.check(client.address, second_factor, typed, name, member.email()?);
    let password: Password = match checked.await? {
        Ok(password) => password,
        Err(problem) => return Ok(Err(problem.into())),
    };
    let hash = state.hashing.hash(client.address, &password).await?;
    let action = ChangePassword { hash, is_short: password.is_short(), end_others };
    actions::begin_admitted(state, member, action, charged).await.map(Ok)
}

fn form(
    state: &AppState,
    status: StatusCode,
    member: &SignedIn,
    form: Fields,
    notice: Option<Message>,
) -> Result<HttpResponse, AppError> {
    let (csrf_token, email) = (member.viewer.csrf_token.as_str(), member.user.email.as_str());
    let second_factor = member.user.second_factor_since.is_some();
    let page = PasswordPage { csrf_token, email, second_factor, notice, form };
    state.view.page(status, member.audience(), &page)
}
