//! Scenarios by releases: one line per scenario, one column per release, as wide as it must be.

use std::fmt::Write;

use model::release::Release;

use super::layout::{WIDTH, squeezed, width};

/// A table of more rows repeats its heads at the bottom.
pub(super) const ROWS_ON_A_SCREEN: usize = 30;
/// What is left to a scenario's name, however much damage there is.
const NAME_WIDTH_MIN: usize = 15;

/// The measures of a table.
pub(super) struct Table {
    /// The releases' short names.
    pub heads: Vec<String>,
    widths: Vec<usize>,
    gap: usize,
    name: usize,
}

impl Table {
    /// A table of these columns that has room for these lines: a name, and a cell per release.
    pub(super) fn new(releases: &[Release], lines: &[(String, Vec<String>)]) -> Self {
        let heads: Vec<String> = releases.iter().copied().map(head).collect();
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
    pub(super) fn line(&self, text: &mut String, name: &str, cells: &[String]) {
        let mut line = format!("{:<width$}", squeezed(name, self.name), width = self.name);
        for (cell, width) in cells.iter().zip(&self.widths) {
            _ = write!(line, "{:gap$}{cell:<width$}", "", gap = self.gap);
        }
        _ = writeln!(text, "{}", line.trim_end());
    }
}

/// A release's name at the head of a column: seven characters at most.
fn head(release: Release) -> String {
    match release.name() {
        "reference" => "ref".into(),
        "pr-34859-exit-hook" => "34859+x".into(),
        "end-then-switch" => "end+sw".into(),
        "blind-retry" => "retry".into(),
        "before-webui-2461" => "<2461".into(),
        "webui-commit-per-turn" => "perturn".into(),
        "webui-3218" => "3218".into(),
        "webui-5543-gate-1" => "5543-1".into(),
        "webui-5543-gate-2" => "5543-2".into(),
        "webui-5543-gate-2b" => "5543-2b".into(),
        "webui-marks-early" => "early".into(),
        "webui-dirty-flag" => "flag".into(),
        "webui-one-owner" => "1owner".into(),
        "webui-no-guard" => "noguard".into(),
        "early-receipt" => "receipt".into(),
        "keep-counter" => "counter".into(),
        "count-first" => "count1".into(),
        "lazy-start" => "lazy".into(),
        name => squeezed(name.strip_prefix("pr-").unwrap_or(name), 7),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_release_has_a_head_of_its_own() {
        let heads: Vec<String> = Release::all().map(head).collect();
        assert!(heads.iter().all(|head| width(head) <= 7), "{heads:?}");
        let mut different = heads.clone();
        different.sort();
        different.dedup();
        assert_eq!(different.len(), heads.len(), "{heads:?}");
    }
}
