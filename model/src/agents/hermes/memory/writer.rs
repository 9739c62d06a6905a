//! How a retain leaves the process: one attempt, on a thread of its own or on the writer's. A failure is logged and
//! forgotten.
//!
//! The writer's queue is unbounded and in memory. Starting the writer is check-then-start without a lock, so two threads
//! that find no writer can each start one, and the queue then has two consumers.

use std::cell::RefCell;
use std::rc::Rc;
use std::time::Duration;

use super::behaviors::{Delivery, OnFailure};
use super::interpreter::POST;
use super::job::{Job, ids};
use super::plugin::Plugin;
use super::queue::Queue;
use crate::agents::hermes::thread::Thread;
use crate::facts::Place;
use crate::protocols::hindsight::wire::Retain;
use crate::protocols::http::Outcome;

/// How long a shutdown waits for the writer.
const WRITER_JOIN: Duration = Duration::from_secs(10);
/// How long release A waits for the previous retain's thread.
const THREAD_JOIN: Duration = Duration::from_secs(5);
/// How long release A's interpreter waits at its end for a retain on the wire.
const WIRE_JOIN: Duration = Duration::from_secs(10);
/// How often an idle writer looks whether it should stop.
const WRITER_POLL: Duration = Duration::from_secs(1);
/// How often a release that retries sends a failed retain again.
const RETRIES: u32 = 3;
/// How long it waits before the first retry; twice as long before each further one.
const RETRY_PAUSE: Duration = Duration::from_secs(1);

/// The writer's queue and threads.
#[derive(Default)]
pub(super) struct Writer {
    queue: Rc<Queue<Option<Job>>>,
    thread: RefCell<Option<Thread>>,
}

impl Writer {
    /// Whether every job was attempted.
    pub(super) fn is_idle(&self) -> bool {
        self.queue.is_idle()
    }

    /// Hands a job to the writer, or to a thread of its own.
    pub(super) async fn enqueue(plugin: &Rc<Plugin>, job: Job) {
        let turns = ids(&job.turns());
        plugin.held.add(turns.len());
        plugin.machine.moved(turns, Place::WriterQueue);
        match plugin.behaviors.delivery {
            Delivery::ThreadPerRetain => {
                Self::join(plugin, THREAD_JOIN).await;
                plugin.interpreter.register_exit_hook(plugin);
                Self::start_thread(plugin, job).await;
            }
            Delivery::Writer => {
                Self::ensure(plugin).await;
                plugin.interpreter.register_exit_hook(plugin);
                plugin.machine.step("put").await;
                plugin.writer.queue.put(Some(job));
            }
        }
    }

    /// Starts a thread for the job, even if release A's previous one is still running.
    async fn start_thread(plugin: &Rc<Plugin>, job: Job) {
        let sender = Rc::clone(plugin);
        let thread = Thread::new(&plugin.machine, "hindsight-sync", async move { send(&sender, job).await });
        *plugin.writer.thread.borrow_mut() = Some(thread.clone());
        thread.start().await;
    }

    /// #17447: waits for the thread that it takes for the previous flush. It is the writer, which never ends. Then it sends the
    /// job on a thread that is never joined.
    pub(super) async fn send_beside(plugin: &Rc<Plugin>, job: Job) {
        let turns = ids(&job.turns());
        plugin.held.add(turns.len());
        plugin.machine.moved(turns, Place::WriterQueue);
        Self::join(plugin, THREAD_JOIN).await;
        let sender = Rc::clone(plugin);
        Thread::new(&plugin.machine, "hindsight-flush", async move { send(&sender, job).await }).start().await;
    }

    /// `_ensure_writer`: check, then start. A fresh writer takes the shutdown back (#17005): a retain that its probe delayed
    /// revives the plugin (`scenarios/README.md` row 78).
    async fn ensure(plugin: &Rc<Plugin>) {
        let alive = plugin.writer.thread.borrow().as_ref().is_some_and(Thread::is_alive);
        plugin.machine.step("writer looked for").await;
        if alive {
            return;
        }
        plugin.revive();
        let thread = Thread::new(&plugin.machine, "hindsight-writer", run(Rc::clone(plugin)));
        *plugin.writer.thread.borrow_mut() = Some(thread.clone());
        thread.start().await;
    }

    /// Ends the writer: a sentinel behind the queued jobs, and a bounded join.
    pub(super) async fn stop(plugin: &Plugin) {
        let thread = plugin.writer.thread.borrow().clone();
        let Some(thread) = thread.filter(Thread::is_alive) else { return };
        plugin.writer.queue.put(None);
        let patience = if plugin.behaviors.patient_shutdown { plugin.config.timeout } else { WRITER_JOIN };
        if !thread.join(&plugin.machine, patience).await {
            tracing::warn!("the writer did not stop in time; abandoning what is pending");
            let abandoned = plugin.writer.queue.look(|job| job.as_ref().map_or_else(Vec::new, |job| ids(&job.turns())));
            plugin.machine.abandoned(&abandoned.concat());
        }
    }

    /// Release A's shutdown: a bounded wait for the last thread.
    pub(super) async fn stop_thread(plugin: &Plugin) {
        Self::join(plugin, THREAD_JOIN).await;
    }

    /// Release A's exit: a bounded wait for a retain on the wire.
    pub(super) async fn await_wire(plugin: &Plugin) {
        Self::join(plugin, WIRE_JOIN).await;
    }

    async fn join(plugin: &Plugin, limit: Duration) {
        let thread = plugin.writer.thread.borrow().clone();
        if let Some(thread) = thread {
            thread.join(&plugin.machine, limit).await;
        }
    }
}

/// The writer's thread. It sends jobs in order until it meets a sentinel, or until it is idle while the plugin shuts down.
async fn run(plugin: Rc<Plugin>) {
    let (machine, queue) = (&plugin.machine, &plugin.writer.queue);
    loop {
        machine.step("writer takes a job").await;
        match queue.take() {
            Some(Some(job)) => {
                send(&plugin, job).await;
                queue.task_done();
            }
            Some(None) => {
                queue.task_done();
                return;
            }
            None if plugin.is_shutting_down() => {
                if machine.timeout(WRITER_POLL, queue.changed()).await.is_none() {
                    return;
                }
            }
            None => queue.changed().await,
        }
    }
}

/// Sends a job. Forgets it if that fails, unless the release retries.
async fn send(plugin: &Plugin, job: Job) {
    let turns = job.turns();
    if !job.is_obsolete() {
        let retain = job.retain(plugin, &turns);
        let retries = if plugin.behaviors.on_failure == OnFailure::Forget { 0 } else { RETRIES };
        for attempt in 0..=retries {
            match attempt_to_send(plugin, &job, &retain, ids(&turns)).await {
                Ok(()) => {
                    job.succeeded();
                    break;
                }
                Err(failure) if attempt == retries => {
                    tracing::warn!(failure, "Hindsight retain failed");
                    plugin.machine.abandoned(&ids(&turns));
                    plugin.machine.moved(ids(&turns), Place::DiscardedAfterFailure);
                }
                Err(_) => plugin.machine.sleep(RETRY_PAUSE * 2_u32.pow(attempt)).await,
            }
        }
    }
    plugin.held.remove(turns.len());
}

/// One attempt.
async fn attempt_to_send(
    plugin: &Plugin,
    job: &Job,
    retain: &Retain,
    turns: Vec<crate::words::turn::TurnId>,
) -> Result<(), String> {
    let client = plugin.client.get(POST).await.map_err(|reason| reason.0.to_owned())?;
    plugin.machine.moved(turns.iter().cloned(), Place::InFlight);
    match client.retain(retain).await {
        Outcome::Applied(retained) => {
            plugin.machine.moved(turns, Place::Accepted);
            if let Some(operation) = retained.operation_id.filter(|_| job.tracked) {
                plugin.prefetch.wait_for(operation);
            }
            Ok(())
        }
        Outcome::Refused(refusal) => Err(refusal.to_string()),
        Outcome::Unknown(doubt) => Err(doubt.to_string()),
    }
}
