//! Hermes Agent's memory manager and Hindsight plugin as they shipped, and as fixes were proposed, release by release.
//!
//! This is a model of code that loses turns, and it is judged by fidelity: it must do to every turn what the real code was
//! measured to do. Tasks stand for Python's threads. Shared state is read and written between `step()`s, without a lock
//! where the real code has none. Do not fix anything here; the fixed design is [`reference`](mod@crate::agents::reference).
//!
//! - `behaviors`: the ways in which releases differ. - `shipped`: each release's behaviors. Those of a fix that did not ship stand
//!   in its row in `releases`.
//! - `manager`: `MemoryManager`, inline or on one worker. - `plugin`: the Hindsight plugin's state and hooks. - `flush`:
//!   what it sends at a boundary. - `target`: which document a retain goes to, and how. - `writer`: how a retain leaves the
//!   process. - `job`: what a retain carries. - `prefetch`: the recall for the next turn.
//! - `client`: the HTTP client, built on first use. - `queue`: Python's `queue.Queue`.
//! - `interpreter`: what the plugins of a process share, and the order in which CPython ends.

mod behaviors;
mod client;
mod flush;
mod interpreter;
mod job;
mod manager;
mod plugin;
mod prefetch;
mod queue;
pub(super) mod shipped;
mod target;
mod writer;

use std::rc::Rc;
use std::time::Duration;

use async_trait::async_trait;

use crate::contracts::memory::{Config, Habits, Lifecycle, Memory, Unsure};
use crate::machine::Machine;
use crate::words::command::Adoption;
use crate::words::session::SessionId;
use crate::words::turn::{Turn, TurnId};
pub(super) use behaviors::{Append, Behaviors, ExitHook, Flush, OnEnd, OnFailure, OnSwitch};
use interpreter::Interpreter;
use manager::Manager;
use plugin::Plugin;

/// How long the gateway waits for one agent's cleanup before it starts the next (`_CLEANUP_TIMEOUT_S`).
const CLEANUP_TIMEOUT: Duration = Duration::from_secs(30);

/// A release's memory code, loaded into a process.
pub(super) struct Hermes {
    behaviors: Behaviors,
    machine: Machine,
    config: Config,
    interpreter: Rc<Interpreter>,
}

impl Hermes {
    /// Loads the release.
    pub(super) fn load(behaviors: Behaviors, machine: Machine, config: Config) -> Rc<dyn Memory> {
        let interpreter = Rc::new(Interpreter::new(&behaviors, machine.clone(), &config));
        Rc::new(Self { behaviors, machine, config, interpreter })
    }
}

/// Plugins and interpreter hold each other. Without this, a program that runs many processes would leak them all.
impl Drop for Hermes {
    fn drop(&mut self) {
        self.interpreter.forget_hooks();
    }
}

#[async_trait(?Send)]
impl Memory for Hermes {
    /// The bank is resolved here, once for the agent.
    async fn initialize(&self, session: &SessionId) -> Rc<dyn Lifecycle> {
        let (behaviors, machine) = (self.behaviors, self.machine.clone());
        let config = Config { bank: self.config.bank_of(session), ..self.config.clone() };
        let plugin = Plugin::new(behaviors, machine.clone(), config, Rc::clone(&self.interpreter), session.clone());
        let plugin = Rc::new(plugin);
        let manager = Manager::new(machine, Rc::clone(&plugin), behaviors.background);
        Rc::new(AgentMemory { behaviors, manager, plugin })
    }

    /// Ends one agent after the other, each with its own timeout. Nothing bounds the sum (`scenarios/README.md` row 74).
    async fn stop(&self, agents: &[Rc<dyn Lifecycle>]) {
        for agent in agents {
            let agent = Rc::clone(agent);
            let cleanup = self.machine.spawn("cleanup", async move {
                agent.flush_pending().await;
                agent.end().await;
                agent.shutdown().await;
            });
            cleanup.join(&self.machine, CLEANUP_TIMEOUT).await;
        }
    }

    async fn exit(&self) {
        self.interpreter.finalize().await;
    }

    fn wedge(&self, duration: Duration) {
        self.interpreter.set_wedge(duration);
    }

    fn habits(&self) -> Habits {
        Habits {
            one_shot_warms_up: !self.behaviors.one_shot_skips_prefetch,
            request_warms_up: true,
            hands_over_ephemeral_turns: true,
            reviews_have_memory: self.behaviors.reviews_have_memory,
            announces_undo_in_gateway: false,
            ends_idle_sessions: false,
        }
    }
}

/// The memory of one agent.
struct AgentMemory {
    behaviors: Behaviors,
    manager: Manager,
    plugin: Rc<Plugin>,
}

#[async_trait(?Send)]
impl Lifecycle for AgentMemory {
    async fn turn(&self, turn: Turn) -> Result<(), Unsure> {
        self.manager.sync_all(turn, self.behaviors.sync_passes_session).await;
        Ok(())
    }

    async fn warm_up(&self, turn: &Turn) {
        self.manager.queue_prefetch_all(turn.user.clone()).await;
    }

    /// The session that is left becomes the parent, even if the other one is resumed (#57106).
    async fn switch(&self, from: &SessionId, to: &SessionId, _adoption: Adoption) {
        self.manager.on_session_switch(to, Some(from)).await;
    }

    async fn new_session(&self, from: &SessionId, to: &SessionId) {
        self.manager.commit_session_boundary(to, from).await;
    }

    /// `commit_memory_session`, then the switch, both inline. A session that is compressed in place becomes its own parent.
    async fn compress(&self, from: &SessionId, to: &SessionId) {
        self.manager.on_session_end().await;
        self.manager.on_session_switch(to, Some(from)).await;
    }

    /// `on_session_switch` to the same session, `rewound`. The plugin ignores that flag.
    async fn undo(&self, undone: &TurnId) -> Result<(), Unsure> {
        self.manager.on_session_switch(&undone.session, None).await;
        Ok(())
    }

    async fn end(&self) {
        self.manager.on_session_end().await;
    }

    async fn prefetch(&self, _session: &SessionId) -> Option<String> {
        self.manager.prefetch_all().await
    }

    async fn flush_pending(&self) {
        self.manager.flush_pending().await;
    }

    async fn shutdown(&self) {
        self.manager.shutdown_all().await;
    }

    async fn reinitialize(&self, session: &SessionId) {
        self.plugin.reinitialize(session);
    }
}
