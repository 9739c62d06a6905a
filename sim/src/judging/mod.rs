//! The invariants, one per file. Each sees only the history and the ledger, and says how often it really judged.
//!
//! [`Invariant::all`] is the table of them.

mod gateway;
mod invariant;
mod invariants;
pub mod ledger;
pub mod marks;
mod memory;
mod webui;

use model::words::part::Part;
use model::words::turn::TurnId;
use serde::Serialize;

use crate::history::Event;
use crate::history::reading::Reading;
use crate::judging::ledger::Ledger;

pub use invariant::Invariant;

/// What the judges look at.
pub struct Evidence<'a> {
    /// Everything that was observed.
    pub events: &'a [Event],
    /// What that says.
    pub reading: &'a Reading,
    /// What became of the turns.
    pub ledger: &'a Ledger,
    /// The bounds that the run is held against.
    pub limits: Limits,
    /// Whose word there is.
    pub testimony: Testimony,
}

/// Whose word there is in a run: it decides what can be judged.
#[derive(Clone, Copy, Debug)]
pub struct Testimony {
    /// What the scenario is about.
    pub about: Part,
    /// The parts of the subject that testify.
    pub testifies: &'static [Part],
}

impl Evidence<'_> {
    /// The place and time at which the process came to its end; those of the last event if it did not.
    fn end_of(&self, process: u32) -> (usize, u64) {
        let last = || (self.events.len(), self.events.last().map_or(0, |event| event.at_ms));
        self.reading.lives.end_of(process).map_or_else(last, |end| (end.at.place, end.at.ms))
    }

    /// Whether the memory of the process had the turn at this place in the history.
    fn is_acknowledged(&self, process: u32, turn: &TurnId, place: usize) -> bool {
        let turn = self.reading.turns.get(turn);
        turn.is_some_and(|turn| turn.acknowledged().any(|(at, by)| by == process && at.place < place))
    }
}

/// The bounds of a run.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// The longest that a turn's end may hold the caller, in milliseconds.
    pub turn_ms: u64,
    /// The longest that any other command may hold the caller, but for a shutdown, in milliseconds.
    pub command_ms: u64,
    /// The longest that a shutdown may take, in milliseconds.
    pub shutdown_ms: u64,
    /// How many turns a process may hold in memory.
    pub memory: u32,
}

/// An invariant that did not hold, with the evidence.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Violation {
    /// The invariant's name.
    pub invariant: &'static str,
    /// The turn it happened to, if it happened to one.
    pub turn: Option<TurnId>,
    /// When, in milliseconds of simulated time.
    pub at_ms: u64,
    /// What is wrong, with the times that prove it.
    pub evidence: String,
}

/// What one of them found.
#[derive(Default)]
struct Findings {
    judged: u64,
    violations: Vec<(Option<TurnId>, u64, String)>,
}

impl Findings {
    fn holds(&mut self) {
        self.judged += 1;
    }

    fn violated(&mut self, turn: Option<&TurnId>, at_ms: u64, evidence: String) {
        self.judged += 1;
        self.violations.push((turn.cloned(), at_ms, evidence));
    }
}

/// The one that is about liveness.
pub const CONVERGENCE: &str = memory::convergence::ROW.name;

/// What all of them together found.
pub struct Judgment {
    /// The violations, invariant by invariant.
    pub violations: Vec<Violation>,
    /// How often each invariant was judged.
    pub judged: Vec<(&'static str, u64)>,
    /// Those that concern the run and need testimony that its subject does not give.
    pub not_judged: Vec<&'static str>,
    /// How often those judged that look at the hosts, not at the fate of turns.
    pub hosts_judged: u64,
}

/// Judges by every invariant for which there is the evidence.
pub fn judge(evidence: &Evidence<'_>) -> Judgment {
    let Testimony { about, testifies } = evidence.testimony;
    let not_judged: Vec<&str> = Invariant::not_judged(about, testifies).map(|row| row.name).collect();
    let mut judgment = Judgment { violations: Vec::new(), judged: Vec::new(), not_judged, hosts_judged: 0 };
    for row in Invariant::all().filter(|row| !judgment.not_judged.contains(&row.name)) {
        let findings = match row.can_be_judged(testifies) {
            true => (row.judge)(evidence),
            false => Findings::default(),
        };
        judgment.judged.push((row.name, findings.judged));
        if row.part != Part::Memory {
            judgment.hosts_judged += findings.judged;
        }
        judgment.violations.extend(findings.violations.into_iter().map(|(turn, at_ms, evidence)| Violation {
            invariant: row.name,
            turn,
            at_ms,
            evidence,
        }));
    }
    judgment
}
