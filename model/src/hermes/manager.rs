//! `MemoryManager`: calls the provider's hooks, on the caller's thread or on one worker.
//!
//! Up to release E everything is inline, and a slow provider holds the turn. From F on `sync_all`, `queue_prefetch_all`
//! and the `/new` boundary go to a single worker (#41945, #61139), while `on_session_switch` and `prefetch_all` stay on
//! the caller's thread, where they can overtake what is queued. Nothing orders the two.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::time::Duration;

use super::provider::Provider;
use super::queue::Queue;
use super::thread::Thread;
use crate::host::{Host, Place, Task};
use crate::session::SessionId;
use crate::signal::Signal;
use crate::turn::Turn;

/// How long a shutdown waits for the worker (`_SYNC_DRAIN_TIMEOUT_S`).
const DRAIN_TIMEOUT: Duration = Duration::from_secs(5);
/// How long leaving the CLI waits for the worker (`flush_pending`).
const FLUSH_TIMEOUT: Duration = Duration::from_secs(10);
/// How long a turn waits for the provider's recall (`_EXTERNAL_PREFETCH_TIMEOUT_S`).
const PREFETCH_TIMEOUT: Duration = Duration::from_secs(8);

/// The manager of one agent.
pub(super) struct Manager {
    host: Host,
    provider: Rc<Provider>,
    background: bool,
    work: Rc<Queue<Work>>,
    worker: RefCell<Option<Task>>,
    /// Whether the session has a history: a fresh one that was never used is left without the worker's help.
    used: Cell<bool>,
    shutting_down: Cell<bool>,
}

/// What the worker does.
enum Work {
    Sync(Turn),
    Prefetch(String),
    Boundary(SessionId),
    Barrier(Signal),
}

impl Manager {
    pub(super) fn new(host: Host, provider: Rc<Provider>, background: bool) -> Self {
        let (worker, used, shutting_down) = (RefCell::new(None), Cell::new(false), Cell::new(false));
        Self { host, provider, background, work: Rc::default(), worker, used, shutting_down }
    }

    /// `sync_all`. Release A passes no session id.
    pub(super) async fn sync_all(&self, turn: Turn, with_session: bool) {
        self.host.step("sync_all").await;
        self.used.set(true);
        if self.background {
            self.submit(Work::Sync(turn)).await;
        } else {
            self.provider.sync_turn(turn, with_session).await;
        }
    }

    /// `queue_prefetch_all`.
    pub(super) async fn queue_prefetch_all(&self, query: String) {
        if self.background {
            self.submit(Work::Prefetch(query)).await;
        } else {
            self.provider.queue_prefetch(query).await;
        }
    }

    /// `prefetch_all`, always on the caller's thread.
    pub(super) async fn prefetch_all(&self) -> Option<String> {
        self.host.step("prefetch_all").await;
        self.host.timeout(PREFETCH_TIMEOUT, self.provider.prefetch()).await.flatten()
    }

    /// `on_session_switch`, always on the caller's thread.
    pub(super) async fn on_session_switch(&self, to: &SessionId) {
        self.host.step("on_session_switch").await;
        self.used.set(true);
        self.provider.on_session_switch(to).await;
    }

    /// `/new`: on the worker, behind what is queued, or inline.
    pub(super) async fn commit_session_boundary(&self, to: &SessionId) {
        if self.background && self.used.get() {
            self.submit(Work::Boundary(to.clone())).await;
        } else {
            self.on_session_switch(to).await;
        }
        self.used.set(false);
    }

    /// `flush_pending`: waits until the worker has done what is queued now. Says nothing about the provider's own queue.
    pub(super) async fn flush_pending(&self) {
        if self.background && self.worker.borrow().is_some() && !self.shutting_down.get() {
            let reached = Signal::default();
            self.submit(Work::Barrier(reached.clone())).await;
            self.host.timeout(FLUSH_TIMEOUT, reached.wait()).await;
        }
    }

    /// `shutdown_all`: a bounded drain of the worker, then the provider's own shutdown.
    pub(super) async fn shutdown_all(&self) {
        self.host.step("shutdown_all").await;
        self.shutting_down.set(true);
        let worker = self.worker.take();
        if worker.is_some() && !self.work.idle(&self.host, DRAIN_TIMEOUT).await {
            tracing::warn!("memory drain timed out");
            for work in self.work.cancel() {
                if let Work::Sync(turn) = work {
                    self.host.moved([turn.id], Place::CanceledByShutdown);
                }
            }
        }
        self.provider.shutdown().await;
    }

    /// Late calls are dropped with a warning.
    async fn submit(&self, work: Work) {
        self.host.step("submit").await;
        if self.shutting_down.get() {
            tracing::warn!("late call after shutdown dropped");
            if let Work::Sync(turn) = work {
                self.host.moved([turn.id], Place::DroppedAfterShutdown);
            }
            return;
        }
        if let Work::Sync(turn) = &work {
            self.host.moved([turn.id.clone()], Place::Worker);
        }
        self.work.put(work);
        if self.worker.borrow().is_none() {
            let worker = run(self.host.clone(), Rc::clone(&self.provider), Rc::clone(&self.work));
            let worker = Thread::new(&self.host, "mem-sync", worker);
            *self.worker.borrow_mut() = Some(worker.task.clone());
            worker.start().await;
        }
    }
}

/// The worker's thread: one task after another, for ever.
async fn run(host: Host, provider: Rc<Provider>, queue: Rc<Queue<Work>>) {
    loop {
        host.step("worker takes a task").await;
        let Some(work) = queue.take() else {
            queue.changed().await;
            continue;
        };
        match work {
            Work::Sync(turn) => provider.sync_turn(turn, true).await,
            Work::Prefetch(query) => provider.queue_prefetch(query).await,
            Work::Boundary(to) => provider.on_session_switch(&to).await,
            Work::Barrier(reached) => reached.raise(),
        }
        queue.task_done();
    }
}
