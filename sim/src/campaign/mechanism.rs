//! How an invariant was broken, in words without names and numbers.
//!
//! Of a turn that was lost it is the place where it was last seen, and whether its process was given the time to end; of a turn
//! that is stored twice, why it was sent again; of anything else, what the evidence says. Two seeds that agree in it are one bug
//! for whoever has to mend it.

use model::host::{Observation, Place, Request};
use model::turn::TurnId;

use crate::checks::Violation;
use crate::hindsight::Happening;
use crate::history::{Call, Event, Source, What};
use crate::ledger::{Fate, Ledger, TurnRecord};
use crate::scenario::{Ending, Fault};

/// The mechanism of a violation that this history shows.
pub(super) fn mechanism(violation: &Violation, events: &[Event], ledger: &Ledger) -> String {
    let turn = violation.turn.as_ref().and_then(|id| ledger.turns.iter().find(|turn| turn.id == *id));
    match (violation.invariant, turn) {
        ("no-loss", Some(turn)) => lost(turn, events),
        ("no-duplicate", Some(turn)) => duplicated(turn, events, ledger),
        ("order", Some(turn)) if side_by_side(turn, events, ledger) => {
            without_names(&violation.evidence) + "; two writers had them in flight at the same time"
        }
        _ => without_names(&violation.evidence),
    }
}

fn lost(turn: &TurnRecord, events: &[Event]) -> String {
    if turn.fate == Fate::Clobbered && turn.copies == 0 {
        return "it was stored, and then overwritten by content without it".into();
    }
    let Some((_, place)) = turn.last_seen else { return "it was seen nowhere".into() };
    let ending = events.iter().find_map(|event| match event.what {
        What::Ended { ending, .. } if event.source == Source::Process(turn.process) => Some(ending),
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

fn duplicated(turn: &TurnRecord, events: &[Event], ledger: &Ledger) -> String {
    let holds = |entries: &[crate::hindsight::Entry]| entries.iter().any(|entry| entry.turns.contains(&turn.id));
    let documents = ledger.documents.values().filter(|entries| holds(entries)).count();
    let elsewhere = if documents > 1 { ", into another document" } else { "" };
    format!("{}{elsewhere}", sent_again(&turn.id, events))
}

/// A retain that the provider received and, sooner or later, applied.
struct Sent {
    number: u32,
    received: usize,
    /// When the provider was done with it; at the end of the history if it never was.
    done: usize,
    fault: Option<Fault>,
}

/// Why a turn was sent again after the provider had, or would yet, apply it.
fn sent_again(turn: &TurnId, events: &[Event]) -> String {
    let copies: Vec<u32> = events
        .iter()
        .filter_map(|event| match &event.what {
            What::Provider(Happening::Applied { number, turns, .. }) if turns.contains(turn) => Some(*number),
            _ => None,
        })
        .collect();
    let (first, second) = match copies[..] {
        [] | [_] => return "a retain held it twice".into(),
        [first, second, ..] if first == second => return "a worker died, and its successor applied it again".into(),
        // A retain that was delayed may be applied after the one that was sent in its place.
        [first, second, ..] => (first.min(second), first.max(second)),
    };
    let (Some(first), Some(second)) = (sent(first, events), sent(second, events)) else {
        return "it was applied twice".into();
    };
    let between = &events[first.received.min(second.received)..second.received];
    let has = |wanted: fn(&What) -> bool| between.iter().any(|event| wanted(&event.what));
    let after = match first.fault {
        Some(Fault::AcceptFail) => " after it had been accepted and had failed",
        Some(Fault::WorkerCrash) => " after it had been applied by a worker that died",
        Some(_) => " after its reply had been lost or late",
        None => " after it had been stored",
    };
    match () {
        () if has(|what| matches!(what, What::Ended { .. })) => format!("a later process sent it again{after}"),
        () if has(|what| matches!(what, What::Told(Observation::RequestFailed { request: Request::Retain, .. }))) => {
            format!("it was sent again{after}")
        }
        () if first.done > second.received => "two writers had it in flight at the same time".into(),
        () if boundary(turn, &events[..second.received]) => format!("a boundary sent it again{after}"),
        () => format!("it was sent again{after}"),
    }
}

/// Whether a session's boundary came after the turn.
fn boundary(turn: &TurnId, events: &[Event]) -> bool {
    let handed_over = events.iter().position(|event| matches!(&event.what, What::Called(Call::Turn(id)) if id == turn));
    let is_one =
        |event: &Event| matches!(&event.what, What::Called(Call::Command { word, .. }) if word.is_a_boundary());
    handed_over.is_some_and(|place| events[place..].iter().any(is_one))
}

fn sent(number: u32, events: &[Event]) -> Option<Sent> {
    let (received, fault) = events.iter().enumerate().find_map(|(place, event)| match &event.what {
        What::Provider(Happening::Received { request: Request::Retain, number: received, fault, .. })
            if *received == number =>
        {
            Some((place, *fault))
        }
        _ => None,
    })?;
    let is_done = |event: &Event| match &event.what {
        What::Provider(
            Happening::Answered { request: Request::Retain, number: done, .. }
            | Happening::HungUp { request: Request::Retain, number: done }
            | Happening::Abandoned { request: Request::Retain, number: done },
        ) => *done == number,
        _ => false,
    };
    let done = events[received..].iter().position(is_done).map_or(events.len(), |done| received + done);
    Some(Sent { number, received, done, fault })
}

/// Whether another retain of the turn's session, from the same process, was in flight together with one that carried the turn.
fn side_by_side(turn: &TurnRecord, events: &[Event], ledger: &Ledger) -> bool {
    let beside = |other: &TurnId| {
        other.session == turn.id.session
            && ledger.turns.iter().any(|known| known.id == *other && known.process == turn.process)
    };
    let mut with_the_turn = Vec::new();
    let mut others = Vec::new();
    for event in events {
        if let What::Provider(Happening::Applied { number, turns, .. }) = &event.what {
            match turns.contains(&turn.id) {
                true => with_the_turn.extend(sent(*number, events)),
                false if turns.iter().any(beside) => others.extend(sent(*number, events)),
                false => {}
            }
        }
    }
    let overlap = |one: &Sent, other: &Sent| {
        let (first, second) = if one.received < other.received { (one, other) } else { (other, one) };
        let given_up = |event: &Event| {
            matches!(
                event.what,
                What::Told(Observation::RequestFailed { request: Request::Retain, .. }) | What::Ended { .. }
            )
        };
        first.number != second.number
            && first.done > second.received
            && !events[first.received..second.received].iter().any(given_up)
    };
    with_the_turn.iter().any(|one| others.iter().any(|other| overlap(one, other)))
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
