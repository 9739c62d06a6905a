//! Outcome: when the faults stopped, whether everything pending arrived then, and which turns are stored and pending at the very end.
//!
//! Evidence: stored turns are seen. The implementation reports the turns pending in an outbox, so any acquittal by them rests on its word
//! ([`Outcome::pending`]).

use std::collections::{BTreeMap, BTreeSet};

use model::words::session::DocumentId;
use model::words::turn::TurnId;

use super::At;

/// How a run ended.
#[derive(Clone, Debug, Default)]
pub struct Outcome {
    /// Where the faults stopped.
    pub faults_stopped: Option<usize>,
    /// When nothing was pending any more, or the limit had passed, and whether that was in time.
    pub converged: Option<(At, bool)>,
    /// The place at which the log gives the content of each document.
    pub documents: BTreeMap<DocumentId, usize>,
    /// Documents whose names say nothing about sessions: those of a foreign log. No simulated run has any.
    pub anonymous: BTreeSet<DocumentId>,
    /// The times at which a durable outbox reported its content.
    pub looked: Vec<At>,
    /// The number of copies of each turn in its last report.
    pending: BTreeMap<TurnId, u32>,
}

impl Outcome {
    /// The number of copies of the turn in a durable outbox at the end, as the implementation reports it.
    pub fn pending(&self, turn: &TurnId) -> u32 {
        self.pending.get(turn).copied().unwrap_or(0)
    }

    /// Whether a durable outbox reports its content.
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
