//! The dispatcher: the one task that delivers an outbox's turns to the server, and takes undone ones back.
//!
//! Its one rule: a segment is journaled before it is sent, sent again only as the same document, and proved only by the
//! server's own word. Within a session segments go strictly one after another. Sessions do not wait for each other.
//! What the server refuses for good, or does not end with, is set aside ([`patience`](super::patience)): it holds up nothing.
//! Deliberately absent: giving up.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::future::{Future, poll_fn};
use std::pin::pin;
use std::rc::Rc;
use std::task::Poll;
use std::time::Duration;

use tokio::sync::Notify;

use super::access::Access;
use super::backlog::Backlog;
use super::design::{Design, Start};
use super::flights::{Errand, Flights, Kind};
use super::lane::Lane;
use super::outbox::Outbox;
use super::patience::{Patience, Vain};
use super::proof::{Prover, Reply};
use super::record::Record;
use super::retry::Retry;
use super::segment::Segment;
use crate::contracts::memory::Config;
use crate::facts::Place;
use crate::machine::Machine;
use crate::machine::marks::Mark;
use crate::machine::signal::Signal;
use crate::protocols::hindsight::wire::Retain;
use crate::words::session::SessionId;

/// How many turns travel together at most: a longer request may take longer than the client waits for its answer, again and again.
const TURNS_MAX: usize = 100;

/// Delivers one outbox.
pub(super) struct Dispatcher {
    machine: Machine,
    outbox: Rc<Outbox>,
    access: Rc<Access>,
    prover: Prover,
    every: usize,
    asynchronous: bool,
    /// How long the server may still apply a request after its client gave up: no worker works on a request for more than twice
    /// as long as the client was ready to wait. Only after that is an undone turn taken back for good.
    quarantine: Duration,
    retries: RefCell<BTreeMap<Errand, Retry>>,
    patience: Rc<Patience>,
    woken: Notify,
    start: Start,
    hurried: Signal,
}

impl Dispatcher {
    /// A dispatcher. [`Self::run`] starts it.
    pub(super) fn new(
        machine: Machine,
        config: &Config,
        design: Design,
        outbox: Rc<Outbox>,
        access: Rc<Access>,
    ) -> Self {
        let patience = Rc::new(Patience::new(design.limits));
        let prover = Prover::new(machine.clone(), Rc::clone(&outbox), Rc::clone(&access), Rc::clone(&patience));
        Self {
            machine,
            outbox,
            access,
            prover,
            every: (config.retain_every_n_turns as usize).clamp(1, TURNS_MAX),
            asynchronous: config.retain_async,
            quarantine: 2 * config.timeout,
            retries: RefCell::default(),
            patience,
            woken: Notify::new(),
            start: design.start,
            hurried: Signal::default(),
        }
    }

    /// Works until the access is closed. Errands that are under way then are dropped.
    pub(super) async fn run(&self) {
        if let Start::After(pause) = self.start {
            self.machine.timeout(pause, self.hurried.wait()).await;
        }
        let mut flights = Flights::default();
        while !self.access.is_closed() {
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

    /// Returns when there may be new work.
    async fn anything(&self, flights: &mut Flights<'_>) {
        let mut woken = pin!(self.woken.notified());
        poll_fn(|cx| match flights.poll(cx) {
            Poll::Ready(()) => Poll::Ready(()),
            Poll::Pending => woken.as_mut().poll(cx),
        })
        .await;
    }

    /// A turn of `session` came in: it wakes the dispatcher if a segment may now travel.
    pub(super) fn notice(&self, session: &SessionId) {
        if self.outbox.look(|backlog| backlog.get(session).is_some_and(|lane| lane.is_ready(self.every))) {
            self.woken.notify_one();
        }
    }

    /// A boundary: the waiting turns of `session` may travel in segments that are not full.
    pub(super) fn let_go(&self, session: &SessionId) {
        if self.outbox.let_go(Some(session)) {
            self.woken.notify_one();
        }
    }

    /// A boundary, and no more pauses: the rest of `session`, or of all sessions, is tried at once.
    pub(super) fn hurry(&self, session: Option<&SessionId>) {
        let (now, mut retries) = (self.machine.now(), self.retries.borrow_mut());
        let pauses = retries.extract_if(.., |errand, _| session.is_none_or(|session| *session == errand.session));
        if pauses.filter(|(_, retry)| retry.due > now).count() > 0 {
            self.machine.reached(Mark::PauseCutShort);
        }
        drop(retries);
        self.outbox.let_go(session);
        self.hurried.raise();
        self.prover.hurry();
        self.woken.notify_one();
    }

    /// Makes [`Self::run`] look again: there is a turn to take back, or the access is closed.
    pub(super) fn wake(&self) {
        self.woken.notify_one();
    }

    /// The errand that has been due longest, and when it became due.
    fn next(&self, flights: &Flights<'_>) -> Option<(Duration, Errand)> {
        let retries = self.retries.borrow();
        let next = |backlog: &Backlog| {
            let errands = backlog.awake().flat_map(|(session, lane)| {
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
        let again = lane.aside.is_due().then_some((Kind::TryAgain, Duration::ZERO));
        deliver.into_iter().chain(again).chain(lane.next_retraction().map(|(_, due)| (Kind::Retract, due)))
    }

    async fn run_errand(&self, errand: Errand) {
        let succeeded = match errand.kind {
            Kind::Deliver => self.deliver(&errand.session).await,
            Kind::Retract => self.retract(&errand.session).await,
            Kind::TryAgain => self.try_again(&errand.session).await,
        };
        tracing::debug!(?errand, succeeded, "errand");
        let mut retries = self.retries.borrow_mut();
        if succeeded {
            retries.remove(&errand);
            return;
        }
        self.outbox.failed(&errand.session);
        let retry = retries.entry(errand).or_default();
        retry.back_off(self.machine.now());
        if retry.is_at_its_longest() {
            self.machine.reached(Mark::PatienceAtItsEnd);
        }
    }

    /// Delivers the next segment of `session`. Returns whether it did.
    async fn deliver(&self, session: &SessionId) -> bool {
        if self.outbox.look(|backlog| backlog.get(session).is_some_and(Lane::is_in_doubt)) {
            self.machine.reached(Mark::SentAgainInDoubt);
        }
        let Some(segment) = self.outbox.segment(session, self.every).await else { return true };
        self.outbox.sends(&segment);
        let (reply, seqs) = match self.outbox.delivery(&segment, self.asynchronous).await {
            Some((request, seqs)) => (self.prover.retain(session, request, Some(&segment)).await, seqs),
            None => (Reply::Stored, Vec::new()),
        };
        match reply {
            Reply::Stored => {
                self.patience.restore(session);
                self.outbox.prove(&segment).await;
                true
            }
            Reply::NotYet => false,
            Reply::InVain(why) => self.sent_in_vain(segment, why).await,
            Reply::Partly(refused) => self.kept_in_part(segment, &seqs, &refused).await,
        }
    }

    /// The server holds the turns of the segment with these sequence numbers, but for those at the `refused` places. Returns whether the
    /// segment is out of the way of others.
    ///
    /// Turns that were refused travel in a segment of their own, and no turn is sent twice. That needs a document that holds the first turns
    /// for good: an earlier request that is still under way could bring the others, too.
    async fn kept_in_part(&self, segment: Rc<Segment>, seqs: &[u64], refused: &[u32]) -> bool {
        let session = &segment.cut.session;
        let kept = seqs.len().saturating_sub(refused.len());
        let are_the_last = refused.iter().map(|place| *place as usize).eq(kept..seqs.len());
        if !are_the_last {
            self.outbox.doubt(session, self.machine.now());
        }
        let in_doubt = self.outbox.look(|backlog| backlog.get(session).is_some_and(Lane::is_in_doubt));
        let Some(last) = kept.checked_sub(1).filter(|_| !in_doubt) else {
            return self.sent_in_vain(segment, Vain::Refused).await;
        };
        self.patience.restore(session);
        self.prover.moved(Some(&segment), Place::Outbox);
        self.outbox.keep_part(&segment, seqs[last]).await;
        true
    }

    /// The server refused the segment, or did not end with it. Returns whether it is out of the way of others: then the server has refused
    /// it often enough, and it is set aside. Of several turns one may be at fault, so they are tried in halves first, unless an earlier
    /// request may still bring them all, as after an operation that does not end.
    async fn sent_in_vain(&self, segment: Rc<Segment>, why: Vain) -> bool {
        let session = &segment.cut.session.clone();
        if !self.patience.is_at_its_end(session, why) {
            return false;
        }
        if why == Vain::Endless {
            self.outbox.doubt(session, self.machine.now());
        }
        let in_doubt = self.outbox.look(|backlog| backlog.get(session).is_some_and(Lane::is_in_doubt));
        if in_doubt || !self.outbox.split(session).await {
            self.prover.moved(Some(&segment), Place::SetAside);
            self.outbox.set_aside(&segment).await;
        }
        true
    }

    /// Tries once more to deliver what a former process has set aside. Returns whether that is over.
    async fn try_again(&self, session: &SessionId) -> bool {
        let Some(segment) = self.outbox.aside(session) else { return true };
        self.machine.reached(Mark::AsideTriedAgain);
        let Some((request, _)) = self.outbox.delivery(&segment, self.asynchronous).await else {
            self.outbox.leave_aside(&segment);
            return true;
        };
        match self.prover.retain(session, request, Some(&segment)).await {
            Reply::Stored => self.outbox.prove(&segment).await,
            Reply::NotYet => return false,
            Reply::InVain(_) | Reply::Partly(_) => {
                self.prover.moved(Some(&segment), Place::SetAside);
                self.outbox.leave_aside(&segment);
            }
        }
        true
    }

    /// Takes undone turns of `session` back. Returns whether it did, for good or until it has to repeat it.
    async fn retract(&self, session: &SessionId) -> bool {
        let next = |backlog: &Backlog| backlog.get(session).and_then(Lane::next_retraction);
        let Some((seq, _)) = self.outbox.look(next) else { return true };
        let Some(retraction) = self.outbox.retraction(session, seq, self.asynchronous).await else {
            self.outbox.note(Record::Retracted { session: session.clone(), seqs: vec![seq] }).await;
            return true;
        };
        let sent_at = self.machine.now();
        let mut verify_at = retraction.doubt.map_or(Duration::ZERO, |doubt| doubt + self.quarantine);
        if self.asynchronous && retraction.doubt.is_some() {
            let Some(unfinished) = self.prover.unfinished(session).await else {
                // What keeps this question from the server may keep the earlier request from it, too, until the next one is answered.
                self.outbox.doubt(session, self.machine.now() + self.quarantine);
                return false;
            };
            let times = (self.machine.now(), sent_at >= verify_at, self.quarantine);
            if let Some(later) = self.outbox.behind_the_queue(session, &retraction.gone, &unfinished, times) {
                self.machine.reached(Mark::UndoneInTheQueue);
                verify_at = verify_at.max(later);
                let again =
                    |backlog: &Backlog| backlog.get(session).is_some_and(|lane| lane.are_taken_back(&retraction.gone));
                if self.outbox.look(again) {
                    self.outbox.take_back_again(session, &retraction.gone, verify_at);
                    return true;
                }
            }
        }
        let taken_back = match retraction.remainder {
            Some(request) => self.replace(session, request).await,
            None => self.prover.delete(session, &retraction.document).await,
        };
        if taken_back && sent_at < verify_at {
            self.outbox.take_back_again(session, &retraction.gone, verify_at);
        } else if taken_back {
            self.outbox.note(Record::Retracted { session: session.clone(), seqs: retraction.gone }).await;
        }
        taken_back
    }

    /// Replaces a document by what is left of it, if it is there. Returns whether nothing else is there now.
    async fn replace(&self, session: &SessionId, request: Retain) -> bool {
        match self.prover.retain(session, request.clone(), None).await {
            Reply::Stored => true,
            Reply::NotYet | Reply::Partly(_) => false,
            // What fails once may be kept the next time, with the turns that are to stay.
            Reply::InVain(why) => {
                self.patience.is_at_its_end(session, why) && self.prover.is_absent(session, &request).await
            }
        }
    }
}
