//! Cookies in a file of the Netscape format, which browsers' extensions, curl and wget write: a line for each
//! cookie, with seven fields and tabs between them.

use chrono::DateTime;

use super::cookie_jar::StoredCookie;

/// curl and browsers mark a cookie that scripts cannot read with this, in front of its domain.
const HTTP_ONLY: &str = "#HttpOnly_";

/// The cookies of a file, or the number of the first line that is not one.
pub(super) fn parse(text: &str) -> Result<Vec<StoredCookie>, usize> {
    let lines = text.lines().enumerate().map(|(at, line)| (at + 1, line.trim_end_matches('\r')));
    let lines = lines.map(|(number, line)| (number, line.strip_prefix(HTTP_ONLY).unwrap_or(line)));
    let lines = lines.filter(|(_, line)| !line.trim().is_empty() && !line.starts_with('#'));
    lines.map(|(number, line)| cookie(line).ok_or(number)).collect()
}

fn cookie(line: &str) -> Option<StoredCookie> {
    let mut fields = line.split('\t');
    let domain = fields.next()?.trim().trim_start_matches('.').to_ascii_lowercase();
    let below = flag(fields.next()?)?;
    let path = fields.next()?;
    let secure = flag(fields.next()?)?;
    // Some writers add a fraction. Zero is a cookie of the session.
    let expires: i64 = fields.next()?.split('.').next()?.parse().ok()?;
    let (name, value) = (fields.next()?, fields.next().unwrap_or_default());
    let good = !domain.is_empty() && path.starts_with('/') && is_pair(name, value) && fields.next().is_none();
    good.then(|| StoredCookie {
        name: name.to_owned(),
        value: value.to_owned(),
        domain: Some(domain),
        below,
        path: path.to_owned(),
        secure,
        same_site: None,
        expires: if expires == 0 { None } else { DateTime::from_timestamp(expires, 0) },
    })
}

fn flag(text: &str) -> Option<bool> {
    match text.to_ascii_uppercase().as_str() {
        "TRUE" => Some(true),
        "FALSE" => Some(false),
        _ => None,
    }
}

/// Whether this can stand in a Cookie header.
pub(super) fn is_pair(name: &str, value: &str) -> bool {
    let plain = |text: &str| !text.contains(|c: char| c.is_control() || c == ';');
    !name.is_empty() && !name.contains(['=', ' ']) && plain(name) && plain(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lines_of_a_file_are_read_as_curl_reads_them() {
        let text = "# Netscape HTTP Cookie File\r\n\n.Example.com\tTRUE\t/\tTRUE\t4102444800\tid\ta=b\r\n\
                    #HttpOnly_account.example.com\tFALSE\t/a\tFALSE\t0\tsession\tc\nb.example\tFALSE\t/\tfalse\t0\tempty\n";
        let cookies = parse(text).unwrap_or_default();
        let shown: Vec<_> = cookies
            .iter()
            .map(|c| (c.domain.as_deref().unwrap(), c.below, &*c.path, c.secure, &*c.name, &*c.value))
            .collect();
        assert_eq!(
            shown,
            [
                ("example.com", true, "/", true, "id", "a=b"),
                ("account.example.com", false, "/a", false, "session", "c"),
                ("b.example", false, "/", false, "empty", ""),
            ]
        );
        assert_eq!((cookies[0].expires.is_some(), cookies[1].expires), (true, None));
    }

    #[test]
    fn a_line_that_is_no_cookie_is_named_by_its_number() {
        for wrong in [
            "id=a",
            "a.example TRUE / TRUE 0 id a",
            "a.example\tyes\t/\tTRUE\t0\tid\ta",
            "a.example\tTRUE\t/\tTRUE\tnever\tid\ta",
            "a.example\tTRUE\tx\tTRUE\t0\tid\ta",
            "a.example\tTRUE\t/\tTRUE\t0\tid\ta\u{7};b",
        ] {
            assert_eq!(parse(&format!("# x\n{wrong}\n")).err(), Some(2), "{wrong}");
        }
    }
}
