//! The tournament as text: one line per scenario, one column per release, one glyph and count per cell.

use std::fmt::Write;

use model::release::Release;

use super::layout::{WIDTH, cut, squeezed, width, wrapped};
use super::{command, harm};
use crate::matrix::{Matrix, Row};

/// A table of more rows repeats its heads at the bottom, where the totals are.
const ROWS_ON_A_SCREEN: usize = 30;
/// What is left to a scenario's name, however much damage there is.
const NAME_WIDTH_MIN: usize = 14;

/// The whole table, what its signs mean, and how to see more of a cell.
pub fn matrix(matrix: &Matrix) -> String {
    let table = Table::new(matrix);
    let (scenarios, releases, server) = (matrix.rows.len(), matrix.releases.len(), matrix.server);
    let mut text = format!(
        "{scenarios} scenario{} x {releases} release{} on {server} ({})\n\n",
        plural(scenarios),
        plural(releases),
        server.api_version()
    );
    table.line(&mut text, "", &table.heads);
    for (report, rows) in matrix.groups() {
        _ = writeln!(text, "{}", cut(report.unwrap_or("no public report"), WIDTH));
        for row in rows {
            table.line(&mut text, &format!("  {}", row.scenario.name), &cells(row));
        }
    }
    _ = writeln!(text);
    if scenarios > ROWS_ON_A_SCREEN {
        table.line(&mut text, "", &table.heads);
    }
    table.line(&mut text, &format!("passed, of {scenarios}"), &totals(matrix));
    _ = writeln!(text);
    legend(&mut text, matrix, &table);
    text
}

fn plural(n: usize) -> &'static str {
    if n == 1 { "" } else { "s" }
}

fn cells(row: &Row) -> Vec<String> {
    row.outcomes.iter().map(harm::cell).collect()
}

/// How many scenarios each release passes.
fn totals(matrix: &Matrix) -> Vec<String> {
    let passed = |column: usize| matrix.rows.iter().filter(|row| row.outcomes[column].passes()).count();
    (0..matrix.releases.len()).map(|column| passed(column).to_string()).collect()
}

/// The measures of a table.
struct Table {
    heads: Vec<String>,
    widths: Vec<usize>,
    gap: usize,
    name: usize,
}

impl Table {
    fn new(matrix: &Matrix) -> Self {
        let heads: Vec<String> = matrix.releases.iter().copied().map(head).collect();
        let mut widths: Vec<usize> = heads.iter().zip(totals(matrix)).map(|(a, b)| width(a).max(width(&b))).collect();
        for row in &matrix.rows {
            for (widest, cell) in widths.iter_mut().zip(cells(row)) {
                *widest = width(&cell).max(*widest);
            }
        }
        let longest = matrix.rows.iter().map(|row| width(&row.scenario.name) + 2).max().unwrap_or_default();
        let taken = |gap: usize| widths.iter().map(|width| width + gap).sum::<usize>();
        let gap = if longest + taken(2) <= WIDTH { 2 } else { 1 };
        let name = longest.max("passed, of 1000".len()).min(WIDTH.saturating_sub(taken(gap)).max(NAME_WIDTH_MIN));
        Self { heads, gap, name, widths }
    }

    fn line(&self, text: &mut String, name: &str, cells: &[String]) {
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
        name => squeezed(name.strip_prefix("pr-").unwrap_or(name), 7),
    }
}

fn legend(text: &mut String, matrix: &Matrix, table: &Table) {
    let cells: Vec<String> = matrix.rows.iter().flat_map(cells).collect();
    let cells: Vec<&str> = cells.iter().map(String::as_str).collect();
    for line in wrapped(&harm::legend(&cells), " · ", WIDTH) {
        _ = writeln!(text, "{line}");
    }
    _ = writeln!(text);
    let heads = table.heads.iter().map(|head| width(head)).max().unwrap_or_default();
    for (head, release) in table.heads.iter().zip(&matrix.releases) {
        let name = if head == release.name() { String::new() } else { format!("{release}: ") };
        _ = writeln!(text, "{}", cut(&format!("{head:<heads$}  {name}{}", release.about()), WIDTH));
    }
    if matrix.releases.iter().any(|release| matches!(release, Release::Hermes(hermes) if !hermes.shipped())) {
        _ = writeln!(text, "a proposed fix does here what its pull request says; none of them was measured");
    }
    let outcomes = matrix.rows.iter().flat_map(|row| row.outcomes.iter().map(move |outcome| (row, outcome)));
    let mut outcomes = outcomes.filter(|(_, outcome)| outcome.fails());
    match outcomes.next() {
        Some((row, outcome)) => {
            _ = writeln!(
                text,
                "\na cell in full: {}",
                command::replay_of_cell(&row.scenario, outcome.release, outcome.server)
            )
        }
        None => {
            _ = writeln!(text, "\na cell in full: forget-me-not replay PATH --release R --server {}", matrix.server)
        }
    }
    _ = writeln!(text, "two releases: forget-me-not matrix --compare R1,R2");
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
