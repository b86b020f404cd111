//! The columns of CSV and the fields of JSON that have a meaning.

/// What a column means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Column {
    Email,
    Name,
    Username,
    FirstName,
    LastName,
    Hash,
    Active,
    Disabled,
}

impl Column {
    /// Reads the name of a column: in any case, with or without separators (`first_name`, `firstName`, `First Name`).
    pub(super) fn of(name: &str) -> Option<Self> {
        let letters = name.chars().filter(|c| !matches!(c, '_' | '-' | ' '));
        match letters.flat_map(char::to_lowercase).collect::<String>().as_str() {
            "email" => Some(Self::Email),
            "name" | "displayname" => Some(Self::Name),
            "username" => Some(Self::Username),
            "firstname" => Some(Self::FirstName),
            "lastname" => Some(Self::LastName),
            "password" | "passwordhash" | "encryptedpassword" => Some(Self::Hash),
            "enabled" | "active" | "isactive" => Some(Self::Active),
            "disabled" => Some(Self::Disabled),
            _ => None,
        }
    }
}
