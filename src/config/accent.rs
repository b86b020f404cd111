//! The colour of links and buttons (`ACCENT_COLOR`). It is checked at start: text in it, on it and beside it
//! must have enough contrast on light pages and on dark ones.

use std::fmt;

use Scheme::{Dark, Light};

/// The least contrast of text (WCAG 2.2 §1.4.3, level AA).
const LEAST: f64 = 4.5;

/// A colour in sRGB.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Color([u8; 3]);

/// Dark text on a bright button.
const NEAR_BLACK: Color = Color([0x06, 0x11, 0x0f]);
const BLACK: Color = Color([0; 3]);
const WHITE: Color = Color([255; 3]);

impl Color {
    /// Reads `#rrggbb` or `#rgb`.
    fn parse(text: &str) -> Option<Self> {
        let digits: Vec<u8> = text
            .strip_prefix('#')?
            .chars()
            .map(|digit| digit.to_digit(16).and_then(|digit| u8::try_from(digit).ok()))
            .collect::<Option<_>>()?;
        match *digits.as_slice() {
            [r, g, b] => Some(Self([r * 17, g * 17, b * 17])),
            [r, s, g, h, b, c] => Some(Self([r * 16 + s, g * 16 + h, b * 16 + c])),
            _ => None,
        }
    }

    /// A colour between this one (0) and another (1).
    fn mixed(self, other: Self, part: f64) -> Self {
        let [r, g, b] = self.0;
        let [x, y, z] = other.0;
        let mix = |a: u8, b: u8| {
            let mixed = f64::from(a) + (f64::from(b) - f64::from(a)) * part;
            #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "between two bytes")]
            let mixed = mixed.round() as u8;
            mixed
        };
        Self([mix(r, x), mix(g, y), mix(b, z)])
    }

    /// The relative luminance (WCAG 2.2, "relative luminance").
    fn luminance(self) -> f64 {
        let linear = |value: u8| {
            let value = f64::from(value) / 255.0;
            if value <= 0.04045 { value / 12.92 } else { ((value + 0.055) / 1.055).powf(2.4) }
        };
        let [r, g, b] = self.0;
        0.2126 * linear(r) + 0.7152 * linear(g) + 0.0722 * linear(b)
    }

    /// The contrast with another colour, from 1 to 21 (WCAG 2.2, "contrast ratio").
    fn contrast(self, other: Self) -> f64 {
        let (one, two) = (self.luminance(), other.luminance());
        (one.max(two) + 0.05) / (one.min(two) + 0.05)
    }
}

impl fmt::Display for Color {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [r, g, b] = self.0;
        write!(f, "#{r:02x}{g:02x}{b:02x}")
    }
}

/// Light pages, or dark ones.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scheme {
    /// Dark text on light pages.
    Light,
    /// Light text on dark pages.
    Dark,
}

impl fmt::Display for Scheme {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if *self == Light { "light" } else { "dark" })
    }
}

impl Scheme {
    /// The backgrounds of text: `--paper`, `--surface` and `--sunk` of the style sheet.
    const fn backgrounds(self) -> [(&'static str, Color); 3] {
        match self {
            Light => [
                ("paper", Color([0xf5, 0xf7, 0xf5])),
                ("surface", Color([0xff, 0xff, 0xff])),
                ("sunk", Color([0xee, 0xf2, 0xf0])),
            ],
            Dark => [
                ("paper", Color([0x0f, 0x15, 0x14])),
                ("surface", Color([0x18, 0x21, 0x20])),
                ("sunk", Color([0x11, 0x19, 0x18])),
            ],
        }
    }

    /// The colour of text: `--ink`.
    const fn ink(self) -> Color {
        match self {
            Light => Color([0x16, 0x21, 0x1f]),
            Dark => Color([0xe9, 0xef, 0xed]),
        }
    }

    /// The colour farthest from the backgrounds.
    const fn away(self) -> Color {
        match self {
            Light => BLACK,
            Dark => WHITE,
        }
    }
}

/// The accent and its relatives in one scheme.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Palette {
    accent: Color,
    /// Under the pointer.
    strong: Color,
    /// Text on a button.
    on: Color,
    /// The background of a banner.
    soft: Color,
}

impl Palette {
    /// The palette of an accent, or the contrast that is too low, with where it is.
    fn new(scheme: Scheme, accent: Color) -> Result<Self, (f64, &'static str)> {
        let strong = accent.mixed(scheme.away(), 0.25);
        let least = |on: Color| accent.contrast(on).min(strong.contrast(on));
        let on = if least(WHITE) >= least(NEAR_BLACK) { WHITE } else { NEAR_BLACK };
        let [_, (_, surface), _] = scheme.backgrounds();
        let tint = |percent: u8| surface.mixed(accent, f64::from(percent) / 100.0);
        let readable = |soft: &Color| {
            accent.contrast(*soft) >= LEAST
                && strong.contrast(*soft) >= LEAST
                && scheme.ink().contrast(*soft) >= LEAST
        };
        // The strongest tint on which all text is readable; the faintest is almost the surface.
        let soft = (2..=16).rev().map(tint).find(readable).unwrap_or_else(|| tint(2));
        let palette = Self { accent, strong, on, soft };
        let pairs = scheme.backgrounds().into_iter().map(|(name, color)| (accent.contrast(color), name));
        let more = [
            (accent.contrast(soft), "banner"),
            (strong.contrast(soft), "banner"),
            (scheme.ink().contrast(soft), "banner"),
            (least(on), "button"),
        ];
        let lowest = pairs.chain(more).min_by(|(a, _), (b, _)| a.total_cmp(b));
        match lowest {
            Some((contrast, place)) if contrast < LEAST => Err((contrast, place)),
            _ => Ok(palette),
        }
    }

    /// The accent itself if it passes, or the most similar colour that does.
    fn nearest(scheme: Scheme, accent: Color) -> Color {
        let darker_or_lighter = (0..=100).map(|step| accent.mixed(scheme.away(), f64::from(step) / 100.0));
        darker_or_lighter
            .into_iter()
            .find(|color| Self::new(scheme, *color).is_ok())
            .unwrap_or_else(|| scheme.away())
    }

    fn variables(&self) -> String {
        let Self { accent, strong, on, soft } = self;
        format!("--accent: {accent}; --accent-strong: {strong}; --on-accent: {on}; --accent-soft: {soft};")
    }
}

/// The colour of links and buttons, on light pages and on dark ones.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Accent {
    light: Palette,
    dark: Palette,
}

/// Why a text names no usable accent.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum AccentProblem {
    /// It is not one or two colours.
    #[error("must be a color such as #0d6156, or two: for light pages and for dark ones (#0d6156,#74d3c1)")]
    Malformed,
    /// Text would be hard to read.
    #[error(
        "({color}) has a contrast of {contrast:.1}:1 with the {place} of {scheme} pages, and needs 4.5:1: try {suggestion}"
    )]
    Contrast {
        /// The colour.
        color: String,
        /// Where it is too low.
        scheme: Scheme,
        /// What it stands on.
        place: &'static str,
        /// The lowest contrast.
        contrast: f64,
        /// A similar value that passes.
        suggestion: String,
    },
}

/// The accent of our own style sheet.
impl Default for Accent {
    fn default() -> Self {
        let own = |accent, strong, on, soft| Palette {
            accent: Color(accent),
            strong: Color(strong),
            on: Color(on),
            soft: Color(soft),
        };
        Self {
            light: own([0x0d, 0x61, 0x56], [0x09, 0x4a, 0x42], [0xff, 0xff, 0xff], [0xdf, 0xf1, 0xec]),
            dark: own([0x74, 0xd3, 0xc1], [0x9b, 0xe5, 0xd6], [0x06, 0x25, 0x1f], [0x15, 0x35, 0x2f]),
        }
    }
}

impl Accent {
    /// Reads `#0d6156`, or `#0d6156,#74d3c1` for light and dark pages.
    ///
    /// # Errors
    /// The [`AccentProblem`], with a similar value that passes.
    pub fn parse(text: &str) -> Result<Self, AccentProblem> {
        let colors: Option<Vec<Color>> = text.split(',').map(|part| Color::parse(part.trim())).collect();
        let (light, dark) = match colors.as_deref() {
            Some([both]) => (*both, *both),
            Some([light, dark]) => (*light, *dark),
            _ => return Err(AccentProblem::Malformed),
        };
        let palette = |scheme, color: Color| {
            Palette::new(scheme, color).map_err(|(contrast, place)| AccentProblem::Contrast {
                color: color.to_string(),
                scheme,
                place,
                contrast,
                suggestion: format!("{},{}", Palette::nearest(Light, light), Palette::nearest(Dark, dark)),
            })
        };
        Ok(Self { light: palette(Light, light)?, dark: palette(Dark, dark)? })
    }

    /// A style sheet that replaces the accent of ours.
    #[must_use]
    pub fn stylesheet(&self) -> String {
        format!(
            ":root {{ {} }}\n@media (prefers-color-scheme: dark) {{\n  :root {{ {} }}\n}}\n",
            self.light.variables(),
            self.dark.variables()
        )
    }

    /// The colours of a button and of its text in a scheme.
    #[must_use]
    pub fn button(&self, scheme: Scheme) -> (String, String) {
        let palette = if scheme == Light { &self.light } else { &self.dark };
        (palette.accent.to_string(), palette.on.to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn style_sheet() -> String {
        std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/static/app.css")).unwrap()
    }

    /// A variable of the style sheet: of light pages first, of dark ones second.
    fn variable(css: &str, name: &str, scheme: Scheme) -> Color {
        let start = format!("--{name}: ");
        let values: Vec<&str> =
            css.match_indices(&start).map(|(at, _)| &css[at + start.len()..at + start.len() + 7]).collect();
        assert_eq!(values.len(), 2, "{name}");
        Color::parse(values[usize::from(scheme == Dark)]).unwrap()
    }

    #[test]
    fn the_backgrounds_are_those_of_the_style_sheet() {
        let css = style_sheet();
        for scheme in [Light, Dark] {
            for (name, color) in scheme.backgrounds() {
                assert_eq!(variable(&css, name, scheme), color, "{name} {scheme}");
            }
            assert_eq!(variable(&css, "ink", scheme), scheme.ink());
        }
        let ours = Accent::default();
        for (scheme, palette) in [(Light, &ours.light), (Dark, &ours.dark)] {
            let variables = ["accent", "accent-strong", "on-accent", "accent-soft"];
            let [accent, strong, on, soft] = variables.map(|name| variable(&css, name, scheme));
            assert_eq!(*palette, Palette { accent, strong, on, soft });
        }
        assert!(lowest(&ours) >= LEAST);
    }

    /// The contrasts of a palette, computed again from its style sheet.
    fn lowest(accent: &Accent) -> f64 {
        let css = accent.stylesheet();
        let of = |scheme: Scheme| {
            let color = |name: &str| variable(&css, name, scheme);
            let (accent, strong, on, soft) =
                (color("accent"), color("accent-strong"), color("on-accent"), color("accent-soft"));
            let texts = scheme.backgrounds().map(|(_, background)| accent.contrast(background));
            let more = [
                accent.contrast(soft),
                strong.contrast(soft),
                scheme.ink().contrast(soft),
                on.contrast(accent),
                on.contrast(strong),
            ];
            texts.into_iter().chain(more).fold(f64::MAX, f64::min)
        };
        of(Light).min(of(Dark))
    }

    #[test]
    fn an_accent_that_is_accepted_is_readable_and_a_suggestion_is_accepted() {
        assert!(lowest(&Accent::parse("#0d6156,#74d3c1").unwrap()) >= LEAST, "ours");
        for color in
            ["#1d4ed8", "#e01e5a", "#FFCC00", "#f60", "#000000", "#fff", "#7c3aed", "#808080", "#123, #abc"]
        {
            let accent = match Accent::parse(color) {
                Ok(accent) => accent,
                Err(AccentProblem::Contrast { suggestion, contrast, .. }) => {
                    assert!((1.0..LEAST).contains(&contrast), "{color}: {contrast}");
                    Accent::parse(&suggestion)
                        .unwrap_or_else(|problem| panic!("{color}: {suggestion} {problem}"))
                }
                Err(problem) => panic!("{color} {problem}"),
            };
            assert!(lowest(&accent) >= LEAST, "{color}: {}", accent.stylesheet());
        }
    }

    #[test]
    fn a_problem_names_the_scheme_and_a_color_that_passes() {
        let problem = Accent::parse("#1d4ed8").unwrap_err().to_string();
        assert!(problem.starts_with("(#1d4ed8) has a contrast of 2."), "{problem}");
        assert!(problem.contains("of dark pages") && problem.contains("try #1d4ed8,#"), "{problem}");
        for malformed in
            ["", "red", "#12", "#12345g", "#1234567", "#111,#222,#333", "#111,", "0d6156", "#ääää"]
        {
            assert_eq!(Accent::parse(malformed), Err(AccentProblem::Malformed), "{malformed}");
        }
    }

    #[test]
    fn contrasts_are_those_of_the_standard() {
        assert!((BLACK.contrast(WHITE) - 21.0).abs() < 1e-9);
        let grey = Color::parse("#767676").unwrap();
        assert!((4.5..4.6).contains(&grey.contrast(WHITE)), "the lightest grey that passes on white");
    }
}
