//! order: a document holds its turns in the order in which they were completed. Source: #41945 (one
//! worker, so that writes are in the order of the turns) and `scenarios/README.md` row 42 (two processes in one session).
//!
//! Of two turns that two processes complete in the same millisecond neither is the earlier one: the log has to write one of them first, and the
//! world did not see that one first. Neither is it of two whose calls overlap in one process, which answers requests side by side.
//!
//! Processes that work on one session at the same time each have a conversation of their own, and a document may hold one behind the other. One
//! that goes back to a conversation after a turn of another is out of order too: its reader finds two conversations shuffled.
//! If a turn stands there more often than it was said, its first copy counts: no-duplicate judges the others. Turns with the same text share
//! a name, so each of their copies may be any of them that it can be, and nothing follows from copies in excess.

use std::collections::BTreeMap;

use model::words::part::Part;
use model::words::session::SessionId;
use model::words::turn::TurnId;

use crate::history::Grade;
use crate::history::reading::At;
use crate::history::reading::stations::Turn;
use crate::judging::ledger::TurnRecord;
use crate::judging::{Evidence, Findings, Invariant, copies};
use crate::plan::Data;

pub(in crate::judging) const ROW: Invariant = Invariant {
    name: "order",
    part: Part::Memory,
    rule: "a document holds its turns in the order in which they were completed",
    needs: Grade::Seen,
    severity: 10,
    letter: 'O',
    words: "order broken",
    counted: false,
    data: Some(Data::OrderBroken),
    breaker: "pr-55936",
    not_drawn: &[],
    judge,
};

fn judge(evidence: &Evidence<'_>) -> Findings {
    let mut findings = Findings::default();
    let turns = &evidence.ledger.turns;
    let handed_over = evidence.reading.turns.handed_over();
    let calls: Vec<Vec<Moment>> = handed_over.map(moments).collect();
    let index: BTreeMap<&TurnId, usize> = turns.iter().enumerate().map(|(n, turn)| (&turn.id, n)).collect();
    for (document, entries) in &evidence.ledger.documents {
        let held = entries.iter().flat_map(|entry| &entry.turns).filter_map(|id| index.get(id).copied());
        let mut latest: BTreeMap<u32, Held> = BTreeMap::new();
        let mut conversations: BTreeMap<&SessionId, Conversations<'_>> = BTreeMap::new();
        for (place, copy) in copies(&held.collect::<Vec<_>>(), &calls).into_iter().enumerate() {
            let turn = &turns[copy.turn];
            let id = &turn.id;
            let later = latest.values().filter(|later| later.earliest.is_after(copy.latest));
            let conversations = conversations.entry(&id.session).or_default();
            let told = if let Some(later) = later.max_by_key(|later| later.earliest.at.place) {
                let later = &turns[later.turn].id;
                format!("document {document} holds {later} before {id}, which was completed earlier")
            } else if turn.said == 1
                && let Some((begun, other)) = conversations.shuffled_by(evidence, turn)
            {
                format!("document {document} holds {other} between {begun} and {id}: two conversations in one")
            } else {
                (!latest.is_empty()).then(|| findings.holds());
                if turn.said == 1 {
                    conversations.go_on(turn, place);
                }
                let before = latest.entry(copy.earliest.process).or_insert(copy);
                *before = (*before).max(copy);
                continue;
            };
            let at = copies::entered(evidence, id, document).unwrap_or(turn.called);
            findings.violated(Some(id), at, told);
        }
    }
    findings
}

/// When a turn was handed over, until which place of the history, and to which process.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Moment {
    at: At,
    until: usize,
    process: u32,
}

impl Moment {
    /// Whether the world saw it later than the other one.
    fn is_after(self, other: Self) -> bool {
        if self.process == other.process { self.at.place > other.until } else { self.at.ms > other.at.ms }
    }
}

/// The moments at which a turn was handed over.
fn moments(turn: &Turn) -> Vec<Moment> {
    let returned = |at: At, process: u32| {
        let mut returns =
            turn.acknowledged().chain(turn.refused()).filter(|(back, by)| *by == process && back.place > at.place);
        returns.next().map_or(usize::MAX, |(back, _)| back.place)
    };
    turn.handed_over().map(|(at, process)| Moment { at, until: returned(at, process), process }).collect()
}

/// A turn as it stands in a document.
#[derive(Clone, Copy)]
struct Held {
    /// The first and the last moment at which it can have been handed over.
    earliest: Moment,
    latest: Moment,
    /// The turn, by its place in the ledger.
    turn: usize,
}

impl Held {
    /// The one that was completed later.
    fn max(self, other: Self) -> Self {
        if other.earliest.at.place > self.earliest.at.place { other } else { self }
    }
}

/// The copies that count of the turns that a document holds.
fn copies(held: &[usize], calls: &[Vec<Moment>]) -> Vec<Held> {
    // By turn: how often the document holds it, and how often it was met so far.
    let mut numbers: BTreeMap<usize, (usize, usize)> = BTreeMap::new();
    held.iter().for_each(|&turn| numbers.entry(turn).or_default().0 += 1);
    let counts = |turn: usize| {
        let (number, met) = numbers.get_mut(&turn)?;
        let (calls, nth) = (&calls[turn], *met);
        *met += 1;
        match calls.len().checked_sub(*number) {
            Some(missing) => Some(Held { earliest: calls[nth], latest: calls[nth + missing], turn }),
            None if calls.len() == 1 && nth == 0 => Some(Held { earliest: calls[0], latest: calls[0], turn }),
            None => None,
        }
    };
    held.iter().copied().filter_map(counts).collect()
}

/// The conversations of a session as far as a document holds them: for each process its first and its last turn, with their places there.
#[derive(Default)]
struct Conversations<'a>(BTreeMap<u32, [(usize, &'a TurnRecord); 2]>);

impl<'a> Conversations<'a> {
    fn go_on(&mut self, turn: &'a TurnRecord, place: usize) {
        self.0.entry(turn.process).or_insert([(place, turn); 2])[1] = (place, turn);
    }

    /// A turn of the same conversation, and one behind it that another process completed, which was still alive when this turn was completed. A
    /// process continues what processes before it have begun.
    fn shuffled_by(&self, evidence: &Evidence<'_>, turn: &TurnRecord) -> Option<(&'a TurnId, &'a TurnId)> {
        let life = evidence.reading.lives.of(turn.process);
        let start = life.and_then(|life| life.started).unwrap_or(turn.called);
        let end = |process: &u32| evidence.end_of(*process).place;
        let own = self.0.iter().filter(|(process, _)| **process == turn.process || end(process) < start.place);
        let (begun_at, begun) = own.map(|(_, [first, _])| *first).min_by_key(|(place, _)| *place)?;
        let others = self.0.iter().filter(|(process, _)| **process != turn.process);
        let mut others = others.filter(|(process, _)| end(process) > turn.called.place).map(|(_, [_, last])| *last);
        let (_, other) = others.find(|(place, _)| *place > begun_at)?;
        Some((&begun.id, &other.id))
    }
}

#[cfg(test)]
mod tests {
    use crate::history::{Call, Entry, Event, Fact, Who};
    use crate::judging::memory::tests::{id, violations_in};
    use crate::plan::Ending;
    use model::words::session::session_tag;

    /// A process: its start, the turns that it completes, and its end, in milliseconds.
    type Life<'a> = (u64, &'a [(u64, &'a str)], u64);

    /// What is found in a document of S1 that holds these turns.
    fn found(lives: &[Life<'_>], held: &[&str]) -> Vec<String> {
        let mut events = Vec::new();
        for (number, (started_ms, turns, ended_ms)) in (1..).zip(lives) {
            let mut event = |at_ms, fact| events.push(Event { at_ms, who: Who::Process(number), fact });
            event(*started_ms, Fact::Started { session: "S1".into() });
            for (at_ms, turn) in *turns {
                event(*at_ms, Fact::Called(Call::Turn(id(turn))));
                event(*at_ms, Fact::Returned(Call::Turn(id(turn))));
            }
            event(*ended_ms, Fact::Ended { ending: Ending::Exit, steps: 1, label: None });
        }
        events.sort_by_key(|event| event.at_ms);
        let turns = held.iter().map(|turn| id(turn)).collect();
        let entry = Entry { turns, tags: vec![session_tag(&"S1".into())], session: None };
        for fact in [Fact::Converged { in_time: true }, Fact::Stored { container: "S1".into(), entries: vec![entry] }] {
            events.push(Event { at_ms: 9_000, who: Who::World, fact });
        }
        let found = violations_in(&events).into_iter();
        found.inspect(|(invariant, _)| assert_eq!(*invariant, super::ROW.name)).map(|(_, told)| told).collect()
    }

    #[test]
    fn of_two_turns_in_one_millisecond_neither_is_earlier_unless_one_process_completed_both() {
        let earlier =
            |held: &str, turn: &str| [format!("document S1 holds {held} before {turn}, which was completed earlier")];
        let first: Life<'_> = (0, &[(0, "S1#1")], 900);
        let at_once = [first, (0, &[(0, "S1#101")], 900)];
        assert!(found(&at_once, &["S1#1", "S1#101"]).is_empty());
        assert!(found(&at_once, &["S1#101", "S1#1"]).is_empty(), "the log has S1#1 first");
        let later = [first, (0, &[(1, "S1#101")], 900)];
        assert_eq!(found(&later, &["S1#101", "S1#1"]), earlier("S1#101", "S1#1"));
        let one = [(0, &[(0, "S1#1"), (0, "S1#2")][..], 900)];
        assert_eq!(found(&one, &["S1#2", "S1#1"]), earlier("S1#2", "S1#1"));
    }

    #[test]
    fn of_two_turns_whose_calls_overlap_in_one_process_neither_is_earlier() {
        let (called, returned) =
            (|turn| Fact::Called(Call::Turn(id(turn))), |turn| Fact::Returned(Call::Turn(id(turn))));
        let judged = |calls: [Fact; 4]| {
            let held = vec![id("S1#2"), id("S1#1")];
            let entry = Entry { turns: held, tags: vec![session_tag(&"S1".into())], session: None };
            let stored = Fact::Stored { container: "S1".into(), entries: vec![entry] };
            let facts = [Fact::Started { session: "S1".into() }].into_iter().chain(calls);
            let mut events: Vec<Event> =
                (0..).zip(facts).map(|(at_ms, fact)| Event { at_ms, who: Who::Process(1), fact }).collect();
            let world = [Fact::Converged { in_time: true }, stored];
            events.extend(world.map(|fact| Event { at_ms: 9_000, who: Who::World, fact }));
            violations_in(&events).len()
        };
        assert_eq!(judged([called("S1#1"), called("S1#2"), returned("S1#1"), returned("S1#2")]), 0);
        assert_eq!(judged([called("S1#1"), returned("S1#1"), called("S1#2"), returned("S1#2")]), 1);
    }

    #[test]
    fn a_turn_of_the_same_millisecond_hides_no_other() {
        let lives = [(0, &[(0, "S1#1"), (300, "S1#2")][..], 900), (0, &[(300, "S1#101")][..], 900)];
        let told = "document S1 holds S1#101 before S1#1, which was completed earlier";
        assert_eq!(found(&lives, &["S1#101", "S1#2", "S1#1"]).len(), 1);
        assert_eq!(found(&lives, &["S1#101", "S1#1", "S1#2"]), [told]);
    }

    #[test]
    fn a_conversation_may_stand_behind_another_and_not_within_it() {
        let mixed = |begun: &str, other: &str, turn: &str| {
            [format!("document S1 holds {other} between {begun} and {turn}: two conversations in one")]
        };
        let second = (0, &[(100, "S1#101")][..], 900);
        let lives = [(0, &[(0, "S1#1"), (200, "S1#2")][..], 900), second];
        assert_eq!(found(&lives, &["S1#1", "S1#101", "S1#2"]), mixed("S1#1", "S1#101", "S1#2"));
        let behind = [(0, &[(0, "S1#101")][..], 900), (0, &[(100, "S1#1"), (200, "S1#2")][..], 900)];
        assert!(found(&behind, &["S1#101", "S1#1", "S1#2"]).is_empty());
        let gone = [lives[0], (0, &[(100, "S1#101")][..], 150)];
        assert!(found(&gone, &["S1#1", "S1#101", "S1#2"]).is_empty(), "no two processes worked at the same time");
        let restarted = [(0, &[(0, "S1#1")][..], 50), second, (150, &[(200, "S1#2")][..], 900)];
        assert_eq!(found(&restarted, &["S1#1", "S1#101", "S1#2"]), mixed("S1#1", "S1#101", "S1#2"));
        let again = [(0, &[(0, "S1#1"), (10, "S1#2")][..], 50), (150, &[(200, "S1#3"), (300, "S1#1")][..], 900)];
        assert!(found(&again, &["S1#1", "S1#2", "S1#3", "S1#1"]).is_empty(), "the second is of the second process");
        let third = [(0, &[(0, "S1#1")][..], 900), second, (0, &[(300, "S1#201")][..], 900)];
        assert!(found(&third, &["S1#1", "S1#101", "S1#201"]).is_empty());
    }
}
