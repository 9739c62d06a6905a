//! The memory of Hermes' gateway across a restart, era by era: which chats a start suspends, which it resumes, and how far it trusts the
//! state that the process before it left.
//!
//! Its state is in small files, and SIGKILL may strike between any two writes. As with the memory's releases, do not fix
//! anything here; the fixed design is the reference's `chats`. No era was measured: the model follows Hermes' source and its
//! reports.
//!
//! - `behaviors`: the ways in which eras differ. - `shipped`: each era's behaviors. - `candidate`: those of fixes that did
//!   not ship.
//! - `files`: the state directory. - `entry`: the routing index. - `database`: sessions and transcripts.
//! - `boot`: the start. - `routing`: where a message runs. - `stop`: the end. - `breaker`: what ends a loop of restarts.
//!
//! Deliberately absent: platforms and authorization, watchdogs, exit codes, PID files, and the agent's own timeout.

mod behaviors;
mod boot;
mod breaker;
pub(super) mod candidate;
mod database;
mod entry;
mod files;
mod routing;
pub(super) mod shipped;
mod stop;
#[cfg(test)]
mod tests;

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::time::Duration;

use async_trait::async_trait;

pub(super) use self::behaviors::Behaviors;
use self::behaviors::StopTimeout;
use self::database::Row;
use self::entry::{Active, Index, SessionEntry};
use self::files::{DATABASE, Files, SESSIONS};
use crate::contracts::chats::{Budget, Continuity, Message, Resumption, Route, Routed};
use crate::facts::chats::{End, Finding, How, Note, Observation};
use crate::machine::Machine;
use crate::words::session::SessionId;
use crate::words::turn::TurnId;

/// How long interrupted turns may take to end (the post-interrupt grace).
const GRACE: Duration = Duration::from_secs(5);
/// How long a restart requested from inside waits for turns (`agent.restart_after_turn_timeout`, lowered by #79133).
const AFTER_TURN: Duration = Duration::from_secs(1_800);
/// How long a stop takes besides waiting for cron jobs (`CRON_DRAIN_CLEANUP_RESERVE_S`).
const CRON_RESERVE: Duration = Duration::from_secs(10);

/// What a gateway of one era keeps of its chats.
pub(super) struct Gateway {
    behaviors: Behaviors,
    machine: Machine,
    files: Files,
    drain: Duration,
    index: RefCell<Index>,
    tokens: Cell<u64>,
    /// The chats that the stop marked before the drain.
    premarked: RefCell<Vec<SessionId>>,
}

impl Gateway {
    /// Reads nothing before the gateway starts. `drain` is the configured drain, in place of the era's default.
    pub(super) fn load(behaviors: Behaviors, machine: Machine, drain: Option<Duration>) -> Rc<dyn Continuity> {
        let drain = drain.unwrap_or(Duration::from_secs(behaviors.drain_s));
        let files = Files::new(machine.clone());
        Rc::new(Self {
            behaviors,
            machine,
            files,
            drain,
            index: RefCell::default(),
            tokens: Cell::new(0),
            premarked: RefCell::default(),
        })
    }

    /// Hermes stamps everything with the time of day (`datetime.now()`, `time.time()`).
    fn now_ms(&self) -> i64 {
        self.machine.wall().run_ms()
    }

    fn saw(&self, observation: Observation) {
        self.machine.saw(crate::facts::Observation::Continuity(observation));
    }

    fn noted(&self, chat: &SessionId, note: Note) {
        self.saw(Observation::Noted { chat: chat.clone(), note });
    }

    fn found(&self, finding: Finding) {
        self.saw(Observation::Found { finding });
    }

    /// Looks at a chat's entry, if there is one.
    fn look<T>(&self, chat: &SessionId, at: impl FnOnce(&SessionEntry) -> T) -> Option<T> {
        self.index.borrow().get(chat).map(at)
    }

    /// Changes a chat's entry, if there is one, without saving it.
    fn change(&self, chat: &SessionId, change: impl FnOnce(&mut SessionEntry)) {
        if let Some(entry) = self.index.borrow_mut().get_mut(chat) {
            change(entry);
        }
    }

    async fn save(&self) {
        self.files.write(SESSIONS, || self.index.borrow().clone()).await;
    }

    async fn append(&self, row: Row) {
        self.files.append(DATABASE, &row).await;
    }

    /// `mark_resume_pending`. It does nothing if the chat is unknown or suspended. Returns whether it marked the chat.
    fn mark_pending(&self, chat: &SessionId) -> bool {
        if self.look(chat, |entry| entry.suspended) != Some(false) {
            return false;
        }
        let now_ms = self.now_ms();
        self.change(chat, |entry| entry.pending_since_ms = Some(now_ms));
        self.noted(chat, Note::Pending);
        true
    }

    /// `clear_resume_pending`.
    fn clear_pending(&self, chat: &SessionId) {
        if self.look(chat, |entry| entry.pending_since_ms.is_some()) == Some(true) {
            self.change(chat, |entry| entry.pending_since_ms = None);
            self.noted(chat, Note::PendingCleared);
        }
    }

    /// `suspend_session`.
    fn suspend(&self, chat: &SessionId) {
        if self.look(chat, |entry| entry.suspended) == Some(false) {
            self.change(chat, |entry| entry.suspended = true);
            self.noted(chat, Note::Suspended);
        }
    }
}

impl StopTimeout {
    /// `TimeoutStopSec` for a drain and a cron drain.
    fn of(self, drain: Duration, cron: Duration) -> Duration {
        let floor = Duration::from_secs(60);
        let headroom = Duration::from_secs(30);
        match self {
            Self::Drain => floor.max(drain),
            Self::DrainAnd30 => drain + headroom,
            Self::Stale => Duration::from_secs(90),
            Self::AtLeast60 => floor.max(drain + headroom),
            Self::Everything => {
                let work = drain.max(cron + CRON_RESERVE) + headroom;
                floor.max(work).max(drain + Duration::from_secs(70))
            }
        }
    }
}

#[async_trait(?Send)]
impl Continuity for Gateway {
    fn budget(&self) -> Budget {
        let behaviors = &self.behaviors;
        let cron = behaviors.cron_drain_s.map(Duration::from_secs);
        Budget {
            drain: self.drain,
            cron,
            grace: GRACE,
            stop: behaviors.stop_timeout.of(self.drain, cron.unwrap_or_default()),
            after_turn: if behaviors.waits_for_turns { AFTER_TURN } else { Duration::ZERO },
            claims_first: behaviors.claims_first,
        }
    }

    /// Every era says "queued for the next turn after it comes back", takes the message when the running turn ends, and drops it: the gateway
    /// is draining.
    fn promises_a_turn_after_the_restart(&self) -> bool {
        true
    }

    async fn boot(&self) -> Resumption {
        self.start().await
    }

    async fn reconnect(&self, busy: &[SessionId]) -> Vec<Message> {
        match self.behaviors.auto_resume {
            true => self.schedule(busy).await,
            false => Vec::new(),
        }
    }

    async fn route(&self, message: &Message, resumed: bool) -> Routed {
        self.find_route(message, resumed).await
    }

    /// A resumed turn adds nothing to the transcript, because it begins with an empty text.
    async fn begin(&self, message: &Message, route: &Route) {
        let chat = message.chat();
        if self.behaviors.turn_markers {
            self.tokens.set(self.tokens.get() + 1);
            let active = Active { token: self.tokens.get(), started_at_ms: self.now_ms() };
            self.change(chat, |entry| entry.active = Some(active));
            self.save().await;
        }
        if route.how != How::Resumed {
            let (session, at_ms) = (route.session.clone(), self.now_ms());
            self.append(Row::Asked { session, message: message.clone(), at_ms }).await;
        }
    }

    /// An interrupted turn changes nothing, so the next start finds its marks.
    async fn end(&self, message: &Message, session: &SessionId, end: End) {
        if end == End::Interrupted {
            return;
        }
        let chat = message.chat();
        self.append(Row::Ran { session: session.clone(), turn: message.turn.clone(), end }).await;
        if end == End::Completed && self.behaviors.delivery_ledger {
            self.append(Row::Owed { turn: message.turn.clone() }).await;
        }
        let now_ms = self.now_ms();
        self.change(chat, |entry| {
            entry.active = None;
            entry.updated_at_ms = now_ms;
        });
        if end == End::Completed {
            self.clear_pending(chat);
            self.forget_count(chat).await;
        }
        self.save().await;
    }

    async fn replied(&self, turn: &TurnId) {
        if self.behaviors.delivery_ledger {
            self.append(Row::Sent { turn: turn.clone() }).await;
        }
    }

    /// `/stop` suspends the chat: its next message begins a new session.
    async fn stop_chat(&self, chat: &SessionId) {
        self.suspend(chat);
        self.save().await;
    }

    async fn close_row(&self, chat: &SessionId) {
        if let Some(session) = self.look(chat, |entry| entry.session.clone()) {
            self.append(Row::Ended { session }).await;
        }
    }

    async fn stop_begins(&self) {
        self.begin_stop().await;
    }

    async fn drain_begins(&self, running: &[SessionId]) {
        self.mark_before_drain(running).await;
    }

    async fn drained(&self, timed_out: bool, running: &[SessionId]) {
        self.note_drain(timed_out, running).await;
    }

    async fn stopped(&self, timed_out: bool, active: &[SessionId]) {
        self.finish_stop(timed_out, active).await;
    }
}
