//! Scenarios by releases: one line per scenario, one column per release, each as wide as its widest cell.

use std::fmt::Write;

use model::agents::Subject;

use super::layout::{WIDTH, squeezed, width};

/// A table of more rows repeats its heads at the bottom.
pub(super) const ROWS_ON_A_SCREEN: usize = 30;
/// The least width of a scenario's name, however wide the cells are.
const NAME_WIDTH_MIN: usize = 12;

/// The measures of a table.
pub(super) struct Table {
    /// The releases' short names.
    pub heads: Vec<&'static str>,
    widths: Vec<usize>,
    gap: usize,
    name: usize,
}

impl Table {
    /// A table of these columns that has room for these lines: a name, and a cell per release.
    pub(super) fn new(releases: &[Subject], lines: &[(String, Vec<String>)]) -> Self {
        let heads: Vec<_> = releases.iter().copied().map(Subject::head).collect();
        let mut widths: Vec<usize> = heads.iter().map(|head| width(head)).collect();
        for (_, cells) in lines {
            for (widest, cell) in widths.iter_mut().zip(cells) {
                *widest = width(cell).max(*widest);
            }
        }
        let longest = lines.iter().map(|(name, _)| width(name)).max().unwrap_or_default().max(NAME_WIDTH_MIN);
        let taken = |gap: usize| widths.iter().map(|width| width + gap).sum::<usize>();
        let gap = if longest + taken(2) <= WIDTH { 2 } else { 1 };
        let name = longest.min(WIDTH.saturating_sub(taken(gap)).max(NAME_WIDTH_MIN));
        Self { heads, widths, gap, name }
    }

    /// One line of it.
    pub(super) fn line(&self, text: &mut String, name: &str, cells: &[impl AsRef<str>]) {
        let mut line = format!("{:<width$}", squeezed(name, self.name), width = self.name);
        for (cell, width) in cells.iter().map(AsRef::as_ref).zip(&self.widths) {
            _ = write!(line, "{:gap$}{cell:<width$}", "", gap = self.gap);
        }
        _ = writeln!(text, "{}", line.trim_end());
    }
}
