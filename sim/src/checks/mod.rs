//! The invariants, one per file. Each sees only the history and the ledger, and says how often it really judged.

mod abandonment_is_reported;
mod attribution;
mod bounded_memory;
mod bounded_sessions;
mod bounded_shutdown;
mod chats;
mod closed_is_final;
mod commissions;
mod commit_coverage;
mod commit_ownership;
mod commit_serialization;
mod convergence;
mod drain_is_fair_and_bounded;
mod failed_commit_stays_retryable;
#[cfg(test)]
mod gateway_tests;
mod interrupted_turn_is_answered;
mod lineage;
mod live_agent_never_closed;
mod no_duplicate;
mod no_false_resume;
mod no_late_clear;
mod no_loss;
mod no_pollution;
mod no_resume_storm;
mod no_stale_recall;
mod one_end_per_boundary;
mod order;
mod session_continuity;
mod stall;
mod stop_fits_its_budget;
mod stuck_session_is_stopped;
#[cfg(test)]
pub(crate) mod tests;
#[cfg(test)]
mod tests_webui;
mod turn_never_blocked;
mod turn_starts_at_once;

use model::release::Part;
use model::turn::TurnId;
use serde::Serialize;

use crate::history::{Call, Event, Source, What};
use crate::ledger::Ledger;

pub use no_stale_recall::stale_recalls;
pub(crate) use no_stale_recall::{recalled_for, visible};

/// What the judges look at.
pub struct Evidence<'a> {
    /// Everything that was observed.
    pub events: &'a [Event],
    /// What became of the turns.
    pub ledger: &'a Ledger,
    /// The bounds that the run is held against.
    pub limits: Limits,
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

/// One invariant.
pub struct Check {
    /// Whose business it is.
    pub part: Part,
    /// Its name, as reports and scenarios use it.
    pub name: &'static str,
    /// What must hold, in one sentence.
    pub rule: &'static str,
    judge: fn(&Evidence<'_>) -> Findings,
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

/// What one check found.
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

/// Every invariant, in the order in which they are reported.
pub const ALL: [Check; 29] = [
    no_loss::CHECK,
    no_duplicate::CHECK,
    attribution::CHECK,
    lineage::CHECK,
    no_pollution::CHECK,
    order::CHECK,
    no_stale_recall::CHECK,
    turn_never_blocked::CHECK,
    bounded_shutdown::CHECK,
    abandonment_is_reported::CHECK,
    closed_is_final::CHECK,
    bounded_memory::CHECK,
    convergence::CHECK,
    session_continuity::CHECK,
    interrupted_turn_is_answered::CHECK,
    no_false_resume::CHECK,
    no_resume_storm::CHECK,
    stuck_session_is_stopped::CHECK,
    stop_fits_its_budget::CHECK,
    commit_coverage::CHECK,
    commit_ownership::CHECK,
    commit_serialization::CHECK,
    no_late_clear::CHECK,
    failed_commit_stays_retryable::CHECK,
    one_end_per_boundary::CHECK,
    bounded_sessions::CHECK,
    live_agent_never_closed::CHECK,
    drain_is_fair_and_bounded::CHECK,
    turn_starts_at_once::CHECK,
];

/// The invariants whose breach is told by its data (`lost`, `duplicated`, ...), not by its name.
pub const TOLD_BY_DATA: [&str; 6] =
    ["no-loss", "no-duplicate", "attribution", "no-pollution", "order", "no-stale-recall"];
/// The one that is about liveness.
pub const CONVERGENCE: &str = convergence::CHECK.name;

/// What all checks together found.
pub struct Judgment {
    /// The breaches, check by check.
    pub violations: Vec<Violation>,
    /// How often each check judged.
    pub judged: Vec<(&'static str, u64)>,
    /// How often those judged that look at the hosts, not at the fate of turns.
    pub hosts_judged: u64,
}

/// Asks every check.
pub fn judge(evidence: &Evidence<'_>) -> Judgment {
    let mut judgment = Judgment { violations: Vec::new(), judged: Vec::new(), hosts_judged: 0 };
    for check in &ALL {
        let findings = (check.judge)(evidence);
        judgment.judged.push((check.name, findings.judged));
        if check.part != Part::Memory {
            judgment.hosts_judged += findings.judged;
        }
        judgment.violations.extend(findings.violations.into_iter().map(|(turn, at_ms, evidence)| Violation {
            invariant: check.name,
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
    pub process: Source,
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
    let mut open: Vec<(Source, &Call, u64)> = Vec::new();
    let mut held = Vec::new();
    for event in events {
        let ends = |&mut (source, call, _): &mut (Source, &Call, u64)| match &event.what {
            What::Returned(returned) => source == event.source && call == returned,
            What::Ended { .. } => source == event.source,
            _ => false,
        };
        match &event.what {
            What::Called(call) => open.push((event.source, call, event.at_ms)),
            What::Returned(_) | What::Ended { .. } => {
                let returned = matches!(event.what, What::Returned(_));
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
