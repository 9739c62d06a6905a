//! The lifecycle's operations, each one critical section of its condition.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::time::Duration;

use async_trait::async_trait;
use tokio::sync::Notify;

use super::behaviors::{Behaviors, OnNew};
use super::entry::{Captured, Entry, Owner};
use crate::agents::hermes::thread::Thread;
use crate::contracts::commits::{self, AgentHandle, CacheFull, Commits, Habits, Leaving, Raised, report};
use crate::facts::commits::Observation;
use crate::machine::Machine;
use crate::words::command::Wait;
use crate::words::session::SessionId;
use crate::words::turn::TurnId;

/// The session lifecycle of a process. Clones are the same lifecycle, as Python's is one module.
#[derive(Clone)]
pub(crate) struct Sessions {
    pub(super) inner: Rc<Inner>,
}

/// The module's state.
pub(super) struct Inner {
    pub machine: Machine,
    pub behaviors: Behaviors,
    /// In order of insertion, as in a Python dictionary.
    entries: RefCell<Vec<(SessionId, Entry)>>,
    changed: Notify,
    /// The threads that commit in the background, each under its number.
    pub background: RefCell<Vec<(u32, Thread)>>,
    /// How many such threads were made.
    threads: Cell<u32>,
    /// Whether a drain has begun. Never cleared.
    pub draining: Cell<bool>,
}

impl Sessions {
    /// Loads the module: there are no sessions yet.
    pub(crate) fn load(behaviors: Behaviors, machine: Machine) -> Rc<dyn Commits> {
        let inner = Inner {
            machine,
            behaviors,
            entries: RefCell::default(),
            changed: Notify::new(),
            background: RefCell::default(),
            threads: Cell::new(0),
            draining: Cell::new(false),
        };
        Rc::new(Self { inner: Rc::new(inner) })
    }
}

impl Inner {
    /// Applies `with` to the session's entry, if there is one.
    fn entry<T>(&self, session: &SessionId, with: impl FnOnce(&mut Entry) -> T) -> Option<T> {
        let mut entries = self.entries.borrow_mut();
        entries.iter_mut().find(|(id, _)| id == session).map(|(_, entry)| with(entry))
    }

    /// Applies `with` to the session's entry, and makes the entry if there is none.
    fn entry_or_new<T>(&self, session: &SessionId, with: impl FnOnce(&mut Entry) -> T) -> T {
        if !self.entries.borrow().iter().any(|(id, _)| id == session) {
            self.entries.borrow_mut().push((session.clone(), Entry::default()));
            report(&self.machine, Observation::Entered { session: session.clone() });
        }
        self.entry(session, with).expect("it was made above")
    }

    /// The sessions with turns that wait for a commit, in order of insertion.
    pub(super) fn dirty(&self) -> Vec<SessionId> {
        let entries = self.entries.borrow();
        entries.iter().filter(|(_, entry)| entry.is_dirty()).map(|(session, _)| session.clone()).collect()
    }

    /// `has_uncommitted_work`.
    pub(super) async fn is_dirty(&self, session: &SessionId) -> bool {
        self.machine.step("has_uncommitted_work").await;
        self.entry(session, |entry| entry.is_dirty()).unwrap_or(false)
    }

    /// `unregister_agent`. Waiting turns keep their owners.
    pub(super) async fn unregister(&self, session: &SessionId) {
        self.machine.step("unregister_agent").await;
        self.entry(session, |entry| entry.agent = None);
        self.changed.notify_waiters();
    }

    /// `commit_session_memory`: commits one segment. It catches only an `Exception`. Anything else leaves the entry in flight for
    /// ever, and ends the caller's thread.
    pub(super) async fn commit(&self, session: &SessionId, agent: Owner, wait: Wait) -> Option<bool> {
        self.machine.step("commit_session_memory").await;
        if self.behaviors.guarded && !self.free(session, wait).await {
            return Some(false);
        }
        let capture = |entry: &mut Entry| {
            let captured = entry.capture(agent, &self.behaviors)?;
            entry.in_flight = true;
            Some(captured)
        };
        let Some(Captured { agent, end, turns }) = self.entry(session, capture).flatten() else { return Some(false) };
        let result = commits::call(&*agent, session, turns).await;
        self.machine.step("commit returns").await;
        if result == Err(Raised::NoException) {
            return None;
        }
        self.settle(session, result.is_ok().then_some(end));
        Some(result.is_ok())
    }

    /// Records the end of a commit. Turns up to `end` count as committed; `None` stands for a failure.
    fn settle(&self, session: &SessionId, end: Option<u64>) {
        let settle = |entry: &mut Entry| {
            entry.in_flight = false;
            end.map(|end| entry.committed(end, &self.behaviors)).unwrap_or_default()
        };
        let turns = self.entry(session, settle).unwrap_or_default();
        if !turns.is_empty() {
            report(&self.machine, Observation::Counted { session: session.clone(), turns });
        }
        self.changed.notify_waiters();
    }

    /// Waits as `wait` says until no commit of the session is under way. Returns whether none is.
    async fn free(&self, session: &SessionId, wait: Wait) -> bool {
        let deadline = match wait {
            Wait::Until(limit) => limit.map(|limit| self.machine.now() + limit),
            Wait::No => None,
        };
        while self.entry(session, |entry| entry.in_flight).unwrap_or(false) {
            let changed = self.changed.notified();
            match (wait, deadline) {
                (Wait::No, _) => return false,
                (_, None) => changed.await,
                (_, Some(deadline)) => {
                    let remaining = deadline.saturating_sub(self.machine.now());
                    if remaining.is_zero() {
                        return false;
                    }
                    self.machine.timeout(remaining, changed).await;
                }
            }
        }
        true
    }

    /// `discard_session`, if the release has it.
    pub(super) async fn discard(&self, session: &SessionId) -> Option<bool> {
        if !self.behaviors.discards {
            return None;
        }
        self.machine.step("discard_session").await;
        let Some(kept) = self.entry(session, |entry| entry.in_flight || entry.is_dirty()) else { return Some(true) };
        if !kept {
            self.entries.borrow_mut().retain(|(id, _)| id != session);
            report(&self.machine, Observation::Dropped { session: session.clone() });
            self.changed.notify_waiters();
        }
        Some(!kept)
    }

    /// Starts a daemon thread that commits. It waits for no other commit, and removes itself from the list that the drain joins.
    async fn commit_on_a_thread(self: &Rc<Self>, session: &SessionId, agent: Owner) {
        let number = self.threads.get() + 1;
        self.threads.set(number);
        let (inner, session) = (Rc::clone(self), session.clone());
        let thread = Thread::new(&self.machine, "background commit", async move {
            inner.commit(&session, agent, Wait::No).await;
            inner.machine.step("unregister background commit").await;
            inner.background.borrow_mut().retain(|(other, _)| *other != number);
        });
        if self.behaviors.on_new == OnNew::Tracked {
            self.background.borrow_mut().push((number, thread.clone()));
        }
        thread.start().await;
    }
}

#[async_trait(?Send)]
impl Commits for Sessions {
    async fn register(&self, session: &SessionId, agent: &Rc<dyn AgentHandle>) {
        self.inner.machine.step("register_agent").await;
        self.inner.entry_or_new(session, |entry| entry.agent = Some(Rc::clone(agent)));
        self.inner.changed.notify_waiters();
    }

    async fn unregister(&self, session: &SessionId) {
        self.inner.unregister(session).await;
    }

    async fn complete(&self, session: &SessionId, agent: Option<&Rc<dyn AgentHandle>>, turn: &TurnId) -> u64 {
        let Inner { machine, behaviors, .. } = &*self.inner;
        machine.step("mark_turn_completed").await;
        let complete = |entry: &mut Entry| entry.complete(agent.cloned(), turn, behaviors);
        let (generation, owner) = self.inner.entry_or_new(session, complete);
        let owner = owner.map(|owner| owner.name().to_owned());
        report(machine, Observation::Marked { session: session.clone(), turn: turn.clone(), owner });
        self.inner.changed.notify_waiters();
        generation
    }

    async fn is_dirty(&self, session: &SessionId) -> bool {
        self.inner.is_dirty(session).await
    }

    async fn commit(&self, session: &SessionId, agent: Option<&Rc<dyn AgentHandle>>, wait: Wait) -> Option<bool> {
        self.inner.commit(session, agent.cloned(), wait).await
    }

    /// Once a drain has begun, a tracked release starts no thread: the drain commits that session.
    async fn commit_in_background(&self, session: &SessionId, agent: Option<&Rc<dyn AgentHandle>>) -> Option<bool> {
        match self.inner.behaviors.on_new {
            OnNew::Nothing | OnNew::Inline => return None,
            OnNew::Untracked => {}
            OnNew::Tracked => {
                self.inner.machine.step("register background commit").await;
                if self.inner.draining.get() {
                    return Some(false);
                }
            }
        }
        self.inner.commit_on_a_thread(session, agent.cloned()).await;
        Some(true)
    }

    async fn discard(&self, session: &SessionId) -> Option<bool> {
        self.inner.discard(session).await
    }

    async fn drain(&self, deadline: Option<Duration>) {
        self.inner.drain(deadline).await;
    }

    async fn let_go(&self, session: &SessionId, agent: &Rc<dyn AgentHandle>, why: Leaving) {
        self.inner.let_go(session, agent, why).await;
    }

    fn habits(&self) -> Habits {
        let behaviors = &self.inner.behaviors;
        Habits {
            agent_swallows: true,
            completes: behaviors.completes,
            on_new: match behaviors.on_new {
                OnNew::Nothing => commits::OnNew::Nothing,
                OnNew::Inline => commits::OnNew::Inline,
                OnNew::Untracked | OnNew::Tracked => commits::OnNew::Background,
            },
            cache_full: match behaviors.full_cache_spares_live_agents {
                true => CacheFull::Snapshot,
                false => CacheFull::Blind,
            },
            spares_live_agents: behaviors.eviction_spares_live_agents,
            handles_sigterm: behaviors.handles_sigterm,
            drain: None,
            drains_before_update: false,
            rotation_builds_an_agent: false,
        }
    }
}
