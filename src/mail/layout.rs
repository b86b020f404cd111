//! The HTML version of a mail, made from the same paragraphs as the plain text. It loads nothing from
//! anywhere, so opening a mail tells nobody.

use serde::Serialize;
use tera::{Context, Tera};

use super::body::{MailBody, Paragraph};
use crate::assets::Assets;
use crate::config::Identity;
use crate::config::accent::Scheme;
use crate::db;
use crate::mail::letter::LetterProblem;

/// The template, below `templates/`.
const TEMPLATE: &str = "mail/layout.html";

/// The frame of every HTML mail of a site.
#[derive(Clone)]
pub struct MailLayout {
    tera: Tera,
    site_name: String,
    colors: Colors,
}

/// The colours of a button: its own and its text's, in both colour schemes.
#[derive(Clone, Serialize)]
struct Colors {
    light: String,
    on_light: String,
    dark: String,
    on_dark: String,
}

impl MailLayout {
    /// Loads the template.
    ///
    /// # Errors
    /// A [`LetterProblem`]: the server must not start.
    pub fn load(assets: &Assets, identity: &Identity) -> Result<Self, LetterProblem> {
        let mut tera = Tera::new();
        let unreadable = |error: std::io::Error| LetterProblem(error.to_string());
        for (name, file) in assets.files("templates", TEMPLATE).map_err(unreadable)? {
            tera.add_raw_template(&name, &file.text().map_err(unreadable)?)
                .map_err(|error| LetterProblem(db::with_causes(&error)))?;
        }
        let accent = identity.accent.clone().unwrap_or_default();
        let ((light, on_light), (dark, on_dark)) =
            (accent.button(Scheme::Light), accent.button(Scheme::Dark));
        let colors = Colors { light, on_light, dark, on_dark };
        let layout = Self { tera, site_name: identity.name.clone(), colors };
        let shown = layout.html("en", "", &MailBody::parse(""));
        shown.map(|_| layout).map_err(|error| LetterProblem(db::with_causes(&error)))
    }

    /// The HTML of a mail in a language.
    ///
    /// # Errors
    /// A fault in the template.
    pub fn html(&self, language: &str, subject: &str, body: &MailBody) -> tera::TeraResult<String> {
        let mut context = Context::new();
        context.insert("lang", language);
        context.insert("subject", subject);
        context.insert("site_name", &self.site_name);
        context.insert("accent", &self.colors);
        // Wrapped, because a line of a mail has at most 998 characters.
        let paragraphs: Vec<Paragraph> = body.paragraphs().iter().map(Paragraph::wrapped).collect();
        context.insert("paragraphs", &paragraphs);
        self.tera.render(TEMPLATE, &context)
    }
}
