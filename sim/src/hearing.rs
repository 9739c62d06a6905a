//! The judgment of a foreign log, by the judges of simulated runs. An invariant that the log cannot decide is not judged, and says why.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use model::words::part::Part;
use model::words::turn::TurnId;
use serde::Serialize;

use crate::foreign::{self, Log, Mistake, Proof, Said};
use crate::history::{Grade, reading::Reading};
use crate::judging::ledger::Ledger;
use crate::judging::{self, Evidence, Invariant, Limits, Testimony, Violation};
use crate::plan::Damage;
use crate::run::{Verdict, turns};

/// A foreign log that has been judged.
pub struct Hearing {
    /// The log.
    pub log: Log,
    /// The verdict.
    pub verdict: Verdict,
    /// The damage, as a scenario states it.
    pub damage: Damage,
    /// The violations, with their evidence.
    pub violations: Vec<Violation>,
    /// How often each invariant was judged.
    pub judged: BTreeMap<&'static str, u64>,
    /// The invariants that were not, and why.
    pub not_judged: Vec<NotJudged>,
}

/// An invariant that a log cannot decide.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct NotJudged {
    /// Its name.
    pub invariant: &'static str,
    /// The evidence that is missing.
    pub why: &'static str,
}

/// Reads and judges a log. The end of a turn may hold its caller for `turn_ms`.
///
/// # Errors
/// The first mistake in its files.
pub fn judge(paths: &[PathBuf], turn_ms: u64) -> Result<Hearing, Mistake> {
    let log = foreign::read(paths)?;
    let mut reading = Reading::of(&log.events);
    reading.outcome.anonymous.clone_from(&log.documents);
    let ledger = Ledger::of(&log.events, &reading);
    // No line tells of commands, shutdowns, or the memory of a process.
    let limits = Limits {
        turn_ms,
        command_ms: u64::MAX,
        shutdown_ms: u64::MAX,
        memory: u32::MAX,
        recalls_ahead: u64::MAX,
        held_up_ms: 0,
        delivery: None,
        end_ms: None,
    };
    let testimony = Testimony { about: Part::Memory, testifies: &[] };
    let evidence = Evidence { events: &log.events, reading: &reading, ledger: &ledger, limits, testimony };
    let mut judgment = judging::judge(&evidence);
    let mut not_judged = Vec::new();
    for row in Invariant::all().filter(|row| row.concerns(Part::Memory)) {
        let judged = judgment.judged.iter().find(|(name, _)| *name == row.name).map_or(0, |(_, times)| *times);
        not_judged.extend(undecided(row, &log, judged).map(|why| NotJudged { invariant: row.name, why }));
    }
    let decided = |name: &str| !not_judged.iter().any(|row| row.invariant == name);
    let is_tied = |violation: &Violation| {
        violation.invariant == "order" && violation.turn.as_ref().is_some_and(|turn| log.tied.contains(turn))
    };
    judgment.violations.retain(|violation| decided(violation.invariant) && !is_tied(violation));
    judgment.judged.retain(|(name, times)| *times > 0 && decided(name));
    let is_proof = log.proof.documents && !judgment.judged.is_empty();
    let verdict = if is_proof { Verdict::of(&judgment, &ledger, true) } else { Verdict::Vacuous };
    let damage = damage(&reading, &ledger, &judgment.violations);
    let (violations, judged) = (judgment.violations, judgment.judged.into_iter().collect());
    Ok(Hearing { log, verdict, damage, violations, judged, not_judged })
}

/// Why a log cannot decide an invariant that was judged so often. `None` if it can.
fn undecided(row: &Invariant, log: &Log, judged: u64) -> Option<&'static str> {
    let Proof { documents, sessions, parents, unwanted, recalls, untimed } = log.proof;
    let missing = |has: bool, why| if has { None } else { Some(why) };
    if row.needs != Grade::Seen {
        return Some("only the memory itself could report what it needs");
    }
    if log.turns == 0 {
        return Some("no turn was said");
    }
    let own = match row.name {
        "no-stale-recall" => missing(recalls, "no line says which recall a session read (recalled)"),
        "turn-never-blocked" => missing(untimed == 0, "not every turn says how long it held its caller (took_ms)"),
        "bounded-shutdown" => Some("no line tells of shutdowns"),
        "prompt-delivery" => Some("no line tells of batches, boundaries and ends"),
        _ if !documents => Some("no document was found"),
        "attribution" => missing(sessions, "no document and no entry with a turn in it names its session"),
        "lineage" => missing(parents, "no turn names the session from which its own was forked (parent)"),
        "no-pollution" => missing(unwanted, "no turn is interrupted, ephemeral or undone"),
        _ => None,
    };
    own.or_else(|| missing(judged > 0, "nothing in the log is a case of it"))
}

/// The damage that the violations tell of.
fn damage(reading: &Reading, ledger: &Ledger, violations: &[Violation]) -> Damage {
    let violated = |name: &str| violations.iter().any(|violation| violation.invariant == name);
    let by_name = Invariant::by_name().filter(|row| violated(row.name)).map(|row| row.name.to_owned());
    let of = |name: &str| {
        let told = violations.iter().filter(|violation| violation.invariant == name);
        told.filter_map(|violation| violation.turn.clone()).collect::<BTreeSet<TurnId>>().into_iter().collect()
    };
    let copied = turns(ledger, |turn| turn.copies > turn.said);
    let copies = |id: TurnId| {
        let copies = reading.turns.get(&id).map_or(0, |turn| turn.copies);
        (id, copies)
    };
    Damage {
        lost: of("no-loss"),
        duplicated: copied.into_iter().map(copies).collect(),
        misattributed: of("attribution"),
        polluted: of("no-pollution"),
        order_broken: violated("order"),
        stale_recall: of("no-stale-recall"),
        violates: by_name.collect(),
    }
}

impl Hearing {
    /// What a turn is called in the log.
    pub fn called(&self, turn: &TurnId) -> &[Said] {
        self.log.said.get(turn).map_or(&[], Vec::as_slice)
    }
}
