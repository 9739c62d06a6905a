//! Classes of violations: the same invariant, broken by the same mechanism.
//!
//! A mechanism is what the evidence says without names and numbers, and, of a turn that was lost or stored twice, what happened on
//! its way: what became of its retains, and whether there was a boundary between its first and its last copy. Two seeds that agree in it are one bug for
//! whoever reads a report.

use std::collections::BTreeSet;

use model::host::Request;
use model::turn::TurnId;
use serde::{Deserialize, Serialize};

use crate::checks::Violation;
use crate::hindsight::Happening;
use crate::history::{Call, Event, What};
use crate::runner::Run;
use crate::scenario::Fault;

/// A class of violations.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Class {
    /// The invariant.
    pub invariant: String,
    /// How it was broken, in words without names and numbers.
    pub mechanism: String,
}

impl Class {
    /// The classes of a run's violations, each once.
    pub fn of(run: &Run) -> BTreeSet<Self> {
        run.violations.iter().map(|violation| Self::of_violation(violation, &run.events)).collect()
    }

    fn of_violation(violation: &Violation, events: &[Event]) -> Self {
        let mut mechanism = without_names(&violation.evidence);
        if let Some(turn) = violation.turn.as_ref().filter(|_| FATES.contains(&violation.invariant)) {
            mechanism += &on_its_way(turn, events);
        }
        Self { invariant: violation.invariant.to_owned(), mechanism }
    }

    /// A short name for files: the invariant and the beginning of a hash.
    pub fn slug(&self) -> String {
        let hash = blake3::hash(self.mechanism.as_bytes()).to_hex();
        format!("{}-{}", self.invariant, &hash[..8])
    }
}

/// The invariants of which it matters what a turn met on its way.
const FATES: [&str; 2] = ["no-loss", "no-duplicate"];

/// What became of the requests that carried a turn, and whether its host was told something between its copies.
fn on_its_way(turn: &TurnId, events: &[Event]) -> String {
    let mut met = BTreeSet::new();
    let mut applied = Vec::new();
    for (place, event) in events.iter().enumerate() {
        match &event.what {
            What::Provider(Happening::Received { request: Request::Retain, items, fault: Some(fault), .. })
                if items.iter().any(|item| item.turns.contains(turn)) =>
            {
                met.insert(outcome(*fault));
            }
            What::Provider(Happening::Applied { turns, .. }) if turns.contains(turn) => applied.push(place),
            _ => {}
        }
    }
    let mut told = String::new();
    if let [first, .., last] = applied[..] {
        let between = &events[first..last];
        let has = |wanted: fn(&What) -> bool| between.iter().any(|event| wanted(&event.what));
        told += match () {
            () if has(|what| matches!(what, What::Ended { .. })) => "; its process ended between its copies",
            () if has(|what| matches!(what, What::Called(Call::Command { word, .. }) if word.is_a_boundary())) => {
                "; a boundary between its copies"
            }
            () => "",
        };
    }
    met.into_iter().map(|outcome| format!("; a retain of it {outcome}")).collect::<String>() + &told
}

/// What the sender of a request can know of it.
fn outcome(fault: Fault) -> &'static str {
    match fault {
        Fault::Refuse(_) | Fault::Drop | Fault::Restart(_) => "failed",
        Fault::ApplyDrop | Fault::Delay(_) | Fault::DelayIfAlive(_) | Fault::Hang => "had an unknown outcome",
        Fault::AcceptFail => "failed after it was accepted",
        Fault::WorkerCrash => "was applied by a worker that died",
    }
}

/// The same sentence without names of turns and sessions, and without numbers.
fn without_names(evidence: &str) -> String {
    let mut words: Vec<&str> = Vec::new();
    for word in evidence.split_whitespace() {
        let bare = word.trim_matches(|c: char| ",.;:()\"".contains(c));
        let word = match bare {
            _ if bare.contains('#') => "T",
            _ if is_a_session(bare) => "S",
            _ if bare.starts_with(|c: char| c.is_ascii_digit()) => "n",
            _ => word,
        };
        // A list of names is as good as one of them.
        if !(words.last() == Some(&word) && ["T", "S", "n"].contains(&word)) {
            words.push(word);
        }
    }
    words.join(" ")
}

/// `S1`, `S1.2`, and a document named after one.
fn is_a_session(word: &str) -> bool {
    word.strip_prefix('S').is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn evidence_that_differs_in_names_and_numbers_is_one_mechanism() {
        let told = |turn: &str, ms: u32| {
            format!("{turn} was acknowledged at {ms} ms and is in no document; last seen in the buffer")
        };
        assert_eq!(without_names(&told("S1#1", 0)), without_names(&told("S2.2#17", 1_234)));
        assert_eq!(
            without_names("S1#1 is stored 3 times: 2 in S1, 1 in S1-2026"),
            "T is stored n times: n in S n in S"
        );
        assert_ne!(without_names("lost in the buffer"), without_names("lost in flight"));
    }
}
