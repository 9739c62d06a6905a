//! One commit, on its own task: it runs to its end even if its caller leaves.

use std::cell::Cell;
use std::rc::Rc;

use super::Inner;
use super::entry::{Entry, Owner};
use crate::contracts::commits::{self, AgentHandle, report};
use crate::facts::commits::Observation;
use crate::machine::marks::Mark;
use crate::machine::signal::Signal;
use crate::words::command::Wait;
use crate::words::session::SessionId;

/// The result of an attempt to begin a commit.
pub(super) enum Attempt {
    /// No turn from before the last boundary waits (`clean`), or the waiting turns have no owner.
    Nothing { clean: bool },
    /// The session or the agent is busy.
    Busy,
    /// A commit is under way.
    Begun(PendingCommit),
}

/// A commit that is under way. Its caller may wait for its end.
pub(super) struct PendingCommit {
    over: Signal,
    ended: Rc<Cell<Ended>>,
}

/// How a commit ended.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Ended {
    /// It succeeded.
    Done,
    /// The provider failed.
    Failed,
    /// It never began, because its agent was in a turn by then.
    Withdrawn,
}

impl PendingCommit {
    /// Waits for the commit's end.
    pub(super) async fn wait(self) -> Ended {
        self.over.wait().await;
        self.ended.get()
    }
}

impl Inner {
    /// Begins a commit of the oldest turns, if they were completed before the last boundary and nothing is in the way. The look
    /// and the begin are one atomic step.
    pub(super) fn begin(self: &Rc<Self>, session: &SessionId, agent: &Owner) -> Attempt {
        let look = |entry: &mut Entry| (entry.is_due(), entry.in_flight, entry.committer(agent));
        let (owner, in_flight) = match self.entry(session, look) {
            None | Some((false, ..)) => return Attempt::Nothing { clean: true },
            Some((true, _, None)) => return Attempt::Nothing { clean: false },
            Some((true, in_flight, Some(owner))) => (owner, in_flight),
        };
        if self.is_at_work(&*owner) {
            self.machine.reached(Mark::CommitWaitedForTurn);
            return Attempt::Busy;
        }
        if in_flight || self.is_busy(&*owner) {
            self.machine.reached(Mark::CommitWaitedForCommit);
            return Attempt::Busy;
        }
        self.committing.borrow_mut().push(owner.name().to_owned());
        let turns = self.entry(session, |entry| {
            entry.in_flight = true;
            entry.segments.front().map(|first| first.turns.clone()).unwrap_or_default()
        });
        let turns = turns.unwrap_or_default();
        let outcome = PendingCommit { over: Signal::default(), ended: Rc::new(Cell::new(Ended::Withdrawn)) };
        let (over, ended) = (outcome.over.clone(), Rc::clone(&outcome.ended));
        let (inner, session) = (Rc::clone(self), session.clone());
        self.machine.spawn("commit", async move {
            inner.machine.step("commit begins").await;
            if inner.is_at_work(&*owner) {
                inner.machine.reached(Mark::CommitWithdrawn);
                inner.withdraw(&session, &*owner);
            } else {
                let result = commits::call(&*owner, &session, turns).await;
                inner.settle(&session, &*owner, result.is_ok()).await;
                ended.set(if result.is_ok() { Ended::Done } else { Ended::Failed });
            }
            over.raise();
        });
        Attempt::Begun(outcome)
    }

    /// Whether the agent is in a turn, or in a commit of any session.
    pub(super) fn is_busy(&self, agent: &dyn AgentHandle) -> bool {
        self.is_at_work(agent) || self.committing.borrow().iter().any(|name| name == agent.name())
    }

    fn is_at_work(&self, agent: &dyn AgentHandle) -> bool {
        self.at_work.borrow().iter().any(|(_, name)| name == agent.name())
    }

    /// Withdraws the commit of a session's first segment before it begins.
    fn withdraw(&self, session: &SessionId, agent: &dyn AgentHandle) {
        self.entry(session, |entry| entry.in_flight = false);
        self.committing.borrow_mut().retain(|name| name != agent.name());
        self.changed.notify_waiters();
    }

    /// Records the end of the commit of a session's first segment. Committed turns leave the disk first, and then the memory.
    async fn settle(&self, session: &SessionId, agent: &dyn AgentHandle, done: bool) {
        let store = self.store.lock().await;
        let mut turns = Vec::new();
        if done {
            let mut waiting = self.waiting();
            let first = self.entry(session, |entry| entry.segments.front().map(|first| first.turns.clone()));
            turns = first.flatten().unwrap_or_default();
            if let Some((_, left)) = waiting.iter_mut().find(|(other, _)| other == session) {
                left.drain(..turns.len());
            }
            waiting.retain(|(_, left)| !left.is_empty());
            store.write(&waiting).await;
        }
        self.entry(session, |entry| {
            entry.in_flight = false;
            if done {
                entry.segments.pop_front();
            }
        });
        self.committing.borrow_mut().retain(|name| name != agent.name());
        if done {
            report(&self.machine, Observation::Counted { session: session.clone(), turns });
            self.forget_if_left(session);
        }
        self.changed.notify_waiters();
    }

    /// A boundary. Commits all turns that were completed before, one segment after another, until one fails. Returns whether none
    /// is left.
    pub(super) async fn commit_all(self: Rc<Self>, session: SessionId, agent: Owner, wait: Wait) -> bool {
        let mut any = false;
        self.entry(&session, Entry::bound);
        loop {
            let changed = self.changed.notified();
            match self.begin(&session, &agent) {
                Attempt::Nothing { clean } => return clean && any,
                Attempt::Busy if wait == Wait::No => return false,
                Attempt::Busy => changed.await,
                Attempt::Begun(outcome) => match outcome.wait().await {
                    Ended::Done => any = true,
                    Ended::Withdrawn => {}
                    Ended::Failed => return false,
                },
            }
        }
    }
}
