//! Why a check could not sign in. No text contains a value of the recipe.

/// Why a recipe did not sign in. `place` is a request, such as `GET /sign-in`.
#[derive(Debug, thiserror::Error)]
pub enum SignInProblem {
    /// The site did not answer.
    #[error("--login: {place}: {cause}")]
    Unreachable {
        /// The request.
        place: String,
        /// Why.
        cause: String,
    },
    /// The time limit of the check has passed.
    #[error("--login: the time limit of the check passed before {place}")]
    Late {
        /// The request that was not sent.
        place: String,
    },
    /// A redirect or a form leads to another site, which must not see what is filled in.
    #[error(
        "--login: {place} leads to {target}: cookies, headers and the values of the recipe are never sent to another origin"
    )]
    Elsewhere {
        /// The request, or the form.
        place: String,
        /// The other site.
        target: String,
    },
    /// The redirects have no end.
    #[error("--login: {place}: more than {most} redirects")]
    TooManyRedirects {
        /// The first request.
        place: String,
        /// How many are followed.
        most: usize,
    },
    /// The page with the form is an error page.
    #[error("--login: {place} answers {status}, so there is no form to fill in")]
    NoPage {
        /// The request.
        place: String,
        /// The status.
        status: u16,
    },
    /// The page has no form, or not the one that is named.
    #[error("--login: the page at {place} has no form{which}; it has {known}")]
    NoForm {
        /// The request.
        place: String,
        /// The form that the recipe names.
        which: String,
        /// The forms that are there.
        known: String,
    },
    /// The form has no such field.
    #[error("--login: the form at {place} has no field `{field}`; it has {known}")]
    NoField {
        /// The request.
        place: String,
        /// The missing field.
        field: String,
        /// The fields that are there.
        known: String,
    },
    /// The form is sent in a way that is not supported.
    #[error(
        "--login: the form at {place} {how}: only forms that are posted as application/x-www-form-urlencoded are sent"
    )]
    Unsupported {
        /// The request.
        place: String,
        /// How it is sent.
        how: &'static str,
    },
    /// The same form is shown again.
    #[error(
        "--login: still on the sign-in page after {place} ({status}): the site has not accepted the values of the recipe"
    )]
    StillThere {
        /// The request.
        place: String,
        /// The status.
        status: u16,
    },
    /// The site refuses the form.
    #[error("--login: {place} answers {status}: the site refuses the form")]
    Refused {
        /// The request.
        place: String,
        /// The status.
        status: u16,
    },
    /// Nothing tells the site who asks next.
    #[error("--login: the site set no cookie after {place}, so the check would not be signed in")]
    NoCookie {
        /// The request.
        place: String,
    },
}
