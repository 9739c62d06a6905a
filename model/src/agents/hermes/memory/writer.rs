//! How a retain leaves the process: one attempt, on a thread of its own or on the writer's; a failure is logged and
//! forgotten.
//!
//! The writer's queue is unbounded and in memory. Starting the writer is check-then-start without a lock, so two
//! threads that find none can each start one, and the queue then has two consumers.

use std::cell::RefCell;
use std::rc::Rc;
use std::time::Duration;

use super::behaviors::{Delivery, OnFailure};
use super::interpreter::POST;
use super::job::{Job, ids};
use super::provider::Provider;
use super::queue::Queue;
use crate::agents::hermes::thread::Thread;
use crate::facts::Place;
use crate::protocols::hindsight::client::Outcome;
use crate::protocols::hindsight::wire::Retain;

/// How long a shutdown waits for the writer.
const WRITER_JOIN: Duration = Duration::from_secs(10);
/// How long release A waits for the previous retain's thread.
const THREAD_JOIN: Duration = Duration::from_secs(5);
/// How long release A's interpreter waits at its end for a retain on the wire.
const WIRE_JOIN: Duration = Duration::from_secs(10);
/// How often the writer looks whether it should stop, when it has nothing to do.
const WRITER_POLL: Duration = Duration::from_secs(1);
/// How often a retain is sent again where that is done at all, and after how long.
const RETRIES: u32 = 3;
const RETRY_PAUSE: Duration = Duration::from_secs(1);

/// The writer's queue and threads.
#[derive(Default)]
pub(super) struct Writer {
    queue: Rc<Queue<Option<Job>>>,
    thread: RefCell<Option<Thread>>,
}

impl Writer {
    /// Whether everything enqueued was attempted.
    pub(super) fn is_idle(&self) -> bool {
        self.queue.is_idle()
    }

    /// Puts a job on its way.
    pub(super) async fn enqueue(provider: &Rc<Provider>, job: Job) {
        let turns = ids(&job.turns());
        provider.held.add(turns.len());
        provider.machine.moved(turns, Place::WriterQueue);
        match provider.behaviors.delivery {
            Delivery::ThreadPerRetain => {
                Self::join(provider, THREAD_JOIN).await;
                provider.interpreter.register_exit_hook(provider);
                Self::start_thread(provider, job).await;
            }
            Delivery::Writer => {
                Self::ensure(provider).await;
                provider.interpreter.register_exit_hook(provider);
                provider.machine.step("put").await;
                provider.writer.queue.put(Some(job));
            }
        }
    }

    /// Release A starts another thread whether the previous one is done or not.
    async fn start_thread(provider: &Rc<Provider>, job: Job) {
        let sender = Rc::clone(provider);
        let thread = Thread::new(&provider.machine, "hindsight-sync", async move { send(&sender, job).await });
        *provider.writer.thread.borrow_mut() = Some(thread.clone());
        thread.start().await;
    }

    /// #17447: waits for what it takes for the previous flush, and is the writer, which never ends; then sends the job on a
    /// thread that nobody waits for.
    pub(super) async fn send_beside(provider: &Rc<Provider>, job: Job) {
        let turns = ids(&job.turns());
        provider.held.add(turns.len());
        provider.machine.moved(turns, Place::WriterQueue);
        Self::join(provider, THREAD_JOIN).await;
        let sender = Rc::clone(provider);
        Thread::new(&provider.machine, "hindsight-flush", async move { send(&sender, job).await }).start().await;
    }

    /// `_ensure_writer`: check, then start. A fresh writer takes the shutdown back (#17005): a retain that was late because of its
    /// probe revives the provider (`scenarios/README.md` row 78).
    async fn ensure(provider: &Rc<Provider>) {
        let alive = provider.writer.thread.borrow().as_ref().is_some_and(Thread::is_alive);
        provider.machine.step("writer looked for").await;
        if alive {
            return;
        }
        provider.revive();
        let thread = Thread::new(&provider.machine, "hindsight-writer", run(Rc::clone(provider)));
        *provider.writer.thread.borrow_mut() = Some(thread.clone());
        thread.start().await;
    }

    /// The end of `shutdown`'s patience with retains: a sentinel behind what is queued, and a bounded join.
    pub(super) async fn stop(provider: &Provider) {
        let thread = provider.writer.thread.borrow().clone();
        let Some(thread) = thread.filter(Thread::is_alive) else { return };
        provider.writer.queue.put(None);
        let patience = if provider.behaviors.patient_shutdown { provider.config.timeout } else { WRITER_JOIN };
        if !thread.join(&provider.machine, patience).await {
            tracing::warn!("the writer did not stop in time; abandoning what is pending");
            let abandoned =
                provider.writer.queue.look(|job| job.as_ref().map_or_else(Vec::new, |job| ids(&job.turns())));
            provider.machine.abandoned(&abandoned.concat());
        }
    }

    /// Release A's shutdown: a bounded wait for the last thread.
    pub(super) async fn stop_thread(provider: &Provider) {
        Self::join(provider, THREAD_JOIN).await;
    }

    /// Release A's exit: what is on the wire is waited for.
    pub(super) async fn await_wire(provider: &Provider) {
        Self::join(provider, WIRE_JOIN).await;
    }

    async fn join(provider: &Provider, limit: Duration) {
        let thread = provider.writer.thread.borrow().clone();
        if let Some(thread) = thread {
            thread.join(&provider.machine, limit).await;
        }
    }
}

/// The writer's thread: jobs in order, until a sentinel, or until there is nothing to do and the provider shuts down.
async fn run(provider: Rc<Provider>) {
    let (machine, queue) = (&provider.machine, &provider.writer.queue);
    loop {
        machine.step("writer takes a job").await;
        match queue.take() {
            Some(Some(job)) => {
                send(&provider, job).await;
                queue.task_done();
            }
            Some(None) => {
                queue.task_done();
                return;
            }
            None if provider.is_shutting_down() => {
                if machine.timeout(WRITER_POLL, queue.changed()).await.is_none() {
                    return;
                }
            }
            None => queue.changed().await,
        }
    }
}

/// Sends a job, and forgets it if that fails; unless the release tries again.
async fn send(provider: &Provider, job: Job) {
    let turns = job.turns();
    if !job.is_obsolete() {
        let retain = job.retain(provider, &turns);
        let retries = if provider.behaviors.on_failure == OnFailure::Forget { 0 } else { RETRIES };
        for attempt in 0..=retries {
            match attempt_to_send(provider, &job, &retain, ids(&turns)).await {
                Ok(()) => {
                    job.succeeded();
                    break;
                }
                Err(failure) if attempt == retries => {
                    tracing::warn!(failure, "Hindsight retain failed");
                    provider.machine.abandoned(&ids(&turns));
                    provider.machine.moved(ids(&turns), Place::DiscardedAfterFailure);
                }
                Err(_) => provider.machine.sleep(RETRY_PAUSE * 2_u32.pow(attempt)).await,
            }
        }
    }
    provider.held.remove(turns.len());
}

/// One attempt.
async fn attempt_to_send(
    provider: &Provider,
    job: &Job,
    retain: &Retain,
    turns: Vec<crate::words::turn::TurnId>,
) -> Result<(), String> {
    let client = provider.client.get(POST).await.map_err(|reason| reason.0.to_owned())?;
    provider.machine.moved(turns.iter().cloned(), Place::InFlight);
    match client.retain(retain).await {
        Outcome::Applied(retained) => {
            provider.machine.moved(turns, Place::Accepted);
            if let Some(operation) = retained.operation_id.filter(|_| job.tracked) {
                provider.prefetch.wait_for(operation);
            }
            Ok(())
        }
        Outcome::Refused(refusal) => Err(refusal.to_string()),
        Outcome::Unknown(doubt) => Err(doubt.to_string()),
    }
}
