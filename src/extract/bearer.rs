//! The secret that a program sends in `Authorization: Bearer` (RFC 6750, section 2.1). It is read from that header alone,
//! never from a form, a query or a cookie.

use actix_web::http::header::{self, HeaderMap};

use crate::domain::ApiSecret;
use crate::error::AppError;
use crate::error::problem::{INVALID_HEADER, Problem, text};

/// The secret of a request; `None` without the header.
///
/// # Errors
/// 400 if the header is repeated: a proxy may believe one line and we the other. 401 if it is not a Bearer secret of ours, by
/// its form and checksum. No query has run.
pub fn secret(headers: &HeaderMap) -> Result<Option<ApiSecret>, AppError> {
    let mut lines = headers.get_all(header::AUTHORIZATION);
    let line = match (lines.next(), lines.next()) {
        (None, _) => return Ok(None),
        (Some(line), None) => line,
        (Some(_), Some(_)) => return Err(INVALID_HEADER.because(text::REPEATED_AUTHORIZATION).into()),
    };
    let secret = line.to_str().ok().and_then(|line| {
        let (scheme, secret) = line.split_once(' ')?;
        ApiSecret::parse(secret.trim_matches(' ')).filter(|_| scheme.eq_ignore_ascii_case("bearer"))
    });
    secret.map(Some).ok_or_else(|| Problem::invalid_credentials().into())
}

#[cfg(test)]
mod tests {
    use actix_web::ResponseError as _;
    use actix_web::http::header::HeaderValue;

    use super::*;
    use crate::domain::ApiSecretKind;

    fn read(lines: &[&str]) -> Result<Option<ApiSecret>, u16> {
        let mut headers = HeaderMap::new();
        for line in lines {
            headers.append(header::AUTHORIZATION, HeaderValue::from_bytes(line.as_bytes()).unwrap());
        }
        secret(&headers).map_err(|error| error.status_code().as_u16())
    }

    #[test]
    fn exactly_one_bearer_line_is_read() {
        let secret = ApiSecret::generate(ApiSecretKind::AccessToken).unwrap();
        let text = secret.text();
        assert_eq!(read(&[]), Ok(None));
        for line in [format!("Bearer {text}"), format!("bearer {text}"), format!("BEARER   {text}")] {
            assert_eq!(read(&[&line]), Ok(Some(secret.clone())), "{line}");
        }
        let line = format!("Bearer {text}");
        for wrong in [
            "",
            "Bearer",
            "Bearer ",
            &text,
            &format!("Basic {text}"),
            &format!("Bearer\t{text}"),
            &format!("{line}, {line}"),
            &format!("{line} x"),
            &line[..line.len() - 1],
            "Bearer é",
        ] {
            assert_eq!(read(&[wrong]), Err(401), "{wrong}");
        }
        assert_eq!(read(&[&line, &line]), Err(400));
        assert_eq!(read(&[&line, "Basic x"]), Err(400));
    }
}
