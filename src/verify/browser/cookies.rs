//! The cookies with which a browser is signed in. Their values are never printed.

use thirtyfour::common::cookie::{Cookie, SameSite};
use thirtyfour::prelude::*;

use super::problem::BrowserProblem;
use crate::domain::Origin;
use crate::verify::probe::VisitedPage;

/// Cookies with the attributes that they get.
#[derive(Debug)]
pub(super) struct SetCookies<'a> {
    site: &'a Origin,
    /// Name, value, and the attribute that the site itself sets, if a response has shown it.
    cookies: Vec<(&'a str, &'a str, Option<SameSite>)>,
}

impl<'a> SetCookies<'a> {
    /// Looks for the attributes of each cookie in the responses of the site.
    pub(super) fn new(cookies: &'a [(String, String)], pages: &[VisitedPage], site: &'a Origin) -> Self {
        let lines = || pages.iter().flat_map(|page| page.response.lines("set-cookie"));
        let known = |name: &str| lines().find_map(|line| same_site(line, name));
        let cookies = cookies.iter().map(|(name, value)| (name.as_str(), value.as_str(), known(name)));
        Self { site, cookies: cookies.collect() }
    }

    /// Gives the cookies to the browser, whose window shows a page of the site. Where the attribute is unknown it
    /// is `None`, so that a frame on another site is signed in, too.
    pub(super) async fn set(&self, browser: &WebDriver) -> Result<(), BrowserProblem> {
        // Browsers accept Secure cookies from this machine without https.
        let secure = self.site.is_https() || self.site.is_loopback();
        for (name, value, known) in &self.cookies {
            let mut cookie = Cookie::new(*name, *value);
            cookie.set_path("/");
            cookie.set_secure(secure);
            cookie.set_http_only(true);
            cookie.set_same_site(match known {
                Some(known) => *known,
                None if secure => SameSite::None,
                None => SameSite::Lax,
            });
            // The cause could quote the value.
            let refused =
                |_cause| BrowserProblem::WebDriver(format!("the browser refuses the cookie {name}"));
            browser.add_cookie(cookie).await.map_err(refused)?;
        }
        Ok(())
    }

    /// Which attributes were assumed.
    pub(super) fn assumed(&self) -> Option<String> {
        let unknown = self.cookies.iter().filter(|(.., known)| known.is_none()).map(|(name, ..)| *name);
        let unknown: Vec<&str> = unknown.collect();
        (!unknown.is_empty()).then(|| {
            format!("no response shows the SameSite attribute of the given cookies {}", unknown.join(", "))
        })
    }
}

/// The attribute in a line that sets the cookie of this name.
fn same_site(line: &str, name: &str) -> Option<SameSite> {
    let mut parts = line.split(';');
    let given = parts.next()?.split('=').next()?.trim();
    let attributes = || parts.clone().filter_map(|part| part.split_once('='));
    let value = attributes().find(|(attribute, _)| attribute.trim().eq_ignore_ascii_case("samesite"));
    let value = value.map(|(_, value)| value.trim().to_ascii_lowercase());
    let value = match value.as_deref() {
        Some("strict") => SameSite::Strict,
        Some("none") => SameSite::None,
        // Chromium and Firefox treat an unmarked cookie so, too.
        _ => SameSite::Lax,
    };
    (given == name).then_some(value)
}

#[cfg(test)]
mod tests {
    use url::Url;

    use super::*;
    use crate::verify::response::Response;

    #[test]
    fn an_attribute_that_the_site_shows_is_used_and_another_one_is_named_without_its_value() {
        let fields = vec![("set-cookie".to_owned(), "id=1; Path=/; sameSite=Strict".to_owned())];
        let response = Response { status: 200, fields, ..Response::default() };
        let pages = [VisitedPage { url: Url::parse("https://x.example/").unwrap(), response }];
        let given = [("id".to_owned(), "hidden".to_owned()), ("other".to_owned(), "hidden".to_owned())];
        let site = Origin::parse("https://x.example").unwrap();
        let cookies = SetCookies::new(&given, &pages, &site);
        let known: Vec<_> = cookies.cookies.iter().map(|(.., known)| *known).collect();
        assert_eq!(known, [Some(SameSite::Strict), None]);
        let told = cookies.assumed().unwrap();
        assert!(told.contains("other") && !told.contains("hidden"), "{told}");
        assert_eq!(same_site("id=1", "id"), Some(SameSite::Lax));
        assert_eq!(same_site("other=1; SameSite=None", "id"), None);
    }
}
