//! The dispatcher: the one task that takes turns from the outbox to the provider.
//!
//! Its one rule: a batch is written down before it is sent, sent again only under the same identity, and marked only
//! when the provider has proved that it holds it. Sessions take turns; within a session, batches are strictly one after
//! another. One request is in flight at a time. Deliberately absent: giving up.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::mem::take;
use std::rc::Rc;
use std::time::Duration;

use tokio::sync::Notify;

use super::batch::Batch;
use super::delivery::{Delivery, Next, Retry, Stage};
use super::outbox::Outbox;
use super::provider::Provider;
use super::record::{Mode, Record};
use crate::hindsight_api::Status;
use crate::hindsight_client::{HindsightClient, Outcome, Refusal};
use crate::host::{Host, Place};
use crate::lifecycle::Config;
use crate::session::{BankId, SessionId};

/// Takes turns from the outbox to the provider.
pub(super) struct Dispatcher {
    host: Host,
    outbox: Rc<Outbox>,
    provider: Rc<Provider>,
    bank: BankId,
    every: usize,
    retain_async: bool,
    /// For the version too: with less, a slow network would look like a provider that never answers.
    timeout: Duration,
    /// How new sessions are written; unknown is not unsupported, so until it is known their turns wait.
    capability: Cell<Option<Mode>>,
    probe: Cell<Retry>,
    deliveries: RefCell<BTreeMap<SessionId, Delivery>>,
    woken: Notify,
}

/// What there is to do.
enum Job {
    Probe,
    Cut(SessionId, Mode),
    Deliver(Rc<Batch>),
}

impl Dispatcher {
    /// A dispatcher that is yet to be run. What a former process may have sent is asked for before it is sent again:
    /// a provider does not remember for ever which operations it has seen.
    pub(super) fn new(host: Host, config: &Config, outbox: Rc<Outbox>, provider: Rc<Provider>) -> Self {
        let taken_over = |batch: &Rc<Batch>| (batch.session().clone(), Delivery::taken_over(batch.cut.operation));
        let deliveries = outbox.look(|backlog| backlog.batches().map(taken_over).collect());
        Self {
            host,
            outbox,
            provider,
            bank: config.bank.clone(),
            every: config.retain_every_n_turns.max(1) as usize,
            retain_async: config.retain_async,
            timeout: config.timeout,
            capability: Cell::default(),
            probe: Cell::default(),
            deliveries: RefCell::new(deliveries),
            woken: Notify::new(),
        }
    }

    /// Works until the provider is closed.
    pub(super) async fn run(&self) {
        while !self.provider.is_closed() {
            let now = self.host.now();
            match self.next() {
                Some((due, job)) if due <= now => self.do_job(job).await,
                Some((due, _)) => _ = self.host.timeout(due - now, self.woken.notified()).await,
                None => self.woken.notified().await,
            }
        }
        tracing::debug!("the dispatcher ends");
    }

    /// A turn of `session` came in.
    pub(super) fn notice(&self, session: &SessionId) {
        if self.outbox.look(|backlog| backlog.is_ready(session, self.every)) {
            self.woken.notify_one();
        }
    }

    /// A boundary: whatever waits now may travel in batches that are not full.
    pub(super) fn release(&self) {
        if self.outbox.release() {
            self.woken.notify_one();
        }
    }

    /// A boundary, and whatever is left is tried at once, as if nothing had failed before.
    pub(super) fn hurry(&self) {
        self.probe.take();
        self.deliveries.borrow_mut().values_mut().for_each(|delivery| delivery.retry = Retry::default());
        self.outbox.release();
        self.woken.notify_one();
    }

    /// Lets [`Self::run`] see that the provider is closed.
    pub(super) fn wake(&self) {
        self.woken.notify_one();
    }

    /// What has been due longest, and since when.
    fn next(&self) -> Option<(Duration, Job)> {
        let deliveries = self.deliveries.borrow();
        self.outbox.look(|backlog| {
            let jobs = backlog.lanes().filter_map(|(session, lane)| {
                let due = deliveries.get(session).map_or(Duration::ZERO, |delivery| delivery.retry.due);
                if let Some(batch) = &lane.batch {
                    return Some((due, Job::Deliver(Rc::clone(batch))));
                }
                if !backlog.is_ready(session, self.every) {
                    return None;
                }
                Some(match lane.mode.or(self.capability.get()) {
                    Some(mode) => (due, Job::Cut(session.clone(), mode)),
                    None => (self.probe.get().due, Job::Probe),
                })
            });
            jobs.min_by_key(|(due, _)| *due)
        })
    }

    async fn do_job(&self, job: Job) {
        match job {
            Job::Probe => self.probe().await,
            Job::Cut(session, mode) => {
                if let Some(cut) = self.outbox.next_cut(&session, self.every, mode, &self.bank) {
                    tracing::debug!(%session, document = %cut.document, cut.first, cut.last, ?mode, "cut");
                    self.write(Record::Cut(cut)).await;
                }
            }
            Job::Deliver(batch) => self.deliver(&batch).await,
        }
    }

    /// Whether it is written: not if the provider was closed first, after which nobody needs it before a restart.
    async fn write(&self, record: Record) -> bool {
        self.provider.unless_closed(self.outbox.write(record)).await.is_some()
    }

    async fn probe(&self) {
        let Some(client) = self.provider.reach().await else { return };
        match client.version(self.timeout).await {
            Outcome::Applied(version) => {
                let mode = if version.has_operation_id() { Mode::Append } else { Mode::Segments };
                tracing::debug!(version = version.api_version, ?mode, "new sessions are written in this mode");
                self.capability.set(Some(mode));
            }
            Outcome::Refused(_) | Outcome::Unknown(_) => {
                let mut probe = self.probe.get();
                probe.back_off(self.host.now());
                self.probe.set(probe);
            }
        }
    }

    /// Makes one request for the batch, and takes note of what it has led to.
    async fn deliver(&self, batch: &Batch) {
        let Some(client) = self.provider.reach().await else { return };
        let session = batch.session();
        let stage = self.deliveries.borrow_mut().get_mut(session).map(|delivery| take(&mut delivery.stage));
        let next = match stage.unwrap_or_default() {
            Stage::Send => self.send(client, batch).await,
            Stage::Ask(operation) => Self::ask(client, operation).await,
            Stage::Look { spent } => self.look(client, batch, spent).await,
        };
        tracing::debug!(%session, last = batch.cut.last, ?next, "delivery");
        if matches!(next, Next::Proven) && !self.write(batch.mark()).await {
            return;
        }
        self.deliveries.borrow_mut().entry(session.clone()).or_default().advance(next, self.host.now());
    }

    async fn send(&self, client: &HindsightClient, batch: &Batch) -> Next {
        self.host.moved(batch.turns(), Place::InFlight);
        match client.retain(&batch.retain(self.retain_async)).await {
            Outcome::Applied(reply) => {
                self.host.moved(batch.turns(), Place::Accepted);
                match (reply.asynchronous, reply.operation_id) {
                    (false, _) => Next::Proven,
                    (true, Some(operation)) => Next::Now(Stage::Ask(operation)),
                    (true, None) => Next::Soon(Stage::Look { spent: false }),
                }
            }
            Outcome::Refused(_) => {
                self.host.moved(batch.turns(), Place::Outbox);
                Next::Again(Stage::Send)
            }
            Outcome::Unknown(_) => Next::Again(Stage::Send),
        }
    }

    async fn ask(client: &HindsightClient, operation: String) -> Next {
        match client.operation(&operation).await {
            Outcome::Applied(answer) => match answer.status {
                Status::Completed => Next::Proven,
                Status::Pending | Status::Processing => Next::Soon(Stage::Ask(operation)),
                Status::Failed | Status::Cancelled => Next::Now(Stage::Look { spent: true }),
                Status::NotFound => Next::Now(Stage::Look { spent: false }),
            },
            Outcome::Refused(Refusal::Status(404)) => Next::Now(Stage::Look { spent: false }),
            Outcome::Refused(_) | Outcome::Unknown(_) => Next::Again(Stage::Ask(operation)),
        }
    }

    /// The operation is over or gone: what counts is what the document holds.
    async fn look(&self, client: &HindsightClient, batch: &Batch, spent: bool) -> Next {
        let text = match client.document(&batch.cut.document).await {
            Outcome::Applied(document) => document.original_text,
            Outcome::Refused(Refusal::Status(404)) => String::new(),
            Outcome::Refused(_) | Outcome::Unknown(_) => return Next::Again(Stage::Look { spent }),
        };
        match self.outbox.records().await {
            Ok(records) if batch.is_in(&text, &records) => return Next::Proven,
            Ok(_) if !spent => return Next::Again(Stage::Send),
            Ok(_) => {}
            Err(_) => return Next::Again(Stage::Look { spent }),
        }
        self.write(Record::Cut(batch.next_attempt(&self.bank))).await;
        Next::Again(Stage::Send)
    }
}
