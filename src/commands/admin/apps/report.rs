//! What a command on one application prints, and the code with which it exits.

use std::process::ExitCode;

use serde::Serialize;
use uuid::Uuid;

use crate::commands::Failure;
use crate::commands::admin::terminal;
use crate::commands::admin::users::report::ReportedResult;
use crate::domain::ApiSecret;
use crate::models::application::Application;

/// What a command reports about an application.
#[derive(Clone, Debug, Serialize)]
pub struct Report {
    /// The result.
    pub result: ReportedResult,
    /// The sentence for people.
    pub message: String,
    /// The application.
    pub id: Uuid,
    /// The secret, where it is new.
    pub secret: Option<String>,
}

impl Report {
    /// Something was done with an application.
    #[must_use]
    pub fn done(id: Uuid, message: String) -> Self {
        Self { result: ReportedResult::Done, message, id, secret: None }
    }

    /// The same report with a new secret.
    #[must_use]
    pub fn with_secret(self, secret: &ApiSecret) -> Self {
        Self { secret: Some(secret.text()), ..self }
    }

    /// The application is disabled already.
    #[must_use]
    pub fn disabled(found: &Application) -> Self {
        let message = format!("{} is disabled, and stays so", found.name);
        Self { result: ReportedResult::Unchanged, ..Self::done(found.id, message) }
    }

    /// There is no such application.
    #[must_use]
    pub fn not_found(id: Uuid) -> Self {
        let message = format!("there is no application with the id {id}");
        Self { result: ReportedResult::NotFound, ..Self::done(id, message) }
    }

    /// Prints it: what was done on standard output, anything else on standard error; with `json` always on standard
    /// output.
    pub(super) fn print(&self, json: bool) -> Result<ExitCode, Failure> {
        let message = terminal::visible(&self.message);
        if json {
            print!("{}", terminal::json(self)?);
        } else if self.result == ReportedResult::Done {
            println!("{message}");
            if let Some(secret) = &self.secret {
                println!("id:     {}\nsecret: {secret}", self.id);
            }
        } else {
            eprintln!("unframed: {message}");
        }
        Ok(ExitCode::from(self.result.code()))
    }
}
