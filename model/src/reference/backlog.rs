//! The backlog: what the journal's records amount to. Which turns wait, which travel, and how each session is written.
//!
//! Built by applying records one after another, by a running process as by a restarted one, so both see the same.
//! Deliberately absent: proven turns, which only the file remembers, and everything that is not durable.

use std::collections::{BTreeMap, VecDeque};
use std::rc::Rc;

use super::batch::{Batch, next_size};
use super::record::{Cut, Entry, Mode, Record};
use crate::session::{BankId, SessionId};
use crate::turn::TurnId;

/// Everything that the provider has not proved to hold.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Backlog {
    lanes: BTreeMap<SessionId, Lane>,
    last_seq: u64,
    released: u64,
    unproven: usize,
}

/// One session's part. Its batches are delivered strictly one after another.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Lane {
    /// How the session is written, once that is decided.
    pub mode: Option<Mode>,
    /// The batch that travels.
    pub batch: Option<Rc<Batch>>,
    /// The turns behind it.
    pub waiting: VecDeque<Entry>,
}

impl Backlog {
    /// Lets a record take effect.
    pub(super) fn apply(&mut self, record: Record) {
        match record {
            Record::Turn(entry) => {
                self.last_seq = self.last_seq.max(entry.seq);
                self.unproven += 1;
                self.lane(&entry.turn.session).waiting.push_back(entry);
            }
            Record::Cut(cut) => self.lane(&cut.session).cut(cut),
            Record::Mark { session, last } => {
                let proven = self.lane(&session).batch.take_if(|batch| batch.cut.last <= last);
                self.unproven -= proven.map_or(0, |batch| batch.entries.len());
            }
        }
    }

    fn lane(&mut self, session: &SessionId) -> &mut Lane {
        if !self.lanes.contains_key(session) {
            self.lanes.insert(session.clone(), Lane::default());
        }
        self.lanes.get_mut(session).expect("it was inserted if it was not there")
    }

    /// A boundary: whatever waits now may travel in batches that are not full. Says whether anything does.
    pub(super) fn release(&mut self) -> bool {
        self.released = self.last_seq;
        self.unproven > 0
    }

    /// Whether `session` has turns that may travel, and none that do.
    pub(super) fn is_ready(&self, session: &SessionId, every: usize) -> bool {
        let ready = |lane: &Lane| lane.batch.is_none() && next_size(&lane.waiting, every, self.released) > 0;
        self.lanes.get(session).is_some_and(ready)
    }

    /// Sequence number of the last turn.
    pub(super) fn last_seq(&self) -> u64 {
        self.last_seq
    }

    /// The next batch of `session`: the cut that is to be written down, if its turns may travel.
    pub(super) fn next_cut(&mut self, session: &SessionId, every: usize, mode: Mode, bank: &BankId) -> Option<Cut> {
        let lane = self.lanes.get_mut(session)?;
        let size = next_size(&lane.waiting, every, self.released);
        (size > 0).then(|| Cut::of(bank, mode, &lane.waiting.make_contiguous()[..size], 1))
    }

    /// Every session that was ever seen.
    pub(super) fn lanes(&self) -> impl Iterator<Item = (&SessionId, &Lane)> {
        self.lanes.iter()
    }

    /// The batches that travel, one for each session at most.
    pub(super) fn batches(&self) -> impl Iterator<Item = &Rc<Batch>> {
        self.lanes.values().filter_map(|lane| lane.batch.as_ref())
    }

    /// Whether the provider has proved that it holds every turn.
    pub(super) fn is_empty(&self) -> bool {
        self.unproven == 0
    }

    /// All turns that are not proven, in the order in which they were completed.
    pub(super) fn pending(&self) -> Vec<TurnId> {
        let entries = |lane: &Lane| {
            let traveling = lane.batch.iter().flat_map(|batch| &batch.entries);
            traveling.chain(&lane.waiting).map(|entry| (entry.seq, entry.turn.clone())).collect::<Vec<_>>()
        };
        let mut pending: Vec<_> = self.lanes.values().flat_map(entries).collect();
        pending.sort_unstable_by_key(|(seq, _)| *seq);
        pending.into_iter().map(|(_, turn)| turn).collect()
    }
}

impl Lane {
    /// A second cut of the same turns is their next attempt.
    fn cut(&mut self, cut: Cut) {
        let repeated = self.batch.take().map_or_else(Vec::new, |batch| match Rc::try_unwrap(batch) {
            Ok(batch) => batch.entries,
            Err(shared) => shared.entries.clone(),
        });
        let fresh = self.waiting.iter().take_while(|entry| entry.seq <= cut.last).count();
        let entries = repeated.into_iter().chain(self.waiting.drain(..fresh)).collect();
        self.mode = Some(cut.mode);
        self.batch = Some(Rc::new(Batch { cut, entries }));
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::turn::Turn;

    fn turn(seq: u64, id: &str) -> Record {
        let turn: TurnId = id.parse().expect("a turn");
        let json = Turn::of(turn.clone()).to_json(Duration::ZERO);
        Record::Turn(Entry { seq, turn, parent: None, completed_at: Duration::ZERO, json })
    }

    fn backlog(records: &[Record]) -> Backlog {
        let mut backlog = Backlog::default();
        records.iter().for_each(|record| backlog.apply(record.clone()));
        backlog
    }

    fn next_cut(backlog: &mut Backlog, session: &str) -> Option<Cut> {
        backlog.next_cut(&session.into(), 2, Mode::Append, &"hermes".into())
    }

    fn check_pending(backlog: &Backlog, expected: &[&str]) {
        assert_eq!(backlog.pending().iter().map(TurnId::to_string).collect::<Vec<_>>(), expected);
        assert_eq!(backlog.is_empty(), expected.is_empty());
    }

    #[test]
    fn a_turn_is_pending_until_it_is_marked_wherever_it_is() {
        let mut backlog = backlog(&[turn(1, "S1#1"), turn(2, "S2#1"), turn(3, "S1#2"), turn(4, "S1#3")]);
        let cut = next_cut(&mut backlog, "S1").expect("two turns fill a batch");
        assert_eq!((cut.first, cut.last), (1, 3));
        let mark = Record::Mark { session: cut.session.clone(), last: cut.last };
        backlog.apply(Record::Cut(cut));
        check_pending(&backlog, &["S1#1", "S2#1", "S1#2", "S1#3"]);
        backlog.apply(mark.clone());
        check_pending(&backlog, &["S2#1", "S1#3"]);
        backlog.apply(mark);
        check_pending(&backlog, &["S2#1", "S1#3"]);
    }

    #[test]
    fn a_boundary_releases_what_waits_and_nothing_that_comes_later() {
        let mut backlog = backlog(&[turn(1, "S1#1")]);
        assert_eq!(next_cut(&mut backlog, "S1"), None);
        backlog.release();
        backlog.apply(turn(2, "S1#2"));
        let cut = next_cut(&mut backlog, "S1").expect("it was released");
        assert_eq!((cut.first, cut.last), (1, 1));
        backlog.apply(Record::Cut(cut));
        assert_eq!(next_cut(&mut backlog, "S1"), None);
        assert!(!backlog.is_ready(&"S1".into(), 1), "a batch travels");
    }

    #[test]
    fn a_second_cut_of_the_same_turns_is_their_next_attempt() {
        let mut backlog = backlog(&[turn(1, "S1#1"), turn(2, "S1#2"), turn(3, "S1#3")]);
        let cut = next_cut(&mut backlog, "S1").expect("two turns fill a batch");
        backlog.apply(Record::Cut(cut.clone()));
        let batch = |backlog: &Backlog| Rc::clone(backlog.batches().next().expect("a batch travels"));
        let first = batch(&backlog);
        backlog.apply(Record::Cut(first.next_attempt(&"hermes".into())));
        let second = batch(&backlog);
        assert_eq!((second.cut.attempt, second.cut.last, &second.entries), (2, 2, &first.entries));
        assert_ne!(second.cut.operation, first.cut.operation);
        check_pending(&backlog, &["S1#1", "S1#2", "S1#3"]);
    }
}
