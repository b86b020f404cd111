//! The confirmation of what a command does at once: the operator types the email address of the account.

use std::io::{IsTerminal as _, Write as _};

use crate::commands::Failure;
use crate::commands::admin::terminal;
use crate::domain::EmailAddress;
use crate::models::account::Account;

/// Exits with the code for wrong arguments where no terminal can ask.
pub(super) fn require_terminal() {
    if !std::io::stdin().is_terminal() {
        let message = "--now needs --yes, or a terminal on which you confirm it\n";
        clap::Error::raw(clap::error::ErrorKind::MissingRequiredArgument, message).exit();
    }
}

/// Says what the command does to an account, and asks for its email address. Returns whether that was typed.
pub(super) fn ask(account: &Account, what: impl Fn(&str) -> String) -> Result<bool, Failure> {
    let named = format!("{} ({})", account.id, terminal::visible(&account.email));
    eprint!("{}\nType its email address to go on: ", what(&named));
    std::io::stderr().flush()?;
    let mut typed = String::new();
    std::io::stdin().read_line(&mut typed)?;
    Ok(EmailAddress::parse(&typed).is_ok_and(|typed| typed.as_str() == account.email))
}
