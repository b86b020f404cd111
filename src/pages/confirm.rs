//! `/confirm/{id}`: describes a pending action and runs it once, for a tick, a proof and, if its kind asks
//! for it, a word that only this rendering shows. The form does not carry the action: it has been in the
//! database since the action began.

mod over;

use actix_web::cookie::Cookie;
use actix_web::http::{StatusCode, header};
use actix_web::{HttpRequest, HttpResponse, web};
use chrono::{DateTime, Utc};
use serde::Deserialize;
use unicode_normalization::UnicodeNormalization as _;

use self::over::refuse;
use crate::actions::page::{self, Confirm, ConfirmFields};
use crate::actions::proof::{Proof, ProofCheck};
use crate::actions::{Confirmation, Landing, Pending};
use crate::domain::Language;
use crate::error::AppError;
use crate::extract::{Arrival, Button, Client, Done, Form, SignedIn, StaleSubmission, VerifiedForm};
use crate::locales::Message;
use crate::models::pending_action::PendingState;
use crate::security::form_stamp::StampReading;
use crate::state::AppState;
use crate::view::{self, Field, see_other};

/// The fields that were ticked and typed.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct ConfirmForm {
    stamp: String,
    understood: String,
    word: String,
    password: String,
}

impl Form for ConfirmForm {
    async fn show_again(
        self,
        StaleSubmission { state, member, request }: StaleSubmission<'_>,
    ) -> Result<HttpResponse, AppError> {
        let id = request.match_info().get("id").unwrap_or_default();
        match Pending::find(state, member, id).await? {
            Ok(pending) => {
                let visit = ConfirmVisit { state, member, id, pending };
                visit.page(StatusCode::FORBIDDEN, Some(Message::FormStale), ConfirmFields::default())
            }
            Err(over) => refuse(state, member, &over),
        }
    }
}

/// The reason to show a form again before a password is compared.
struct Refusal {
    notice: Option<Message>,
    fields: ConfirmFields,
}

/// A member's visit to the confirm page of an action that can be confirmed.
struct ConfirmVisit<'a> {
    state: &'a AppState,
    member: &'a SignedIn,
    id: &'a str,
    pending: Pending,
}

/// Shows the action; a browser that comes from elsewhere gets the arrival page.
pub async fn show(
    state: web::Data<AppState>,
    arrival: Arrival,
    member: SignedIn,
    id: web::Path<String>,
) -> Result<HttpResponse, AppError> {
    let pending = match Pending::find(&state, &member, &id).await? {
        Ok(pending) => pending,
        Err(over) => return refuse(&state, &member, &over),
    };
    if let Some(link) = arrival.detour() {
        let page = page::arrival(pending.action.kind(), link);
        return state.view.page(StatusCode::OK, member.audience(), &page);
    }
    let visit = ConfirmVisit { state: &state, member: &member, id: &id, pending };
    visit.page(StatusCode::OK, None, ConfirmFields::default())
}

/// Runs the action.
pub async fn submit(
    request: HttpRequest,
    state: web::Data<AppState>,
    client: Client,
    id: web::Path<String>,
    VerifiedForm { member, fields }: VerifiedForm<ConfirmForm>,
) -> Result<HttpResponse, AppError> {
    let pending = match Pending::find(&state, &member, &id).await? {
        Ok(pending) => pending,
        Err(over) => return refuse(&state, &member, &over),
    };
    let visit = ConfirmVisit { state: &state, member: &member, id: &id, pending };
    let served_at = match visit.check(&fields) {
        Ok(served_at) => served_at,
        Err(refusal) => {
            return visit.page(StatusCode::UNPROCESSABLE_ENTITY, refusal.notice, refusal.fields);
        }
    };
    if !visit.has_word(&fields.word, served_at) {
        let word = Field::refused(Message::ConfirmWordWrong);
        return visit
            .note_wrong(&client, served_at, ConfirmFields { word, ..ConfirmFields::default() })
            .await;
    }
    let wrong = || ConfirmFields {
        password: Field::refused(Message::ConfirmPasswordWrong),
        ..ConfirmFields::default()
    };
    let proven = match Proof::Password(fields.password).check(&state, &client, &member).await? {
        ProofCheck::Proven(proven) => proven,
        ProofCheck::Wrong => return visit.note_wrong(&client, served_at, wrong()).await,
        ProofCheck::Wait(wait) => {
            let notice = Some(Message::ConfirmLimited);
            let fields = ConfirmFields { wait_minutes: view::minutes(wait), ..ConfirmFields::default() };
            let mut answer = visit.page(StatusCode::TOO_MANY_REQUESTS, notice, fields)?;
            answer.headers_mut().insert(header::RETRY_AFTER, wait.as_secs().into());
            return Ok(answer);
        }
    };
    match visit.pending.confirm(&state, &client, &member, &proven, served_at).await? {
        Confirmation::Ran(landing) => land(&state, &request, &member, landing),
        Confirmation::ProofOutdated => visit.note_wrong(&client, served_at, wrong()).await,
        Confirmation::SessionEnded => Err(AppError::SignedOut(None)),
        Confirmation::NotRun(PendingState::Open { .. }) => {
            let notice = Some(Message::ConfirmSpent);
            visit.page(StatusCode::UNPROCESSABLE_ENTITY, notice, ConfirmFields::default())
        }
        Confirmation::NotRun(over) => refuse(&state, &member, &over),
    }
}

/// Cancels an action. One click is enough, because nothing changes.
pub async fn cancel(
    state: web::Data<AppState>,
    id: web::Path<String>,
    VerifiedForm { member, .. }: VerifiedForm<Button>,
) -> Result<HttpResponse, AppError> {
    match Pending::find(&state, &member, &id).await? {
        Ok(pending) => pending.withdraw(&state, &member).await?,
        Err(over) => return refuse(&state, &member, &over),
    }
    Ok(see_other(&Done::new(Message::DoneCancelled).at("/settings")))
}

/// Redirects to the page that comes after an action.
fn land(
    state: &AppState,
    request: &HttpRequest,
    member: &SignedIn,
    landing: Landing,
) -> Result<HttpResponse, AppError> {
    let (mut answer, cookie) = match landing {
        Landing::SignedOut(path) => (see_other(path), state.cookie.clear()),
        // The owner has just proven to use this browser, and the action may have forgotten all devices.
        Landing::Page(path, done) => (see_other(&done.at(path)), device(state, request, member)?),
        Landing::Made(path) => (see_other(&path), device(state, request, member)?),
    };
    answer.add_cookie(&cookie).map_err(|error| AppError::Internal(error.to_string()))?;
    Ok(answer)
}

fn device(state: &AppState, request: &HttpRequest, member: &SignedIn) -> Result<Cookie<'static>, AppError> {
    Ok(state.devices.carry(request, member.user.id, state.clock.now())?)
}

impl ConfirmVisit<'_> {
    /// Checks that a form is complete; returns the moment at which it was served. An incomplete form writes
    /// nothing and compares no password.
    fn check(&self, fields: &ConfirmForm) -> Result<DateTime<Utc>, Box<Refusal>> {
        let notice =
            |message| Err(Box::new(Refusal { notice: Some(message), fields: ConfirmFields::default() }));
        let (stamps, now) = (&self.state.form_stamp, self.state.clock.now());
        let served_at = match stamps.read(self.pending.digest, self.member.digest, &fields.stamp, now) {
            reading @ (StampReading::Invalid | StampReading::TooRecent) => {
                // Honest browsers send neither.
                log::warn!("user {}: refused a confirm form: {reading:?}", self.member.user.id);
                let foreign = reading == StampReading::Invalid;
                return notice(if foreign { Message::ConfirmForeignStamp } else { Message::ConfirmTooFast });
            }
            StampReading::ServedAt(moment) if moment <= self.pending.spent_until => {
                return notice(Message::ConfirmSpent);
            }
            StampReading::ServedAt(moment) => moment,
        };
        let need = |missing: bool, message: Message| Field::default().with_error(missing.then_some(message));
        let (no_tick, no_password) = (fields.understood != "yes", fields.password.is_empty());
        let no_word = fields.word.trim().is_empty() && self.pending.action.kind().word.is_some();
        if no_tick || no_password || no_word {
            return Err(Box::new(Refusal {
                notice: None,
                fields: ConfirmFields {
                    understood: need(no_tick, Message::ConfirmTickMissing),
                    word: need(no_word, Message::ConfirmWordMissing),
                    password: need(no_password, Message::PasswordEmpty),
                    wait_minutes: 0,
                },
            }));
        }
        Ok(served_at)
    }

    /// The word and digits of a rendering, if the kind asks for them.
    fn word(&self, served_at: DateTime<Utc>) -> Option<String> {
        let word = self.word_in(self.member.locale().language)?;
        Some(format!("{word} {}", self.state.form_stamp.digits(self.pending.digest, served_at)))
    }

    fn word_in(&self, language: Language) -> Option<String> {
        self.pending.action.kind().word.map(|word| self.state.catalogues.of(language).text(word))
    }

    fn has_word(&self, typed: &str, served_at: DateTime<Utc>) -> bool {
        // In any language: it may have been changed since the page was served.
        let normal = |text: &str| text.to_lowercase().nfc().collect::<String>();
        let words = Language::ALL.iter().filter_map(|language| self.word_in(*language));
        let words: Vec<String> = words.map(|word| normal(&word)).collect();
        let typed = normal(typed);
        let accepted = self.state.form_stamp.accepted_digits(self.pending.digest, served_at);
        words.is_empty()
            || words.iter().any(|word| {
                accepted.iter().any(|digits| {
                    typed.split_whitespace().eq(word.split_whitespace().chain([digits.as_str()]))
                })
            })
    }

    async fn note_wrong(
        &self,
        client: &Client,
        served_at: DateTime<Utc>,
        fields: ConfirmFields,
    ) -> Result<HttpResponse, AppError> {
        match self.pending.note_wrong(self.state, client, self.member, served_at).await? {
            PendingState::Open { .. } => self.page(StatusCode::UNPROCESSABLE_ENTITY, None, fields),
            over => {
                let (user, kind) = (self.member.user.id, self.pending.action.kind().name);
                log::warn!("user {user}: {kind} ended after wrong attempts");
                refuse(self.state, self.member, &over)
            }
        }
    }

    /// The form, with a new stamp and a new word. The tick must be set again each time.
    fn page(
        &self,
        status: StatusCode,
        notice: Option<Message>,
        form: ConfirmFields,
    ) -> Result<HttpResponse, AppError> {
        let now = self.state.clock.now();
        let data = Confirm {
            id: self.id,
            csrf_token: &self.member.viewer.csrf_token,
            stamp: self.state.form_stamp.serve(self.pending.digest, self.member.digest, now),
            email: &self.member.user.email,
            word: self.word(now),
            notice,
            form,
        };
        self.state.view.page(status, self.member.audience(), &page::confirm(&self.pending.action, data))
    }
}
