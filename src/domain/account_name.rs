//! How an operator names an account on the command line.

use std::fmt;

use uuid::Uuid;

use super::EmailAddress;
use super::email_address::EmailAddressProblem;

/// An account's id or its email address.
#[derive(Clone, PartialEq, Eq)]
pub enum AccountName {
    /// Its id.
    Id(Uuid),
    /// Its email address.
    Email(EmailAddress),
}

/// Why a text is not an [`AccountName`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("is no id and, as an email address, {0}")]
pub struct AccountNameProblem(EmailAddressProblem);

impl AccountName {
    /// Reads an id or an email address.
    pub fn parse(typed: &str) -> Result<Self, AccountNameProblem> {
        match Uuid::parse_str(typed.trim()) {
            Ok(id) => Ok(Self::Id(id)),
            Err(_no_id) => EmailAddress::parse(typed).map(Self::Email).map_err(AccountNameProblem),
        }
    }
}

impl fmt::Display for AccountName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Id(id) => id.fmt(f),
            Self::Email(email) => f.write_str(email.as_str()),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::domain::any_text::{config, text};

    #[test]
    fn an_account_is_named_by_its_id_or_its_email_address() {
        let id = Uuid::new_v4();
        assert!(AccountName::parse(&format!(" {id} ")) == Ok(AccountName::Id(id)));
        assert_eq!(AccountName::parse("Ada@Example.com").unwrap().to_string(), "ada@example.com");
        for (typed, problem) in [
            ("", "is no id and, as an email address, is empty"),
            ("ada", "is no id and, as an email address, is malformed"),
        ] {
            assert_eq!(
                AccountName::parse(typed).err().map(|problem| problem.to_string()).as_deref(),
                Some(problem)
            );
        }
    }

    proptest! {
        #![proptest_config(config())]

        #[test]
        fn an_accepted_name_has_one_spelling(
            typed in prop_oneof![
                text(),
                "[ {]?[0-9a-fA-F]{8}(-?[0-9a-f]{4}){3}-?[0-9a-f]{12}[ }]?",
                "[A-Za-z.]{1,9}@[A-Z]{2,9}\\.example",
            ],
        ) {
            let Ok(name) = AccountName::parse(&typed) else { return Ok(()) };
            let spelled = name.to_string();
            prop_assert!(AccountName::parse(&spelled) == Ok(name));
            prop_assert_eq!(AccountName::parse(&format!(" {spelled} ")).unwrap().to_string(), spelled);
        }
    }
}
