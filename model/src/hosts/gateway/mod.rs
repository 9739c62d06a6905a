//! The gateway: many chats in one process, an agent for each session in a cache, and turns that run beside each other.
//!
//! Whatever ends a session here throws its agent away, and the next message builds a new one: no session is ever switched.
//! How thoroughly the agent is cleaned up depends on why it goes. What is kept of a chat over a restart is the business of a
//! [`Continuity`], which is asked at fixed places; a release of the memory has none.
//!
//! - `job`: a message to work on. - `chats`: who runs, and who waits. - `turns`: a message from its arrival to its answer.
//! - `stopping`: the stop, in its order.

mod chats;
mod job;
mod stopping;
mod turns;

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::rc::Rc;
use std::time::Duration;

use async_trait::async_trait;

use self::chats::Chats;
use super::agents::{Agent, Agents};
use super::{Departure, Program, Settings, shut_down};
use crate::contracts::Loaded;
use crate::contracts::chats::Continuity;
use crate::contracts::memory::Memory;
use crate::facts::chats::Observation;
use crate::machine::Machine;
use crate::words::command::{Answer, Command, GatewayRequest};
use crate::words::session::SessionId;

/// How long the cleanup of an agent is waited for (`_CLEANUP_TIMEOUT_S`).
const CLEANUP: Duration = Duration::from_secs(30);

/// The gateway. Clones are the same gateway.
#[derive(Clone)]
pub(super) struct Gateway {
    inner: Rc<Inner>,
}

struct Inner {
    machine: Machine,
    memory: Rc<dyn Memory>,
    /// What is kept of chats, if that is modeled.
    continuity: Option<Rc<dyn Continuity>>,
    settings: Settings,
    agents: Agents,
    chats: Chats,
    /// In which session each chat is, once a message of it has come.
    sessions: RefCell<BTreeMap<SessionId, SessionId>>,
    /// Whose messages come in.
    open: RefCell<SessionId>,
    /// Whether new messages are turned away.
    draining: Cell<bool>,
    /// Whether the process is about to end.
    stopping: Cell<bool>,
    /// How many scheduled jobs run.
    jobs: Cell<usize>,
}

impl Gateway {
    /// Without agents: the first message of a session makes its own. What the last process has left is taken up.
    pub(super) async fn start(machine: Machine, loaded: Loaded, settings: &Settings, session: &SessionId) -> Self {
        let gateway = Self {
            inner: Rc::new(Inner {
                continuity: loaded.chats,
                agents: Agents::new(Rc::clone(&loaded.memory)),
                machine,
                memory: loaded.memory,
                settings: settings.clone(),
                chats: Chats::default(),
                sessions: RefCell::default(),
                open: RefCell::new(session.clone()),
                draining: Cell::default(),
                stopping: Cell::default(),
                jobs: Cell::default(),
            }),
        };
        if let Some(continuity) = gateway.inner.continuity.clone() {
            let left = continuity.boot().await;
            gateway.deliver(left.owed);
            gateway.resume(left.messages);
        }
        gateway
    }

    fn saw(&self, observation: Observation) {
        self.inner.machine.saw(crate::facts::Observation::Continuity(observation));
    }

    /// In which session the chat is; its own until it is given another.
    fn session_of(&self, chat: &SessionId) -> SessionId {
        self.inner.sessions.borrow().get(chat).unwrap_or(chat).clone()
    }

    /// The agent of `session`, from the cache or new; whoever was idle longest makes room for it.
    async fn agent(&self, session: &SessionId) -> Agent {
        let agents = &self.inner.agents;
        if let Some(agent) = agents.find(session.as_str()) {
            return agent;
        }
        let agent = agents.add(session.as_str(), session).await;
        while let Some(oldest) = agents.beyond(self.inner.settings.agent_cache) {
            self.commit_and_release(&oldest.session).await;
        }
        agent
    }

    /// LRU eviction: what is known is committed, the clients are released, and the provider keeps running (#64278).
    async fn commit_and_release(&self, session: &SessionId) {
        if let Some(agent) = self.inner.agents.remove(session.as_str()) {
            agent.memory.end().await;
        }
    }

    /// `_cleanup_agent_resources`: off the gateway's loop, and awaited no longer than its limit (#54130).
    async fn clean_up(&self, session: &SessionId) {
        let Some(agent) = self.inner.agents.remove(session.as_str()) else { return };
        let cleanup = self.inner.machine.spawn("cleanup", async move {
            agent.memory.flush_pending().await;
            shut_down(&*agent.memory).await;
        });
        cleanup.join(&self.inner.machine, CLEANUP).await;
    }

    async fn request(&self, request: GatewayRequest) {
        match request {
            GatewayRequest::Stop => self.stop_chat().await,
            GatewayRequest::Reconnect => {
                if let Some(continuity) = self.inner.continuity.clone() {
                    let pending = continuity.reconnect(&self.inner.chats.busy()).await;
                    self.resume(pending);
                }
            }
            GatewayRequest::RequestRestart => self.restart_after_turns().await,
            GatewayRequest::Cron(duration) => self.work_on_a_job(duration),
            GatewayRequest::Close(chat) => {
                if let Some(continuity) = &self.inner.continuity {
                    continuity.close_row(&chat).await;
                }
            }
        }
    }
}

#[async_trait(?Send)]
impl Program for Gateway {
    async fn take(&self, command: Command) -> Answer {
        let Inner { memory, agents, open, .. } = &*self.inner;
        let chat = open.borrow().clone();
        let session = self.session_of(&chat);
        match command {
            Command::Turn(turn, completion) => self.turn(turn, completion).await,
            Command::Run(turn, course) => self.run(turn, course).await,
            Command::Prefetch => {
                return Answer::Text(self.agent(&session).await.memory.prefetch(&session).await);
            }
            Command::Use(to) | Command::Agent(_, Some(to)) => _ = open.replace(to),
            Command::Agent(_, None) | Command::CliExit | Command::WebUi(_) => {}
            Command::New(to) => {
                open.replace(to);
                self.clean_up(&session).await;
            }
            Command::Switch(to, _) => {
                open.replace(to);
                agents.remove(session.as_str());
            }
            Command::Compress(to) => {
                let agent = self.agent(&session).await;
                open.replace(to.clone());
                agents.rename(&to);
                agent.memory.compress(&session, &to).await;
            }
            Command::Undo(turn) => {
                if memory.habits().announces_undo_in_gateway {
                    self.agent(&session).await.memory.undo(&turn).await;
                }
                agents.remove(session.as_str());
            }
            Command::End => self.agent(&session).await.memory.end().await,
            Command::Shutdown => memory.stop(&agents.memories()).await,
            Command::Reinitialize => self.agent(&session).await.memory.reinitialize(&session).await,
            Command::Evict(chat) => self.commit_and_release(&self.session_of(&chat)).await,
            Command::Idle(chat) => match memory.habits().ends_idle_sessions {
                true => self.commit_and_release(&self.session_of(&chat)).await,
                false => _ = agents.remove(self.session_of(&chat).as_str()),
            },
            Command::Expire(chat) => self.clean_up(&self.session_of(&chat)).await,
            Command::Gateway(request) => self.request(request).await,
        }
        Answer::Nothing
    }

    fn handles_sigterm(&self) -> bool {
        true
    }

    fn stop_timeout(&self) -> Option<Duration> {
        self.inner.continuity.as_ref().map(|continuity| continuity.budget().stop)
    }

    async fn sigterm(&self) {
        self.stop().await;
    }

    /// A gateway is stopped by its supervisor.
    async fn finish(&self) -> Departure {
        self.stop().await;
        Departure::Return
    }
}
