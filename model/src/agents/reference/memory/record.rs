//! The records of the outbox's journal.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::words::session::SessionId;
use crate::words::timestamp::Timestamp;
use crate::words::turn::TurnId;

/// A record. The order of the variants is the file's format.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Record {
    /// A turn was completed.
    Turn(JournaledTurn),
    /// Turns of a session were cut into a segment.
    Cut(Cut),
    /// The server has proved that it holds the turns of a session up to this one.
    Proved {
        /// The session.
        session: SessionId,
        /// Sequence number of its last proven turn.
        last: u64,
        /// When the outcome of one of the session's requests was last unknown.
        doubt: Option<Duration>,
    },
    /// A turn was undone.
    Retract {
        /// Its session.
        session: SessionId,
        /// Its sequence number.
        seq: u64,
    },
    /// The server has proved that it does not hold these turns any more.
    Retracted {
        /// Their session.
        session: SessionId,
        /// Their sequence numbers.
        seqs: Vec<u64>,
    },
    /// A turn was undone while another process had its journal locked. The search is repeated when that process is gone.
    Sought {
        /// The turn.
        turn: TurnId,
        /// The last sequence number of this journal then: what stands behind it was said later.
        upto: u64,
    },
    /// The first search for this turn is over.
    Found(TurnId),
    /// The segment that travels is cut shorter: only its turns up to `last` travel, and the others wait again.
    Split(Cut),
    /// The server refuses the segment that travels, or does not end with it: it waits for the next process.
    Aside {
        /// Its session.
        session: SessionId,
        /// Sequence number of its last turn.
        last: u64,
    },
    /// The server keeps the turns of the segment that travels up to this one, and has refused the others: they wait again, and its document
    /// holds no more than these.
    Part {
        /// The segment.
        cut: Cut,
        /// Sequence number of the last turn that it keeps.
        kept: u64,
    },
    /// The first search for this turn is about to undo this copy of it, and no other.
    Spotted {
        /// The turn.
        turn: TurnId,
        /// The number of the copy's journal.
        journal: u32,
        /// The copy's sequence number there.
        seq: u64,
    },
}

/// A turn, with everything that its delivery needs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct JournaledTurn {
    /// Its place in the journal, from 1, over all sessions and processes.
    pub seq: u64,
    /// The turn.
    pub turn: TurnId,
    /// The session that the turn's session was forked or compressed from.
    pub parent: Option<SessionId>,
    /// When it was completed.
    pub completed_at: Timestamp,
    /// Its text, as it was then.
    pub json: String,
}

/// A segment: the turns of `session` from `first` to `last`, less undone ones. It is one document.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Cut {
    pub session: SessionId,
    pub first: u64,
    pub last: u64,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::agents::reference::frame::{decode, decode_at, encode};

    fn records() -> Vec<Record> {
        let session = SessionId::from("S1");
        let turn: TurnId = "S1#1".parse().expect("a turn");
        let entry = JournaledTurn {
            seq: 1,
            turn: turn.clone(),
            parent: Some(SessionId::from("S0")),
            completed_at: Timestamp::in_run(Duration::from_millis(1_234)),
            json: "[{\"role\":\"user\"}]".into(),
        };
        vec![
            Record::Turn(entry),
            Record::Cut(Cut { session: session.clone(), first: 1, last: 1 }),
            Record::Proved { session: session.clone(), last: 1, doubt: Some(Duration::from_millis(9_001)) },
            Record::Retract { session: session.clone(), seq: 1 },
            Record::Retracted { session: session.clone(), seqs: vec![1] },
            Record::Sought { turn: turn.clone(), upto: 1 },
            Record::Spotted { turn: turn.clone(), journal: 2, seq: 1 },
            Record::Found(turn),
            Record::Split(Cut { session: session.clone(), first: 1, last: 1 }),
            Record::Aside { session, last: 1 },
        ]
    }

    /// A file of all records, and where each of them ends.
    fn file() -> (Vec<u8>, Vec<usize>) {
        let (mut bytes, mut ends) = (Vec::new(), Vec::new());
        for record in records() {
            bytes.extend(encode(&record));
            ends.push(bytes.len());
        }
        (bytes, ends)
    }

    /// Expects that `bytes` read as the records that end within the first `intact` bytes, and nothing else.
    fn check(bytes: &[u8], intact: usize) {
        let (records, (_, ends)) = (records(), file());
        let whole = ends.iter().filter(|&&end| end <= intact).count();
        let places = std::iter::once(0).chain(ends.iter().copied());
        let expected: Vec<_> = places.zip(records).take(whole).collect();
        let length = ends[..whole].last().copied().unwrap_or(0);
        assert_eq!(decode(bytes), (expected, length), "intact: {intact}");
    }

    #[test]
    fn records_read_back_as_they_were_written() {
        let (bytes, _) = file();
        check(&bytes, bytes.len());
        check(&[], 0);
        assert_eq!(decode_at::<Record>(&bytes, bytes.len() + 1), None);
    }

    #[test]
    fn a_torn_tail_of_any_length_hides_only_itself() {
        let (bytes, _) = file();
        for length in 0..bytes.len() {
            check(&bytes[..length], length);
            let mut zeros_behind = bytes[..length].to_vec();
            zeros_behind.resize(bytes.len() + 64, 0);
            if bytes[length..].iter().any(|&byte| byte != 0) {
                check(&zeros_behind, length);
            }
        }
    }

    #[test]
    fn a_corrupted_byte_is_never_read_as_a_record() {
        let (bytes, _) = file();
        for place in 0..bytes.len() {
            for flip in [0x01, 0x80, 0xff] {
                let mut corrupted = bytes.clone();
                corrupted[place] ^= flip;
                check(&corrupted, place);
            }
        }
    }
}
