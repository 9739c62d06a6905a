//! The past: turns that memory has forgotten and only the journal's file remembers.
//!
//! It is read for an undo only, which is rare. Deliberately absent: any state.

use std::collections::BTreeSet;
use std::time::Duration;

use super::record::{Cut, JournaledTurn, Record};
use crate::agents::reference::frame::decode;
use crate::words::session::SessionId;
use crate::words::turn::{Turn, TurnId};

/// All records of a journal.
pub(super) struct Past {
    records: Vec<Record>,
    undone: BTreeSet<u64>,
}

/// A segment with undone turns.
pub(super) struct Remainder<'a> {
    /// The segment. It may have lost its last turns to a later one.
    pub cut: &'a Cut,
    /// Its remaining turns, in order.
    pub entries: Vec<&'a JournaledTurn>,
    /// The sequence numbers of its undone turns.
    pub gone: Vec<u64>,
    /// When the outcome of one of the session's requests was last unknown.
    pub doubt: Option<Duration>,
}

impl Past {
    /// Reads a journal's bytes.
    pub(super) fn read(bytes: &[u8]) -> Self {
        let records: Vec<Record> = decode(bytes).0.into_iter().map(|(_, record)| record).collect();
        let undone = |record: &Record| {
            let Record::Retract { seq, .. } = record else { return None };
            Some(*seq)
        };
        Self { undone: records.iter().filter_map(undone).collect(), records }
    }

    fn entries(&self) -> impl DoubleEndedIterator<Item = &JournaledTurn> {
        self.records.iter().filter_map(|record| {
            let Record::Turn(entry) = record else { return None };
            Some(entry)
        })
    }

    /// Whether a turn stands here that says the same, whenever it was completed.
    pub(super) fn has_the_words_of(&self, turn: &Turn) -> bool {
        self.entries().any(|entry| entry.json == turn.to_json(entry.completed_at))
    }

    /// The last turn with this id, not behind `upto`, that was not undone. Turns that say the same share an id.
    pub(super) fn last(&self, turn: &TurnId, upto: u64) -> Option<&JournaledTurn> {
        self.standing(turn).rev().find(|entry| entry.seq <= upto)
    }

    /// The turn with this id and sequence number, if it was not undone.
    pub(super) fn at(&self, turn: &TurnId, seq: u64) -> Option<&JournaledTurn> {
        self.standing(turn).find(|entry| entry.seq == seq)
    }

    /// The turns with this id that were not undone.
    fn standing(&self, turn: &TurnId) -> impl DoubleEndedIterator<Item = &JournaledTurn> {
        self.entries().filter(move |entry| entry.turn == *turn && !self.undone.contains(&entry.seq))
    }

    /// The remainder of the segment that carries or last carried turn `seq` of `session`. `None` if the turn was never in one.
    pub(super) fn remainder(&self, session: &SessionId, seq: u64) -> Option<Remainder<'_>> {
        let (cut, kept) = self.records.iter().rev().find_map(|record| {
            let (cut, kept) = if let Record::Cut(cut) | Record::Split(cut) = record {
                (cut, cut.last)
            } else if let Record::Part { cut, kept } = record {
                (cut, *kept)
            } else {
                return None;
            };
            (cut.session == *session && (cut.first..=cut.last).contains(&seq)).then_some((cut, kept))
        })?;
        if seq > kept {
            return None;
        }
        let inside = |entry: &&JournaledTurn| entry.turn.session == *session && (cut.first..=kept).contains(&entry.seq);
        let (gone, entries): (Vec<_>, Vec<_>) =
            self.entries().filter(inside).partition(|entry| self.undone.contains(&entry.seq));
        let gone = gone.into_iter().map(|entry| entry.seq).collect();
        let doubts = self.records.iter().filter_map(|record| {
            let Record::Proved { session: of, doubt, .. } = record else { return None };
            doubt.filter(|_| of == session)
        });
        Some(Remainder { cut, entries, gone, doubt: doubts.max() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::agents::reference::frame::encode;
    use crate::words::timestamp::Timestamp;

    fn turn(seq: u64, id: &str) -> Record {
        let turn: TurnId = id.parse().expect("a turn");
        Record::Turn(JournaledTurn {
            seq,
            turn,
            parent: None,
            completed_at: Timestamp::BEGINNING,
            json: format!("[{seq}]"),
        })
    }

    fn past(records: &[Record]) -> Past {
        Past::read(&records.iter().flat_map(encode).collect::<Vec<u8>>())
    }

    #[test]
    fn of_turns_that_say_the_same_the_last_is_undone_first() {
        let retract = |seq| Record::Retract { session: "S1".into(), seq };
        let mut records = vec![turn(1, "S1#1"), turn(2, "S2#1"), turn(3, "S1#1")];
        let last =
            |records: &[Record]| past(records).last(&"S1#1".parse().expect("a turn"), u64::MAX).map(|entry| entry.seq);
        assert_eq!(last(&records), Some(3));
        records.push(retract(3));
        assert_eq!(last(&records), Some(1));
        records.push(retract(1));
        assert_eq!(last(&records), None);
    }

    #[test]
    fn a_turn_is_in_the_segment_that_carried_it_last() {
        let session = SessionId::from("S1");
        let cut = |first, last| Cut { session: session.clone(), first, last };
        let turns = (1..=4).map(|seq| turn(seq, &format!("S1#{seq}")));
        let cuts = [Record::Cut(cut(1, 3)), Record::Split(cut(1, 1)), Record::Cut(cut(2, 4))];
        let past = past(&turns.chain(cuts).collect::<Vec<_>>());
        let remainder = |seq| past.remainder(&session, seq).map(|remainder| (remainder.cut.first, remainder.cut.last));
        assert_eq!([1, 2, 3, 4].map(remainder), [Some((1, 1)), Some((2, 4)), Some((2, 4)), Some((2, 4))]);
    }

    #[test]
    fn of_a_segment_that_was_kept_in_part_the_other_turns_are_in_none_until_they_travel_again() {
        let session = SessionId::from("S1");
        let cut = |first, last| Cut { session: session.clone(), first, last };
        let turns = (1..=3).map(|seq| turn(seq, &format!("S1#{seq}")));
        let mut records: Vec<Record> =
            turns.chain([Record::Cut(cut(1, 3)), Record::Part { cut: cut(1, 3), kept: 1 }]).collect();
        let check = |records: &[Record], expected: [Option<(u64, u64, usize)>; 3]| {
            let past = past(records);
            let remainder =
                |seq| past.remainder(&session, seq).map(|one| (one.cut.first, one.cut.last, one.entries.len()));
            assert_eq!([1, 2, 3].map(remainder), expected);
        };
        check(&records, [Some((1, 3, 1)), None, None]);
        records.push(Record::Cut(cut(2, 3)));
        check(&records, [Some((1, 3, 1)), Some((2, 3, 2)), Some((2, 3, 2))]);
    }

    #[test]
    fn a_segment_keeps_what_was_not_undone() {
        let session = SessionId::from("S1");
        let doubt = Some(Duration::from_secs(7));
        let records = [
            turn(1, "S1#1"),
            turn(2, "S1#2"),
            turn(3, "S2#1"),
            turn(4, "S1#3"),
            Record::Retract { session: session.clone(), seq: 2 },
            Record::Cut(Cut { session: session.clone(), first: 1, last: 4 }),
            Record::Proved { session: session.clone(), last: 4, doubt },
            Record::Retract { session: session.clone(), seq: 4 },
        ];
        let past = past(&records);
        let remainder = past.remainder(&session, 4).expect("it was cut");
        assert_eq!((remainder.cut.first, remainder.cut.last, remainder.doubt), (1, 4, doubt));
        assert_eq!(remainder.gone, [2, 4]);
        assert_eq!(remainder.entries.iter().map(|entry| entry.seq).collect::<Vec<_>>(), [1]);
        assert!(past.remainder(&session, 5).is_none());
    }
}
