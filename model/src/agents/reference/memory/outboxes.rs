//! The outboxes of a process: its own, and those that other processes left behind.
//!
//! Its one rule: a journal belongs to the process that has locked it, and the lock goes with the process. A journal's turns go
//! into documents that only this journal names, so two processes can run on one disk and never write the same document.
//! Deliberately absent: unlocking, and a search for orphans except when the memory is loaded or a turn is undone.

use std::cell::RefCell;
use std::pin::Pin;
use std::rc::Rc;

use super::backlog::Backlog;
use super::design::{Design, Knows};
use super::outbox::Outbox;
use super::past::Past;
use super::record::Record;
use super::room::Room;
use super::search::Search;
use crate::agents::reference::journal::{DISK_RETRY, LONGEST_RETRY};
use crate::agents::reference::scribe::Scribe;
use crate::contracts::memory::Unsure;
use crate::facts::Observation;
use crate::machine::Machine;
use crate::machine::marks::Mark;
use crate::words::session::BankId;
use crate::words::turn::{Turn, TurnId};

/// How many processes can share a disk. One more waits until another has gone. The limit is low because each process looks
/// for all journals when it starts: a process that locked a journal and wrote nothing leaves a gap in the numbers, so no
/// number is known to be the last.
const JOURNALS: u32 = 16;

/// The journals that a process has locked. They hold the turns of all of its profiles: a turn's session says which bank it belongs to.
pub(super) struct Outboxes {
    machine: Machine,
    bank: BankId,
    design: Design,
    scribe: Rc<Scribe>,
    room: Rc<Room>,
    own: Rc<Outbox>,
    all: RefCell<Vec<Rc<Outbox>>>,
}

impl Outboxes {
    /// Takes the first unlocked journal as its own, and then every other unlocked one.
    pub(super) async fn open(machine: Machine, bank: &BankId, design: Design) -> Self {
        let (scribe, room) = (Scribe::start(&machine), Room::new(machine.clone()));
        let mut pause = DISK_RETRY;
        let number = loop {
            if let Some(number) = first_free(&machine, bank).await {
                break number;
            }
            if pause == DISK_RETRY {
                machine.saw(Observation::WaitsForLock { path: path(bank, 1) });
            }
            machine.sleep(pause).await;
            pause = LONGEST_RETRY.min(2 * pause);
        };
        let own = Outbox::open(machine.clone(), number, path(bank, number), Rc::clone(&room), design).await;
        let own = Rc::new(own);
        let all = RefCell::new(vec![Rc::clone(&own)]);
        let outboxes = Self { machine, bank: bank.clone(), design, scribe, room, own, all };
        let all_mine = outboxes.adopt().await;
        outboxes.settle_searches(all_mine).await;
        outboxes
    }

    /// The outbox that this process's turns go to.
    pub(super) fn own(&self) -> &Rc<Outbox> {
        &self.own
    }

    /// All of them, its own first.
    pub(super) fn all(&self) -> Vec<Rc<Outbox>> {
        self.all.borrow().clone()
    }

    /// Has the scribe do what a caller asks for: a turn to be kept, or to be taken back. An error if the disk is not done with it in time:
    /// then it is done as soon as the disk can. Or if too much waited for it all that time; only then it is never done.
    pub(super) async fn write(&self, job: Pin<Box<dyn Future<Output = ()>>>) -> Result<(), Unsure> {
        let job = async {
            let waiting = Rc::clone(&self.room).wait().await;
            let job = self.scribe.does(async move {
                job.await;
                drop(waiting);
            });
            job.await;
        };
        self.own.hurry();
        let in_time = match self.design.disk {
            Some(patience) => self.machine.timeout(patience, job).await.is_some(),
            None => {
                job.await;
                true
            }
        };
        if in_time {
            return Ok(());
        }
        self.machine.reached(Mark::CallerLeftUnsure);
        Err(Unsure)
    }

    /// Whether a turn is taken for one that is kept already. The reference takes none for another.
    pub(super) async fn is_known(&self, turn: &Turn) -> bool {
        if self.design.knows == Knows::Nothing {
            return false;
        }
        for number in (1..=JOURNALS).filter(|number| *number != self.own.number()) {
            if let Ok(Some(bytes)) = self.machine.disk.read(&path(&self.bank, number)).await
                && Past::read(&bytes).has_the_words_of(turn)
            {
                return true;
            }
        }
        false
    }

    /// Takes every unlocked journal. Returns whether all that exist are this process's now.
    async fn adopt(&self) -> bool {
        let mut all_mine = true;
        for number in 1..=JOURNALS {
            let path = path(&self.bank, number);
            let known = self.all.borrow().iter().any(|outbox| outbox.number() == number);
            if known || matches!(self.machine.disk.read(&path).await, Ok(None)) {
                continue;
            }
            if !self.machine.disk.try_lock(&path).await.unwrap_or(false) {
                self.machine.reached(Mark::OutboxLocked);
                all_mine = false;
                continue;
            }
            tracing::debug!(path, "an orphan is adopted");
            let room = Rc::clone(&self.room);
            let outbox = Outbox::open(self.machine.clone(), number, path, room, self.design).await;
            if outbox.look(|backlog| !backlog.is_empty()) {
                self.machine.reached(Mark::OrphanAdopted);
            }
            self.all.borrow_mut().push(Rc::new(outbox));
        }
        all_mine
    }

    /// Undoes the last copy of a turn, whichever journal it stands in. If another process has that journal locked, notes that
    /// the turn is sought.
    pub(super) async fn retract(&self, turn: &TurnId) {
        if self.retract_here(turn).await {
            return;
        }
        let all_mine = self.adopt().await;
        if !self.retract_here(turn).await && !all_mine {
            self.machine.reached(Mark::UndoSought);
            let upto = self.own.look(Backlog::last_seq);
            self.own.note(Record::Sought { turn: turn.clone(), upto }).await;
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

    /// Undoes the turns that were sought while another process had their journal locked.
    async fn settle_searches(&self, all_mine: bool) {
        for outbox in self.all() {
            for search in outbox.look(|backlog| backlog.sought().to_vec()) {
                if self.settle(&outbox, &search).await || all_mine {
                    outbox.note(Record::Found(search.turn)).await;
                }
            }
        }
    }

    /// Undoes what a search of this outbox is for. Returns whether that is done. Noted first is which copy it takes: of turns that say the same
    /// it takes one, however often a process dies over it.
    async fn settle(&self, outbox: &Outbox, search: &Search) -> bool {
        let spotted = match search.spotted {
            Some(spotted) => Some(spotted),
            None => self.spot(outbox, search).await,
        };
        let Some((journal, seq)) = spotted else { return false };
        let Some(other) = self.all().into_iter().find(|other| other.number() == journal) else { return false };
        if search.spotted.is_none() {
            outbox.note(Record::Spotted { turn: search.turn.clone(), journal, seq }).await;
        }
        other.retract_at(&search.turn, seq).await;
        true
    }

    /// The journal and the sequence number of the copy that a search of this outbox is for, if it stands in any journal here.
    async fn spot(&self, outbox: &Outbox, search: &Search) -> Option<(u32, u64)> {
        for other in self.all() {
            let upto = if other.number() == outbox.number() { search.upto } else { u64::MAX };
            if let Some(seq) = other.last(&search.turn, upto).await {
                return Some((other.number(), seq));
            }
        }
        None
    }
}

async fn first_free(machine: &Machine, bank: &BankId) -> Option<u32> {
    for number in 1..=JOURNALS {
        if machine.disk.try_lock(&path(bank, number)).await.unwrap_or(false) {
            return Some(number);
        }
    }
    None
}

fn path(bank: &BankId, number: u32) -> String {
    format!("/outbox-{bank}-{number}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::machine::bench::{Bench, at_once};
    use crate::words::timestamp::Timestamp;
    use crate::words::turn::Turn;

    /// The `process`-th process starts.
    fn start(bench: &Rc<Bench>, process: u32) -> Outboxes {
        bench.run(Outboxes::open(bench.process(process), &"b".into(), Design::REFERENCE))
    }

    fn keep(outboxes: &Outboxes, turn: &str) {
        let turn = Turn::of(turn.parse().expect("a turn"));
        at_once(outboxes.own().keep(&turn, None, Timestamp::BEGINNING));
    }

    fn undo(outboxes: &Outboxes, turn: &str) {
        at_once(outboxes.retract(&turn.parse().expect("a turn")));
    }

    /// Expects these journals, the process's own first, each with these turns left.
    fn check(outboxes: &Outboxes, expected: &[(u32, &[&str])]) {
        let left = |outbox: &Rc<Outbox>| {
            let pending = outbox.look(Backlog::pending);
            (outbox.number(), pending.iter().map(TurnId::to_string).collect::<Vec<_>>())
        };
        let expected: Vec<(u32, Vec<String>)> =
            expected.iter().map(|(number, turns)| (*number, turns.iter().map(ToString::to_string).collect())).collect();
        assert_eq!(outboxes.all().iter().map(left).collect::<Vec<_>>(), expected);
    }

    #[test]
    fn processes_that_run_at_the_same_time_have_journals_of_their_own() {
        let bench = Bench::new();
        let (first, second) = (start(&bench, 1), start(&bench, 2));
        keep(&first, "S1#1");
        keep(&second, "S1#101");
        check(&first, &[(1, &["S1#1"])]);
        check(&second, &[(2, &["S1#101"])]);
        check(&start(&bench, 3), &[(3, &[])]);
    }

    #[test]
    fn the_next_process_alone_adopts_what_a_process_left_behind() {
        let bench = Bench::new();
        let (first, second) = (start(&bench, 1), start(&bench, 2));
        keep(&first, "S1#1");
        keep(&second, "S1#101");
        bench.end(2);
        check(&start(&bench, 3), &[(2, &["S1#101"])]);
        bench.end(1);
        bench.end(3);
        check(&start(&bench, 4), &[(1, &["S1#1"]), (2, &["S1#101"])]);
        check(&start(&bench, 5), &[(3, &[])]);
    }

    #[test]
    fn a_turn_can_be_undone_in_an_orphaned_journal() {
        let bench = Bench::new();
        let (first, second) = (start(&bench, 1), start(&bench, 2));
        keep(&second, "S1#101");
        bench.end(2);
        undo(&first, "S1#101");
        check(&first, &[(1, &[]), (2, &[])]);
    }

    #[test]
    fn a_turn_in_a_locked_journal_is_undone_when_its_process_is_gone() {
        let bench = Bench::new();
        let (first, second) = (start(&bench, 1), start(&bench, 2));
        keep(&second, "S1#101");
        undo(&first, "S1#101");
        undo(&first, "S9#9");
        check(&second, &[(2, &["S1#101"])]);
        bench.end(1);
        bench.end(2);
        let third = start(&bench, 3);
        check(&third, &[(1, &[]), (2, &[])]);
        assert!(third.own().look(|backlog| backlog.sought().is_empty()), "no other journal is left");
    }

    /// Two processes; the second says the same twice, and the first undoes it once. Both end.
    fn said_twice_and_sought() -> Rc<Bench> {
        let bench = Bench::new();
        let (first, second) = (start(&bench, 1), start(&bench, 2));
        keep(&second, "S1#101");
        keep(&second, "S1#101");
        undo(&first, "S1#101");
        bench.end(1);
        bench.end(2);
        bench
    }

    #[test]
    fn a_search_takes_one_of_two_alike_however_often_its_process_dies() {
        let bench = said_twice_and_sought();
        let third = start(&bench, 3);
        check(&third, &[(1, &[]), (2, &["S1#101"])]);
        // The record that it is found did not get to the disk.
        at_once(third.own().note(Record::Sought { turn: "S1#101".parse().expect("a turn"), upto: 0 }));
        at_once(third.own().note(Record::Spotted { turn: "S1#101".parse().expect("a turn"), journal: 2, seq: 2 }));
        bench.end(3);
        let fourth = start(&bench, 4);
        check(&fourth, &[(1, &[]), (2, &["S1#101"])]);
        assert!(fourth.own().look(|backlog| backlog.sought().is_empty()));
    }

    #[test]
    fn what_is_said_behind_an_undo_is_not_what_it_seeks() {
        let bench = Bench::new();
        let (first, _second) = (start(&bench, 1), start(&bench, 2));
        undo(&first, "S1#1");
        keep(&first, "S1#1");
        bench.end(1);
        bench.end(2);
        check(&start(&bench, 3), &[(1, &["S1#1"])]);
    }
}
