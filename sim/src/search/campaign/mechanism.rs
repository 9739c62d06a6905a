//! How an invariant was broken, in words without names and numbers.
//!
//! For a lost turn: where it was last seen, and whether its process had time to end. For a turn that is stored twice: why it was sent
//! again. For anything else: the sentence of the evidence. Two seeds with the same mechanism are one bug to fix.

use std::collections::BTreeMap;

use model::facts::Place;
use model::words::turn::TurnId;

use super::unreported;
use crate::history::Call;
use crate::history::Entry;
use crate::history::reading::requests::Exchange;
use crate::history::reading::{At, Reading};
use crate::judging::ledger::{Fate, Ledger, TurnRecord};
use crate::judging::{Invariant, Violation};
use crate::plan::{Data, Ending, Fault, Sending};
use crate::run::Run;

/// A run with violations, read once for all of them.
pub(super) struct Suspect<'a> {
    reading: &'a Reading,
    ledger: &'a Ledger,
    /// The places of the turns in the ledger.
    turns: BTreeMap<&'a TurnId, usize>,
    /// Whether the memory reports where its turns are.
    reports: bool,
    sending: Sending,
}

/// A retain that the provider received and, sooner or later, applied.
struct Sent {
    number: u32,
    received: usize,
    /// When the provider was done with it; the end of the history if it never was.
    done: usize,
    fault: Option<Fault>,
}

impl Sent {
    fn of(request: &Exchange) -> Option<Self> {
        let arrived = request.arrived?;
        let done = request.done.map_or(usize::MAX, |(at, _)| at.place);
        Some(Self { number: arrived.number, received: arrived.at.place, done, fault: arrived.fault })
    }
}

impl<'a> Suspect<'a> {
    /// Looks at a run.
    pub(super) fn of(run: &'a Run) -> Self {
        let turns = run.ledger.turns.iter().enumerate().map(|(place, turn)| (&turn.id, place)).collect();
        let reports = !run.release.testifies().is_empty();
        Self { reading: &run.reading, ledger: &run.ledger, turns, reports, sending: run.sending }
    }

    /// The mechanism of one of its violations.
    pub(super) fn mechanism(&self, violation: &Violation) -> String {
        let data = Invariant::named(violation.invariant).and_then(|row| row.data);
        match (data, violation.turn.as_ref().and_then(|id| self.turn(id))) {
            (Some(Data::Lost), Some(turn)) if self.reports => lost(turn, self.reading),
            (Some(Data::Lost), Some(turn)) => unreported::lost(turn, self.reading, self.sending),
            (Some(Data::Duplicated), Some(turn)) => self.duplicated(turn),
            (Some(Data::OrderBroken), Some(turn)) if self.side_by_side(turn) => {
                without_names(&violation.evidence) + "; two writers had them in flight at the same time"
            }
            _ => without_names(&violation.evidence),
        }
    }

    fn turn(&self, id: &TurnId) -> Option<&TurnRecord> {
        self.turns.get(id).map(|&place| &self.ledger.turns[place])
    }

    fn duplicated(&self, turn: &TurnRecord) -> String {
        let holds = |entries: &[Entry]| entries.iter().any(|entry| entry.turns.contains(&turn.id));
        let documents = self.ledger.documents.values().filter(|entries| holds(entries)).count();
        let elsewhere = if documents > 1 { ", into another document" } else { "" };
        format!("{}{elsewhere}", self.sent_again(&turn.id))
    }

    /// The retains that brought a turn into documents, each time.
    fn applied(&self, turn: &TurnId) -> impl Iterator<Item = (At, u32)> {
        let turn = self.reading.turns.get(turn);
        let mut applied: Vec<(At, u32)> = turn.into_iter().flat_map(|turn| turn.applied()).collect();
        // A retain that holds it twice applies it once.
        applied.dedup_by_key(|(at, _)| at.place);
        applied.into_iter()
    }

    fn retain(&self, number: u32) -> Option<Sent> {
        self.reading.requests.delivery(number).and_then(Sent::of)
    }

    /// Why a turn was sent again although the provider had applied it, or would do so later.
    fn sent_again(&self, turn: &TurnId) -> String {
        let mut copies = self.applied(turn).map(|(_, number)| number);
        let (first, second) = match (copies.next(), copies.next()) {
            (Some(first), Some(second)) if first == second => {
                return "a worker died, and its successor applied it again".into();
            }
            // A delayed retain may be applied after the one sent in its place.
            (Some(first), Some(second)) => (first.min(second), first.max(second)),
            _ => return "a retain held it twice".into(),
        };
        let (Some(first), Some(second)) = (self.retain(first), self.retain(second)) else {
            return "it was applied twice".into();
        };
        let (from, to) = (first.received, second.received);
        let after = match first.fault {
            Some(Fault::AcceptFail) => " after it had been accepted and had failed",
            Some(Fault::WorkerCrash) => " after it had been applied by a worker that died",
            Some(_) => " after its reply had been lost or late",
            None => " after it had been stored",
        };
        match () {
            () if self.reading.lives.any_ended_between(from, to) => format!("a later process sent it again{after}"),
            () if self.given_up_between(from, to) => format!("it was sent again{after}"),
            () if first.done > to => "two writers had it in flight at the same time".into(),
            () if self.boundary_between(turn, to) => format!("a boundary sent it again{after}"),
            () => format!("it was sent again{after}"),
        }
    }

    /// Whether another retain of the turn's session, from the same process, was in flight together with one that carried the turn.
    fn side_by_side(&self, turn: &TurnRecord) -> bool {
        let beside = |other: &TurnId| {
            other.session == turn.id.session && self.turn(other).is_some_and(|other| other.process == turn.process)
        };
        let own: Vec<(At, u32)> = self.applied(&turn.id).collect();
        let with_the_turn: Vec<Sent> = own.iter().filter_map(|(_, number)| self.retain(*number)).collect();
        let others =
            self.ledger.turns.iter().filter(|other| beside(&other.id)).flat_map(|other| self.applied(&other.id));
        let apart = others.filter(|(at, _)| own.iter().all(|(with, _)| with.place != at.place));
        let others: Vec<Sent> = apart.filter_map(|(_, number)| self.retain(number)).collect();
        with_the_turn.iter().any(|one| others.iter().any(|other| self.overlap(one, other)))
    }

    /// Whether the later of two retains arrived while the earlier one was neither done nor given up.
    fn overlap(&self, one: &Sent, other: &Sent) -> bool {
        let (first, second) = if one.received < other.received { (one, other) } else { (other, one) };
        first.number != second.number
            && first.done > second.received
            && !self.given_up_between(first.received, second.received)
            && !self.reading.lives.any_ended_between(first.received, second.received)
    }

    /// Whether a client gave up a retain between these two places, or got an error for it.
    fn given_up_between(&self, from: usize, to: usize) -> bool {
        let mut failures = self.reading.requests.failures.iter().filter(|failure| failure.endpoint.delivers());
        failures.any(|failure| (from..to).contains(&failure.at.place))
    }

    /// Whether a boundary of the session came after the turn had been handed over, and before this place.
    fn boundary_between(&self, turn: &TurnId, before: usize) -> bool {
        let handed_over = self.reading.turns.get(turn).and_then(|turn| turn.handed_over().next());
        let Some((from, _)) = handed_over else { return false };
        let is_one = |call: &Call| matches!(call, Call::Command { word, .. } if word.is_a_boundary());
        let mut boundaries = self.reading.calls.made().filter(|(_, call, _)| is_one(call));
        boundaries.any(|(.., at)| (from.place..before).contains(&at.place))
    }
}

fn lost(turn: &TurnRecord, reading: &Reading) -> String {
    if turn.fate == Fate::Clobbered && turn.copies == 0 {
        return "it was stored, and then overwritten by content without it".into();
    }
    let Some((_, place)) = turn.last_seen else { return "it was seen nowhere".into() };
    let ended = match reading.lives.end_of(turn.process).map(|end| end.ending) {
        None => "",
        Some(Ending::Exit) => ", and its process exited",
        // Memory is lost with its process, whatever ends it.
        Some(Ending::PowerLoss) if place == Place::Outbox => ", and the power was lost",
        Some(_) => ", and its process was killed",
    };
    format!("last seen {place}{ended}")
}

/// The same sentence without names of turns and sessions, and without numbers.
fn without_names(evidence: &str) -> String {
    let mut words: Vec<&str> = Vec::new();
    for word in evidence.split_whitespace() {
        let bare = word.trim_matches(|c: char| ",.;:()\"".contains(c));
        let word = match bare {
            _ if bare.contains('#') => "T",
            _ if is_a_session(bare) => "S",
            _ if bare.strip_prefix("parent:").is_some_and(is_a_session) => "parent:S",
            _ if bare.starts_with(|c: char| c.is_ascii_digit()) => "n",
            _ => word,
        };
        // A list of names reads the same as a single name.
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
        let told = |turn: &str, ms: u32| format!("{turn} was undone at {ms} ms and is stored all the same");
        assert_eq!(without_names(&told("S1#1", 0)), without_names(&told("S2.2#17", 1_234)));
        assert_eq!(
            without_names("S1#1 is tagged with parent:S1, and S2 was forked from S3"),
            "T is tagged with parent:S and S was forked from S"
        );
        assert_ne!(without_names("lost in the buffer"), without_names("lost in flight"));
    }
}
