//! The invariants, one per file. Each sees only the history and the ledger, and says how often it really judged.
//!
//! [`Invariant::all`] is the table of them.

mod gateway;
mod invariants;
pub mod ledger;
pub mod marks;
mod memory;
mod webui;

use model::words::part::Part;
use model::words::turn::TurnId;
use serde::Serialize;

use crate::history::{Call, Event, Fact, Who};
use crate::judging::ledger::Ledger;

pub use invariants::Invariant;
pub use memory::no_stale_recall::stale_recalls;
pub(crate) use memory::no_stale_recall::{recalled_for, visible};

/// What the judges look at.
pub struct Evidence<'a> {
    /// Everything that was observed.
    pub events: &'a [Event],
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

/// A breach of an invariant, with the evidence.
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
    /// The breaches, invariant by invariant.
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

/// A call that a process made, and how long the caller was held.
pub struct Held<'a> {
    /// The process.
    pub process: Who,
    /// The call.
    pub call: &'a Call,
    /// When it was made, in milliseconds.
    pub from_ms: u64,
    /// When it returned, or its process ended.
    pub to_ms: u64,
    /// Whether it returned.
    pub returned: bool,
}

impl Held<'_> {
    /// How long the caller was held.
    pub fn duration_ms(&self) -> u64 {
        self.to_ms - self.from_ms
    }
}

/// All calls in a history, in the order in which they ended.
pub fn calls(events: &[Event]) -> Vec<Held<'_>> {
    let mut open: Vec<(Who, &Call, u64)> = Vec::new();
    let mut held = Vec::new();
    for event in events {
        let ends = |&mut (source, call, _): &mut (Who, &Call, u64)| match &event.fact {
            Fact::Returned(returned) => source == event.who && call == returned,
            Fact::Ended { .. } => source == event.who,
            _ => false,
        };
        match &event.fact {
            Fact::Called(call) => open.push((event.who, call, event.at_ms)),
            Fact::Returned(_) | Fact::Ended { .. } => {
                let returned = matches!(event.fact, Fact::Returned(_));
                let ended = open.extract_if(.., ends);
                held.extend(ended.map(|(process, call, from_ms)| Held {
                    process,
                    call,
                    from_ms,
                    to_ms: event.at_ms,
                    returned,
                }));
            }
            _ => {}
        }
    }
    held
}
