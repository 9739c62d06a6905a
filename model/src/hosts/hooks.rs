//! The hooks of a coding agent: each is a process of its own, which starts, loads the memory from its home directory, does one thing
//! and exits.
//!
//! Its one rule: nothing but the disk outlives a hook. The agent that starts the hooks has no memory, and is no process here; the plan
//! stands for it, and kills a hook that takes too long (anthropics/claude-code#41577). Deliberately absent: a handler of SIGTERM.

use std::cell::RefCell;
use std::rc::Rc;

use async_trait::async_trait;

use super::{Departure, Program, Properties, hand_over};
use crate::contracts::memory::{Lifecycle, Memory};
use crate::machine::Machine;
use crate::words::command::{Answer, Command};
use crate::words::session::SessionId;

/// A hook shuts its memory down before it exits.
pub(super) const PROPERTIES: Properties =
    Properties { name: "hooks", hooks: true, drops_agents: true, ..Properties::USUAL };

/// The process of one hook.
pub(super) struct Hook {
    machine: Machine,
    memory: Rc<dyn Memory>,
    session: SessionId,
    agent: RefCell<Option<Rc<dyn Lifecycle>>>,
}

impl Hook {
    /// Starts without an agent. The hook is about `session`.
    pub(super) fn start(machine: Machine, memory: Rc<dyn Memory>, session: &SessionId) -> Self {
        Self { machine, memory, session: session.clone(), agent: RefCell::default() }
    }

    async fn open(&self) -> Rc<dyn Lifecycle> {
        let agent = self.memory.initialize(&self.session).await;
        self.agent.replace(Some(Rc::clone(&agent)));
        agent
    }
}

#[async_trait(?Send)]
impl Program for Hook {
    async fn take(&self, command: Command) -> Answer {
        match command {
            Command::Turn(turn, completion) => {
                let (agent, habits) = (self.open().await, self.memory.habits());
                hand_over(&self.machine, &*agent, habits, turn, completion, habits.request_warms_up).await;
            }
            Command::Prefetch => return Answer::Text(self.open().await.prefetch(&self.session).await),
            Command::End => self.open().await.end().await,
            Command::Use(_)
            | Command::Agent(..)
            | Command::Switch(..)
            | Command::New(_)
            | Command::Compress(_)
            | Command::Undo(_)
            | Command::Flush
            | Command::Shutdown
            | Command::CliExit
            | Command::Reinitialize
            | Command::Evict(_)
            | Command::Idle(_)
            | Command::Expire(_)
            | Command::Run(..)
            | Command::WebUi(_)
            | Command::Gateway(_) => {}
        }
        Answer::Nothing
    }

    fn passes_over(&self, command: &Command) -> bool {
        !matches!(command, Command::Turn(..) | Command::Prefetch | Command::End)
    }

    async fn sigterm(&self) -> Departure {
        Departure::Return
    }

    /// Shuts the memory down. The interpreter then ends normally.
    async fn finish(&self) -> Departure {
        let agent = self.agent.take();
        if let Some(agent) = agent {
            agent.shutdown().await;
        }
        Departure::Return
    }
}
