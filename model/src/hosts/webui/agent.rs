//! The agents of a WebUI. A real agent has a memory and works in a session. A scripted one is only a name in the plan. The plan
//! decides how the commits of both end.

use std::cell::{Cell, RefCell};
use std::future::pending;
use std::rc::Rc;
use std::time::Duration;

use async_trait::async_trait;

use crate::contracts::commits::{AgentHandle, Raised, report};
use crate::contracts::memory::Lifecycle;
use crate::facts::commits::{Call, Closing, Observation};
use crate::machine::Machine;
use crate::words::command::{CommitFault, CommitFaults};
use crate::words::session::SessionId;
use crate::words::turn::TurnId;

/// The commits of an agent, and the plan's faults for them. The host records every commit here, whichever code asks for it.
struct Commits {
    faults: CommitFaults,
    calls: Cell<u32>,
}

impl Commits {
    fn new(faults: CommitFaults) -> Self {
        Self { faults, calls: Cell::new(0) }
    }

    /// Records that the next commit of `agent` begins. Returns its number.
    fn begin(&self, machine: &Machine, agent: &dyn AgentHandle, session: &SessionId, turns: Vec<TurnId>) -> u32 {
        let number = self.calls.get() + 1;
        self.calls.set(number);
        let commit = Call { agent: agent.name().to_owned(), number };
        let (plan, session, at_work_in) = (self.plan(number), session.clone(), agent.session());
        report(machine, Observation::Began { commit, plan, session, at_work_in, turns });
        number
    }

    /// Records how a commit of `agent` ended.
    fn end(machine: &Machine, agent: &dyn AgentHandle, number: u32, result: Result<(), Raised>) {
        let commit = Call { agent: agent.name().to_owned(), number };
        report(machine, Observation::Ended { commit, done: result.is_ok() });
    }

    /// The plan's word for a commit.
    fn plan(&self, call: u32) -> String {
        match self.faults.of(call) {
            None | Some(CommitFault::Takes(Duration::ZERO)) => "ok".to_owned(),
            Some(CommitFault::Fail(_)) => "fail".to_owned(),
            Some(CommitFault::Panic) => "panic".to_owned(),
            Some(CommitFault::Hang) => "hang".to_owned(),
            Some(CommitFault::Takes(duration)) => duration.as_secs_f64().to_string(),
        }
    }

    /// Lets the plan's fault strike, before the provider does its work.
    async fn meet(&self, machine: &Machine, call: u32) -> Result<(), Raised> {
        match self.faults.of(call) {
            None => Ok(()),
            Some(CommitFault::Fail(duration)) => {
                take(machine, duration).await;
                Err(Raised::Exception)
            }
            Some(CommitFault::Panic) => Err(Raised::NoException),
            Some(CommitFault::Hang) => pending().await,
            Some(CommitFault::Takes(duration)) => {
                take(machine, duration).await;
                Ok(())
            }
        }
    }
}

/// Sleeps for `duration`. A sleep of no time would still let other tasks run, so it is skipped.
async fn take(machine: &Machine, duration: Duration) {
    if !duration.is_zero() {
        machine.sleep(duration).await;
    }
}

/// An agent that exists only in the plan: it has no memory, and raises what its provider raises.
pub(super) struct Scripted {
    machine: Machine,
    name: String,
    commits: Commits,
}

impl Scripted {
    /// An agent without commits.
    pub(super) fn new(machine: Machine, name: &str, faults: CommitFaults) -> Self {
        Self { machine, name: name.to_owned(), commits: Commits::new(faults) }
    }
}

#[async_trait(?Send)]
impl AgentHandle for Scripted {
    fn name(&self) -> &str {
        &self.name
    }

    fn session(&self) -> Option<SessionId> {
        None
    }

    fn begin(&self, session: &SessionId, turns: Vec<TurnId>) -> u32 {
        self.commits.begin(&self.machine, self, session, turns)
    }

    async fn commit(&self, call: u32) -> Result<(), Raised> {
        let result = self.commits.meet(&self.machine, call).await;
        Commits::end(&self.machine, self, call, result);
        result
    }

    fn swallows(&self) -> bool {
        false
    }

    async fn close(&self, closing: Closing) {
        report(&self.machine, Observation::Closed { agent: self.name.clone(), closing });
    }
}

/// A real agent.
pub(super) struct Real {
    machine: Machine,
    name: String,
    /// Its memory.
    pub lifecycle: Rc<dyn Lifecycle>,
    session: RefCell<SessionId>,
    commits: Commits,
    swallows: bool,
}

impl Real {
    /// A new agent that works in `session`.
    pub(super) fn new(
        machine: Machine,
        name: String,
        lifecycle: Rc<dyn Lifecycle>,
        session: &SessionId,
        (faults, swallows): (CommitFaults, bool),
    ) -> Self {
        Self {
            machine,
            name,
            lifecycle,
            session: RefCell::new(session.clone()),
            commits: Commits::new(faults),
            swallows,
        }
    }

    /// Moves the agent to another session.
    pub(super) fn enter(&self, session: &SessionId) {
        self.session.replace(session.clone());
    }
}

#[async_trait(?Send)]
impl AgentHandle for Real {
    fn name(&self) -> &str {
        &self.name
    }

    fn session(&self) -> Option<SessionId> {
        Some(self.session.borrow().clone())
    }

    fn begin(&self, session: &SessionId, turns: Vec<TurnId>) -> u32 {
        self.commits.begin(&self.machine, self, session, turns)
    }

    /// `on_session_end` without messages: the provider has only the messages that it has kept.
    async fn commit(&self, call: u32) -> Result<(), Raised> {
        let result = self.commits.meet(&self.machine, call).await;
        if result.is_ok() {
            self.lifecycle.end().await;
        }
        Commits::end(&self.machine, self, call, result);
        result
    }

    fn swallows(&self) -> bool {
        self.swallows
    }

    async fn close(&self, closing: Closing) {
        report(&self.machine, Observation::Closed { agent: self.name.clone(), closing });
        if closing == Closing::MemoryWithTranscript {
            let session = self.session.borrow().clone();
            report(&self.machine, Observation::SessionEnded { agent: self.name.clone(), session });
            self.lifecycle.end().await;
        }
        if closing != Closing::Database {
            self.lifecycle.shutdown().await;
        }
    }
}
