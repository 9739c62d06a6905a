//! The WebUI: many sessions in one process, an agent for each in a cache, and request threads that work for them at once.

use std::cell::RefCell;
use std::rc::Rc;
use std::time::Duration;

use async_trait::async_trait;

use super::agents::Agents;
use super::{Answer, Command, Completion, Departure, Program, Settings, hand_over};
use crate::host::Host;
use crate::lifecycle::Memory;
use crate::release::Release;
use crate::session::SessionId;
use crate::turn::TurnId;

/// What happens to a WebUI only: calls on its session lifecycle, and an update of itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Request {
    /// `register_agent`.
    Register(SessionId, String),
    /// `unregister_agent`.
    Unregister(SessionId),
    /// `mark_turn_completed`, by this agent if one is named.
    Mark(TurnId, Option<String>),
    /// `commit_session_memory`, with this agent if one is named.
    Commit(SessionId, Option<String>, Wait),
    /// The same on a thread that the drain knows of.
    CommitInBackground(SessionId, Option<String>),
    /// `discard_session`.
    Discard(SessionId),
    /// `drain_all_on_shutdown`, with this deadline if one is named.
    Drain(Option<Duration>),
    /// `has_uncommitted_work`.
    Dirty(SessionId),
    /// It updates itself, and replaces its process by the new version.
    SelfUpdate,
}

/// How long a commit waits for one that is under way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wait {
    /// Not at all.
    No,
    /// Until it is over, or for that long.
    Until(Option<Duration>),
}

/// The WebUI.
pub(super) struct WebUi {
    host: Host,
    memory: Rc<dyn Memory>,
    agents: Agents,
    session: RefCell<SessionId>,
}

impl WebUi {
    /// Without agents: the first message of a session makes its own.
    pub(super) async fn start(
        host: Host,
        _release: Release,
        memory: Rc<dyn Memory>,
        _settings: &Settings,
        session: &SessionId,
    ) -> Self {
        let agents = Agents::new(Rc::clone(&memory));
        Self { host, memory, agents, session: RefCell::new(session.clone()) }
    }
}

#[async_trait(?Send)]
impl Program for WebUi {
    async fn take(&self, command: Command) -> Answer {
        if let Command::Turn(turn, _) | Command::Run(turn, _) = command {
            let session = self.session.borrow().clone();
            let agent = match self.agents.find(session.as_str()) {
                Some(agent) => agent,
                None => self.agents.add(session.as_str(), &session).await,
            };
            hand_over(&self.host, &*agent.memory, self.memory.habits(), turn, Completion::Completed, true).await;
        }
        Answer::Nothing
    }

    async fn sigterm(&self) {
        self.memory.stop(&self.agents.memories()).await;
    }

    async fn finish(&self) -> Departure {
        Departure::Return
    }
}
