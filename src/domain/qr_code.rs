//! QR codes (ISO/IEC 18004) as SVG. Only this file draws them.

use qrcode::{Color, EcLevel, QrCode as Matrix};

/// A QR code as the data of an SVG path, one unit for each module. The quiet zone around it is part of the square.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct QrCode {
    /// The side of the square.
    pub side: usize,
    /// The dark modules: the attribute `d` of a path.
    pub path: String,
}

/// The light modules on each side that readers need.
const QUIET: usize = 4;

impl QrCode {
    /// The code of a text; `None` if the text is longer than a code can hold.
    #[must_use]
    pub fn new(text: &str) -> Option<Self> {
        let matrix = Matrix::with_error_correction_level(text, EcLevel::M).ok()?;
        let width = matrix.width();
        let mut path = String::new();
        for (y, row) in matrix.to_colors().chunks(width).enumerate() {
            let mut x = 0;
            for run in row.chunk_by(|one, next| one == next) {
                if run.first() == Some(&Color::Dark) {
                    let (left, top, length) = (x + QUIET, y + QUIET, run.len());
                    path.push_str(&format!("M{left} {top}h{length}v1h-{length}z"));
                }
                x += run.len();
            }
        }
        Some(Self { side: width + 2 * QUIET, path })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::domain::any_text::{config, short};

    /// The dark modules of a path, as the browser fills them.
    fn dark(code: &QrCode) -> Vec<Vec<bool>> {
        let mut modules = vec![vec![false; code.side]; code.side];
        for run in code.path.split('M').skip(1) {
            let numbers: Vec<usize> = run
                .split(|c: char| !c.is_ascii_digit())
                .filter(|part| !part.is_empty())
                .map(|part| part.parse().unwrap())
                .collect();
            for module in &mut modules[numbers[1]][numbers[0]..numbers[0] + numbers[2]] {
                *module = true;
            }
        }
        modules
    }

    #[test]
    fn the_path_fills_the_dark_modules_and_leaves_a_quiet_zone() {
        let text =
            "otpauth://totp/Acme:ada%40example.com?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=Acme";
        let code = QrCode::new(text).unwrap();
        let matrix = Matrix::with_error_correction_level(text, EcLevel::M).unwrap();
        let (modules, colors) = (dark(&code), matrix.to_colors());
        for y in 0..code.side {
            for x in 0..code.side {
                let inside =
                    (QUIET..code.side - QUIET).contains(&x) && (QUIET..code.side - QUIET).contains(&y);
                let expected = inside && colors[(y - QUIET) * matrix.width() + x - QUIET] == Color::Dark;
                assert_eq!(modules[y][x], expected, "{x}, {y}");
            }
        }
    }

    #[test]
    fn a_text_that_is_too_long_has_no_code() {
        assert_eq!(QrCode::new(&"x".repeat(3000)), None);
    }

    proptest! {
        #![proptest_config(config())]

        #[test]
        fn the_corners_hold_the_patterns_by_which_readers_find_the_code(typed in short(300)) {
            let code = QrCode::new(&typed).unwrap();
            let (modules, far) = (dark(&code), code.side - QUIET - 7);
            for (x, y) in [(QUIET, QUIET), (far, QUIET), (QUIET, far)] {
                let top: Vec<bool> = modules[y][x..x + 7].to_vec();
                prop_assert_eq!(top, [true; 7]);
                prop_assert!(!modules[y + 1][x + 1] && modules[y + 3][x + 3]);
            }
        }
    }
}
