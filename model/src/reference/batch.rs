//! Batches: which turns travel together, and as which request.
//!
//! Pure functions of what the journal holds: a batch that is sent twice is the same to the last byte. Deliberately
//! absent: any state. How far a batch has come is the dispatcher's business.

use std::collections::{BTreeMap, VecDeque};

use uuid::Uuid;

use super::record::{Cut, Entry, Mode, Record};
use crate::hindsight_api::{Item, Retain, UpdateMode};
use crate::session::{BankId, DocumentId, SessionId, parent_tag, session_tag};
use crate::turn::{Timestamp, TurnId, content_of};

/// What the provider is told about where the turns come from: Hermes' default.
const CONTEXT: &str = "conversation between Hermes Agent and the User";
/// Of the operation ids, so that nobody else's can be equal.
const NAMESPACE: Uuid = Uuid::from_u128(0x7d1f_53a6_0c4e_5b0d_9f6e_2b8a_41c7_e035);

/// How many of a session's waiting turns the next batch takes; 0 if it is too early.
///
/// A batch is cut when it is full, or when a boundary has released its turns; it never reaches over the last boundary,
/// nor over a change of parent.
pub(super) fn next_size(waiting: &VecDeque<Entry>, every: usize, released: u64) -> usize {
    let Some(first) = waiting.front() else { return 0 };
    let kin = waiting.iter().take(every).take_while(|entry| entry.parent == first.parent);
    match first.seq <= released {
        true => kin.take_while(|entry| entry.seq <= released).count(),
        false if kin.count() == every => every,
        false => 0,
    }
}

impl Cut {
    /// The batch of `entries`, which are consecutive turns of one session, at least one.
    pub(super) fn of(bank: &BankId, mode: Mode, entries: &[Entry], attempt: u32) -> Self {
        let (first, last) = ends(entries);
        let session = first.turn.session.clone();
        let (first, last) = (first.seq, last.seq);
        let (document, operation) = match mode {
            Mode::Append => {
                let content = content_of(&texts(entries));
                let name = format!("{bank}|{session}|append|{first}..{last}|{attempt}|{content}");
                (DocumentId::from(session.as_str()), Some(Uuid::new_v5(&NAMESPACE, name.as_bytes())))
            }
            Mode::Segments => (DocumentId::from(format!("{session}:{first:06}-{last:06}")), None),
        };
        Self { session, first, last, document, mode, attempt, operation }
    }
}

/// Turns that travel together.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Batch {
    /// Under which identity.
    pub cut: Cut,
    /// The turns, in order.
    pub entries: Vec<Entry>,
}

impl Batch {
    /// The session of all its turns.
    pub(super) fn session(&self) -> &SessionId {
        &self.cut.session
    }

    /// Its turns, in order.
    pub(super) fn turns(&self) -> impl Iterator<Item = TurnId> {
        self.entries.iter().map(|entry| entry.turn.clone())
    }

    /// The batch under a new identity, once the provider has failed the old one for good.
    pub(super) fn next_attempt(&self, bank: &BankId) -> Cut {
        Cut::of(bank, self.cut.mode, &self.entries, self.cut.attempt + 1)
    }

    /// The record that says that the provider holds it.
    pub(super) fn mark(&self) -> Record {
        Record::Mark { session: self.cut.session.clone(), last: self.cut.last }
    }

    /// The request. Operation ids need `async`; without one, `asynchronous` decides.
    pub(super) fn retain(&self, asynchronous: bool) -> Retain {
        let (first, last) = ends(&self.entries);
        let session = self.session();
        let metadata = [
            ("session_id", session.to_string()),
            ("message_count", (2 * self.entries.len()).to_string()),
            ("turn_index", last.turn.number.to_string()),
        ];
        let tags = std::iter::once(session_tag(session)).chain(first.parent.as_ref().map(parent_tag));
        let item = Item {
            content: content_of(&texts(&self.entries)),
            timestamp: Some(Timestamp(first.completed_at).to_string()),
            context: Some(CONTEXT.to_owned()),
            metadata: BTreeMap::from(metadata.map(|(name, value)| (name.to_owned(), value))),
            document_id: Some(self.cut.document.clone()),
            tags: tags.collect(),
            update_mode: (self.cut.mode == Mode::Append).then_some(UpdateMode::Append),
        };
        Retain {
            items: vec![item],
            asynchronous: asynchronous || self.cut.operation.is_some(),
            operation_id: self.cut.operation.map(|operation| operation.to_string()),
        }
    }

    /// Whether a document with this text holds the batch. `records` are the journal's: turns may legitimately be equal,
    /// so each must stand there as often as it was completed.
    pub(super) fn is_in(&self, text: &str, records: &[Record]) -> bool {
        let first = if self.cut.mode == Mode::Append { 0 } else { self.cut.first };
        let written =
            |entry: &&Entry| entry.turn.session == self.cut.session && (first..=self.cut.last).contains(&entry.seq);
        let written: Vec<_> = records.iter().filter_map(Record::entry).filter(written).collect();
        let times = |json: &str| written.iter().filter(|entry| entry.json == json).count();
        self.entries.iter().all(|entry| text.matches(&entry.json).count() >= times(&entry.json))
    }
}

fn ends(entries: &[Entry]) -> (&Entry, &Entry) {
    entries.first().zip(entries.last()).expect("a batch has at least one turn")
}

fn texts(entries: &[Entry]) -> Vec<&str> {
    entries.iter().map(|entry| entry.json.as_str()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    use crate::turn::Turn;

    /// Turn `number` of `S1`, completed at its number in seconds, with that sequence number.
    fn entry(number: u32, parent: Option<&str>) -> Entry {
        let turn = TurnId { session: SessionId::from("S1"), number };
        let completed_at = Duration::from_secs(number.into());
        let json = Turn::of(turn.clone()).to_json(completed_at);
        Entry { seq: number.into(), turn, parent: parent.map(SessionId::from), completed_at, json }
    }

    fn batch(mode: Mode, numbers: std::ops::RangeInclusive<u32>) -> Batch {
        let entries: Vec<_> = numbers.map(|number| entry(number, Some("S0"))).collect();
        Batch { cut: Cut::of(&BankId::from("hermes"), mode, &entries, 1), entries }
    }

    /// How the turns 1 to `turns` are cut, one batch after another, if the boundary stands behind turn `released`.
    fn sizes(turns: u32, every: usize, released: u64) -> Vec<usize> {
        let mut waiting: VecDeque<_> = (1..=turns).map(|number| entry(number, None)).collect();
        let mut sizes = Vec::new();
        loop {
            match next_size(&waiting, every, released) {
                0 => return sizes,
                size => sizes.push(waiting.drain(..size).len()),
            }
        }
    }

    #[test]
    fn a_batch_is_cut_when_it_is_full_or_released_and_never_over_a_boundary() {
        assert_eq!(sizes(0, 3, 0), [0; 0]);
        assert_eq!(sizes(2, 1, 0), [1, 1]);
        assert_eq!(sizes(2, 3, 0), [0; 0]);
        assert_eq!(sizes(7, 3, 0), [3, 3]);
        assert_eq!(sizes(7, 3, 7), [3, 3, 1]);
        assert_eq!(sizes(7, 3, 4), [3, 1, 3]);
        assert_eq!(sizes(7, 3, 2), [2, 3]);
    }

    #[test]
    fn turns_of_different_lineage_never_travel_together() {
        let waiting = VecDeque::from([entry(1, None), entry(2, Some("S0"))]);
        assert_eq!(next_size(&waiting, 2, 2), 1);
    }

    #[test]
    fn a_batch_is_appended_under_an_identity_of_its_own() {
        let retain = batch(Mode::Append, 1..=2).retain(false);
        let item = &retain.items[0];
        assert!(retain.asynchronous && retain.operation_id.is_some());
        assert_eq!(item.document_id, Some(DocumentId::from("S1")));
        assert_eq!(item.update_mode, Some(UpdateMode::Append));
        assert_eq!(item.timestamp.as_deref(), Some("2026-01-01T00:00:01+00:00"));
        assert_eq!(item.tags, ["session:S1", "parent:S0"]);
        assert_eq!(item.metadata["message_count"], "4");
        assert_eq!(item.metadata["turn_index"], "2");
        let operation = |number, attempt| {
            let entries = batch(Mode::Append, number..=number).entries;
            Cut::of(&BankId::from("hermes"), Mode::Append, &entries, attempt).operation
        };
        assert_eq!(operation(1, 1), operation(1, 1));
        assert_ne!(operation(1, 1), operation(1, 2));
        assert_ne!(operation(1, 1), operation(2, 1));
    }

    #[test]
    fn a_segment_replaces_nothing_but_itself() {
        let batch = batch(Mode::Segments, 3..=5);
        let retain = batch.retain(false);
        assert!(!retain.asynchronous && retain.operation_id.is_none());
        assert_eq!(retain.items[0].document_id, Some(DocumentId::from("S1:000003-000005")));
        assert_eq!(retain.items[0].update_mode, None);
        assert!(batch.retain(true).asynchronous);
    }

    #[test]
    fn an_equal_turn_in_the_document_is_not_proof() {
        let same = |number| Entry { json: "[\"ok\"]".into(), ..entry(number, None) };
        let records = [Record::Turn(same(1)), Record::Turn(same(2)), Record::Turn(same(3))];
        let entries = vec![same(2)];
        let batch = Batch { cut: Cut::of(&BankId::from("b"), Mode::Append, &entries, 1), entries };
        assert!(!batch.is_in("[[\"ok\"]]", &records));
        assert!(batch.is_in("[[\"ok\"]]\n[[\"ok\"]]", &records));
    }
}
