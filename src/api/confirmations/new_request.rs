//! The body of a request for a confirmation, and its parsed form.

use chrono::TimeDelta;
use serde::Deserialize;
use utoipa::ToSchema;

use crate::domain::return_url::ReturnUrl;
use crate::domain::{
    AccountName, ConfirmationRequest, ConfirmationTitle, Danger, Detail, DetailLabel, DetailValue,
    confirmation_text::MOST_DETAILS,
};
use crate::error::problem::FieldProblem;
use crate::extract::CallingApplication;
use crate::extract::api_body::Object;

/// The shortest time in which a confirmation can be decided.
const SHORTEST: TimeDelta = TimeDelta::seconds(60);
/// The longest time in which a confirmation can be decided.
const LONGEST: TimeDelta = TimeDelta::seconds(3600);

/// What an application asks for.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewRequest {
    /// The user, by id or verified email address.
    #[schema(min_length = 1)]
    user: String,
    /// What the user is asked for, on one line.
    #[schema(min_length = 1, max_length = 120)]
    title: String,
    /// The details, in the order in which they are shown.
    #[serde(default)]
    #[schema(value_type = Vec<NewDetail>, max_items = 12)]
    details: Vec<Object<NewDetail>>,
    /// `normal`, or `high`: then only a second factor is a proof.
    #[serde(default = "normal")]
    #[schema(pattern = "^(normal|high)$", default = "normal")]
    danger: String,
    /// Where the user goes afterwards: on the registered origin of the application.
    #[schema(max_length = 1000)]
    return_url: String,
    /// The time in which it can be decided, in seconds.
    #[schema(minimum = 60, maximum = 3600)]
    expires_in: i64,
}

fn normal() -> String {
    Danger::Normal.name().to_owned()
}

/// A detail.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NewDetail {
    #[schema(min_length = 1, max_length = 40)]
    label: String,
    #[schema(min_length = 1, max_length = 300)]
    value: String,
}

impl NewRequest {
    /// Parses what is asked for; otherwise returns all fields that are wrong.
    pub(super) fn parse(
        &self,
        application: &CallingApplication,
    ) -> Result<(ConfirmationRequest, AccountName, TimeDelta), Vec<FieldProblem>> {
        let mut problems = Vec::new();
        let mut note = |field: &str, problem: &dyn std::fmt::Display| {
            problems.push(FieldProblem::new(field, &problem.to_string()));
        };
        let name = AccountName::parse(&self.user).map_err(|problem| note("user", &problem));
        let title = ConfirmationTitle::parse(&self.title).map_err(|problem| note("title", &problem));
        if self.details.len() > MOST_DETAILS {
            note("details", &format!("has more than {MOST_DETAILS} entries"));
        }
        let mut details = Vec::new();
        for (at, Object(detail)) in self.details.iter().take(MOST_DETAILS).enumerate() {
            let label = DetailLabel::parse(&detail.label)
                .map_err(|problem| note(&format!("details[{at}].label"), &problem));
            let value = DetailValue::parse(&detail.value)
                .map_err(|problem| note(&format!("details[{at}].value"), &problem));
            if let (Ok(label), Ok(value)) = (label, value) {
                details.push(Detail { label, value });
            }
        }
        let danger = Danger::parse(&self.danger);
        if danger.is_none() {
            note("danger", &"is neither normal nor high");
        }
        let return_url = ReturnUrl::parse(&self.return_url, &application.return_origin)
            .map_err(|problem| note("return_url", &problem));
        let lifetime = TimeDelta::try_seconds(self.expires_in).unwrap_or_default();
        if !(SHORTEST..=LONGEST).contains(&lifetime) {
            let (least, most) = (SHORTEST.num_seconds(), LONGEST.num_seconds());
            note("expires_in", &format!("is not a number of seconds from {least} to {most}"));
        }
        match (name, title, danger, return_url) {
            (Ok(name), Ok(title), Some(danger), Ok(return_url)) if problems.is_empty() => {
                let application = application.name.clone();
                let request = ConfirmationRequest { application, title, details, danger, return_url };
                Ok((request, name, lifetime))
            }
            _ => Err(problems),
        }
    }
}
