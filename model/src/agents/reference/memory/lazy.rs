//! A candidate that stalls: the reference, but a process takes nothing to the provider before it has an agent.
//!
//! It is how a host goes wrong that initializes its memory with the first message: nothing is lost, and after a restart to which nobody
//! says anything nothing arrives either. Everything else is the reference's.

use std::rc::Rc;
use std::time::Duration;

use async_trait::async_trait;

use super::Reference;
use super::backlog::Backlog;
use crate::contracts::memory::{Config, Habits, Lifecycle, Memory};
use crate::machine::Machine;
use crate::words::session::SessionId;

/// The reference, woken by its first agent.
pub(crate) struct LazyStart {
    memory: Reference,
}

impl LazyStart {
    /// Takes an outbox, and leaves what former processes have left where it is.
    pub(crate) async fn load(machine: Machine, config: Config) -> Rc<dyn Memory> {
        Rc::new(Self { memory: Reference::open(machine, config).await })
    }
}

#[async_trait(?Send)]
impl Memory for LazyStart {
    async fn initialize(&self, session: &SessionId) -> Rc<dyn Lifecycle> {
        self.memory.initialize(session).await
    }

    async fn stop(&self, agents: &[Rc<dyn Lifecycle>]) {
        self.memory.stop(agents).await;
    }

    /// Waits for what nobody does, unless there is an agent.
    async fn drained(&self) {
        if self.memory.delivering().is_some() {
            return self.memory.drained().await;
        }
        self.memory.tell_pending();
        for outbox in self.memory.inner.outboxes.all() {
            outbox.until(Backlog::is_empty).await;
        }
        self.memory.tell_pending();
    }

    fn wedge(&self, duration: Duration) {
        self.memory.wedge(duration);
    }

    fn habits(&self) -> Habits {
        self.memory.habits()
    }
}
