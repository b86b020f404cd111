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
use crate::actions::factor_proof::FactorProof;
use crate::actions::page::{self, Confirm, ConfirmFields};
use crate::actions::proof::{AskedProof, Proof, ProofCheck, ProofKind};
use crate::actions::{Confirmation, Landing, Pending};
use crate::domain::Language;
use crate::error::AppError;
use crate::extract::{Arrival, Button, Client, Form, SignedIn, StaleSubmission, VerifiedForm, query};
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
    code: String,
    passkey: String,
    ceremony: String,
    /// `typed` for a proof that can be typed.
    proof: String,
}

impl Form for ConfirmForm {
    async fn show_again(
        self,
        StaleSubmission { state, member, request }: StaleSubmission<'_>,
    ) -> Result<HttpResponse, AppError> {
        let id = request.match_info().get("id").unwrap_or_default();
        match Pending::find(state, member, id).await? {
            Ok(pending) => {
                let visit = ConfirmVisit::new(state, member, id, pending, self.proof == TYPED).await?;
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
    proof: AskedProof,
    /// Whether the user asked for a proof that can be typed.
    typed: bool,
}

/// The value of the field, and of the query, that asks for a proof that can be typed.
const TYPED: &str = "typed";

/// Shows the action; a browser that comes from elsewhere gets the arrival page.
pub async fn show(
    request: HttpRequest,
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
    let typed = query::once(request.query_string(), "proof").as_deref() == Some(TYPED);
    let visit = ConfirmVisit::new(&state, &member, &id, pending, typed).await?;
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
    let visit = ConfirmVisit::new(&state, &member, &id, pending, fields.proof == TYPED).await?;
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
    let proof = match visit.proof.kind {
        ProofKind::Password => Proof::Password(fields.password),
        ProofKind::Passkey => Proof::Factor(FactorProof::Passkey {
            sealed: fields.ceremony,
            answer: fields.passkey,
            bound_to: visit.pending.digest,
        }),
        ProofKind::Code | ProofKind::RecoveryCode => Proof::Factor(FactorProof::Code(fields.code)),
    };
    let proven = match proof.check(&state, &client, &member, visit.pending.action.removes()).await? {
        ProofCheck::Proven(proven) => proven,
        ProofCheck::Wrong => return visit.note_wrong(&client, served_at, visit.wrong_proof()).await,
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
        Confirmation::ProofOutdated => visit.note_wrong(&client, served_at, visit.wrong_proof()).await,
        Confirmation::SessionEnded => Err(AppError::SignedOut(None)),
        Confirmation::NotRun(PendingState::Open { .. }) => {
            let notice = Some(Message::ConfirmSpent);
            visit.page(StatusCode::UNPROCESSABLE_ENTITY, notice, ConfirmFields::default())
        }
        // The start page shows the outcome of a confirmation.
        Confirmation::NotRun(PendingState::Withdrawn) if visit.pending.action.leads_to().is_some() => {
            Ok(see_other(&visit.pending.action.start_path()))
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
        Ok(pending) => {
            pending.withdraw(&state, &member).await?;
            Ok(see_other(&pending.action.after_cancel()))
        }
        Err(over) => refuse(&state, &member, &over),
    }
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
        Landing::Made(path) | Landing::Application(path) => {
            (see_other(&path), device(state, request, member)?)
        }
    };
    answer.add_cookie(&cookie).map_err(|error| AppError::Internal(error.to_string()))?;
    Ok(answer)
}

fn device(state: &AppState, request: &HttpRequest, member: &SignedIn) -> Result<Cookie<'static>, AppError> {
    Ok(state.devices.carry(request, member.user.id, state.clock.now())?)
}

impl<'a> ConfirmVisit<'a> {
    async fn new(
        state: &'a AppState,
        member: &'a SignedIn,
        id: &'a str,
        pending: Pending,
        typed: bool,
    ) -> Result<Self, AppError> {
        // A team that requires a second factor lets a member without one do nothing but add one.
        let start = pending.action.kind().start;
        if member.lacks_required_factor(state) && !state.routes.enrols(start) {
            return Err(AppError::SecondFactorRequired { api: false });
        }
        let proof = AskedProof::of(state, member, pending.action.removes(), typed).await?;
        Ok(Self { state, member, id, pending, proof, typed })
    }

    /// The problem with a wrong proof, at its field.
    fn wrong_proof(&self) -> ConfirmFields {
        let none = ConfirmFields::default();
        match self.proof.kind {
            ProofKind::Passkey => {
                ConfirmFields { passkey: Field::refused(Message::ConfirmPasskeyRefused), ..none }
            }
            ProofKind::Password => {
                ConfirmFields { password: Field::refused(Message::ConfirmPasswordWrong), ..none }
            }
            ProofKind::Code | ProofKind::RecoveryCode => {
                ConfirmFields { code: Field::refused(Message::ConfirmCodeWrong), ..none }
            }
        }
    }

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
        let kind = self.proof.kind;
        let no_tick = fields.understood != "yes";
        let no_password = kind == ProofKind::Password && fields.password.is_empty();
        let no_passkey = kind == ProofKind::Passkey && fields.passkey.is_empty();
        let is_code = matches!(kind, ProofKind::Code | ProofKind::RecoveryCode);
        let no_code = is_code && fields.code.trim().is_empty();
        let no_word = fields.word.trim().is_empty() && self.pending.action.kind().word.is_some();
        if no_tick || no_password || no_passkey || no_code || no_word {
            return Err(Box::new(Refusal {
                notice: None,
                fields: ConfirmFields {
                    understood: need(no_tick, Message::ConfirmTickMissing),
                    word: need(no_word, Message::ConfirmWordMissing),
                    password: need(no_password, Message::PasswordEmpty),
                    code: need(no_code, Message::CodeEmpty),
                    passkey: need(no_passkey, Message::PasskeyNeedsScript),
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
        // No control of the page holds a passkey, so the summary has nothing to lead to.
        let notice = notice.or(form.passkey.error);
        let started = match (&self.state.passkeys, self.proof.kind) {
            (Some(passkeys), ProofKind::Passkey) => {
                let stored: Vec<&str> = self.proof.passkeys.iter().map(String::as_str).collect();
                let bound_to = self.pending.digest.as_bytes();
                Some(passkeys.start_authentication(self.member.user.id, &stored, bound_to)?)
            }
            _ => None,
        };
        let (options, ceremony) = started.map(|started| (started.options, started.sealed)).unzip();
        let data = Confirm {
            id: self.id,
            csrf_token: &self.member.viewer.csrf_token,
            stamp: self.state.form_stamp.serve(self.pending.digest, self.member.digest, now),
            email: &self.member.user.email,
            proof: self.proof.kind,
            typed: self.typed,
            options,
            ceremony,
            word: self.word(now),
            notice,
            form,
        };
        self.state.view.page(status, self.member.audience(), &page::confirm(&self.pending.action, data))
    }
}
