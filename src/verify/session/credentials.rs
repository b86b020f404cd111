//! What makes a check a user of a site: cookies, header lines, and the recipe of a sign-in. Errors name the
//! option and never quote a value.

use super::cookie_file;
use super::cookie_jar::StoredCookie;
use crate::verify::sign_in::Recipe;

/// Header lines that the check decides itself.
const OWN: [&str; 9] = [
    "connection",
    "content-length",
    "content-type",
    "expect",
    "host",
    "origin",
    "te",
    "transfer-encoding",
    "upgrade",
];

/// What is sent to a site besides the requests themselves. It has no `Debug`: everything in it is secret.
#[derive(Clone, Default)]
pub struct Credentials {
    pub(super) cookies: Vec<StoredCookie>,
    pub(super) headers: Vec<(String, String)>,
    pub(in crate::verify) recipe: Option<Recipe>,
}

/// Why a credential cannot be used.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum CredentialProblem {
    /// `--cookie` is malformed.
    #[error("--cookie: write it as 'name=value', or 'name=value; name=value' (without line breaks)")]
    Cookie,
    /// `--header` is malformed.
    #[error("--header: write it as 'Name: value' (without line breaks)")]
    Header,
    /// The check decides this header.
    #[error("--header {0}: the check sets this header itself, so it cannot be given")]
    OwnHeader(String),
    /// Cookies have an option of their own.
    #[error("--header Cookie: give cookies with --cookie or --cookie-file")]
    CookieHeader,
    /// A line of the file is not a cookie.
    #[error(
        "--cookie-file: line {0} is not a cookie of the Netscape format: domain, TRUE or FALSE, path, TRUE or FALSE, expiry in seconds, name and value, with tabs between them"
    )]
    FileLine(usize),
    /// The file has no cookie.
    #[error("--cookie-file: the file holds no cookie")]
    NoCookie,
}

impl Credentials {
    /// Whether nothing is given.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.cookies.is_empty() && self.headers.is_empty() && self.recipe.is_none()
    }

    /// What is given, without the values: a session that was renewed is the same one.
    pub(in crate::verify) fn names(&self) -> Vec<String> {
        let cookies = self.cookies.iter().map(|cookie| {
            let StoredCookie { name, domain, below, path, .. } = cookie;
            format!("cookie {domain:?} {below} {path} {name}")
        });
        let headers = self.headers.iter().map(|(name, _)| format!("header {name}"));
        let recipe = self.recipe.iter().map(|_| "recipe".to_owned());
        cookies.chain(headers).chain(recipe).collect()
    }

    /// Adds cookies, as in `a=1; b=2`. They go to the site of the check only.
    ///
    /// # Errors
    /// A [`CredentialProblem`], if the text is malformed.
    pub fn add_cookies(&mut self, text: &str) -> Result<(), CredentialProblem> {
        for pair in text.split(';').map(|pair| pair.trim_matches(' ')).filter(|pair| !pair.is_empty()) {
            let (name, value) = pair.split_once('=').ok_or(CredentialProblem::Cookie)?;
            if !cookie_file::is_pair(name, value) {
                return Err(CredentialProblem::Cookie);
            }
            self.cookies.push(StoredCookie::given(name, value));
        }
        if self.cookies.is_empty() { Err(CredentialProblem::Cookie) } else { Ok(()) }
    }

    /// Adds a header line, as in `Authorization: Bearer …`.
    ///
    /// # Errors
    /// A [`CredentialProblem`], if the line is malformed, or one that the check sets.
    pub fn add_header(&mut self, line: &str) -> Result<(), CredentialProblem> {
        let (name, value) = line.split_once(':').ok_or(CredentialProblem::Header)?;
        let name = name.trim().to_ascii_lowercase();
        let token = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
        let value = value.trim_matches([' ', '\t']);
        if name.is_empty() || !name.bytes().all(token) || value.is_empty() || value.contains(char::is_control)
        {
            return Err(CredentialProblem::Header);
        }
        if name == "cookie" {
            return Err(CredentialProblem::CookieHeader);
        }
        if OWN.contains(&name.as_str()) || name.starts_with("sec-") || name.starts_with("proxy-") {
            return Err(CredentialProblem::OwnHeader(name));
        }
        self.headers.push((name, value.to_owned()));
        Ok(())
    }

    /// Adds the cookies of a file in the Netscape format. Each goes to the hosts and paths that its line says.
    ///
    /// # Errors
    /// A [`CredentialProblem`], if a line is not a cookie, or if there is none.
    pub fn add_cookie_file(&mut self, text: &str) -> Result<(), CredentialProblem> {
        let cookies = cookie_file::parse(text).map_err(CredentialProblem::FileLine)?;
        if cookies.is_empty() {
            return Err(CredentialProblem::NoCookie);
        }
        self.cookies.extend(cookies);
        Ok(())
    }

    /// Signs in by a recipe, at the start of the check.
    pub fn sign_in_by(&mut self, recipe: Recipe) {
        self.recipe = Some(recipe);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn malformed_credentials_are_refused_without_being_quoted() {
        let mut given = Credentials::default();
        for text in ["", "hunter22", "=hunter22", "a=hunter22\r\nX: y", "a b=hunter22", ";"] {
            assert_eq!(given.add_cookies(text), Err(CredentialProblem::Cookie), "{text}");
        }
        for line in ["hunter22", ": hunter22", "a b: hunter22", "A: hunter22\r\nB: c", "A:"] {
            assert_eq!(given.add_header(line), Err(CredentialProblem::Header), "{line}");
        }
        assert_eq!(given.add_header("COOKIE: a=b"), Err(CredentialProblem::CookieHeader));
        for line in ["Host: x", "Sec-Fetch-Dest: iframe", "Content-Length: 5", "Proxy-Authorization: x"] {
            let problem = given.add_header(line).unwrap_err().to_string();
            assert!(problem.contains("the check sets this header itself"), "{problem}");
        }
        assert_eq!(given.add_cookie_file("# nothing\n"), Err(CredentialProblem::NoCookie));
        assert!(given.is_empty());
        given.add_cookies("a=1; b=\"2\"; ").unwrap();
        given.add_header("Authorization: Bearer x:y").unwrap();
        assert_eq!(given.cookies.len(), 2);
        assert_eq!(given.headers, [("authorization".to_owned(), "Bearer x:y".to_owned())]);
    }
}
