//! The matrix as text: one line per scenario, one column per release, one glyph and count per cell.

use std::fmt::Write;

use model::words::part::Part;

use super::layout::{WIDTH, cut, width, wrapped};
use super::table::{ROWS_ON_A_SCREEN, Table};
use super::{damage, not_judged};
use crate::search::command;
use crate::search::matrix::{Matrix, NoResult, Row};

/// How many runs that were cut short are named.
const CUT_SHORT_SHOWN: usize = 5;

/// The whole table, a legend, and the command that shows a cell in full.
pub fn matrix(matrix: &Matrix) -> String {
    let (scenarios, releases, server) = (matrix.rows.len(), matrix.releases.len(), matrix.server);
    let mut text = format!(
        "{scenarios} scenario{}{} x {releases} release{} on {server} ({})\n\n",
        plural(scenarios),
        about(matrix),
        plural(releases),
        server.api_version()
    );
    let total = (format!("passed, of {scenarios}"), totals(matrix));
    let line = |row: &Row| (format!("  {}", row.scenario.name), cells(row));
    let lines: Vec<_> = matrix.rows.iter().map(line).chain([total.clone()]).collect();
    let table = Table::new(&matrix.releases, &lines);
    table.line(&mut text, "", &table.heads);
    for (report, rows) in matrix.groups() {
        _ = writeln!(text, "{}", cut(report.unwrap_or("no public report"), WIDTH));
        for row in rows {
            let (name, cells) = line(row);
            table.line(&mut text, &name, &cells);
        }
    }
    _ = writeln!(text);
    if scenarios > ROWS_ON_A_SCREEN {
        table.line(&mut text, "", &table.heads);
    }
    table.line(&mut text, &total.0, &total.1);
    _ = writeln!(text);
    legend(&mut text, matrix, &table);
    text
}

/// The part that all scenarios are about, if it is not the memory.
fn about(matrix: &Matrix) -> &'static str {
    let all = |part| !matrix.rows.is_empty() && matrix.rows.iter().all(|row| row.scenario.part() == part);
    match () {
        () if all(Part::WebUi) => " of the WebUI",
        () if all(Part::Gateway) => " of the gateway",
        () => "",
    }
}

fn plural(n: usize) -> &'static str {
    if n == 1 { "" } else { "s" }
}

fn cells(row: &Row) -> Vec<String> {
    row.outcomes.iter().map(damage::cell).collect()
}

/// How many scenarios each release passes.
fn totals(matrix: &Matrix) -> Vec<String> {
    let passed = |column: usize| matrix.rows.iter().filter(|row| row.outcomes[column].passes()).count();
    (0..matrix.releases.len()).map(|column| passed(column).to_string()).collect()
}

fn legend(text: &mut String, matrix: &Matrix, table: &Table) {
    let cells: Vec<String> = matrix.rows.iter().flat_map(cells).collect();
    let cells: Vec<&str> = cells.iter().map(String::as_str).collect();
    for line in wrapped(&damage::legend(&cells), " · ", WIDTH) {
        _ = writeln!(text, "{line}");
    }
    for line in not_judged::of_all(matrix.not_judged(), WIDTH) {
        _ = writeln!(text, "{line}");
    }
    for (scenario, release, no_result) in matrix.without_result() {
        let why = match no_result {
            NoResult::Skipped(why) => format!("skipped: {}: {release}: {why}", scenario.name),
            NoResult::Broken(why) => format!("no result: {}: {release}: {why}", scenario.name),
        };
        _ = writeln!(text, "{}", cut(&why, WIDTH));
    }
    let all = || matrix.rows.iter().flat_map(|row| row.outcomes.iter().map(move |outcome| (row, outcome)));
    let mut cut_short = all().filter_map(|(row, outcome)| Some((row, outcome, outcome.cut_short.as_ref()?)));
    for (row, outcome, bound) in cut_short.by_ref().take(CUT_SHORT_SHOWN) {
        let line = format!("cut short: {} {}: {bound}", row.scenario.name, outcome.release);
        _ = writeln!(text, "{}", cut(&line, WIDTH));
    }
    match cut_short.count() {
        0 => {}
        more => _ = writeln!(text, "cut short: {more} more, see --json"),
    }
    _ = writeln!(text);
    let heads = table.heads.iter().map(|head| width(head)).max().unwrap_or_default();
    for (head, release) in table.heads.iter().zip(&matrix.releases) {
        let name = if *head == release.name() { String::new() } else { format!("{release}: ") };
        _ = writeln!(text, "{}", cut(&format!("{head:<heads$}  {name}{}", release.about()), WIDTH));
    }
    if matrix.releases.iter().any(|release| release.is_proposed()) {
        _ = writeln!(text, "Proposed fixes are modeled from their descriptions; none was measured.");
    }
    let outcomes = matrix.rows.iter().flat_map(|row| row.outcomes.iter().map(move |outcome| (row, outcome)));
    let mut outcomes = outcomes.filter(|(_, outcome)| outcome.fails());
    match outcomes.next() {
        Some((row, outcome)) => {
            _ = writeln!(
                text,
                "\nthe evidence for one cell: {}",
                command::replay_of_cell(&row.scenario, outcome.release, outcome.server)
            )
        }
        None => {
            _ = writeln!(
                text,
                "\nthe evidence for one cell: forget-me-not replay PATH --release R --server {}",
                matrix.server
            )
        }
    }
    _ = writeln!(text, "to compare two releases: forget-me-not matrix --compare R1,R2");
}
