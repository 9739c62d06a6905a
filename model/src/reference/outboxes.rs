//! The outboxes of a process: its own, and those that others have left behind.
//!
//! Its one rule: a journal belongs to the process that has locked it, and the lock goes with the process. What a journal sends
//! goes into documents that only this journal names, so two processes can run on one disk and never write one document.
//! Deliberately absent: unlocking, and looking for orphans while nothing is opened or undone.

use std::cell::RefCell;
use std::rc::Rc;

use super::journal::DISK_RETRY;
use super::outbox::Outbox;
use super::record::Record;
use super::room::Room;
use crate::host::Host;
use crate::session::BankId;
use crate::turn::TurnId;

/// How many processes can share a disk. One more waits until another has gone.
const JOURNALS: u32 = 32;

/// The journals that a process has locked. Every bank has its own.
pub(super) struct Outboxes {
    host: Host,
    bank: BankId,
    room: Rc<Room>,
    own: Rc<Outbox>,
    all: RefCell<Vec<Rc<Outbox>>>,
}

impl Outboxes {
    /// Takes the first journal that nobody has, and then every other that nobody has.
    pub(super) async fn open(host: Host, bank: &BankId) -> Self {
        let room = Room::new(host.clone());
        let number = loop {
            match first_free(&host, bank).await {
                Some(number) => break number,
                None => host.sleep(DISK_RETRY).await,
            }
        };
        let own = Rc::new(Outbox::open(host.clone(), number, path(bank, number), Rc::clone(&room)).await);
        let all = RefCell::new(vec![Rc::clone(&own)]);
        let outboxes = Self { host, bank: bank.clone(), room, own, all };
        let all_mine = outboxes.adopt().await;
        outboxes.settle_searches(all_mine).await;
        outboxes
    }

    /// Where the turns of this process go.
    pub(super) fn own(&self) -> &Rc<Outbox> {
        &self.own
    }

    /// All of them, its own first.
    pub(super) fn all(&self) -> Vec<Rc<Outbox>> {
        self.all.borrow().clone()
    }

    /// Takes every journal that nobody has. Says whether all that exist are this process's now.
    async fn adopt(&self) -> bool {
        let mut all_mine = true;
        for number in 1..=JOURNALS {
            let path = path(&self.bank, number);
            let known = self.all.borrow().iter().any(|outbox| outbox.number() == number);
            if known || matches!(self.host.disk.read(&path).await, Ok(None)) {
                continue;
            }
            if !self.host.disk.try_lock(&path).await.unwrap_or(false) {
                all_mine = false;
                continue;
            }
            tracing::debug!(path, "an orphan is adopted");
            let outbox = Outbox::open(self.host.clone(), number, path, Rc::clone(&self.room)).await;
            self.all.borrow_mut().push(Rc::new(outbox));
        }
        all_mine
    }

    /// The last copy of a turn is undone, in whichever journal it stands.
    pub(super) async fn retract(&self, turn: &TurnId) {
        if self.retract_here(turn).await {
            return;
        }
        let all_mine = self.adopt().await;
        if !self.retract_here(turn).await && !all_mine {
            self.own.note(Record::Sought(turn.clone())).await;
        }
    }

    async fn retract_here(&self, turn: &TurnId) -> bool {
        for outbox in self.all() {
            if outbox.retract(turn).await {
                return true;
            }
        }
        false
    }

    /// Looks for the turns that were undone while another process had their journal.
    async fn settle_searches(&self, all_mine: bool) {
        for outbox in self.all() {
            for turn in outbox.look(|backlog| backlog.sought().to_vec()) {
                if self.retract_here(&turn).await || all_mine {
                    outbox.note(Record::Found(turn)).await;
                }
            }
        }
    }
}

async fn first_free(host: &Host, bank: &BankId) -> Option<u32> {
    for number in 1..=JOURNALS {
        if host.disk.try_lock(&path(bank, number)).await.unwrap_or(false) {
            return Some(number);
        }
    }
    None
}

fn path(bank: &BankId, number: u32) -> String {
    format!("/outbox-{bank}-{number}")
}
