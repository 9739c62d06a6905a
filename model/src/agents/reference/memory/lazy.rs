//! A candidate that stalls: the reference, except that a process sends nothing before it has an agent.
//!
//! This is the mistake of a host that initializes its memory with the first message. It loses nothing, but if no message
//! follows a restart, nothing arrives either.

use std::rc::Rc;
use std::time::Duration;

use async_trait::async_trait;

use super::Reference;
use super::backlog::Backlog;
use crate::contracts::memory::{Config, Habits, Lifecycle, Memory};
use crate::machine::Machine;
use crate::words::session::SessionId;
use crate::words::turn::TurnId;

/// The reference, started by its first agent.
pub(crate) struct LazyStart {
    memory: Reference,
}

impl LazyStart {
    /// Takes an outbox, and does not deliver what former processes left.
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

    /// Without an agent this never returns if anything is left, because nothing delivers it.
    async fn drained(&self) {
        if self.memory.delivering().is_some() {
            return self.memory.drained().await;
        }
        self.memory.report_pending();
        for outbox in self.memory.inner.outboxes.all() {
            outbox.until(Backlog::is_empty).await;
        }
        self.memory.report_pending();
    }

    fn wedge(&self, duration: Duration) {
        self.memory.wedge(duration);
    }

    fn undeliverable(&self) -> Vec<TurnId> {
        self.memory.undeliverable()
    }

    fn habits(&self) -> Habits {
        self.memory.habits()
    }
}
