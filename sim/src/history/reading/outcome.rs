//! Outcome: when the faults stopped, whether everything pending arrived then, and what is stored and pending at the very end.
//!
//! Evidence: what is stored is seen. What is pending in an outbox is the implementation's word: whatever it acquits is acquitted on
//! that ([`Outcome::pending`]).

use std::collections::BTreeMap;

use model::words::session::DocumentId;
use model::words::turn::TurnId;

use super::At;

/// How a run came to its end.
#[derive(Clone, Debug, Default)]
pub struct Outcome {
    /// Where the faults stopped.
    pub faults_stopped: Option<usize>,
    /// When nothing was pending any more, or the limit had passed; and whether that was in time.
    pub converged: Option<(At, bool)>,
    /// Where the log says what each document holds.
    pub documents: BTreeMap<DocumentId, usize>,
    /// When a durable outbox told what it holds, each time.
    pub looked: Vec<At>,
    /// How many copies of each turn it held the last time.
    pending: BTreeMap<TurnId, u32>,
}

impl Outcome {
    /// How many copies of the turn a durable outbox holds at the end, as the implementation says.
    pub fn pending(&self, turn: &TurnId) -> u32 {
        self.pending.get(turn).copied().unwrap_or(0)
    }

    /// Whether there is a durable outbox that tells what it holds.
    pub fn has_an_outbox(&self) -> bool {
        !self.looked.is_empty()
    }

    pub(super) fn looked(&mut self, at: At, turns: &[TurnId]) {
        self.looked.push(at);
        self.pending.clear();
        turns.iter().for_each(|id| *self.pending.entry(id.clone()).or_insert(0) += 1);
    }
}

#[cfg(test)]
mod tests {
    use model::facts::Observation;

    use crate::history::Fact;
    use crate::history::reading::tests::{Log, turn};

    #[test]
    fn only_the_last_look_into_the_outbox_counts() {
        let pending =
            |turns: &[&str]| Fact::Told(Observation::Pending { turns: turns.iter().map(|name| turn(name)).collect() });
        let log = Log::default().process(1, 0, pending(&["S1#1", "S1#1"])).process(1, 1, pending(&["S1#2"]));
        let outcome = log.read().outcome;
        assert_eq!((outcome.pending(&turn("S1#1")), outcome.pending(&turn("S1#2"))), (0, 1));
        assert!(outcome.has_an_outbox());
    }
}
