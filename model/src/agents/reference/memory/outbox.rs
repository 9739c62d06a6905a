//! The outbox: where a turn lives until the provider has proved that it holds it.
//!
//! A turn enters by one synced record and leaves by one synced mark; an undone one stays until the provider has proved that it
//! holds it no more. Nothing here talks to a network. Deliberately absent: batching. How many turns travel together is the
//! dispatcher's business.

use std::cell::RefCell;
use std::rc::Rc;
use std::time::Duration;

use tokio::sync::Notify;

use super::backlog::Backlog;
use super::past::Past;
use super::record::{Entry, Record};
use super::room::Room;
use super::segment::{Passenger, Segment, retain};
use crate::agents::reference::frame::decode_at;
use crate::agents::reference::journal::{Journal, Writer};
use crate::machine::Machine;
use crate::machine::marks::Mark;
use crate::protocols::hindsight::wire::Retain;
use crate::words::session::{DocumentId, SessionId};
use crate::words::turn::{Turn, TurnId};

/// A journal that this process has locked, and what it amounts to.
pub(super) struct Outbox {
    machine: Machine,
    number: u32,
    journal: Journal,
    backlog: RefCell<Backlog>,
    changed: Notify,
}

/// What takes undone turns back: makes `remainder` all that `document` holds.
pub(super) struct Retraction {
    /// Of which segment.
    pub document: DocumentId,
    /// The request, unless nothing is left: then the document goes.
    pub remainder: Option<Retain>,
    /// Sequence numbers of the turns that are taken back.
    pub gone: Vec<u64>,
    /// When it was last unknown what had become of a request of the session.
    pub doubt: Option<Duration>,
}

impl Outbox {
    /// Takes over what former processes have left in the journal of that number, which stands in the file at `path`. A restart
    /// is a boundary.
    pub(super) async fn open(machine: Machine, number: u32, path: String, room: Rc<Room>) -> Self {
        let now = machine.now();
        let (journal, bytes) = Journal::open::<Record>(machine.clone(), path).await;
        let mut backlog = Backlog::replay(room, &bytes);
        backlog.release(None);
        backlog.doubt(now);
        if backlog.lanes().any(|(_, lane)| lane.segment.is_some()) {
            machine.reached(Mark::InFlightRecovered);
        }
        Self { machine, number, journal, backlog: RefCell::new(backlog), changed: Notify::new() }
    }

    /// The journal's number.
    pub(super) fn number(&self) -> u32 {
        self.number
    }

    /// Takes a turn in. When this returns, the turn cannot get lost any more.
    pub(super) async fn keep(&self, turn: &Turn, parent: Option<SessionId>, completed_at: Duration) {
        let writer = self.journal.writer().await;
        let seq = self.look(Backlog::last_seq) + 1;
        let (turn, json) = (turn.id.clone(), turn.to_json(completed_at));
        self.write(writer, Record::Turn(Entry { seq, turn, parent, completed_at, json })).await;
    }

    /// Makes a record durable, then lets it take effect.
    async fn write(&self, mut writer: Writer<'_>, record: Record) {
        let place = writer.write(&record).await;
        self.backlog.borrow_mut().apply(place, record);
        self.changed.notify_waiters();
    }

    /// The same, for a record that depends on no other.
    pub(super) async fn note(&self, record: Record) {
        self.write(self.journal.writer().await, record).await;
    }

    /// The segment of `session` that travels; the next one, written down first, if none does and its turns may.
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

    /// The request that delivers a segment, without what was undone meanwhile. Nothing if nothing is left of it.
    pub(super) async fn delivery(&self, segment: &Segment, asynchronous: bool) -> Option<Retain> {
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
        (!passengers.is_empty()).then(|| retain(segment.cut.document(self.number), &passengers, asynchronous))
    }

    /// The provider holds the segment.
    pub(super) async fn mark(&self, segment: &Segment) {
        let session = segment.cut.session.clone();
        let doubt = self.look(|backlog| backlog.get(&session).and_then(|lane| lane.doubt));
        self.note(Record::Mark { session, last: segment.cut.last, doubt }).await;
    }

    /// The last copy of a turn is undone. Says whether there was one.
    pub(super) async fn retract(&self, turn: &TurnId) -> bool {
        let writer = self.journal.writer().await;
        let past = Past::read(&self.journal.read().await);
        let Some(entry) = past.last(turn) else { return false };
        if self.look(|backlog| backlog.get(&entry.turn.session).is_some_and(|lane| lane.travels(entry.seq))) {
            self.machine.reached(Mark::UndoneOnTheWay);
        }
        self.write(writer, Record::Retract { session: entry.turn.session.clone(), seq: entry.seq }).await;
        true
    }

    /// What takes turn `seq` of `session` back, and with it everything of its segment that was undone.
    pub(super) async fn retraction(&self, session: &SessionId, seq: u64, asynchronous: bool) -> Option<Retraction> {
        let past = Past::read(&self.journal.read().await);
        let remainder = past.remainder(session, seq)?;
        let document = remainder.cut.document(self.number);
        let passengers: Vec<Passenger<'_>> = remainder.entries.iter().map(|entry| Passenger::from(*entry)).collect();
        let request = (!passengers.is_empty()).then(|| retain(document.clone(), &passengers, asynchronous));
        let doubt = self.look(|backlog| backlog.get(session).and_then(|lane| lane.doubt)).max(remainder.doubt);
        Some(Retraction { document, remainder: request, gone: remainder.gone, doubt })
    }

    /// Turns were taken back, which is to be done once more at `verify_at`, when no earlier request can be under way any more.
    pub(super) fn hush(&self, session: &SessionId, seqs: &[u64], verify_at: Duration) {
        self.machine.reached(Mark::TakenBackTwice);
        if let Some(lane) = self.backlog.borrow_mut().get_mut(session) {
            lane.hush(seqs, verify_at);
        }
        self.changed.notify_waiters();
    }

    /// Nobody knows what became of a request of `session`.
    pub(super) fn doubt(&self, session: &SessionId, now: Duration) {
        if let Some(lane) = self.backlog.borrow_mut().get_mut(session) {
            lane.doubt = Some(now);
        }
    }

    /// Nobody knows what became of whatever was under way.
    pub(super) fn doubt_all(&self, now: Duration) {
        self.backlog.borrow_mut().doubt(now);
    }

    /// A boundary: whatever waits of `session`, or of all, may travel in segments that are not full. Says whether anything does.
    pub(super) fn release(&self, session: Option<&SessionId>) -> bool {
        self.backlog.borrow_mut().release(session)
    }

    /// Looks at what is left.
    pub(super) fn look<T>(&self, at: impl FnOnce(&Backlog) -> T) -> T {
        at(&self.backlog.borrow())
    }

    /// Returns when this holds of what is left.
    pub(super) async fn until(&self, holds: impl Fn(&Backlog) -> bool) {
        while !self.look(&holds) {
            self.changed.notified().await;
        }
    }
}
