//! `threading.Thread`: `start` returns when the new thread has begun to run.
//!
//! That is why a new thread usually gets ahead of whoever started it, up to the first place where it waits: a detail on
//! which the outcome of many a race depends.

use std::future::Future;

use crate::host::{Host, Task};
use crate::signal::Signal;

/// A thread that was made, and may not have begun to run.
pub(super) struct Thread {
    /// Its handle.
    pub task: Task,
    begun: Signal,
}

impl Thread {
    /// Makes a thread.
    pub(super) fn new(host: &Host, name: &'static str, body: impl Future<Output = ()> + 'static) -> Self {
        let begun = Signal::default();
        let at_begin = begun.clone();
        let task = host.spawn(name, async move {
            at_begin.raise();
            body.await;
        });
        Self { task, begun }
    }

    /// Waits until it runs.
    pub(super) async fn start(self) {
        self.begun.wait().await;
    }
}
