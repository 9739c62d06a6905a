//! The agents of a WebUI: a real one has a memory and works in a session, a scripted one is a name in the plan. What becomes of
//! a commit is the plan's to say for both.

use std::cell::{Cell, RefCell};
use std::future::pending;
use std::rc::Rc;
use std::time::Duration;

use async_trait::async_trait;

use crate::contracts::commits::{Agent, Raised, tell};
use crate::contracts::memory::Lifecycle;
use crate::facts::commits::{Call, Closing, Observation};
use crate::machine::Machine;
use crate::words::command::{CommitFault, CommitFaults};
use crate::words::session::SessionId;
use crate::words::turn::TurnId;

/// An agent's commits so far, and what becomes of them. The host records them here, whoever asks for them.
struct Commits {
    faults: CommitFaults,
    calls: Cell<u32>,
}

impl Commits {
    fn new(faults: CommitFaults) -> Self {
        Self { faults, calls: Cell::new(0) }
    }

    /// Records that the next commit of `agent` begins. Returns its number.
    fn begin(&self, machine: &Machine, agent: &dyn Agent, session: &SessionId, turns: Vec<TurnId>) -> u32 {
        let number = self.calls.get() + 1;
        self.calls.set(number);
        let commit = Call { agent: agent.name().to_owned(), number };
        let (plan, session, at_work_in) = (self.plan(number), session.clone(), agent.session());
        tell(machine, Observation::Began { commit, plan, session, at_work_in, turns });
        number
    }

    /// Records how a commit of `agent` ended.
    fn end(machine: &Machine, agent: &dyn Agent, number: u32, result: Result<(), Raised>) {
        let commit = Call { agent: agent.name().to_owned(), number };
        tell(machine, Observation::Ended { commit, done: result.is_ok() });
    }

    /// What the plan has in store for a commit.
    fn plan(&self, call: u32) -> String {
        match self.faults.of(call) {
            None | Some(CommitFault::Takes(Duration::ZERO)) => "ok".to_owned(),
            Some(CommitFault::Fail(_)) => "fail".to_owned(),
            Some(CommitFault::Panic) => "panic".to_owned(),
            Some(CommitFault::Hang) => "hang".to_owned(),
            Some(CommitFault::Takes(duration)) => duration.as_secs_f64().to_string(),
        }
    }

    /// What the provider does before it does what it should.
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

/// Takes so long; no time at all is no step either.
async fn take(machine: &Machine, duration: Duration) {
    if !duration.is_zero() {
        machine.sleep(duration).await;
    }
}

/// An agent that only the plan knows: it has no memory, and passes on what its provider raises.
pub(super) struct Scripted {
    machine: Machine,
    name: String,
    commits: Commits,
}

impl Scripted {
    /// Nothing was asked of it yet.
    pub(super) fn new(machine: Machine, name: &str, faults: CommitFaults) -> Self {
        Self { machine, name: name.to_owned(), commits: Commits::new(faults) }
    }
}

#[async_trait(?Send)]
impl Agent for Scripted {
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
        tell(&self.machine, Observation::Closed { agent: self.name.clone(), closing });
    }
}

/// An agent of a session.
pub(super) struct Real {
    machine: Machine,
    name: String,
    /// Its memory.
    pub memory: Rc<dyn Lifecycle>,
    session: RefCell<SessionId>,
    commits: Commits,
    swallows: bool,
}

impl Real {
    /// It works in `session`.
    pub(super) fn new(
        machine: Machine,
        name: String,
        memory: Rc<dyn Lifecycle>,
        session: &SessionId,
        (faults, swallows): (CommitFaults, bool),
    ) -> Self {
        Self { machine, name, memory, session: RefCell::new(session.clone()), commits: Commits::new(faults), swallows }
    }

    /// It works in another session from now on.
    pub(super) fn enter(&self, session: &SessionId) {
        self.session.replace(session.clone());
    }
}

#[async_trait(?Send)]
impl Agent for Real {
    fn name(&self) -> &str {
        &self.name
    }

    fn session(&self) -> Option<SessionId> {
        Some(self.session.borrow().clone())
    }

    fn begin(&self, session: &SessionId, turns: Vec<TurnId>) -> u32 {
        self.commits.begin(&self.machine, self, session, turns)
    }

    /// `on_session_end` without messages: what the provider has not kept of them it does not get.
    async fn commit(&self, call: u32) -> Result<(), Raised> {
        let result = self.commits.meet(&self.machine, call).await;
        if result.is_ok() {
            self.memory.end().await;
        }
        Commits::end(&self.machine, self, call, result);
        result
    }

    fn swallows(&self) -> bool {
        self.swallows
    }

    async fn close(&self, closing: Closing) {
        tell(&self.machine, Observation::Closed { agent: self.name.clone(), closing });
        if closing == Closing::MemoryWithTranscript {
            let session = self.session.borrow().clone();
            tell(&self.machine, Observation::SessionEnded { agent: self.name.clone(), session });
            self.memory.end().await;
        }
        if closing != Closing::Database {
            self.memory.shutdown().await;
        }
    }
}
