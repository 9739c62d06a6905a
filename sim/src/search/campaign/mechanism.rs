//! How an invariant was broken, in words without names and numbers.
//!
//! Of a turn that was lost it is the place where it was last seen, and whether its process was given the time to end; of a turn
//! that is stored twice, why it was sent again; of anything else, what the evidence says. Two seeds that agree in it are one bug
//! for whoever has to mend it.

use std::collections::BTreeMap;

use model::facts::{Observation, Place};
use model::words::turn::TurnId;

use crate::history::{Call, Entry, Event, Fact, Happening, Who};
use crate::judging::ledger::{Fate, Ledger, TurnRecord};
use crate::judging::{Invariant, Violation};
use crate::plan::{Data, Ending, Fault};

/// A history in which something is wrong, read once for all of its violations.
pub(super) struct Reading<'a> {
    events: &'a [Event],
    ledger: Ledger,
    /// The places of the turns in the ledger.
    turns: BTreeMap<TurnId, usize>,
    /// The retains that the provider received, by number.
    retains: BTreeMap<u32, Sent>,
}

/// A retain that the provider received and, sooner or later, applied.
struct Sent {
    number: u32,
    received: usize,
    /// When the provider was done with it; at the end of the history if it never was.
    done: usize,
    fault: Option<Fault>,
}

impl<'a> Reading<'a> {
    /// Reads a history.
    pub(super) fn of(events: &'a [Event]) -> Self {
        let ledger = Ledger::read(events);
        let turns = ledger.turns.iter().enumerate().map(|(place, turn)| (turn.id.clone(), place)).collect();
        let mut retains = BTreeMap::new();
        for (place, event) in events.iter().enumerate() {
            match &event.fact {
                Fact::Provider(Happening::Received { endpoint, number, fault, .. }) if endpoint.delivers() => {
                    let sent = Sent { number: *number, received: place, done: events.len(), fault: *fault };
                    retains.entry(*number).or_insert(sent);
                }
                Fact::Provider(
                    Happening::Answered { endpoint, number, .. }
                    | Happening::HungUp { endpoint, number }
                    | Happening::Abandoned { endpoint, number },
                ) if endpoint.delivers() => {
                    if let Some(sent) = retains.get_mut(number).filter(|sent| sent.done == events.len()) {
                        sent.done = place;
                    }
                }
                _ => {}
            }
        }
        Self { events, ledger, turns, retains }
    }

    /// The mechanism of one of its violations.
    pub(super) fn mechanism(&self, violation: &Violation) -> String {
        let data = Invariant::named(violation.invariant).and_then(|row| row.data);
        match (data, violation.turn.as_ref().and_then(|id| self.turn(id))) {
            (Some(Data::Lost), Some(turn)) => lost(turn, self.events),
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

    /// What was applied: the numbers of the retains, and the turns of each.
    fn applied(&self) -> impl Iterator<Item = (u32, &[TurnId])> {
        self.events.iter().filter_map(|event| match &event.fact {
            Fact::Provider(Happening::Applied { number, turns, .. }) => Some((*number, &turns[..])),
            _ => None,
        })
    }

    /// Why a turn was sent again after the provider had, or would yet, apply it.
    fn sent_again(&self, turn: &TurnId) -> String {
        let mut copies = self.applied().filter(|(_, turns)| turns.contains(turn)).map(|(number, _)| number);
        let (first, second) = match (copies.next(), copies.next()) {
            (Some(first), Some(second)) if first == second => {
                return "a worker died, and its successor applied it again".into();
            }
            // A retain that was delayed may be applied after the one that was sent in its place.
            (Some(first), Some(second)) => (first.min(second), first.max(second)),
            _ => return "a retain held it twice".into(),
        };
        let (Some(first), Some(second)) = (self.retains.get(&first), self.retains.get(&second)) else {
            return "it was applied twice".into();
        };
        let between = &self.events[first.received..second.received];
        let after = match first.fault {
            Some(Fault::AcceptFail) => " after it had been accepted and had failed",
            Some(Fault::WorkerCrash) => " after it had been applied by a worker that died",
            Some(_) => " after its reply had been lost or late",
            None => " after it had been stored",
        };
        match () {
            () if between.iter().any(is_an_end) => format!("a later process sent it again{after}"),
            () if between.iter().any(is_given_up) => format!("it was sent again{after}"),
            () if first.done > second.received => "two writers had it in flight at the same time".into(),
            () if boundary(turn, &self.events[..second.received]) => format!("a boundary sent it again{after}"),
            () => format!("it was sent again{after}"),
        }
    }

    /// Whether another retain of the turn's session, from the same process, was in flight together with one that carried the turn.
    fn side_by_side(&self, turn: &TurnRecord) -> bool {
        let beside = |other: &TurnId| {
            other.session == turn.id.session && self.turn(other).is_some_and(|other| other.process == turn.process)
        };
        let (mut with_the_turn, mut others) = (Vec::new(), Vec::new());
        for (number, turns) in self.applied() {
            match turns.contains(&turn.id) {
                true => with_the_turn.extend(self.retains.get(&number)),
                false if turns.iter().any(beside) => others.extend(self.retains.get(&number)),
                false => {}
            }
        }
        with_the_turn.iter().any(|one| others.iter().any(|other| self.overlap(one, other)))
    }

    /// Whether the later of two retains arrived while the earlier one was neither done nor given up.
    fn overlap(&self, one: &Sent, other: &Sent) -> bool {
        let (first, second) = if one.received < other.received { (one, other) } else { (other, one) };
        let between = &self.events[first.received..second.received];
        first.number != second.number
            && first.done > second.received
            && !between.iter().any(|event| is_given_up(event) || is_an_end(event))
    }
}

fn is_given_up(event: &Event) -> bool {
    matches!(event.fact, Fact::Told(Observation::RequestFailed { endpoint, .. }) if endpoint.delivers())
}

fn is_an_end(event: &Event) -> bool {
    matches!(event.fact, Fact::Ended { .. })
}

fn lost(turn: &TurnRecord, events: &[Event]) -> String {
    if turn.fate == Fate::Clobbered && turn.copies == 0 {
        return "it was stored, and then overwritten by content without it".into();
    }
    let Some((_, place)) = turn.last_seen else { return "it was seen nowhere".into() };
    let ending = events.iter().find_map(|event| match event.fact {
        Fact::Ended { ending, .. } if event.who == Who::Process(turn.process) => Some(ending),
        _ => None,
    });
    let ended = match ending {
        None => "",
        Some(Ending::Exit) => ", and its process exited",
        // What is only in memory goes with the process, whatever ends it.
        Some(Ending::PowerLoss) if place == Place::Outbox => ", and the power was lost",
        Some(_) => ", and its process was killed",
    };
    format!("last seen {place}{ended}")
}

/// Whether a session's boundary came after the turn.
fn boundary(turn: &TurnId, events: &[Event]) -> bool {
    let handed_over = events.iter().position(|event| matches!(&event.fact, Fact::Called(Call::Turn(id)) if id == turn));
    let is_one =
        |event: &Event| matches!(&event.fact, Fact::Called(Call::Command { word, .. }) if word.is_a_boundary());
    handed_over.is_some_and(|place| events[place..].iter().any(is_one))
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
        let told = |turn: &str, ms: u32| format!("{turn} was undone at {ms} ms and is stored all the same");
        assert_eq!(without_names(&told("S1#1", 0)), without_names(&told("S2.2#17", 1_234)));
        assert_eq!(
            without_names("S1#1 is tagged with parent:S1, and S2 was forked from S3"),
            "T is tagged with parent:S and S was forked from S"
        );
        assert_ne!(without_names("lost in the buffer"), without_names("lost in flight"));
    }
}
