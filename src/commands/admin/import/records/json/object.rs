//! One JSON object: a user of ours, of Keycloak or of Django.

use std::collections::BTreeMap;
use std::ops::ControlFlow;

use serde::Deserialize;
use serde_json::value::RawValue;

use super::super::columns::Column;
use super::super::user::RawUser;
use super::super::{Place, RowFault, Rows};
use crate::domain::ImportedHash;

/// The fields of an object, each still as text.
type Fields<'a> = BTreeMap<String, &'a RawValue>;

/// Gives the user that an object describes. Counts other objects.
pub(super) fn give(object: &RawValue, place: Place, rows: &mut Rows<'_, '_>) -> ControlFlow<()> {
    match user(object, rows) {
        Ok(Some(user)) => rows.give(place, user.into_record(place)),
        Ok(None) => {
            rows.summary.skipped += 1;
            ControlFlow::Continue(())
        }
        Err(fault) => rows.give(place, Err(fault)),
    }
}

fn fields(object: &RawValue) -> Option<Fields<'_>> {
    // The error could show a value, such as a hash.
    serde_json::from_str(object.get()).ok()
}

fn user(object: &RawValue, rows: &mut Rows<'_, '_>) -> Result<Option<RawUser>, RowFault> {
    let mut found = fields(object).ok_or(RowFault::NotObject)?;
    if found.contains_key("model")
        && let Some(inner) = found.get("fields")
    {
        found = fields(inner).ok_or_else(|| RowFault::WrongType("fields".to_owned()))?;
        // Every user model of Django has this field, whatever its name.
        if !found.contains_key("password") {
            return Ok(None);
        }
    }
    if found.get("serviceAccountClientId").is_some_and(|client| client.get() != "null") {
        return Ok(None);
    }
    let mut user = RawUser::default();
    for (name, value) in found {
        if let Some(column) = Column::of(&name) {
            user.set(column, &name, &text(column, &name, value)?)?;
        } else if name == "credentials" {
            user.keycloak = keycloak_hash(value)?;
        } else {
            rows.ignore(&name);
        }
    }
    Ok(Some(user))
}

/// A field as CSV would have it.
fn text(column: Column, name: &str, value: &RawValue) -> Result<String, RowFault> {
    match (column, value.get()) {
        (Column::Active | Column::Disabled, flag @ ("true" | "false" | "0" | "1")) => Ok(flag.to_owned()),
        (_, value) => serde_json::from_str::<Option<String>>(value)
            .map(Option::unwrap_or_default)
            .map_err(|_shows_the_value| RowFault::WrongType(name.to_owned())),
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Credential {
    r#type: Option<String>,
    secret_data: Option<String>,
    credential_data: Option<String>,
}

fn keycloak_hash(value: &RawValue) -> Result<Option<ImportedHash>, RowFault> {
    let credentials: Option<Vec<Credential>> = serde_json::from_str(value.get())
        .map_err(|_shows_the_value| RowFault::WrongType("credentials".to_owned()))?;
    let is_password = |credential: &Credential| credential.r#type.as_deref() == Some("password");
    match credentials.unwrap_or_default().into_iter().find(is_password) {
        Some(Credential { secret_data: Some(secret), credential_data: Some(data), .. }) => {
            ImportedHash::from_keycloak(&secret, &data).map(Some).map_err(RowFault::Hash)
        }
        Some(_) => Err(RowFault::Credentials),
        None => Ok(None),
    }
}
