//! Faults: how many were planned, how many struck, and how many of those made a difference (defined in `strikes`).

use std::collections::{BTreeMap, BTreeSet};

use model::words::endpoint::Endpoint;
use serde::{Deserialize, Serialize};

use super::strikes;
use crate::plan::Scenario;
use crate::run::Run;

/// The counts of faults of one kind.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct FaultCount {
    /// How many were planned.
    pub planned: u64,
    /// How many of those struck.
    pub struck: u64,
    /// How many of those made a difference.
    pub with_effect: u64,
}

impl FaultCount {
    /// Adds another count.
    pub(super) fn add(&mut self, other: Self) {
        self.planned += other.planned;
        self.struck += other.struck;
        self.with_effect += other.with_effect;
    }
}

/// Faults by kind: a request and its fault, `commit` and its fault, or the end of a process.
pub type FaultCounts = BTreeMap<String, FaultCount>;

/// The faults of a run.
pub(super) struct Faults {
    pub by_kind: FaultCounts,
    /// The endpoints that received any request.
    pub requests: BTreeSet<Endpoint>,
}

/// Counts the faults of a run.
pub(super) fn count(scenario: &Scenario, run: &Run) -> Faults {
    let (mut counts, kills) = (FaultCounts::new(), &scenario.faults.kills);
    for fault in scenario.faults.planned() {
        counts.entry(fault.kind()).or_default().planned += 1;
    }
    if counts.is_empty() && kills.is_empty() {
        return Faults { by_kind: counts, requests: BTreeSet::new() };
    }
    let struck = strikes::read(&run.reading, kills.len() > run.missed_kills.len());
    for strike in struck.strikes {
        let count = counts.entry(strike.kind).or_default();
        count.struck += 1;
        count.with_effect += u64::from(strike.with_effect);
    }
    for kill in kills {
        let count = counts.entry(kill.ending.word().to_owned()).or_default();
        count.planned += 1;
        let missed = !run.missed_kills.is_empty() && run.missed_kills.contains(&kill.to_string());
        if !missed {
            count.struck += 1;
            count.with_effect += u64::from(struck.hurt.contains(&(kill.process, kill.ending.exit_code())));
        }
    }
    Faults { by_kind: counts, requests: struck.requests }
}
