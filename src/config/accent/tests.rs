//! Which colors are accepted, and what the style sheet of one holds.

use super::*;

/// The value of a variable in a style sheet that sets it for the light scheme, then for the dark one.
fn variable(css: &str, name: &str, scheme: Scheme) -> Color {
    let start = format!("--{name}: ");
    let values: Vec<&str> =
        css.match_indices(&start).map(|(at, _)| &css[at + start.len()..at + start.len() + 7]).collect();
    assert_eq!(values.len(), 2, "{name}");
    Color::parse(values[usize::from(scheme == Dark)]).unwrap()
}

/// The lowest contrast of a style sheet of an accent, over all pairs and both schemes.
fn lowest(css: &str) -> f64 {
    let mut contrasts = Vec::new();
    for scheme in [Light, Dark] {
        let names = ["accent", "accent-strong", "on-accent", "accent-soft"];
        let [accent, strong, on, soft] = names.map(|name| variable(css, name, scheme));
        for background in [scheme.paper(), scheme.surface(), scheme.sunk(), soft] {
            contrasts.extend([accent.contrast(background), strong.contrast(background)]);
        }
        contrasts.extend([scheme.ink().contrast(soft), on.contrast(accent), on.contrast(strong)]);
    }
    contrasts.into_iter().fold(f64::MAX, f64::min)
}

#[test]
fn the_constants_equal_the_variables_of_the_style_sheet() {
    let css = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/static/app.css")).unwrap();
    let ours = Accent::default();
    for (scheme, palette) in [(Light, &ours.light), (Dark, &ours.dark)] {
        for (name, constant) in [
            ("paper", scheme.paper()),
            ("surface", scheme.surface()),
            ("sunk", scheme.sunk()),
            ("ink", scheme.ink()),
            ("accent", palette.accent),
            ("accent-strong", palette.strong),
            ("on-accent", palette.on),
            ("accent-soft", palette.soft),
        ] {
            assert_eq!(variable(&css, name, scheme), constant, "{name}, {scheme}");
        }
    }
    assert!(lowest(&ours.stylesheet()) >= LEAST);
}

#[test]
fn a_color_passes_or_its_suggestion_does() {
    let ours = Accent::parse("#0d6156,#74d3c1").unwrap();
    assert!(lowest(&ours.stylesheet()) >= LEAST);
    for text in
        ["#1d4ed8", "#e01e5a", "#ffcc00", "#ff6600", "#000000", "#ffffff", "#7c3aed", "#808080", "#00ff00"]
    {
        let accent = Accent::parse(text).or_else(|problem| match &problem {
            AccentProblem::Contrast { suggestion, .. } => Accent::parse(suggestion),
            AccentProblem::Malformed => Err(problem),
        });
        let css = accent.unwrap().stylesheet();
        assert!(lowest(&css) >= LEAST, "{text}: {css}");
    }
}

/// Steps through the color cube, because the palette of a rare color may fail where those above pass.
#[test]
fn every_accepted_color_is_readable_and_every_suggestion_is_accepted() {
    let steps = || (0..=255).step_by(17);
    for color in steps().flat_map(|r| steps().flat_map(move |g| steps().map(move |b| Color([r, g, b])))) {
        let both = Accent {
            light: Palette::new(Light, Palette::nearest(Light, color)).ok().unwrap(),
            dark: Palette::new(Dark, Palette::nearest(Dark, color)).ok().unwrap(),
        };
        assert!(lowest(&both.stylesheet()) >= LEAST, "{color}");
    }
}

#[test]
fn a_problem_names_the_scheme_the_background_the_contrast_and_a_color_that_passes() {
    for (text, told) in [
        (
            "#1d4ed8",
            "(#1d4ed8) has a contrast of 2.4:1 with the background of cards in the dark scheme, and \
             needs 4.5:1. Add a lighter color for the dark scheme: try #1d4ed8,#",
        ),
        (
            "#fc0",
            "(#ffcc00) has a contrast of 1.3:1 with the background of notices in the light scheme, and \
             needs 4.5:1. Add a darker color for the light scheme: try #",
        ),
        (
            "#0d6156,#000",
            "(#000000) has a contrast of 1.1:1 with the background of pages in the dark scheme, and \
             needs 4.5:1. Use a lighter color for the dark scheme: try #0d6156,#",
        ),
    ] {
        let problem = Accent::parse(text).unwrap_err().to_string();
        assert!(problem.starts_with(told), "{text}: {problem}");
    }
    let almost = Accent::parse("#717171,#fff").unwrap_err().to_string();
    assert!(almost.contains("a contrast of 4.3:1"), "{almost}");
    let closer = Accent::parse("#6f6f6f,#fff").unwrap_err().to_string();
    assert!(closer.contains("a contrast of 4.4:1"), "rounds down: {closer}");
}

#[test]
fn a_value_that_is_not_one_or_two_colors_is_malformed() {
    for text in [
        "",
        " ",
        ",",
        "red",
        "#12",
        "#12345g",
        "#1234",
        "#1234567",
        "0d6156",
        "#111,",
        ",#111",
        "#111,#eee,#222",
        "#111 #eee",
        "#ääää",
        "#+12",
        "#111;}",
        "# 111",
    ] {
        assert_eq!(Accent::parse(text), Err(AccentProblem::Malformed), "{text}");
    }
}

#[test]
fn case_short_form_and_spaces_make_no_difference() {
    let accent = Accent::parse("#115544,#AADDCC").unwrap();
    for same in ["#154,#adc", " #115544 , #aaddcc ", "#154\t,#ADC"] {
        assert_eq!(Accent::parse(same).unwrap(), accent, "{same}");
    }
    assert_eq!(accent.button(Light), ("#115544".to_owned(), "#ffffff".to_owned()));
    assert_eq!(accent.button(Dark), ("#aaddcc".to_owned(), "#06110f".to_owned()));
}

#[test]
fn strong_is_further_away_from_the_background() {
    let Accent { light, dark } = Accent::parse("#0d6156,#74d3c1").unwrap();
    assert!(light.strong.luminance() < light.accent.luminance());
    assert!(dark.strong.luminance() > dark.accent.luminance());
    assert_ne!(light.soft, Light.surface());
    assert_ne!(dark.soft, Dark.surface());
}

#[test]
fn contrast_is_that_of_the_standard() {
    assert!((BLACK.contrast(WHITE) - 21.0).abs() < 1e-9);
    let grey = Color::parse("#767676").unwrap();
    assert!((4.5..4.6).contains(&grey.contrast(WHITE)), "the lightest grey that passes on white");
}
