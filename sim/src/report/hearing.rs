//! The judgment of a foreign log: each violation with the lines that prove it, and what could not be judged.

use std::collections::BTreeMap;
use std::fmt::Write;

use model::words::turn::TurnId;
use serde::Serialize;

use super::damage;
use super::layout::{WIDTH, counted, wrapped};
use crate::hearing::{Hearing, NotJudged};
use crate::judging::Violation;
use crate::plan::Damage;
use crate::run::Verdict;

/// How many violations a page shows.
const SHOWN: usize = 50;
/// How many requests are shown for a turn.
const REQUESTS_SHOWN: usize = 6;

/// The page.
pub fn hearing(hearing: &Hearing) -> String {
    let mut text = String::new();
    let log = &hearing.log;
    let parts = [
        counted(log.turns as u64, "turn"),
        counted(log.documents.len() as u64, "document"),
        counted(log.requests as u64, "request"),
    ];
    _ = writeln!(text, "{}", parts.join(", "));
    for violation in hearing.violations.iter().take(SHOWN) {
        _ = writeln!(text, "  {}: {}", violation.invariant, violation.evidence);
        violation.turn.iter().for_each(|turn| lines(&mut text, hearing, turn));
    }
    if let Some(more @ 1..) = hearing.violations.len().checked_sub(SHOWN) {
        _ = writeln!(text, "  and {more} more; --json has all");
    }
    let judged: Vec<String> = hearing.judged.iter().map(|(name, times)| format!("{name} {times}")).collect();
    if let Some((first, rest)) = judged.split_first() {
        let all: Vec<String> = std::iter::once(format!("judged: {first}")).chain(rest.iter().cloned()).collect();
        wrapped(&all, ", ", WIDTH).into_iter().for_each(|line| _ = writeln!(text, "{line}"));
    }
    for (why, names) in reasons(&hearing.not_judged) {
        let first = format!("not judged, because {why}: {}", names[0]);
        let all: Vec<String> = std::iter::once(first).chain(names[1..].iter().map(|&name| name.to_owned())).collect();
        wrapped(&all, ", ", WIDTH).into_iter().for_each(|line| _ = writeln!(text, "{line}"));
    }
    if log.unapplied > 0 {
        let turns = counted(log.unapplied as u64, "turn");
        _ = writeln!(
            text,
            "the server was killed before it had applied {turns} that it had accepted; none of them counts as lost"
        );
    }
    _ = writeln!(text, "\n{}", verdict(hearing));
    // Names come from a foreign log, and go to a terminal.
    text.replace(|c: char| c.is_control() && c != '\n', "?")
}

/// Where a turn was said, and which requests brought it.
fn lines(text: &mut String, hearing: &Hearing, turn: &TurnId) {
    for said in hearing.called(turn) {
        let name = if said.id == turn.to_string() { String::new() } else { format!("{turn} is \"{}\", ", said.id) };
        _ = writeln!(text, "      {name}said at {}", said.place);
    }
    let notes = hearing.log.notes.get(turn).map_or(&[][..], Vec::as_slice);
    notes.iter().take(REQUESTS_SHOWN).for_each(|note| _ = writeln!(text, "      {note}"));
    if let Some(more @ 1..) = notes.len().checked_sub(REQUESTS_SHOWN) {
        _ = writeln!(text, "      and {}", counted(more as u64, "more request"));
    }
}

/// The reasons, in the order of the invariants, each with those that it keeps from being judged.
fn reasons(not_judged: &[NotJudged]) -> Vec<(&'static str, Vec<&'static str>)> {
    let mut reasons: Vec<(&str, Vec<&str>)> = Vec::new();
    for row in not_judged {
        match reasons.iter_mut().find(|(why, _)| *why == row.why) {
            Some((_, names)) => names.push(row.invariant),
            None => reasons.push((row.why, vec![row.invariant])),
        }
    }
    reasons
}

fn verdict(hearing: &Hearing) -> String {
    match hearing.verdict {
        Verdict::Pass => "passed: no invariant violated".into(),
        Verdict::Violation | Verdict::NotConverged => format!("violated: {}", damage::in_full(&hearing.damage)),
        Verdict::Vacuous if hearing.log.turns == 0 => "proved nothing: no turn was said".into(),
        Verdict::Vacuous if !hearing.log.proof.documents => {
            "proved nothing: the log does not say which documents there are".into()
        }
        Verdict::Vacuous => "proved nothing: no turn could be judged".into(),
    }
}

/// One JSON object, without a line end.
pub fn hearing_json(hearing: &Hearing) -> String {
    #[derive(Serialize)]
    struct Object<'a> {
        verdict: Verdict,
        exit_code: u8,
        turns: usize,
        documents: usize,
        requests: usize,
        #[serde(flatten)]
        damage: &'a Damage,
        violations: &'a [Violation],
        /// The ids of the violations' turns in the log.
        ids: BTreeMap<&'a TurnId, Vec<&'a str>>,
        judged: &'a BTreeMap<&'static str, u64>,
        not_judged: &'a [NotJudged],
        unapplied: usize,
    }
    let Hearing { log, verdict, damage, violations, judged, not_judged } = hearing;
    let turns = violations.iter().filter_map(|violation| violation.turn.as_ref());
    let ids = turns.map(|turn| (turn, hearing.called(turn).iter().map(|said| &*said.id).collect()));
    let object = Object {
        verdict: *verdict,
        exit_code: verdict.exit_code(),
        turns: log.turns,
        documents: log.documents.len(),
        requests: log.requests,
        damage,
        violations,
        ids: ids.collect(),
        judged,
        not_judged,
        unapplied: log.unapplied,
    };
    serde_json::to_string(&object).expect("a judgment always serializes")
}
