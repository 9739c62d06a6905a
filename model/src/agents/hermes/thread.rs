//! `threading.Thread`: `start` returns when the new thread has begun to run, and until then it counts as not alive.
//!
//! That is why a new thread usually gets ahead of whoever started it, up to the first place where it waits: a detail on
//! which the outcome of many a race depends. It is also why two threads that look for a third at the same time can each
//! find none, and start one.

use std::future::Future;
use std::time::Duration;

use crate::machine::signal::Signal;
use crate::machine::{Machine, Task};

/// A thread that was made, and may not have begun to run. Clones are the same thread.
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

    /// Waits until it runs.
    pub(super) async fn start(&self) {
        self.begun.wait().await;
    }

    /// Whether it runs.
    pub(super) fn is_alive(&self) -> bool {
        self.begun.is_raised() && self.task.is_alive()
    }

    /// Waits for its end, at most `limit`. Says whether it ended.
    pub(super) async fn join(&self, machine: &Machine, limit: Duration) -> bool {
        self.task.join(machine, limit).await
    }
}
