//! `/settings/two-factor/remove`: begins to remove a second factor. The confirm page asks for another one.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::actions::{self, ActionKind, RemoveFactor, page};
use crate::error::AppError;
use crate::extract::{Arrival, Client, Form, SignedIn, StaleSubmission, VerifiedForm, query};
use crate::locales::Message;
use crate::models::second_factor::{FactorId, SecondFactors};
use crate::state::AppState;
use crate::view::{Field, Page, see_other};

/// The factor that was chosen.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct RemoveForm {
    factor: String,
}

impl Form for RemoveForm {
    async fn show_again(
        self,
        StaleSubmission { state, member, .. }: StaleSubmission<'_>,
    ) -> Result<HttpResponse, AppError> {
        let factors = super::find(state, member).await?;
        let factor = Field::typed(&self.factor);
        form(state, StatusCode::FORBIDDEN, member, &factors, factor, Some(Message::FormStale))
    }
}

#[derive(Serialize)]
struct RemovePage<'a> {
    csrf_token: &'a str,
    notice: Option<Message>,
    factors: Vec<Choice<'a>>,
    form: Fields,
}

#[derive(Serialize)]
struct Choice<'a> {
    value: Uuid,
    name: &'a str,
}

#[derive(Serialize)]
struct Fields {
    factor: Field,
}

impl Page for RemovePage<'_> {
    const TEMPLATE: &'static str = "pages/settings/two_factor/remove.html";
}

/// Shows the factors to choose from; a browser that comes from elsewhere gets the arrival page.
pub async fn show(
    request: HttpRequest,
    state: web::Data<AppState>,
    arrival: Arrival,
    member: SignedIn,
) -> Result<HttpResponse, AppError> {
    if let Some(link) = arrival.detour() {
        let page = page::arrival(ActionKind::of::<RemoveFactor>(), link);
        return state.view.page(StatusCode::OK, member.audience(), &page);
    }
    let factors = super::find(&state, &member).await?;
    let chosen = query::once(request.query_string(), "factor").unwrap_or_default();
    form(&state, StatusCode::OK, &member, &factors, Field::typed(&chosen), None)
}

/// Begins the removal, unless it could not be confirmed.
pub async fn submit(
    state: web::Data<AppState>,
    client: Client,
    VerifiedForm { member, fields }: VerifiedForm<RemoveForm>,
) -> Result<HttpResponse, AppError> {
    let factors = super::find(&state, &member).await?;
    let refused = StatusCode::UNPROCESSABLE_ENTITY;
    let is_last = factors.len() == 1;
    let Some((factor, name)) = chosen(&factors, &fields.factor) else {
        return form(&state, refused, &member, &factors, Field::refused(Message::FactorChoose), None);
    };
    let problem = if is_last && member.user.short_password {
        Some(Message::FactorNeedsLongPassword)
    } else {
        (is_last && factors.recovery_codes == 0).then_some(Message::FactorNeedsRecoveryCode)
    };
    if problem.is_some() {
        return form(&state, refused, &member, &factors, Field::typed(&fields.factor), problem);
    }
    let action = RemoveFactor { factor, name: name.to_owned(), is_last };
    Ok(see_other(&actions::begin(&state, &client, &member, action).await?))
}

/// The factor of the account with this id, and its name.
fn chosen<'a>(factors: &'a SecondFactors, id: &str) -> Option<(FactorId, &'a str)> {
    let id: Uuid = id.parse().ok()?;
    factors.all().find(|(factor, _)| factor.id() == id)
}

fn form(
    state: &AppState,
    status: StatusCode,
    member: &SignedIn,
    factors: &SecondFactors,
    factor: Field,
    notice: Option<Message>,
) -> Result<HttpResponse, AppError> {
    if factors.is_empty() {
        return Ok(see_other("/settings/two-factor"));
    }
    let choices = factors.all().map(|(factor, name)| Choice { value: factor.id(), name });
    let page = RemovePage {
        csrf_token: &member.viewer.csrf_token,
        notice,
        factors: choices.collect(),
        form: Fields { factor },
    };
    state.view.page(status, member.audience(), &page)
}
