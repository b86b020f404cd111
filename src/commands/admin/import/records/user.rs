//! The fields of an account as the file has them, and the account they describe.

use super::columns::Column;
use super::{Place, Record, RowFault};
use crate::domain::{DisplayName, EmailAddress, ImportedHash};

/// The texts of the fields of one row.
#[derive(Default)]
pub(super) struct RawUser {
    email: Option<String>,
    name: Option<String>,
    username: Option<String>,
    first_name: Option<String>,
    last_name: Option<String>,
    hash: Option<String>,
    active: Option<bool>,
    disabled: Option<bool>,
    /// The hash of a Keycloak export, which is not one text.
    pub(super) keycloak: Option<ImportedHash>,
}

impl RawUser {
    /// Stores the text of a field. One without visible characters counts as absent.
    pub(super) fn set(&mut self, column: Column, name: &str, text: &str) -> Result<(), RowFault> {
        let text = text.trim();
        if text.is_empty() {
            return Ok(());
        }
        let known = match column {
            Column::Email => self.email.replace(text.to_owned()).is_some(),
            Column::Name => self.name.replace(text.to_owned()).is_some(),
            Column::Username => self.username.replace(text.to_owned()).is_some(),
            Column::FirstName => self.first_name.replace(text.to_owned()).is_some(),
            Column::LastName => self.last_name.replace(text.to_owned()).is_some(),
            Column::Hash => self.hash.replace(text.to_owned()).is_some(),
            Column::Active => self.active.replace(flag(name, text)?).is_some(),
            Column::Disabled => self.disabled.replace(flag(name, text)?).is_some(),
        };
        if known { Err(RowFault::Repeated(name.to_owned())) } else { Ok(()) }
    }

    /// Checks the fields.
    pub(super) fn into_record(self, place: Place) -> Result<Record, RowFault> {
        let email = self.email.as_deref().ok_or(RowFault::NoEmail)?;
        let email =
            EmailAddress::parse(email).map_err(|problem| RowFault::Email(email.to_owned(), problem))?;
        let display_name = self.display_name(&email)?;
        let hash = match (self.keycloak, self.hash.as_deref()) {
            (Some(hash), _) => Some(hash),
            // Django stores an exclamation mark before an unusable password.
            (None, Some(text)) if !text.starts_with('!') => {
                Some(ImportedHash::parse(text).map_err(RowFault::Hash)?)
            }
            (None, _) => None,
        };
        let disabled = self.disabled == Some(true) || self.active == Some(false);
        Ok(Record { place, email, display_name, hash, disabled })
    }

    /// The name; without one, first and last name; without these, the user name or the part before the `@`.
    fn display_name(&self, email: &EmailAddress) -> Result<DisplayName, RowFault> {
        let parts = [self.first_name.as_deref(), self.last_name.as_deref()];
        let full = parts.into_iter().flatten().collect::<Vec<_>>().join(" ");
        if let Some(name) = self.name.as_deref().or((!full.is_empty()).then_some(full.as_str())) {
            return DisplayName::parse(name).map_err(RowFault::Name);
        }
        // A user name may be an email address, which is no name to display.
        let username = self.username.as_deref().filter(|name| !name.contains('@'));
        if let Some(Ok(name)) = username.map(DisplayName::parse) {
            return Ok(name);
        }
        DisplayName::parse(&shortened(email.local_part()))
            .or_else(|_no_visible_character| DisplayName::parse(&shortened(email.as_str())))
            .map_err(RowFault::Name)
    }
}

fn shortened(text: &str) -> String {
    text.chars().take(DisplayName::MAX_CHARS).collect()
}

/// Reads the truth values of databases and spreadsheets.
fn flag(name: &str, text: &str) -> Result<bool, RowFault> {
    match text.to_ascii_lowercase().as_str() {
        "true" | "t" | "1" | "yes" | "y" => Ok(true),
        "false" | "f" | "0" | "no" | "n" => Ok(false),
        _ => Err(RowFault::Flag(name.to_owned())),
    }
}
