//! The reference's commits: which sessions of a WebUI wait for one, durably, and which agent makes it.
//!
//! Its one rule: a completed turn waits on the disk before `complete` returns, until a commit that began after it has
//! succeeded. Everything between may fail, hang, be dropped by its caller or be killed: the turn waits, and its owner commits
//! it, or an heir if the owner died with its process.
//!
//! - `store`: the file. `entry`: one session. `attempt`: one commit, on a task of its own. `attendance`: the task that makes
//!   one after another until no turn waits. `closing`: the drain, and agents that go.
//!
//! A commit never begins while another commit of its session or of its agent is under way, or a turn of its agent. So a session
//! whose provider hangs holds up only itself, and its caller gets an answer after a while.
//! Deliberately absent: giving up a hanging commit. A thread cannot be killed, and there must not be a second commit beside it.

mod attempt;
mod attendance;
mod closing;
mod entry;
mod store;
#[cfg(test)]
mod tests;

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::rc::Rc;
use std::time::Duration;

use async_trait::async_trait;
use tokio::sync::{Mutex, Notify};

use self::entry::{Entry, Owner};
use self::store::{Store, Waiting};
use super::memory::design::Commits as When;
use crate::contracts::commits::{AgentHandle, CacheFull, Commits, Completes, Habits, Heirs, Leaving, OnNew, report};
use crate::facts::commits::Observation;
use crate::machine::Machine;
use crate::machine::marks::Mark;
use crate::machine::signal::Signal;
use crate::words::command::Wait;
use crate::words::session::SessionId;
use crate::words::turn::TurnId;

/// How long a caller waits for a commit at most. The commit continues without it.
const PATIENCE: Duration = Duration::from_secs(2);

/// How long a drain without a deadline may take.
const DRAIN: Duration = Duration::from_secs(30);

/// How long a drain may take when the process is stopped: `ctl.sh` sends SIGKILL after 5 s.
const STOP: Duration = Duration::from_secs(4);

/// The commits of a process. Clones are the same queue.
#[derive(Clone)]
pub(super) struct CommitQueue {
    inner: Rc<Inner>,
}

struct Inner {
    machine: Machine,
    sessions: RefCell<BTreeMap<SessionId, Entry>>,
    /// The agents in a turn, by name, each with the session of the turn.
    at_work: RefCell<Vec<(SessionId, String)>>,
    /// The names of the agents in a commit.
    committing: RefCell<Vec<String>>,
    draining: Signal,
    /// What the last drain may take.
    budget: Cell<Duration>,
    /// How many heirs are not closed yet.
    inheriting: Cell<u32>,
    changed: Notify,
    store: Mutex<Store>,
    /// Raised for the store: a failed write is to be tried at once.
    hurried: Rc<Notify>,
    commits: When,
}

impl CommitQueue {
    /// Takes a file, and the turns that former processes left.
    pub(super) async fn load(machine: Machine, commits: When) -> Rc<dyn Commits> {
        let hurried = Rc::<Notify>::default();
        let (store, waiting) = Store::open(machine.clone(), Rc::clone(&hurried)).await;
        let mut sessions: BTreeMap<SessionId, Entry> = BTreeMap::new();
        for (session, turns) in waiting {
            if !sessions.contains_key(&session) {
                report(&machine, Observation::Entered { session: session.clone() });
            }
            let entry = sessions.entry(session.clone()).or_default();
            turns.iter().for_each(|turn| entry.add(None, turn));
            report(&machine, Observation::Restored { session, turns });
        }
        let inner = Inner {
            machine,
            sessions: RefCell::new(sessions),
            at_work: RefCell::default(),
            committing: RefCell::default(),
            draining: Signal::default(),
            budget: Cell::default(),
            inheriting: Cell::new(0),
            changed: Notify::new(),
            store: Mutex::new(store),
            hurried,
            commits,
        };
        Rc::new(Self { inner: Rc::new(inner) })
    }
}

impl Inner {
    /// Applies `with` to the session's entry, if there is one.
    fn entry<T>(&self, session: &SessionId, with: impl FnOnce(&mut Entry) -> T) -> Option<T> {
        self.sessions.borrow_mut().get_mut(session).map(with)
    }

    /// Applies `with` to the session's entry, and makes the entry if there is none.
    fn entry_or_new<T>(&self, session: &SessionId, with: impl FnOnce(&mut Entry) -> T) -> T {
        if !self.sessions.borrow().contains_key(session) {
            report(&self.machine, Observation::Entered { session: session.clone() });
        }
        with(self.sessions.borrow_mut().entry(session.clone()).or_default())
    }

    fn is_dirty(&self, session: &SessionId) -> bool {
        self.entry(session, |entry| entry.is_dirty()).unwrap_or(false)
    }

    /// The sessions with waiting turns.
    fn dirty(&self) -> Vec<SessionId> {
        let sessions = self.sessions.borrow();
        sessions.iter().filter(|(_, entry)| entry.is_dirty()).map(|(session, _)| session.clone()).collect()
    }

    /// All waiting turns, as the store writes them.
    fn waiting(&self) -> Waiting {
        let sessions = self.sessions.borrow();
        let dirty = sessions.iter().filter(|(_, entry)| entry.is_dirty());
        dirty.map(|(session, entry)| (session.clone(), entry.turns())).collect()
    }

    /// Records a completed turn on the disk first, and only then in memory: a turn that waits in memory is durable.
    async fn complete(&self, session: &SessionId, agent: Owner, turn: &TurnId) -> u64 {
        let store = self.store.lock().await;
        let mut waiting = self.waiting();
        match waiting.iter_mut().find(|(other, _)| other == session) {
            Some((_, turns)) => turns.push(turn.clone()),
            None => waiting.push((session.clone(), vec![turn.clone()])),
        }
        store.write(&waiting).await;
        let (owner, completed) = self.entry_or_new(session, |entry| {
            if agent.is_some() {
                entry.agent = agent;
            }
            if entry.in_flight {
                self.machine.reached(Mark::CompletedDuringCommit);
            }
            let owner = entry.agent.clone();
            entry.add(owner.clone(), turn);
            if entry.has_two_owners() {
                self.machine.reached(Mark::OwnersMixed);
            }
            (owner, entry.completed)
        });
        let owner = owner.map(|owner| owner.name().to_owned());
        report(&self.machine, Observation::Marked { session: session.clone(), turn: turn.clone(), owner });
        self.changed.notify_waiters();
        completed
    }

    /// Forgets a session with no waiting turns that has no agent, and in which none is in a turn.
    fn forget_if_left(&self, session: &SessionId) {
        let has_agent = self.entry(session, |entry| entry.agent.is_some()).unwrap_or(false);
        if !has_agent && !self.at_work.borrow().iter().any(|(worked_in, _)| worked_in == session) {
            self.discard(session);
        }
    }

    /// Forgets a session with no waiting turns. Returns whether it is forgotten.
    fn discard(&self, session: &SessionId) -> bool {
        let Some(kept) = self.entry(session, |entry| entry.is_dirty() || entry.in_flight) else { return true };
        if !kept {
            self.sessions.borrow_mut().remove(session);
            report(&self.machine, Observation::Dropped { session: session.clone() });
        }
        !kept
    }
}

#[async_trait(?Send)]
impl Commits for CommitQueue {
    async fn register(&self, session: &SessionId, agent: &Rc<dyn AgentHandle>) {
        self.inner.machine.step("register").await;
        self.inner.entry_or_new(session, |entry| entry.agent = Some(Rc::clone(agent)));
        self.inner.changed.notify_waiters();
    }

    async fn unregister(&self, session: &SessionId) {
        self.inner.machine.step("unregister").await;
        self.inner.entry(session, |entry| entry.agent = None);
        self.inner.forget_if_left(session);
    }

    async fn complete(&self, session: &SessionId, agent: Option<&Rc<dyn AgentHandle>>, turn: &TurnId) -> u64 {
        self.inner.machine.step("mark").await;
        let completed = self.inner.complete(session, agent.cloned(), turn).await;
        if self.inner.draining.is_raised() {
            self.inner.machine.reached(Mark::CompletedDuringDrain);
            self.inner.boundary(session);
        }
        completed
    }

    async fn is_dirty(&self, session: &SessionId) -> bool {
        self.inner.machine.step("dirty").await;
        self.inner.is_dirty(session)
    }

    /// Commits all waiting turns. The session's task takes over what cannot be committed now, and what fails.
    async fn commit(&self, session: &SessionId, agent: Option<&Rc<dyn AgentHandle>>, wait: Wait) -> Option<bool> {
        self.inner.machine.step("commit").await;
        let patience = match wait {
            Wait::Until(Some(limit)) => limit.min(PATIENCE),
            Wait::Until(None) | Wait::No => PATIENCE,
        };
        let attempts = Rc::clone(&self.inner).commit_all(session.clone(), agent.cloned(), wait);
        let clean = self.inner.machine.timeout(patience, attempts).await;
        if clean.is_none() {
            self.inner.machine.reached(Mark::CommitCallerLeft);
        }
        let clean = clean.unwrap_or(false);
        if !clean {
            self.inner.attend(session);
        }
        Some(clean)
    }

    async fn commit_in_background(&self, session: &SessionId, agent: Option<&Rc<dyn AgentHandle>>) -> Option<bool> {
        self.inner.machine.step("commit in background").await;
        if self.inner.draining.is_raised() {
            return Some(false);
        }
        self.inner.entry(session, |entry| entry.committer(&agent.cloned()));
        if self.inner.commits == When::AtBoundaries {
            self.inner.boundary(session);
        }
        Some(true)
    }

    async fn discard(&self, session: &SessionId) -> Option<bool> {
        self.inner.machine.step("discard").await;
        Some(self.inner.discard(session))
    }

    async fn drain(&self, deadline: Option<Duration>) {
        self.inner.drain(deadline).await;
    }

    /// That an agent goes is a boundary of its session.
    async fn let_go(&self, session: &SessionId, agent: &Rc<dyn AgentHandle>, _why: Leaving) {
        if self.inner.commits == When::AtBoundaries {
            self.inner.boundary(session);
        }
        let (inner, session, agent) = (Rc::clone(&self.inner), session.clone(), Rc::clone(agent));
        self.inner.machine.spawn("release", async move { inner.let_go(session, agent).await });
    }

    async fn recover(&self, heirs: Rc<dyn Heirs>) {
        for session in self.inner.dirty() {
            let (inner, heirs) = (Rc::clone(&self.inner), Rc::clone(&heirs));
            self.inner.inheriting.set(self.inner.inheriting.get() + 1);
            self.inner.machine.spawn("heir", async move { inner.inherit(session, heirs).await });
        }
    }

    async fn settled(&self) {
        while self.inner.inheriting.get() > 0 || !self.inner.dirty().is_empty() {
            self.inner.changed.notified().await;
        }
    }

    fn begin_run(&self, session: &SessionId, agent: &Rc<dyn AgentHandle>) {
        self.inner.at_work.borrow_mut().push((session.clone(), agent.name().to_owned()));
    }

    fn end_run(&self, _session: &SessionId, agent: &Rc<dyn AgentHandle>) {
        let mut at_work = self.inner.at_work.borrow_mut();
        if let Some(place) = at_work.iter().position(|(_, name)| name == agent.name()) {
            at_work.swap_remove(place);
        }
        self.inner.changed.notify_waiters();
    }

    fn habits(&self) -> Habits {
        Habits {
            agent_swallows: false,
            completes: Completes::WhenCompleted,
            on_new: OnNew::Background,
            cache_full: CacheFull::Exact,
            spares_live_agents: false,
            handles_sigterm: true,
            drain: Some(STOP),
            drains_before_update: true,
            rotation_builds_an_agent: true,
        }
    }
}
