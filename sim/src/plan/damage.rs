//! The damage that a run did: what an expectation says of it, and what a run shows.

use std::collections::BTreeMap;

use model::words::turn::TurnId;
use serde::Serialize;

/// The damage of a run. A run without damage passes.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Damage {
    /// Turns that no document holds.
    pub lost: Vec<TurnId>,
    /// Turns that documents hold more than once, with the number of copies.
    pub duplicated: BTreeMap<TurnId, u32>,
    /// Turns in another session's document.
    pub misattributed: Vec<TurnId>,
    /// Turns that were interrupted, undone or made up, and are stored.
    pub polluted: Vec<TurnId>,
    /// Whether a document holds turns in another order than they were completed in.
    pub order_broken: bool,
    /// Turns of one session whose recall was read in another.
    pub stale_recall: Vec<TurnId>,
    /// Names of the other invariants that are violated.
    pub violates: Vec<String>,
}

/// The keys for turns and documents in an expectation. All other invariants are named under `violates`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Data {
    /// `lost`.
    Lost,
    /// `duplicated`.
    Duplicated,
    /// `misattributed`.
    Misattributed,
    /// `polluted`.
    Polluted,
    /// `order_broken`.
    OrderBroken,
    /// `stale_recall`.
    StaleRecall,
}

impl Damage {
    /// The same damage with every list in order, for comparison.
    pub fn sorted(&self) -> Self {
        let mut sorted = self.clone();
        sorted.lost.sort();
        sorted.misattributed.sort();
        sorted.polluted.sort();
        sorted.stale_recall.sort();
        sorted.violates.sort();
        sorted
    }

    /// The turns with this damage, each with its copies: 1 unless it is duplicated.
    pub fn turns(&self, data: Data) -> Vec<(&TurnId, u32)> {
        let turns = match data {
            Data::Lost => &self.lost,
            Data::Misattributed => &self.misattributed,
            Data::Polluted => &self.polluted,
            Data::StaleRecall => &self.stale_recall,
            Data::Duplicated => return self.duplicated.iter().map(|(turn, copies)| (turn, *copies)).collect(),
            Data::OrderBroken => return Vec::new(),
        };
        turns.iter().map(|turn| (turn, 1)).collect()
    }

    /// A short form: `lost 2, duplicated 1`, or `pass`.
    pub fn summary(&self) -> String {
        let mut parts = Vec::new();
        let mut count = |what: &str, n: usize| {
            if n > 0 {
                parts.push(format!("{what} {n}"));
            }
        };
        count("lost", self.lost.len());
        count("duplicated", self.duplicated.len());
        count("misattributed", self.misattributed.len());
        count("polluted", self.polluted.len());
        count("stale recall", self.stale_recall.len());
        if self.order_broken {
            parts.push("order broken".into());
        }
        parts.extend(self.violates.iter().cloned());
        if parts.is_empty() { "pass".into() } else { parts.join(", ") }
    }
}
