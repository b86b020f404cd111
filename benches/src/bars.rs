//! Figures with the bars that they must not break.

use comfy_table::Table;

/// Figures, each with the most that it may be.
pub(crate) struct Bars {
    table: Table,
    broken: Vec<String>,
}

impl Bars {
    /// No figures yet.
    pub(crate) fn new() -> Self {
        let mut table = Table::new();
        table.set_header(["what", "measured", "bar", ""]);
        Self { table, broken: Vec::new() }
    }

    /// Adds a figure that may not be larger than `bar`.
    pub(crate) fn at_most(&mut self, what: &str, measured: f64, bar: f64, unit: &str) {
        let kept = measured <= bar;
        let verdict = if kept { "kept" } else { "broken" };
        self.table.add_row([
            what.to_owned(),
            format!("{measured:.1} {unit}"),
            format!("at most {bar:.1} {unit}"),
            verdict.to_owned(),
        ]);
        if !kept {
            self.broken.push(what.to_owned());
        }
    }

    /// Adds a figure without a bar.
    pub(crate) fn tell(&mut self, what: &str, measured: String) {
        self.table.add_row([what.to_owned(), measured, String::new(), String::new()]);
    }

    /// Prints the table.
    ///
    /// # Errors
    /// A bar is broken.
    pub(crate) fn judge(self) -> anyhow::Result<()> {
        println!("{}", self.table);
        if self.broken.is_empty() {
            return Ok(());
        }
        anyhow::bail!("broken: {}", self.broken.join("; "))
    }
}

/// The 99th percentile of some values.
pub(crate) fn p99(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len().saturating_sub(1) * 99 / 100).copied().unwrap_or(f64::NAN)
}
