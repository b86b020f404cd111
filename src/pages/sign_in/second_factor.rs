//! `/sign-in/second-factor`: asks for the second factor of an account whose password was right. The cookie of the sign-in
//! opens this page and nothing else.

use actix_web::http::{StatusCode, header};
use actix_web::{HttpRequest, HttpResponse, web};
use serde::{Deserialize, Serialize};
use std::time::Duration;

use super::session_start::SessionStart;
use crate::actions::factor_proof::{FactorCheck, FactorOwner, FactorProof, KnownClient, ProvenFactor};
use crate::actions::notices::{self, Notices};
use crate::actions::sign_in_proof::SignInProof;
use crate::db;
use crate::domain::{EmailAddress, EventKind, Locale, TokenDigest};
use crate::error::AppError;
use crate::extract::{Client, Done, PublicForm};
use crate::locales::Message;
use crate::models::pending_sign_in::{self, PendingSignIn};
use crate::models::{passkey, security_event, throttle};
use crate::security::limits::Attempt;
use crate::security::passkeys::PasskeyProblem;
use crate::security::throttle::Target;
use crate::state::AppState;
use crate::view::{self, Audience, Field, Page, see_other};

/// The field that was typed.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct SecondFactorForm {
    code: String,
    passkey: String,
    ceremony: String,
}

#[derive(Default, Serialize)]
struct SecondFactorPage {
    /// The options for the browser, if the account has a passkey.
    options: Option<String>,
    ceremony: String,
    notice: Option<Message>,
    wait_minutes: u64,
    form: Fields,
}

#[derive(Default, Serialize)]
struct Fields {
    code: Field,
}

impl Page for SecondFactorPage {
    const TEMPLATE: &'static str = "pages/sign_in/second_factor.html";

    fn uses_script(&self) -> bool {
        self.options.is_some()
    }
}

/// A sign-in that waits, with the browser that waits with it.
struct SecondFactorVisit<'a> {
    state: &'a AppState,
    client: &'a Client,
    request: &'a HttpRequest,
    digest: TokenDigest,
    pending: PendingSignIn,
    address: EmailAddress,
}

/// Shows the form; without a sign-in that waits, the user begins again.
pub async fn show(
    request: HttpRequest,
    state: web::Data<AppState>,
    locale: Locale,
) -> Result<HttpResponse, AppError> {
    match find(&state, &request).await? {
        Some((digest, pending)) => {
            page(&state, StatusCode::OK, locale, digest, &pending, SecondFactorPage::default()).await
        }
        None => Ok(over()),
    }
}

/// Starts a session for a right second factor.
pub async fn submit(
    request: HttpRequest,
    state: web::Data<AppState>,
    client: Client,
    PublicForm(form): PublicForm<SecondFactorForm>,
) -> Result<HttpResponse, AppError> {
    let Some((digest, pending)) = find(&state, &request).await? else { return Ok(over()) };
    let address = EmailAddress::parse(&pending.account.email)?;
    let visit =
        SecondFactorVisit { state: &state, client: &client, request: &request, digest, pending, address };
    // The form of the passkey, whose script did not run.
    let by_button = form.passkey.is_empty() && !form.ceremony.is_empty();
    let proof = if form.passkey.is_empty() {
        FactorProof::Code(form.code)
    } else {
        FactorProof::Passkey { sealed: form.ceremony, answer: form.passkey, bound_to: digest }
    };
    if matches!(&proof, FactorProof::Code(code) if code.trim().is_empty()) {
        return if by_button {
            visit.tell(Message::PasskeyNeedsScript).await
        } else {
            visit.refuse(Message::CodeEmpty).await
        };
    }
    let start = visit.start();
    let known = start.device().map(KnownClient::Device);
    let owner = FactorOwner { user_id: visit.pending.account.id, known, except: None };
    let by_passkey = matches!(proof, FactorProof::Passkey { .. });
    match proof.check(&state, &client, owner).await? {
        FactorCheck::Proven(factor) => visit.finish(&start, &factor).await,
        FactorCheck::Wrong => visit.note_wrong(by_passkey).await,
        FactorCheck::Wait(wait) => visit.wait(wait).await,
    }
}

/// Finds the sign-in of the request's cookie.
async fn find(
    state: &AppState,
    request: &HttpRequest,
) -> Result<Option<(TokenDigest, PendingSignIn)>, AppError> {
    let Some(digest) = state.sign_in_cookie.read(request).map(|token| token.digest()) else {
        return Ok(None);
    };
    let now = state.clock.now();
    let found = db::statement(&state.pool, "pending_sign_in_find", async |conn| {
        pending_sign_in::find(conn, digest, now).await
    });
    Ok(found.await?.map(|pending| (digest, pending)))
}

/// The sign-in is over: the user begins again.
fn over() -> HttpResponse {
    see_other(&Done::new(Message::DoneSignInOver).at("/sign-in"))
}

impl<'a> SecondFactorVisit<'a> {
    fn start(&'a self) -> SessionStart<'a> {
        SessionStart {
            state: self.state,
            client: self.client,
            request: self.request,
            account: &self.pending.account,
            address: &self.address,
            remember: self.pending.remembered,
            path: &self.pending.next_path,
        }
    }

    async fn finish(
        &self,
        start: &SessionStart<'_>,
        factor: &ProvenFactor,
    ) -> Result<HttpResponse, AppError> {
        let started = start.run(SignInProof::SecondFactor { pending: self.digest, factor }).await?;
        // The same code was sent twice, or the account has changed.
        Ok(started.unwrap_or_else(over))
    }

    /// Counts a wrong second factor, and lists it in the activity. The last one allowed ends the sign-in. It is mailed to the
    /// owner, and so are further ones of other sign-ins: the password is known to the person who typed it.
    async fn note_wrong(&self, by_passkey: bool) -> Result<HttpResponse, AppError> {
        let (state, account, digest) = (self.state, &self.pending.account, self.digest);
        let (id, now, kind) = (account.id, state.clock.now(), EventKind::SecondFactorFailed);
        let event = self.client.event(id, kind, now);
        let locale = self.client.locale.chosen(account.language.as_deref(), account.time_zone.as_deref());
        let letters = state.letters.about(self.client.occasion(now, locale));
        let former_addresses = notices::former_addresses(state, id).await?;
        let notices = Notices::with_link(&letters, &self.address, &former_addresses, kind, now)?;
        let charges = |attempt| state.throttle.charges_for(attempt, Target::Account(id));
        let (listed, untold) = (charges(Attempt::FailureEvent), charges(Attempt::WrongSecondFactor));
        let mails = charges(Attempt::SecondFactorMail);
        let noted = db::transaction(&state.pool, "pending_sign_in_note_wrong", async |conn| {
            if throttle::admit_in_txn(conn, &listed, now).await? {
                security_event::create(conn, &event).await?;
            }
            let waits = pending_sign_in::note_wrong_in_txn(conn, digest).await?;
            let told = !throttle::admit_in_txn(conn, &untold, now).await?;
            if (told || !waits) && throttle::admit_in_txn(conn, &mails, now).await? {
                notices.queue_in_txn(conn, id, now).await?;
            }
            Ok(waits)
        });
        let waits = noted.await?;
        log::warn!("sign-in: wrong second factor of user {id} from {}", self.client.address);
        match (waits, by_passkey) {
            (false, _) => Ok(over()),
            (true, true) => self.tell(Message::PasskeyRefused).await,
            (true, false) => self.refuse(Message::CodeWrong).await,
        }
    }

    async fn wait(&self, wait: Duration) -> Result<HttpResponse, AppError> {
        let page = SecondFactorPage {
            notice: Some(Message::ConfirmLimited),
            wait_minutes: view::minutes(wait),
            ..SecondFactorPage::default()
        };
        let mut response = self.page(StatusCode::TOO_MANY_REQUESTS, page).await?;
        response.headers_mut().insert(header::RETRY_AFTER, wait.as_secs().into());
        Ok(response)
    }

    /// The page with a notice above both forms.
    async fn tell(&self, problem: Message) -> Result<HttpResponse, AppError> {
        let page = SecondFactorPage { notice: Some(problem), ..SecondFactorPage::default() };
        self.page(StatusCode::UNPROCESSABLE_ENTITY, page).await
    }

    async fn refuse(&self, problem: Message) -> Result<HttpResponse, AppError> {
        let form = Fields { code: Field::refused(problem) };
        let page = SecondFactorPage { form, ..SecondFactorPage::default() };
        self.page(StatusCode::UNPROCESSABLE_ENTITY, page).await
    }

    async fn page(&self, status: StatusCode, shown: SecondFactorPage) -> Result<HttpResponse, AppError> {
        page(self.state, status, self.client.locale, self.digest, &self.pending, shown).await
    }
}

/// The page, with the question for a passkey if the account has one.
async fn page(
    state: &AppState,
    status: StatusCode,
    locale: Locale,
    digest: TokenDigest,
    pending: &PendingSignIn,
    shown: SecondFactorPage,
) -> Result<HttpResponse, AppError> {
    let id = pending.account.id;
    let stored = db::statement(&state.pool, "passkey_list", async |conn| passkey::list(conn, id).await);
    let stored = stored.await?;
    let stored: Vec<&str> = stored.iter().map(|found| found.credential.as_str()).collect();
    let started = match &state.passkeys {
        Some(passkeys) => match passkeys.start_authentication(id, &stored, digest.as_bytes()) {
            Ok(started) => Some(started),
            Err(PasskeyProblem::NoPasskey) => None,
            Err(problem) => return Err(problem.into()),
        },
        None => None,
    };
    let (options, ceremony) = started.map(|started| (started.options, started.sealed)).unzip();
    let page = SecondFactorPage { options, ceremony: ceremony.unwrap_or_default(), ..shown };
    state.view.page(status, Audience::Unknown(locale), &page)
}
