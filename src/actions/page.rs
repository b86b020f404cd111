//! The pages of an action: arrival, start, confirm, undo. Each kind of action has one template,
//! `templates/actions/<kind>.html`, which fills in the text of `templates/action.html`.

use serde::Serialize;
use serde_json::Value;

use super::proof::ProofKind;
use super::undo::Undo;
use super::{Action, ActionKind, SensitiveAction};
use crate::domain::ReturnOrigin;
use crate::locales::Message;
use crate::view::{Field, Page};

/// A page of one kind of action, with the data of its step.
#[derive(Serialize)]
pub struct ActionPage<D> {
    #[serde(skip)]
    kind: &'static str,
    step: &'static str,
    /// Whether the page asks for a passkey.
    #[serde(skip)]
    script: bool,
    /// The application on whose site the page may end.
    #[serde(skip)]
    leads_to: Option<ReturnOrigin>,
    /// The path of its start page, for the navigation.
    place: &'static str,
    #[serde(flatten)]
    data: D,
}

impl<D: Serialize> Page for ActionPage<D> {
    const TEMPLATE: &'static str = "action.html";

    fn uses_script(&self) -> bool {
        self.script
    }

    fn leads_to(&self) -> Option<ReturnOrigin> {
        self.leads_to.clone()
    }

    fn template(&self) -> String {
        format!("actions/{}.html", self.kind)
    }
}

/// The arrival page, shown in place of a form to a browser that comes from elsewhere.
#[derive(Serialize)]
pub struct Detour<'a> {
    /// The link that opens the form.
    pub link: &'a str,
}

/// The start page of an action without a form of its own.
#[derive(Serialize)]
pub struct Start<'a> {
    /// The path to which the form is sent.
    pub path: &'static str,
    /// The form token.
    pub csrf_token: &'a str,
    /// The account's email address.
    pub email: &'a str,
    /// Why the form is shown again.
    pub notice: Option<Message>,
}

/// The confirm page.
#[derive(Serialize)]
pub struct Confirm<'a> {
    /// The token in its path.
    pub id: &'a str,
    /// The form token.
    pub csrf_token: &'a str,
    /// The signed moment at which it is served.
    pub stamp: String,
    /// The account's email address.
    pub email: &'a str,
    /// The proof that it asks for.
    pub proof: ProofKind,
    /// Whether the user asked for a proof that can be typed.
    pub typed: bool,
    /// For a passkey, the options for the browser.
    pub options: Option<String>,
    /// For a passkey, the sealed state of the ceremony.
    pub ceremony: Option<String>,
    /// The word and digits to type, where the kind asks for them.
    pub word: Option<String>,
    /// Why the form is shown again.
    pub notice: Option<Message>,
    /// The problems with what was typed.
    pub form: ConfirmFields,
}

/// The fields of a confirm page.
#[derive(Default, Serialize)]
pub struct ConfirmFields {
    /// The tick.
    pub understood: Field,
    /// The word and digits.
    pub word: Field,
    /// The password.
    pub password: Field,
    /// The code.
    pub code: Field,
    /// The passkey.
    pub passkey: Field,
    /// The minutes until another proof is checked, where too many were wrong.
    pub wait_minutes: u64,
}

/// The page of an undo link.
#[derive(Serialize)]
pub struct UndoStep<'a> {
    /// The token in its path.
    pub token: &'a str,
}

/// The data of a step that shows an action or an undo.
#[derive(Serialize)]
pub struct Shown<D> {
    /// The action or the undo, as the row holds it.
    action: Value,
    #[serde(flatten)]
    data: D,
}

/// The arrival page of an action.
pub fn arrival(kind: ActionKind, link: &str) -> ActionPage<Detour<'_>> {
    ActionPage {
        kind: kind.name,
        step: "arrival",
        script: false,
        leads_to: None,
        place: kind.start,
        data: Detour { link },
    }
}

/// The start page of an action without a form of its own.
pub fn start<'a, A: SensitiveAction>(
    csrf_token: &'a str,
    email: &'a str,
    notice: Option<Message>,
) -> ActionPage<Start<'a>> {
    ActionPage {
        kind: A::KIND,
        step: "start",
        script: false,
        leads_to: None,
        place: A::START,
        data: Start { path: A::START, csrf_token, email, notice },
    }
}

/// The confirm page of an action.
pub fn confirm<'a>(action: &Action, data: Confirm<'a>) -> ActionPage<Shown<Confirm<'a>>> {
    let kind = action.kind();
    ActionPage {
        kind: kind.name,
        step: "confirm",
        script: data.proof == ProofKind::Passkey,
        leads_to: action.leads_to(),
        place: kind.start,
        data: Shown { action: action.value(), data },
    }
}

/// The page of an undo link that can be used.
pub fn undo<'a>(undo: &Undo, token: &'a str) -> ActionPage<Shown<UndoStep<'a>>> {
    ActionPage {
        kind: undo.kind(),
        step: "undo",
        script: false,
        leads_to: None,
        place: "",
        data: Shown { action: undo.value(), data: UndoStep { token } },
    }
}
