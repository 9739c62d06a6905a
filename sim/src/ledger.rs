//! Every turn's fate, from the history alone.

use std::collections::BTreeMap;

use model::host::{Observation, Place};
use model::session::{DocumentId, session_tag};
use model::turn::TurnId;

use crate::hindsight::{Entry, Happening};
use crate::history::{Call, Event, Source, What};

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
    /// How the process to which it was handed ended.
    pub ended: Option<(u64, String)>,
    /// When the provider first applied it.
    pub applied_ms: Option<u64>,
    /// How many copies all documents hold together.
    pub copies: u32,
    /// Documents of other sessions in which it stands, or its own with another session's tag.
    pub astray: Vec<DocumentId>,
    /// What became of it.
    pub fate: Fate,
}

/// How a turn ended. Every turn has exactly one fate; where several would fit, the worst.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fate {
    /// Exactly one copy for each time that it was said, where it belongs.
    StoredOnce,
    /// Its call never returned and it is in no document: nothing was promised.
    NeverAcknowledged,
    /// In a durable outbox, not yet delivered.
    Pending,
    /// The history ends before the answer could be known.
    Unjudged,
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
    /// Whether the caller was told that the turn is safe, and it is in no document.
    pub fn is_lost(&self) -> bool {
        matches!(self.fate, Fate::Lost | Fate::Clobbered)
    }
}

impl Ledger {
    /// Reads a history.
    pub fn read(events: &[Event]) -> Self {
        let mut ledger = Self::default();
        let mut index = BTreeMap::new();
        let mut processes: BTreeMap<u32, Vec<usize>> = BTreeMap::new();
        let mut pending = Vec::new();
        let mut complete = false;
        for event in events {
            let turn = |ledger: &mut Self, id: &TurnId, note: &dyn Fn(&mut TurnRecord)| {
                if let Some(&at) = index.get(id) {
                    note(&mut ledger.turns[at]);
                }
            };
            match (&event.what, event.source) {
                (What::Called(Call::Turn(id)), Source::Process(number)) => {
                    let at = *index.entry(id.clone()).or_insert(ledger.turns.len());
                    if at == ledger.turns.len() {
                        ledger.turns.push(TurnRecord::called(id, event.at_ms));
                    }
                    ledger.turns[at].said += 1;
                    processes.entry(number).or_default().push(at);
                }
                (What::Returned(Call::Turn(id)), _) => {
                    turn(&mut ledger, id, &|turn| turn.acknowledge(event.at_ms));
                }
                (What::Told(Observation::Moved { turns, place }), _) => {
                    for id in turns {
                        turn(&mut ledger, id, &|turn| turn.last_seen = Some((event.at_ms, *place)));
                    }
                }
                (What::Told(Observation::Pending { turns }), _) => pending.clone_from(turns),
                (What::Provider(Happening::Applied { turns, .. }), _) => {
                    for id in turns {
                        turn(&mut ledger, id, &|turn| _ = turn.applied_ms.get_or_insert(event.at_ms));
                    }
                }
                (What::Ended { ending, .. }, Source::Process(number)) => {
                    for &at in processes.get(&number).into_iter().flatten() {
                        ledger.turns[at].ended = Some((event.at_ms, ending.to_string()));
                    }
                    ledger.endings.push(ending.to_string());
                }
                (What::Converged { .. }, _) => complete = true,
                (What::Stored { document, entries }, _) => {
                    ledger.documents.insert(document.clone(), entries.clone());
                }
                _ => {}
            }
        }
        ledger.count_copies(&index);
        for turn in &mut ledger.turns {
            let pending = pending.iter().filter(|id| **id == turn.id).count();
            turn.fate = turn.judge(complete, u32::try_from(pending).unwrap_or(u32::MAX));
        }
        ledger
    }

    fn count_copies(&mut self, index: &BTreeMap<TurnId, usize>) {
        for (document, entries) in &self.documents {
            for entry in entries {
                for id in &entry.turns {
                    let Some(turn) = index.get(id).map(|&at| &mut self.turns[at]) else { continue };
                    turn.copies += 1;
                    let foreign = !document.belongs_to(&id.session) || !entry.tags.contains(&session_tag(&id.session));
                    if foreign && !turn.astray.contains(document) {
                        turn.astray.push(document.clone());
                    }
                }
            }
        }
    }

    /// The turn called `id`, if it was handed over.
    pub fn turn(&self, id: &TurnId) -> Option<&TurnRecord> {
        self.turns.iter().find(|turn| turn.id == *id)
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
            ended: None,
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
        match self.copies {
            _ if !complete => Fate::Unjudged,
            copies if copies > self.said => Fate::Duplicated,
            copies if copies < self.said && copies + pending >= self.said => Fate::Pending,
            0 if self.acknowledged == 0 => Fate::NeverAcknowledged,
            0 if self.applied_ms.is_some() => Fate::Clobbered,
            copies if copies < self.acknowledged => Fate::Lost,
            _ if !self.astray.is_empty() => Fate::Misattributed,
            _ => Fate::StoredOnce,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::checks::tests::Story;

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
    fn a_turn_with_another_sessions_tag_is_astray_in_its_own_document() {
        check(Story::of_one_turn().stored_with_tag("S1", &["S1#1"], "session:S2"), Fate::Misattributed);
    }
}
