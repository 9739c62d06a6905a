//! The dispatcher: the one task that takes turns from an outbox to the provider, and undone ones back.
//!
//! Its one rule: a segment is written down before it is sent, sent again only as the same document, and marked only when the
//! provider has proved that it holds it. Within a session, segments are strictly one after another; sessions do not wait for
//! each other. Deliberately absent: giving up.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::future::{Future, poll_fn};
use std::pin::pin;
use std::rc::Rc;
use std::task::Poll;
use std::time::Duration;

use tokio::sync::Notify;

use super::backlog::{Backlog, Lane};
use super::flights::{Errand, Flights, Kind};
use super::outbox::Outbox;
use super::provider::Provider;
use super::record::Record;
use super::retry::Retry;
use super::segment::Segment;
use crate::contracts::memory::Config;
use crate::facts::Place;
use crate::machine::Machine;
use crate::machine::marks::Mark;
use crate::protocols::hindsight::client::{Outcome, Refusal};
use crate::protocols::hindsight::wire::{Retain, Status};
use crate::words::session::{DocumentId, SessionId};

/// How long an operation is left alone between two questions: as long as Hermes leaves it.
const POLL_INTERVAL: Duration = Duration::from_millis(500);

/// Takes turns from an outbox to the provider.
pub(super) struct Dispatcher {
    machine: Machine,
    outbox: Rc<Outbox>,
    provider: Rc<Provider>,
    every: usize,
    asynchronous: bool,
    /// How long after it was given up a request may still be applied: nobody works on one for twice as long as its client was
    /// ready to wait. An undone turn is taken back for good only after that.
    quarantine: Duration,
    retries: RefCell<BTreeMap<Errand, Retry>>,
    woken: Notify,
    hurried: Notify,
}

impl Dispatcher {
    /// A dispatcher that is yet to be run.
    pub(super) fn new(machine: Machine, config: &Config, outbox: Rc<Outbox>, provider: Rc<Provider>) -> Self {
        Self {
            machine,
            outbox,
            provider,
            every: config.retain_every_n_turns.max(1) as usize,
            asynchronous: config.retain_async,
            quarantine: 2 * config.timeout,
            retries: RefCell::default(),
            woken: Notify::new(),
            hurried: Notify::new(),
        }
    }

    /// Works until the provider is closed. What is under way then is dropped.
    pub(super) async fn run(&self) {
        let mut flights = Flights::default();
        while !self.provider.is_closed() {
            let now = self.machine.now();
            match self.next(&flights) {
                Some((due, errand)) if due <= now => {
                    flights.start(errand.clone(), self.run_errand(errand));
                }
                Some((due, _)) => _ = self.machine.timeout(due - now, self.anything(&mut flights)).await,
                None => self.anything(&mut flights).await,
            }
        }
        tracing::debug!("the dispatcher ends");
    }

    /// Returns when there may be something new to do.
    async fn anything(&self, flights: &mut Flights<'_>) {
        let mut woken = pin!(self.woken.notified());
        poll_fn(|cx| match flights.poll(cx) {
            Poll::Ready(()) => Poll::Ready(()),
            Poll::Pending => woken.as_mut().poll(cx),
        })
        .await;
    }

    /// A turn of `session` came in.
    pub(super) fn notice(&self, session: &SessionId) {
        if self.outbox.look(|backlog| backlog.get(session).is_some_and(|lane| lane.is_ready(self.every))) {
            self.woken.notify_one();
        }
    }

    /// A boundary: whatever waits now of `session` may travel in segments that are not full.
    pub(super) fn release(&self, session: &SessionId) {
        if self.outbox.release(Some(session)) {
            self.woken.notify_one();
        }
    }

    /// A boundary, and whatever is left of `session`, or of all, is tried at once, as if nothing had failed before.
    pub(super) fn hurry(&self, session: Option<&SessionId>) {
        let (now, mut retries) = (self.machine.now(), self.retries.borrow_mut());
        let pauses = retries.extract_if(.., |errand, _| session.is_none_or(|session| *session == errand.session));
        if pauses.filter(|(_, retry)| retry.due > now).count() > 0 {
            self.machine.reached(Mark::PauseCutShort);
        }
        drop(retries);
        self.outbox.release(session);
        self.hurried.notify_waiters();
        self.woken.notify_one();
    }

    /// Lets [`Self::run`] look again: there is something to take back, or the provider is closed.
    pub(super) fn wake(&self) {
        self.woken.notify_one();
    }

    /// The errand that has been due longest, and since when.
    fn next(&self, flights: &Flights<'_>) -> Option<(Duration, Errand)> {
        let retries = self.retries.borrow();
        let next = |backlog: &Backlog| {
            let errands = backlog.lanes().flat_map(|(session, lane)| {
                let due = self.due(lane).map(|(kind, due)| (due, Errand { session: session.clone(), kind }));
                due.filter(|(_, errand)| flights.admit(&errand.session, errand.kind))
            });
            let retried = errands.map(|(due, errand)| match retries.get(&errand) {
                Some(retry) => (due.max(retry.due), errand),
                None => (due, errand),
            });
            retried.min_by_key(|(due, _)| *due)
        };
        self.outbox.look(next)
    }

    fn due(&self, lane: &Lane) -> impl Iterator<Item = (Kind, Duration)> + use<> {
        let deliver = lane.segment.is_some() || lane.is_ready(self.every);
        let deliver = deliver.then_some((Kind::Deliver, Duration::ZERO));
        deliver.into_iter().chain(lane.next_retraction().map(|(_, due)| (Kind::Retract, due)))
    }

    async fn run_errand(&self, errand: Errand) {
        let succeeded = match errand.kind {
            Kind::Deliver => self.deliver(&errand.session).await,
            Kind::Retract => self.retract(&errand.session).await,
        };
        tracing::debug!(?errand, succeeded, "errand");
        let mut retries = self.retries.borrow_mut();
        if succeeded {
            retries.remove(&errand);
            return;
        }
        let retry = retries.entry(errand).or_default();
        retry.back_off(self.machine.now());
        if retry.is_at_its_longest() {
            self.machine.reached(Mark::PatienceAtItsEnd);
        }
    }

    /// Delivers the next segment of `session`. Says whether it did.
    async fn deliver(&self, session: &SessionId) -> bool {
        if self.outbox.look(|backlog| backlog.get(session).is_some_and(Lane::is_in_doubt)) {
            self.machine.reached(Mark::SentAgainInDoubt);
        }
        let Some(segment) = self.outbox.segment(session, self.every).await else { return true };
        if let Some(request) = self.outbox.delivery(&segment, self.asynchronous).await
            && !self.retain(session, request, Some(&segment)).await
        {
            return false;
        }
        self.outbox.mark(&segment).await;
        true
    }

    /// Takes undone turns of `session` back. Says whether it did, for good or until it is verified.
    async fn retract(&self, session: &SessionId) -> bool {
        let next = |backlog: &Backlog| backlog.get(session).and_then(Lane::next_retraction);
        let Some((seq, _)) = self.outbox.look(next) else { return true };
        let Some(retraction) = self.outbox.retraction(session, seq, self.asynchronous).await else {
            self.outbox.note(Record::Retracted { session: session.clone(), seqs: vec![seq] }).await;
            return true;
        };
        let verify_at = retraction.doubt.map_or(Duration::ZERO, |doubt| doubt + self.quarantine);
        let sent_at = self.machine.now();
        let taken_back = match retraction.remainder {
            Some(request) => self.retain(session, request, None).await,
            None => self.delete(session, &retraction.document).await,
        };
        if taken_back && sent_at < verify_at {
            self.outbox.hush(session, &retraction.gone, verify_at);
        } else if taken_back {
            self.outbox.note(Record::Retracted { session: session.clone(), seqs: retraction.gone }).await;
        }
        taken_back
    }

    /// Makes a request that replaces a document, and waits for the proof. Says whether there is one.
    async fn retain(&self, session: &SessionId, mut request: Retain, segment: Option<&Segment>) -> bool {
        loop {
            self.tell(segment, Place::InFlight);
            let Some(client) = self.provider.reach().await else { return false };
            match client.retain(&request).await {
                Outcome::Applied(reply) => {
                    drop(client);
                    self.tell(segment, Place::Accepted);
                    match (reply.asynchronous, reply.operation_id) {
                        (false, _) => return true,
                        (true, Some(operation)) => return self.is_completed(session, &operation).await,
                        // There is no operation to ask about: the request is made once more, and answered when it is done.
                        (true, None) => request.asynchronous = false,
                    }
                }
                Outcome::Refused(_) => {
                    self.tell(segment, Place::Outbox);
                    return false;
                }
                Outcome::Unknown(_) => {
                    self.outbox.doubt(session, self.machine.now());
                    return false;
                }
            }
        }
    }

    /// Waits for the end of an operation. If it has failed or is unknown, what it was to do is done again.
    async fn is_completed(&self, session: &SessionId, operation: &str) -> bool {
        let mut retry = Retry::default();
        loop {
            let Some(client) = self.provider.reach().await else { return false };
            let answer = client.operation(operation).await;
            drop(client);
            let now = self.machine.now();
            match answer {
                Outcome::Applied(answer) => match answer.status {
                    Status::Completed => return true,
                    Status::Failed | Status::Cancelled => {
                        self.machine.reached(Mark::OperationFailed);
                        return false;
                    }
                    Status::Pending | Status::Processing => retry.wait(now + POLL_INTERVAL),
                    Status::NotFound => {
                        self.outbox.doubt(session, now);
                        return false;
                    }
                },
                Outcome::Refused(Refusal::Status(404)) => {
                    self.outbox.doubt(session, now);
                    return false;
                }
                Outcome::Refused(_) | Outcome::Unknown(_) => retry.back_off(now),
            }
            self.machine.timeout(retry.due - now, self.hurried.notified()).await;
        }
    }

    /// Deletes a document. Says whether it is gone.
    async fn delete(&self, session: &SessionId, document: &DocumentId) -> bool {
        let Some(client) = self.provider.reach().await else { return false };
        match client.delete_document(document).await {
            Outcome::Applied(_) | Outcome::Refused(Refusal::Status(404)) => true,
            Outcome::Refused(_) => false,
            Outcome::Unknown(_) => {
                self.outbox.doubt(session, self.machine.now());
                false
            }
        }
    }

    fn tell(&self, segment: Option<&Segment>, place: Place) {
        if let Some(segment) = segment {
            self.machine.moved(segment.slots.iter().map(|slot| slot.turn.clone()), place);
        }
    }
}
