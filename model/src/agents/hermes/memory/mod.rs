//! What Hermes Agent really shipped, and what was proposed: its memory manager and its Hindsight provider, release by release.
//!
//! This is a model of code that loses turns, and it is judged by fidelity: it must do to every turn what the real code
//! was measured to do. Tasks stand for Python's threads, and shared state is read and written between
//! `step()`s, unlocked where the real code has no lock. Nothing here is to be fixed; `reference` is for that.
//!
//! - `behaviors`: in what releases differ. - `shipped`: what each release does, as data. - `candidate`: the same of fixes that did
//!   not ship.
//! - `manager`: `MemoryManager`, inline or on one worker. - `provider`: the Hindsight provider's state and hooks. - `flush`:
//!   what it sends at a boundary. - `target`: which document a retain goes to, and how. - `writer`: how a retain leaves the
//!   process. - `job`: what a retain carries. - `prefetch`: the recall for the next turn.
//! - `client`: the HTTP client, built on first use. - `queue`: the one of Python's library.
//! - `interpreter`: what the providers of a process share, and the order in which CPython ends.

mod behaviors;
pub(super) mod candidate;
mod client;
mod flush;
mod interpreter;
mod job;
mod manager;
mod prefetch;
mod provider;
mod queue;
pub(super) mod shipped;
mod target;
mod writer;

use std::rc::Rc;
use std::time::Duration;

use async_trait::async_trait;

use crate::contracts::memory::{Config, Habits, Lifecycle, Memory};
use crate::machine::Machine;
use crate::words::command::Adoption;
use crate::words::session::SessionId;
use crate::words::turn::{Turn, TurnId};
pub(super) use behaviors::Behaviors;
use interpreter::Interpreter;
use manager::Manager;
use provider::Provider;

/// How long the gateway waits for the cleanup of one agent before it goes on to the next (`_CLEANUP_TIMEOUT_S`).
const CLEANUP_TIMEOUT: Duration = Duration::from_secs(30);

/// The memory of a process, as a release of Hermes has it.
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

/// Providers and interpreter hold each other. Whoever runs many processes would never get their memory back.
impl Drop for Hermes {
    fn drop(&mut self) {
        self.interpreter.forget_hooks();
    }
}

#[async_trait(?Send)]
impl Memory for Hermes {
    async fn initialize(&self, session: &SessionId) -> Rc<dyn Lifecycle> {
        let (behaviors, machine, config) = (self.behaviors, self.machine.clone(), self.config.clone());
        let provider = Provider::new(behaviors, machine.clone(), config, Rc::clone(&self.interpreter), session.clone());
        let provider = Rc::new(provider);
        let manager = Manager::new(machine, Rc::clone(&provider), behaviors.background);
        Rc::new(Agent { behaviors, manager, provider })
    }

    /// One agent after the other, each with a timeout of its own: the sum is nobody's business (`scenarios/README.md` row 74).
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
            warms_up_for_nobody: !self.behaviors.one_shot_skips_prefetch,
            hands_over_ephemeral_turns: true,
            announces_undo_in_gateway: false,
            ends_idle_sessions: false,
        }
    }
}

/// One agent's part of it.
struct Agent {
    behaviors: Behaviors,
    manager: Manager,
    provider: Rc<Provider>,
}

#[async_trait(?Send)]
impl Lifecycle for Agent {
    async fn turn(&self, turn: Turn) {
        self.manager.sync_all(turn, self.behaviors.sync_passes_session).await;
    }

    async fn warm_up(&self, turn: &Turn) {
        self.manager.queue_prefetch_all(turn.user.clone()).await;
    }

    /// The session that is left counts as parent, even if the other is resumed (#57106).
    async fn switch(&self, from: &SessionId, to: &SessionId, _adoption: Adoption) {
        self.manager.on_session_switch(to, Some(from)).await;
    }

    async fn new_session(&self, from: &SessionId, to: &SessionId) {
        self.manager.commit_session_boundary(to, from).await;
    }

    /// `commit_memory_session`, then the switch, both inline. In place, a session becomes its own parent.
    async fn compress(&self, from: &SessionId, to: &SessionId) {
        self.manager.on_session_end().await;
        self.manager.on_session_switch(to, Some(from)).await;
    }

    /// `on_session_switch` to the same session, `rewound`, to which the provider pays no attention.
    async fn undo(&self, undone: &TurnId) {
        self.manager.on_session_switch(&undone.session, None).await;
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
        self.provider.reinitialize(session);
    }
}
