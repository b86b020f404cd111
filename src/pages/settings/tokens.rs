//! `/settings/tokens`: the access tokens of the account, with a button to revoke each. One click without a proof is enough:
//! it takes access away, and the owner gets a mail.

pub mod made;
pub mod new;

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::actions::notices::{self, Notices};
use crate::db;
use crate::domain::{EventKind, Locale, Moment, Scope, Scopes};
use crate::error::AppError;
use crate::extract::{Client, Done, Form, JustDone, SignedIn, StaleSubmission, VerifiedForm};
use crate::locales::Message;
use crate::models::access_token::{self, AccessToken, AccessTokenRevocation};
use crate::models::security_event;
use crate::state::AppState;
use crate::view::{Page, see_other};

/// The button that revokes one token: nothing but the form token.
#[derive(Deserialize)]
pub struct RevokeForm {}

impl Form for RevokeForm {
    async fn show_again(
        self,
        StaleSubmission { state, member, .. }: StaleSubmission<'_>,
    ) -> Result<HttpResponse, AppError> {
        page(state, StatusCode::FORBIDDEN, member, Some(Message::FormStale), None).await
    }
}

#[derive(Serialize)]
struct TokensPage<'a> {
    csrf_token: &'a str,
    notice: Option<Message>,
    done: Option<Done>,
    /// Whether the account waits for its deletion, so that no token works.
    deletion_waits: bool,
    has_room: bool,
    tokens: Vec<Row>,
}

#[derive(Serialize)]
struct Row {
    id: Uuid,
    name: String,
    scopes: Vec<Message>,
    created: Moment,
    last_used: Option<Moment>,
    expires: Moment,
}

impl Page for TokensPage<'_> {
    const TEMPLATE: &'static str = "pages/settings/tokens.html";
}

/// What a scope allows, in words.
fn scope_message(scope: Scope) -> Message {
    match scope {
        Scope::SettingsRead => Message::ScopeSettingsRead,
        Scope::SettingsWrite => Message::ScopeSettingsWrite,
        Scope::ActivityRead => Message::ScopeActivityRead,
    }
}

impl Row {
    fn new(token: &AccessToken, locale: Locale) -> Self {
        let scopes = Scopes::parse(&token.scopes);
        Self {
            id: token.id,
            name: token.name.clone(),
            scopes: scopes.iter().flat_map(Scopes::iter).map(scope_message).collect(),
            created: Moment::new(token.created_at, locale),
            last_used: token.last_used_at.map(|used| Moment::new(used, locale)),
            expires: Moment::new(token.expires_at, locale),
        }
    }
}

/// Lists the tokens of the account.
pub async fn list(
    state: web::Data<AppState>,
    member: SignedIn,
    JustDone(done): JustDone,
) -> Result<HttpResponse, AppError> {
    page(&state, StatusCode::OK, &member, None, done).await
}

/// Revokes one token.
pub async fn revoke(
    state: web::Data<AppState>,
    client: Client,
    id: web::Path<Uuid>,
    VerifiedForm { member, .. }: VerifiedForm<RevokeForm>,
) -> Result<HttpResponse, AppError> {
    let (user, id, now) = (member.user.id, id.into_inner(), state.clock.now());
    let event = client.event(user, EventKind::AccessTokenRevoked, now);
    let former = notices::former_addresses(&state, user).await?;
    let letters = state.letters.about(client.occasion(now, member.locale()));
    let mails = Notices::with_link(&letters, &member.email()?, &former, EventKind::AccessTokenRevoked, now)?;
    let revoked = db::transaction(&state.pool, "access_token_revoke", async |conn| {
        let revoked = access_token::revoke(conn, user, id).await?;
        if revoked == AccessTokenRevocation::Revoked {
            security_event::create(conn, &event).await?;
            mails.queue_in_txn(conn, user, now).await?;
        }
        Ok(revoked)
    });
    let done = match revoked.await? {
        AccessTokenRevocation::Revoked => {
            log::info!("access token {id} of user {user} was revoked");
            Message::DoneTokenRevoked
        }
        // The answer is the same for a revoked token and for another account's.
        AccessTokenRevocation::NotFound => Message::DoneTokenRevokedBefore,
    };
    Ok(see_other(&Done::new(done).at("/settings/tokens")))
}

/// The live tokens of a member.
async fn find(state: &AppState, member: &SignedIn) -> Result<Vec<AccessToken>, AppError> {
    let (user, now) = (member.user.id, state.clock.now());
    let live = db::statement(&state.pool, "access_token_list_live", async |conn| {
        access_token::list_live(conn, user, now).await
    });
    Ok(live.await?)
}

/// Whether an account with these tokens can have another one.
fn has_room(tokens: &[AccessToken]) -> bool {
    i64::try_from(tokens.len()).is_ok_and(|count| count < access_token::MOST)
}

async fn page(
    state: &AppState,
    status: StatusCode,
    member: &SignedIn,
    notice: Option<Message>,
    done: Option<Done>,
) -> Result<HttpResponse, AppError> {
    let tokens = find(state, member).await?;
    let page = TokensPage {
        csrf_token: &member.viewer.csrf_token,
        notice,
        done,
        deletion_waits: member.user.delete_after.is_some(),
        has_room: has_room(&tokens),
        tokens: tokens.iter().map(|token| Row::new(token, member.locale())).collect(),
    };
    state.view.page(status, member.audience(), &page)
}
