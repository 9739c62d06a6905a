//! How a retain leaves the process: one attempt, on a thread of its own or on the writer's; a failure is logged and
//! forgotten.
//!
//! The writer's queue is unbounded and in memory. Starting the writer is check-then-start without a lock, so two
//! threads that find none can each start one, and the queue then has two consumers.

use std::cell::RefCell;
use std::rc::Rc;
use std::time::Duration;

use super::provider::{Kept, Provider};
use super::queue::Queue;
use super::release::Delivery;
use super::target::Target;
use super::thread::Thread;
use crate::hindsight_api::{Item, Retain};
use crate::hindsight_client::Outcome;
use crate::host::{Host, Place, Task};
use crate::session::{SessionId, parent_tag, session_tag};
use crate::turn::{Timestamp, TurnId, content_of};

/// How long a shutdown waits for the writer.
const WRITER_JOIN: Duration = Duration::from_secs(10);
/// How long release A waits for the previous retain's thread.
const THREAD_JOIN: Duration = Duration::from_secs(5);
/// How often the writer looks whether it should stop, when it has nothing to do.
const WRITER_POLL: Duration = Duration::from_secs(1);

/// One retain, frozen at enqueue.
pub(super) struct Job {
    turns: Vec<TurnId>,
    retain: Retain,
    /// Whether a prefetch waits for its operation. Flushes are not waited for.
    tracked: bool,
}

impl Job {
    pub(super) fn new(
        provider: &Provider,
        target: Target,
        turns: Vec<Kept>,
        session: &SessionId,
        parent: Option<&SessionId>,
        turn_index: u32,
        tracked: bool,
    ) -> Self {
        let texts: Vec<&str> = turns.iter().map(|kept| &*kept.text).collect();
        let metadata = [
            ("session_id", session.to_string()),
            ("message_count", (2 * turns.len()).to_string()),
            ("turn_index", turn_index.to_string()),
        ];
        let item = Item {
            content: content_of(&texts),
            timestamp: Some(Timestamp(provider.host.now()).to_string()),
            context: Some("conversation".into()),
            metadata: metadata.map(|(key, value)| (key.to_owned(), value)).into(),
            document_id: Some(target.document),
            tags: std::iter::once(session_tag(session)).chain(parent.map(parent_tag)).collect(),
            update_mode: target.update_mode,
        };
        let retain = Retain { items: vec![item], asynchronous: provider.config.retain_async, operation_id: None };
        Self { turns: turns.into_iter().map(|kept| kept.id).collect(), retain, tracked }
    }
}

/// The writer's queue and threads.
#[derive(Default)]
pub(super) struct Writer {
    queue: Rc<Queue<Option<Job>>>,
    thread: RefCell<Option<Task>>,
}

impl Writer {
    /// Whether everything enqueued was attempted.
    pub(super) fn is_idle(&self) -> bool {
        self.queue.is_idle()
    }

    /// Puts a job on its way.
    pub(super) async fn enqueue(provider: &Rc<Provider>, job: Job) {
        provider.host.moved(job.turns.iter().cloned(), Place::WriterQueue);
        match provider.behaviors.delivery {
            Delivery::ThreadPerRetain => Self::start_thread(provider, job).await,
            Delivery::Writer => {
                Self::ensure(provider).await;
                provider.interpreter.register_atexit();
                provider.host.step("put").await;
                provider.writer.queue.put(Some(job));
            }
        }
    }

    /// Release A: waits a while for the previous thread, then starts another, whether that one is done or not.
    async fn start_thread(provider: &Rc<Provider>, job: Job) {
        let previous = provider.writer.thread.borrow().clone();
        if let Some(previous) = previous {
            previous.join(&provider.host, THREAD_JOIN).await;
        }
        let sender = Rc::clone(provider);
        let thread = Thread::new(&provider.host, "hindsight-sync", async move { send(&sender, job).await });
        *provider.writer.thread.borrow_mut() = Some(thread.task.clone());
        thread.start().await;
    }

    /// `_ensure_writer`: check, then start.
    async fn ensure(provider: &Rc<Provider>) {
        let alive = provider.writer.thread.borrow().as_ref().is_some_and(Task::is_alive);
        provider.host.step("writer looked for").await;
        if alive {
            return;
        }
        if provider.behaviors.writer_revives {
            provider.revive();
        }
        let thread = Thread::new(&provider.host, "hindsight-writer", run(Rc::clone(provider)));
        *provider.writer.thread.borrow_mut() = Some(thread.task.clone());
        thread.start().await;
    }

    /// The end of `shutdown`'s patience with retains: a sentinel behind what is queued, and a bounded join.
    pub(super) async fn stop(&self, host: &Host) {
        let thread = self.thread.borrow().clone();
        let Some(thread) = thread.filter(Task::is_alive) else { return };
        self.queue.put(None);
        if !thread.join(host, WRITER_JOIN).await {
            tracing::warn!("writer did not stop within 10 s; abandoning what is pending");
        }
    }

    /// Release A's end: a bounded join of the last thread.
    pub(super) async fn join_thread(&self, host: &Host) {
        let thread = self.thread.borrow().clone();
        if let Some(thread) = thread {
            thread.join(host, THREAD_JOIN).await;
        }
    }
}

/// The writer's thread: jobs in order, until a sentinel, or until there is nothing to do and the provider shuts down.
async fn run(provider: Rc<Provider>) {
    let (host, queue) = (&provider.host, &provider.writer.queue);
    loop {
        host.step("writer takes a job").await;
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
                if host.timeout(WRITER_POLL, queue.changed()).await.is_none() {
                    return;
                }
            }
            None => queue.changed().await,
        }
    }
}

/// One attempt.
async fn send(provider: &Provider, job: Job) {
    let host = &provider.host;
    let failure = match provider.client.get(&provider.interpreter).await {
        Err(reason) => reason.0.to_owned(),
        Ok(client) => {
            host.moved(job.turns.iter().cloned(), Place::InFlight);
            match client.retain(&job.retain).await {
                Outcome::Applied(retained) => {
                    host.moved(job.turns, Place::Accepted);
                    if let Some(operation) = retained.operation_id.filter(|_| job.tracked) {
                        provider.prefetch.wait_for(operation);
                    }
                    return;
                }
                Outcome::Refused(refusal) => refusal.to_string(),
                Outcome::Unknown(doubt) => doubt.to_string(),
            }
        }
    };
    tracing::warn!(failure, "Hindsight retain failed");
    host.moved(job.turns, Place::DiscardedAfterFailure);
}
