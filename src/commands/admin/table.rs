//! Plain-text tables for a terminal.

/// Renders rows in columns. The columns from index `numbers` on are right-aligned.
#[must_use]
pub(super) fn render(head: &[&str], numbers: usize, rows: &[Vec<String>]) -> String {
    let head: Vec<String> = head.iter().map(|&cell| cell.to_owned()).collect();
    let lines: Vec<&Vec<String>> = std::iter::once(&head).chain(rows).collect();
    let widths: Vec<usize> = (0..head.len())
        .map(|column| {
            lines
                .iter()
                .filter_map(|line| line.get(column))
                .map(|cell| cell.chars().count())
                .max()
                .unwrap_or(0)
        })
        .collect();
    let line = |cells: &Vec<String>| {
        let padded = cells.iter().zip(&widths).enumerate().map(|(column, (cell, &width))| {
            if column < numbers { format!("{cell:<width$}") } else { format!("{cell:>width$}") }
        });
        padded.collect::<Vec<_>>().join("  ").trim_end().to_owned() + "\n"
    };
    lines.into_iter().map(line).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_as_wide_as_their_widest_cell() {
        let rows =
            [vec!["https://evil.example".to_owned(), "7".to_owned()], vec!["unknown".into(), "1200".into()]];
        let expected = "origin                attempts\nhttps://evil.example         7\nunknown                   1200\n";
        assert_eq!(render(&["origin", "attempts"], 1, &rows), expected);
    }
}
