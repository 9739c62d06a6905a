//! The gateway: many chats in one process, an agent for each session in a cache, and turns that run side by side.
//!
//! Every end of a session drops its agent, and the next message builds a new one: the gateway never switches a session. How
//! thoroughly it cleans the agent up depends on why the agent goes. What the gateway keeps of a chat across a restart is up to
//! a [`Continuity`], which it calls at fixed places. A release of the memory has none.
//!
//! - `job`: a message to work on. - `chats`: which jobs run, and which wait. - `turns`: a message from its arrival to its
//!   answer. - `stopping`: the stop, in its order.

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
use super::{Departure, Program, Properties, Settings, answer, shut_down};
use crate::contracts::Loaded;
use crate::contracts::chats::Continuity;
use crate::contracts::memory::{Lifecycle, Memory};
use crate::facts::chats::Observation;
use crate::machine::Machine;
use crate::words::command::{Answer, Command, GatewayRequest};
use crate::words::session::SessionId;
use crate::words::thread;

/// How long the gateway waits for the cleanup of an agent (`_CLEANUP_TIMEOUT_S`).
const CLEANUP: Duration = Duration::from_secs(30);

/// Its restarts are about chats.
pub(super) const PROPERTIES: Properties =
    Properties { name: "gateway", chats: true, serves: true, beside: true, ends: false, ..Properties::USUAL };

/// The gateway. Clones are the same gateway.
#[derive(Clone)]
pub(super) struct Gateway {
    inner: Rc<Inner>,
}

struct Inner {
    machine: Machine,
    memory: Rc<dyn Memory>,
    /// The memory of chats across restarts, if the subject models it.
    continuity: Option<Rc<dyn Continuity>>,
    settings: Settings,
    agents: Agents,
    chats: Chats,
    /// The session of each chat that has sent a message.
    sessions: RefCell<BTreeMap<SessionId, SessionId>>,
    /// The memories of the agents whose turns run.
    at_work: RefCell<Vec<Rc<dyn Lifecycle>>>,
    /// The chat that messages come in on.
    open: RefCell<SessionId>,
    /// Whether the gateway turns new messages away.
    draining: Cell<bool>,
    /// Whether it does so because a user has asked for a restart.
    restarting: Cell<bool>,
    /// Whether the process is about to end.
    stopping: Cell<bool>,
    /// How many scheduled jobs run.
    jobs: Cell<usize>,
}

impl Gateway {
    /// Starts without agents: the first message of a session builds its own. Takes up what the last process left.
    pub(super) async fn start(machine: Machine, loaded: Loaded, settings: &Settings, session: &SessionId) -> Self {
        let gateway = Self {
            inner: Rc::new(Inner {
                continuity: loaded.chats,
                agents: Agents::new(machine.clone(), Rc::clone(&loaded.memory)),
                machine,
                memory: loaded.memory,
                settings: settings.clone(),
                chats: Chats::default(),
                sessions: RefCell::default(),
                at_work: RefCell::default(),
                open: RefCell::new(session.clone()),
                draining: Cell::default(),
                restarting: Cell::default(),
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

    /// The session of the chat: named after the chat until it gets another.
    fn session_of(&self, chat: &SessionId) -> SessionId {
        self.inner.sessions.borrow().get(chat).unwrap_or(chat).clone()
    }

    /// The agent of `session`, from the cache or new. A new agent evicts the one that was idle longest if the cache is full: agents whose
    /// turn runs stay, and none goes in their place, so that the cache may be fuller for a while.
    async fn agent(&self, session: &SessionId) -> Agent {
        let agents = &self.inner.agents;
        if let Some(agent) = agents.find(session.as_str()) {
            return agent;
        }
        let agent = agents.add(session.as_str(), session).await;
        let oldest = agents.beyond(self.inner.settings.agent_cache);
        let at_work: Vec<SessionId> = self.inner.chats.running().iter().map(|chat| self.session_of(chat)).collect();
        for idle in oldest.iter().filter(|agent| !at_work.contains(&agent.session)) {
            self.commit_and_drop(&idle.session).await;
        }
        agent
    }

    /// The memories of all agents: those at work that left the cache, then those in it (`_finalize_shutdown_agents`, then the cache).
    fn lifecycles(&self) -> Vec<Rc<dyn Lifecycle>> {
        let mut all = Vec::<Rc<dyn Lifecycle>>::new();
        let cached = self.inner.agents.lifecycles();
        for at_work in &*self.inner.at_work.borrow() {
            if !all.iter().chain(&cached).any(|known| Rc::ptr_eq(known, at_work)) {
                all.push(Rc::clone(at_work));
            }
        }
        all.extend(cached);
        all
    }

    /// LRU eviction: the agent commits its session and drops its clients. The plugin keeps running (#64278).
    async fn commit_and_drop(&self, session: &SessionId) {
        if let Some(agent) = self.inner.agents.remove(session.as_str()) {
            agent.lifecycle.end().await;
        }
    }

    /// `_cleanup_agent_resources`: on a thread of its own. The gateway waits for it no longer than [`CLEANUP`] (#54130).
    async fn clean_up(&self, session: &SessionId) {
        let Some(agent) = self.inner.agents.remove(session.as_str()) else { return };
        let cleanup = self.inner.machine.spawn(thread::CLEANUP, async move {
            agent.lifecycle.flush_pending().await;
            shut_down(&*agent.lifecycle).await;
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
                return Answer::Text(self.agent(&session).await.lifecycle.prefetch(&session).await);
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
                agent.lifecycle.compress(&session, &to).await;
            }
            Command::Undo(turn) => {
                let announces = memory.habits().announces_undo_in_gateway;
                let undone = if announces { self.agent(&session).await.lifecycle.undo(&turn).await } else { Ok(()) };
                agents.remove(session.as_str());
                return answer(undone);
            }
            Command::End => self.agent(&session).await.lifecycle.end().await,
            Command::Flush => self.agent(&session).await.lifecycle.flush_pending().await,
            Command::Shutdown => {
                agents.close();
                memory.stop(&self.lifecycles()).await;
            }
            Command::Reinitialize => self.agent(&session).await.lifecycle.reinitialize(&session).await,
            Command::Evict(chat) => self.commit_and_drop(&self.session_of(&chat)).await,
            Command::Idle(chat) => match memory.habits().ends_idle_sessions {
                true => self.commit_and_drop(&self.session_of(&chat)).await,
                false => _ = agents.remove(self.session_of(&chat).as_str()),
            },
            Command::Expire(chat) => self.clean_up(&self.session_of(&chat)).await,
            Command::Gateway(request) => self.request(request).await,
        }
        Answer::Nothing
    }

    fn passes_over(&self, command: &Command) -> bool {
        matches!(command, Command::Agent(_, None) | Command::CliExit)
    }

    fn handles_sigterm(&self) -> bool {
        true
    }

    fn stop_timeout(&self) -> Option<Duration> {
        self.inner.continuity.as_ref().map(|continuity| continuity.budget().stop)
    }

    async fn sigterm(&self) -> Departure {
        self.stop().await;
        Departure::Return
    }

    /// Stops as under its supervisor.
    async fn finish(&self) -> Departure {
        self.stop().await;
        Departure::Return
    }
}
