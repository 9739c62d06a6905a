//! The agents of a process: each has a memory and a session, and one of them is at work.

use std::cell::RefCell;
use std::rc::Rc;

use crate::contracts::memory::{Lifecycle, Memory};
use crate::words::session::SessionId;

/// The name of the agent with which a process starts.
pub const FIRST: &str = "main";

/// An agent.
#[derive(Clone)]
pub(super) struct Agent {
    /// Its name; in the gateway its session's.
    pub name: String,
    /// Its memory.
    pub memory: Rc<dyn Lifecycle>,
    /// The session that its owner believes to be open.
    pub session: SessionId,
}

/// The agents of one process, the one at work last.
pub(super) struct Agents {
    memory: Rc<dyn Memory>,
    agents: RefCell<Vec<Agent>>,
}

impl Agents {
    /// No agents yet.
    pub(super) fn new(memory: Rc<dyn Memory>) -> Self {
        Self { memory, agents: RefCell::default() }
    }

    /// Makes an agent, which is at work from now on.
    pub(super) async fn add(&self, name: &str, session: &SessionId) -> Agent {
        let memory = self.memory.initialize(session).await;
        let agent = Agent { name: name.to_owned(), memory, session: session.clone() };
        self.agents.borrow_mut().push(agent.clone());
        agent
    }

    /// Puts the agent called `name` to work, if there is one.
    pub(super) fn find(&self, name: &str) -> Option<Agent> {
        let agent = self.remove(name)?;
        self.agents.borrow_mut().push(agent.clone());
        Some(agent)
    }

    /// Takes the agent called `name` out. Its memory lives on for as long as its tasks do.
    pub(super) fn remove(&self, name: &str) -> Option<Agent> {
        let mut agents = self.agents.borrow_mut();
        let place = agents.iter().position(|agent| agent.name == name)?;
        Some(agents.remove(place))
    }

    /// The agent that was at work least recently, if there are more than `limit`.
    pub(super) fn beyond(&self, limit: usize) -> Option<Agent> {
        let agents = self.agents.borrow();
        agents.first().filter(|_| agents.len() > limit).cloned()
    }

    /// The agent at work.
    pub(super) fn current(&self) -> Option<Agent> {
        self.agents.borrow().last().cloned()
    }

    /// The agent at work goes on with another session.
    pub(super) fn enter(&self, session: &SessionId) {
        if let Some(agent) = self.agents.borrow_mut().last_mut() {
            agent.session = session.clone();
        }
    }

    /// The agent at work goes on with another session, by which it is known from now on.
    pub(super) fn rename(&self, session: &SessionId) {
        self.enter(session);
        if let Some(agent) = self.agents.borrow_mut().last_mut() {
            agent.name = session.to_string();
        }
    }

    /// The memories of all agents, the one at work last.
    pub(super) fn memories(&self) -> Vec<Rc<dyn Lifecycle>> {
        self.agents.borrow().iter().map(|agent| Rc::clone(&agent.memory)).collect()
    }
}
