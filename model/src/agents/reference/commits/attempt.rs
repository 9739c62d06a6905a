//! One commit, on a task of its own: whoever waits for it may go away, and it comes to its end all the same.

use std::cell::Cell;
use std::rc::Rc;

use super::Inner;
use super::entry::{Entry, Handle};
use crate::contracts::commits::{self, Agent, tell};
use crate::facts::commits::Observation;
use crate::machine::marks::Mark;
use crate::machine::signal::Signal;
use crate::words::command::Wait;
use crate::words::session::SessionId;

/// What came of the wish to commit.
pub(super) enum Attempt {
    /// Nothing waits that was completed before the last boundary, or what waits belongs to nobody.
    Nothing { clean: bool },
    /// The session, or the agent, has something else under way.
    Busy,
    /// A commit is under way.
    Begun(Outcome),
}

/// A commit's end, for whoever waits for it.
pub(super) struct Outcome {
    over: Signal,
    ended: Rc<Cell<Ended>>,
}

/// How it came to its end.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Ended {
    /// It has succeeded.
    Done,
    /// The provider has failed.
    Failed,
    /// Its agent was in a turn by the time it could have begun: it never did.
    Withdrawn,
}

impl Outcome {
    /// Waits for it.
    pub(super) async fn wait(self) -> Ended {
        self.over.wait().await;
        self.ended.get()
    }
}

impl Inner {
    /// Begins to commit what is oldest, if it was completed before the last boundary and that is possible now. Between looking and beginning nobody else comes in.
    pub(super) fn begin(self: &Rc<Self>, session: &SessionId, agent: &Handle) -> Attempt {
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
        let outcome = Outcome { over: Signal::default(), ended: Rc::new(Cell::new(Ended::Withdrawn)) };
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

    /// Whether the agent is in a turn, or in a commit of whatever session.
    pub(super) fn is_busy(&self, agent: &dyn Agent) -> bool {
        self.is_at_work(agent) || self.committing.borrow().iter().any(|name| name == agent.name())
    }

    fn is_at_work(&self, agent: &dyn Agent) -> bool {
        self.at_work.borrow().iter().any(|name| name == agent.name())
    }

    /// The commit of a session's first segment does not begin after all.
    fn withdraw(&self, session: &SessionId, agent: &dyn Agent) {
        self.entry(session, |entry| entry.in_flight = false);
        self.committing.borrow_mut().retain(|name| name != agent.name());
        self.changed.notify_waiters();
    }

    /// The commit of a session's first segment is over. What is done waits no more on the disk, and only then in memory.
    async fn settle(&self, session: &SessionId, agent: &dyn Agent, done: bool) {
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
            tell(&self.machine, Observation::Counted { session: session.clone(), turns });
        }
        self.changed.notify_waiters();
    }

    /// A boundary. Commits all that was completed before, one segment after another, until one fails. Says whether nothing is left.
    pub(super) async fn commit_all(self: Rc<Self>, session: SessionId, agent: Handle, wait: Wait) -> bool {
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
                    Ended::Withdrawn if wait != Wait::No => {}
                    Ended::Withdrawn | Ended::Failed => return false,
                },
            }
        }
    }
}
