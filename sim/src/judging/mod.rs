//! The invariants, one per file. Each sees only the history and the ledger, and counts how often it judged.
//!
//! [`Invariant::all`] is the table of them.

mod calm;
mod cause;
mod copies;
pub(in crate::judging) mod gateway;
mod invariant;
mod invariants;
pub mod ledger;
pub mod marks;
mod memory;
mod noting;
mod webui;

use model::words::part::Part;
use model::words::turn::TurnId;
use serde::Serialize;

use crate::history::reading::{At, Reading, stations};
use crate::history::{Event, Grade, Word};
use crate::judging::ledger::Ledger;

pub use cause::Cause;
pub use invariant::Invariant;

/// The evidence in front of the judges.
pub struct Evidence<'a> {
    /// Everything that was observed.
    pub events: &'a [Event],
    /// The reading of the events.
    pub reading: &'a Reading,
    /// The fates of the turns.
    pub ledger: &'a Ledger,
    /// The bounds for this run.
    pub limits: Limits,
    /// Who testifies.
    pub testimony: Testimony,
}

/// Who testifies in a run. It decides which invariants can be judged.
#[derive(Clone, Copy, Debug)]
pub struct Testimony {
    /// The part that the scenario is about.
    pub about: Part,
    /// The parts of the subject that testify.
    pub testifies: &'static [Part],
}

impl Evidence<'_> {
    /// When the process ended; behind the last event if it did not end.
    fn end_of(&self, process: u32) -> At {
        let last = || At { place: self.events.len(), ms: self.events.last().map_or(0, |event| event.at_ms) };
        self.reading.lives.end_of(process).map_or_else(last, |end| end.at)
    }

    /// When this event of the history happened.
    fn at(&self, place: usize) -> At {
        At { place, ms: self.events[place].at_ms }
    }

    /// Whether the memory of the process was done with the turn at this place in the history.
    fn is_over(&self, process: u32, turn: &TurnId, place: usize) -> bool {
        let refused = |turn: &stations::Turn| turn.refused().any(|(at, by)| by == process && at.place < place);
        self.is_acknowledged(process, turn, place) || self.reading.turns.get(turn).is_some_and(refused)
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
    /// The longest that any other command except a shutdown may hold the caller, in milliseconds.
    pub command_ms: u64,
    /// The longest that a shutdown may take, in milliseconds.
    pub shutdown_ms: u64,
    /// How many turns a process may hold in memory.
    pub memory: u32,
    /// How many recalls may be sent that no user waited for.
    pub recalls_ahead: u64,
    /// How long the schedule may hold threads up by itself, in milliseconds.
    pub held_up_ms: u64,
    /// By what the delivery of turns is judged. `None` if it is not.
    pub delivery: Option<Delivery>,
    /// How long the end of an agent's memory may take, in milliseconds, if the subject keeps to a budget.
    pub end_ms: Option<EndMs>,
}

/// By what the delivery of turns is judged.
#[derive(Clone, Copy, Debug)]
pub struct Delivery {
    /// The longest that a session's next turn may take to arrive once it is due, in milliseconds.
    pub limit_ms: u64,
    /// How long a fault may hold a memory up after it has ended, in milliseconds.
    pub aftermath_ms: u64,
    /// How many turns of a session make a batch, at least 1.
    pub batch: u32,
    /// How long the end of a memory may take, in milliseconds.
    pub budget_ms: u64,
    /// Whether the host has an agent from its start on, until the memory of that is shut down.
    pub opens: bool,
    /// Whether its processes follow each other, so that each takes up what the one before has left.
    pub follow: bool,
    /// The calls by which the session of the last turn comes to a boundary.
    pub boundaries: &'static [Word],
    /// The calls that end the memory of all agents of their process.
    pub ends: &'static [Word],
}

/// How long the end of an agent's memory may take, in milliseconds.
#[derive(Clone, Copy, Debug)]
pub struct EndMs {
    /// The budget that was configured.
    pub budget: u64,
    /// The longest if nothing is left to do. `None` if the plan disturbs the memory: then the history does not show what is left.
    pub idle: Option<u64>,
}

/// An invariant that did not hold, with the evidence.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Violation {
    /// The invariant's name.
    pub invariant: &'static str,
    /// The turn that it happened to, if any.
    pub turn: Option<TurnId>,
    /// When it became true, in milliseconds of simulated time.
    pub at_ms: u64,
    /// The facts that prove it, with their times.
    pub evidence: String,
    /// What led to it. A judge does not know: whoever has the plan adds it.
    pub cause: Cause,
    /// The event with which it became true, by its place in the history.
    #[serde(skip)]
    pub place: usize,
}

/// The findings of one invariant.
#[derive(Default)]
struct Findings {
    judged: u64,
    violations: Vec<(Option<TurnId>, At, String)>,
}

impl Findings {
    fn holds(&mut self) {
        self.judged += 1;
    }

    /// `at` is when the violation became true.
    fn violated(&mut self, turn: Option<&TurnId>, at: At, evidence: String) {
        self.judged += 1;
        self.violations.push((turn.cloned(), at, evidence));
    }
}

/// The name of the liveness invariant.
pub const CONVERGENCE: &str = memory::convergence::ROW.name;

/// The findings of all invariants together.
pub struct Judgment {
    /// The violations, invariant by invariant.
    pub violations: Vec<Violation>,
    /// How often each invariant was judged.
    pub judged: Vec<(&'static str, u64)>,
    /// Invariants that concern the run but need testimony that its subject does not give.
    pub not_judged: Vec<&'static str>,
    /// How often invariants judged that look at the hosts, not at the fate of turns.
    pub hosts_judged: u64,
}

/// Judges by every invariant whose evidence is available.
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
        let of_hosts = about != Part::Memory && row.needs == Grade::ToldByHost;
        if row.part != Part::Memory || of_hosts {
            judgment.hosts_judged += findings.judged;
        }
        judgment.violations.extend(findings.violations.into_iter().map(|(turn, at, evidence)| Violation {
            invariant: row.name,
            turn,
            at_ms: at.ms,
            evidence,
            cause: Cause::default(),
            place: at.place,
        }));
    }
    judgment
}
