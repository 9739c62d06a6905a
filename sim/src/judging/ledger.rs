//! Every turn's fate, from the history alone.

use std::collections::BTreeMap;

use model::facts::{Observation, Place};
use model::words::session::{DocumentId, SessionId, session_tag};
use model::words::turn::TurnId;

use crate::history::{Call, Entry, Event, Exclusion, Fact, Happening, Parent, Who, Word};

/// What became of the turns of one run.
#[derive(Debug, Default)]
pub struct Ledger {
    /// The turns that were handed over, in the order in which they were.
    pub turns: Vec<TurnRecord>,
    /// What the documents hold at the end, by id.
    pub documents: BTreeMap<DocumentId, Vec<Entry>>,
    /// How each process ended, in order.
    pub endings: Vec<String>,
}

/// What is known about one turn.
#[derive(Clone, Debug)]
pub struct TurnRecord {
    /// Which turn.
    pub id: TurnId,
    /// When it was handed over, in milliseconds.
    pub called_ms: u64,
    /// When that call returned, if it did: from then on the turn must not be lost.
    pub acknowledged_ms: Option<u64>,
    /// How often it was handed over: more than once only if other turns say the same, which nobody can tell from it.
    pub said: u32,
    /// How many of those calls returned: so many copies there must be.
    pub acknowledged: u32,
    /// Where it was last seen on its way, and when.
    pub last_seen: Option<(u64, Place)>,
    /// The process to which it was handed.
    pub process: u32,
    /// How that process ended.
    pub ended: Option<(u64, String)>,
    /// Why it is not to be kept, if it is not.
    pub excluded: Option<Exclusion>,
    /// How many of those that were handed over are not to be kept.
    pub unwanted: u32,
    /// How many of those were being undone by a call that had not returned when its process ended: they may be kept or not.
    pub undoing: u32,
    /// Whether its loss was reported.
    pub reported: bool,
    /// When its process had shut its memory down, if it did.
    pub shutdown_ms: Option<u64>,
    /// The session that its own was forked from, as far as anybody said so.
    pub parent: Parent,
    /// When the provider first applied it.
    pub applied_ms: Option<u64>,
    /// How many copies all documents hold together.
    pub copies: u32,
    /// Documents of other sessions in which it stands, or its own with another session's tag or metadata.
    pub astray: Vec<DocumentId>,
    /// What became of it.
    pub fate: Fate,
}

/// How a turn ended. Every turn has exactly one fate; where several would fit, the worst.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fate {
    /// Exactly one copy for each time that it was said, where it belongs.
    StoredOnce,
    /// It was not to be kept, and is not.
    Excluded,
    /// Its call never returned and it is in no document: nothing was promised.
    NeverAcknowledged,
    /// In a durable outbox, not yet delivered.
    Pending,
    /// The history ends before the answer could be known.
    Unjudged,
    /// Stored, though it was not to be kept.
    Pollution,
    /// Stored in another session's document.
    Misattributed,
    /// More copies than that.
    Duplicated,
    /// Once stored, then overwritten by content that lacks it.
    Clobbered,
    /// Acknowledged, and in no document.
    Lost,
}

impl TurnRecord {
    /// Whether it is stored more often than it was to be kept.
    pub fn pollutes(&self) -> bool {
        self.unwanted > 0 && self.fate != Fate::Unjudged && self.copies > self.allowed()
    }

    /// How many copies are to be kept.
    fn wanted(&self) -> u32 {
        self.said.saturating_sub(self.unwanted)
    }

    /// How many must be. Of turns that say the same, an undo may have taken one that was acknowledged in place of one that was
    /// not.
    fn promised(&self) -> u32 {
        self.acknowledged.saturating_sub(self.unwanted)
    }

    /// How many may be.
    fn allowed(&self) -> u32 {
        self.wanted() + self.undoing
    }

    /// Whether the caller was told that the turn is safe, and it is in no document.
    pub fn is_lost(&self) -> bool {
        matches!(self.fate, Fate::Lost | Fate::Clobbered)
    }
}

impl Ledger {
    /// Reads a history.
    pub fn read(events: &[Event]) -> Self {
        let mut reader = Reader::default();
        events.iter().for_each(|event| reader.read(event));
        let Reader { mut ledger, index, pending, complete, late, .. } = reader;
        ledger.count_copies(&index);
        for turn in &mut ledger.turns {
            turn.fate = match turn.judge(complete, pending.get(&turn.id).copied().unwrap_or(0)) {
                // What is to be taken back may be among what is pending.
                Fate::Pollution if late && turn.excluded == Some(Exclusion::Undone) => Fate::Unjudged,
                fate => fate,
            };
        }
        ledger
    }

    fn count_copies(&mut self, index: &BTreeMap<TurnId, usize>) {
        for (document, entries) in &self.documents {
            for entry in entries {
                for id in &entry.turns {
                    let Some(turn) = index.get(id).map(|&at| &mut self.turns[at]) else { continue };
                    turn.copies += 1;
                    let foreign = !document.belongs_to(&id.session)
                        || !entry.tags.contains(&session_tag(&id.session))
                        || entry.session.as_ref().is_some_and(|named| *named != id.session);
                    if foreign && !turn.astray.contains(document) {
                        turn.astray.push(document.clone());
                    }
                }
            }
        }
    }
}

/// What is known halfway through a history.
#[derive(Default)]
struct Reader {
    ledger: Ledger,
    /// Where each turn stands in the ledger.
    index: BTreeMap<TurnId, usize>,
    /// The turns that were handed to each process.
    processes: BTreeMap<u32, Vec<usize>>,
    /// How many copies of each turn the durable outbox holds.
    pending: BTreeMap<TurnId, u32>,
    excluded: BTreeMap<TurnId, Exclusion>,
    /// The turn that each process is undoing.
    undoing: BTreeMap<u32, TurnId>,
    /// What is known of the sessions of each process.
    parents: BTreeMap<(u32, SessionId), Parent>,
    complete: bool,
    /// Whether something was still pending at the end.
    late: bool,
}

impl Reader {
    fn read(&mut self, event: &Event) {
        let at_ms = event.at_ms;
        match (&event.fact, event.who) {
            (Fact::Called(Call::Turn(id)), Who::Process(number)) => self.called(id, number, at_ms),
            (Fact::Returned(Call::Turn(id)), _) => self.note(id, |turn| turn.acknowledge(at_ms)),
            (Fact::Returned(call), Who::Process(number)) if call.is_shutdown() => {
                self.note_all(number, |turn| _ = turn.shutdown_ms.get_or_insert(at_ms));
            }
            (Fact::Returned(Call::Command { word: Word::Undo, .. }), Who::Process(number)) => {
                if let Some(id) = self.undoing.remove(&number) {
                    self.note(&id, |turn| turn.undoing -= 1);
                }
            }
            (Fact::Told(observation), _) => self.told(observation, at_ms),
            (Fact::Excluded { turn: id, why }, Who::Process(number)) => self.exclude(id, *why, number),
            (Fact::Lineage { session, parent }, Who::Process(number)) => {
                self.parents.insert((number, session.clone()), parent.clone());
            }
            (Fact::Provider(Happening::Applied { turns, .. }), _) => {
                for id in turns {
                    self.note(id, |turn| _ = turn.applied_ms.get_or_insert(at_ms));
                }
            }
            (Fact::Ended { ending, .. }, Who::Process(number)) => {
                self.note_all(number, |turn| turn.ended = Some((at_ms, ending.to_string())));
                self.ledger.endings.push(ending.to_string());
            }
            (Fact::Converged { in_time }, _) => (self.complete, self.late) = (true, !in_time),
            (Fact::Stored { container, entries }, _) => {
                self.ledger.documents.insert(container.clone(), entries.clone());
            }
            _ => {}
        }
    }

    fn called(&mut self, id: &TurnId, process: u32, at_ms: u64) {
        let place = *self.index.entry(id.clone()).or_insert(self.ledger.turns.len());
        self.processes.entry(process).or_default().push(place);
        if place == self.ledger.turns.len() {
            let parent = self.parents.get(&(process, id.session.clone())).cloned().unwrap_or_default();
            let excluded = self.excluded.get(id).copied();
            let unwanted = u32::from(excluded.is_some());
            self.ledger.turns.push(TurnRecord { parent, excluded, unwanted, process, ..TurnRecord::called(id, at_ms) });
        }
        self.ledger.turns[place].said += 1;
    }

    /// An undo reaches what was handed over: not a turn that still runs or waits.
    fn exclude(&mut self, id: &TurnId, why: Exclusion, process: u32) {
        if why == Exclusion::Undone && !self.index.contains_key(id) {
            return;
        }
        self.excluded.insert(id.clone(), why);
        self.note(id, |turn| {
            turn.excluded = Some(why);
            turn.unwanted += 1;
            turn.undoing += u32::from(why == Exclusion::Undone);
        });
        if why == Exclusion::Undone {
            self.undoing.insert(process, id.clone());
        }
    }

    fn told(&mut self, observation: &Observation, at_ms: u64) {
        match observation {
            Observation::Moved { turns, place } => {
                for id in turns {
                    self.note(id, |turn| turn.last_seen = Some((at_ms, *place)));
                }
            }
            Observation::Abandoned { turns } => {
                for id in turns {
                    self.note(id, |turn| turn.reported = true);
                }
            }
            Observation::Pending { turns } => {
                self.pending.clear();
                turns.iter().for_each(|id| *self.pending.entry(id.clone()).or_insert(0) += 1);
            }
            _ => {}
        }
    }

    fn note(&mut self, id: &TurnId, note: impl FnOnce(&mut TurnRecord)) {
        if let Some(&place) = self.index.get(id) {
            note(&mut self.ledger.turns[place]);
        }
    }

    fn note_all(&mut self, process: u32, note: impl Fn(&mut TurnRecord)) {
        for &place in self.processes.get(&process).into_iter().flatten() {
            note(&mut self.ledger.turns[place]);
        }
    }
}

impl TurnRecord {
    fn called(id: &TurnId, called_ms: u64) -> Self {
        Self {
            id: id.clone(),
            called_ms,
            acknowledged_ms: None,
            said: 0,
            acknowledged: 0,
            last_seen: None,
            process: 0,
            ended: None,
            excluded: None,
            unwanted: 0,
            undoing: 0,
            reported: false,
            shutdown_ms: None,
            parent: Parent::Unknown,
            applied_ms: None,
            copies: 0,
            astray: Vec::new(),
            fate: Fate::Unjudged,
        }
    }

    fn acknowledge(&mut self, at_ms: u64) {
        self.acknowledged_ms.get_or_insert(at_ms);
        self.acknowledged += 1;
    }

    /// `pending` copies are in a durable outbox.
    fn judge(&self, complete: bool, pending: u32) -> Fate {
        let (wanted, allowed) = (self.wanted(), self.allowed());
        match self.copies {
            _ if !complete => Fate::Unjudged,
            0 if wanted == 0 => Fate::Excluded,
            copies if copies > self.said => Fate::Duplicated,
            copies if copies > allowed => Fate::Pollution,
            copies if copies < wanted && pending > 0 && copies + pending >= self.promised() => Fate::Pending,
            0 if self.promised() == 0 => Fate::NeverAcknowledged,
            0 if self.applied_ms.is_some() => Fate::Clobbered,
            copies if copies < self.promised() => Fate::Lost,
            _ if !self.astray.is_empty() => Fate::Misattributed,
            _ => Fate::StoredOnce,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::judging::memory::tests::Story;

    fn fates(story: Story) -> Vec<(String, Fate)> {
        let ledger = Ledger::read(&story.events());
        ledger.turns.iter().map(|turn| (turn.id.to_string(), turn.fate)).collect()
    }

    fn check(story: Story, expected: Fate) {
        assert_eq!(fates(story), [("S1#1".to_owned(), expected)]);
    }

    #[test]
    fn every_turn_has_exactly_one_fate() {
        check(Story::of_one_turn().stored("S1", &["S1#1"]), Fate::StoredOnce);
        check(Story::of_one_turn().stored("S1-20260101_000000_000000", &["S1#1"]), Fate::StoredOnce);
        check(Story::of_one_turn(), Fate::Lost);
        check(Story::of_one_turn().applied("S1", &["S1#1"]), Fate::Clobbered);
        check(Story::of_one_turn().stored("S1", &["S1#1"]).stored("S1:1", &["S1#1"]), Fate::Duplicated);
        check(Story::of_one_turn().stored("S10", &["S1#1"]), Fate::Misattributed);
        check(Story::of_one_turn().pending(&["S1#1"]), Fate::Pending);
        check(Story::of_an_unfinished_turn(), Fate::NeverAcknowledged);
        check(Story::of_an_unfinished_turn().stored("S1", &["S1#1"]), Fate::StoredOnce);
        check(Story::of_one_turn().cut_short(), Fate::Unjudged);
    }

    #[test]
    fn an_undo_may_take_the_acknowledged_one_of_two_turns_that_say_the_same() {
        let undone = || Fact::Excluded { turn: "S1#1".parse().expect("a turn"), why: Exclusion::Undone };
        let said_again = || Fact::Called(Call::Turn("S1#1".parse().expect("a turn")));
        let story = || Story::of_one_turn().process(said_again()).process(undone());
        assert_ne!(fates(story())[0].1, Fate::Lost);
        check(Story::of_one_turn().turn("S1#1", 0).process(undone()), Fate::Lost);
    }

    #[test]
    fn of_turns_that_say_the_same_only_the_acknowledged_one_has_to_be_pending() {
        let said_again = || Fact::Called(Call::Turn("S1#1".parse().expect("a turn")));
        check(Story::of_one_turn().process(said_again()).pending(&["S1#1"]), Fate::Pending);
        check(Story::of_one_turn().turn("S1#1", 0).pending(&["S1#1"]), Fate::Lost);
    }

    #[test]
    fn an_undone_turn_may_still_be_taken_back_while_something_is_pending() {
        let undone = || Fact::Excluded { turn: "S1#1".parse().expect("a turn"), why: Exclusion::Undone };
        let over = || Fact::Returned(Call::Command { word: Word::Undo, session: "S1".into() });
        let story = || Story::of_one_turn().process(undone()).process(over()).stored("S1", &["S1#1"]);
        check(story(), Fate::Pollution);
        check(story().too_late(), Fate::Unjudged);
    }

    #[test]
    fn an_undo_does_not_reach_a_turn_that_still_runs() {
        let undone = Fact::Excluded { turn: "S1#1".parse().expect("a turn"), why: Exclusion::Undone };
        let story = || Story::new().process(undone.clone()).turn("S1#1", 0);
        check(story().stored("S1", &["S1#1"]), Fate::StoredOnce);
        check(story(), Fate::Lost);
    }

    #[test]
    fn a_turn_with_another_sessions_tag_is_astray_in_its_own_document() {
        check(Story::of_one_turn().stored_with_tag("S1", &["S1#1"], "session:S2"), Fate::Misattributed);
    }
}
