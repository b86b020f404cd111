//! The cookies with which a browser is signed in. Their values are never printed.

use thirtyfour::common::cookie;
use thirtyfour::prelude::*;

use super::problem::BrowserProblem;
use crate::domain::Origin;
use crate::verify::session::cookie_jar::StoredCookie;
use crate::verify::set_cookie::SameSite;

/// Gives cookies to the browser, whose window shows a page of the site.
pub(super) async fn set(
    browser: &WebDriver,
    site: &Origin,
    cookies: &[StoredCookie],
) -> Result<(), BrowserProblem> {
    for cookie in cookies {
        // The cause could quote the value.
        let refused =
            |_cause| BrowserProblem::WebDriver(format!("the browser refuses the cookie {}", cookie.name));
        browser.add_cookie(as_set(site, cookie)).await.map_err(refused)?;
    }
    Ok(())
}

/// A cookie as the browser gets it. Where the SameSite attribute is unknown it is `None`, so that a frame on another
/// site is signed in, too.
fn as_set(site: &Origin, cookie: &StoredCookie) -> cookie::Cookie {
    // Browsers accept Secure cookies from this machine without https.
    let secure = site.is_https() || site.is_loopback();
    let mut given = cookie::Cookie::new(&cookie.name, &cookie.value);
    given.set_path(&cookie.path);
    given.set_secure(secure);
    given.set_http_only(true);
    given.same_site = match cookie.same_site {
        Some(SameSite::Strict) => Some(cookie::SameSite::Strict),
        Some(SameSite::Lax) => Some(cookie::SameSite::Lax),
        Some(SameSite::None) => Some(cookie::SameSite::None),
        // The browser decides, as it does for a user.
        Some(SameSite::Unset) => None,
        None if secure => Some(cookie::SameSite::None),
        None => Some(cookie::SameSite::Lax),
    };
    given
}

/// Which attributes were assumed.
pub(super) fn assumed(cookies: &[StoredCookie]) -> Option<String> {
    let unknown = cookies.iter().filter(|cookie| cookie.same_site.is_none());
    let unknown: Vec<&str> = unknown.map(|cookie| cookie.name.as_str()).collect();
    (!unknown.is_empty()).then(|| {
        format!("no response shows the SameSite attribute of the given cookies {}", unknown.join(", "))
    })
}

#[cfg(test)]
mod tests {
    use url::Url;

    use super::*;
    use crate::verify::session::cookie_jar::CookieJar;
    use crate::verify::set_cookie::SetCookie;

    #[test]
    fn an_attribute_that_the_site_shows_is_used_and_a_missing_one_is_left_to_the_browser() {
        for (site, line, expected) in [
            ("https://x.example", Some("SameSite=Strict"), Some(cookie::SameSite::Strict)),
            ("https://x.example", Some("SameSite=None; Secure"), Some(cookie::SameSite::None)),
            ("https://x.example", Some("Secure"), None),
            ("https://x.example", None, Some(cookie::SameSite::None)),
            ("http://x.example", None, Some(cookie::SameSite::Lax)),
            ("http://127.0.0.1", None, Some(cookie::SameSite::None)),
        ] {
            let (origin, url) = (Origin::parse(site).unwrap(), Url::parse(site).unwrap());
            let given = match line {
                None => vec![StoredCookie::given("id", "hidden")],
                Some(line) => {
                    let mut jar = CookieJar::new(&origin);
                    jar.learn(&url, &SetCookie::parse(&format!("id=hidden; {line}")));
                    jar.sent()
                }
            };
            assert_eq!(as_set(&origin, &given[0]).same_site, expected, "{site} {line:?}");
            let told = assumed(&given);
            assert_eq!(told.is_some(), line.is_none(), "{site} {line:?}");
            assert!(told.is_none_or(|told| told.ends_with(" id") && !told.contains("hidden")));
        }
    }
}
