//! The backlog: the state that the journal's records add up to. It says which turns wait, which travel, and which undone
//! ones the dispatcher must take back.
//!
//! A running process and a restarted one build it alike, by applying records one after another, so both see the same state.
//! The rest (up to which turn a boundary lets turns travel, when a request was last in doubt) is lost with the process, and
//! the next one assumes the worst. Deliberately absent: proven turns, which only the file remembers, and sessions with no
//! turns left.

mod uptake;

use std::collections::BTreeMap;
use std::rc::Rc;
use std::time::Duration;

use super::design::TakesUp;
use super::lane::Lane;
use super::record::{Cut, Record};
use super::room::Room;
use super::search::Search;
use super::segment::{Slot, next_size};
use crate::agents::reference::frame::{decode, decode_at};
use crate::words::session::SessionId;
use crate::words::turn::TurnId;

/// Every turn that the server has not yet proved to hold, and every undone turn that it has not yet proved to have dropped.
pub(super) struct Backlog {
    room: Rc<Room>,
    lanes: BTreeMap<SessionId, Lane>,
    last_seq: u64,
    sought: Vec<Search>,
    takes_up: TakesUp,
}

impl Backlog {
    /// An empty backlog.
    pub(super) fn new(room: Rc<Room>) -> Self {
        Self { room, lanes: BTreeMap::new(), last_seq: 0, sought: Vec::new(), takes_up: TakesUp::All }
    }

    /// The backlog of a whole journal. It holds texts only at the end, because most turns are proven by then.
    pub(super) fn replay(room: Rc<Room>, bytes: &[u8]) -> Self {
        let mut backlog = Self::new(room);
        for (place, record) in decode(bytes).0 {
            if let Record::Turn(entry) = &record {
                backlog.push(Slot::of(entry, place, None));
            } else {
                backlog.apply(place, record);
            }
        }
        let sessions: Vec<SessionId> = backlog.lanes.keys().cloned().collect();
        sessions.iter().for_each(|session| backlog.refill(session, bytes));
        backlog
    }

    /// Applies a record that stands at `place`.
    pub(super) fn apply(&mut self, place: usize, record: Record) {
        match record {
            Record::Turn(entry) => {
                let before = self.lanes.get(&entry.turn.session).and_then(|lane| lane.waiting.back());
                let in_order = before.is_none_or(|before| before.text.is_some());
                let mut slot = Slot::of(&entry, place, None);
                slot.text = if in_order { self.room.hold(entry.json) } else { None };
                self.push(slot);
                if self.takes_up == TakesUp::OpenSessions {
                    self.lane(&entry.turn.session).last = None;
                }
            }
            Record::Cut(cut) => self.lane(&cut.session.clone()).cut(cut),
            Record::Proved { session, last, .. } => {
                let lane = self.lane(&session);
                lane.segment.take_if(|segment| segment.cut.last <= last);
                lane.aside.remove(last);
                self.leave(&session);
            }
            Record::Split(cut) => self.lane(&cut.session.clone()).split(cut),
            Record::Part { cut, kept } => {
                self.lane(&cut.session).keep_part(&cut, kept);
                self.leave(&cut.session);
            }
            Record::Aside { session, last } => {
                let lane = self.lane(&session);
                lane.set_aside(last);
                self.leave(&session);
            }
            Record::Retract { session, seq } => {
                self.lane(&session).retract(seq);
                self.leave(&session);
            }
            Record::Retracted { session, seqs } => {
                let lane = self.lane(&session);
                seqs.iter().for_each(|seq| _ = (lane.retracting.remove(seq), lane.taken_back.remove(seq)));
                self.leave(&session);
            }
            Record::Sought { turn, upto } => self.sought.push(Search { turn, upto, spotted: None }),
            Record::Spotted { turn, journal, seq } => {
                let first = self.sought.iter_mut().find(|search| search.turn == turn);
                first.into_iter().for_each(|search| search.spotted = Some((journal, seq)));
            }
            Record::Found(turn) => {
                let first = self.sought.iter().position(|search| search.turn == turn);
                first.into_iter().for_each(|place| _ = self.sought.remove(place));
            }
        }
    }

    fn push(&mut self, slot: Slot) {
        self.last_seq = self.last_seq.max(slot.seq);
        self.lane(&slot.turn.session).waiting.push_back(slot);
    }

    fn lane(&mut self, session: &SessionId) -> &mut Lane {
        if !self.lanes.contains_key(session) {
            self.lanes.insert(session.clone(), Lane::default());
        }
        self.lanes.get_mut(session).expect("it was inserted if it was not there")
    }

    fn leave(&mut self, session: &SessionId) {
        let is_over = |lane: &Lane| lane.has_delivered() && lane.retracting.is_empty() && lane.aside.is_empty();
        if self.lanes.get(session).is_some_and(is_over) {
            self.lanes.remove(session);
        }
    }

    /// Marks everything that was sent and has no result as in doubt: a former process sent it, or the access was closed.
    pub(super) fn doubt(&mut self, now: Duration) {
        for lane in self.lanes.values_mut() {
            if lane.segment.is_some() || !lane.retracting.is_empty() {
                lane.doubt = Some(now);
            }
        }
    }

    /// A boundary: the waiting turns of `session`, or of all sessions, may travel in segments that are not full. Returns whether
    /// anything is left of them.
    pub(super) fn let_go(&mut self, session: Option<&SessionId>) -> bool {
        let last_seq = self.last_seq;
        let lanes = self.lanes.iter_mut().filter(|(name, _)| session.is_none_or(|session| session == *name));
        lanes.map(|(_, lane)| lane.boundary = last_seq).count() > 0
    }

    /// Sequence number of the last turn.
    pub(super) fn last_seq(&self) -> u64 {
        self.last_seq
    }

    /// The next segment of `session`, if no segment travels and its turns may.
    pub(super) fn next_cut(&self, session: &SessionId, every: usize) -> Option<Cut> {
        let lane = self.lanes.get(session).filter(|lane| lane.is_ready(every))?;
        let last = lane.waiting.get(lane.next_size(every) - 1)?;
        Some(Cut { session: session.clone(), first: lane.waiting.front()?.seq, last: last.seq })
    }

    /// Whether the turns of `session` fill a segment, so that they may travel without a boundary.
    pub(super) fn is_full(&self, session: &SessionId, every: usize) -> bool {
        self.lanes.get(session).is_some_and(|lane| next_size(&lane.waiting, every, 0) > 0)
    }

    /// The session's part, if any of it is left.
    pub(super) fn get(&self, session: &SessionId) -> Option<&Lane> {
        self.lanes.get(session)
    }

    /// The same, to change its state that is not durable.
    pub(super) fn get_mut(&mut self, session: &SessionId) -> Option<&mut Lane> {
        self.lanes.get_mut(session)
    }

    /// Every session with something left.
    pub(super) fn lanes(&self) -> impl Iterator<Item = (&SessionId, &Lane)> {
        self.lanes.iter()
    }

    /// Whether nothing is left to do. A segment that was set aside is left to the next process.
    pub(super) fn is_empty(&self) -> bool {
        let done = |lane: &Lane| lane.has_delivered() && lane.retracting.is_empty() && !lane.aside.is_due();
        self.lanes.values().all(done)
    }

    /// The turns that were set aside and are not about to be tried again, each with its sequence number.
    pub(super) fn undeliverable(&self) -> impl Iterator<Item = (u64, &TurnId)> {
        let slots = self.lanes.values().flat_map(|lane| lane.aside.left());
        slots.map(|slot| (slot.seq, &slot.turn))
    }

    /// Whether nothing is left to do now for `session`, or for all sessions.
    pub(super) fn is_settled(&self, session: Option<&SessionId>) -> bool {
        let settled = |lane: &Lane| lane.has_delivered() && lane.taken_back.len() == lane.retracting.len();
        match session {
            Some(session) => self.lanes.get(session).is_none_or(settled),
            None => self.lanes.values().all(settled),
        }
    }

    /// The searches for undone turns that perhaps stand in other processes' journals, in the order of the undos.
    pub(super) fn sought(&self) -> &[Search] {
        &self.sought
    }

    /// Reads the waiting texts of `session` back from the journal's `bytes`, in order, as long as there is room.
    pub(super) fn refill(&mut self, session: &SessionId, bytes: &[u8]) {
        let waiting = self.lanes.get_mut(session).map(|lane| lane.waiting.iter_mut());
        for slot in waiting.into_iter().flatten().filter(|slot| slot.text.is_none()) {
            if !self.room.is_free() {
                return;
            }
            if let Some((Record::Turn(entry), _)) = decode_at(bytes, slot.place) {
                slot.text = self.room.hold(entry.json);
            }
        }
    }

    /// All turns that are still to be delivered, in the order in which they were completed.
    pub(super) fn pending(&self) -> Vec<TurnId> {
        let slots = self
            .lanes
            .values()
            .flat_map(|lane| lane.traveling().filter(|slot| !lane.is_undone(slot.seq)).chain(&lane.waiting));
        let mut pending: Vec<_> = slots.map(|slot| (slot.seq, &slot.turn)).collect();
        pending.sort_unstable_by_key(|(seq, _)| *seq);
        pending.into_iter().map(|(_, turn)| turn.clone()).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::super::record::JournaledTurn;
    use super::super::room::TEXTS_MAX;
    use super::*;
    use crate::agents::reference::frame::encode;
    use crate::machine::bench::Bench;
    use crate::words::timestamp::Timestamp;
    use crate::words::turn::Turn;

    fn turn(seq: u64, id: &str) -> Record {
        let turn: TurnId = id.parse().expect("a turn");
        let json = Turn::of(turn.clone()).to_json(Timestamp::BEGINNING);
        Record::Turn(JournaledTurn { seq, turn, parent: None, completed_at: Timestamp::BEGINNING, json })
    }

    fn prove(last: u64) -> Record {
        Record::Proved { session: "S1".into(), last, doubt: None }
    }

    fn retract(seq: u64) -> Record {
        Record::Retract { session: "S1".into(), seq }
    }

    fn backlog(records: &[Record]) -> Backlog {
        let mut backlog = Backlog::new(Room::new(Bench::new().machine()));
        records.iter().for_each(|record| backlog.apply(0, record.clone()));
        backlog
    }

    fn cut(backlog: &mut Backlog, every: usize) -> Option<(u64, u64)> {
        let cut = backlog.next_cut(&"S1".into(), every)?;
        backlog.apply(0, Record::Cut(cut.clone()));
        Some((cut.first, cut.last))
    }

    fn check_pending(backlog: &Backlog, expected: &[&str]) {
        assert_eq!(backlog.pending().iter().map(TurnId::to_string).collect::<Vec<_>>(), expected);
    }

    fn retraction(backlog: &Backlog) -> Option<(u64, Duration)> {
        backlog.get(&"S1".into()).and_then(Lane::next_retraction)
    }

    #[test]
    fn a_turn_is_pending_until_it_is_proved() {
        let mut backlog = backlog(&[turn(1, "S1#1"), turn(2, "S2#1"), turn(3, "S1#2"), turn(4, "S1#3")]);
        assert_eq!(cut(&mut backlog, 2), Some((1, 3)));
        check_pending(&backlog, &["S1#1", "S2#1", "S1#2", "S1#3"]);
        for _ in 0..2 {
            backlog.apply(0, prove(3));
            check_pending(&backlog, &["S2#1", "S1#3"]);
        }
        assert!(!backlog.is_empty() && !backlog.is_settled(None) && backlog.is_settled(Some(&"S3".into())));
    }

    #[test]
    fn a_boundary_lets_the_waiting_turns_of_its_session_travel_and_no_later_ones() {
        let mut backlog = backlog(&[turn(1, "S1#1"), turn(2, "S2#1")]);
        assert_eq!(cut(&mut backlog, 2), None);
        assert!(backlog.let_go(Some(&"S2".into())));
        assert_eq!(cut(&mut backlog, 2), None);
        assert!(backlog.let_go(Some(&"S1".into())) && !backlog.let_go(Some(&"S3".into())));
        backlog.apply(0, turn(3, "S1#2"));
        assert_eq!(cut(&mut backlog, 2), Some((1, 1)));
        assert_eq!(cut(&mut backlog, 1), None, "a segment travels");
    }

    #[test]
    fn an_undone_turn_that_was_not_cut_is_dropped() {
        let mut backlog = backlog(&[turn(1, "S1#1"), turn(2, "S1#2"), retract(2)]);
        check_pending(&backlog, &["S1#1"]);
        backlog.apply(0, retract(1));
        assert!(backlog.is_empty());
    }

    #[test]
    fn an_undone_turn_that_was_cut_is_taken_back_behind_its_delivery() {
        let mut backlog = backlog(&[turn(1, "S1#1"), turn(2, "S1#2")]);
        cut(&mut backlog, 2);
        backlog.apply(0, retract(2));
        check_pending(&backlog, &["S1#1"]);
        assert_eq!(retraction(&backlog), None);
        backlog.apply(0, prove(2));
        assert_eq!(retraction(&backlog), Some((2, Duration::ZERO)));
        assert!(!backlog.is_settled(None));
        let later = Duration::from_secs(9);
        backlog.get_mut(&"S1".into()).expect("a lane").take_back_again(&[2], later);
        assert_eq!(retraction(&backlog), Some((2, later)));
        assert!(backlog.is_settled(None) && !backlog.is_empty());
        backlog.apply(0, Record::Retracted { session: "S1".into(), seqs: vec![2] });
        assert!(backlog.is_empty());
    }

    #[test]
    fn an_undone_turn_that_was_proven_long_ago_is_taken_back() {
        let mut backlog = backlog(&[retract(7)]);
        assert_eq!(retraction(&backlog), Some((7, Duration::ZERO)));
        backlog.doubt(Duration::from_secs(1));
        assert_eq!(backlog.get(&"S1".into()).and_then(|lane| lane.doubt), Some(Duration::from_secs(1)));
    }

    #[test]
    fn a_segment_is_split_and_set_aside_and_the_next_process_tries_it_once_more() {
        let session: SessionId = "S1".into();
        let mut backlog = backlog(&[turn(1, "S1#1"), turn(2, "S1#2"), turn(3, "S1#3")]);
        assert_eq!(cut(&mut backlog, 3), Some((1, 3)));
        backlog.apply(0, Record::Split(Cut { session: session.clone(), first: 1, last: 1 }));
        check_pending(&backlog, &["S1#1", "S1#2", "S1#3"]);
        backlog.apply(0, Record::Aside { session: session.clone(), last: 1 });
        check_pending(&backlog, &["S1#2", "S1#3"]);
        let told = |backlog: &Backlog| backlog.undeliverable().map(|(seq, _)| seq).collect::<Vec<_>>();
        assert_eq!(told(&backlog), [1]);
        backlog.let_go(None);
        assert_eq!(cut(&mut backlog, 3), Some((2, 3)));
        backlog.apply(0, prove(3));
        assert!(backlog.is_empty() && backlog.get(&session).is_some());
        backlog.take_up(TakesUp::All);
        assert!(!backlog.is_empty() && told(&backlog).is_empty());
        assert!(backlog.get(&session).expect("a lane").travels(1));
        backlog.apply(0, prove(1));
        assert!(backlog.is_empty() && backlog.get(&session).is_none());
    }

    #[test]
    fn the_turns_that_were_refused_travel_again_at_once_and_an_undone_one_among_them_never() {
        let mut backlog = backlog(&[turn(1, "S1#1"), turn(2, "S1#2"), turn(3, "S1#3"), turn(4, "S1#4")]);
        assert_eq!(cut(&mut backlog, 4), Some((1, 4)));
        backlog.apply(0, retract(3));
        backlog.apply(0, Record::Part { cut: Cut { session: "S1".into(), first: 1, last: 4 }, kept: 1 });
        check_pending(&backlog, &["S1#2", "S1#4"]);
        assert_eq!(retraction(&backlog), None);
        assert_eq!(cut(&mut backlog, 4), Some((2, 4)));
        backlog.apply(0, prove(4));
        assert!(backlog.is_empty());
    }

    #[test]
    fn texts_beyond_the_room_are_read_again_from_the_journal_in_order() {
        let (mut bytes, mut backlog) = (Vec::new(), backlog(&[]));
        for number in 1..=TEXTS_MAX + 10 {
            let record = turn(number as u64, &format!("S1#{number}"));
            backlog.apply(bytes.len(), record.clone());
            bytes.extend(encode(&record));
        }
        let held = |backlog: &Backlog| {
            let lane = backlog.get(&"S1".into()).expect("a lane");
            lane.waiting.iter().take_while(|slot| slot.text.is_some()).count()
        };
        assert_eq!(held(&backlog), TEXTS_MAX);
        cut(&mut backlog, 100);
        backlog.apply(0, prove(100));
        backlog.apply(bytes.len(), turn(1_000, "S1#1000"));
        assert_eq!(held(&backlog), TEXTS_MAX - 100, "a later turn never takes an earlier one's room");
        backlog.refill(&"S1".into(), &bytes);
        assert_eq!(held(&backlog), TEXTS_MAX - 90);
    }

    #[test]
    fn a_replayed_journal_holds_no_more_than_what_is_left() {
        let records = [turn(1, "S1#1"), turn(2, "S1#2"), turn(3, "S1#3")];
        let cut = Record::Cut(Cut { session: "S1".into(), first: 1, last: 1 });
        let bytes: Vec<u8> = records.iter().chain(&[cut, prove(1), retract(3)]).flat_map(encode).collect();
        let backlog = Backlog::replay(Room::new(Bench::new().machine()), &bytes);
        check_pending(&backlog, &["S1#2"]);
        assert_eq!(backlog.last_seq(), 3);
        let lane = backlog.get(&"S1".into()).expect("a lane");
        assert!(lane.waiting.iter().all(|slot| slot.text.is_some()) && lane.retracting.is_empty());
    }
}
