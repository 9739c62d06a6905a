//! The recall for the next turn: one slot, which a thread fills and the first reader empties.
//!
//! Up to release F the slot is bound to no session: the thread that ends last fills it, whichever session is open by then.
//! From N on a generation fences the slot, and a prefetch that finds a thread still alive is dropped.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::time::Duration;

use super::interpreter::{GET, POST};
use super::plugin::Plugin;
use crate::agents::hermes::thread::Thread;
use crate::machine::Machine;
use crate::protocols::hindsight::wire::{Recall, Status};
use crate::protocols::http::{Outcome, Refusal};

/// How long a turn waits for a recall in flight.
const READ_JOIN: Duration = Duration::from_secs(3);
/// How long a prefetch waits for retains (`prefetch_retain_drain_timeout`).
const RETAIN_WAIT: Duration = Duration::from_secs(10);
/// How often it looks at the writer's queue.
const QUEUE_POLL: Duration = Duration::from_millis(50);
/// How often it looks at the server's operations.
const OPERATION_POLL: Duration = Duration::from_millis(500);

/// The slot, and the thread that fills it.
#[derive(Default)]
pub(super) struct Prefetch {
    slot: RefCell<Option<String>>,
    thread: RefCell<Option<Thread>>,
    generation: Cell<u32>,
    operations: RefCell<Vec<String>>,
}

impl Prefetch {
    /// Makes the next prefetch wait until this operation is done.
    pub(super) fn wait_for(&self, operation: String) {
        self.operations.borrow_mut().push(operation);
    }

    /// Invalidates the recall in flight.
    pub(super) fn fence(&self) {
        self.generation.set(self.generation.get() + 1);
    }

    /// Empties the slot, and invalidates the recall in flight.
    pub(super) fn forget(&self) {
        self.fence();
        *self.slot.borrow_mut() = None;
    }

    /// Waits at most `limit` for the last thread that was started.
    pub(super) async fn join(&self, machine: &Machine, limit: Duration) {
        let thread = self.thread.borrow().clone();
        if let Some(thread) = thread {
            thread.join(machine, limit).await;
        }
    }
}

impl Plugin {
    /// `queue_prefetch`: starts a thread that recalls what the server knows about `query`.
    pub(super) async fn queue_prefetch(self: &Rc<Self>, query: String) {
        self.machine.step("queue_prefetch").await;
        if !self.config.auto_recall || self.is_shutting_down() {
            return;
        }
        let busy = self.prefetch.thread.borrow().as_ref().is_some_and(Thread::is_alive);
        if self.behaviors.prefetch_fenced && busy {
            tracing::debug!("a prefetch is still running; this one is dropped");
            return;
        }
        self.prefetch.fence();
        let (plugin, generation) = (Rc::clone(self), self.prefetch.generation.get());
        let thread =
            Thread::new(&self.machine, "hindsight-prefetch", async move { plugin.recall(query, generation).await });
        *self.prefetch.thread.borrow_mut() = Some(thread.clone());
        thread.start().await;
    }

    /// `prefetch`: empties the slot, after a short wait for the thread that may fill it.
    pub(super) async fn prefetch(&self) -> Option<String> {
        self.prefetch.join(&self.machine, READ_JOIN).await;
        self.machine.step("slot read").await;
        self.prefetch.slot.take()
    }

    /// The prefetch thread.
    async fn recall(&self, query: String, generation: u32) {
        if self.behaviors.prefetch_waits_for_retain {
            self.retains_done().await;
        }
        let current = || !self.behaviors.prefetch_fenced || self.prefetch.generation.get() == generation;
        self.machine.step("before the recall").await;
        if !current() {
            return;
        }
        let Ok(client) = self.client.get(POST).await else { return };
        let recall = Recall { query, types: vec!["observation".into()], budget: "mid".into(), max_tokens: 4096 };
        let Outcome::Applied(recalled) = client.recall(&recall).await else { return };
        let text: Vec<String> = recalled.results.into_iter().map(|memory| memory.text).collect();
        self.machine.step("before the publication").await;
        if current() {
            *self.prefetch.slot.borrow_mut() = Some(text.join("\n"));
        }
    }

    /// Waits for the writer's queue, then for the operations of the retains, ten seconds in all. A request that is under way
    /// when they are over still ends. A failed operation counts as done. The rest is forgotten.
    async fn retains_done(&self) {
        let until = self.machine.now() + RETAIN_WAIT;
        while !self.writer.is_idle() && self.machine.now() < until {
            self.machine.sleep(QUEUE_POLL).await;
        }
        while self.machine.now() < until {
            let pending = self.prefetch.operations.borrow().clone();
            if pending.is_empty() {
                return;
            }
            for operation in pending {
                if self.is_done(&operation).await {
                    self.prefetch.operations.borrow_mut().retain(|known| *known != operation);
                }
            }
            if !self.prefetch.operations.borrow().is_empty() {
                self.machine.sleep(OPERATION_POLL).await;
            }
        }
        self.prefetch.operations.borrow_mut().clear();
    }

    async fn is_done(&self, operation: &str) -> bool {
        let Ok(client) = self.client.get(GET).await else { return false };
        match client.operation(operation).await {
            Outcome::Applied(operation) => matches!(operation.status, Status::Completed | Status::Failed),
            Outcome::Refused(refusal) => refusal == Refusal::Status(404),
            Outcome::Unknown(_) => false,
        }
    }
}
