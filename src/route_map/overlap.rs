//! Whether two patterns of the URL table can match one path.

/// A part of a pattern between two slashes.
#[derive(Clone, Copy)]
enum Segment<'a> {
    /// Exactly this text.
    Literal(&'a str),
    /// One segment with a variable in it: `{id}`, `a{id}`.
    Variable,
    /// An expression that may match slashes, and with them all that follows: `{path}*`, `{id:.+}`.
    Rest,
}

fn segments(pattern: &str) -> Vec<Segment<'_>> {
    let mut depth = 0_usize;
    let split = pattern.split(move |character| {
        match character {
            '{' => depth += 1,
            '}' => depth = depth.saturating_sub(1),
            _ => {}
        }
        character == '/' && depth == 0
    });
    split
        .map(|text| match text {
            text if !text.contains('{') => Segment::Literal(text),
            text if text.ends_with("}*") || text.contains(':') => Segment::Rest,
            _ => Segment::Variable,
        })
        .collect()
}

/// Whether one path may match two patterns. In doubt the answer is yes: to refuse a harmless table at start
/// is safe.
pub(super) fn overlap(one: &str, other: &str) -> bool {
    let (one, other) = (segments(one), segments(other));
    for (one, other) in one.iter().zip(&other) {
        match (one, other) {
            (Segment::Rest, _) | (_, Segment::Rest) => return true,
            (Segment::Literal(one), Segment::Literal(other)) if one != other => return false,
            _ => {}
        }
    }
    one.len() == other.len()
}
