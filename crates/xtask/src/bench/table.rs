//! The table that a bench prints: what was measured, beside its budget, with a mark where it is over.

use std::fmt::Write as _;
use std::io::{self, Write as _};

use anyhow::{Context as _, Result};

/// Columns of the name.
const NAME: usize = 72;

/// One number.
#[derive(Clone, Debug)]
pub(super) struct Row {
    name: String,
    measured: f64,
    unit: &'static str,
    budget: Option<f64>,
}

impl Row {
    /// A number with a unit.
    pub(super) fn of(name: &str, measured: f64, unit: &'static str) -> Self {
        Self {
            name: name.to_owned(),
            measured,
            unit,
            budget: None,
        }
    }

    /// A number of things.
    #[expect(clippy::cast_precision_loss, reason = "small counts")]
    pub(super) fn count(name: &str, measured: usize) -> Self {
        Self::of(name, measured as f64, "")
    }

    /// What it may be at most.
    pub(super) fn budget(mut self, budget: f64) -> Self {
        self.budget = Some(budget);
        self
    }

    fn text(&self) -> String {
        let show = |number: f64| format!("{} {}", shown(number), self.unit).trim_end().to_owned();
        let mut line = format!("{:<NAME$} {:>12}", self.name, show(self.measured));
        if let Some(budget) = self.budget {
            let mark = if self.measured > budget { "  OVER" } else { "" };
            // Writing to a string cannot fail.
            let _ = write!(line, "  {:>12}{mark}", format!("<= {}", show(budget)));
        }
        line
    }
}

/// Whole numbers as they are, others with what can be told apart.
fn shown(number: f64) -> String {
    if number.fract() == 0.0 {
        format!("{number:.0}")
    } else if number.abs() < 10.0 {
        format!("{number:.2}")
    } else {
        format!("{number:.1}")
    }
}

/// All rows.
#[derive(Debug, Default)]
pub(super) struct Table {
    lines: Vec<String>,
}

impl Table {
    #[expect(clippy::needless_pass_by_value, reason = "a row is made where it is added")]
    pub(super) fn add(&mut self, row: Row) {
        self.lines.push(row.text());
    }

    /// A line without a number.
    pub(super) fn note(&mut self, text: &str) {
        self.lines.push(text.to_owned());
    }

    pub(super) fn print(&self) -> Result<()> {
        let mut text = format!("\n{:<NAME$} {:>12}  {:>12}\n", "what", "measured", "budget");
        for line in &self.lines {
            text.push_str(line);
            text.push('\n');
        }
        io::stdout()
            .write_all(text.as_bytes())
            .context("cannot write to standard output")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_over_its_budget_is_marked() {
        let over = Row::of("decide", 1.25, "ms").budget(1.0).text();
        assert!(over.ends_with("     1.25 ms       <= 1 ms  OVER"), "{over}");
        let within = Row::count("writes", 6).budget(6.0).text();
        assert!(within.ends_with("           6          <= 6"), "{within}");
        assert!(!Row::of("alone", 3.0, "s").text().contains("<="));
    }
}
