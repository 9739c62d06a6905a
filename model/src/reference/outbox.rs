//! The outbox: where a turn lives until the provider has proved that it holds it.
//!
//! A turn enters by one synced record and leaves by one synced mark. Nothing here talks to a network. Deliberately
//! absent: batching. How many turns travel together is the dispatcher's business.

use std::cell::{Cell, RefCell};
use std::io;
use std::time::Duration;

use tokio::sync::Notify;

use super::backlog::Backlog;
use super::journal::Journal;
use super::record::{Cut, Entry, Mode, Record};
use crate::host::Host;
use crate::session::{BankId, SessionId};
use crate::turn::Turn;

/// The journal, and what it amounts to. Every bank has its own.
pub(super) struct Outbox {
    journal: Journal,
    backlog: RefCell<Backlog>,
    next_seq: Cell<u64>,
    emptied: Notify,
}

impl Outbox {
    /// Takes over what former processes have left. A restart is a boundary.
    pub(super) async fn open(host: Host, bank: &BankId) -> Self {
        let (journal, records) = Journal::open(host, format!("/outbox-{bank}")).await;
        let mut backlog = Backlog::default();
        records.into_iter().for_each(|record| backlog.apply(record));
        backlog.release();
        let next_seq = Cell::new(backlog.last_seq() + 1);
        Self { journal, backlog: RefCell::new(backlog), next_seq, emptied: Notify::new() }
    }

    /// Takes a turn in. When this returns, the turn cannot get lost any more.
    pub(super) async fn keep(&self, turn: &Turn, parent: Option<SessionId>, completed_at: Duration) {
        let seq = self.next_seq.replace(self.next_seq.get() + 1);
        let (turn, json) = (turn.id.clone(), turn.to_json(completed_at));
        self.write(Record::Turn(Entry { seq, turn, parent, completed_at, json })).await;
    }

    /// Makes a record durable, then lets it take effect.
    pub(super) async fn write(&self, record: Record) {
        self.journal.write(&record).await;
        let mut backlog = self.backlog.borrow_mut();
        backlog.apply(record);
        if backlog.is_empty() {
            self.emptied.notify_waiters();
        }
    }

    /// A boundary: whatever waits now may travel in batches that are not full. Says whether anything does.
    pub(super) fn release(&self) -> bool {
        self.backlog.borrow_mut().release()
    }

    /// The next batch of `session`, not yet written down, if its turns may travel.
    pub(super) fn next_cut(&self, session: &SessionId, every: usize, mode: Mode, bank: &BankId) -> Option<Cut> {
        self.backlog.borrow_mut().next_cut(session, every, mode, bank)
    }

    /// Looks at what is left.
    pub(super) fn look<T>(&self, at: impl FnOnce(&Backlog) -> T) -> T {
        at(&self.backlog.borrow())
    }

    /// Everything that was ever written, proven or not.
    pub(super) async fn records(&self) -> io::Result<Vec<Record>> {
        self.journal.records().await
    }

    /// Returns when the provider has proved that it holds every turn.
    pub(super) async fn emptied(&self) {
        while !self.look(|backlog| backlog.is_empty()) {
            self.emptied.notified().await;
        }
    }
}
