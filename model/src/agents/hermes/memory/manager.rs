//! `MemoryManager`: calls the plugin's hooks, on the caller's thread or on one worker.
//!
//! Up to release E every call is inline, and a slow plugin holds up the turn. From F on `sync_all`, `queue_prefetch_all`
//! and the `/new` boundary go to a single worker (#41945, #61139). `on_session_switch` and `prefetch_all` stay on the
//! caller's thread, where they can overtake queued work. Nothing orders the two.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::time::Duration;

use super::plugin::Plugin;
use super::queue::Queue;
use crate::agents::hermes::thread::Thread;
use crate::facts::Place;
use crate::machine::Machine;
use crate::machine::signal::Signal;
use crate::words::session::SessionId;
use crate::words::turn::{Turn, TurnId};
use tokio::sync::Mutex;

/// How long a shutdown waits for the worker (`_SYNC_DRAIN_TIMEOUT_S`).
const DRAIN_TIMEOUT: Duration = Duration::from_secs(5);
/// How long leaving the CLI waits for the worker (`flush_pending`).
const FLUSH_TIMEOUT: Duration = Duration::from_secs(10);
/// How long a turn waits for the plugin's recall (`_EXTERNAL_PREFETCH_TIMEOUT_S`).
const PREFETCH_TIMEOUT: Duration = Duration::from_secs(8);

/// How long the thread that woke the worker keeps the interpreter (`sys.getswitchinterval`). Twenty turns and switches in a
/// row are all over before the worker begins the first of them.
const SWITCH_INTERVAL: Duration = Duration::from_millis(5);

/// The step at which the manager's lock is held.
const SUBMIT: &str = "submit";

/// The manager of one agent.
pub(super) struct Manager {
    machine: Machine,
    plugin: Rc<Plugin>,
    background: bool,
    work: Rc<Queue<Work>>,
    /// The turn that the worker is syncing.
    active: Rc<RefCell<Option<TurnId>>>,
    worker: RefCell<Option<Thread>>,
    /// Whether the session has a history. A session that was never used is left without the worker's help.
    used: Cell<bool>,
    shutting_down: Cell<bool>,
    lock: Mutex<()>,
}

/// A task for the worker.
enum Work {
    Sync(Turn),
    Prefetch(String),
    Boundary { to: SessionId, from: SessionId },
    Barrier(Signal),
}

impl Work {
    /// The turn that is lost if the task is dropped.
    fn into_turn(self) -> Option<TurnId> {
        match self {
            Self::Sync(turn) => Some(turn.id),
            Self::Prefetch(_) | Self::Boundary { .. } | Self::Barrier(_) => None,
        }
    }
}

impl Manager {
    pub(super) fn new(machine: Machine, plugin: Rc<Plugin>, background: bool) -> Self {
        let (worker, used, shutting_down) = (RefCell::new(None), Cell::new(false), Cell::new(false));
        let (work, active) = <(Rc<_>, Rc<_>)>::default();
        Self { machine, plugin, background, work, active, worker, used, shutting_down, lock: Mutex::new(()) }
    }

    /// `sync_all`. Release A passes no session id.
    pub(super) async fn sync_all(&self, turn: Turn, with_session: bool) {
        self.machine.step("sync_all").await;
        self.used.set(true);
        if self.background {
            self.submit(Work::Sync(turn)).await;
        } else {
            self.plugin.sync_turn(turn, with_session).await;
        }
    }

    /// `queue_prefetch_all`.
    pub(super) async fn queue_prefetch_all(&self, query: String) {
        if self.background {
            self.submit(Work::Prefetch(query)).await;
        } else {
            self.plugin.queue_prefetch(query).await;
        }
    }

    /// `prefetch_all`, always on the caller's thread.
    pub(super) async fn prefetch_all(&self) -> Option<String> {
        self.machine.step("prefetch_all").await;
        self.machine.timeout(PREFETCH_TIMEOUT, self.plugin.prefetch()).await.flatten()
    }

    /// `on_session_switch`, always on the caller's thread.
    pub(super) async fn on_session_switch(&self, to: &SessionId, parent: Option<&SessionId>) {
        self.machine.step("on_session_switch").await;
        self.used.set(true);
        self.plugin.on_session_switch(to, parent).await;
    }

    /// `on_session_end`, always on the caller's thread, ahead of queued work (#80503).
    pub(super) async fn on_session_end(&self) {
        self.plugin.on_session_end().await;
    }

    /// `/new`: on the worker behind queued work, or inline.
    pub(super) async fn commit_session_boundary(&self, to: &SessionId, from: &SessionId) {
        if self.background && self.used.get() {
            self.submit(Work::Boundary { to: to.clone(), from: from.clone() }).await;
        } else {
            if self.used.get() {
                self.on_session_end().await;
            }
            self.on_session_switch(to, Some(from)).await;
        }
        self.used.set(false);
    }

    /// `flush_pending`: waits until the worker has done the work that is queued now. It does not look at the plugin's own queue.
    pub(super) async fn flush_pending(&self) {
        if self.background && self.worker.borrow().is_some() && !self.shutting_down.get() {
            let reached = Signal::default();
            self.submit(Work::Barrier(reached.clone())).await;
            self.machine.timeout(FLUSH_TIMEOUT, reached.wait()).await;
        }
    }

    /// `shutdown_all`: a bounded drain of the worker, then the plugin's own shutdown.
    pub(super) async fn shutdown_all(&self) {
        self.machine.step("shutdown_all").await;
        let worker = {
            let _locked = self.lock.lock().await;
            self.shutting_down.set(true);
            self.worker.take()
        };
        if worker.is_some() && !self.work.idle(&self.machine, DRAIN_TIMEOUT).await {
            tracing::warn!("memory drain timed out");
            let canceled = self.work.cancel();
            let turns: Vec<_> = canceled.into_iter().filter_map(Work::into_turn).collect();
            self.machine.abandoned(&turns);
            self.machine.abandoned(self.active.borrow().as_slice());
            self.machine.moved(turns, Place::CanceledByShutdown);
        }
        self.plugin.shutdown().await;
    }

    /// Queues a task. After the shutdown the task is dropped with a warning. The lock is not reentrant: a signal handler that
    /// interrupts this function on the same thread waits for ever.
    async fn submit(&self, work: Work) {
        let _locked = self.lock.lock().await;
        self.machine.step(SUBMIT).await;
        if self.shutting_down.get() {
            tracing::warn!("late call after shutdown dropped");
            let turn = work.into_turn();
            self.machine.abandoned(turn.as_slice());
            self.machine.moved(turn, Place::DroppedAfterShutdown);
            return;
        }
        if let Work::Sync(turn) = &work {
            self.machine.moved([turn.id.clone()], Place::Worker);
            self.plugin.held.add(1);
        }
        self.work.put(work);
        if self.worker.borrow().is_none() {
            let (queue, active) = (Rc::clone(&self.work), Rc::clone(&self.active));
            let worker = run(self.machine.clone(), Rc::clone(&self.plugin), queue, active);
            let worker = Thread::new(&self.machine, "mem-sync", worker);
            *self.worker.borrow_mut() = Some(worker.clone());
            worker.start().await;
        }
    }
}

/// The worker's thread. It does one task after another and never ends.
async fn run(machine: Machine, plugin: Rc<Plugin>, queue: Rc<Queue<Work>>, active: Rc<RefCell<Option<TurnId>>>) {
    loop {
        machine.step("worker takes a task").await;
        let Some(work) = queue.take() else {
            queue.changed().await;
            machine.sleep(SWITCH_INTERVAL).await;
            continue;
        };
        match work {
            Work::Sync(turn) => {
                plugin.held.remove(1);
                active.replace(Some(turn.id.clone()));
                plugin.sync_turn(turn, true).await;
                active.replace(None);
            }
            Work::Prefetch(query) => plugin.queue_prefetch(query).await,
            Work::Boundary { to, from } => {
                plugin.on_session_end().await;
                plugin.on_session_switch(&to, Some(&from)).await;
            }
            Work::Barrier(reached) => reached.raise(),
        }
        queue.task_done();
    }
}
