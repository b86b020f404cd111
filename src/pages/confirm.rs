//! `/confirm/{id}`: shows a pending action in words and runs it, once, for a tick, a proof and, where
//! there is no way back later, a word that only this rendering has. The form carries nothing of what
//! runs: that stands in the database since the action was begun.

mod over;

use actix_web::http::{StatusCode, header};
use actix_web::{HttpResponse, web};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use self::over::refuse;
use crate::confirmation::running;
use crate::confirmation::words::Words;
use crate::confirmation::{Proof, Verdict};
use crate::db;
use crate::domain::{SecretToken, TokenDigest};
use crate::error::AppError;
use crate::extract::verified_form::STALE_NOTICE;
use crate::extract::{Arrival, Client, Done, RefusedForm, SignedIn, VerifiedForm};
use crate::models::pending_action::{self, Action, Claim, Found, Outcome};
use crate::security::form_stamp::Served;
use crate::state::AppState;
use crate::view::{Field, Page, see_other};

/// What was ticked and typed.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct ConfirmForm {
    stamp: String,
    understood: String,
    word: String,
    password: String,
}

/// Nothing but the token.
#[derive(Deserialize)]
pub struct CancelForm {}

#[derive(Serialize)]
struct ConfirmPage<'a> {
    id: &'a str,
    csrf_token: &'a str,
    stamp: String,
    words: Words,
    word: Option<String>,
    account: &'a str,
    notice: Option<&'static str>,
    form: Fields,
}

#[derive(Default, Serialize)]
struct Fields {
    understood: Field,
    word: Field,
    password: Field,
}

impl Page for ConfirmPage<'_> {
    const TEMPLATE: &'static str = "pages/confirm.html";
}

const TOO_FAST: &str = "That was faster than anyone can read this page, so nothing was changed. Read it once more, then confirm.";
const FOREIGN_STAMP: &str =
    "This form did not belong to this page. Nothing was changed: here it is anew, with what it would do.";
const SPENT: &str = "This form had been sent before. Nothing was changed: here is a fresh one.";
const TOO_MANY: &str =
    "Too many tries from your network. Nothing was changed. Wait a quarter of an hour, then try again.";
const NOT_TICKED: &str = "Tick the box to say that you want this.";
const NO_PASSWORD: &str = "Enter your password.";
const WRONG_PASSWORD: &str = "This is not your password.";
const WRONG_WORD: &str = "These are not the words. Here are new ones: type them as they stand there.";

/// What is wrong with a form before any password is compared.
struct Refusal {
    notice: Option<&'static str>,
    fields: Fields,
}

/// A pending action that can be confirmed, and who looks at it.
struct Pending<'a> {
    state: &'a AppState,
    member: &'a SignedIn,
    id: &'a str,
    digest: TokenDigest,
    action: Action,
    spent_until: DateTime<Utc>,
}

/// Shows the action, to whoever comes from a page of ours.
///
/// # Errors
/// [`AppError`].
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
    let words = Words::of(&pending.action);
    let text = "A change of your account waits to be confirmed or cancelled.";
    if let Some(page) = arrival.instead(&state, &member, words.title, text)? {
        return Ok(page);
    }
    pending.page(StatusCode::OK, None, Fields::default())
}

/// Runs the action.
///
/// # Errors
/// [`AppError`].
pub async fn submit(
    state: web::Data<AppState>,
    client: Client,
    id: web::Path<String>,
    form: Result<VerifiedForm<ConfirmForm>, RefusedForm<ConfirmForm>>,
) -> Result<HttpResponse, AppError> {
    let (member, fields, stale) = match form {
        Ok(VerifiedForm { member, fields }) => (member, fields, false),
        Err(RefusedForm::Stale { member, fields }) => (*member, fields, true),
        Err(refused) => return refused.answer(&state),
    };
    let pending = match Pending::find(&state, &member, &id).await? {
        Ok(pending) => pending,
        Err(over) => return refuse(&state, &member, &over),
    };
    if stale {
        return pending.page(StatusCode::FORBIDDEN, Some(STALE_NOTICE), Fields::default());
    }
    let served_at = match pending.judge(&fields) {
        Ok(served_at) => served_at,
        Err(refusal) => {
            return pending.page(StatusCode::UNPROCESSABLE_ENTITY, refusal.notice, refusal.fields);
        }
    };
    if !pending.has_word(&fields.word, served_at) {
        let word = Field::default().with_error(Some(&WRONG_WORD));
        return pending.note_wrong(served_at, Fields { word, ..Fields::default() }).await;
    }
    let wrong =
        || Fields { password: Field::default().with_error(Some(&WRONG_PASSWORD)), ..Fields::default() };
    let credentials = match Proof::Password(fields.password).check(&state, &client, &member).await? {
        Verdict::Right(credentials) => credentials,
        Verdict::Wrong => return pending.note_wrong(served_at, wrong()).await,
        Verdict::Wait(wait) => {
            let mut answer =
                pending.page(StatusCode::TOO_MANY_REQUESTS, Some(TOO_MANY), Fields::default())?;
            answer.headers_mut().insert(header::RETRY_AFTER, wait.as_secs().into());
            return Ok(answer);
        }
    };
    let claim = Claim {
        digest: pending.digest,
        owner: member.owner(),
        action: &pending.action,
        served_at,
        password_hash: &credentials.password_hash,
        now: crate::models::now(),
    };
    match running::run(&state, &member, &claim).await? {
        Outcome::Confirmed { ended } => pending.done(ended),
        Outcome::WrongProof => pending.note_wrong(served_at, wrong()).await,
        Outcome::Over(Found::Open { .. }) => {
            pending.page(StatusCode::UNPROCESSABLE_ENTITY, Some(SPENT), Fields::default())
        }
        Outcome::Over(over) => refuse(&state, &member, &over),
    }
}

/// Calls an action off. One click is enough: it only keeps what is there.
///
/// # Errors
/// [`AppError`].
pub async fn cancel(
    state: web::Data<AppState>,
    id: web::Path<String>,
    form: Result<VerifiedForm<CancelForm>, RefusedForm<CancelForm>>,
) -> Result<HttpResponse, AppError> {
    let member = match form {
        Ok(VerifiedForm { member, .. }) => member,
        Err(refused) => return refused.answer(&state),
    };
    let pending = match Pending::find(&state, &member, &id).await? {
        Ok(pending) => pending,
        Err(over) => return refuse(&state, &member, &over),
    };
    let (digest, owner, now) = (pending.digest, member.owner(), crate::models::now());
    db::idempotent_transaction(&state.pool, "pending_action_withdraw", async |conn| {
        pending_action::withdraw(conn, digest, owner, now).await
    })
    .await?;
    Ok(see_other(&Done::Cancelled.at("/settings")))
}

impl<'a> Pending<'a> {
    async fn find(
        state: &'a AppState,
        member: &'a SignedIn,
        id: &'a str,
    ) -> Result<Result<Self, Found>, AppError> {
        let Some(token) = SecretToken::decode(id) else { return Ok(Err(Found::NotFound)) };
        let (digest, owner, now) = (token.digest(), member.owner(), crate::models::now());
        let found = db::statement(&state.pool, "pending_action_find", async |conn| {
            pending_action::find(conn, digest, owner, now).await
        });
        Ok(match found.await? {
            Found::Open { action, spent_until } => {
                Ok(Self { state, member, id, digest, action, spent_until })
            }
            over => Err(over),
        })
    }

    /// When the form was served, where it is complete and this page's own. Nothing is written and no
    /// password compared for one that is not.
    fn judge(&self, fields: &ConfirmForm) -> Result<DateTime<Utc>, Box<Refusal>> {
        let now = crate::models::now();
        let notice = |text| Err(Box::new(Refusal { notice: Some(text), fields: Fields::default() }));
        let served_at = match self.state.form_stamp.read(self.digest, self.member.digest, &fields.stamp, now)
        {
            Served::Never => return notice(FOREIGN_STAMP),
            Served::TooRecently => return notice(TOO_FAST),
            Served::At(moment) if moment <= self.spent_until => return notice(SPENT),
            Served::At(moment) => moment,
        };
        let need = |missing: bool, text: &'static str| Field::default().with_error(missing.then_some(&text));
        let (no_tick, no_password) = (fields.understood != "yes", fields.password.is_empty());
        let no_word = fields.word.trim().is_empty() && self.action.asks_for_word();
        if no_tick || no_password || no_word {
            return Err(Box::new(Refusal {
                notice: None,
                fields: Fields {
                    understood: need(no_tick, NOT_TICKED),
                    word: need(no_word, "Type the words that stand there."),
                    password: need(no_password, NO_PASSWORD),
                },
            }));
        }
        Ok(served_at)
    }

    fn word(&self, served_at: DateTime<Utc>) -> String {
        format!("delete {}", self.state.form_stamp.digits(self.digest, served_at))
    }

    fn has_word(&self, typed: &str, served_at: DateTime<Utc>) -> bool {
        let typed = typed.to_lowercase();
        !self.action.asks_for_word() || typed.split_whitespace().eq(self.word(served_at).split_whitespace())
    }

    async fn note_wrong(&self, served_at: DateTime<Utc>, fields: Fields) -> Result<HttpResponse, AppError> {
        let (digest, owner, now) = (self.digest, self.member.owner(), crate::models::now());
        let left = db::transaction(&self.state.pool, "pending_action_note_wrong", async |conn| {
            pending_action::note_wrong_in_txn(conn, digest, owner, served_at, now).await
        });
        match left.await? {
            Found::Open { .. } => self.page(StatusCode::UNPROCESSABLE_ENTITY, None, fields),
            over => {
                log::warn!("user {}: {} ended after wrong tries", owner.user_id, self.action.kind());
                refuse(self.state, self.member, &over)
            }
        }
    }

    /// Where to go on after the action has run.
    fn done(&self, ended: usize) -> Result<HttpResponse, AppError> {
        log::info!("user {} confirmed {}", self.member.user.id, self.action.kind());
        Ok(match self.action {
            Action::ChangeEmail { .. } => see_other(&Done::Sent.at("/settings/email")),
            Action::RevokeOtherSessions => {
                let ended = Done::Ended(u16::try_from(ended).unwrap_or(u16::MAX));
                see_other(&ended.at("/settings/sessions"))
            }
            Action::DeleteAccount => {
                let mut answer = see_other("/deletion-scheduled");
                answer
                    .add_cookie(&self.state.cookie.clear())
                    .map_err(|error| AppError::Internal(error.to_string()))?;
                answer
            }
        })
    }

    /// The form, with a new stamp and new words. The tick is asked for again each time.
    fn page(
        &self,
        status: StatusCode,
        notice: Option<&'static str>,
        form: Fields,
    ) -> Result<HttpResponse, AppError> {
        let now = crate::models::now();
        let page = ConfirmPage {
            id: self.id,
            csrf_token: &self.member.viewer.csrf_token,
            stamp: self.state.form_stamp.serve(self.digest, self.member.digest, now),
            words: Words::of(&self.action),
            word: self.action.asks_for_word().then(|| self.word(now)),
            account: &self.member.user.email,
            notice,
            form,
        };
        self.state.view.page(status, self.member.audience(), &page)
    }
}
