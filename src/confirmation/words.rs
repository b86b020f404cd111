//! What the confirm page says of each kind of action: all of it stands above the tick.

use serde::Serialize;

use crate::models::pending_action::Action;

/// The words of an action.
#[derive(Serialize)]
pub struct Words {
    /// The question.
    pub title: &'static str,
    /// What changes, as name and value.
    facts: Vec<(&'static str, String)>,
    /// What follows from it.
    consequences: &'static [&'static str],
    /// What the tick says.
    tick: String,
    /// What the button says.
    button: &'static str,
    /// Whether something is lost.
    danger: bool,
}

impl Words {
    /// Those of `action`.
    #[must_use]
    pub fn of(action: &Action) -> Self {
        match action {
            Action::ChangeEmail { from, to } => Self {
                title: "Change your e\u{2011}mail address?",
                facts: vec![("Now", from.as_str().to_owned()), ("New", to.as_str().to_owned())],
                consequences: &[
                    "We send a link to the new address. The change is made when you open it and press the button there.",
                    "The present address stays valid until then, is told, and can take the change back for 7 days.",
                ],
                tick: format!("I want to change my address to {}.", to.as_str()),
                button: "Change it",
                danger: false,
            },
            Action::RevokeOtherSessions => Self {
                title: "Sign out everywhere else?",
                facts: Vec::new(),
                consequences: &[
                    "Every session of your account but this one ends at once.",
                    "Whoever sits there has to sign in again.",
                ],
                tick: "I want to sign out everywhere else.".to_owned(),
                button: "Sign out others",
                danger: false,
            },
            Action::DeleteAccount => Self {
                title: "Delete your account?",
                facts: Vec::new(),
                consequences: &[
                    "You are signed out everywhere at once, here too.",
                    "Nobody sees your public card any more, and a change of address that waits is stopped.",
                    "In 7 days the account and its data are deleted for good.",
                    "Until then you can keep it: sign in and press “Keep it” in the settings, or use the link that we send you.",
                ],
                tick: "I want to delete my account.".to_owned(),
                button: "Delete",
                danger: true,
            },
        }
    }
}
