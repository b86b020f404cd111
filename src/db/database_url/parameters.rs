//! The query of a connection string: the parameters that we interpret ourselves, and the rest for
//! tokio-postgres.

use std::path::PathBuf;

use url::form_urlencoded;

use super::DatabaseUrlProblem;
use crate::db::tls::TlsFiles;

/// The parameters of a connection string.
#[derive(Default)]
pub(super) struct Parameters {
    sslmode: Option<String>,
    pub(super) sslrootcert: Option<String>,
    sslcert: Option<PathBuf>,
    sslkey: Option<PathBuf>,
    pub(super) options: String,
    /// All others, encoded.
    pub(super) rest: String,
}

impl Parameters {
    pub(super) fn parse(query: &str) -> Self {
        let mut parameters = Self::default();
        let mut rest = form_urlencoded::Serializer::new(String::new());
        // In a connection string `+` is not a space (RFC 3986), but the form parser reads it as one.
        for (name, value) in form_urlencoded::parse(query.replace('+', "%2B").as_bytes()) {
            match &*name {
                "sslmode" => parameters.sslmode = Some(value.into_owned()),
                "sslrootcert" => parameters.sslrootcert = Some(value.into_owned()),
                "sslcert" => parameters.sslcert = Some(PathBuf::from(&*value)),
                "sslkey" => parameters.sslkey = Some(PathBuf::from(&*value)),
                "options" => parameters.options = value.into_owned(),
                _ => {
                    rest.append_pair(&name, &value);
                }
            }
        }
        // The serializer writes a space as `+`.
        parameters.rest = rest.finish().replace('+', "%20");
        parameters
    }

    /// The files to verify the server with; `None` in plain text.
    pub(super) fn tls_files(&self, loopback: bool) -> Result<Option<TlsFiles>, DatabaseUrlProblem> {
        if self.is_plain(loopback)? {
            let unused = [
                (self.sslrootcert.is_some(), "sslrootcert"),
                (self.sslcert.is_some(), "sslcert"),
                (self.sslkey.is_some(), "sslkey"),
            ];
            return match unused.into_iter().find(|(given, _)| *given) {
                Some((_, parameter)) => Err(DatabaseUrlProblem::UnusedFile(parameter)),
                None => Ok(None),
            };
        }
        let client = match (self.sslcert.clone(), self.sslkey.clone()) {
            (Some(cert), Some(key)) => Some((cert, key)),
            (None, None) => None,
            _ => return Err(DatabaseUrlProblem::HalfClient),
        };
        // As in libpq, `system` means the system's roots.
        let root = self.sslrootcert.as_ref().filter(|path| *path != "system").map(PathBuf::from);
        Ok(Some(TlsFiles { root, client }))
    }

    fn is_plain(&self, loopback: bool) -> Result<bool, DatabaseUrlProblem> {
        match self.sslmode.as_deref() {
            None => Ok(loopback),
            Some("disable") if loopback => Ok(true),
            Some("disable") => Err(DatabaseUrlProblem::PlainText),
            Some("require" | "verify-full") => Ok(false),
            Some(weak @ ("allow" | "prefer" | "verify-ca")) => {
                Err(DatabaseUrlProblem::WeakMode(weak.to_owned()))
            }
            Some(unknown) => Err(DatabaseUrlProblem::UnknownMode(unknown.to_owned())),
        }
    }
}
