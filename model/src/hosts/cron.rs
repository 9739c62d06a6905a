//! The scheduler: every turn is a job with an agent and a session of its own, torn down after it.

use std::cell::RefCell;
use std::rc::Rc;
use std::time::Duration;

use async_trait::async_trait;

use super::{Departure, Program, Properties, hand_over, shut_down};
use crate::contracts::memory::{Lifecycle, Memory};
use crate::machine::Machine;
use crate::words::command::{Answer, Command};

/// How long the teardown of a job's agent may take (`cron_drain_timeout`).
const TEARDOWN: Duration = Duration::from_secs(30);

/// A job's session is over with its turn.
pub(super) const PROPERTIES: Properties =
    Properties { name: "cron", expires_after_turn: true, ends: false, ..Properties::USUAL };

/// The scheduler.
pub(super) struct Cron {
    machine: Machine,
    memory: Rc<dyn Memory>,
    /// The agent of the last job.
    last: RefCell<Option<Rc<dyn Lifecycle>>>,
}

impl Cron {
    /// Starts without an agent.
    pub(super) fn start(machine: Machine, memory: Rc<dyn Memory>) -> Self {
        Self { machine, memory, last: RefCell::default() }
    }
}

#[async_trait(?Send)]
impl Program for Cron {
    async fn take(&self, command: Command) -> Answer {
        if let Command::Turn(turn, completion) = command {
            let agent = self.memory.initialize(&turn.id.session).await;
            self.last.replace(Some(Rc::clone(&agent)));
            hand_over(&self.machine, &*agent, self.memory.habits(), turn, completion, true).await;
        }
        Answer::Nothing
    }

    /// A job is a turn, and nothing else happens to it.
    fn passes_over(&self, command: &Command) -> bool {
        !matches!(command, Command::Turn(..))
    }

    /// Tears down the agent of the last job, whose result is delivered.
    async fn after_turn(&self) {
        let last = self.last.borrow().clone();
        if let Some(agent) = last {
            self.machine.timeout(TEARDOWN, shut_down(&*agent)).await;
        }
    }

    /// Shuts down the memory of the last job's agent, without its session's end.
    async fn sigterm(&self) -> Departure {
        let last = self.last.borrow().clone();
        if let Some(agent) = last {
            agent.shutdown().await;
        }
        Departure::Return
    }

    async fn finish(&self) -> Departure {
        Departure::Return
    }
}
