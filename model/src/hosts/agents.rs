//! The agents of a process. Each has a memory and a session, and one of them is at work.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use crate::contracts::memory::{Lifecycle, Memory};
use crate::facts::Observation;
use crate::machine::Machine;
use crate::words::session::SessionId;

/// The name of the agent that a process starts with.
pub const FIRST: &str = "main";

/// An agent.
#[derive(Clone)]
pub(super) struct Agent {
    /// Its name. In the gateway that is its session's.
    pub name: String,
    /// Its memory.
    pub lifecycle: Rc<dyn Lifecycle>,
    /// The session that its host believes to be open.
    pub session: SessionId,
}

/// The agents of one process, the one at work last.
pub(super) struct Agents {
    machine: Machine,
    memory: Rc<dyn Memory>,
    agents: RefCell<Vec<Agent>>,
    /// Whether the host has shut all of them down.
    closed: Cell<bool>,
}

impl Agents {
    /// No agents yet.
    pub(super) fn new(machine: Machine, memory: Rc<dyn Memory>) -> Self {
        Self { machine, memory, agents: RefCell::default(), closed: Cell::default() }
    }

    /// Builds an agent and puts it to work.
    pub(super) async fn add(&self, name: &str, session: &SessionId) -> Agent {
        if self.closed.replace(false) {
            self.machine.saw(Observation::OpenedAgain);
        }
        let lifecycle = self.memory.initialize(session).await;
        let agent = Agent { name: name.to_owned(), lifecycle, session: session.clone() };
        self.agents.borrow_mut().push(agent.clone());
        agent
    }

    /// Puts the agent called `name` to work, if it exists.
    pub(super) fn find(&self, name: &str) -> Option<Agent> {
        let agent = self.remove(name)?;
        self.agents.borrow_mut().push(agent.clone());
        Some(agent)
    }

    /// Removes the agent called `name`. Its memory lives on as long as its tasks do.
    pub(super) fn remove(&self, name: &str) -> Option<Agent> {
        let mut agents = self.agents.borrow_mut();
        let place = agents.iter().position(|agent| agent.name == name)?;
        Some(agents.remove(place))
    }

    /// As many agents as there are more than `limit`: those that were at work least recently.
    pub(super) fn beyond(&self, limit: usize) -> Vec<Agent> {
        let agents = self.agents.borrow();
        agents[..agents.len().saturating_sub(limit)].to_vec()
    }

    /// The agent at work.
    pub(super) fn current(&self) -> Option<Agent> {
        self.agents.borrow().last().cloned()
    }

    /// Moves the agent at work to another session.
    pub(super) fn enter(&self, session: &SessionId) {
        if let Some(agent) = self.agents.borrow_mut().last_mut() {
            agent.session = session.clone();
        }
    }

    /// Moves the agent at work to another session, and renames it after that session.
    pub(super) fn rename(&self, session: &SessionId) {
        self.enter(session);
        if let Some(agent) = self.agents.borrow_mut().last_mut() {
            agent.name = session.to_string();
        }
    }

    /// Records that the host is about to shut all of them down.
    pub(super) fn close(&self) {
        self.closed.set(true);
    }

    /// The memories of all agents, the one at work last.
    pub(super) fn lifecycles(&self) -> Vec<Rc<dyn Lifecycle>> {
        self.agents.borrow().iter().map(|agent| Rc::clone(&agent.lifecycle)).collect()
    }
}
