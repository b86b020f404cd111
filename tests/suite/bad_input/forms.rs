//! The table of all forms: where each is, what it sends, and what follows when it is complete.

use std::fmt;

use super::flaws::Value;

/// The user that a form is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum For {
    /// A user without a session.
    Guest,
    /// The reader of a mail with a link.
    Reader,
    /// A user whose password was right and whose second factor is asked for.
    Half,
    /// A member, with the token of the session.
    Member,
}

/// A form.
pub struct Form {
    pub user: For,
    /// Its row of the URL table.
    pub route: &'static str,
    /// Tells apart the forms of one route.
    pub state: &'static str,
    pub fields: &'static [Field],
    /// The beginning of the path that follows a complete form.
    pub leads_to: &'static str,
    /// The mails that a complete form queues.
    pub mails: i64,
    /// The forms that one member can send within the rate limits.
    pub at_once: usize,
}

impl fmt::Display for Form {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let space = if self.state.is_empty() { "" } else { " " };
        write!(f, "{}{space}{}", self.route, self.state)
    }
}

/// A field of a form.
pub struct Field {
    pub name: &'static str,
    pub kind: Kind,
}

/// How a form takes the value of a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// The token of the session.
    Token,
    /// An email address that gets a mail.
    Email,
    /// The email address of an account, to sign in.
    Account,
    /// A name.
    Name,
    /// A password that is chosen.
    NewPassword,
    /// The password of the account, a code, a passkey, or the word of a confirm page. It is compared, and a wrong one is listed.
    Proof,
    /// The sealed question that a passkey answers. Without it, the passkey counts as a wrong one.
    Question,
    /// One of a few values.
    Choice,
    /// One of a few values, or none.
    OptionalChoice,
    /// A box that may stay empty.
    Box,
    /// The page to return to.
    Next,
}

impl Kind {
    /// The documented reason why a complete form with this flaw in a field is taken all the same.
    pub fn takes(self, flaw: Value) -> Option<&'static str> {
        use Value::{Encoded, LookAlike, Missing, Nothing, Raw, Twice};
        match (self, flaw) {
            (_, Twice | Encoded | Raw) => None,
            (Self::Box, _) => Some("a box that is not ticked sends nothing, and only `yes` ticks it"),
            (Self::Next, _) => Some("a page to return to that is not ours counts as none"),
            (Self::OptionalChoice, Missing | Nothing) => Some("no language is that of the browser"),
            (Self::Email, LookAlike) => Some("it is another address, and only its mailbox gets the mail"),
            (Self::NewPassword, Value::Nul | Value::Bidi | Value::ZeroWidth | Value::LineBreak) => {
                Some("a password may hold any character: it is never shown, and only its hash is stored")
            }
            _ => None,
        }
    }

    /// Whether the page keeps what was typed.
    pub fn is_kept(self) -> bool {
        matches!(self, Self::Email | Self::Account | Self::Name)
    }
}

const TOKEN: Field = field("csrf_token", Kind::Token);

const fn field(name: &'static str, kind: Kind) -> Field {
    Field { name, kind }
}

const fn form(
    user: For,
    route: &'static str,
    fields: &'static [Field],
    leads_to: &'static str,
    mails: i64,
) -> Form {
    Form { user, route, state: "", fields, leads_to, mails, at_once: 1000 }
}

/// The forms of the account page. A route that takes POST and is not here fails the test.
pub const FORMS: &[Form] = {
    use For::{Guest, Half, Member, Reader};
    use Kind::{Account, Box, Choice, Email, Name, NewPassword, Next, OptionalChoice, Proof, Question};
    &[
        form(Guest, "/sign-up", &[field("email", Email)], "/sign-up/sent", 1),
        form(Guest, "/forgot-password", &[field("email", Email)], "/forgot-password/sent", 1),
        form(
            Guest,
            "/sign-in",
            &[field("next", Next), field("email", Account), field("password", Proof), field("remember", Box)],
            "/settings",
            1,
        ),
        form(
            Guest,
            "/sign-in/passkey",
            &[
                field("next", Next),
                field("passkey", Choice),
                field("ceremony", Choice),
                field("remember", Box),
            ],
            "/settings",
            1,
        ),
        form(Half, "/sign-in/second-factor", &[field("code", Proof)], "/settings", 1),
        Form {
            state: "by passkey",
            ..form(
                Half,
                "/sign-in/second-factor",
                &[field("passkey", Proof), field("ceremony", Question)],
                "/settings",
                1,
            )
        },
        form(
            Reader,
            "/sign-up/{token}",
            &[field("display_name", Name), field("password", NewPassword)],
            "/settings",
            1,
        ),
        Form {
            state: "expired",
            ..form(Reader, "/sign-up/{token}", &[field("renew", Choice)], "/sign-up/sent", 1)
        },
        form(Reader, "/forgot-password/{token}", &[field("password", NewPassword)], "/sign-in", 1),
        Form {
            state: "expired",
            ..form(Reader, "/forgot-password/{token}", &[field("renew", Choice)], "/forgot-password/sent", 1)
        },
        form(Reader, "/email-change/{token}", &[], "/email-change/", 1),
        form(Reader, "/undo/{token}", &[], "/forgot-password/", 1),
        form(Member, "/sign-out", &[TOKEN], "/", 0),
        form(Member, "/settings/profile", &[TOKEN, field("display_name", Name)], "/settings/profile", 0),
        form(
            Member,
            "/settings/language",
            &[TOKEN, field("language", OptionalChoice), field("time_zone", Choice)],
            "/settings/language",
            0,
        ),
        form(Member, "/settings/card", &[TOKEN, field("card", Choice)], "/settings/profile", 0),
        form(Member, "/settings/sessions/revoke-others", &[TOKEN], "/confirm/", 0),
        form(Member, "/settings/sessions/{id}/revoke", &[TOKEN], "/settings/sessions", 0),
        form(Member, "/settings/email", &[TOKEN, field("email", Email)], "/confirm/", 0),
        // The new address has just got a mail, so that it gets no other one.
        form(Member, "/settings/email/send-again", &[TOKEN], "/settings/email", 0),
        form(Member, "/settings/email/cancel", &[TOKEN], "/settings/email", 0),
        Form {
            at_once: 8,
            ..form(
                Member,
                "/settings/password",
                &[TOKEN, field("password", NewPassword), field("end_others", Box)],
                "/confirm/",
                0,
            )
        },
        form(
            Member,
            "/settings/two-factor/authenticator",
            &[TOKEN, field("secret", Choice), field("code", Choice), field("name", Name)],
            "/confirm/",
            0,
        ),
        form(
            Member,
            "/settings/two-factor/passkey",
            &[TOKEN, field("passkey", Choice), field("ceremony", Choice), field("name", Name)],
            "/confirm/",
            0,
        ),
        form(Member, "/settings/two-factor/remove", &[TOKEN, field("factor", Choice)], "/confirm/", 0),
        form(Member, "/settings/two-factor/recovery-codes", &[TOKEN], "/confirm/", 0),
        form(
            Member,
            "/settings/tokens/new",
            &[
                TOKEN,
                field("name", Name),
                field("settings_read", Box),
                field("settings_write", Box),
                field("activity_read", Box),
                field("days", Choice),
            ],
            "/confirm/",
            0,
        ),
        form(Member, "/settings/tokens/{id}/revoke", &[TOKEN], "/settings/tokens", 1),
        form(Member, "/settings/export", &[TOKEN], "/confirm/", 0),
        form(Member, "/settings/delete", &[TOKEN], "/confirm/", 0),
        form(Member, "/settings/delete/keep", &[TOKEN], "/settings", 1),
        form(
            Member,
            "/confirm/{id}",
            &[
                TOKEN,
                field("stamp", Choice),
                field("understood", Choice),
                field("password", Proof),
                field("word", Proof),
            ],
            "/deletion-scheduled",
            1,
        ),
        Form {
            state: "by passkey",
            ..form(
                Member,
                "/confirm/{id}",
                &[
                    TOKEN,
                    field("stamp", Choice),
                    field("understood", Choice),
                    field("passkey", Proof),
                    field("ceremony", Question),
                    field("word", Proof),
                ],
                "/deletion-scheduled",
                1,
            )
        },
        Form {
            state: "by code",
            ..form(
                Member,
                "/confirm/{id}",
                &[
                    TOKEN,
                    field("stamp", Choice),
                    field("proof", Choice),
                    field("understood", Choice),
                    field("code", Proof),
                    field("word", Proof),
                ],
                "/deletion-scheduled",
                1,
            )
        },
        form(Member, "/confirm/{id}/cancel", &[TOKEN], "/settings", 0),
        form(Member, "/confirmations/{id}", &[TOKEN], "/confirm/", 0),
        form(Member, "/confirmations/{id}/decline", &[TOKEN], "https://payroll.example/", 0),
    ]
};

/// The routes that take POST and have no form.
pub const NO_FORMS: [(&str, &str); 2] = [
    ("/reports", "browsers send it, as JSON: bad_input/reports.rs"),
    ("/api/v1/confirmations", "applications send it, as JSON: api/confirmations.rs"),
];
