//! The color of links and buttons (`ACCENT_COLOR`). The start checks that text in this color, and text on it,
//! has enough contrast in the light scheme and in the dark one.

use std::fmt;

use Scheme::{Dark, Light};

/// The lowest contrast that text may have (WCAG 2.2 §1.4.3, level AA).
const LEAST: f64 = 4.5;

/// A color in sRGB.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Color([u8; 3]);

const BLACK: Color = Color([0; 3]);
const WHITE: Color = Color([255; 3]);
/// Dark text on a bright button.
const NEAR_BLACK: Color = Color([0x06, 0x11, 0x0f]);

impl Color {
    /// Parses `#rrggbb` or `#rgb`.
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

    /// Mixes in some percent of another color.
    fn mixed(self, other: Self, percent: u8) -> Self {
        let part = u16::from(percent.min(100));
        let mix = |a: u8, b: u8| {
            let sum = u16::from(a) * (100 - part) + u16::from(b) * part;
            u8::try_from((sum + 50) / 100).unwrap_or(u8::MAX)
        };
        let ([r, g, b], [x, y, z]) = (self.0, other.0);
        Self([mix(r, x), mix(g, y), mix(b, z)])
    }

    /// The relative luminance, as WCAG 2.2 defines it.
    fn luminance(self) -> f64 {
        let linear = |value: u8| {
            let value = f64::from(value) / 255.0;
            if value <= 0.04045 { value / 12.92 } else { ((value + 0.055) / 1.055).powf(2.4) }
        };
        let [r, g, b] = self.0;
        0.2126 * linear(r) + 0.7152 * linear(g) + 0.0722 * linear(b)
    }

    /// The contrast ratio with another color, from 1 to 21, as WCAG 2.2 defines it.
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

/// One of the two color schemes of the style sheet.
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
    /// `--paper` in `static/app.css`.
    const fn paper(self) -> Color {
        match self {
            Light => Color([0xf5, 0xf7, 0xf5]),
            Dark => Color([0x0f, 0x15, 0x14]),
        }
    }

    /// `--surface` in `static/app.css`.
    const fn surface(self) -> Color {
        match self {
            Light => Color([0xff, 0xff, 0xff]),
            Dark => Color([0x18, 0x21, 0x20]),
        }
    }

    /// `--sunk` in `static/app.css`.
    const fn sunk(self) -> Color {
        match self {
            Light => Color([0xee, 0xf2, 0xf0]),
            Dark => Color([0x11, 0x19, 0x18]),
        }
    }

    /// `--ink` in `static/app.css`.
    const fn ink(self) -> Color {
        match self {
            Light => Color([0x16, 0x21, 0x1f]),
            Dark => Color([0xe9, 0xef, 0xed]),
        }
    }

    /// The color with the highest contrast with the backgrounds.
    const fn away(self) -> Color {
        match self {
            Light => BLACK,
            Dark => WHITE,
        }
    }

    /// How a color gets more contrast with the backgrounds.
    const fn change(self) -> &'static str {
        match self {
            Light => "darker",
            Dark => "lighter",
        }
    }
}

/// The accent and the colors derived from it, in one scheme.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Palette {
    /// `--accent`: links, and the background of buttons.
    accent: Color,
    /// `--accent-strong`: the accent while the pointer is on it.
    strong: Color,
    /// `--on-accent`: the text of buttons.
    on: Color,
    /// `--accent-soft`: the background of banners.
    soft: Color,
}

/// A pair of colors with too little contrast.
struct TooLow {
    contrast: f64,
    place: &'static str,
}

impl Palette {
    /// Derives the palette of an accent. Fails with the lowest contrast if that is below 4.5.
    fn new(scheme: Scheme, accent: Color) -> Result<Self, TooLow> {
        let strong = accent.mixed(scheme.away(), 25);
        let text = |on: Color| accent.contrast(on).min(strong.contrast(on));
        let on = if text(WHITE) >= text(NEAR_BLACK) { WHITE } else { NEAR_BLACK };
        // The strongest tint that leaves all text readable.
        let readable =
            |soft: &Color| [accent, strong, scheme.ink()].iter().all(|c| c.contrast(*soft) >= LEAST);
        let tints = (0..=16).rev().map(|percent| scheme.surface().mixed(accent, percent));
        let soft = tints.into_iter().find(readable).unwrap_or(scheme.surface());
        let palette = Self { accent, strong, on, soft };
        let pairs = palette.pairs(scheme);
        let lowest = pairs.into_iter().min_by(|(one, _), (two, _)| one.total_cmp(two));
        match lowest {
            Some((contrast, place)) if contrast < LEAST => Err(TooLow { contrast, place }),
            _ => Ok(palette),
        }
    }

    /// The contrast of every pair of text and background, with the name of the background.
    fn pairs(&self, scheme: Scheme) -> [(f64, &'static str); 11] {
        let Self { accent, strong, on, soft } = *self;
        [
            (accent.contrast(scheme.paper()), "pages"),
            (accent.contrast(scheme.surface()), "cards"),
            (accent.contrast(scheme.sunk()), "notices"),
            (accent.contrast(soft), "banners"),
            (strong.contrast(scheme.paper()), "pages"),
            (strong.contrast(scheme.surface()), "cards"),
            (strong.contrast(scheme.sunk()), "notices"),
            (strong.contrast(soft), "banners"),
            (scheme.ink().contrast(soft), "banners"),
            (on.contrast(accent), "buttons"),
            (on.contrast(strong), "buttons"),
        ]
    }

    /// The accent if it passes, or else the color that passes with the least black or white mixed in.
    fn nearest(scheme: Scheme, accent: Color) -> Color {
        (0..=100)
            .map(|percent| accent.mixed(scheme.away(), percent))
            .find(|color| Self::new(scheme, *color).is_ok())
            .unwrap_or(scheme.away())
    }

    fn variables(&self) -> String {
        let Self { accent, strong, on, soft } = self;
        format!("--accent: {accent}; --accent-strong: {strong}; --on-accent: {on}; --accent-soft: {soft};")
    }
}

/// The color of links and buttons, in the light scheme and in the dark one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Accent {
    light: Palette,
    dark: Palette,
}

/// Why a text is not an [`Accent`].
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AccentProblem {
    /// It is not one or two colors.
    #[error("must be one color such as #0d6156, or two (light scheme, dark scheme) such as #0d6156,#74d3c1")]
    Malformed,
    /// Text would be hard to read.
    #[error(
        "({color}) has a contrast of {contrast}:1 with the background of {place} in the {scheme} scheme, and \
         needs 4.5:1. {advice}: try {suggestion}"
    )]
    Contrast {
        /// The color, as `#rrggbb`.
        color: String,
        /// The scheme in which the contrast is too low.
        scheme: Scheme,
        /// What has the background: `pages`, `cards`.
        place: &'static str,
        /// The lowest contrast, rounded down to one decimal: 4.46 must not read as 4.5.
        contrast: String,
        /// What to do.
        advice: String,
        /// A similar value of the variable that passes.
        suggestion: String,
    },
}

/// The accent of our own style sheet.
impl Default for Accent {
    fn default() -> Self {
        let palette = |accent, strong, on, soft| Palette {
            accent: Color(accent),
            strong: Color(strong),
            on: Color(on),
            soft: Color(soft),
        };
        Self {
            light: palette([0x0d, 0x61, 0x56], [0x09, 0x4a, 0x42], [0xff, 0xff, 0xff], [0xdf, 0xf1, 0xec]),
            dark: palette([0x74, 0xd3, 0xc1], [0x9b, 0xe5, 0xd6], [0x06, 0x25, 0x1f], [0x15, 0x35, 0x2f]),
        }
    }
}

impl Accent {
    /// Parses one color for both schemes (`#0d6156`), or one for each (`#0d6156,#74d3c1`).
    pub fn parse(text: &str) -> Result<Self, AccentProblem> {
        let colors: Option<Vec<Color>> = text.split(',').map(|part| Color::parse(part.trim())).collect();
        let (light, dark, single) = match colors.as_deref() {
            Some([both]) => (*both, *both, true),
            Some([light, dark]) => (*light, *dark, false),
            _ => return Err(AccentProblem::Malformed),
        };
        let palette = |scheme: Scheme, color: Color| {
            Palette::new(scheme, color).map_err(|TooLow { contrast, place }| AccentProblem::Contrast {
                color: color.to_string(),
                scheme,
                place,
                contrast: format!("{:.1}", (contrast * 10.0).floor() / 10.0),
                advice: if single {
                    format!("Add a {} color for the {scheme} scheme", scheme.change())
                } else {
                    format!("Use a {} color for the {scheme} scheme", scheme.change())
                },
                suggestion: format!("{},{}", Palette::nearest(Light, light), Palette::nearest(Dark, dark)),
            })
        };
        Ok(Self { light: palette(Light, light)?, dark: palette(Dark, dark)? })
    }

    /// A style sheet that overrides the accent of `static/app.css`. It must come after that one.
    #[must_use]
    pub fn stylesheet(&self) -> String {
        format!(
            ":root {{ {} }}\n@media (prefers-color-scheme: dark) {{\n  :root {{ {} }}\n}}\n",
            self.light.variables(),
            self.dark.variables()
        )
    }

    /// The background and the text color of a button, as `#rrggbb`.
    #[must_use]
    pub fn button(&self, scheme: Scheme) -> (String, String) {
        let palette = if scheme == Light { &self.light } else { &self.dark };
        (palette.accent.to_string(), palette.on.to_string())
    }
}

#[cfg(test)]
mod tests;
