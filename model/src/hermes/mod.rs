//! What Hermes Agent really shipped: its memory manager and its Hindsight provider, release by release.
//!
//! This is a model of code that loses turns, and it is judged by fidelity: it must do to every turn what the real code
//! was measured to do. Tasks stand for Python's threads, and shared state is read and written between
//! `step()`s, unlocked where the real code has no lock. Nothing here is to be fixed; `reference` is for that.
//!
//! - `release`: what differs between the releases, as data. - `manager`: `MemoryManager`, inline or on one worker.
//! - `provider`: the Hindsight provider's state and hooks. - `target`: which document a retain goes to, and how.
//! - `writer`: how a retain leaves the process. - `prefetch`: the recall for the next turn.
//! - `client`: the HTTP client, built on first use. - `thread`: what starting one means. - `interpreter`: the order in which CPython ends.

mod client;
mod interpreter;
mod manager;
mod prefetch;
mod provider;
mod queue;
mod release;
mod target;
mod thread;
mod writer;

use std::rc::Rc;
use std::time::Duration;

use async_trait::async_trait;

use crate::host::Host;
use crate::lifecycle::{Config, Lifecycle};
use crate::session::SessionId;
use crate::turn::Turn;
use manager::Manager;
use provider::Provider;
pub use release::Release;

/// An agent's memory as a release of Hermes has it.
pub struct Hermes {
    release: Release,
    manager: Manager,
    provider: Rc<Provider>,
}

impl Hermes {
    /// `initialize`, with `session` open.
    pub fn start(release: Release, host: Host, config: Config, session: &SessionId) -> Rc<dyn Lifecycle> {
        let provider = Rc::new(Provider::new(release.behaviors(), host.clone(), config, session.clone()));
        let manager = Manager::new(host, Rc::clone(&provider), release.behaviors().background);
        Rc::new(Self { release, manager, provider })
    }
}

#[async_trait(?Send)]
impl Lifecycle for Hermes {
    async fn turn(&self, turn: Turn) {
        let query = turn.user.clone();
        self.manager.sync_all(turn, self.release != Release::A).await;
        self.manager.queue_prefetch_all(query).await;
    }

    async fn switch(&self, to: &SessionId) {
        self.manager.on_session_switch(to).await;
    }

    async fn new_session(&self, to: &SessionId) {
        self.manager.commit_session_boundary(to).await;
    }

    /// `commit_memory_session`, which does nothing for Hindsight, then the switch, inline.
    async fn compress(&self, to: &SessionId) {
        self.manager.on_session_switch(to).await;
    }

    /// `on_session_end` is not overridden by the provider in any release (#36216).
    async fn end(&self) {}

    async fn prefetch(&self, _session: &SessionId) -> Option<String> {
        self.manager.prefetch_all().await
    }

    async fn shutdown(&self) {
        self.manager.shutdown_all().await;
    }

    async fn cli_exit(&self) {
        self.manager.flush_pending().await;
        self.manager.shutdown_all().await;
    }

    /// `threading._shutdown`, then `atexit`; the daemon threads die with the process.
    async fn exit(&self) {
        self.provider.interpreter.close_executors();
        if self.provider.interpreter.atexit_registered() && !self.provider.is_shutting_down() {
            self.provider.shutdown().await;
        }
    }

    fn wedge(&self, duration: Duration) {
        self.provider.wedge(duration);
    }
}
