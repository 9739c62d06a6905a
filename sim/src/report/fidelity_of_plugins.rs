//! How far a memory plugin of Hermes does in the simulation what it did when it was measured.

use std::collections::BTreeMap;
use std::fmt::Write;

use model::agents::Subject;
use serde::Serialize;

use super::json::line as line_of;
use crate::search::fidelity::plugins::{Compared, Difference, Row};

/// A line for each kind of measurement, then every cell that differs, with both values.
pub fn plugin_fidelity(compared: &Compared) -> String {
    let mut text = compared.agent.name().to_owned();
    if let Some(making) = compared.agent.making() {
        let parts: Vec<String> = making.versions.iter().map(|(part, version)| format!("{part} {version}")).collect();
        _ = write!(text, ": {}", parts.join(", "));
    }
    _ = writeln!(text, "\n\ncells of {} that end as they were measured to", compared.provider);
    for (name, real_time) in [("simulated", false), ("in real time", true)] {
        let rows: Vec<&Row> = compared.rows.iter().filter(|row| row.cell.real_time == real_time).collect();
        if !rows.is_empty() {
            let agree = rows.iter().filter(|row| row.differences.is_empty()).count();
            _ = writeln!(text, "{name:<14} {}", share(agree, rows.len()));
        }
    }
    let others = compared.rows.iter().filter(|row| row.differences.is_empty() && !row.is_of_own_seed());
    listed(&mut text, "under another seed than 0", others.map(|row| format!("{}: seed {}", place(row), row.seed)));
    let mut by_reason: BTreeMap<Option<&str>, Vec<String>> = BTreeMap::new();
    for row in compared.rows.iter().filter(|row| !row.differences.is_empty()) {
        let lines = row.differences.iter().map(|found| said(row, found));
        by_reason.entry(row.reason.as_deref()).or_default().extend(lines);
    }
    let unknown = by_reason.remove(&None).unwrap_or_default();
    for (reason, lines) in by_reason {
        listed(&mut text, &format!("known: {}", reason.unwrap_or_default()), lines);
    }
    listed(&mut text, "DIFFERENCES", unknown);
    listed(&mut text, "EXCEPTIONS THAT NO LONGER APPLY", compared.stale.iter().cloned());
    listed(&mut text, "NO RESULT", compared.broken.iter().cloned());
    if compared.interrupted {
        text += "\nincomplete: interrupted\n";
    }
    text
}

/// The object that `fidelity --agent hermes/NAME --json` prints, without a line end.
pub fn plugin_fidelity_json(compared: &Compared) -> String {
    let cell = |row: &Row| {
        let difference =
            |found: &Difference| Said { part: found.part, now: found.now.clone(), measured: found.measured.clone() };
        let differences = row.differences.iter().map(difference).collect();
        let (case, real_time, reason) = (row.cell.case.clone(), row.cell.real_time, row.reason.clone());
        Cell { case, real_time, seed: row.seed, differences, reason }
    };
    line_of(&Plugin {
        agent: compared.agent,
        versions: compared.agent.making().map(|making| &making.versions),
        provider: &compared.provider,
        cells: compared.rows.iter().map(cell).collect(),
        broken: &compared.broken,
        stale: &compared.stale,
        interrupted: compared.interrupted,
    })
}

#[derive(Serialize)]
struct Plugin<'a> {
    agent: Subject,
    versions: Option<&'a BTreeMap<String, String>>,
    provider: &'a str,
    cells: Vec<Cell>,
    broken: &'a [String],
    stale: &'a [String],
    interrupted: bool,
}

#[derive(Serialize)]
struct Cell {
    case: String,
    real_time: bool,
    seed: u64,
    differences: Vec<Said>,
    reason: Option<String>,
}

#[derive(Serialize)]
struct Said {
    part: &'static str,
    now: String,
    measured: String,
}

fn place(row: &Row) -> String {
    format!("{} {}", row.cell.case, if row.cell.real_time { "in real time" } else { "simulated" })
}

fn said(row: &Row, Difference { part, now, measured }: &Difference) -> String {
    format!("{}, {part}: {now}; measured: {measured}", place(row))
}

fn listed(text: &mut String, head: &str, lines: impl IntoIterator<Item = String>) {
    for (place, line) in lines.into_iter().enumerate() {
        if place == 0 {
            _ = writeln!(text, "\n{head}");
        }
        _ = writeln!(text, "  {line}");
    }
}

/// `31 of 32  96.8 %`. What is not everything is never 100 %.
fn share(part: usize, of: usize) -> String {
    let permille = (part * 1000).checked_div(of).unwrap_or_default();
    format!("{part:>3} of {of:>3} {:>3}.{} %", permille / 10, permille % 10)
}
