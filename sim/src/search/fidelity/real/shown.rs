//! What a run showed or a measurement recorded, and in which parts two of them differ.

use std::collections::BTreeMap;
use std::fmt::{self, Display, Formatter};
use std::time::Duration;

use model::words::turn::TurnId;
use serde::{Deserialize, Serialize};

use super::super::measured::{Cell, Documents, Outcome};
use super::super::observed;
use crate::run::Run;

/// How far the times of real code may be off, in seconds.
const TOLERANCE: f64 = 0.1;

/// A part that is compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Part {
    /// The turns that are lost.
    Lost,
    /// The turns that are stored more than once.
    Duplicated,
    /// The turns in another session's document.
    Misattributed,
    /// The documents, entry by entry.
    Documents,
    /// The exit code of each process.
    ExitCodes,
    /// How long the calls held the caller.
    Times,
}

impl Part {
    /// All parts.
    pub const ALL: [Self; 6] =
        [Self::Lost, Self::Duplicated, Self::Misattributed, Self::Documents, Self::ExitCodes, Self::Times];
}

impl Display for Part {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Lost => "lost",
            Self::Duplicated => "duplicated",
            Self::Misattributed => "misattributed",
            Self::Documents => "documents",
            Self::ExitCodes => "exit codes",
            Self::Times => "times",
        })
    }
}

/// A difference, with both values.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// Where they differ.
    pub part: Part,
    /// What the real code did.
    pub real: String,
    /// What was measured, or what the model did.
    pub other: String,
}

/// What happened in a case.
#[derive(Clone, Debug)]
pub(super) struct Shown {
    outcome: Outcome,
    exit_codes: Vec<i32>,
    /// The longest call of each kind, in seconds.
    times: BTreeMap<String, f64>,
}

impl Shown {
    pub(super) fn by_run(run: &Run) -> Self {
        let of = |ms: u64| Duration::from_millis(ms).as_secs_f64();
        let ops = run.op_max_ms.iter().map(|(op, ms)| ((*op).to_owned(), of(*ms)));
        let times = ops.chain([("turn".to_owned(), of(run.turn_call_max_ms))]).collect();
        Self { outcome: observed::outcome(run), exit_codes: run.exit_codes.clone(), times }
    }

    /// The outcomes of a cell. Its times and exit codes are those of one run, whichever outcome that had.
    pub(super) fn measured(cell: &Cell) -> Vec<Self> {
        let mut times = cell.op_max_s.clone();
        times.insert("turn".to_owned(), cell.turn_call_max_s);
        let shown = |outcome| Self { outcome, exit_codes: cell.exit_codes.clone(), times: times.clone() };
        cell.outcomes.iter().cloned().map(observed::sorted).map(shown).collect()
    }

    /// The parts in which this, the real code, differs from another.
    pub(super) fn differences(&self, other: &Self) -> Vec<Difference> {
        let (real, that) = (&self.outcome, &other.outcome);
        let mut found = Vec::new();
        let mut part = |part, differs: bool, real: String, other: String| {
            found.extend(differs.then_some(Difference { part, real, other }));
        };
        part(Part::Lost, real.lost != that.lost, turns(&real.lost), turns(&that.lost));
        let copies = |outcome: &Outcome| {
            let each = outcome.duplicated.iter().map(|(turn, copies)| format!("{turn} x{copies}"));
            or_nothing(&each.collect::<Vec<_>>().join(" "))
        };
        part(Part::Duplicated, real.duplicated != that.duplicated, copies(real), copies(that));
        let (in_real, in_that) = (&real.misattributed, &that.misattributed);
        part(Part::Misattributed, in_real != in_that, turns(in_real), turns(in_that));
        let (in_real, in_that) = (&real.documents, &that.documents);
        part(Part::Documents, in_real != in_that, documents(in_real), documents(in_that));
        let codes = |codes: &[i32]| codes.iter().map(i32::to_string).collect::<Vec<_>>().join(" ");
        let (in_real, in_that) = (&self.exit_codes, &other.exit_codes);
        part(Part::ExitCodes, in_real != in_that, codes(in_real), codes(in_that));
        let late: Vec<&String> =
            self.times.keys().filter(|op| (self.time(op) - other.time(op)).abs() > TOLERANCE).collect();
        let missing = other.times.keys().filter(|op| !self.times.contains_key(*op) && other.time(op) > TOLERANCE);
        let late: Vec<&String> = late.into_iter().chain(missing).collect();
        let each = |shown: &Self| late.iter().map(|op| format!("{op} {:.3} s", shown.time(op))).collect::<Vec<_>>();
        part(Part::Times, !late.is_empty(), each(self).join(", "), each(other).join(", "));
        found
    }

    /// How long the calls of a kind took; no time if there was none.
    fn time(&self, op: &str) -> f64 {
        self.times.get(op).copied().unwrap_or_default()
    }
}

fn turns(turns: &[TurnId]) -> String {
    or_nothing(&turns.iter().map(TurnId::to_string).collect::<Vec<_>>().join(" "))
}

/// Each entry of a document in brackets, after the document's name.
fn documents(documents: &Documents) -> String {
    let entries =
        |document: &Vec<Vec<TurnId>>| document.iter().map(|entry| format!("[{}]", turns(entry))).collect::<String>();
    let each =
        documents.iter().flat_map(|(name, of_name)| of_name.iter().map(move |one| format!("{name} {}", entries(one))));
    or_nothing(&each.collect::<Vec<_>>().join("; "))
}

fn or_nothing(text: &str) -> String {
    if text.is_empty() { "nothing".to_owned() } else { text.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::search::fidelity;

    /// Each part of a measurement is really compared.
    #[test]
    fn a_change_of_any_part_is_a_difference_of_that_part() {
        type Tamper = fn(&mut Shown);
        let tampers: [(Part, Tamper); 6] = [
            (Part::Lost, |shown| shown.outcome.lost.clear()),
            (Part::Duplicated, |shown| _ = shown.outcome.duplicated.insert("S1#1".parse().expect("a turn"), 2)),
            (Part::Misattributed, |shown| shown.outcome.misattributed.push("S1#1".parse().expect("a turn"))),
            (Part::Documents, |shown| shown.outcome.documents.clear()),
            (Part::ExitCodes, |shown| shown.exit_codes.push(1)),
            (Part::Times, |shown| _ = shown.times.insert("switch".to_owned(), 0.2)),
        ];
        let all = fidelity::cells();
        let cell = all["n3_switch"].iter().find(|cell| cell.release.name() == "B").expect("a cell");
        let shown = Shown::measured(cell).remove(0);
        assert_eq!(shown.differences(&shown), Vec::new());
        for (part, tamper) in tampers {
            let mut tampered = shown.clone();
            tamper(&mut tampered);
            let parts = |found: Vec<Difference>| found.iter().map(|found| found.part).collect::<Vec<_>>();
            assert_eq!(parts(shown.differences(&tampered)), [part]);
            assert_eq!(parts(tampered.differences(&shown)), [part]);
        }
    }
}
