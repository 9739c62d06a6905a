//! What the reference's gateway keeps of its chats.
//!
//! Its one rule: the journal records what a turn is about to do before the turn does it, and in which life of the process. A
//! message is durable before it waits, an attempt counts before it starts, an answer is final before it is sent, unless the disk
//! takes longer than a second: no user waits for that, and what is written then is in order all the same. So a start
//! relies on no receipt: it reads the unfinished messages and resumes them in their own chats, unless the user stopped them,
//! three attempts failed, or an hour has passed.
//!
//! Deliberately absent: receipts, sweeps, counters of restarts, and any guess from the time of the last message. A second
//! process waits at its start until the first is gone, so two never disagree. A stop has nothing to write: the journal
//! already has the turns that it interrupts.

mod record;
#[cfg(test)]
mod tests;

use std::cell::{OnceCell, RefCell};
use std::rc::Rc;
use std::time::Duration;

use async_trait::async_trait;

use self::record::{Chats, Over, Record};
use super::frame::decode;
use super::journal::{DISK_RETRY, Journal};
use super::scribe::Scribe;
use crate::contracts::chats::{Budget, Continuity, Message, Patience, Resumption, Route, Routed};
use crate::facts::chats::{End, How, Note, Observation};
use crate::machine::Machine;
use crate::machine::marks::Mark;
use crate::words::session::SessionId;
use crate::words::turn::TurnId;

/// The journal.
const PATH: &str = "/gateway-journal";
/// The longest pause before a start tries again to lock a journal that another process holds. Each failure doubles it.
const LOCK_RETRY: Duration = Duration::from_secs(1);
/// How long a user waits for the disk: then the turn goes on, and what it did is written when the disk is back.
const DISK_PATIENCE: Duration = Duration::from_secs(1);
/// The longest pause before a failed write is repeated: what was told a user is as new as it can be.
const DISK_LONGEST_RETRY: Duration = Duration::from_millis(500);
/// How long the end of a stop waits for the disk.
const LAST_WRITES: Duration = Duration::from_millis(500);
/// How long a stop waits for turns, unless configured.
const DRAIN: Duration = Duration::from_secs(10);
/// How long a stop takes besides waiting, at least: for interrupted turns, for the memory, and to be on the safe side.
const RESERVE: Duration = Duration::from_secs(10);
/// The same without the memory.
const SAFETY: Duration = Duration::from_secs(5);
/// How long interrupted turns may take to end, at most.
const GRACE: Duration = Duration::from_secs(1);
/// How long the supervisor allows a stop, unless configured.
const STOP: Duration = Duration::from_secs(60);
/// How long a restart requested from inside waits for turns.
const AFTER_TURN: Duration = Duration::from_secs(1_800);

/// The chats of a gateway, kept by design.
pub(super) struct ReferenceChats {
    machine: Machine,
    drain: Duration,
    grace: Duration,
    last_writes: Duration,
    scribe: Rc<Scribe>,
    kept: Rc<Kept>,
}

/// What is kept: on the disk, and in memory.
#[derive(Default)]
struct Kept {
    journal: OnceCell<Journal>,
    chats: RefCell<Chats>,
}

impl Kept {
    /// Makes a record durable.
    async fn write(&self, record: &Record) {
        let journal = self.journal.get().expect("the gateway starts before anything happens to it");
        journal.writer().await.write(record).await;
    }
}

impl ReferenceChats {
    /// Reads nothing before the gateway starts. `patience.drain` is how long a stop may wait for turns, `patience.stop` how long
    /// the supervisor allows it in all. The drain, the grace and the last writes are cut so that the rest of the stop still fits.
    pub(super) fn load(machine: Machine, patience: Patience) -> Rc<dyn Continuity> {
        let Patience { drain, stop, memory } = patience;
        let stop = stop.unwrap_or(STOP);
        let drain = drain.unwrap_or(DRAIN).min(stop.saturating_sub(RESERVE.max(memory + SAFETY)));
        // A notice to the users comes before the grace, and the memory's stop after it.
        let quarter = stop.saturating_sub(memory) / 4;
        let (grace, last_writes) = (GRACE.min(quarter), LAST_WRITES.min(quarter));
        let scribe = Scribe::start(&machine);
        Rc::new(Self { machine, drain, grace, last_writes, scribe, kept: Rc::default() })
    }

    async fn open(&self) {
        let mut pause = DISK_RETRY;
        while !matches!(self.machine.disk.try_lock(PATH).await, Ok(true)) {
            self.machine.sleep(pause).await;
            pause = LOCK_RETRY.min(2 * pause);
        }
        let (journal, bytes) = Journal::open::<Record>(self.machine.clone(), PATH.to_owned()).await;
        let journal = journal.retrying(DISK_LONGEST_RETRY);
        let mut chats = Chats::default();
        decode(&bytes).0.into_iter().for_each(|(_, record)| chats.apply(record));
        self.kept.chats.replace(chats);
        assert!(self.kept.journal.set(journal).is_ok(), "a gateway starts once");
    }

    /// Applies a record, and has the scribe make it durable: a signal that suspends the main thread holds up no other thread's record. Returns
    /// whether the record was durable before the disk had used up its time. If not, it will be when the disk is back.
    async fn write(&self, record: Record) -> bool {
        self.write_all(vec![record]).await
    }

    /// The same of several records: all are applied before the first is durable, and all that came before them is durable, too.
    async fn write_all(&self, records: Vec<Record>) -> bool {
        records.iter().for_each(|record| self.kept.chats.borrow_mut().apply(record.clone()));
        let kept = Rc::clone(&self.kept);
        let written = self.scribe.does(async move {
            for record in &records {
                kept.write(record).await;
            }
        });
        let in_time = self.machine.timeout(DISK_PATIENCE, written).await.is_some();
        if !in_time {
            self.machine.reached(Mark::ChatWentOnUnwritten);
        }
        in_time
    }

    async fn give_up(&self, turn: TurnId, why: Over) {
        let note = match why {
            Over::Stuck => Some((Note::Stuck, Mark::GivenUpStuck)),
            Over::Stale => Some((Note::Stale, Mark::GivenUpStale)),
            Over::Answered | Over::Stopped => None,
        };
        if let Some((note, mark)) = note {
            self.machine.reached(mark);
            let noted = Observation::Noted { chat: turn.session.clone(), note };
            self.machine.saw(crate::facts::Observation::Continuity(noted));
        }
        self.write(Record::Over { turn, why }).await;
    }
}

#[async_trait(?Send)]
impl Continuity for ReferenceChats {
    fn budget(&self) -> Budget {
        Budget {
            drain: self.drain,
            cron: Some(self.drain),
            grace: self.grace,
            stop: STOP,
            after_turn: AFTER_TURN,
            claims_first: true,
        }
    }

    async fn boot(&self) -> Resumption {
        self.open().await;
        let now = self.machine.now();
        self.write(Record::Life { at: now }).await;
        let mut messages = Vec::new();
        let unfinished: Vec<_> = {
            let chats = self.kept.chats.borrow();
            chats.unfinished(None).map(|task| (task.message.clone(), chats.hopeless(task, now))).collect()
        };
        for (message, hopeless) in unfinished {
            match hopeless {
                None => messages.push(message),
                Some(why) => self.give_up(message.turn, why).await,
            }
        }
        Resumption { messages, owed: self.kept.chats.borrow().owed() }
    }

    async fn accept(&self, message: &Message) -> bool {
        self.write(Record::Asked { message: message.clone(), at: self.machine.now() }).await
    }

    async fn refused(&self, message: &Message) {
        self.write(Record::Over { turn: message.turn.clone(), why: Over::Stopped }).await;
    }

    async fn route(&self, message: &Message, resumed: bool) -> Routed {
        Routed::Runs(Route {
            session: message.chat().clone(),
            sees: self.kept.chats.borrow().transcript(message.chat()),
            how: if resumed { How::Resumed } else { How::Asked },
            course: message.course,
            into: None,
        })
    }

    async fn begin(&self, message: &Message, _: &Route) {
        self.write(Record::Began { turn: message.turn.clone(), at: self.machine.now() }).await;
    }

    async fn still_running(&self, _: &Message) {
        self.write(Record::Alive { at: self.machine.now() }).await;
    }

    async fn end(&self, message: &Message, _: &SessionId, end: End) {
        if end != End::Interrupted {
            self.write(Record::Over { turn: message.turn.clone(), why: Over::Answered }).await;
        }
    }

    async fn replied(&self, turn: &TurnId) {
        self.write(Record::Replied { turn: turn.clone() }).await;
    }

    async fn stop_chat(&self, chat: &SessionId) {
        let unfinished: Vec<TurnId> =
            self.kept.chats.borrow().unfinished(Some(chat)).map(|task| task.message.turn.clone()).collect();
        self.write_all(unfinished.into_iter().map(|turn| Record::Over { turn, why: Over::Stopped }).collect()).await;
    }

    async fn stopped(&self, _: bool, _: &[SessionId]) {
        self.machine.timeout(self.last_writes, self.scribe.does(async {})).await;
    }
}
