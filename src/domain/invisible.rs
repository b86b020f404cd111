//! Characters without a visible form, which make one text look like another.

use icu_properties::CodePointSetData;
use icu_properties::props::{DefaultIgnorableCodePoint, JoinControl, VariationSelector};

/// Whether a character is a control, a separator of lines, an annotation mark, or one that programs show
/// as nothing (Unicode's `Default_Ignorable_Code_Point`, which includes all bidirectional controls).
/// Joiners and variation selectors are not: Persian, Indic scripts and emoji need them.
#[must_use]
pub fn is_invisible(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{2028}' | '\u{2029}' | '\u{FFF9}'..='\u{FFFB}')
        || (CodePointSetData::new::<DefaultIgnorableCodePoint>().contains(c) && !shapes_others(c))
}

/// Whether a text shows nothing: it has only joiners, variation selectors and blanks.
pub(super) fn is_blank(text: &str) -> bool {
    text.chars().all(|c| shapes_others(c) || c.is_whitespace() || c == BRAILLE_BLANK)
}

/// A character that fonts show as nothing, though Unicode counts it as a symbol.
const BRAILLE_BLANK: char = '\u{2800}';

/// Whether a character is a joiner or a variation selector: it changes how its neighbours look, and shows nothing by
/// itself.
fn shapes_others(c: char) -> bool {
    CodePointSetData::new::<JoinControl>().contains(c)
        || CodePointSetData::new::<VariationSelector>().contains(c)
}

#[cfg(test)]
mod tests {
    use icu_properties::props::BidiControl;
    use unicode_normalization::UnicodeNormalization as _;

    use super::*;
    use crate::domain::{DisplayName, EmailAddress};

    /// The characters that were listed by hand before, and two that the list lacked.
    fn known(c: char) -> bool {
        matches!(c, '\u{061C}' | '\u{115F}' | '\u{1160}' | '\u{3164}' | '\u{FFA0}'
            | '\u{200B}' | '\u{200E}' | '\u{200F}' | '\u{2028}'..='\u{202E}'
            | '\u{2060}'..='\u{206F}' | '\u{FEFF}' | '\u{FFF9}'..='\u{FFFB}' | '\u{E0000}'..='\u{E007F}'
            | '\u{00AD}' | '\u{034F}')
    }

    #[test]
    fn no_name_and_no_address_holds_an_invisible_character() {
        let mut refused = 0;
        for c in '\0'..=char::MAX {
            let invisible = is_invisible(c);
            assert!(invisible || !known(c), "{c:?}");
            if invisible {
                refused += 1;
                assert!(DisplayName::parse(&format!("a{c}b")).is_err(), "{c:?}");
                for typed in [format!("a{c}b@example.com"), format!("ab@exa{c}mple.com")] {
                    assert!(EmailAddress::parse(&typed).is_err(), "{c:?}");
                }
            } else {
                // What parsing makes of other characters is visible, too.
                assert!(!c.to_lowercase().nfc().any(|made| made != c && is_invisible(made)), "{c:?}");
            }
        }
        for bidi in CodePointSetData::new::<BidiControl>().iter_ranges().flatten() {
            assert!(char::from_u32(bidi).is_some_and(is_invisible), "U+{bidi:04X}");
        }
        assert!((3900..4100).contains(&refused), "{refused}");
        for needed in ['\u{200C}', '\u{200D}', '\u{FE0F}', '\u{E0100}', 'a', '\u{00EB}', '李', '👩'] {
            assert!(!is_invisible(needed), "{needed:?}");
        }
        assert!(DisplayName::parse("👩\u{200D}💻").is_ok() && DisplayName::parse("می\u{200C}خواهم").is_ok());
    }
}
