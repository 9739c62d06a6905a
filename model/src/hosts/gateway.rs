//! The gateway, as far as it concerns its agents: many sessions in one process, an agent for each in a cache.
//!
//! Whatever ends a session here throws its agent away, and the next message builds a new one: no session is ever switched.
//! How thoroughly the agent is cleaned up depends on why it goes. Restarts, drains and resumed sessions are not told here.

use std::cell::RefCell;
use std::rc::Rc;
use std::time::Duration;

use async_trait::async_trait;

use super::agents::{Agent, Agents};
use super::{Answer, Command, Completion, Departure, Program, Settings, hand_over, shut_down};
use crate::host::Host;
use crate::lifecycle::Memory;
use crate::release::Release;
use crate::session::SessionId;

/// How long the cleanup of an agent is waited for (`_CLEANUP_TIMEOUT_S`).
const CLEANUP: Duration = Duration::from_secs(30);

/// What happens to a gateway only.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Request {
    /// `/stop` of the open chat.
    Stop,
    /// The platform is connected again.
    Reconnect,
    /// `/restart`: the gateway is asked from within to be restarted.
    RequestRestart,
    /// A scheduled job runs in it for that long.
    Cron(Duration),
    /// Somebody else ends the session's row in the database.
    Close(SessionId),
}

/// The gateway.
pub(super) struct Gateway {
    host: Host,
    memory: Rc<dyn Memory>,
    settings: Settings,
    agents: Agents,
    /// Whose messages come in.
    session: RefCell<SessionId>,
}

impl Gateway {
    /// Without agents: the first message of a session makes its own.
    pub(super) async fn start(
        host: Host,
        _release: Release,
        memory: Rc<dyn Memory>,
        settings: &Settings,
        session: &SessionId,
    ) -> Self {
        let agents = Agents::new(Rc::clone(&memory));
        Self { host, memory, settings: settings.clone(), agents, session: RefCell::new(session.clone()) }
    }

    /// The agent of `session`, from the cache or new; whoever was idle longest makes room for it.
    async fn agent(&self, session: &SessionId) -> Agent {
        if let Some(agent) = self.agents.find(session.as_str()) {
            return agent;
        }
        let agent = self.agents.add(session.as_str(), session).await;
        while let Some(oldest) = self.agents.beyond(self.settings.agent_cache) {
            self.commit_and_release(&oldest.session).await;
        }
        agent
    }

    /// LRU eviction: what is known is committed, the clients are released, and the provider keeps running (#64278).
    async fn commit_and_release(&self, session: &SessionId) {
        if let Some(agent) = self.agents.remove(session.as_str()) {
            agent.memory.end().await;
        }
    }

    /// `_cleanup_agent_resources`: off the gateway's loop, and awaited no longer than its limit (#54130).
    async fn clean_up(&self, session: &SessionId) {
        let Some(agent) = self.agents.remove(session.as_str()) else { return };
        let cleanup = self.host.spawn("cleanup", async move {
            agent.memory.flush_pending().await;
            shut_down(&*agent.memory).await;
        });
        cleanup.join(&self.host, CLEANUP).await;
    }
}

#[async_trait(?Send)]
impl Program for Gateway {
    async fn take(&self, command: Command) -> Answer {
        let open = self.session.borrow().clone();
        match command {
            Command::Turn(turn, completion) => {
                let agent = self.agent(&turn.id.session).await;
                hand_over(&self.host, &*agent.memory, self.memory.habits(), turn, completion, true).await;
            }
            Command::Prefetch => {
                return Answer::Text(self.agent(&open).await.memory.prefetch(&open).await);
            }
            Command::Use(session) | Command::Agent(_, Some(session)) => _ = self.session.replace(session),
            Command::Agent(_, None) | Command::CliExit => {}
            Command::New(to) => {
                self.session.replace(to);
                self.clean_up(&open).await;
            }
            Command::Switch(to, _) => {
                self.session.replace(to);
                self.agents.remove(open.as_str());
            }
            Command::Compress(to) => {
                let agent = self.agent(&open).await;
                self.session.replace(to.clone());
                self.agents.rename(&to);
                agent.memory.compress(&open, &to).await;
            }
            Command::Undo(turn) => {
                if self.memory.habits().announces_undo_in_gateway {
                    self.agent(&open).await.memory.undo(&turn).await;
                }
                self.agents.remove(open.as_str());
            }
            Command::End => self.agent(&open).await.memory.end().await,
            Command::Shutdown => self.sigterm().await,
            Command::Reinitialize => self.agent(&open).await.memory.reinitialize(&open).await,
            Command::Evict(session) => self.commit_and_release(&session).await,
            Command::Idle(session) => match self.memory.habits().ends_idle_sessions {
                true => self.commit_and_release(&session).await,
                false => _ = self.agents.remove(session.as_str()),
            },
            Command::Expire(session) => self.clean_up(&session).await,
            Command::Run(turn, _) => {
                let agent = self.agent(&turn.id.session).await;
                hand_over(&self.host, &*agent.memory, self.memory.habits(), turn, Completion::Completed, true).await;
            }
            Command::Gateway(_) | Command::WebUi(_) => {}
        }
        Answer::Nothing
    }

    fn handles_sigterm(&self) -> bool {
        true
    }

    /// Every agent in the cache is cleaned up, running or idle (#16207).
    async fn sigterm(&self) {
        self.memory.stop(&self.agents.memories()).await;
    }

    /// A gateway is stopped by its supervisor.
    async fn finish(&self) -> Departure {
        self.sigterm().await;
        Departure::Return
    }
}
