//! `threading.Thread`: `start` returns when the new thread has begun to run. Until then the thread counts as not alive.
//!
//! So a new thread usually gets ahead of the thread that started it, up to the first place where it waits. The outcome of
//! many races depends on this detail. It is also why two threads that look for a third at the same time can each find none,
//! and start one.

use std::future::Future;
use std::time::Duration;

use crate::machine::signal::Signal;
use crate::machine::{Machine, Task};

/// A thread, begun or not. Clones are the same thread.
#[derive(Clone)]
pub(super) struct Thread {
    task: Task,
    begun: Signal,
}

impl Thread {
    /// Makes a thread.
    pub(super) fn new(machine: &Machine, name: &'static str, body: impl Future<Output = ()> + 'static) -> Self {
        let begun = Signal::default();
        let at_begin = begun.clone();
        let task = machine.spawn(name, async move {
            at_begin.raise();
            body.await;
        });
        Self { task, begun }
    }

    /// Waits until the thread has begun.
    pub(super) async fn start(&self) {
        self.begun.wait().await;
    }

    /// Whether the thread has begun and not ended.
    pub(super) fn is_alive(&self) -> bool {
        self.begun.is_raised() && self.task.is_alive()
    }

    /// Waits at most `limit` for the thread's end. Returns whether it ended.
    pub(super) async fn join(&self, machine: &Machine, limit: Duration) -> bool {
        self.task.join(machine, limit).await
    }
}
