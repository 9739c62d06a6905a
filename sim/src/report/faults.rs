//! The faults of a campaign as a table: a line for each fault, a column for each kind of request.

use std::collections::BTreeSet;
use std::fmt::Write;

use model::words::endpoint::Endpoint;

use super::layout::grouped;
use crate::plan::PROTOCOL;
use crate::search::campaign::{FaultCount, Tally};

/// The column of a WebUI's commits, behind those of the endpoints whose requests can meet a fault.
const COMMIT: &str = "commit";
/// The width of the names before them.
const NAMES: usize = 15;

/// A fault's name, and its cells.
type Row = (String, Vec<String>);

/// Writes the table, if any fault was planned.
pub(super) fn faults(text: &mut String, tally: &Tally) {
    if tally.faults.is_empty() {
        return;
    }
    let made = |column: &str| column == COMMIT || tally.requests.contains_key(column);
    let planned = |column: &str| of(tally, column).map(|(_, count)| count.planned).sum::<u64>();
    let (columns, unmade): (Vec<&str>, Vec<&str>) =
        columns().filter(|column| planned(column) > 0).partition(|column| made(column));
    _ = writeln!(text, "faults: planned, struck, made a difference");
    let names: BTreeSet<&str> = columns.iter().flat_map(|column| of(tally, column)).map(|(name, _)| name).collect();
    let mut rows = vec![(String::new(), columns.iter().map(|&column| column.to_owned()).collect())];
    for name in names {
        let cells = columns.iter().map(|column| tally.faults.get(&format!("{column} {name}")));
        rows.push((name.to_owned(), cells.map(|count| count.map_or_else(String::new, cell)).collect()));
    }
    for (kind, count) in tally.faults.iter().filter(|(kind, _)| !kind.contains(' ')) {
        rows.push((kind.clone(), vec![cell(count)]));
    }
    let widest = rows.iter().flat_map(|(_, cells): &Row| cells).map(String::len).max().unwrap_or_default();
    rows.iter().for_each(|(name, cells)| line(text, name, cells, widest));
    for request in unmade {
        let planned = grouped(planned(request));
        _ = writeln!(text, "    {planned} planned {request} faults never struck: no run made that kind of request");
    }
}

fn columns() -> impl Iterator<Item = &'static str> {
    PROTOCOL.meeting_faults().into_iter().map(Endpoint::name).chain([COMMIT])
}

/// The faults of a column, by name.
fn of<'a>(tally: &'a Tally, column: &str) -> impl Iterator<Item = (&'a str, &'a FaultCount)> {
    let of_it = move |kind: &'a str| kind.strip_prefix(column)?.strip_prefix(' ');
    tally.faults.iter().filter_map(move |(kind, count)| Some((of_it(kind)?, count)))
}

fn cell(count: &FaultCount) -> String {
    [count.planned, count.struck, count.with_effect].map(grouped).join(" ")
}

fn line(text: &mut String, name: &str, cells: &[String], width: usize) {
    let cells: String = cells.iter().map(|text| format!("  {text:>width$}")).collect();
    _ = writeln!(text, "{}", format!("    {name:<NAMES$}{cells}").trim_end());
}
