//! The outbox: where a turn lives until the server has proved that it holds it.
//!
//! A turn enters by one synced record and leaves by another. An undone turn stays until the server has proved that it
//! dropped it. Nothing here talks to a network. Deliberately absent: batching. How many turns travel together is the
//! dispatcher's business.

use std::cell::RefCell;
use std::rc::Rc;
use std::time::Duration;

use tokio::sync::Notify;

use super::backlog::Backlog;
use super::design::{Design, Note, Replay, Retry};
use super::lane::Lane;
use super::past::Past;
use super::queued::{Queued, Unfinished};
use super::record::{JournaledTurn, Record};
use super::room::Room;
use super::segment::{Passenger, Segment, retain};
use crate::agents::reference::frame::decode_at;
use crate::agents::reference::journal::{Journal, Writer};
use crate::machine::Machine;
use crate::machine::marks::Mark;
use crate::protocols::hindsight::wire::Retain;
use crate::words::session::{DocumentId, SessionId};
use crate::words::timestamp::Timestamp;
use crate::words::turn::{Turn, TurnId};

/// A journal that this process has locked, and its backlog.
pub(super) struct Outbox {
    machine: Machine,
    number: u32,
    design: Design,
    journal: Journal,
    backlog: RefCell<Backlog>,
    changed: Notify,
}

/// How to take undone turns back: make `remainder` the whole content of `document`.
pub(super) struct Retraction {
    /// The document of their segment.
    pub document: DocumentId,
    /// The request. `None` if nothing is left: then the document is deleted.
    pub remainder: Option<Retain>,
    /// Sequence numbers of the turns that are taken back.
    pub gone: Vec<u64>,
    /// When the outcome of one of the session's requests was last unknown.
    pub doubt: Option<Duration>,
}

impl Outbox {
    /// Takes over the journal with this number, in the file at `path`, and all records that earlier processes left in it. A restart is a
    /// boundary.
    pub(super) async fn open(machine: Machine, number: u32, path: String, room: Rc<Room>, design: Design) -> Self {
        let now = machine.now();
        let (journal, bytes) = Journal::open::<Record>(machine.clone(), path).await;
        let backlog = RefCell::new(Backlog::replay(room, &bytes));
        let outbox = Self { machine, number, design, journal, backlog, changed: Notify::new() };
        if design.replay == Replay::AsNew {
            outbox.queue_again(&bytes).await;
        }
        let mut backlog = outbox.backlog.borrow_mut();
        backlog.let_go(None);
        backlog.doubt(now);
        backlog.take_up(design.takes_up);
        if backlog.lanes().any(|(_, lane)| lane.segment.is_some()) {
            outbox.machine.reached(Mark::InFlightRecovered);
        }
        drop(backlog);
        outbox
    }

    /// Queues what a former process had under way as if it had never been sent, and what waited behind it.
    async fn queue_again(&self, bytes: &[u8]) {
        let traveling = self.look(|backlog| {
            let lanes = backlog.lanes().filter_map(|(_, lane)| Some((lane.segment.clone()?, lane)));
            let places = |(segment, lane): (Rc<Segment>, &Lane)| {
                let slots = segment.slots.iter().filter(|slot| !lane.is_undone(slot.seq)).chain(&lane.waiting);
                (slots.map(|slot| slot.place).collect::<Vec<_>>(), segment)
            };
            lanes.map(places).collect::<Vec<_>>()
        });
        for (places, segment) in traveling {
            let mut waited = Vec::new();
            for place in places {
                let Some((Record::Turn(entry), _)) = decode_at(bytes, place) else { continue };
                let seq = self.look(Backlog::last_seq) + 1;
                waited.push(entry.seq);
                self.note(Record::Turn(JournaledTurn { seq, ..entry })).await;
            }
            self.prove(&segment).await;
            for seq in waited.into_iter().filter(|seq| *seq > segment.cut.last) {
                self.note(Record::Retract { session: segment.cut.session.clone(), seq }).await;
            }
        }
    }

    /// The journal's number.
    pub(super) fn number(&self) -> u32 {
        self.number
    }

    /// Journals a turn. When this returns, no crash can lose it.
    pub(super) async fn keep(&self, turn: &Turn, parent: Option<SessionId>, completed_at: Timestamp) {
        let writer = self.journal.writer().await;
        let seq = self.look(Backlog::last_seq) + 1;
        let (turn, json) = (turn.id.clone(), turn.to_json(completed_at));
        self.write(writer, Record::Turn(JournaledTurn { seq, turn, parent, completed_at, json })).await;
    }

    /// Tries a write that failed once more, at once.
    pub(super) fn hurry(&self) {
        self.journal.hurry();
    }

    /// Makes a record durable, then applies it.
    async fn write(&self, mut writer: Writer<'_>, record: Record) {
        let place = writer.write(&record).await;
        self.backlog.borrow_mut().apply(place, record);
        self.changed.notify_waiters();
    }

    /// The same, for a record that depends on no other record.
    pub(super) async fn note(&self, record: Record) {
        self.write(self.journal.writer().await, record).await;
    }

    /// The traveling segment of `session`. If none travels and turns may, journals the next one first.
    pub(super) async fn segment(&self, session: &SessionId, every: usize) -> Option<Rc<Segment>> {
        let traveling = |backlog: &Backlog| backlog.get(session).and_then(|lane| lane.segment.clone());
        if self.look(|backlog| traveling(backlog).is_none()) {
            let writer = self.journal.writer().await;
            let cut = self.look(|backlog| backlog.next_cut(session, every))?;
            tracing::debug!(%session, cut.first, cut.last, "cut");
            if self.look(|backlog| !backlog.is_full(session, every)) {
                self.machine.reached(Mark::BatchCutShort);
            }
            self.write(writer, Record::Cut(cut)).await;
        }
        self.look(traveling)
    }

    /// The request that delivers a segment, less the turns undone meanwhile, and the sequence numbers of those that it brings. `None` if no
    /// turn is left.
    pub(super) async fn delivery(&self, segment: &Segment, asynchronous: bool) -> Option<(Retain, Vec<u64>)> {
        let session = &segment.cut.session;
        let mut bytes = Vec::new();
        if segment.slots.iter().any(|slot| slot.text.is_none()) {
            bytes = self.journal.read().await;
            self.backlog.borrow_mut().refill(session, &bytes);
        }
        let undone = |seq| self.look(|backlog| backlog.get(session).is_some_and(|lane| lane.is_undone(seq)));
        let left: Vec<_> = segment.slots.iter().filter(|slot| !undone(slot.seq)).collect();
        let spilled = left.iter().map(|slot| match (&slot.text, decode_at(&bytes, slot.place)) {
            (None, Some((Record::Turn(entry), _))) => Some(entry.json),
            _ => None,
        });
        let spilled: Vec<Option<String>> = spilled.collect();
        let texts = left.iter().zip(&spilled).map(|(slot, spilled)| {
            let held = slot.text.as_ref().map(super::room::Text::as_str);
            let json = held.or(spilled.as_deref()).expect("a text is in memory or in the journal");
            Passenger { turn: &slot.turn, parent: slot.parent.as_ref(), completed_at: slot.completed_at, json }
        });
        let passengers: Vec<_> = texts.collect();
        let seqs = left.iter().map(|slot| slot.seq).collect();
        let request = || retain(segment.cut.document(self.number), &passengers, asynchronous);
        (!passengers.is_empty()).then(|| (request(), seqs))
    }

    /// Records that the server has proved to hold the segment.
    pub(super) async fn prove(&self, segment: &Segment) {
        let session = segment.cut.session.clone();
        let doubt = self.look(|backlog| backlog.get(&session).and_then(|lane| lane.doubt));
        self.note(Record::Proved { session, last: segment.cut.last, doubt }).await;
    }

    /// A segment is about to be sent. The reference notes nothing before the server has proved that it holds it.
    pub(super) fn sends(self: &Rc<Self>, segment: &Segment) {
        if self.design.note == Note::BesideItsRequest {
            let (outbox, session, last) = (Rc::clone(self), segment.cut.session.clone(), segment.cut.last);
            let record = Record::Proved { session, last, doubt: None };
            self.machine.spawn("note", async move { _ = outbox.journal.writer().await.write(&record).await });
        }
    }

    /// Nothing more of `session` could be delivered, or taken back. The reference tries again after a pause.
    pub(super) fn failed(&self, session: &SessionId) {
        if self.design.retry == Retry::AtTheNextStart
            && let Some(lane) = self.backlog.borrow_mut().get_mut(session)
        {
            lane.rest();
        }
    }

    /// Records that the server keeps the traveling segment up to this turn, and has refused the others: they wait again.
    pub(super) async fn keep_part(&self, segment: &Segment, kept: u64) {
        tracing::debug!(?segment.cut, kept, "kept in part");
        self.note(Record::Part { cut: segment.cut.clone(), kept }).await;
    }

    /// Cuts the traveling segment of `session` in two, and sends its first half first. Returns whether there are two halves.
    pub(super) async fn split(&self, session: &SessionId) -> bool {
        let writer = self.journal.writer().await;
        let half = self.look(|backlog| backlog.get(session)?.segment.as_ref()?.half());
        let Some(half) = half else { return false };
        tracing::debug!(%session, half.first, half.last, "split");
        self.machine.reached(Mark::SegmentSplit);
        self.write(writer, Record::Split(half)).await;
        true
    }

    /// Sets the traveling segment of `session` aside. The next ones may travel.
    pub(super) async fn set_aside(&self, segment: &Segment) {
        let (session, last) = (segment.cut.session.clone(), segment.cut.last);
        tracing::debug!(%session, last, "set aside");
        self.machine.reached(Mark::SetAside);
        self.note(Record::Aside { session, last }).await;
    }

    /// The next segment of `session` that a former process has set aside, and that is still to be tried.
    pub(super) fn aside(&self, session: &SessionId) -> Option<Rc<Segment>> {
        self.look(|backlog| backlog.get(session)?.aside.due().next().cloned())
    }

    /// Leaves a segment that was set aside to the next process.
    pub(super) fn leave_aside(&self, segment: &Segment) {
        if let Some(lane) = self.backlog.borrow_mut().get_mut(&segment.cut.session) {
            lane.aside.leave(segment.cut.last);
        }
        self.changed.notify_waiters();
    }

    /// The sequence number of the last copy of a turn that stands here, not behind `upto`.
    pub(super) async fn last(&self, turn: &TurnId, upto: u64) -> Option<u64> {
        Past::read(&self.journal.read().await).last(turn, upto).map(|entry| entry.seq)
    }

    /// Undoes the last copy of a turn. Returns whether there was one.
    pub(super) async fn retract(&self, turn: &TurnId) -> bool {
        self.take_out(|past| past.last(turn, u64::MAX)).await
    }

    /// Undoes this copy of a turn, unless it is undone.
    pub(super) async fn retract_at(&self, turn: &TurnId, seq: u64) {
        self.take_out(|past| past.at(turn, seq)).await;
    }

    async fn take_out(&self, copy: impl Fn(&Past) -> Option<&JournaledTurn>) -> bool {
        let writer = self.journal.writer().await;
        let past = Past::read(&self.journal.read().await);
        let Some(entry) = copy(&past) else { return false };
        if self.look(|backlog| backlog.get(&entry.turn.session).is_some_and(|lane| lane.travels(entry.seq))) {
            self.machine.reached(Mark::UndoneOnTheWay);
        }
        self.write(writer, Record::Retract { session: entry.turn.session.clone(), seq: entry.seq }).await;
        true
    }

    /// How to take back turn `seq` of `session`, together with all other undone turns of its segment.
    pub(super) async fn retraction(&self, session: &SessionId, seq: u64, asynchronous: bool) -> Option<Retraction> {
        let past = Past::read(&self.journal.read().await);
        let remainder = past.remainder(session, seq)?;
        let document = remainder.cut.document(self.number);
        let passengers: Vec<Passenger<'_>> = remainder.entries.iter().map(|entry| Passenger::from(*entry)).collect();
        let request = (!passengers.is_empty()).then(|| retain(document.clone(), &passengers, asynchronous));
        let doubt = self.look(|backlog| backlog.get(session).and_then(|lane| lane.doubt)).max(remainder.doubt);
        Some(Retraction { document, remainder: request, gone: remainder.gone, doubt })
    }

    /// Records that turns were taken back, and that this must be repeated at `verify_at`, when no earlier request can be under
    /// way any more.
    pub(super) fn take_back_again(&self, session: &SessionId, seqs: &[u64], verify_at: Duration) {
        self.machine.reached(Mark::TakenBackTwice);
        if let Some(lane) = self.backlog.borrow_mut().get_mut(session) {
            lane.take_back_again(seqs, verify_at);
        }
        self.changed.notify_waiters();
    }

    /// Takes note of what the server had accepted for a session's bank and not ended with before it took these turns back: `complete` if no request
    /// can be on its way any more. Returns when to look again.
    pub(super) fn behind_the_queue(
        &self,
        session: &SessionId,
        seqs: &[u64],
        unfinished: &Unfinished,
        (now, complete, patience): (Duration, bool, Duration),
    ) -> Option<Duration> {
        let mut backlog = self.backlog.borrow_mut();
        let lane = backlog.get_mut(session)?;
        if !lane.are_taken_back(seqs) {
            lane.queued = Queued::default();
        }
        lane.queued.note(unfinished, now, complete);
        lane.queued.look_again_at(now, patience)
    }

    /// Records that the outcome of one of the session's requests is unknown.
    pub(super) fn doubt(&self, session: &SessionId, now: Duration) {
        if let Some(lane) = self.backlog.borrow_mut().get_mut(session) {
            lane.doubt = Some(now);
        }
    }

    /// Records that the outcome of everything under way is unknown.
    pub(super) fn doubt_all(&self, now: Duration) {
        self.backlog.borrow_mut().doubt(now);
    }

    /// A boundary: the waiting turns of `session`, or of all sessions, may travel in segments that are not full. Returns whether
    /// anything is left of them.
    pub(super) fn let_go(&self, session: Option<&SessionId>) -> bool {
        self.backlog.borrow_mut().let_go(session)
    }

    /// Looks at the backlog.
    pub(super) fn look<T>(&self, at: impl FnOnce(&Backlog) -> T) -> T {
        at(&self.backlog.borrow())
    }

    /// Returns when `holds` is true of the backlog.
    pub(super) async fn until(&self, holds: impl Fn(&Backlog) -> bool) {
        while !self.look(&holds) {
            self.changed.notified().await;
        }
    }
}
